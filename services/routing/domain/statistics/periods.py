"""Periods of statistics: any from–to, and the statutory ones of a year."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.errors import BadInput

_NAME: Final = re.compile(r"(20[0-9]{2})(?:-(Q[1-4]|6M|9M))?")
_QUARTERS: Final = {"Q1": (0, 1), "Q2": (1, 2), "Q3": (2, 3), "Q4": (3, 4), "6M": (0, 2), "9M": (0, 3), None: (0, 4)}
_LABELS: Final = {
    "Q1": "Quý I",
    "Q2": "Quý II",
    "Q3": "Quý III",
    "Q4": "Quý IV",
    "6M": "6 tháng",
    "9M": "9 tháng",
    None: "Năm",
}
_ENDS: Final = {
    "15-12": ((12, 14), (3, 14), (6, 14), (9, 14), (12, 14)),
    "01-01": ((12, 31), (3, 31), (6, 30), (9, 30), (12, 31)),
}
"""By how the year of statistics begins: the last day before it, then the last day of each quarter (month, day)."""
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date
    name: str = ""
    """``2026-Q3``; empty for a period of nobody's making but the asker's."""
    quarters: tuple[str, ...] = ()
    """Statutory periods: the quarters it is made of."""

    def has(self, day: date | None) -> bool:
        """True for a day inside."""
        return day is not None and self.first <= day <= self.last

    @property
    def eve(self) -> date:
        """The day before it begins."""
        return self.first - _ONE_DAY

    @property
    def label(self) -> str:
        """As a heading says it."""
        days = f"từ {self.first:%d/%m/%Y} đến {self.last:%d/%m/%Y}"
        matched = _NAME.fullmatch(self.name)
        return f"{_LABELS[matched[2]]} {'' if matched[2] is None else 'năm '}{matched[1]} ({days})" if matched else days


def between(first: date, last: date) -> Period:
    """Any period. Errors: BadInput("wrong_period")."""
    if last < first:
        raise BadInput("wrong_period", "Kỳ báo cáo: ngày cuối đứng trước ngày đầu.")
    return Period(first, last)


def statutory(name: str, year_begins: str) -> Period:
    """``2026-Q1`` … ``2026-Q4``, ``2026-6M``, ``2026-9M``, ``2026``. ``year_begins``: as the setting of that name says.

    Errors: BadInput("wrong_period").
    """
    matched = _NAME.fullmatch(name)
    if matched is None:
        raise BadInput("wrong_period", "Kỳ báo cáo viết như 2026-Q1, 2026-6M, 2026-9M hoặc 2026.")
    year, (begin, end) = int(matched[1]), _QUARTERS[matched[2]]
    last_days = [date(year - (number == 0), *_ENDS[year_begins][number]) for number in range(5)]
    quarters = tuple(f"{year}-Q{number + 1}" for number in range(begin, end))
    return Period(last_days[begin] + _ONE_DAY, last_days[end], name, quarters)
