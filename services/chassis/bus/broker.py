"""The FastStream broker of a service: it only listens. What is said goes through ``speaker``."""

import asyncio
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.record import default_records
from faststream.kafka import KafkaBroker

from contracts.errors import Unavailable
from contracts.streams import Stream
from services.chassis.bus.mending import mend_connections
from services.chassis.bus.profiles import profile_of
from services.chassis.bus.security import broker_security, client_options, why_refused
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import get_log

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 2.0
_ASK_SECONDS: Final = 3.0
_LEADER_DELAY_SECONDS: Final = 0.15
_POSITIVE: Final = 0x7FFFFFFF


def make_broker(settings: ServiceSettings, service: str) -> KafkaBroker:
    """A broker that only consumes.

    Errors: RuntimeError without aiokafka's compiled module; Refused when the security settings do not fit.
    """
    refuse_slow_client()
    mend_connections()
    profile = profile_of(settings)
    if profile.forgets:
        delay_group_leader()
    return KafkaBroker(
        settings.servers,
        security=broker_security(settings),
        client_id=f"{service}-{settings.replica}",
        request_timeout_ms=_milliseconds(profile.request_seconds),
        retry_backoff_ms=_milliseconds(profile.retry_seconds),
        consumer_only=True,
        allow_auto_create_topics=False,
        graceful_timeout=settings.stop_grace_seconds,
        apply_types=False,
        logger=None,  # failures are told by delivery, failed commits by aiokafka; the rest is noise per message
    )


def consumer_options(settings: ServiceSettings, service: str, stream: Stream) -> dict[str, Any]:
    """What every subscriber of this service says about itself, in aiokafka's words."""
    profile = profile_of(settings)
    options: dict[str, Any] = {
        "group_id": group_of(service, stream),
        "auto_offset_reset": "earliest",
        "partition_assignment_strategy": (RoundRobinPartitionAssignor,),  # with several, a member joins once for each
        "session_timeout_ms": _milliseconds(profile.session_seconds),
        "heartbeat_interval_ms": _milliseconds(profile.heartbeat_seconds),
        "rebalance_timeout_ms": _milliseconds(profile.rebalance_seconds),
        "max_poll_interval_ms": _milliseconds(profile.poll_interval_seconds),
        "fetch_max_wait_ms": _milliseconds(profile.fetch_wait_seconds),
        "batch_timeout_ms": _milliseconds(profile.batch_wait_seconds),
        "max_records": profile.batch_records,
    }
    if profile.has_static_members:
        options["group_instance_id"] = f"{service}-{settings.replica}"
    return options


def group_of(service: str, stream: Stream) -> str:
    """The consumer group in which the replicas of a service share one stream: ``notify.cases``.

    One group per stream, so that a member that is slow or dies on one stream does not stop the others.
    """
    return f"{service}.{stream.slug}"


def partition_of(stream: Stream, key: str) -> int:
    """Where a key belongs: the Java client's murmur2, the same for everybody who ever writes to the stream."""
    return int((murmur2(key.encode()) & _POSITIVE) % stream.partitions)


def refuse_slow_client() -> None:
    """Errors: RuntimeError when aiokafka runs without its compiled module, which costs a factor of sixteen."""
    if default_records.DefaultRecordBatchBuilder is default_records._DefaultRecordBatchBuilderPy:  # noqa: SLF001
        raise RuntimeError(
            "aiokafka's compiled module is missing (or AIOKAFKA_NO_EXTENSIONS is set): install aiokafka from a wheel"
        )


async def wait_for_bus(settings: ServiceSettings, needed_topics: frozenset[str]) -> None:
    """Return when the bus answers and has these topics.

    Errors: Unavailable("bus_away") or Unavailable("topics_missing") after ``settings.bus_wait_seconds``; Refused at
    once when the bus does not let us in.
    """
    pause = _FIRST_PAUSE_SECONDS
    refusal = _bus_away(settings)
    try:
        async with asyncio.timeout(settings.bus_wait_seconds):
            while True:
                missing = await _missing_topics(settings, needed_topics)
                if missing is not None and not missing:
                    return
                if missing is None and (closed := await why_refused(settings)):
                    raise closed
                before, refusal = refusal, _bus_away(settings) if missing is None else _topics_missing(missing)
                if pause == _FIRST_PAUSE_SECONDS or refusal.code != before.code:
                    get_log().warning("bus.awaited", host=settings.kafka_bootstrap_servers, reason=refusal.code)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
    except TimeoutError:
        raise refusal from None


async def _missing_topics(settings: ServiceSettings, needed: frozenset[str]) -> set[str] | None:
    """The topics that the bus does not have; none when it does not answer."""
    admin = AIOKafkaAdminClient(**client_options(settings), request_timeout_ms=_milliseconds(_ASK_SECONDS))
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            await admin.start()
            return set(needed) - set(await admin.list_topics())
    except (KafkaError, OSError, TimeoutError):
        return None
    finally:
        await admin.close()


def _bus_away(settings: ServiceSettings) -> Unavailable:
    return Unavailable("bus_away", f"Chưa kết nối được Kafka tại {settings.kafka_bootstrap_servers}.")


def _topics_missing(missing: set[str]) -> Unavailable:
    return Unavailable("topics_missing", "Kafka chưa có đủ các luồng dữ kiện.", topics=", ".join(sorted(missing)))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def delay_group_leader() -> None:
    """Let followers of a group synchronise before its leader does: for the embedded bus only.

    librdkafka's mock calls a group stable as soon as the leader has synchronised and refuses later followers, which
    aiokafka takes for fatal. Real Kafka has no such race, and this is never called there.
    """
    original = CoordinatorGroupRebalance._on_join_leader  # noqa: SLF001 - no public seam in aiokafka; tested
    if getattr(original, "is_delayed", False):
        return

    async def delayed(self: Any, response: Any) -> Any:
        if len(response.members) > 1:
            await asyncio.sleep(_LEADER_DELAY_SECONDS)
        return await original(self, response)

    delayed.is_delayed = True  # type: ignore[attr-defined] # a mark on a function, so that it is wrapped once
    CoordinatorGroupRebalance._on_join_leader = delayed  # noqa: SLF001 - see above
