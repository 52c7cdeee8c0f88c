"""Time is a collaborator; the clock of demo and drills can be moved."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.chassis.clock import FileClock, FrozenClock, SystemClock, move_clock


def shift_of(clock: FileClock) -> timedelta:
    shift = clock.now() - SystemClock().now()
    return timedelta(seconds=round(shift.total_seconds()))


def test_without_a_file_it_is_the_machines_time(tmp_path: Path) -> None:
    assert shift_of(FileClock(tmp_path / "clock.json")) == timedelta()


def test_a_moved_clock_is_seen_by_everybody_on_the_file(tmp_path: Path) -> None:
    path = tmp_path / "drill" / "clock.json"
    one, other = FileClock(path), FileClock(path)

    move_clock(path, timedelta(days=31).total_seconds())

    assert shift_of(one) == shift_of(other) == timedelta(days=31)
    assert one.today() == (SystemClock().now() + timedelta(days=31, hours=7)).date()

    move_clock(path, 0)

    assert shift_of(one) == timedelta()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "half", ["", "{", '{"shift_se', '{"shift_seconds": "ngày mai"}', "[]", '{"shift_seconds": 1e99}']
)
def test_a_half_written_file_changes_nothing_until_it_is_whole(tmp_path: Path, half: str) -> None:
    path = tmp_path / "clock.json"
    clock = FileClock(path)
    move_clock(path, 60)
    assert shift_of(clock) == timedelta(minutes=1)

    path.write_text(half)

    assert shift_of(clock) == timedelta(minutes=1)

    move_clock(path, 3600)

    assert shift_of(clock) == timedelta(hours=1)


def test_a_removed_file_gives_the_machines_time_back(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    clock = FileClock(path)
    move_clock(path, 60)
    assert shift_of(clock) == timedelta(minutes=1)

    path.unlink()

    assert shift_of(clock) == timedelta()


def test_the_day_is_vietnams_day_and_the_moment_is_utc() -> None:
    clock = FrozenClock(datetime(2026, 7, 1, 18, 30, tzinfo=UTC))

    assert clock.today() == date(2026, 7, 2)
    assert clock.now().tzinfo is UTC

    clock.advance(days=31)

    assert clock.today() == date(2026, 8, 2)
