"""What every decision looks things up in: the tables, the calendar and the organisation tree, as one value."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts.ids import UnitId
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import Catalogue
from contracts.units import Unit, UnitTree


@dataclass(frozen=True, slots=True)
class Law:
    """The law as this installation knows it."""

    catalogue: Catalogue
    calendar: WorkingDays
    units: UnitTree
    warn_at_percent: tuple[int, ...] = (75, 90)
    """How much of a clock's time is used when its holder is warned; ascending."""

    def body_of(self, unit_id: UnitId, on: date) -> UnitId:
        """The body a unit acts for: a province's reception office acts for the province, all others for themselves."""
        return self.units.body_of(unit_id, on)

    def find(self, unit_id: UnitId, on: date) -> Unit | None:
        """The unit as it stands on that day; none when it is unknown or not open."""
        return self.units.get(unit_id, on) if self.units.is_open(unit_id, on) else None

    def superior(self, unit_id: UnitId, on: date) -> Unit | None:
        """The direct superior on that day; none at the top. A closed unit keeps the superior it had last."""
        unit = self.find(unit_id, on) or self.units.find(unit_id)
        return self.find(unit.superior, on) if unit and unit.superior else None

    def above(self, unit_id: UnitId, on: date) -> Iterator[Unit]:
        """The superiors from the direct one to the top."""
        unit = self.superior(unit_id, on)
        while unit is not None:
            yield unit
            unit = self.superior(unit.id, on)

    def standing(self, unit_id: UnitId, matter_unit: UnitId, on: date) -> UnitId | None:
        """The unit that answers for ``unit_id`` on that day: itself; or, when it closed, its only successor, the
        successor where the matter arose, or else the superior it had last. None when it is unknown."""
        known = self.units.find(unit_id)
        if known is None or self.units.is_open(unit_id, on):
            return known.id if known else None
        followers = [unit.id for unit in self.units.successors(unit_id, on)]
        if matter_unit in followers:
            return matter_unit
        if len(followers) == 1:
            return followers[0]
        return self.standing(known.superior, matter_unit, on) if known.superior else None
