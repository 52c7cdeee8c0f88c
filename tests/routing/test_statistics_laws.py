"""What must hold of every table, whatever happened: sums, lines, drill-down, asking again, hearing again."""

from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.facts.routing import CaseFact
from contracts.law.statistics import COUNTS, FACETS, official_forms
from contracts.vocabulary import PetitionKind
from services.routing.domain.statistics.entries import World
from services.routing.domain.statistics.periods import Period, statutory
from services.routing.domain.statistics.record import CaseRecord
from services.routing.domain.statistics.tables import Figure, Table, entries_of, scope_below
from services.routing.records import case_record_keys
from tests.routing.counted import Q4, YEAR_BEGINS, behind_figure, counted
from tests.routing.counted_at_random import UNITS, facts, until, worlds
from tests.routing.given import LAW, PROVINCE

FORMS: Final = official_forms()
QUARTERS: Final = tuple(statutory(f"2026-Q{number}", YEAR_BEGINS) for number in (2, 3, 4))
"""15/3 to 14/12/2026, one after the other."""
NINE_MONTHS: Final = Period(QUARTERS[0].first, QUARTERS[-1].last)
PERIODS: Final = st.sampled_from((*QUARTERS, NINE_MONTHS))
ONE_KIND: Final = st.sampled_from([kind for kind in PetitionKind if kind is not PetitionKind.MIXED])
any_form = pytest.mark.parametrize("form_id", FORMS)
thorough = settings(max_examples=25, deadline=None)


def added(figures: list[Figure]) -> int:
    return sum(figure or 0 for figure in figures)


def lines_of(table: Table) -> list[tuple[Figure, ...]]:
    return [*(line.figures for line in table.lines), table.total]


@any_form
@thorough
@given(world=worlds(), period=PERIODS)
def test_every_sum_that_the_form_states_comes_out_in_every_line(form_id: str, world: World, period: Period) -> None:
    for figures in lines_of(counted(form_id, world, period)):
        for column in FORMS[form_id].columns:
            for parts in column.sums:
                assert figures[column.number - 1] == added([figures[part - 1] for part in parts]), column.rule


@any_form
@thorough
@given(world=worlds(), period=PERIODS)
def test_a_unit_comes_to_the_sum_of_the_units_below_it(form_id: str, world: World, period: Period) -> None:
    whole = counted(form_id, world, period)
    for place in range(len(FORMS[form_id].columns)):
        assert added([whole.total[place]]) == added([line.figures[place] for line in whole.lines])
    for line in whole.lines:
        if line.unit in UNITS:
            assert counted(form_id, world, period, line.unit, is_alone=True).total == line.figures


@any_form
@thorough
@given(world=worlds(), period=PERIODS)
def test_asked_again_when_the_cases_went_on_it_is_the_same_table(form_id: str, world: World, period: Period) -> None:
    assert counted(form_id, world, period) == counted(form_id, until(world, period.last), period)


@any_form
@thorough
@given(world=worlds(), period=PERIODS)
def test_what_is_behind_a_figure_comes_to_the_figure(form_id: str, world: World, period: Period) -> None:
    for column, figure in zip(FORMS[form_id].columns, counted(form_id, world, period).total, strict=True):
        found = behind_figure(form_id, column.number, world, period)
        assert len({entry.place for entry in found}) == len(found), "a page follows a place"
        assert added([entry.amounts[column.count] for entry in found]) == (figure or 0)
        if column.count in {"petitions", "cases", "visits", "sessions"}:
            assert len(found) == figure


@pytest.mark.parametrize("form_id", ["01-xld", "02-xld", "03-xld", "04-xld"])
@thorough
@given(world=worlds())
def test_what_is_left_of_one_quarter_is_carried_into_the_next(form_id: str, world: World) -> None:
    for before, after in pairwise(QUARTERS):
        was, now = counted(form_id, world, before).total, counted(form_id, world, after).total
        assert added([was[0]]) - added([was[7]]) == added(list(now[1:4]))


