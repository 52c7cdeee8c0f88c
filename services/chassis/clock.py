"""Time is a collaborator: decisions get it as a value, and nobody else asks the machine."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    """Where now comes from."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...

    def today(self) -> date:
        """The present day in Vietnam: the law counts in its days."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return self.now().astimezone(VIETNAM).date()


class FileClock(SystemClock):
    """The machine's clock, moved by the seconds a file says: for the demo and for drills, never for production.

    All services given the same file see the same time. A missing file means no shift. Whoever moves the clock
    replaces the file (``move_clock``); one that is half written all the same changes nothing until it is whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: int | None = None
        self._shift = timedelta()

    def now(self) -> datetime:
        return super().now() + self._current_shift()

    def _current_shift(self) -> timedelta:
        try:
            changed_at = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return timedelta()
        if changed_at != self._read_at:
            self._read(changed_at)
        return self._shift

    def _read(self, changed_at: int) -> None:
        try:
            self._shift = timedelta(seconds=json.loads(self._path.read_text())["shift_seconds"])
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return  # half written or just replaced: keep the time we had, look again at the next question
        self._read_at = changed_at


def move_clock(path: Path, shift_seconds: float) -> None:
    """Let every ``FileClock`` on this file run so many seconds ahead of the machine; the file is replaced whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps({"shift_seconds": shift_seconds}))
    fresh.replace(path)


class FrozenClock:
    """A clock that moves only when told: for tests."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.moment.astimezone(VIETNAM).date()

    def advance(self, **by: float) -> None:
        """Move on by a timedelta's arguments, such as ``days=31``."""
        self.moment += timedelta(**by)
