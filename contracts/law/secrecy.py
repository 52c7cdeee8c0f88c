"""Who must not see what: denunciations, and whatever may hold one (LTC 8(3), 9, 56; domain.md §6)."""

from datetime import date
from functools import lru_cache
from typing import Final

from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.units import UnitTree
from contracts.vocabulary import (
    CONFIDENTIAL_KINDS,
    PetitionKind,
    RespondentMove,
    RespondentPlace,
    RespondentPost,
    UnitLevel,
)

_BELOW_THE_HEAD: Final = frozenset(
    {RespondentPlace.DIVISION, RespondentPlace.SUBORDINATE_AGENCY, RespondentPlace.PUBLIC_UNIT}
)
"""Who heads such a place is a subordinate of the unit's head, not the head."""
_GOVERNMENTS: Final = frozenset({UnitLevel.PROVINCE, UnitLevel.DISTRICT, UnitLevel.COMMUNE})


def is_confidential(kind: PetitionKind) -> bool:
    """True for kinds of which nothing may be told openly."""
    return kind in CONFIDENTIAL_KINDS


def heads_the_unit(post: RespondentPost | None, place: RespondentPlace | None) -> bool:
    """True when who holds that post heads the unit or stands next to its head; unsaid counts as yes: the safe side."""
    return post is not RespondentPost.OFFICER and place not in _BELOW_THE_HEAD


def accused_unit(filed: PetitionFiled) -> UnitId | None:
    """The unit that must never see or hold this petition: headed by the denounced, or itself denounced.

    A deputy's unit counts too, and a petition that does not say the post: the safe side. Who moved is near where he
    works now, if he heads that; who left the service keeps his old unit from seeing it.
    """
    if not is_confidential(filed.kind):
        return None
    known = filed.known
    if known.respondent_now_at is not None and known.respondent_move is not RespondentMove.LEFT:
        return known.respondent_now_at if heads_the_unit(known.respondent_now_post, None) else None
    return filed.respondent_unit if heads_the_unit(filed.respondent_post, known.respondent_place) else None


def is_near(accused: UnitId | None, unit_id: UnitId, units: UnitTree, on: date) -> bool:
    """True when the unit is the accused one, its office, stands below its head, or followed it when it ended.

    An office that a deputy of another body heads and that body have one leadership: what is near one is near the other.
    Below a province stand its departments, and they count; its communes are governments of their own, with heads of
    their own, so they do not.
    """
    if accused is None:
        return False
    if accused == unit_id:
        return True
    places = units.led_with(unit_id, on)
    return any(_is_under(head, place, units, on) for head in _led_by_the_same(accused, units, on) for place in places)


@lru_cache(maxsize=1024)
def never_shown_to(own: frozenset[UnitId], units: UnitTree, on: date) -> frozenset[UnitId]:
    """The units that, accused, no caller of ``own`` (his unit, and the body it acts for) may know of: near one of these
    today or on any day before, for a petition may be as old as the tree.
    """
    days = {date.min, *units.turning_days(on), on}
    return frozenset(unit.id for unit in units if any(is_near(unit.id, one, units, day) for one in own for day in days))


def _led_by_the_same(accused: UnitId, units: UnitTree, on: date) -> tuple[UnitId, ...]:
    """The accused unit, the bodies whose deputy its head is, who followed one of these when it ended, and so on."""
    found: dict[UnitId, None] = {}
    waiting = [accused]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found[one] = None
            waiting += [*units.led_with(one, on), *(unit.id for unit in units.successors(one, on))]
    return tuple(found)


def _is_under(accused: UnitId, unit_id: UnitId, units: UnitTree, on: date) -> bool:
    """True when the unit is that one, acts for it or stands below its head."""
    if accused in {unit_id, units.body_of(unit_id, on)}:
        return True
    known = units.find(accused)
    if known is not None and known.level is UnitLevel.PROVINCE:
        return _is_in_its_machinery(accused, unit_id, units, on)
    return units.covers(accused, unit_id, on)


def _is_in_its_machinery(head: UnitId, unit_id: UnitId, units: UnitTree, on: date) -> bool:
    """Below the head, with no other government between."""
    if not units.covers(head, unit_id, on):
        return False
    below: UnitId | None = unit_id
    seen: set[UnitId] = set()
    while below is not None and below != head and below not in seen:
        seen.add(below)
        unit = units.get(below, on) if units.is_open(below, on) else units.find(below)
        if unit is None or unit.level in _GOVERNMENTS:
            return False
        below = unit.superior
    return below == head
