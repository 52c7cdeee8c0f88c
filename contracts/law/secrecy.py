"""Who must not see what: denunciations, and whatever may hold one (LTC 8(3), 9, 56; domain.md §6)."""

from datetime import date

from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.units import UnitTree
from contracts.vocabulary import CONFIDENTIAL_KINDS, PetitionKind, RespondentPost, UnitLevel


def is_confidential(kind: PetitionKind) -> bool:
    """True for kinds of which nothing may be told openly."""
    return kind in CONFIDENTIAL_KINDS


def accused_unit(filed: PetitionFiled) -> UnitId | None:
    """The unit that must never see or hold this petition: headed by the denounced, or itself denounced.

    A deputy's unit counts too, and a petition that does not say the post: the safe side.
    """
    if not is_confidential(filed.kind) or filed.respondent_post is RespondentPost.OFFICER:
        return None
    return filed.respondent_unit


def is_near(accused: UnitId | None, unit_id: UnitId, units: UnitTree, on: date) -> bool:
    """True when the unit is the accused one, its office, or stands below it.

    Below a province are all its communes: they are not its chairman's unit, so there only the province itself counts.
    """
    if accused is None:
        return False
    if accused in {unit_id, units.body_of(unit_id, on)}:
        return True
    known = units.find(accused)
    is_province = known is not None and known.level is UnitLevel.PROVINCE
    return not is_province and units.covers(accused, unit_id, on)
