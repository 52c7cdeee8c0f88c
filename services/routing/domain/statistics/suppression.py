"""What may be published: no small figure of denunciations, and none that can be worked out from others.

The rules, each of which a test tries to break:

1. A figure of denunciations below the threshold is not shown, be it nothing or one less than the threshold.
2. A breakdown (right, partly, wrong; within and beyond time) is shown as a whole or not at all, and only below a total
   that is shown. All hidden figures look alike: which of them is small is not told.
3. A total over kinds is shown only with the denunciations in it: the other kinds are known, to outsiders as well.
4. Periods are the statutory ones that are over. A longer one is the sum of its quarters, and a figure of it is shown
   only where every quarter shows it: what is published of overlapping periods is known from the quarters already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.vocabulary import PetitionKind
from services.routing.domain.statistics import settlements
from services.routing.domain.statistics.entries import Entry, World
from services.routing.domain.statistics.periods import Period
from services.routing.domain.statistics.tables import Scope

COMPLAINTS, DENUNCIATIONS, RECOMMENDATIONS, ALL = "complaints", "denunciations", "recommendations", "all"
RECEIVED, SETTLED = "received", "settled"
BREAKDOWNS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    SETTLED: (("right", "partly_right", "wrong"), ("within_time", "beyond_time")),
}
"""A total → the groups of figures that each come to it. Recommendations are answered, neither right nor wrong."""
ITEMS: Final = (RECEIVED, SETTLED, *(item for group in BREAKDOWNS[SETTLED] for item in group))

_KINDS: Final = {
    PetitionKind.COMPLAINT.value: COMPLAINTS,
    PetitionKind.DENUNCIATION.value: DENUNCIATIONS,
    PetitionKind.RECOMMENDATION.value: RECOMMENDATIONS,
    PetitionKind.FEEDBACK.value: RECOMMENDATIONS,
}
"""Petitions of mixed content are left out: they are split, and may hold a denunciation until then."""

Counts = Mapping[str, int]
"""Item → how many, of one kind in one quarter."""
Published = Mapping[str, Mapping[str, int | None]]
"""Kind → item → figure; none: hidden."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """What one quarter comes to before anything is hidden: kind → counts."""

    counts: Mapping[str, Counts]


def quarter(world: World, period: Period, scope: Scope) -> Quarter:
    """Received: petitions that came from outside, each once, wherever they went; settled: accepted matters decided."""
    counts = {kind: dict.fromkeys(ITEMS, 0) for kind in (COMPLAINTS, DENUNCIATIONS, RECOMMENDATIONS)}
    for kind in _received(world, period, scope):
        counts[kind][RECEIVED] += 1
    for entry in settlements.entries(world, period):
        kind = _KINDS.get(str(entry.facets["kind"]), "")
        if kind and scope.has(entry) and entry.facets["is_settled"]:
            for item in _settled_as(entry):
                counts[kind][item] += 1
    return Quarter(counts)


def publish(quarters: Sequence[Quarter], threshold: int) -> Published:
    """What may be shown of a period that is made of these quarters."""
    shown = [_shown(one, threshold) for one in quarters]
    return {
        kind: {item: _sum([one[kind][item] for one in shown]) for item in ITEMS}
        for kind in (COMPLAINTS, DENUNCIATIONS, RECOMMENDATIONS, ALL)
    }


def guarded(counts: Counts, threshold: int) -> dict[str, int | None]:
    """The denunciations of one quarter, as far as they may be shown."""
    shown: dict[str, int | None] = {item: counts[item] for item in ITEMS}
    for item in (RECEIVED, *BREAKDOWNS):
        if counts[item] < threshold:
            shown[item] = None
    for total, groups in BREAKDOWNS.items():
        for group in groups:
            if shown[total] is None or any(counts[part] < threshold for part in group):
                shown.update(dict.fromkeys(group))
    return shown


def _shown(one: Quarter, threshold: int) -> Published:
    kinds: dict[str, Mapping[str, int | None]] = dict(one.counts)
    kinds[DENUNCIATIONS] = guarded(one.counts[DENUNCIATIONS], threshold)
    parts = list(kinds.values())
    return {**kinds, ALL: {item: _sum([part[item] for part in parts]) for item in ITEMS}}


def _sum(parts: Sequence[int | None]) -> int | None:
    """Hidden when any part is."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _received(world: World, period: Period, scope: Scope) -> list[str]:
    kinds = []
    for record in world.cases:
        opening = record.opening
        if opening is None or not period.has(opening.received_on):
            continue
        at = opening.received_by or opening.held_by
        if at in scope.line_of and opening.kind.value in _KINDS:
            kinds.append(_KINDS[opening.kind.value])
    return kinds


def _settled_as(entry: Entry) -> list[str]:
    time = "within_time" if entry.facets["is_within_time"] else "beyond_time"
    result = str(entry.facets["result"])
    return [SETTLED, time, *([result] if result in BREAKDOWNS[SETTLED][0] else [])]
