"""The clocks of a case: started, extended, suspended, resumed, ended, watched. Pure; the law says the amounts."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from math import ceil
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import Refused
from contracts.facts.routing import CalendarCause, ClockId, ClockReading
from contracts.law.clocks import reading
from contracts.law.rows import Act, ClockRow, Topic, Variant
from contracts.vocabulary import Labelled, PetitionKind
from services.routing.domain.law import Law
from services.routing.domain.office import telling_day

_ONE_DAY: Final = timedelta(days=1)
_WHOLE_PERCENT: Final = 100
_NOBODY_ACTS: Final = frozenset({Act.NONE, Act.TAKEN_DOWN})


_reading: Final = lru_cache(maxsize=20_000)(reading)
"""A province's open cases began on few days: counting them all again asks the same questions over and over."""


class ClockState(Labelled):
    RUNNING = "running", "đang tính"
    SUSPENDED = "suspended", "tạm dừng"
    ENDED = "ended", "đã xong"


_ENDED: Final = ClockState.ENDED
"""Asked of every clock of every case: in Python 3.11 a member of an enumeration is slow to look up."""


class ClockMove(BaseModel):
    """One change of the calendar that moved a clock."""

    model_config = ConfigDict(frozen=True)

    revision: int
    from_due: date
    to_due: date
    because: tuple[CalendarCause, ...]


class CaseClock(BaseModel):
    """One statutory clock of a case, with all that its reading follows from."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    reading: ClockReading
    event_on: date
    """The legal event: it decides which law applies, also after a suspension."""
    law_on: date | None = None
    """The day whose law counts instead of the event's: that of acceptance, or by transition that of an act."""
    variant: Variant = Variant.ORDINARY
    extensions: int = 0
    used_days: int = 0
    """Used before ``reading.started_on``, when the clock ran before: the reading leaves them out."""
    set_on: date | None = None
    """Limits before an event: the day on which the event was fixed; the clock is watched from then."""
    suspended_on: date | None = None
    state: ClockState = ClockState.RUNNING
    ended_on: date | None = None
    warned_percent: int = 0
    """The highest threshold the holder was warned at."""
    opened_by: ClockId | None = None
    """The clock whose miss opened this one; when that miss is taken back, so is this."""
    is_missed: bool = False
    is_red: bool = False
    """The red line was reached and told."""
    calendar_revision: int = 0
    """With how many plans of the calendar the reading was counted."""
    moves: tuple[ClockMove, ...] = ()
    """How changes of the calendar moved it."""
    is_set_aside: bool = False
    """Ended by no act: by what was found the law knows no such clock here. Found otherwise, it goes on as it was."""

    @property
    def id(self) -> str:
        return self.reading.clock

    @property
    def counted_by(self) -> date:
        """The day whose law counts for it."""
        return self.law_on or self.event_on

    @property
    def watched_from(self) -> date:
        """Its time is counted from here when warnings are due."""
        return self.set_on or self.reading.started_on

    @property
    def is_running(self) -> bool:
        return self.state is ClockState.RUNNING


def row_of(clock: CaseClock, law: Law) -> ClockRow:
    """The law of this clock."""
    return law.catalogue.clock(clock.id, clock.counted_by)


def started(clock_id: str, on: date, law: Law, variant: Variant = Variant.ORDINARY) -> CaseClock:
    """The clock, from the day of its event. Errors: Refused("no_clock_then")."""
    read = reading(clock_id, on, catalogue=law.catalogue, calendar=law.calendar, variant=variant)
    return CaseClock(reading=read, event_on=on, variant=variant, calendar_revision=law.calendar.revision)


def started_if_any(
    clock_ids: Iterable[str],
    on: date,
    law: Law,
    variant: Variant = Variant.ORDINARY,
    set_on: date | None = None,
    opened_by: ClockId | None = None,
    law_on: date | None = None,
) -> tuple[CaseClock, ...]:
    """The clocks among these that can be counted from that day, and never an error.

    What is left out, the law did not have on that day: a table that lacks a clock of the closed list, or has a hole in
    one, is refused when it is loaded (``contracts.law.checks``), so nothing is swallowed here. ``law_on``: the day
    whose law counts, when it is not that of the event.
    """
    readings = (law.find_reading(clock_id, on, variant, law_on=law_on) for clock_id in clock_ids)
    revision = law.calendar.revision
    return tuple(
        CaseClock(
            reading=read,
            event_on=on,
            law_on=_other_law(read.clock, on, law_on, law),
            variant=variant,
            set_on=set_on,
            opened_by=opened_by,
            calendar_revision=revision,
        )
        for read in readings
        if read is not None
    )


