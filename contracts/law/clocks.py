"""From a clock and the day of its event to its last day, and to the explanation of that day.

The first day is not counted; a period that ends on a day off ends at the close of the next working day (Civil Code 2015
arts 147, 148). ``raw_due`` is the bare count, ``rolled_due`` what is judged, ``alarm_on`` what is watched.
"""

from calendar import monthrange
from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import BadInput
from contracts.facts.routing import ClockReading
from contracts.law.calendar import DayOff, WorkingDays
from contracts.law.catalogue import Catalogue
from contracts.law.rows import ClockRow, Confidence, Unit, Variant

_MONTHS_A_YEAR: Final = 12


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
    articles: tuple[str, ...]
    """In full, for people."""
    confidence: Confidence
    question: str


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
) -> ClockReading:
    """When the clock that starts on that day runs out.

    ``extensions`` given so far; ``used_days`` before a suspension (the clock then starts on the day of resumption);
    ``event_on``: the legal event that decides which law applies, when it is not the start.
    Errors: Refused("no_clock_then"), Refused("no_more_extensions"), BadInput("calendar_gap").
    """
    row = catalogue.clock(clock_id, event_on or started_on)
    amount = _counted(row, variant, extensions, used_days)
    raw_due = _end(row, started_on, amount, row.unit, calendar)
    return ClockReading(
        clock=row.id,
        started_on=started_on,
        raw_due=raw_due,
        rolled_due=calendar.rolled(raw_due) if row.direction == "after" else raw_due,
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
) -> ClockExplanation:
    """The same reading, by the same function, with the way to it. Parameters and errors as ``reading``."""
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
    )
    return ClockExplanation(
        reading=read,
        title=row.title,
        actor=row.actor.label,
        started_by=row.start.label,
        fulfilled_by=row.fulfilled_by.label,
        counted=_counted(row, variant, extensions, used_days),
        unit=row.unit,
        unit_label=row.unit.label,
        variant=variant,
        extensions=extensions,
        used_days=used_days,
        skipped=_skipped(row, read, calendar),
        articles=tuple(catalogue.cite(article) for article in read.articles),
        confidence=row.confidence,
        question=row.question,
    )


def _counted(row: ClockRow, variant: Variant, extensions: int, used_days: int) -> int:
    amount = row.amount_for(variant, extensions)
    if used_days and not row.is_suspendable:
        raise BadInput("not_suspendable", f"{row.title}: thời hạn này không tạm dừng.", clock=row.id)
    return max(amount - used_days, 0)


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


def _alarm(row: ClockRow, start: date, raw_due: date, calendar: WorkingDays) -> date:
    if row.alarm_also is None:
        return raw_due
    return min(raw_due, _end(row, start, row.alarm_also.amount, row.alarm_also.unit, calendar))


def _articles(row: ClockRow, extensions: int) -> tuple[str, ...]:
    extended = row.extension_number(extensions).articles if extensions else ()
    return tuple(dict.fromkeys((*row.articles, *extended)))


def _skipped(row: ClockRow, read: ClockReading, calendar: WorkingDays) -> tuple[DayOff, ...]:
    if row.direction == "before":
        return calendar.days_off_between(read.raw_due, read.started_on)
    if row.unit is Unit.WORKING_DAYS:
        return calendar.days_off_between(read.started_on, read.rolled_due)
    return tuple(off for off in calendar.days_off_between(read.started_on, read.rolled_due) if off.day >= read.raw_due)


def _add_months(start: date, months: int) -> date:
    """The same day of the month, or its last day when it is shorter."""
    years, month = divmod(start.month - 1 + months, _MONTHS_A_YEAR)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))
