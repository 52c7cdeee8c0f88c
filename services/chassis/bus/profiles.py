"""The numbers of both kinds of bus, with their reasons. Nothing else in the house names a Kafka timeout.

They hang together: heartbeat < session; the worst batch, a sweep before it included, < rebalance timeout, so that it
can be finished and committed before its partitions go to another member; and < poll interval / 3, or the group
redelivers it for ever. ``tests/chassis/test_delivery_time.py`` does the sums.
"""

from dataclasses import dataclass
from typing import Final

from services.chassis.settings import ServiceSettings

PAUSE_AFTER_FAILURE_SECONDS: Final = 0.5
"""Before a batch is given back, which FastStream itself does at once and without end."""


@dataclass(frozen=True, slots=True)
class BusProfile:
    """How a client of one kind of bus behaves."""

    forgets: bool
    """The bus keeps nothing over a restart: readers start from the beginning at every assignment, for offsets that
    were committed to a dead bus mean nothing on a fresh one."""
    session_seconds: float
    heartbeat_seconds: float
    rebalance_seconds: float
    poll_interval_seconds: float
    fetch_wait_seconds: float
    """How long the bus may hold an empty fetch."""
    batch_wait_seconds: float
    """How long a reader waits for a batch to begin; the idle loop sleeps as long again."""
    batch_records: int
    """More of them share the reads, the positions' write and the commit of a batch; ``batch_seconds`` bounds it."""
    batch_seconds: float
    """The longest a batch may take, every retry included, before it is given back to the bus."""
    sweep_seconds: float
    """The longest that going on with what waits may keep a batch waiting."""
    over_seconds: float
    """How far a batch or a sweep may go over its end, for a letter or a write in hand, before it is cut off."""
    request_seconds: float
    """How long a reader waits for an answer; joining a group is answered when its slowest member gave up its batch."""
    publish_seconds: float
    """How long an acknowledgement is waited for; after it the outcome is unknown, which counts as no."""
    retry_seconds: float
    """How long a client waits after a failed try; each stream that is read tries twice in that time."""
    watch_seconds: float
    """How often a speaker looks whether this is still the same bus."""
    has_static_members: bool

    @property
    def worst_batch_seconds(self) -> float:
        """From a batch's delivery to its commit or its return: a sweep in hand, its own time, both over their end."""
        return self.sweep_seconds + self.batch_seconds + 2 * self.over_seconds + PAUSE_AFTER_FAILURE_SECONDS

    @property
    def hurry_seconds(self) -> float:
        """What batch and sweep in hand still get when partitions go."""
        return self.rebalance_seconds / 2

    @property
    def drain_seconds(self) -> float:
        """How long partitions that go wait for them: until they ended or were cut off, and the batch was given back."""
        return self.hurry_seconds + 2 * self.over_seconds + PAUSE_AFTER_FAILURE_SECONDS

    @property
    def progress_seconds(self) -> float:
        """Without progress for so long, though there is something to do, a reader is not well: two worst batches."""
        return 2 * self.worst_batch_seconds


EMBEDDED: Final = BusProfile(
    forgets=True,
    session_seconds=1.5,  # a restarted member waits this long minus a second for its old self to be forgotten
    heartbeat_seconds=0.3,
    rebalance_seconds=40.0,
    poll_interval_seconds=120.0,
    fetch_wait_seconds=0.04,  # the mock never wakes a waiting fetch: this is the latency, and idle cost is its inverse
    batch_wait_seconds=0.02,
    batch_records=500,
    batch_seconds=20.0,
    sweep_seconds=2.0,
    over_seconds=5.0,
    request_seconds=45.0,
    publish_seconds=5.0,
    retry_seconds=0.1,
    watch_seconds=0.5,
    has_static_members=False,
)

KAFKA: Final = BusProfile(
    forgets=False,
    session_seconds=45.0,
    heartbeat_seconds=3.0,
    rebalance_seconds=90.0,
    poll_interval_seconds=300.0,
    fetch_wait_seconds=0.5,
    batch_wait_seconds=0.02,
    batch_records=500,
    batch_seconds=60.0,
    sweep_seconds=5.0,
    over_seconds=8.0,
    request_seconds=95.0,
    publish_seconds=10.0,
    retry_seconds=0.5,  # a fifth of aiokafka's tries while Kafka is away, and half a second at most when it is back
    watch_seconds=30.0,
    has_static_members=True,
)


def profile_of(settings: ServiceSettings) -> BusProfile:
    """The profile that the settings name."""
    return EMBEDDED if settings.bus_profile == "embedded" else KAFKA
