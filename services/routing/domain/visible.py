"""Which body may know of a case: the same question for the live doors and for what is asked beforehand."""

from collections.abc import Callable

from contracts.ids import UnitId
from services.routing.domain.case import Case
from services.routing.domain.competence import is_near_the_accused, received_on
from services.routing.domain.law import Law


def is_visible(case: Case, body: UnitId, covers: Callable[[UnitId], bool], law: Law) -> bool:
    """True for the holder, the receiver, whoever was told, and for all above these; never for the accused.

    ``covers``: whether a unit is the body or stands below it.
    """
    if is_near_the_accused(case.filed, body, law, received_on(case.filed)):
        return False
    concerned = {case.held_by, case.filed.received_by, *case.escalated_to, *case.transferred_from}
    return any(map(covers, concerned))
