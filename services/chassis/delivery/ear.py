"""One ear: the subscriber of one stream, its assignment, its inbox. The file that knows the insides of our libraries.

What it knows of them beyond their promises: FastStream's lock around a batch and its commit (``drained``), aiokafka's
heartbeat, coordination, fetching and list-of-brokers tasks, its positions, whether its connections are open, and that
its end may break off half-way (``silenced``). Each has a test of its own in ``tests/chassis/test_delivery_insides.py``;
versions are pinned.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber

from services.chassis.bus.broker import partition_of
from services.chassis.bus.profiles import PAUSE_AFTER_FAILURE_SECONDS, BusProfile
from services.chassis.delivery.attempts import OutOfTime, Poisoned
from services.chassis.delivery.inbox import Inbox
from services.chassis.delivery.records import Record, as_they_came, parse_tolerantly
from services.chassis.telemetry import Meters, fault_of, get_log

_RESTART_SECONDS: Final = 10.0
_THOROUGH_EVERY: Final = 15
"""Sweeps between looks at every held key: those that go on here are found by their batches at once."""


@dataclass(frozen=True, slots=True)
class EarView:
    """How one stream is doing, for readiness and for people."""

    stream: str
    assigned: int
    lag: int
    """Records known to the client that are not handled yet."""
    progress_age_seconds: float
    """Since something was heard, since there was nothing to hear, or since the assignment, whichever is latest."""
    is_running: bool
    is_poisoned: bool


class Ear(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """One stream: its subscriber, its assignment, its inbox."""

    def __init__(self, service: str, inbox: Inbox, profile: BusProfile, meters: Meters) -> None:
        self.inbox = inbox
        self._service = service
        self._profile = profile
        self._meters = meters
        self._subscriber: BatchSubscriber | None = None
        self._partitions: frozenset[int] = frozenset()
        self._progressed_at = 0.0
        self._busy_since: float | None = None
        self._is_deaf = False
        self._sweeps = 0

    def subscribe(self, broker: KafkaBroker, options: dict[str, Any]) -> None:
        """Hang this ear on the broker."""
        self._subscriber = broker.subscriber(
            self.inbox.stream.name,
            batch=True,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            no_reply=True,
            parser=parse_tolerantly,
            decoder=as_they_came,
            listener=self,
            **options,
        )
        self._subscriber(self._take)

    async def _take(self, records: Sequence[Record]) -> None:
        """A batch. A failure gives it back: what was done is remembered, so that nothing is done twice."""
        self._busy_since = _now()
        moves = self.inbox.moves
        try:
            await self.inbox.take(records)
            self._progressed_at = _now()
        except Exception as error:
            self._tell(error, len(records))
            await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)
            raise
        finally:
            self._busy_since = None
            if self.inbox.moves != moves:
                self._progressed_at = _now()

    def _tell(self, error: Exception, count: int) -> None:
        if isinstance(error, Poisoned):
            self._pause()
        elif isinstance(error, OutOfTime):
            get_log().warning("delivery.batch_given_back", stream=self.inbox.stream.name, count=count)
        else:
            get_log().warning("delivery.batch_failed", stream=self.inbox.stream.name, **fault_of(error))

    async def sweep(self) -> None:
        """Go on with what waits; a failure is told and tried again."""
        if not self._partitions or self.inbox.is_poisoned:
            return
        try:
            self._sweeps += 1
            await self.inbox.sweep(self._owns, is_thorough=self._sweeps % _THOROUGH_EVERY == 0)
        except OutOfTime:
            return  # the next one goes on
        except Exception as error:  # noqa: BLE001 - the sweep is a net: it must not end
            get_log().warning("delivery.sweep_failed", stream=self.inbox.stream.name, **fault_of(error))

    async def revive(self) -> None:
        """Start again when the group has lost us: aiokafka then goes on fetching, but never joins or commits again."""
        subscriber = self._subscriber
        if subscriber is not None and keep_list_of_brokers(subscriber.consumer):
            get_log().error("delivery.brokers_forgotten", stream=self.inbox.stream.name)
        if subscriber is None or not (self._is_deaf or is_heartless(subscriber.consumer)):
            return
        self._is_deaf = True
        self._own(())
        get_log().warning("delivery.ear_restarted", stream=self.inbox.stream.name)
        self.inbox.hurry(_RESTART_SECONDS / 2)
        try:
            async with asyncio.timeout(_RESTART_SECONDS):
                await silenced(subscriber)
                await subscriber.start()
        except Exception as error:  # noqa: BLE001 - whatever the libraries do, it is tried again in a second
            get_log().warning("delivery.ear_not_restarted", stream=self.inbox.stream.name, **fault_of(error))
            return
        self._is_deaf = False

    async def stop(self) -> None:
        """Finish the batch in hand and leave the group, as far as the bus is there for it."""
        if self._subscriber is not None:
            await silenced(self._subscriber)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Partitions go: finish the batch in hand and its commit first, or two members would work on one key."""
        self._own(())
        if not revoked:
            return
        self.inbox.hurry(self._profile.hurry_seconds)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._profile.drain_seconds):
                if self._subscriber is not None:
                    await drained(self._subscriber, self._profile.drain_seconds)
                await self.inbox.idle()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self.inbox.calm()
        self._own(place.partition for place in assigned)
        self._progressed_at = _now()
        self._meters.rebalances.labels(self._service).inc()
        consumer = self._subscriber and self._subscriber.consumer
        if consumer and self._profile.forgets:
            for place in assigned:
                consumer.seek(place, 0)
        if self.inbox.is_poisoned:
            self._pause()

    def view(self) -> EarView:
        return EarView(
            stream=self.inbox.stream.name,
            assigned=len(self._partitions),
            lag=self._lag(),
            progress_age_seconds=_now() - self._progressed_at if self._progressed_at else 0.0,
            is_running=bool(self._subscriber and self._subscriber.running),
            is_poisoned=self.inbox.is_poisoned,
        )

    def complaints(self) -> list[str]:
        """What is wrong here, as codes."""
        found = []
        if not (self._subscriber and self._subscriber.running):
            found.append("not_listening")
        if not self._partitions:
            found.append("nothing_assigned")
        if self.inbox.is_poisoned:
            found.append("stopped_by_bad_facts")
        if self._busy_since is not None and _now() - self._busy_since > 2 * self._profile.batch_seconds:
            found.append("batch_stuck")
        if self._has_something_to_do() and _now() - self._progressed_at > self._profile.progress_seconds:
            found.append("no_progress")
        return found

    def _has_something_to_do(self) -> bool:
        """While the bus is away nobody gets on, and that is not this service's fault (decision 0007)."""
        if not self._partitions or self.inbox.is_poisoned:
            return False
        return is_connected(self._consumer()) and (self._busy_since is not None or self._lag() > 0)

    async def look(self) -> None:
        """Having nothing to do is as good as getting on."""
        if not self._has_something_to_do():
            self._progressed_at = _now()

    def _consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber and self._subscriber.consumer

    def _own(self, partitions: Iterable[int]) -> None:
        before = len(self._partitions)
        self._partitions = frozenset(partitions)
        self._meters.assigned_partitions.labels(self._service).inc(len(self._partitions) - before)

    def _owns(self, subject: str) -> bool:
        return partition_of(self.inbox.stream, subject) in self._partitions

    def _pause(self) -> None:
        """Keep the partitions and take nothing from them: another member would only pour them out as well."""
        consumer = self._subscriber and self._subscriber.consumer
        if consumer and consumer.assignment():
            consumer.pause(*consumer.assignment())

    def _lag(self) -> int:
        consumer = self._subscriber and self._subscriber.consumer
        if not consumer:
            return 0
        lag = 0
        for place in consumer.assignment():
            state = consumer._subscription.subscription.assignment.state_value(place)  # noqa: SLF001 - position() waits
            end = consumer.highwater(place)
            if end is not None and state is not None and state.has_valid_position:
                lag += max(0, end - state.position)
        return lag


