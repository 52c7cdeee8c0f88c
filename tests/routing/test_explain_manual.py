"""The manual of a situation is its schema: nothing undocumented, nothing that another part would let through."""

from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import Particulars
from deploy.explain import __main__ as command
from deploy.explain.manual import ROOT, manual
from services.routing.orders import ORDERS
from services.routing.situation import EVENTS, Petition, Situation

SCHEMA = Situation.model_json_schema()
FIELDS = [
    (name, field, value)
    for name, part in {"Situation": SCHEMA, **SCHEMA["$defs"]}.items()
    for field, value in part.get("properties", {}).items()
]


def models_in(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """The model and every model inside it."""
    if model in seen:
        return seen
    seen.add(model)
    for field in model.model_fields.values():
        for inner in parts_of(field.annotation):
            models_in(inner, seen)
    return seen


def parts_of(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {inner for part in get_args(annotation) for inner in parts_of(part)}


def test_every_part_refuses_what_it_does_not_know() -> None:
    models = models_in(Situation, set())
    assert len(models) > len(EVENTS)
    assert [model.__name__ for model in models if model.model_config.get("extra") != "forbid"] == []


def test_every_fact_of_a_petition_can_be_said_but_its_names_and_hashes() -> None:
    not_said = {"petition_id", "code", "content_sha256", "wants_notices", "particulars"}
    assert set(PetitionFiled.model_fields) - not_said | set(Particulars.model_fields) == set(Petition.model_fields)


def test_every_order_is_an_event_with_all_its_fields() -> None:
    names = {get_args(event.model_fields["event"].annotation)[0]: event for event in EVENTS}
    for order in ORDERS:
        assert set(names[order.PATH].model_fields) == {"event", "on", "by", *order.model_fields}
    assert {"supplement", "withdraw"} <= names.keys()


@pytest.mark.parametrize(("part", "field", "value"), FIELDS, ids=[f"{part}.{field}" for part, field, _ in FIELDS])
def test_every_field_is_described(part: str, field: str, value: dict[str, Any]) -> None:
    is_part = "$ref" in value and "enum" not in SCHEMA["$defs"][value["$ref"].rpartition("/")[2]]
    assert is_part or value.get("description") or "const" in value


def test_no_field_takes_words_about_a_person() -> None:
    free = {
        f"{part}.{field}"
        for part, field, value in FIELDS
        if value.get("type") == "string" and not {"pattern", "format", "enum", "const", "anyOf"} & value.keys()
    }
    assert free == {"StatedUnit.name", "StatedUnit.headed_as", "StatedDay.name", "StatedDay.document"}


def test_docs_explain_is_as_generated() -> None:
    assert (ROOT / "docs" / "explain.md").read_text(encoding="utf-8") == manual()


def test_a_stale_manual_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "MANUAL", tmp_path / "explain.md")
    assert command.main(["--check"]) == 1
    assert command.main([]) == 0
    assert command.main(["--check"]) == 0
    (tmp_path / "explain.md").write_text(manual() + "x")
    assert command.main(["--check"]) == 1


def test_the_manual_names_every_field_and_every_case() -> None:
    text = manual()
    assert [field for _, field, _ in FIELDS if f"`{field}`" not in text and field not in {"event", "on", "by"}] == []
    assert "[C01](../examples/cases/C01.json)" in text
    assert "| PetitionKind | `complaint` | khiếu nại |" in text
