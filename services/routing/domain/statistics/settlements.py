"""Accepted matters (vụ việc đã thụ lý) as entries of 01–04/KQGQ, at the authority that accepted them."""

from collections.abc import Iterator, Mapping

from contracts.law.statistics import EFFECTS, Facet
from contracts.vocabulary import EarlierSettlement, Instance
from services.routing.domain.statistics.entries import Entry, World
from services.routing.domain.statistics.lives import Life, lived
from services.routing.domain.statistics.periods import Period
from services.routing.domain.statistics.petitions import CARRIED, PAST, RECEIVED
from services.routing.domain.statistics.record import Mark

_SETTLED_BEFORE = frozenset({EarlierSettlement.ONCE, EarlierSettlement.SEVERAL})


def entries(world: World, period: Period) -> Iterator[Entry]:
    """Each matter whose settlement was owed in the period."""
    for record in world.cases:
        life = lived(record, period.last)
        if life is None or life.accepted is None or life.accepted.by is None:
            continue
        stock = _stock(life, life.accepted, period)
        if stock != PAST:
            yield Entry(
                unit=life.accepted.by,
                case_id=record.case_id,
                code=life.opening.code,
                facets=_facets(life, stock, period),
                amounts={"cases": 1, **_effects(life)},
            )


def _stock(life: Life, accepted: Mark, period: Period) -> str:
    if period.has(accepted.on):
        return RECEIVED
    return CARRIED if life.ended_on is None or life.ended_on >= period.first else PAST


def _facets(life: Life, stock: str, period: Period) -> Mapping[str, Facet]:
    opening, settled = life.opening, life.settled
    return {
        "stock": stock,
        "kind": opening.kind.value,
        "instance": (opening.instance or Instance.FIRST).value,
        "is_repeat": life.is_repeated_denunciation or opening.earlier in _SETTLED_BEFORE,
        "has_dialogue": life.has_dialogue,
        "is_settled": settled is not None and period.has(settled.on),
        "result": settled.result.value if settled and settled.result else "none",
        "is_within_time": settled is not None and settled.is_within_time,
        "is_withdrawn": period.has(life.withdrawn_on),
        "is_discontinued": period.has(life.discontinued_on),
    }


def _effects(life: Life) -> Mapping[str, int | None]:
    """What the settlement brings in; none where nobody has said."""
    said = life.settled.effects if life.settled else None
    return {name: None if said is None else getattr(said, name) for name in EFFECTS}
