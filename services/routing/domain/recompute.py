"""An open case counted again when the calendar changed: its clocks by the new days, and what is said about it.

Run twice, the second time brings nothing; several plans at once bring the same dates as one after the other, and the
same as if they had been known from the start. A clock that ended stays as it ended; only what ran out by itself and
counts from a miss that moved begins again. One that stands still is counted again without a word: it has no last day
until it goes on. The day until which a petitioner was asked in writing to complete a petition stands as it was written.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from contracts.errors import BadInput
from contracts.facts.base import Fact
from contracts.facts.routing import CalendarCause, DeadlineMoved
from contracts.law.calendar import WorkingDays
from contracts.law.rows import Unit
from services.routing.domain.case import Case, Status, about, moved, spoken
from services.routing.domain.deadlines import (
    CaseClock,
    ClockMove,
    ClockState,
    all_ended,
    counted_again,
    missed_from,
    over_from,
    row_of,
    started_if_any,
    told_on,
)
from services.routing.domain.law import Law

_ONE_DAY: Final = timedelta(days=1)
_ENDED: Final = ClockState.ENDED


def revision_of(case: Case) -> int | None:
    """With how many plans of the calendar its clocks were counted, at least; none when no clock is open.

    A closed case stands as it was closed: of what was filed away the day until which it is kept.
    """
    if case.status is Status.CLOSED:
        return None
    return min([clock.calendar_revision for clock in case.clocks if clock.state is not _ENDED], default=None)


def open_until(case: Case) -> date:
    """The last day that an open clock of the case names; a change of later days moves nothing in it."""
    return max((max(_days(clock)) for clock in case.clocks if clock.state is not _ENDED), default=date.min)


def is_behind(case: Case, law: Law) -> bool:
    """True when a clock of the case was counted with an older calendar."""
    revision = revision_of(case)
    return revision is not None and revision < law.calendar.revision


def recounted(case: Case, law: Law, today: date) -> tuple[Case, list[Fact]]:
    """The case by the calendar of ``law``, and a ``DeadlineMoved`` for each running clock whose days changed.

    What was told by the old date and is not so by the new one is taken back: a missed clock runs again, a threshold
    that lies ahead again will be warned of again. That a superior was told stays: it was.
    """
    if not is_behind(case, law):
        return case, []
    if not any(_is_touched(clock, law) for clock in case.clocks):
        return case.model_copy(update={"clocks": tuple(_seen(clock, law) for clock in case.clocks)}), []
    clocks: list[CaseClock] = []
    said: list[DeadlineMoved] = []
    facts: dict[str, DeadlineMoved] = {}
    for clock in case.clocks:
        miss = facts.get(clock.opened_by or "")
        fresh, fact = _followed(case, clock, miss, law, today) if miss else _recounted(case, clock, law, today)
        clocks.append(fresh)
        if fact is not None:
            facts[fact.clock.clock] = fact
            said.append(fact)
    after = moved(case, law, clocks=tuple(clocks))
    return after, spoken(after, said)


def _is_touched(clock: CaseClock, law: Law) -> bool:
    """True when a day changed between the clock's start and its end: then its end, or a day of warning, may move."""
    if clock.state is _ENDED:
        return False
    return _has_changed(law.calendar, clock.calendar_revision, clock.reading.started_on - _ONE_DAY, max(_days(clock)))


@lru_cache(maxsize=20_000)
def _has_changed(calendar: WorkingDays, since: int, start: date, end: date) -> bool:
    try:
        return bool(calendar.causes(since, start, end))
    except (BadInput, OverflowError):  # a year of which no calendar is known
        return True


def _seen(clock: CaseClock, law: Law) -> CaseClock:
    """The same clock, by the calendar of today."""
    if clock.state is _ENDED:
        return clock
    return clock.model_copy(update={"calendar_revision": max(clock.calendar_revision, law.calendar.revision)})


def _recounted(case: Case, clock: CaseClock, law: Law, today: date) -> tuple[CaseClock, DeadlineMoved | None]:
    fresh = counted_again(clock, law)
    if not fresh.is_running or _days(fresh) == _days(clock):
        return fresh, None
    because = law.calendar.causes(clock.calendar_revision, *_window(clock, fresh, law))
    is_missed = clock.is_missed and today >= missed_from(fresh)
    fact = DeadlineMoved(
        **about(case),
        clock=fresh.reading,
        was=clock.reading,
        moved_on=today,
        because=because,
        takes_back_missed=clock.is_missed and not is_missed,
    )
    told = {
        "is_missed": is_missed,
        "is_red": clock.is_red and fresh.reading.alarm_on <= today,
        "warned_percent": still_warned(clock, fresh, law, today),
        "moves": (*clock.moves, _move(clock, fresh, because, law)),
    }
    return fresh.model_copy(update=told), fact


def _followed(
    case: Case, clock: CaseClock, miss: DeadlineMoved, law: Law, today: date
) -> tuple[CaseClock, DeadlineMoved | None]:
    """What a miss opened goes with the miss: taken back with it, or begun again on its new day, also when it was over
    by the old one.
    """
    if miss.takes_back_missed:
        return all_ended([clock], today)[0], None
    was_ended = clock.state is _ENDED and clock.ended_on != over_from(clock, law)
    if was_ended or clock.event_on != miss.was.rolled_due:
        return _recounted(case, clock, law, today)
    again = started_if_any([clock.id], miss.clock.rolled_due, law, clock.variant, opened_by=clock.opened_by)
    if not again or _days(again[0]) == _days(clock) or today >= over_from(again[0], law):
        return _recounted(case, clock, law, today)
    [fresh] = again
    fact = DeadlineMoved(**about(case), clock=fresh.reading, was=clock.reading, moved_on=today, because=miss.because)
    return fresh.model_copy(update={"moves": (*clock.moves, _move(clock, fresh, miss.because, law))}), fact


def _move(old: CaseClock, new: CaseClock, because: tuple[CalendarCause, ...], law: Law) -> ClockMove:
    return ClockMove(
        revision=law.calendar.revision,
        from_due=old.reading.rolled_due,
        to_due=new.reading.rolled_due,
        because=because,
    )


def _days(clock: CaseClock) -> tuple[date, date, date]:
    read = clock.reading
    return read.raw_due, read.rolled_due, read.alarm_on


def _window(old: CaseClock, new: CaseClock, law: Law) -> tuple[date, date]:
    """Between which days the calendar bears on the clock: all that are counted, or those around its end."""
    last = max(*_days(old), *_days(new))
    row = row_of(new, law)
    counts_working_days = row.unit is Unit.WORKING_DAYS or row.alarm_also is not None
    first_end = min(old.reading.raw_due, new.reading.raw_due)
    return (new.reading.started_on if counts_working_days else first_end - _ONE_DAY), last


def still_warned(old: CaseClock, new: CaseClock, law: Law, today: date) -> int:
    """The highest threshold that was told and is still reached."""
    told = (one for one in law.warn_at_percent if one <= old.warned_percent)
    reached = [one for one in told if told_on(new, one, law) <= today]
    return max(reached, default=0)
