"""From a clock and the day of its event to its last day, and to the explanation of that day.

The first day is not counted; a period that ends on a day off ends at the close of the next working day (Civil Code 2015
arts 147, 148). ``raw_due`` is the bare count, ``rolled_due`` what is judged, ``alarm_on`` what is watched.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, model_validator

from contracts.errors import BadInput
from contracts.facts.base import vietnam_day
from contracts.facts.routing import ClockReading
from contracts.law.calendar import DayOff, WorkingDays
from contracts.law.catalogue import Catalogue
from contracts.law.rows import ClockRow, Confidence, Unit, Variant
from contracts.law.source import Row
from contracts.vocabulary import ObstacleGround

_MONTHS_A_YEAR: Final = 12
_ONE_DAY: Final = timedelta(days=1)
_KEPT: Final = 4096
"""How many answers are kept: the same clock from the same day under the same tables is asked for again and again, by
every case of that day and by each of its explanations. All parts are values, so the answer is one too."""


class ExcludedTime(Row):
    """Days that do not count: an objective obstacle kept the person from acting. Both days belong to it."""

    obstacle: ObstacleGround
    from_day: date
    to_day: date

    @model_validator(mode="after")
    def _has_an_order(self) -> Self:
        if self.to_day < self.from_day:
            raise ValueError("to_day đứng trước from_day")
        return self


class ExcludedDays(Row):
    """What an obstacle took out of a count."""

    obstacle: ObstacleGround
    name: str
    from_day: date
    to_day: date
    """The first and the last day that this obstacle took out."""
    days: int
    """How many; days that another obstacle took out already are not among them."""


class MomentReading(Row):
    """A clock counted in hours: from a moment to a moment."""

    clock: str
    started_at: datetime
    due_at: datetime
    articles: tuple[str, ...]


class ClockExplanation(BaseModel):
    """A reading with everything a person needs to check it by hand."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    reading: ClockReading
    title: str
    actor: str
    started_by: str
    fulfilled_by: str
    counted: int
    """What was counted from the start, in ``unit``: the whole amount, less what was used before a suspension."""
    unit: Unit
    unit_label: str
    variant: Variant
    extensions: int
    used_days: int
    skipped: tuple[DayOff, ...]
    """Days off after the start and up to the rolled date: passed over in working days, or rolled over at the end."""
    excluded: tuple[ExcludedDays, ...] = ()
    """Days that an obstacle took out of the count, one entry for each stretch."""
    limit: str = ""
    """The limit as people say it: ``7 ngày làm việc``, ``ngay``, ``ít nhất 5 ngày làm việc trước``."""
    law_from: date | None = None
    """Since when the row of the law that counted here is in force."""
    articles: tuple[str, ...]
    """In full, for people."""
    confidence: Confidence
    question: str
    also_counted_on: date | None = None
    """Where the law may be read in two ways: what the second count alone comes to."""


def reading(
    clock_id: str,
    started_on: date,
    *,
    catalogue: Catalogue,
    calendar: WorkingDays,
    variant: Variant = Variant.ORDINARY,
    extensions: int = 0,
    used_days: int = 0,
    event_on: date | None = None,
    excluded: Sequence[ExcludedTime] = (),
) -> ClockReading:
    """When the clock that starts on that day runs out.

    ``extensions`` given so far; ``used_days`` before a suspension (the clock then starts on the day of resumption);
    ``event_on``: the legal event that decides which law applies, when it is not the start; ``excluded``: obstacles
    whose days do not count.
    Errors: Refused("no_clock_then"), Refused("no_more_extensions"), BadInput("calendar_gap"), and BadInput with
    ``not_suspendable``, ``no_excluded_time``, ``counted_in_hours``, ``not_counted`` for what the clock does not know.
    """
    return _reading(
        clock_id, started_on, catalogue, calendar, variant, extensions, used_days, event_on, tuple(excluded)
    )


