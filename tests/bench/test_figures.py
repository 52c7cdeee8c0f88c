"""What the bench concludes from its samples. No figure is measured here."""

import sqlite3
from pathlib import Path

import pytest

from tests.bench.figures import Figure, Goal, shown, spread
from tests.bench.place import alternating
from tests.bench.seeding import copies, seed_sqlite

HALF = Goal("ratio_at_least", 0.5)


def test_a_ratio_is_taken_between_neighbours_and_not_between_medians() -> None:
    slower_machine_at_the_end = Figure("rate", "1/s", [100, 90, 60], [150, 100, 200], HALF)

    assert slower_machine_at_the_end.ratios == pytest.approx([0.667, 0.9, 0.3], abs=0.001)
    assert slower_machine_at_the_end.is_met


@pytest.mark.parametrize(("ours", "is_met"), [([50, 50, 49], True), ([50, 49, 49], False)])
def test_a_ratio_goal_is_met_by_the_median(ours: list[float], is_met: bool) -> None:
    assert Figure("rate", "1/s", ours, [100, 100, 100], HALF).is_met is is_met


def test_an_upper_bound_is_met_at_the_bound_and_not_above() -> None:
    assert Figure("start", "s", [2.0, 3.0, 9.0], goal=Goal("at_most", 3.0)).is_met is True
    assert Figure("start", "s", [2.0, 3.1, 9.0], goal=Goal("at_most", 3.0)).is_met is False


def test_a_figure_without_a_goal_is_neither_met_nor_missed() -> None:
    assert Figure("rate", "1/s", [1.0], [2.0]).is_met is None


def test_pairs_must_be_complete() -> None:
    with pytest.raises(ValueError, match="shorter"):
        _ = Figure("rate", "1/s", [1.0, 2.0], [2.0]).ratios


def test_a_kept_figure_reads_back_as_it_was() -> None:
    figure = Figure("rate", "1/s", [1.0, 2.0], [3.0, 4.0], HALF, "a note")

    assert Figure.from_json(figure.to_json()) == figure


def test_values_are_shown_with_figures_that_mean_something() -> None:
    assert [shown(value) for value in (0, 0.0123, 0.456, 12.34, 1234.5)] == ["0", "0.012", "0.46", "12.3", "1,234"]
    assert spread([3.0, 1.0, 2.0]) == "2.00 (1.00–3.00)"


def test_sides_take_turns_and_neither_always_begins() -> None:
    assert alternating(3, "a", "b") == [(0, "a"), (0, "b"), (1, "b"), (1, "a"), (2, "a"), (2, "b")]


def test_no_two_seeded_petitions_share_an_id_or_a_code() -> None:
    made = list(copies(5_000))

    assert len({one.petition_id for one in made}) == len({one.code for one in made}) == 5_000
    assert [one.petition_id for one in made] == sorted(one.petition_id for one in made)


def test_seeding_stops_when_its_time_is_over_and_says_how_far_it_came(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as ledger:
        ledger.execute(
            "CREATE TABLE documents_petitions (id, version, keys, pending_count, pending_since, applied, heads,"
            " pending, state, key_code AS (json_extract(keys, '$.code')))"
        )
        ledger.execute("CREATE TABLE history (stream, subject, sequence, fact_id, envelope)")
        ledger.execute(
            "INSERT INTO documents_petitions"
            " VALUES ('p-1', 1, '{\"code\":\"HS26-000000\"}', 0, NULL, '{}', '{}', '[]', 'p-1')"
        )
        ledger.execute("INSERT INTO history VALUES ('s', 'p-1', 1, 'f-1', 'f-1 of p-1')")
    ledger.close()

    assert seed_sqlite(path, 10, budget_seconds=0).petitions == 0
    assert seed_sqlite(path, 10, budget_seconds=60).petitions == 10

    with sqlite3.connect(path) as ledger:
        rows = ledger.execute("SELECT id, state FROM documents_petitions").fetchall()
        facts = ledger.execute("SELECT subject, fact_id, envelope FROM history").fetchall()
    ledger.close()
    assert len(rows) == 11
    assert all(state == petition_id for petition_id, state in rows)
    assert all(envelope == f"{fact_id} of {subject}" for subject, fact_id, envelope in facts)
