"""A situation read, judged and answered: the live functions lived through on it. Nothing is stored, nothing is said."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError

from contracts.errors import BadInput, TiepdanError
from contracts.facts.base import vietnam_day
from contracts.ids import UnitId
from contracts.law.calendar import Override, WorkingDays
from contracts.law.catalogue import Catalogue, official
from contracts.law.settings import LawSettings, SettingValue
from contracts.law.source import Row
from contracts.units import UnitTree
from contracts.vocabulary import PetitionKind
from services.chassis.web.sentences import sentence_for
from services.routing import planned
from services.routing.changes import Change, changes
from services.routing.contradictions import Finding, contradictions
from services.routing.domain.acts import Decided
from services.routing.domain.case import Case, Status
from services.routing.domain.explain import Explanation, explain
from services.routing.domain.law import Law
from services.routing.domain.noting import CONTRADICTORY
from services.routing.domain.replay import FILED, TIME, Happened, Step, replay
from services.routing.orders import Circumstances
from services.routing.persons import fields_from
from services.routing.planned import SessionTold
from services.routing.situation import EVENTS, Happening, Situation
from services.routing.twins import YEARS, Strict

_LABELS: Final = {FILED: "Nhận đơn", TIME: "Thời gian trôi qua"} | {
    str(event.model_fields["event"].annotation.__args__[0]): event.SUMMARY  # type: ignore[union-attr]
    for event in EVENTS
}
_NOT_THEIRS: Final = frozenset({"not_competent", "not_holder"})
"""Refusals that say: by this body it cannot have happened at all."""

_OUT_OF_RANGE: Final = f"Có ngày nằm ngoài những năm có lịch làm việc ({YEARS.start}–{YEARS.stop - 1})."
_SAFE_NAME_LENGTH: Final = 40
_SUPPOSED: Final = "Theo giả định của người hỏi"
_OF_SITUATION: Final = "situation"
"""A scope of its own: what is supposed goes before what the state or the province says of the same day."""


class CannotBe(BadInput):
    """A situation that is unknown in part or contradicts itself: every finding, field by field."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0]
        super().__init__(
            "contradictory_situation" if first.code not in _SHAPE else "invalid_situation",
            f"{first.field}: {first.text}",
        )
        self.findings = tuple(findings)


class Assumed(Row):
    """A field that was not said, and what is taken for granted instead."""

    field: str
    value: bool | int | str
    label: str = ""


class StepTold(Row):
    """One thing that happened, or was to happen, and what came of it."""

    event: str
    """An event of the situation; ``filed``; or ``time`` for what the days between brought."""
    label: str
    at: datetime
    by: UnitId | None = None
    is_done: bool
    refused_code: str = ""
    """For machines: why the law refuses it; empty when it was done."""
    refused_sentence: str = ""
    status: Status
    """After it."""
    status_label: str
    changed: tuple[Change, ...] = ()
    said: tuple[str, ...] = ()
    """The types of the facts that the live service would say."""


class Answer(Row):
    """What the engine says to a situation."""

    as_of: datetime
    explanation: Explanation
    """The same as the live door gives for a live case, by the same function."""
    steps: tuple[StepTold, ...]
    session: SessionTold | None = None
    """What the law says to the planned session; none when nothing was asked about one."""
    assumed: tuple[Assumed, ...]
    """What the situation did not say; say it to make it otherwise."""


def read(body: bytes | str) -> Situation:
    """The situation in a JSON text. Errors: CannotBe, naming every field that is unknown, missing or not allowed."""
    try:
        _refuse_names_said_twice(body)
        return Situation.model_validate_json(body)
    except ValidationError as error:
        raise CannotBe([_of_shape(one) for one in error.errors(include_url=False, include_input=False)]) from None


def answer(situation: Situation, law: Law, *, supplement_answer_working_days: int) -> Answer:
    """The answer. Errors: CannotBe for what contradicts itself."""
    try:
        return _answer(situation, law, supplement_answer_working_days)
    except OverflowError:  # a day inside an order from which nothing can be counted any more
        raise CannotBe([Finding("(toàn bộ)", "day_out_of_range", _OUT_OF_RANGE)]) from None


