"""What sessions adds to the settings of every service."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings


class SessionsSettings(ServiceSettings):
    """From the environment; what is sessions' own has the prefix ``TCD_SESSIONS_``."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="TCD_", extra="ignore", populate_by_name=True)

    port: int = 8003
    sessions_recording_patience_seconds: float = Field(default=30.0, gt=0)
    """How long a live session may go without a word from recording before it is paused (no recording, no session)."""
    sessions_longest_hours: float = Field(default=12.0, gt=0)
    """A session that nobody ended is ended after that, so that its recording gets sealed."""
    sessions_calendar_seconds: float = Field(default=2.0, gt=0)
    """How often a replica looks whether a plan of the calendar was heard, by itself or by another."""
    sessions_watch_seconds: float = Field(default=1.0, gt=0)
    """How often live sessions are looked after."""