@lru_cache(maxsize=_KEPT)
def _reading(
    clock_id: str,
    started_on: date,
    catalogue: Catalogue,
    calendar: WorkingDays,
    variant: Variant,
    extensions: int,
    used_days: int,
    event_on: date | None,
    excluded: tuple[ExcludedTime, ...],
) -> ClockReading:
    row = catalogue.clock(clock_id, event_on or started_on)
    amount = _counted(row, variant, extensions, used_days)
    if excluded:
        raw_due = _end_without(row, started_on, amount, excluded)
    else:
        raw_due = _end(row, started_on, amount, row.unit, calendar)
    is_rolled = row.rolls and row.direction == "after"
    return ClockReading(
        clock=row.id,
        started_on=started_on,
        raw_due=raw_due,
        rolled_due=calendar.rolled(raw_due) if is_rolled else raw_due,
        alarm_on=_alarm(row, started_on, raw_due, calendar),
        articles=_articles(row, extensions),
    )


def explanation(
    clock_id: str,
    started_on: date,
    *,
    catalogue: Catalogue,
    calendar: WorkingDays,
    variant: Variant = Variant.ORDINARY,
    extensions: int = 0,
    used_days: int = 0,
    event_on: date | None = None,
    excluded: Sequence[ExcludedTime] = (),
) -> ClockExplanation:
    """The same reading, by the same function, with the way to it. Parameters and errors as ``reading``."""
    return _explanation(
        clock_id, started_on, catalogue, calendar, variant, extensions, used_days, event_on, tuple(excluded)
    )


@lru_cache(maxsize=_KEPT)
def _explanation(
    clock_id: str,
    started_on: date,
    catalogue: Catalogue,
    calendar: WorkingDays,
    variant: Variant,
    extensions: int,
    used_days: int,
    event_on: date | None,
    excluded: tuple[ExcludedTime, ...],
) -> ClockExplanation:
    row = catalogue.clock(clock_id, event_on or started_on)
    read = reading(
        clock_id,
        started_on,
        catalogue=catalogue,
        calendar=calendar,
        variant=variant,
        extensions=extensions,
        used_days=used_days,
        event_on=event_on,
        excluded=excluded,
    )
    counted = _counted(row, variant, extensions, used_days)
    return ClockExplanation(
        reading=read,
        title=row.title,
        actor=row.actor.label,
        started_by=row.start.label,
        fulfilled_by=row.fulfilled_by.label,
        counted=counted,
        unit=row.unit,
        unit_label=row.unit.label,
        variant=variant,
        extensions=extensions,
        used_days=used_days,
        skipped=_skipped(row, read, calendar),
        articles=tuple(catalogue.cite(article) for article in read.articles),
        confidence=row.confidence,
        question=row.question,
        excluded=tuple(_taken_out(read, excluded)),
        limit=row.said(row.amount_for(variant, extensions)),
        law_from=row.in_force_from,
        also_counted_on=_also(row, read.started_on, calendar),
    )


def moment_reading(clock_id: str, started_at: datetime, *, catalogue: Catalogue) -> MomentReading:
    """The moment to which a clock in hours runs; before its start for one that counts backward.

    The law is that of the start's day in Vietnam. Errors: Refused("no_clock_then"), BadInput("counted_in_days").
    """
    row = catalogue.clock(clock_id, vietnam_day(started_at))
    if row.unit is not Unit.HOURS:
        raise BadInput("counted_in_days", f"{row.title}: thời hạn này không tính theo giờ.", clock=row.id)
    span = timedelta(hours=row.amount if row.direction == "after" else -row.amount)
    return MomentReading(clock=row.id, started_at=started_at, due_at=started_at + span, articles=row.articles)


def _counted(row: ClockRow, variant: Variant, extensions: int, used_days: int) -> int:
    amount = row.amount_for(variant, extensions)
    if used_days and not row.is_suspendable:
        raise BadInput("not_suspendable", f"{row.title}: thời hạn này không tạm dừng.", clock=row.id)
    return max(amount - used_days, 0)


