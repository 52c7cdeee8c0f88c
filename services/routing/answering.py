"""A situation read, judged and answered: the live functions lived through on it. Nothing is stored, nothing is said."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError

from contracts.errors import BadInput, NotFound, TiepdanError
from contracts.facts.base import vietnam_day
from contracts.ids import UnitId
from contracts.law.calendar import Override, WorkingDays
from contracts.law.catalogue import Catalogue, official
from contracts.law.grounds import ground_of
from contracts.law.rows import Confidence
from contracts.law.settings import LawSettings, SettingValue
from contracts.law.source import Row
from contracts.units import UnitTree
from contracts.vocabulary import PetitionKind
from services.chassis.web.sentences import sentence_for
from services.routing import planned
from services.routing.assumptions import Assumed, assumed
from services.routing.changes import Change, changes
from services.routing.contradictions import Finding, contradictions
from services.routing.domain.acts import Decided
from services.routing.domain.case import Case, Status
from services.routing.domain.explain import Explanation, explain
from services.routing.domain.law import Law
from services.routing.domain.noting import CONTRADICTORY
from services.routing.domain.replay import FILED, TIME, Happened, Step, replay
from services.routing.domain.visible import is_kept_from, is_visible
from services.routing.orders import Circumstances
from services.routing.persons import fields_from
from services.routing.planned import SessionTold
from services.routing.situation import EVENTS, Happening, Situation
from services.routing.twins import YEARS

_LABELS: Final = {FILED: "Nhận đơn", TIME: "Thời gian trôi qua"} | {
    str(event.model_fields["event"].annotation.__args__[0]): event.SUMMARY  # type: ignore[union-attr]
    for event in EVENTS
}
_NOT_THEIRS: Final = frozenset({"not_competent", "not_holder", "no_case"})
"""Refusals that say: by this body it cannot have happened at all."""

_OUT_OF_RANGE: Final = f"Có ngày nằm ngoài những năm có lịch làm việc ({YEARS.start}–{YEARS.stop - 1})."
_NO_SUCH_SWITCH: Final = "Không có công tắc pháp luật{}."
_ANSWER_DAYS: Final = "supplement_answer_working_days"
_REFUSING: Final = "refuse-reception"
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
    articles: tuple[str, ...] = ()
    """What the act or its refusal rests on; empty where only the state of the case does not bear it."""
    confidence: Confidence | None = None
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
        found = [_of_shape(one) for one in error.errors(include_url=False, include_input=False)]
        raise CannotBe(tuple(dict.fromkeys(found))) from None


def answer(situation: Situation, law: Law, *, supplement_answer_working_days: int) -> Answer:
    """The answer. Errors: CannotBe for what contradicts itself."""
    try:
        return _answer(situation, law, supplement_answer_working_days)
    except OverflowError:  # a day inside an order from which nothing can be counted any more
        raise CannotBe([Finding("(toàn bộ)", "day_out_of_range", _OUT_OF_RANGE)]) from None


def _answer(situation: Situation, law: Law, supplement_answer_working_days: int) -> Answer:
    law = law_supposed(situation, law)
    said = fields_from(situation.persons)
    filed = situation.petition.filed(said)
    findings = contradictions(situation, filed, law.units)
    if findings:
        raise CannotBe(findings)
    if _ANSWER_DAYS in situation.switches:
        supplement_answer_working_days = law.catalogue.settings.number(_ANSWER_DAYS)
    until = max(situation.told_at, situation.events[-1].on) if situation.events else situation.told_at
    steps = [_step(event, law, supplement_answer_working_days) for event in situation.events]
    case, lived = replay(filed, steps, until=until, law=law)
    _refuse_what_was_not_theirs(situation, lived)
    _refuse_what_cannot_have_been_found(lived)
    return Answer(
        as_of=until,
        explanation=explain(case, law, vietnam_day(until)),
        steps=_told(situation, lived, law),
        session=planned.told(situation.session, case.filed, law, until) if situation.session else None,
        assumed=tuple(assumed(filed, frozenset(situation.petition.model_fields_set | said.keys()))),
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
            if name not in settings.rows:
                text = _NO_SUCH_SWITCH.format(f" “{name}”" if _is_safe(name) else " này")
                raise CannotBe([Finding("switches", refusal.code, text)]) from None
            raise CannotBe([Finding(f"switches.{name}", refusal.code, refusal.sentence)]) from refusal
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
        return _decided(event, case, given)

    return Step(event.name, event.on, decide)


def _decided(event: Happening, case: Case, given: Circumstances) -> Decided:
    """As the live door: what a body may not see it cannot act on; the refusal of the act itself goes before."""
    is_theirs = event.acting_unit is None or _may_see(case, event.acting_unit, given)
    try:
        decided = event.decide(case, given)
    except TiepdanError as refusal:
        if is_theirs or refusal.code in _NOT_THEIRS:
            raise
        raise _no_case() from None
    if not is_theirs:
        raise _no_case()
    return decided


def _may_see(case: Case, unit: UnitId, given: Circumstances) -> bool:
    units, by, on = given.law.units, given.by, given.on
    is_kept = is_kept_from(case, {unit, by}, units, on)
    return is_visible(case, is_kept_from_it=is_kept, covers=lambda one: units.covers(by, one, on))


def _no_case() -> NotFound:
    return NotFound("no_case", "Đơn vị này không biết đến vụ việc: không thể đã làm việc này.")


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
            **_rests_on(one, law),
            status=one.after.status,
            status_label=one.after.status.label,
            changed=changes(one.before, one.after, law),
            said=tuple(fact.TYPE for fact in one.facts),
        )
        for one in lived
    )


def _rests_on(one: Happened, law: Law) -> dict[str, Any]:
    """The articles of an act or of its refusal, on that day."""
    if one.name in {FILED, TIME}:
        return {}
    on, kind = vietnam_day(one.at), one.after.kind
    ground = (
        ground_of("refusal", one.refusal.code, on, law.catalogue, kind)
        if one.refusal
        else ground_of("act", _act(one), on, law.catalogue, kind)
    )
    return {"articles": ground.articles, "confidence": ground.confidence}


def _act(one: Happened) -> str:
    if one.name != _REFUSING:
        return one.name
    return "refuse_by_notice" if one.after.status is Status.REFUSED else "refuse_orally"


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
    text = _text_of(rule, place, error) or sentence_for(error)
    allowed = str(error.get("ctx", {}).get("expected", ""))
    is_list = allowed and not place.startswith("switches.")
    return Finding(place or "(toàn bộ)", code, f"{text} Cho phép: {allowed}." if is_list else text)


def _text_of(rule: str, place: str, error: Any) -> str:
    """What we say more exactly than every service does; empty where we do not."""
    if place.startswith("switches."):
        return "Phải là true, false, số nguyên, chữ hoặc danh sách chữ."
    if rule in _OURS:
        return str(error["msg"])
    if rule == "string_pattern_mismatch":
        return f"Không đúng định dạng: {_form_of(place)}."
    if rule == "value_error" and str(error["ctx"]["error"]) == _REVERSED:
        return "Ngày cuối (last_day) đứng trước ngày đầu (first_day)."
    return _SENTENCES.get(rule, "")


_OURS: Final = frozenset({"day_form", "no_such_day", "year_unknown", "no_zone", "moment_form"})
"""Rules of ``twins``, whose texts are our own and quote nothing."""
_REVERSED: Final = "last_day đứng trước first_day"
_SENTENCES: Final = {
    "tuple_type": "Phải là danh sách.",
    "none_required": "Không nhận giá trị này.",
    "finite_number": "Phải là số.",
    "int_parsing_size": "Số quá lớn.",
    "invalid_key": "Tên mục phải là chữ.",
}
_FORMS: Final = {
    "document_number": "số và ký hiệu văn bản, như 125/QĐ-UBND",
    "document": "số và ký hiệu văn bản, như 12729/VPCP-KGVX",
    "legal_grounds": "văn bản và điều khoản, như LKN 28, ND154 20(1)",
    "ground": "văn bản và điều khoản, như LKN 28",
    "clock": "tên thời hạn, như K2",
    "name": "chữ, không có số điện thoại, số giấy tờ",
    "headed_as": "chữ, không có số điện thoại, số giấy tờ",
}


def _form_of(place: str) -> str:
    """How a field is written, by its name; most are ids of units."""
    names = [part for part in place.split(".") if not part.isdigit()]
    return _FORMS.get(names[-1], "mã đơn vị, như xa-17971, so-40-xd, btcd-40")


def _place(location: Sequence[int | str]) -> str:
    """Where, without the names of alternatives that the library puts in between."""
    if location and location[0] == "switches":
        location = location[:2]
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
    twice: list[tuple[str, dict[str, Any]]] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(pairs)
        if len(read) != len(pairs):
            names = [name for name, _ in pairs]
            twice.append((next(name for name in names if names.count(name) > 1), read))
        return read

    try:
        whole = json.loads(body, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise CannotBe([Finding("(toàn bộ)", "not_json", "Nội dung không phải là JSON đúng quy cách.")]) from None
    if twice:
        name, part = twice[0]
        name = name if _is_safe(name) else "*"
        place = ".".join([*(_way_to(part, whole) or ()), name])
        raise CannotBe([Finding(place, "field_twice", f"Mục “{name}” được ghi hai lần.")])


def _way_to(part: object, whole: object) -> tuple[str, ...] | None:
    """The names that lead to a part; none where it is not inside, or was overwritten."""
    if part is whole:
        return ()
    inside = whole.items() if isinstance(whole, dict) else enumerate(whole) if isinstance(whole, list) else ()
    for name, value in inside:
        way = _way_to(part, value)
        if way is not None:
            return (str(name) if _is_safe(name) else "*", *way)
    return None
