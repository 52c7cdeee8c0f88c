"""A case lived through again by the functions that decide the live ones: opened, acted on, ticked. Nothing is kept."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from contracts.errors import TiepdanError
from contracts.facts.base import VIETNAM, Fact, vietnam_day
from contracts.facts.intake import PetitionFiled
from services.routing.domain.acts import Decided
from services.routing.domain.case import Case
from services.routing.domain.escalation import tick
from services.routing.domain.law import Law
from services.routing.domain.opening import open_case

FILED: Final = "filed"
TIME: Final = "time"

_LOOKED_AT: Final = time(10)
"""The hour at which the timers of a day are looked at here: within office hours. Live they are looked at all day."""
_NO_KEY: Final = b""
"""The public name of a replayed case means nothing to anybody."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done to the case at that moment, by the live function."""

    name: str
    at: datetime
    decide: Callable[[Case], Decided]


@dataclass(frozen=True, slots=True)
class Happened:
    """What a step, or time, brought: the case before and after and what was said; or why it was refused."""

    name: str
    at: datetime
    before: Case | None
    after: Case
    facts: Sequence[Fact] = ()
    refusal: TiepdanError | None = None


def replay(filed: PetitionFiled, steps: Iterable[Step], *, until: datetime, law: Law) -> tuple[Case, list[Happened]]:
    """The case as it stands at ``until``. A step that the law refuses changes nothing, and says why.

    Time passes day by day between the steps, as the timers of the live service let it.
    """
    case, facts = open_case(filed, now=filed.received_at, law=law, public_id_key=_NO_KEY)
    lived = [Happened(FILED, filed.received_at, None, case, facts)]
    for step in steps:
        lived += _passed(lived[-1].after, step.at, law)
        lived.append(_done(lived[-1].after, step))
    lived += _passed(lived[-1].after, until, law)
    return lived[-1].after, lived


def _done(case: Case, step: Step) -> Happened:
    try:
        after, facts = step.decide(case)
    except TiepdanError as refusal:
        return Happened(step.name, step.at, case, case, refusal=refusal)
    return Happened(step.name, step.at, case, after, facts)


def _passed(case: Case, until: datetime, law: Law) -> list[Happened]:
    """What time alone brought up to that moment, day by day."""
    lived: list[Happened] = []
    while case.next_timer_on is not None and case.next_timer_on <= vietnam_day(until):
        now = min(_at(case.next_timer_on), until)
        after, facts = tick(case, now, law)
        if after == case:
            break
        lived.append(Happened(TIME, now, case, after, facts))
        case = after
    return lived


def _at(day: date) -> datetime:
    return datetime.combine(day, _LOOKED_AT, VIETNAM)