def _end_without(row: ClockRow, start: date, amount: int, excluded: Sequence[ExcludedTime]) -> date:
    """The day on which the count is full, days of an obstacle passed over."""
    if not row.excludes_obstacles:
        raise BadInput("no_excluded_time", f"{row.title}: không trừ thời gian trở ngại.", clock=row.id)
    end = start + timedelta(days=amount)
    for first, last in _stretches(start, excluded):
        if first > end:
            break
        end += last - first + _ONE_DAY
    return end


def _stretches(start: date, excluded: Iterable[ExcludedTime]) -> list[tuple[date, date]]:
    """The days taken out after the start, in order, no day twice."""
    stretches: list[tuple[date, date]] = []
    for one in sorted(excluded, key=lambda each: (each.from_day, each.to_day)):
        free_from = stretches[-1][1] + _ONE_DAY if stretches else start + _ONE_DAY
        first = max(one.from_day, free_from)
        if first <= one.to_day:
            stretches.append((first, one.to_day))
    return stretches


def _taken_out(read: ClockReading, excluded: Sequence[ExcludedTime]) -> Iterable[ExcludedDays]:
    """Each stretch that lies before the end, under the name of the obstacle it belongs to."""
    for first, last in _stretches(read.started_on, excluded):
        if first > read.raw_due:
            return
        obstacle = next(one.obstacle for one in excluded if one.from_day <= first and one.to_day == last)
        yield ExcludedDays(
            obstacle=obstacle, name=obstacle.label, from_day=first, to_day=last, days=(last - first).days + 1
        )


def _end(row: ClockRow, start: date, amount: int, unit: Unit, calendar: WorkingDays) -> date:
    signed = amount if row.direction == "after" else -amount
    match unit:
        case Unit.WORKING_DAYS:
            return calendar.add_working_days(start, signed)
        case Unit.CALENDAR_DAYS:
            return calendar.add_calendar_days(start, signed)
        case Unit.MONTHS:
            return _add_months(start, signed)
        case Unit.YEARS:
            return _add_months(start, signed * _MONTHS_A_YEAR)
        case Unit.AT_ONCE:
            return start
        case Unit.HOURS:
            raise BadInput("counted_in_hours", f"{row.title}: thời hạn này tính theo giờ.", clock=row.id)
        case Unit.NOT_COUNTED:
            raise BadInput("not_counted", f"{row.title}: không phải thời hạn, không có ngày cuối.", clock=row.id)


def _alarm(row: ClockRow, start: date, raw_due: date, calendar: WorkingDays) -> date:
    return min(raw_due, _also(row, start, calendar) or raw_due)


def _also(row: ClockRow, start: date, calendar: WorkingDays) -> date | None:
    """What the second count comes to, where the law may be read in two ways."""
    if row.alarm_also is None:
        return None
    return _end(row, start, row.alarm_also.amount, row.alarm_also.unit, calendar)


def _articles(row: ClockRow, extensions: int) -> tuple[str, ...]:
    extended = row.extension_number(extensions).articles if extensions else ()
    return tuple(dict.fromkeys((*row.articles, *extended)))


def _skipped(row: ClockRow, read: ClockReading, calendar: WorkingDays) -> tuple[DayOff, ...]:
    if row.direction == "before":
        return calendar.days_off_between(read.raw_due, read.started_on)
    if row.unit is Unit.WORKING_DAYS:
        return calendar.days_off_between(read.started_on, read.rolled_due)
    return calendar.days_off_between(read.raw_due - _ONE_DAY, read.rolled_due)


def _add_months(start: date, months: int) -> date:
    """The same day of the month, or its last day when it is shorter."""
    years, month = divmod(start.month - 1 + months, _MONTHS_A_YEAR)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))