def give_handlers(broker: KafkaBroker, seconds: float) -> None:
    """From now on a stop of this broker waits so long for the batches in hand before it cancels them."""
    broker.config.broker_config.graceful_timeout = seconds


async def drained(subscriber: BatchSubscriber, within_seconds: float) -> None:
    """Return when FastStream has no batch in hand, its commit included; the one place that knows this inner lock."""
    wait_release = getattr(subscriber.lock, "wait_release", None)
    if wait_release is None:
        return
    await wait_release(within_seconds)


async def silenced(subscriber: BatchSubscriber) -> None:
    """Stop a subscriber, and close its client whatever becomes of that.

    When its bus is gone aiokafka awaits a fetch that it cancelled, and so cancels whoever asked it to stop, its client
    still open. In a broker's stop that would cancel the batches in hand of all other streams as well.
    """
    consumer = subscriber.consumer
    (outcome,) = await asyncio.gather(subscriber.stop(), return_exceptions=True)
    if consumer is not None and isinstance(outcome, BaseException):
        await consumer._client.close()  # noqa: SLF001 - see above


def is_heartless(consumer: AIOKafkaConsumer | None) -> bool:
    """True when a task that the consumer cannot live without ended with an error: the other inner thing known here.

    Heartbeat and coordination: a fresh embedded bus (or a group that an operator deleted) answers with an error that
    aiokafka has no plan for. Fetching: the same, of whatever it did not expect.
    """
    inner = {"_coordinator": ("_heartbeat_task", "_coordination_task"), "_fetcher": ("_fetch_task",)}
    parts = ((getattr(consumer, part, None), names) for part, names in inner.items())
    tasks = [getattr(part, name, None) for part, names in parts for name in names]
    return any(_has_failed(task) for task in tasks)


def keep_list_of_brokers(consumer: AIOKafkaConsumer | None) -> bool:
    """Start the task that keeps the list of brokers again, if it failed; whether it had.

    Without it all that a client does next waits for ever, its end too: it cannot even be stopped.
    """
    client = getattr(consumer, "_client", None)
    if client is None or not _has_failed(client._sync_task):  # noqa: SLF001 - see above
        return False
    client._sync_task = asyncio.create_task(client._md_synchronizer())  # noqa: SLF001 - as aiokafka starts it
    return True


def is_connected(consumer: AIOKafkaConsumer | None) -> bool:
    """True while the consumer has an open connection to any broker."""
    client = getattr(consumer, "_client", None)
    return client is not None and any(connection.connected() for connection in client._conns.values())  # noqa: SLF001


def _has_failed(task: "asyncio.Task[Any] | None") -> bool:
    return task is not None and task.done() and not task.cancelled() and task.exception() is not None


def _now() -> float:
    return asyncio.get_running_loop().time()
