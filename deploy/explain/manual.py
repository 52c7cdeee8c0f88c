"""docs/explain.md: the input of the explanation, field by field, from the schema that checks it."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from contracts.facts.base import Article, DocumentNumber
from contracts.facts.routing import ClockId
from contracts.ids import UnitId
from contracts.law.settings import LawSettings, SettingRow
from contracts.vocabulary import PetitionKind
from services.routing.answering import Answer
from services.routing.contradictions import ONLY_IN
from services.routing.situation import EVENTS, Situation
from services.routing.twins import Words

ROOT: Final = Path(__file__).resolve().parents[2]
CASES: Final = ROOT / "examples" / "cases"
INTRODUCTION: Final = Path(__file__).with_name("introduction.md")

_MEMBERS: Final = {
    "Petition": "The petition (`petition`)",
    "Petitioner": "Person: who brings it (`role: petitioner`)",
    "LegalRepresentative": "Person: who brings it for somebody by law (`role: legal_representative`)",
    "Attorney": "Person: who was given a power (`role: attorney`, `role: lawyer`)",
    "GroupRepresentative": "Person: who speaks for a group (`role: group_representative`)",
    "Respondent": "Person: who is complained of or denounced (`role: respondent`)",
    "StatedSession": "A planned online session (`session`)",
    "StatedPoint": "A bridge point of the session (`session.points`)",
    "StatedUnit": "A unit at a date (`units`)",
    "StatedDay": "A day of the calendar (`calendar`)",
}
_ANSWERS: Final = (
    "Answer",
    "Explanation",
    "RuleTold",
    "ClockTold",
    "ClockExplanation",
    "StepTold",
    "Change",
    "Assumed",
    "SessionTold",
    "DutyTold",
    "CooperatingTold",
    "FormTold",
    "TransitionTold",
    "NextAction",
    "BarredAction",
    "PreparationTold",
    "PointTold",
)


def manual() -> str:
    """The whole document."""
    asked, answered = Situation.model_json_schema(), Answer.model_json_schema(mode="serialization")
    parts = asked["$defs"]
    shown = {"Situation", *_MEMBERS, *(event.__name__ for event in EVENTS)}
    lines = [INTRODUCTION.read_text(encoding="utf-8").rstrip(), "", "## The situation", *_table(asked, asked)]
    for name, title in _MEMBERS.items():
        only = _only_in if name == "Petition" else None
        lines += ["", f"## {title}", *_about(parts[name]), *_table(parts[name], asked, only=only)]
    lines += ["", "## Switches (`switches`)", "", "| name | value | default | what it decides |", "|---|---|---|---|"]
    lines += [*_switches()]
    lines += ["", "## Events (`events`)", ""]
    lines += ["Each has `event`, `on` and, where an office acts, `by`; beside these:", ""]
    for event in EVENTS:
        lines += _event(parts[event.__name__], asked)
    for name in _inner(asked, shown):
        lines += ["", f"## Part: {name}", *_about(parts[name]), *_table(parts[name], asked)]
    lines += ["", "## Closed lists", "", "| list | value | Vietnamese |", "|---|---|---|", *_lists(asked)]
    lines += ["", "## The answer"]
    for name in _ANSWERS:
        part = answered if name == "Answer" else answered["$defs"][name]
        lines += ["", f"### {name}", *_about(part), *_table(part, answered, answer=True)]
    lines += ["", "## Worked cases", "", "| case | about | leads to |", "|---|---|---|", *_cases(), ""]
    return "\n".join(lines)


def _about(part: Mapping[str, Any]) -> list[str]:
    return ["", _line(part["description"])] if part.get("description") else []


def _only_in(field: str) -> str:
    """In which kinds of petitions a field may stand, for those that may not stand in all."""
    kinds = ONLY_IN.get(field, frozenset())
    return f" *Only: {', '.join(kind.label for kind in PetitionKind if kind in kinds)}, mixed.*" if kinds else ""


def _switches() -> Iterator[str]:
    for name, row in sorted(LawSettings.load().rows.items()):
        yield f"| `{name}` | {_values(row)} | {_code(row.default)} | {_line(row.title)} |"


def _values(row: SettingRow) -> str:
    match row.kind:
        case "yes_no":
            return "true, false"
        case "number":
            return f"whole number, {row.at_least} to {row.at_most} ({row.unit})"
        case "units":
            return "list of unit ids"
        case _:
            return ", ".join(f"`{value}` = {_line(label)}" for value, label in row.allowed.items()) or "article"


def _table(
    part: Mapping[str, Any],
    schema: Mapping[str, Any],
    *,
    answer: bool = False,
    only: Callable[[str], str] | None = None,
) -> list[str]:
    required = set(part.get("required", ()))
    head = ["field", "value", "meaning"] if answer else ["field", "value", "unit", "if left out", "meaning", "examples"]
    rows = []
    for name, field in part.get("properties", {}).items():
        value = _value(field, schema)
        meaning = _meaning(field) + (only(name) if only else "")
        if answer:
            rows.append([f"`{name}`", value, meaning])
            continue
        left_out = "required" if name in required else _default(field)
        examples = ", ".join(_code(example) for example in field.get("examples", ()))
        rows.append([f"`{name}`", value, field.get("x-unit", ""), left_out, meaning, examples])
    return ["", *_rows(head), *(f"| {' | '.join(row)} |" for row in rows)]


def _event(part: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    own = {name: field for name, field in part["properties"].items() if name not in {"event", "on", "by"}}
    code = part["properties"]["event"]["const"]
    by = "" if "by" in part["properties"] else " (the petitioner: no `by`)"
    lines = [f"### `{code}`: {_line(part['description'])}{by}"]
    table = _table({**part, "properties": own}, schema) if own else ["", "Nothing more."]
    return [*lines, *table, ""]


def _inner(schema: Mapping[str, Any], shown: set[str]) -> Iterator[str]:
    """Parts that are neither a member of their own nor a closed list."""
    return (name for name, part in schema["$defs"].items() if name not in shown and "properties" in part)


def _lists(schema: Mapping[str, Any]) -> Iterator[str]:
    labels: dict[str, dict[str, str]] = {}
    for part in [schema, *schema["$defs"].values()]:
        for field in part.get("properties", {}).values():
            name = _list_name(field)
            if name and "x-labels" in field:
                labels[name] = field["x-labels"]
    for name in sorted(labels):
        for value, label in labels[name].items():
            yield f"| {name} | `{value}` | {label} |"


def _list_name(field: Mapping[str, Any]) -> str:
    text = json.dumps(field)
    start = text.find("#/$defs/")
    return text[start + len("#/$defs/") :].split('"', 1)[0] if start >= 0 else ""


def _value(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return _named(field["$ref"], schema)
    literal = field.get("enum", [field["const"]] if "const" in field else [])
    if literal:
        return ", ".join(f"`{one}`" for one in literal)
    choices = field.get("oneOf") or (field.get("anyOf") if "type" not in field else None)
    if choices:
        kinds = dict.fromkeys(_value(one, schema) for one in choices if one.get("type") != "null")
        return "one event" if len(kinds) > _SEVERAL else " or ".join(kinds)
    return _plain(field, schema)


def _plain(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    kind = str(field.get("type", "any"))
    if kind == "array":
        most = f", at most {field['maxItems']}" if "maxItems" in field else ""
        return f"list of {_value(field.get('items', {}), schema)}{most}"
    if "pattern" in field:
        return _PATTERNS.get(field["pattern"], "text")
    if kind == "string":
        return _FORMATS[frozenset(one.get("format", "") for one in field.get("anyOf", [field]))]
    if kind == "integer":
        least = f" ≥ {field['minimum']}" if "minimum" in field else ""
        return "whole number" + least + (f" ≤ {field['maximum']}" if "maximum" in field else "")
    return "true, false" if kind == "boolean" else kind


_FORMATS: Final = {
    frozenset({""}): "text",
    frozenset({"date"}): "date",
    frozenset({"date-time"}): "moment",
    frozenset({"date", "date-time"}): "date or moment with zone",
    frozenset({"uuid"}): "id",
}
_SEVERAL: Final = 5


def _pattern(annotated: Any) -> str:
    """The pattern of a constrained text."""
    schema = TypeAdapter(annotated).json_schema()
    return str(schema["pattern"])


_PATTERNS: Final = {
    _pattern(UnitId): "unit id",
    _pattern(DocumentNumber): "document number",
    _pattern(Article): "article",
    _pattern(ClockId): "clock",
    _pattern(Words): "words without numbers",
}
"""How a constrained text is called; the introduction says how each is written."""


def _named(reference: str, schema: Mapping[str, Any]) -> str:
    name = reference.rpartition("/")[2]
    part = schema["$defs"][name]
    return f"one of *{name}*" if "enum" in part else f"*{name}*"


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "not said" if default in (None, [], {}, "") else _code(default)


def _meaning(field: Mapping[str, Any]) -> str:
    """The Vietnamese name, then the rest; a closed list stands in its own table."""
    text = _line(field.get("description", "")).partition("Values: ")
    said = text[0].strip() if "x-labels" in field else _line(field.get("description", ""))
    title = field.get("title", "")
    is_vietnamese = bool(title) and not title.isascii()
    return f"**{title}.** {said}" if is_vietnamese and said != title else said or title


def _cases() -> Iterator[str]:
    expected = tomllib.loads((CASES / "expected.toml").read_text(encoding="utf-8"))
    for name in sorted(expected):
        says, outcome = expected[name]["says"], expected[name]["outcome"]
        yield f"| [{name}](../examples/cases/{name}.json) | {says} | `{outcome}` |"


def _rows(head: list[str]) -> list[str]:
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]


def _code(value: Any) -> str:
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _line(text: str) -> str:
    return " ".join(text.replace("``", "`").replace("|", "\\|").split())
