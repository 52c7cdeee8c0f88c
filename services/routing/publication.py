"""What of statistics is public: counted seldom, from facts, and guarded by the rules of ``suppression``."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import NotFound
from contracts.ids import UnitId
from services.chassis.clock import Clock
from services.routing.domain.statistics import suppression
from services.routing.domain.statistics.periods import Period, statutory
from services.routing.domain.statistics.suppression import Quarter
from services.routing.domain.statistics.tables import scope_below
from services.routing.records import Records
from services.routing.standing import StandingLaw

HIDDEN: Final = "*"
"""Every figure that is not shown looks like this, whatever the reason."""

_FIRST_YEAR: Final = 2026
_COUNTED_FOR: Final = timedelta(hours=6)
"""A quarter is counted again after that: anybody may ask, so asking must cost nothing."""
_SUFFIXES: Final = ("-Q1", "-Q2", "-Q3", "-Q4", "-6M", "-9M", "")
_HEADINGS: Final = {
    suppression.COMPLAINTS: "Khiếu nại",
    suppression.DENUNCIATIONS: "Tố cáo",
    suppression.RECOMMENDATIONS: "Kiến nghị, phản ánh",
    suppression.ALL: "Tổng cộng",
}


class PublicLine(BaseModel):
    """One kind of petition."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    kind: str
    name: str
    figures: dict[str, int | str]
    """A number, or ``*`` where it is not shown."""


class PublicTable(BaseModel):
    """What is published of one statutory period that is over."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    province: str
    period: str
    label: str
    lines: tuple[PublicLine, ...]
    notes: tuple[str, ...]
    periods: tuple[str, ...]
    """Every period of which there is a table, the newest last."""


@dataclass(frozen=True, slots=True)
class _Counted:
    quarter: Quarter
    at: datetime


class Publication:
    """The public tables of this province."""

    def __init__(self, records: Records, standing: StandingLaw, clock: Clock, province: UnitId) -> None:
        self._records = records
        self._standing = standing
        self._clock = clock
        self._province = province
        self._counted: dict[str, _Counted] = {}
        self._turn = asyncio.Lock()

    async def table(self, name: str | None) -> PublicTable:
        """The table of a period; of none, of the last quarter that is over. Errors: NotFound("no_period")."""
        periods = self._periods()
        quarters_over = [period for period in periods if len(period.quarters) == 1]
        wanted = [one for one in periods if one.name == name] if name else quarters_over[-1:]
        period = next(iter(wanted), None)
        if period is None:
            raise NotFound("no_period", "Chỉ công bố số liệu của các kỳ thống kê luật định đã kết thúc.")
        async with self._turn:
            quarters = [await self._quarter(one) for one in period.quarters]
        return self._view(period, suppression.publish(quarters, self._threshold), periods)

    @property
    def _threshold(self) -> int:
        return self._standing.now.catalogue.settings.number("published_denunciations_at_least")

    def _periods(self) -> list[Period]:
        """Every statutory period that is over, by its last day."""
        today = self._clock.today()
        years = range(_FIRST_YEAR, today.year + 1)
        periods = [self._statutory(f"{year}{suffix}") for year in years for suffix in _SUFFIXES]
        return sorted((one for one in periods if one.last < today), key=lambda one: (one.last, len(one.quarters)))

    def _statutory(self, name: str) -> Period:
        return statutory(name, self._standing.now.catalogue.settings.choice("statistics_year_begins"))

    async def _quarter(self, name: str) -> Quarter:
        known, now = self._counted.get(name), self._clock.now()
        if known is not None and now - known.at < _COUNTED_FOR:
            return known.quarter
        period = self._statutory(name)
        scope = scope_below(self._province, self._standing.now.units, period.last)
        world = await self._records.concerning(period, frozenset(scope.line_of))
        counted = await asyncio.to_thread(suppression.quarter, world, period, scope)
        self._counted[name] = _Counted(counted, now)
        return counted

    def _view(self, period: Period, shown: suppression.Published, periods: list[Period]) -> PublicTable:
        small = self._threshold
        hidden = f"{HIDDEN}: số liệu tố cáo dưới {small}, hoặc số liệu có thể làm lộ số dưới {small}: không công bố."
        lines = [
            PublicLine(
                kind=kind,
                name=_HEADINGS[kind],
                figures={item: HIDDEN if figure is None else figure for item, figure in figures.items()},
            )
            for kind, figures in shown.items()
        ]
        return PublicTable(
            province=self._standing.now.units.name_of(self._province),
            period=period.name,
            label=period.label,
            lines=tuple(lines),
            notes=(hidden, "Đơn có nhiều nội dung không nằm trong bảng này."),
            periods=tuple(one.name for one in periods),
        )
