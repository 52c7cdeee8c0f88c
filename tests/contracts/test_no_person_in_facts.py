"""No person in a fact: every text of every schema must be on this closed list, so that free text has no place to be."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import Field, create_model

from contracts.facts import FACTS, base, calendar, routing
from contracts.facts.base import Fact
from contracts.facts.intake import ContactGiven
from contracts.facts.notify import NoticeFact
from contracts.ids import LookupCode, UnitId
from contracts.schemas.documents import schema_of
from contracts.streams import CASES, Stream

FORMATS = {"uuid", "date", "date-time"}


def _pattern(annotated: Any) -> str:
    found = [part.pattern for field in annotated.__metadata__ for part in field.metadata if hasattr(part, "pattern")]
    assert len(found) == 1
    return str(found[0])


PATTERNS = {
    _pattern(base.Sha256): "a hash",
    _pattern(base.DocumentNumber): "the number of an official document",
    _pattern(base.Article): "an article of law",
    _pattern(base.MediaType): "a media type",
    _pattern(base.KeyId): "the name of a key",
    _pattern(base.ObjectName): "the name of an object in the vault",
    _pattern(UnitId): "an organisational unit",
    _pattern(LookupCode): "a lookup code",
    _pattern(routing.ClockId): "a clock of the catalogue",
    _pattern(calendar.SwitchId): "a switch of the calendar",
    _pattern(routing.RuleId): "a rule of the catalogue",
    _pattern(routing.FieldName): "the name of a field of a fact",
    NoticeFact.model_json_schema()["properties"]["template"]["pattern"]: "id and version of a notice template",
}
SEALED = _pattern(base.SealedBox)

PERSONS = [
    "Nguyễn Văn Thử",
    "Nguyen Van Thu",
    "NGUYEN VAN THU",
    "0912345678",
    "+84912345678",
    "038201001234",
    "thu.mau@example.vn",
    "xóm 5, xã Kim Liên, tỉnh Nghệ An",
    "Ông chủ tịch xã đã nhận tiền của gia đình tôi.",
]
SUSPECT = re.compile(r"(^|_)(name|names|phone|address|email|citizen|birth|gender|text|note|remark|content|person)(_|$)")


def _loose(node: Any, place: str = "") -> Iterator[str]:
    """The places of a schema where anything could be written."""
    if not isinstance(node, dict):
        return
    if _is_loose(node):
        yield place
    for keyword, inner in node.items():
        if keyword in {"properties", "$defs"}:
            for name, below in inner.items():
                yield from _loose(below, f"{place}.{name}")
        elif keyword == "anyOf":
            for below in inner:
                yield from _loose(below, place)
        elif keyword in {"items", "additionalProperties", "propertyNames"}:
            yield from _loose(inner, f"{place}/{keyword}")


def _is_loose(node: dict[str, Any]) -> bool:
    if not {"type", "$ref", "anyOf", "enum", "const"} & node.keys():
        return True
    if node.get("type") == "string":
        closed = "enum" in node or "const" in node or node.get("format") in FORMATS
        return not closed and node.get("pattern") not in PATTERNS
    if node.get("type") == "array":
        return "items" not in node
    if node.get("type") == "object" and "properties" not in node:
        return not isinstance(node.get("additionalProperties"), dict) or "propertyNames" not in node
    return node.get("additionalProperties") is True


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TYPE)
def test_no_field_of_a_fact_can_hold_free_text(fact: type[Fact]) -> None:
    exception = [".sealed"] if fact is ContactGiven else []
    assert list(_loose(schema_of(fact))) == exception


def test_only_the_contact_for_notify_is_a_sealed_box() -> None:
    holders = [fact for fact in FACTS if json.dumps(SEALED)[1:-1] in json.dumps(schema_of(fact))]
    assert holders == [ContactGiven]
    assert ContactGiven.model_json_schema()["properties"]["sealed"]["minLength"] >= 40


def _lets_digits_through(pattern: str) -> bool:
    """A key may be named by digits alone: its name comes from the key file, never from a form."""
    return PATTERNS[pattern] == "the name of a key"


@pytest.mark.parametrize(
    ("pattern", "person"),
    [(p, person) for p in PATTERNS for person in PERSONS if not (_lets_digits_through(p) and person.isdigit())],
)
def test_no_closed_form_lets_a_person_through(pattern: str, person: str) -> None:
    assert pattern.startswith("^")
    assert pattern.endswith("$")
    assert re.search(pattern, person) is None


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TYPE)
def test_no_field_of_a_fact_is_called_after_a_person(fact: type[Fact]) -> None:
    schema = schema_of(fact)
    places = [schema, *schema.get("$defs", {}).values()]
    names = {name for place in places for name in place.get("properties", {})}
    suspects = {name for name in names if SUSPECT.search(name)}
    assert suspects <= {"content_sha256", "manifest_name"}


class MadeUp(Fact):
    TYPE: ClassVar[str] = "vn.tiepdan.made.up.v1"

    @property
    def stream(self) -> Stream:
        return CASES


@pytest.mark.parametrize(
    "leak",
    [
        str,
        str | None,
        tuple[str, ...],
        list[Any],
        Any,
        dict[str, int],
        dict[UnitId, Any],
        dict[UnitId, str],
        Annotated[str, Field(pattern="^.*$")],
        Annotated[str, Field(max_length=10)],
    ],
    ids=str,
)
def test_the_walk_finds_each_kind_of_free_text(leak: Any) -> None:
    leaking = create_model("Leaking", __base__=MadeUp, remark=(leak, ...))
    assert list(_loose(schema_of(leaking))) != []
