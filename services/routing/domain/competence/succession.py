"""Who has the place of a body that ended while a petition was in its hands (72/2025 art. 54(8); domain.md §1)."""

from datetime import date, timedelta

from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.law.authorities import SpecialMatter
from services.routing.domain.competence.shared import body_answering, desk_unit, is_near_the_accused
from services.routing.domain.law import Law

_ONE_DAY = timedelta(days=1)


def heir(unit_id: UnitId, filed: PetitionFiled, law: Law, on: date) -> UnitId:
    """The unit itself while it stands; once it ended: who alone followed it, of several the one where the matter arose,
    else the superior (a former district: as the setting ``split_district`` says). Never near the accused: from there
    the way goes up. The ended unit again when nobody is known to have its place.
    """
    if not law.units.has_ended(unit_id, on):
        return unit_id
    body = body_answering(unit_id, filed, law, on)
    if body is None:
        return unit_id
    line = (body, *(unit.id for unit in law.above(body, on)))
    clear = next((unit for unit in line if not is_near_the_accused(filed, unit, law, on)), None)
    return clear or _keeper(filed, law, on) or unit_id


def handed_over_on(unit_id: UnitId, filed: PetitionFiled, law: Law) -> date | None:
    """The day on which another unit has its place, as far as an end is known; none where nobody would."""
    unit = law.units.find(unit_id)
    if unit is None or unit.valid_to is None or unit.valid_to == date.max:
        return None
    day = unit.valid_to + _ONE_DAY
    return day if heir(unit_id, filed, law, day) != unit_id else None


def _keeper(filed: PetitionFiled, law: Law, on: date) -> UnitId | None:
    row = law.authorities.desk(SpecialMatter.KEEPER, on)
    return desk_unit(row, filed, law, on) if row else None
