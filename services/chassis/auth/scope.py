"""Which units a caller may see: part of the query, not a check after it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.units import UnitTree
from services.chassis.auth.caller import Caller
from services.chassis.ledger.port import Where


@dataclass(frozen=True, slots=True)
class Scope:
    """The caller's unit and all below it. Nothing for a caller who acts for no unit."""

    unit_ids: frozenset[str]

    def covers(self, unit_id: str) -> bool:
        """True when things of that unit may be seen."""
        return unit_id in self.unit_ids

    def where(self, key: str) -> Where:
        """A search that finds things of these units only; ``key`` is the searched key that holds a unit id."""
        return Where(one_of={key: sorted(self.unit_ids)})


NOTHING: Final = Scope(frozenset())


def scope_of(caller: Caller, units: UnitTree, on: date) -> Scope:
    """What the caller may see on that day; units that closed stay with the superior they had last, and with who alone
    followed them: it has their work.
    """
    scope = caller.unit
    if scope is None:
        return NOTHING
    below = frozenset(unit.id for unit in units if units.covers(scope, unit.id, on))
    return Scope(below.union(unit.id for unit in units if units.sole_successor(unit.id, on) in below))
