"""Which body may know of a case: the same question for the live doors and for what is asked beforehand."""

from collections.abc import Callable, Collection
from datetime import date

from contracts.ids import UnitId
from contracts.law.secrecy import accused_unit, is_near
from contracts.units import UnitTree
from services.routing.domain.case import Case


def is_visible(case: Case, *, is_kept_from_it: bool, covers: Callable[[UnitId], bool]) -> bool:
    """True for the holder, the receiver, whoever was told or held it before, and for all above these; never for the
    accused. ``covers``: whether a unit is the body that asks, or stands below it.
    """
    if is_kept_from_it:
        return False
    had_it = (*case.transferred_from, *case.competence_refused_by)
    return any(map(covers, {case.held_by, case.filed.received_by, *case.escalated_to, *had_it}))


def is_kept_from(case: Case, own: Collection[UnitId], units: UnitTree, on: date) -> bool:
    """True for who acts for the accused (``contracts.law.secrecy.never_shown_to``), asked of one case alone."""
    accused = accused_unit(case.filed)
    if accused is None:
        return False
    days = {date.min, *units.turning_days(on), on}
    return any(is_near(accused, one, units, day) for one in own for day in days)