def _answer(situation: Situation, law: Law, supplement_answer_working_days: int) -> Answer:
    law = law_supposed(situation, law)
    filed = situation.petition.filed(fields_from(situation.persons))
    findings = contradictions(situation, filed, law.units)
    if findings:
        raise CannotBe(findings)
    until = max(situation.told_at, situation.events[-1].on) if situation.events else situation.told_at
    steps = [_step(event, law, supplement_answer_working_days) for event in situation.events]
    case, lived = replay(filed, steps, until=until, law=law)
    _refuse_what_was_not_theirs(situation, lived)
    _refuse_what_cannot_have_been_found(lived)
    return Answer(
        as_of=until,
        explanation=explain(case, law),
        steps=_told(situation, lived, law),
        session=planned.told(situation.session, case.filed, law, until) if situation.session else None,
        assumed=_assumed(situation),
    )


def law_supposed(situation: Situation, law: Law) -> Law:
    """The law with the units, days and switches of the situation. Errors: CannotBe for a switch that does not exist."""
    if situation.units:
        units = UnitTree((*law.units, *(stated.unit() for stated in situation.units)))
        law = replace(law, units=units)
    if situation.switches:
        settings = _switched(situation.switches, law.catalogue.settings)
        catalogue = _catalogue(law.catalogue.settings, tuple(sorted(situation.switches.items())))
        law = replace(law, catalogue=catalogue, calendar=law.calendar.with_settings(settings))
    if situation.calendar:
        law = replace(law, calendar=_calendar(situation, law.calendar))
    return law


def _calendar(situation: Situation, calendar: WorkingDays) -> WorkingDays:
    return calendar.with_overrides(
        Override(
            day=stated.day,
            is_working=stated.is_working,
            name=stated.name,
            scope=_OF_SITUATION,
            document=stated.document or _SUPPOSED,
            effective_from=stated.day.max,
        )
        for stated in situation.calendar
    )


def _switched(switches: Mapping[str, SettingValue], settings: LawSettings) -> LawSettings:
    for name, value in switches.items():
        try:
            settings.with_values({name: value})
        except TiepdanError as refusal:
            place = f"switches.{name}" if name in settings.rows else "switches"
            raise CannotBe([Finding(place, refusal.code, refusal.sentence)]) from refusal
    return settings.with_values(switches)


@lru_cache(maxsize=32)
def _catalogue(settings: LawSettings, switches: tuple[tuple[str, SettingValue], ...]) -> Catalogue:
    """Reading the tables takes longer than answering: kept for those who ask the same again."""
    return official(settings.with_values(dict(switches)))


def _step(event: Happening, law: Law, supplement_answer_working_days: int) -> Step:
    on = vietnam_day(event.on)
    by = event.acting_unit

    def decide(case: Case) -> Decided:
        body = case.held_by if by is None else law.body_of(by, on)
        given = Circumstances(
            by=body,
            on=on,
            now=event.on,
            law=law,
            supplement_answer_working_days=supplement_answer_working_days,
        )
        return event.decide(case, given)

    return Step(event.name, event.on, decide)


def _refuse_what_was_not_theirs(situation: Situation, lived: Iterable[Happened]) -> None:
    """A body that neither holds the case nor is competent cannot have acted: the situation is wrong, not the act."""
    done = [one for one in lived if one.name not in {FILED, TIME}]
    findings = [
        Finding(f"events.{number}.by", one.refusal.code, one.refusal.sentence)
        for number, one in enumerate(done)
        if one.refusal is not None and one.refusal.code in _NOT_THEIRS and situation.events[number].acting_unit
    ]
    if findings:
        raise CannotBe(findings)


def _refuse_what_cannot_have_been_found(lived: Iterable[Happened]) -> None:
    """A finding that contradicts the petition: sent back like a contradiction in the petition itself."""
    done = [one for one in lived if one.name not in {FILED, TIME}]
    findings = [
        Finding(f"events.{number}.{one.refusal.facts['field']}", str(one.refusal.facts["rule"]), one.refusal.sentence)
        for number, one in enumerate(done)
        if one.refusal is not None and one.refusal.code == CONTRADICTORY
    ]
    if findings:
        raise CannotBe(findings)