def ends_by_itself(clock: CaseClock, law: Law) -> bool:
    """Nobody has to act in it: a decision takes effect, a poster has hung long enough, a citizen's time is over."""
    row = row_of(clock, law)
    return row.actor.is_private or row.fulfilled_by in _NOBODY_ACTS


def over_from(clock: CaseClock, law: Law) -> date:
    """The first day after a clock that ends by itself. A citizen's last day rolls off days off; effect does not."""
    due = clock.reading.rolled_due if row_of(clock, law).actor.is_private else clock.reading.raw_due
    return due + _ONE_DAY


def extended(clock: CaseClock, test_count: int, on: date, law: Law, kind: PetitionKind) -> CaseClock:
    """One more extension, by the law of acceptance, or by transition that of the day (settlement).

    Errors: Refused("no_more_extensions"), Refused("too_few_tests"), Refused("deadline_passed").
    """
    law_on = law.catalogue.law_day(kind, Topic.SETTLEMENT, accepted_on=clock.event_on, act_on=on)
    clock = clock.model_copy(update={"law_on": _other_law(clock.id, clock.event_on, law_on, law)})
    number = clock.extensions + 1
    step = row_of(clock, law).extension_number(number)
    if test_count < step.tests_at_least:
        raise Refused(
            "too_few_tests",
            f"Gia hạn lần {number} cần ít nhất {step.tests_at_least} tiêu chí phức tạp, ghi bằng văn bản.",
            needed=step.tests_at_least,
            given=test_count,
        )
    if on > clock.reading.rolled_due:
        raise Refused("deadline_passed", "Đã hết thời hạn: không thể gia hạn nữa.", clock=clock.id)
    return _read_again(clock, clock.reading.started_on, law, extensions=number)


def suspended(clock: CaseClock, on: date, law: Law, kind: PetitionKind) -> CaseClock:
    """The clock stands still from that day; nothing is lost of what was left, and nothing won back of what was not.

    Errors: Refused("not_suspendable") where the law of acceptance, or by transition that of the day, knows no
    suspension of it.
    """
    if not law.catalogue.may_suspend(clock.id, kind, accepted_on=clock.event_on, on=on):
        raise Refused("not_suspendable", f"{row_of(clock, law).title}: không được tạm đình chỉ.", clock=clock.id)
    return clock.model_copy(update={"state": ClockState.SUSPENDED, "suspended_on": on})


def used_until(clock: CaseClock, on: date) -> int:
    """Days used up to that day, over all the stretches in which the clock ran."""
    return clock.used_days + (on - clock.reading.started_on).days


def resumed(clock: CaseClock, on: date, law: Law) -> CaseClock:
    """The clock runs on with the days that were left when it was suspended.

    One that had run out by then keeps its last day: a suspension ordered too late makes nothing timely again.
    """
    if clock.suspended_on is not None and clock.suspended_on > clock.reading.rolled_due:
        return clock.model_copy(update={"state": ClockState.RUNNING, "suspended_on": None})
    used = used_until(clock, clock.suspended_on or on)
    running = clock.model_copy(update={"state": ClockState.RUNNING, "used_days": used, "suspended_on": None})
    return _read_again(running, on, law)


def counted_again(clock: CaseClock, law: Law) -> CaseClock:
    """The clock by the calendar of ``law``, from the same start with the same allowances. An ended one stays."""
    if clock.state is _ENDED or clock.calendar_revision >= law.calendar.revision:
        return clock
    try:
        return _read_again(clock, clock.reading.started_on, law)
    except (Refused, OverflowError, ValueError):  # a year of which no calendar is known: it stays as it was counted
        return clock.model_copy(update={"calendar_revision": law.calendar.revision})


def ended(clocks: Sequence[CaseClock], acts: Iterable[Act], on: date, law: Law) -> tuple[CaseClock, ...]:
    """The clocks, those ended that wait for one of these acts."""
    done = frozenset(acts)
    return tuple(_end(clock, on) if row_of(clock, law).fulfilled_by in done else clock for clock in clocks)


