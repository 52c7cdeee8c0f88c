"""What every decision looks things up in: the tables, the calendar and the organisation tree, as one value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from contracts.errors import BadInput
from contracts.facts.routing import ClockReading
from contracts.ids import UnitId
from contracts.law.authorities import Authorities, official_authorities
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import Catalogue
from contracts.law.clocks import ExcludedTime, reading
from contracts.law.rows import RuleRow, Variant
from contracts.units import Unit, UnitTree
from contracts.vocabulary import UnitLevel

_GOVERNMENTS: Final = frozenset({UnitLevel.PROVINCE, UnitLevel.DISTRICT, UnitLevel.COMMUNE})


@dataclass(frozen=True, slots=True)
class Law:
    """The law as this installation knows it."""

    catalogue: Catalogue
    calendar: WorkingDays
    units: UnitTree
    warn_at_percent: tuple[int, ...] = (50, 75, 90)
    """How much of a clock's time is used when its holder is warned; ascending."""
    authorities: Authorities = field(default_factory=official_authorities)
    """Who manages which field, and the desks."""

    def choice(self, setting: str) -> str:
        """What the installation chose where the law leaves it open (``contracts/law/data/settings.toml``)."""
        return self.catalogue.settings.choice(setting)

    def find_rule(self, rule_id: str, on: date) -> RuleRow | None:
        """The rule as it stood on that day; none when there was none: a table that lacks one is refused at load."""
        return self.catalogue.find_rule(rule_id, on)

    def find_reading(
        self,
        clock_id: str,
        started_on: date,
        variant: Variant = Variant.ORDINARY,
        excluded: Sequence[ExcludedTime] = (),
        law_on: date | None = None,
    ) -> ClockReading | None:
        """The clock from that day on; none when the law had no such clock then or the calendar ends before it.

        ``excluded``: obstacles whose days do not count; left aside where the clock knows none. ``law_on``: the day
        whose law counts, when it is not the start. A table that lacks a clock is refused at load.
        """
        row = self.catalogue.find_clock(clock_id, law_on or started_on)
        if row is None:
            return None
        try:
            return reading(
                clock_id,
                started_on,
                catalogue=self.catalogue,
                calendar=self.calendar,
                variant=variant,
                event_on=law_on,
                excluded=excluded if row.excludes_obstacles else (),
            )
        except (BadInput, OverflowError, ValueError):  # years of which no calendar is known, or that no date can name
            return None

    def find_longest(self, clock_id: str, started_on: date) -> ClockReading | None:
        """The clock with every extension the law knows; none as in ``find_reading``."""
        row = self.catalogue.find_clock(clock_id, started_on)
        if row is None:
            return None
        try:
            return reading(
                clock_id,
                started_on,
                catalogue=self.catalogue,
                calendar=self.calendar,
                extensions=len(row.extension),
            )
        except (BadInput, OverflowError, ValueError):  # as above
            return None

    def body_of(self, unit_id: UnitId, on: date) -> UnitId:
        """The body a unit acts for: a province's reception office acts for the province, all others for themselves."""
        return self.units.body_of(unit_id, on)

    def find(self, unit_id: UnitId, on: date) -> Unit | None:
        """The unit as it stands on that day; none when it is unknown or not open."""
        return self.units.get(unit_id, on) if self.units.is_open(unit_id, on) else None

    def superior(self, unit_id: UnitId, on: date) -> Unit | None:
        """The direct superior on that day; none at the top. A closed unit keeps the superior it had last, and who
        followed a closed superior takes its place.
        """
        return self.units.superior(unit_id, on)

    def is_outside(self, unit_id: UnitId, on: date) -> bool:
        """True for bodies that no local government commands: the centre and its agencies in the province, Party desks.

        Errors of ``UnitTree.get``.
        """
        return not any(one.level in _GOVERNMENTS for one in (self.units.get(unit_id, on), *self.above(unit_id, on)))

    def above(self, unit_id: UnitId, on: date) -> Iterator[Unit]:
        """The superiors from the direct one to the top."""
        unit, seen = self.superior(unit_id, on), {unit_id}
        while unit is not None and unit.id not in seen:
            yield unit
            seen.add(unit.id)
            unit = self.superior(unit.id, on)

    def ever_above(self, unit_id: UnitId) -> Iterator[Unit]:
        """The superiors as they were known last, whatever the day: for days before the tree begins."""
        unit = self.units.find(unit_id)
        while unit is not None and unit.superior is not None:
            unit = self.units.find(unit.superior)
            if unit is not None:
                yield unit

    def standing(self, unit_id: UnitId, matter_unit: UnitId, on: date) -> UnitId | None:
        """The unit that answers for ``unit_id`` on that day: itself; or, when it closed, its only successor, the
        successor where the matter arose, or else the superior it had last. None when it is unknown, or not open yet:
        who stood in its place before, the tree does not say."""
        return self.units.standing(unit_id, matter_unit, on)
