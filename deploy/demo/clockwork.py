"""The demo's hand on the clock: forward only, and the same for all five services."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from contracts.law.calendar import WorkingDays
from services.chassis.clock import VIETNAM, FileClock


class Clockwork:
    """Moves the file clock of a house."""

    def __init__(self, path: Path, calendar: WorkingDays) -> None:
        self._path = path
        self._clock = FileClock(path)
        self.calendar = calendar

    def now(self) -> datetime:
        return self._clock.now()

    def today(self) -> date:
        return self._clock.today()

    def move_to(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Forward to that time in Vietnam; a time that is past already moves nothing."""
        wanted = datetime.combine(day, time(hour, minute), VIETNAM)
        if wanted > self.now():
            shift = (wanted - datetime.now(UTC)).total_seconds()
            temporary = self._path.with_suffix(".next")
            temporary.write_text(json.dumps({"shift_seconds": shift}))
            temporary.replace(self._path)
        return self.now()

    def next_morning(self) -> tuple[date, int, int]:
        """08:05 of the next working day, or of today when it is earlier than that: day, hour, minute."""
        day = self.today()
        if self.now() > datetime.combine(day, time(8, 5), VIETNAM):
            day += timedelta(days=1)
        while not self.calendar.is_working_day(day):
            day += timedelta(days=1)
        return day, 8, 5

    def working_days_from_now(self, days: int) -> date:
        """The working day so many working days after today."""
        return self.calendar.add_working_days(self.today(), days)
