"""When something may be sent again, and how long anything is waited for. All figures are settings.

Spread ("jitter") is derived from the notice's id, never drawn: the same notice waits the same time wherever and
however often it is computed.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")


class Urgency(StrEnum):
    """How soon a person must know."""

    STATUS = "status"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Pace:
    """The clocks of sending (reference/notify.md §1.5, §5.3)."""

    has_quiet_hours: bool = True
    quiet_from: time = time(21, 30)
    quiet_to: time = time(6, 30)
    release_spread_seconds: float = 900.0
    """Notices held over night leave within this long after ``quiet_to``, each at its own moment."""

    status_lifetime_seconds: float = 48 * 3600.0
    """After this a status notice is stale and is not sent any more."""
    contact_wait_seconds: float = 3600.0
    """How long a notice waits for the contact or the code to arrive on their streams."""
    recheck_seconds: float = 5.0
    """How often a waiting notice looks again, beside being woken."""

    lease_seconds: float = 60.0
    """A send that has not come back by then is unknown; longer than every transport timeout."""
    unknown_wait_seconds: float = 90.0
    """How long a receipt may still tell what became of an unknown send."""
    backoff_base_seconds: float = 2.0
    backoff_cap_seconds: float = 300.0
    same_text_seconds: float = 330.0
    """SMS providers refuse the same text to the same number within five minutes (reference/notify.md §0.7)."""
    tries_max: int = 6
    """Calls per channel, the first included."""

    status_fallback_seconds: float = 7200.0
    session_fallback_seconds: float = 3600.0
    session_today_fallback_seconds: float = 600.0
    """How long a receipt from Zalo is waited for before SMS is sent too."""
    receipt_poll_seconds: float = 600.0
    """How often a missing SMS receipt is asked for."""
    receipt_sweep_seconds: float = 72 * 3600.0
    """When a missing receipt means: not delivered."""
    no_zalo_seconds: float = 30 * 86_400.0
    """How long "this number has no Zalo" is believed."""

    def is_quiet(self, moment: datetime) -> bool:
        """True in the hours in which nobody is woken."""
        if not self.has_quiet_hours:
            return False
        clock = moment.astimezone(VIETNAM).time()
        return clock >= self.quiet_from or clock < self.quiet_to

    def release_of(self, notice_id: UUID, moment: datetime) -> datetime:
        """When a notice held at ``moment`` may leave: the end of the quiet hours, plus its own spread."""
        local = moment.astimezone(VIETNAM)
        day = local.date() + timedelta(days=1 if local.time() >= self.quiet_from else 0)
        opening = datetime.combine(day, self.quiet_to, VIETNAM)
        return opening + timedelta(seconds=self.release_spread_seconds * fraction(notice_id, "release", day))

    def awake(self, notice_id: UUID, moment: datetime) -> datetime:
        """``moment``, or the release after it when it lies in the quiet hours."""
        return self.release_of(notice_id, moment) if self.is_quiet(moment) else moment

    def backoff_seconds(self, notice_id: UUID, try_number: int) -> float:
        """Full jitter: anything up to base·2^n, capped; at least a tenth of a second."""
        ceiling = min(self.backoff_cap_seconds, self.backoff_base_seconds * 2.0 ** (try_number - 1))
        return max(0.1, ceiling * fraction(notice_id, "backoff", try_number))

    def fallback_seconds(self, urgency: Urgency, now: datetime, event_at: datetime | None) -> float:
        """How long Zalo's receipt is waited for."""
        if urgency is Urgency.STATUS:
            return self.status_fallback_seconds
        if event_at is not None and event_at.astimezone(VIETNAM).date() <= now.astimezone(VIETNAM).date():
            return self.session_today_fallback_seconds
        return self.session_fallback_seconds


def fraction(notice_id: UUID, *parts: object) -> float:
    """A number in [0, 1) that belongs to the notice and the purpose."""
    text = "/".join([str(notice_id), *map(str, parts)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
