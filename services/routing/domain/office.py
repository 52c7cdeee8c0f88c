"""When offices are open, in Vietnam: people are warned then and not at night, at weekends or on holidays.

A warning whose day is a day off is told on the next working morning. When that would come after the clock's alarm, it
is told on the last working day before instead: a warning after the day it warns of helps nobody, one that comes a
little early does (before Tết this makes a difference of a week).
"""

from datetime import date, datetime, time
from functools import lru_cache
from typing import Final

from contracts.facts.base import VIETNAM
from services.routing.domain.law import Law

OFFICE_HOURS: Final = "office_hours"
"""The named setting: ``07:30-17:00``."""


def is_office_open(now: datetime, law: Law) -> bool:
    """True on a working day within the province's office hours."""
    local = now.astimezone(VIETNAM)
    opens, closes = _hours(law.choice(OFFICE_HOURS))
    return opens <= local.time() < closes and law.calendar.is_working_day(local.date())


def telling_day(day: date, *, after: date, alarm_on: date, law: Law) -> date:
    """The working day on which a warning of that day is told; never on or before the clock's start ``after``."""
    if law.calendar.is_working_day(day):
        return day
    next_morning = law.calendar.rolled(day)
    if next_morning <= alarm_on:
        return next_morning
    before = law.calendar.add_working_days(day, -1)
    return before if before > after else next_morning


@lru_cache(maxsize=32)
def _hours(text: str) -> tuple[time, time]:
    opens, _, closes = text.partition("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)
