"""What in a situation cannot be so. Each finding names the field, a code for machines, and the reason for people.

Nothing is guessed and nothing is put right silently: what contradicts itself is sent back.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

from contracts.facts.base import vietnam_day
from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.units import UnitTree, organisation
from services.routing.domain.coherence import (
    NOT_IN_THE_FUTURE,
    ONLY_IN,
    Finding,
    contradictions_in,
    not_open,
    unknown_unit,
)
from services.routing.persons import fields_from, places_of, said_twice
from services.routing.planned import unknown_points
from services.routing.situation import Situation, StatedUnit
from services.routing.twins import YEARS

__all__ = ["NOT_IN_THE_FUTURE", "ONLY_IN", "Finding", "contradictions"]


def contradictions(situation: Situation, filed: PetitionFiled, units: UnitTree) -> tuple[Finding, ...]:
    """Everything that contradicts itself, in the order of the fields. ``filed``: what the situation's petition says."""
    received_on = vietnam_day(filed.received_at)
    return (
        *_in_persons(situation),
        *_in_petition(situation, filed, units),
        *_in_events(situation, units, received_on),
        *_in_session(situation, units, received_on),
        *_in_calendar(situation),
        *_in_stated_units(situation, units),
    )


def _in_persons(situation: Situation) -> Iterator[Finding]:
    for number in said_twice(situation.persons):
        yield Finding(f"persons.{number}.role", "role_twice", "Vai này chỉ có một người trong một đơn.")
    for field, value in fields_from(situation.persons).items():
        is_said = field in situation.petition.model_fields_set
        if is_said and getattr(situation.petition, field) != value:
            yield Finding(f"petition.{field}", "said_otherwise", "Khác với điều nói ở persons.")


def _in_petition(situation: Situation, filed: PetitionFiled, units: UnitTree) -> Iterator[Finding]:
    """What the petition itself says, told where the sender said it: the same check as of what an officer notes."""
    said = situation.petition.model_fields_set
    found = tuple(contradictions_in(filed, units, said))
    if not found:
        return
    of_persons, places = fields_from(situation.persons), places_of(situation.persons)
    for one in found:
        is_through_a_person = one.field in of_persons and one.field not in said
        place = places.get(one.field, "persons") if is_through_a_person else f"petition.{one.field}"
        yield replace(one, field=place)


def _in_events(situation: Situation, units: UnitTree, received_on: date) -> Iterator[Finding]:
    for number, event in enumerate(situation.events):
        if event.on < situation.petition.received_at:  # type: ignore[attr-defined]
            yield Finding(f"events.{number}.on", "before_receipt", "Việc này không thể trước khi nhận đơn.")
        if event.acting_unit is not None:
            yield from not_open(f"events.{number}.by", event.acting_unit, units, vietnam_day(event.on))
    for number, (earlier, later) in enumerate(pairwise(situation.events), start=1):
        if later.on < earlier.on:
            yield Finding(f"events.{number}.on", "out_of_order", "Các việc phải theo thứ tự ngày.")
    if situation.as_of is None:
        return
    as_of = vietnam_day(situation.as_of)
    if as_of < received_on:
        yield Finding("as_of", "as_of_before_receipt", "Ngày hỏi không thể trước ngày nhận đơn.")
    for number, event in enumerate(situation.events):
        if vietnam_day(event.on) > as_of:
            yield Finding(f"events.{number}.on", "after_as_of", "Việc này sau ngày hỏi (as_of).")


def _in_session(situation: Situation, units: UnitTree, received_on: date) -> Iterator[Finding]:
    session = situation.session
    if session is None:
        return
    if vietnam_day(session.starts_at) < received_on:
        yield Finding("session.starts_at", "before_receipt", "Phiên không thể trước ngày nhận đơn.")
    if session.ended_on is not None and session.ended_on < vietnam_day(session.starts_at):
        yield Finding("session.ended_on", "ends_before_it_begins", "Phiên không thể kết thúc trước khi bắt đầu.")
    for number in unknown_points(session, units):
        yield Finding(f"session.points.{number}.unit", "no_such_unit_then", "Đơn vị không hoạt động vào ngày đó.")
    for field, moment in session.done:
        is_later = (
            moment > situation.told_at if isinstance(moment, datetime) else moment > vietnam_day(situation.told_at)
        )
        if is_later:
            yield Finding(f"session.{field}", "after_as_of", "Việc này sau ngày hỏi (as_of).")
    seen: set[UnitId] = set()
    for number, point in enumerate(session.points):
        if point.unit in seen:
            yield Finding(f"session.points.{number}.unit", "point_twice", "Một đơn vị chỉ có một điểm cầu.")
        seen.add(point.unit)
        if point.failed_checks and point.tested_at is None:
            yield Finding(f"session.points.{number}.failed_checks", "no_test", "Chưa thử thì chưa có kết quả.")


def _in_calendar(situation: Situation) -> Iterator[Finding]:
    seen: dict[date, int] = {}
    for number, stated in enumerate(situation.calendar):
        if stated.day in seen:
            yield Finding(f"calendar.{number}.day", "day_twice", f"Ngày này đã có ở calendar.{seen[stated.day]}.")
        seen.setdefault(stated.day, number)
        if stated.day.year not in YEARS:
            text = f"Chỉ có lịch của các năm {YEARS.start}–{YEARS.stop - 1}."
            yield Finding(f"calendar.{number}.day", "year_unknown", text)
    for number, unit in enumerate(situation.units):
        if unit.valid_to is not None and unit.valid_to < unit.valid_from:
            yield Finding(f"units.{number}.valid_to", "ends_before_it_begins", "valid_to đứng trước valid_from.")


def _in_stated_units(situation: Situation, units: UnitTree) -> Iterator[Finding]:
    """``units``: with those of the situation among them."""
    seen: set[tuple[UnitId, date]] = set()
    for number, unit in enumerate(situation.units):
        place = f"units.{number}"
        if (unit.id, unit.valid_from) in seen:
            yield Finding(f"{place}.id", "unit_twice", "Đơn vị này, từ ngày này, đã có ở trên.")
        seen.add((unit.id, unit.valid_from))
        official = organisation().find(unit.id)
        if official is not None and official.level is not unit.level:
            yield Finding(f"{place}.level", "other_level", "Khác cấp của đơn vị này trong danh mục đơn vị hành chính.")
        if unit.id in {unit.superior, *unit.successors}:
            yield Finding(place, "above_itself", "Không đơn vị nào là cấp trên hay là nơi kế tục của chính mình.")
        elif unit.superior is not None:
            yield from _not_above(unit, place, units)
        for order, successor in enumerate(unit.successors):
            yield from unknown_unit(f"{place}.successors.{order}", successor, units)


def _not_above(unit: StatedUnit, place: str, units: UnitTree) -> Iterator[Finding]:
    """A superior that is unknown, or stands below."""
    assert unit.superior is not None  # noqa: S101 - asked of those that have one
    yield from unknown_unit(f"{place}.superior", unit.superior, units)
    if unit.id in units.line_above(unit.superior, unit.valid_from):
        yield Finding(f"{place}.superior", "above_itself", "Cấp trên này lại ở dưới chính đơn vị đó.")