@pytest.mark.parametrize("form_id", ["01-kqgq", "02-kqgq", "03-kqgq"])
@thorough
@given(world=worlds())
def test_what_was_received_settled_and_ended_in_quarters_adds_up_over_the_year(form_id: str, world: World) -> None:
    whole = counted(form_id, world, NINE_MONTHS).total
    parts = [counted(form_id, world, quarter).total for quarter in QUARTERS]
    for number in (3, 5, *range(6, 21)):
        assert added([whole[number - 1]]) == added([part[number - 1] for part in parts]), number


@thorough
@given(world=worlds(ONE_KIND), period=PERIODS)
def test_form_01_xld_is_the_sum_of_02_03_and_04(world: World, period: Period) -> None:
    def by_heading(form_id: str) -> dict[tuple[str, ...], int]:
        form, figures = FORMS[form_id], counted(form_id, world, period).total
        return {
            (*column.groups, column.heading): figure or 0
            for column, figure in zip(form.columns, figures, strict=True)
            if column.count and "theo nội dung" not in " ".join(column.groups)
        }

    whole, kinds = by_heading("01-xld"), [by_heading(f"0{number}-xld") for number in (2, 3, 4)]
    shared = set(whole).intersection(*kinds)
    assert len(shared) == 20, "columns 1-10, four states, the totals within and outside, guided, transferred, urged…"
    for heading in shared:
        assert whole[heading] == sum(kind[heading] for kind in kinds), heading


@thorough
@given(world=worlds(), period=PERIODS)
def test_entries_say_what_the_closed_lists_allow_and_nothing_else(world: World, period: Period) -> None:
    scope = scope_below(PROVINCE, LAW.units, period.last)
    for form in FORMS.values():
        allowed = FACETS[form.counts_from]
        for entry in entries_of(form, world, period, scope):
            assert set(entry.facets) == set(allowed)
            assert set(entry.amounts) == COUNTS[form.counts_from]
            assert all(value in allowed[name] for name, value in entry.facets.items())


@thorough
@given(said=facts(1, st.sampled_from(PetitionKind)), data=st.data())
def test_facts_again_and_in_another_order_make_the_same_record(said: list[CaseFact], data: st.DataObject) -> None:
    numbered = list(enumerate(said, start=1))
    mixed = data.draw(st.permutations([*numbered, *data.draw(st.lists(st.sampled_from(numbered)))]))
    assert heard(numbered) == heard(mixed)


def heard(said: list[tuple[int, CaseFact]]) -> CaseRecord:
    record = CaseRecord(case_id=said[0][1].case_id)
    for sequence, fact in said:
        record = record.with_fact(fact, sequence)
    return record


@thorough
@given(world=worlds(), period=PERIODS)
def test_the_search_finds_every_case_that_counts(world: World, period: Period) -> None:
    """The keys of the drawer: a record they leave out adds nothing to any form, nor to the source."""
    begun = f"{10_000_000 - period.first.toordinal():08d}"
    keys = {record.case_id: case_record_keys(record) for record in world.cases}
    found = [
        record
        for record in world.cases
        if str(keys[record.case_id]["came_on"]) <= period.last.isoformat()
        and str(keys[record.case_id]["busy_until"]) <= begun
    ]
    for form_id in FORMS:
        assert counted(form_id, World(found, world.sessions), period) == counted(form_id, world, period)


@thorough
@given(world=worlds())
def test_the_fingerprint_changes_with_any_fact_that_is_said_about_the_period(world: World) -> None:
    made = counted("01-xld", world)
    late = [record for record in world.cases if record.marks and Q4.has(record.marks[-1].on)]
    for record in late:
        shorter = record.model_copy(update={"marks": record.marks[:-1]})
        without = World([shorter if one is record else one for one in world.cases], world.sessions)
        assert counted("01-xld", without).source != made.source
