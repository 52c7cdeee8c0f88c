"""What in a situation cannot be so. Each finding names the field, a code for machines, and the reason for people.

Nothing is guessed and nothing is put right silently: what contradicts itself is sent back.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Final

from contracts.facts.base import vietnam_day
from contracts.facts.intake import PetitionFiled
from contracts.units import UnitTree
from services.routing.domain.coherence import NOT_IN_THE_FUTURE, ONLY_IN, Finding, contradictions_in, not_open
from services.routing.persons import fields_from, said_twice
from services.routing.planned import unknown_points
from services.routing.situation import Situation

__all__ = ["NOT_IN_THE_FUTURE", "ONLY_IN", "Finding", "contradictions"]

_SAID_OF_PERSONS: Final = frozenset({"not_of_this_kind", "group_of_one"})
"""Findings about what may have been said through a person."""


def contradictions(situation: Situation, filed: PetitionFiled, units: UnitTree) -> tuple[Finding, ...]:
    """Everything that contradicts itself, in the order of the fields. ``filed``: what the situation's petition says."""
    received_on = vietnam_day(filed.received_at)
    return (
        *_in_persons(situation),
        *_in_petition(situation, filed, units),
        *_in_events(situation, units, received_on),
        *_in_session(situation, units, received_on),
        *_in_calendar(situation),
    )


def _in_persons(situation: Situation) -> Iterator[Finding]:
    for number in said_twice(situation.persons):
        yield Finding(f"persons.{number}.role", "role_twice", "Vai này chỉ có một người trong một đơn.")
    for field, value in fields_from(situation.persons).items():
        is_said = field in situation.petition.model_fields_set
        if is_said and getattr(situation.petition, field) != value:
            yield Finding(f"petition.{field}", "said_otherwise", "Khác với điều nói ở persons.")


def _in_petition(situation: Situation, filed: PetitionFiled, units: UnitTree) -> Iterator[Finding]:
    """What the petition itself says: the same check as of what an officer notes in a live case."""
    said = situation.petition.model_fields_set
    for one in contradictions_in(filed, units, said):
        is_through_a_person = one.code in _SAID_OF_PERSONS and one.field not in said
        yield replace(one, field="persons" if is_through_a_person else f"petition.{one.field}")


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
    for number, point in enumerate(session.points):
        if point.failed_checks and point.tested_at is None:
            yield Finding(f"session.points.{number}.failed_checks", "no_test", "Chưa thử thì chưa có kết quả.")


def _in_calendar(situation: Situation) -> Iterator[Finding]:
    seen: dict[date, int] = {}
    for number, stated in enumerate(situation.calendar):
        if stated.day in seen:
            yield Finding(f"calendar.{number}.day", "day_twice", f"Ngày này đã có ở calendar.{seen[stated.day]}.")
        seen.setdefault(stated.day, number)
    for number, unit in enumerate(situation.units):
        if unit.valid_to is not None and unit.valid_to < unit.valid_from:
            yield Finding(f"units.{number}.valid_to", "ends_before_it_begins", "valid_to đứng trước valid_from.")
