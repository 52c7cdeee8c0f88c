"""What is urgent beside the outcome of a petition: tasks of the same day, and their clocks where the law has one."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from contracts.facts.intake import PetitionFiled
from contracts.vocabulary import Duty, PetitionKind
from services.routing.domain.case import Task
from services.routing.domain.law import Law
from services.routing.domain.matrix.lines import is_forwarded

_URGENT: Final = {Duty.CONSIDER_STAY: None, Duty.PROTECT_DENOUNCER: "T13", Duty.REFER_CRIME: "TB13"}
"""Duties of the matrix that somebody has to do the same day, with the clock that says "at once"; R19 names none."""


def tasks_of(duties: Sequence[Duty], on: date, law: Law) -> tuple[Task, ...]:
    """The urgent tasks that come with a petition, due on the day it came in."""
    return tuple(_task(duty, on, law) for duty in dict.fromkeys(duties) if duty in _URGENT)


def duties_at_work(filed: PetitionFiled) -> tuple[Duty, ...]:
    """What is urgent once the case is accepted, when the matrix no longer decides: harm, crime, protection."""
    is_denunciation = filed.kind is PetitionKind.DENUNCIATION
    found = {
        Duty.CONSIDER_STAY: filed.kind is PetitionKind.COMPLAINT and filed.known.is_harm_hard_to_repair is True,
        Duty.REFER_CRIME: is_denunciation and filed.known.has_signs_of_crime is True,
        Duty.PROTECT_DENOUNCER: is_denunciation and filed.asks_identity_protection,
    }
    return tuple(duty for duty, is_due in found.items() if is_due)


def clocks_beside(duties: Sequence[Duty], filed: PetitionFiled) -> tuple[str, ...]:
    """Clocks beside those of the route: of urgent tasks; and the answer, at once, to who forwarded a settled matter."""
    tasks = tuple(clock for duty in dict.fromkeys(duties) if (clock := _URGENT.get(duty)))
    is_settled_before = is_forwarded(filed) and filed.known.settled_effective_on is not None
    return (*tasks, "RB2") if is_settled_before else tasks


def _task(duty: Duty, on: date, law: Law) -> Task:
    clock = _URGENT[duty]
    is_watched = clock is not None and law.find_reading(clock, on) is not None
    return Task(duty=duty, opened_on=on, due_on=on, clock=clock if is_watched else None)
