"""What is published of denunciations: attackers who know the rules and all that is shown try to work out the rest."""

from collections import defaultdict
from fractions import Fraction
from itertools import product
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.vocabulary import PetitionKind, SettlementResult
from services.routing.domain.statistics import suppression
from services.routing.domain.statistics.entries import World
from services.routing.domain.statistics.periods import statutory
from services.routing.domain.statistics.suppression import ALL, DENUNCIATIONS, ITEMS, Quarter, guarded, publish, quarter
from services.routing.domain.statistics.tables import scope_below
from tests.routing.counted import Q4, YEAR_BEGINS, Told
from tests.routing.counted_at_random import worlds
from tests.routing.given import DO_LUONG, LAW, OFFICE, PROVINCE, denounced, petition

PARTS: Final = ("right", "partly_right", "wrong")
UNKNOWN: Final = ("received", *PARTS, "within_time", "beyond_time")
"""What an attacker does not know of a quarter; what is settled is the sum of the parts."""
SPANS: Final = ((0,), (1,), (2,), (3,), (0, 1), (0, 1, 2), (0, 1, 2, 3))
"""The quarters of every statutory period of a year."""
KINDS: Final = (suppression.COMPLAINTS, suppression.RECOMMENDATIONS)


def counts(received: int, right: int, partly: int, wrong: int, within: int) -> dict[str, int]:
    settled = right + partly + wrong
    made = {"received": received, "settled": settled, "right": right, "partly_right": partly, "wrong": wrong}
    return {**made, "within_time": within, "beyond_time": settled - within}


@st.composite
def any_counts(draw: st.DrawFn) -> dict[str, int]:
    right, partly, wrong = (draw(st.integers(0, 12)) for _ in PARTS)
    return counts(draw(st.integers(0, 15)), right, partly, wrong, draw(st.integers(0, right + partly + wrong)))


@st.composite
def any_quarter(draw: st.DrawFn) -> Quarter:
    return Quarter({kind: draw(any_counts()) for kind in (*KINDS, DENUNCIATIONS)})


@given(any_counts(), st.integers(2, 9))
def test_no_small_figure_of_denunciations_is_shown(made: dict[str, int], threshold: int) -> None:
    shown = guarded(made, threshold)
    assert set(shown) == set(ITEMS)
    for item, figure in shown.items():
        assert figure is None or figure == made[item] >= threshold


@pytest.mark.parametrize("threshold", [2, 3, 4])
def test_whoever_knows_the_rule_and_all_that_is_shown_cannot_tell_any_hidden_figure(threshold: int) -> None:
    """Every quarter that could be, by what is shown of it: each hidden figure may still be several numbers."""
    worlds_by_sight = defaultdict(list)
    for right, partly, wrong in product(range(8), repeat=3):
        for within in range(right + partly + wrong + 1):
            made = counts(0, right, partly, wrong, within)
            worlds_by_sight[tuple(guarded(made, threshold).items())].append(made)
    assert len(worlds_by_sight) > 100
    for sight, possible in worlds_by_sight.items():
        for item, figure in sight:
            if figure is None and item != "received":  # which stands for itself: any number below the threshold
                assert len({made[item] for made in possible}) > 1, (item, sight)


@settings(max_examples=100, deadline=None)
@given(st.lists(any_quarter(), min_size=4, max_size=4), st.integers(2, 9))
def test_no_hidden_figure_follows_from_sums_over_kinds_and_overlapping_periods(
    year: list[Quarter], threshold: int
) -> None:
    """Every figure shown is an equation; a hidden figure that these determine would be a leak."""
    known = _Known(_equations(year, threshold))
    for number, one in enumerate(year):
        shown = guarded(one.counts[DENUNCIATIONS], threshold)
        for item in ITEMS:
            if shown[item] is None:
                assert not known.tells(_row(item, (number,))), (item, number)


