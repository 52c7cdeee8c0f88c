"""Consumer groups of a real Kafka, seen from outside: who is in them, who reads what, and whether they are settled."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient

from contracts.streams import STREAMS
from services.chassis.bus.broker import group_of

IN_REBALANCE: Final = (ConsumerGroupState.PREPARING_REBALANCING, ConsumerGroupState.COMPLETING_REBALANCING)
_ASK_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 0.02


@dataclass(frozen=True)
class Group:
    """One group as its coordinator describes it."""

    name: str
    state: ConsumerGroupState
    members: Mapping[str, str]
    """Member id by static name, such as ``routing-0``: Kafka gives a new one to each process that joins."""
    partitions: Mapping[str, frozenset[tuple[str, int]]]
    """What each reads, by static name."""

    @property
    def is_moving(self) -> bool:
        return self.state in IN_REBALANCE


class Groups:
    """The groups of one cluster. Not safe for several tasks at a time."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap: Final = bootstrap
        self._client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0, "socket.timeout.ms": 3_000})

    async def of(self, service: str) -> list[Group]:
        """Those of a service, one a stream. Errors: KafkaException."""
        names = [group_of(service, stream) for stream in STREAMS if service in stream.readers]
        return await asyncio.to_thread(self._described, names)

    def _described(self, names: list[str]) -> list[Group]:
        asked = self._client.describe_consumer_groups(names, request_timeout=_ASK_SECONDS)
        return [_group(asking.result()) for asking in asked.values()]

    async def until(
        self, service: str, fits: Callable[[list[Group]], bool], what: str, *, seconds: float = 60
    ) -> list[Group]:
        """The groups of a service as soon as they fit. Errors: AssertionError with what they were at last."""
        seen: list[Group] = []
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while loop.time() < deadline:
            with suppress(KafkaException):  # a coordinator that is moving, or away
                seen = await self.of(service)
                if fits(seen):
                    return seen
            await asyncio.sleep(_LOOK_SECONDS)
        raise AssertionError(f"the groups of {service} are not {what} after {seconds:.0f} s: {seen}")

    async def until_shared(self, service: str, replicas: Iterable[int], *, seconds: float = 90) -> list[Group]:
        """Settled, with exactly these replicas in every group, each reading a part and all of it read once."""
        names = {f"{service}-{number}" for number in replicas}
        return await self.until(
            service,
            lambda groups: all(_is_shared_by(group, names) for group in groups),
            f"shared by {sorted(names)}",
            seconds=seconds,
        )


def _is_shared_by(group: Group, names: set[str]) -> bool:
    read = [place for places in group.partitions.values() for place in places]
    return (
        group.state is ConsumerGroupState.STABLE
        and group.members.keys() == names
        and all(group.partitions.values())
        and len(read) == len(set(read)) == _partitions_of(group.name)
    )


def _partitions_of(group: str) -> int:
    return next(stream.partitions for stream in STREAMS if stream.slug == group.partition(".")[2])


def _group(said: Any) -> Group:
    members = {member.group_instance_id or member.client_id: member for member in said.members}
    return Group(
        name=said.group_id,
        state=said.state,
        members={name: member.member_id for name, member in members.items()},
        partitions={
            name: frozenset((place.topic, place.partition) for place in member.assignment.topic_partitions)
            for name, member in members.items()
        },
    )