def done_once(
    clocks: Sequence[CaseClock], act: Act, on: date, law: Law, only: str | None = None
) -> tuple[tuple[CaseClock, ...], tuple[CaseClock, ...]]:
    """The clocks after the act was done once, and those it ended: of each kind of clock the oldest that waits for it.

    Of two decisions that have to be sent, sending one does not send the other. ``only``: this clock and no other.
    """
    waiting: dict[str, CaseClock] = {}
    for clock in clocks:
        fits = clock.is_running and row_of(clock, law).fulfilled_by is act and only in {None, clock.id}
        if fits and (clock.id not in waiting or clock.event_on < waiting[clock.id].event_on):
            waiting[clock.id] = clock
    done = tuple(waiting.values())
    return tuple(_end(clock, on) if any(clock is one for one in done) else clock for clock in clocks), done


def set_aside(clock: CaseClock, on: date) -> CaseClock:
    """The clock without effect from that day, until something else is found."""
    return _end(clock, on).model_copy(update={"is_set_aside": True})


def taken_up(clock: CaseClock, law: Law) -> CaseClock:
    """A clock that was set aside, going on as if it had never stopped: from the same start, with what was told."""
    running = clock.model_copy(update={"state": ClockState.RUNNING, "ended_on": None, "is_set_aside": False})
    return counted_again(running, law)


def counted_as(clock: CaseClock, variant: Variant, law: Law) -> CaseClock:
    """The clock in other circumstances, from the same start. One that has run out is never lengthened."""
    return _read_again(clock.model_copy(update={"variant": variant}), clock.reading.started_on, law)


def all_ended(clocks: Sequence[CaseClock], on: date) -> tuple[CaseClock, ...]:
    """The clocks, every one ended."""
    return tuple(_end(clock, on) for clock in clocks)


def warning_due(clock: CaseClock, percent: int) -> date:
    """The day on which that share of the clock's time, up to its alarm, is used."""
    span_days = max((clock.reading.alarm_on - clock.watched_from).days, 0)
    return clock.watched_from + timedelta(days=ceil(span_days * percent / _WHOLE_PERCENT))


def told_on(clock: CaseClock, percent: int, law: Law) -> date:
    """The working day on which the holder is told of it (``office``)."""
    alarm_on = clock.reading.alarm_on
    return telling_day(warning_due(clock, percent), after=clock.watched_from, alarm_on=alarm_on, law=law)


def missed_from(clock: CaseClock) -> date:
    """The first day on which the clock is missed."""
    return clock.reading.rolled_due + _ONE_DAY


def next_timer(clock: CaseClock, law: Law) -> date | None:
    """The next day on which time alone changes something; none when nothing can."""
    row = row_of(clock, law)
    if not clock.is_running or clock.is_missed:
        return None
    if ends_by_itself(clock, law):
        return over_from(clock, law)
    days = [missed_from(clock)]
    nearest = next((percent for percent in law.warn_at_percent if percent > clock.warned_percent), None)
    if nearest is not None:  # the later ones are never told before it
        days.append(told_on(clock, nearest, law))
    if row.is_red_line and not clock.is_red:
        days.append(clock.reading.alarm_on)
    return min(days)


def _end(clock: CaseClock, on: date) -> CaseClock:
    if clock.state is ClockState.ENDED:
        return clock
    return clock.model_copy(update={"state": ClockState.ENDED, "ended_on": on})


def _other_law(clock_id: str, event_on: date, law_on: date | None, law: Law) -> date | None:
    """The day of the law, where the row of that day is another than that of the event."""
    if law_on is None:
        return None
    find = law.catalogue.find_clock
    return None if find(clock_id, law_on) == find(clock_id, event_on) else law_on


def _read_again(clock: CaseClock, started_on: date, law: Law, extensions: int | None = None) -> CaseClock:
    number = clock.extensions if extensions is None else extensions
    read = _reading(
        clock.id,
        started_on,
        catalogue=law.catalogue,
        calendar=law.calendar,
        variant=clock.variant,
        extensions=number,
        used_days=clock.used_days,
        event_on=clock.counted_by,
    )
    return clock.model_copy(update={"reading": read, "extensions": number, "calendar_revision": law.calendar.revision})
