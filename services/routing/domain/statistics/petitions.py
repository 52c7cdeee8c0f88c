"""Petitions (đơn) as entries: at every unit that had them (01–04/XLD), and where they were handed over (02/TCD)."""

from collections.abc import Iterator, Mapping
from typing import Final

from contracts.law.statistics import Facet
from contracts.vocabulary import Channel, Instance
from services.routing.domain.statistics.entries import Entry, World
from services.routing.domain.statistics.lives import NONE, Life, Stay, lived, proposed
from services.routing.domain.statistics.periods import Period
from services.routing.domain.statistics.record import CaseRecord, Opening

HANDED_OVER: Final = Channel.COUNTER
"""How a petition comes to a reception of citizens."""

CARRIED, RECEIVED, PAST = "carried", "received", "past"


def entries(world: World, period: Period) -> Iterator[Entry]:
    """Each petition at each unit that had it in the period, and those of before to which a reply came in it.

    What is carried over is what was not handled on the eve of the period: the rest of one period is the beginning of
    the next.
    """
    for record in world.cases:
        life = lived(record, period.last)
        if life is not None:
            yield from _stays(record, life, period)


def entries_at_reception(world: World, period: Period) -> Iterator[Entry]:
    """Each petition that was handed over at a counter in the period, at the unit of that counter."""
    for record in world.cases:
        life = lived(record, period.last)
        if life is None or not period.has(life.opening.received_on) or life.opening.channel is not HANDED_OVER:
            continue
        unit = life.opening.received_by or life.opening.held_by
        stay = life.stays[life.opening.held_by]
        handling, is_eligible = proposed(life.opening, life.outcome)
        if stay.handled_on is not None:
            handling, is_eligible = stay.handling, stay.is_eligible
        facets = _facets(life, RECEIVED, is_handled=stay.handled_on is not None)
        yield Entry(
            unit=unit,
            case_id=record.case_id,
            code=life.opening.code,
            facets={**facets, "handling": handling, "is_eligible": is_eligible},
            amounts=_amounts(life, 0),
        )


def _stays(record: CaseRecord, life: Life, period: Period) -> Iterator[Entry]:
    before = lived(record, period.eve)
    pending = {stay.unit for stay in before.stays.values() if stay.handled_on is None} if before else set()
    for stay in life.stays.values():
        replies = sum(unit == stay.unit and period.has(on) for unit, on in life.replies)
        stock = CARRIED if stay.unit in pending else RECEIVED if period.has(stay.came_on) else PAST
        if stock == PAST and not replies:
            continue
        yield Entry(
            unit=stay.unit,
            case_id=record.case_id,
            code=life.opening.code,
            facets={**_facets(life, stock, is_handled=period.has(stay.handled_on)), **_handled(stay)},
            amounts=_amounts(life, replies),
        )


def _handled(stay: Stay) -> Mapping[str, Facet]:
    return {"handling": stay.handling, "is_eligible": stay.is_eligible}


def _facets(life: Life, stock: str, *, is_handled: bool) -> dict[str, Facet]:
    opening = life.opening
    return {
        "stock": stock,
        "signers": _signers(opening),
        "kind": opening.kind.value,
        "is_handled": is_handled,
        "is_eligible": False,
        "earlier": opening.earlier.value,
        "handling": NONE,
        "instance": (opening.instance or Instance.FIRST).value,
        "field": opening.matter_field.value,
    }


def _amounts(life: Life, replies: int) -> Mapping[str, int]:
    return {"petitions": 1, "cases": 0 if life.is_duplicate else 1, "replies": replies}


def _signers(opening: Opening) -> str:
    if opening.is_nameless:
        return "other"
    return "several" if opening.signer_count > 1 else "one"
