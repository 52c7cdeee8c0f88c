"""Every stream (Kafka topic): who speaks on it, who may read it, how it is kept. The one list.

Deployment creates topics from here (``allow_auto_create_topics`` is off everywhere), the embedded bus too.
Partition counts are chosen once: adding partitions later breaks the order inside a key.
"""

from dataclasses import dataclass
from typing import Final, Literal

Speaker = Literal["intake", "routing", "sessions", "recording", "notify"]
SPEAKERS: Final[tuple[Speaker, ...]] = ("intake", "routing", "sessions", "recording", "notify")

DAY_SECONDS: Final = 86_400
FOR_EVER: Final = -1


@dataclass(frozen=True, slots=True)
class Stream:
    """One topic. ``slug`` names it inside documents, where dots would nest; ``readers``: services or ``external``."""

    name: str
    slug: str
    speaker: Speaker
    key: str
    partitions: int
    retention_seconds: int
    readers: tuple[str, ...]
    cleanup: Literal["delete", "compact"] = "delete"
    max_message_bytes: int = 262_144

    def dead_letters_of(self, group: str) -> str:
        """Where facts go that ``group`` can never handle."""
        return f"{self.name}.{group}.dlq"


PETITIONS = Stream(
    "tcd.petitions.v1",
    "petitions",
    "intake",
    "petition id",
    12,
    FOR_EVER,
    ("routing", "notify"),
)
DENUNCIATIONS = Stream(
    "tcd.denunciations.v1",
    "denunciations",
    "intake",
    "petition id",
    6,
    FOR_EVER,
    ("routing", "notify"),
)
CONTACTS = Stream(
    "tcd.contacts.v1",
    "contacts",
    "intake",
    "petition id",
    6,
    FOR_EVER,
    ("notify",),
    cleanup="compact",
)
CASES = Stream(
    "tcd.cases.v1",
    "cases",
    "routing",
    "case id",
    12,
    FOR_EVER,
    ("intake", "sessions", "notify", "routing"),
)
PUBLIC_CASES = Stream(
    "pub.cases.v1",
    "pub_cases",
    "routing",
    "public case id",
    12,
    730 * DAY_SECONDS,
    ("external",),
    max_message_bytes=32_768,
)
CALENDAR = Stream(
    "tcd.calendar.v1",
    "calendar",
    "routing",
    "calendar id",
    1,
    FOR_EVER,
    ("sessions",),
)
SESSIONS = Stream(
    "tcd.sessions.v1",
    "sessions",
    "sessions",
    "session id",
    12,
    400 * DAY_SECONDS,
    ("intake", "recording", "notify", "routing"),
)
RECORDINGS = Stream(
    "tcd.recordings.v1",
    "recordings",
    "recording",
    "recording id",
    6,
    400 * DAY_SECONDS,
    ("intake", "sessions"),
)
NOTICES = Stream(
    "tcd.notices.v1",
    "notices",
    "notify",
    "notice id",
    12,
    400 * DAY_SECONDS,
    ("intake",),
)

STREAMS: Final[tuple[Stream, ...]] = (
    PETITIONS,
    DENUNCIATIONS,
    CONTACTS,
    CASES,
    PUBLIC_CASES,
    CALENDAR,
    SESSIONS,
    RECORDINGS,
    NOTICES,
)
BY_NAME: Final = {stream.name: stream for stream in STREAMS}


def spoken_by(speaker: str) -> tuple[Stream, ...]:
    """The streams that only ``speaker`` may write to."""
    return tuple(stream for stream in STREAMS if stream.speaker == speaker)


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead-letter topic of one stream and one reading group."""

    name: str
    group: str
    origin: Stream
    partitions: int = 3
    retention_seconds: int = 90 * DAY_SECONDS


def dead_letter_topics() -> tuple[DeadLetters, ...]:
    """One per stream and reading service; strangers keep their own."""
    return tuple(
        DeadLetters(stream.dead_letters_of(group), group, stream)
        for stream in STREAMS
        for group in stream.readers
        if group != "external"
    )
