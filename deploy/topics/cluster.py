"""What is asked of a real Kafka: which topics it has and how they are set, and to make new ones."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from contracts.errors import Unavailable
from deploy.topics.plan import Found, Topic
from services.chassis.bus.access import KafkaAccess
from services.chassis.bus.security import client_options, why_refused

_ASK_MILLISECONDS: Final = 15_000
_SETTLE_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.1


class Cluster:
    """An open connection; ``async with Cluster("host:port")``, or with TLS and a user: ``Cluster(access)``.

    Errors: Refused when we are not let in; Unavailable("bus_away").
    """

    def __init__(self, to: str | KafkaAccess) -> None:
        self._access = KafkaAccess(kafka_bootstrap_servers=to) if isinstance(to, str) else to
        self._admin = AIOKafkaAdminClient(**client_options(self._access), request_timeout_ms=_ASK_MILLISECONDS)

    async def __aenter__(self) -> Self:
        try:
            await self._admin.start()
        except (KafkaError, OSError) as failure:
            await self._admin.close()
            away = Unavailable("bus_away", f"Chưa kết nối được Kafka tại {self._access.kafka_bootstrap_servers}.")
            raise await why_refused(self._access) or away from failure
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._admin.close()

    async def broker_count(self) -> int:
        return len((await self._admin.describe_cluster())["brokers"])

    async def found(self, names: Iterable[str], configs: Iterable[str]) -> dict[str, Found]:
        """Those of ``names`` that exist, with these of their configs. Asking creates nothing."""
        there = sorted(set(names) & set(await self._admin.list_topics()))
        if not there:
            return {}
        described = {one["topic"]: one["partitions"] for one in await self._admin.describe_topics(there)}
        set_to = await self._configs(there, tuple(configs))
        return {
            name: Found(
                partitions=len(described[name]),
                replication=min(len(one["replicas"]) for one in described[name]),
                configs=set_to[name],
            )
            for name in there
        }

    async def create(self, topics: Sequence[Topic]) -> None:
        """Make them and wait until all are led. A topic that somebody else just made is no error.

        Errors: KafkaError as the cluster says it; Unavailable("topics_missing") when they do not appear.
        """
        new = [NewTopic(one.name, one.partitions, one.replication, topic_configs=dict(one.configs)) for one in topics]
        answer = (await self._admin.create_topics(new)).to_object()
        for refused in answer["topic_errors"]:
            error = for_code(refused["error_code"])
            if refused["error_code"] and error is not TopicAlreadyExistsError:
                raise error(f"{refused['topic']}: {refused.get('error_message')}")
        await self._until_led([one.name for one in topics])

    async def _until_led(self, names: list[str]) -> None:
        try:
            async with asyncio.timeout(_SETTLE_SECONDS):
                while not await self._are_led(names):  # noqa: ASYNC110 - a cluster is asked; it wakes nobody
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise Unavailable("topics_missing", "Kafka chưa có đủ các luồng dữ kiện.") from None

    async def _are_led(self, names: list[str]) -> bool:
        if not set(names) <= set(await self._admin.list_topics()):
            return False
        described = await self._admin.describe_topics(names)
        return all(one["partitions"] and all(part["leader"] >= 0 for part in one["partitions"]) for one in described)

    async def _configs(self, names: list[str], keys: tuple[str, ...]) -> Mapping[str, Mapping[str, str]]:
        asked = [ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(keys)) for name in names]
        answers: list[Any] = await self._admin.describe_configs(asked)
        return {
            resource["resource_name"]: {one["config_names"]: one["config_value"] for one in resource["config_entries"]}
            for answer in answers
            for resource in answer.to_object()["resources"]
        }