def _told(situation: Situation, lived: Iterable[Happened], law: Law) -> tuple[StepTold, ...]:
    events = iter(situation.events)
    return tuple(
        StepTold(
            event=one.name,
            label=_LABELS[one.name],
            at=one.at,
            by=None if one.name in {FILED, TIME} else next(events).acting_unit,
            is_done=one.refusal is None,
            refused_code=one.refusal.code if one.refusal else "",
            refused_sentence=one.refusal.sentence if one.refusal else "",
            status=one.after.status,
            status_label=one.after.status.label,
            changed=changes(one.before, one.after, law),
            said=tuple(fact.TYPE for fact in one.facts),
        )
        for one in lived
    )


def _assumed(situation: Situation) -> tuple[Assumed, ...]:
    """Only what reads as a claim: none, nothing and no list are not."""
    petition = situation.petition
    said = petition.model_fields_set | fields_from(situation.persons).keys()
    return tuple(
        Assumed(field=f"petition.{name}", value=value, label=label)
        for name, value, label in _taken_for_granted(type(petition))
        if name not in said
    )


@lru_cache(maxsize=1)
def _taken_for_granted(petition: type[Strict]) -> tuple[tuple[str, bool | int | str, str], ...]:
    return tuple(
        (name, field.default, getattr(field.default, "label", ""))
        for name, field in petition.model_fields.items()
        if isinstance(field.default, bool | int | str)
    )


# What the shape of a text gets wrong.

_SHAPE: Final = frozenset({"unknown_field", "field_twice", "missing", "not_json", "not_allowed"})
_CODES: Final = {"extra_forbidden": "unknown_field", "missing": "missing", "json_invalid": "not_json"}
_TAGS: Final = (
    frozenset(_LABELS)
    | {"petitioner", "legal_representative", "attorney", "lawyer"}
    | {
        "group_representative",
        "respondent",
    }
)
_KNOWN_KINDS: Final = ", ".join(kind.value for kind in PetitionKind)


def _of_shape(error: Any) -> Finding:
    """A finding of the library, in our words: the field by its own name, never the value."""
    place, rule = _place(error["loc"]), str(error["type"])
    code = _CODES.get(rule, "not_allowed")
    if code == "unknown_field":
        return Finding(place, code, _unknown(place))
    allowed = str(error.get("ctx", {}).get("expected", ""))
    text = sentence_for(error)
    return Finding(place or "(toàn bộ)", code, f"{text} Cho phép: {allowed}." if allowed else text)


def _place(location: Sequence[int | str]) -> str:
    """Where, without the names of alternatives that the library puts in between."""
    parts = []
    for number, part in enumerate(location):
        is_tag = part in _TAGS and number > 1 and location[number - 2] in {"events", "persons"}
        if not is_tag:
            parts.append(str(part) if _is_safe(part) else "*")
    return ".".join(parts)


def _is_safe(part: int | str) -> bool:
    """A name that could be a field's: whatever else a sender wrote there is not written back."""
    if isinstance(part, int):
        return True
    return len(part) <= _SAFE_NAME_LENGTH and part.isascii() and part.replace("_", "").replace(".", "").isalnum()


def _unknown(place: str) -> str:
    name = place.rpartition(".")[2]
    near = get_close_matches(name, _field_names(), n=1, cutoff=0.7)
    return f"Không có mục “{name}”." + (f" Có phải “{near[0]}”?" if near else "")


@lru_cache(maxsize=1)
def _field_names() -> tuple[str, ...]:
    schema = json.dumps(Situation.model_json_schema())
    found: set[str] = set()

    def gather(node: dict[str, Any]) -> dict[str, Any]:
        properties = node.get("properties")
        if isinstance(properties, dict):
            found.update(properties)
        return node

    json.loads(schema, object_hook=gather)
    return tuple(sorted(found))


def _refuse_names_said_twice(body: bytes | str) -> None:
    """Of two values for one name JSON readers take the last: that would be a guess."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            place = twice if _is_safe(twice) else "*"
            raise CannotBe([Finding(place, "field_twice", f"Mục “{place}” được ghi hai lần.")])
        return dict(pairs)

    try:
        json.loads(body, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise CannotBe([Finding("(toàn bộ)", "not_json", "Nội dung không phải là JSON đúng quy cách.")]) from None