@settings(max_examples=100, deadline=None)
@given(st.lists(any_quarter(), min_size=4, max_size=4), st.integers(2, 9))
def test_a_longer_period_shows_the_sum_of_its_quarters_or_nothing(year: list[Quarter], threshold: int) -> None:
    quarters = [publish([one], threshold) for one in year]
    for span in SPANS:
        whole = publish([year[number] for number in span], threshold)
        for kind in (*KINDS, DENUNCIATIONS, ALL):
            for item in ITEMS:
                parts = [quarters[number][kind][item] for number in span]
                assert whole[kind][item] == (None if None in parts else sum(part or 0 for part in parts))


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_what_is_counted_in_quarters_is_what_is_counted_in_their_sum(world: World) -> None:
    scope = scope_below(PROVINCE, LAW.units, Q4.last)
    year = [quarter(world, statutory(f"2026-Q{number}", YEAR_BEGINS), scope) for number in (1, 2, 3, 4)]
    whole = quarter(world, statutory("2026", YEAR_BEGINS), scope)
    for kind, made in whole.counts.items():
        assert made == {item: sum(one.counts[kind][item] for one in year) for item in ITEMS}
        assert made["settled"] == made["within_time"] + made["beyond_time"]
        if kind is not suppression.RECOMMENDATIONS:
            assert made["settled"] == sum(made[part] for part in PARTS)


def test_a_denunciation_counts_once_and_petitions_of_mixed_content_not_at_all() -> None:
    told = [
        Told(denounced("2026-09-16", petition_id=petition(number), received_by=OFFICE, respondent_unit=DO_LUONG))
        for number in range(6)
    ]
    mixed = Told(denounced("2026-09-16", petition_id=petition(9), kind=PetitionKind.MIXED, received_by=OFFICE))
    told[0].accepted("2026-09-23").settled("2026-10-20", SettlementResult.WRONG)
    scope = scope_below(PROVINCE, LAW.units, Q4.last)
    made = quarter(World([one.record for one in (*told, mixed)]), Q4, scope)
    assert made.counts[DENUNCIATIONS] == counts(6, 0, 0, 1, 1)
    shown = publish([made], 5)
    assert shown[DENUNCIATIONS] == {**dict.fromkeys(ITEMS), "received": 6}
    assert shown[ALL] == shown[DENUNCIATIONS], "what is settled of all kinds would tell of the one denunciation"
    assert shown[suppression.COMPLAINTS] == dict.fromkeys(ITEMS, 0), "complaints are published one by one anyway"


def _row(item: str, numbers: tuple[int, ...]) -> list[Fraction]:
    """A figure of denunciations as a sum over what is unknown of the four quarters."""
    parts = PARTS if item == "settled" else (item,)
    return [Fraction(number in numbers and name in parts) for number in range(4) for name in UNKNOWN]


def _equations(year: list[Quarter], threshold: int) -> list[list[Fraction]]:
    """All that the published tables say about denunciations; other kinds are known, so a total says as much."""
    said = []
    for span in SPANS:
        shown = publish([year[number] for number in span], threshold)
        said += [_row(item, span) for kind in (DENUNCIATIONS, ALL) for item in ITEMS if shown[kind][item] is not None]
    for number in range(4):  # settled = right + partly + wrong = within + beyond, which everybody knows
        within, beyond = _row("within_time", (number,)), _row("beyond_time", (number,))
        said.append([a - b - c for a, b, c in zip(_row("settled", (number,)), within, beyond, strict=True)])
    return said


class _Known:
    """What follows from equations: rows in steps, each beginning further to the right."""

    def __init__(self, equations: list[list[Fraction]]) -> None:
        self._steps: dict[int, list[Fraction]] = {}
        for row in equations:
            rest = self._rest(row)
            begin = next((place for place, value in enumerate(rest) if value), None)
            if begin is not None:
                self._steps[begin] = [value / rest[begin] for value in rest]

    def tells(self, wanted: list[Fraction]) -> bool:
        """True when the wanted sum is a combination of what is known."""
        return not any(self._rest(wanted))

    def _rest(self, row: list[Fraction]) -> list[Fraction]:
        rest = list(row)
        for place in range(len(rest)):
            if rest[place] and place in self._steps:
                factor = rest[place]
                rest = [value - factor * part for value, part in zip(rest, self._steps[place], strict=True)]
        return rest


def test_the_attacker_can_subtract() -> None:
    known = _Known([_row("received", (0, 1)), _row("received", (1,))])
    assert known.tells(_row("received", (0,)))
    assert not known.tells(_row("received", (2,)))
