"""The manual of a situation is its schema: nothing undocumented, nothing that another part would let through."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import Particulars
from contracts.law.settings import LawSettings
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
    assert free == set()
    [words] = {SCHEMA["$defs"][part]["properties"]["name"]["pattern"] for part in ("StatedUnit", "StatedDay")}
    assert not [text for text in ("0912345678", "Nguyễn 0912 345 678", "a@b.vn") if re.search(words, text)]
    assert [text for text in ("Sở A (giả định)", "Nghỉ bù 30/4") if re.search(words, text)] != []


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


def test_the_manual_says_how_everything_is_written() -> None:
    text = manual()
    for said in ("`125/QĐ-UBND`", "`ND154 20(1)`", "1996 to 2098", "50 persons, 100 events", "200 bridge points"):
        assert said in text
    assert "whole number ≥ 1 ≤ 99" in text
    assert "| `signer_count` | whole number ≥ 1 |" in text
    assert re.search(r"`has_signs_of_crime`.*\*Only: tố cáo, mixed\.\*", text)
    assert [name for name in LawSettings.load().rows if f"| `{name}` |" not in text] == []
    assert "list of one event, at most 100" in text
    assert "list of *StatedPoint*, at most 200" in text


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [one for one in FIELDS if one[0].endswith("Event") and one[2].get("examples")],
    ids=[f"{part}.{field}" for part, field, value in FIELDS if part.endswith("Event") and value.get("examples")],
)
def test_the_examples_of_an_order_are_allowed_in_it(part: str, field: str, value: dict[str, Any]) -> None:
    event = next(one for one in EVENTS if one.__name__ == part)
    annotation: Any = event.model_fields[field].annotation
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    for example in value["examples"]:
        adapter.validate_json(json.dumps(example))


def test_a_reason_is_titled_by_its_own_order() -> None:
    titles = {
        part["properties"]["event"]["const"]: part["properties"]["reason"]["title"]
        for part in SCHEMA["$defs"].values()
        if {"event", "reason"} <= part.get("properties", {}).keys()
    }
    assert titles == {"escalate": "Lý do báo cáo cấp trên", "explain-delay": "Lý do chậm có cơ sở"}
