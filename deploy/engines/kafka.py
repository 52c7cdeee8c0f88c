"""Apache Kafka without containers: one node, or three of which some may be killed."""

import base64
import contextlib
import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.engines.folder import engine_folder, java
from deploy.engines.server import HOST, EngineFailed, Server, free_ports, until

VERSION: Final = "4.3.1"
_SETTINGS: Final = Path(__file__).parent / "settings"
_ASK_SECONDS: Final = 2.0
_FORMAT_SECONDS: Final = 60.0
_HEAP: Final = ("-Xms256m", "-Xmx512m", "-XX:+UseG1GC", "-XX:ActiveProcessorCount=2")
NOTHING: Final[Mapping[str, str]] = {}


def new_cluster_id() -> str:
    """As Kafka writes them: 16 random bytes, URL-safe."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


class KafkaNode(Server):
    """One node, broker and controller in one; alone, or one of ``voters`` (node id → controller port).

    An acknowledged record survives the death of a single node's process, not a loss of power: that needs three.
    ``more``: further lines of its properties, over ours.
    """

    name: ClassVar[str] = "kafka"

    def __init__(
        self,
        data: Path,
        port: int,
        controller_port: int,
        *,
        node_id: int = 1,
        voters: Mapping[int, int] | None = None,
        cluster_id: str | None = None,
        more: Mapping[str, str] = NOTHING,
    ) -> None:
        super().__init__(data, port, controller_port)
        self.node_id: Final = node_id
        self.port: Final = port
        self._controller_port = controller_port
        self._voters = dict(voters or {node_id: controller_port})
        self._cluster_id = cluster_id or new_cluster_id()
        self._more = more

    @property
    def bootstrap(self) -> str:
        """``host:port`` for clients."""
        return f"{HOST}:{self.port}"

    @property
    def settings(self) -> str:
        """What a test report says about it."""
        count = len(self._voters)
        return f"{count} node{'s' * (count > 1)}, KRaft, replication {_replication(count)}, min.insync {_insync(count)}"

    def brokers(self) -> frozenset[int]:
        """The ids of the brokers that this node knows to be alive; none when it does not answer."""
        with contextlib.suppress(KafkaException):
            return frozenset(_metadata([self.bootstrap]).brokers)
        return frozenset()

    def _answers(self) -> bool:
        return self.node_id in self.brokers()

    def _prepare(self) -> None:
        template = (_SETTINGS / "node.properties").read_text(encoding="utf-8")
        count = len(self._voters)
        text = template.format(
            node_id=self.node_id,
            port=self.port,
            controller_port=self._controller_port,
            voters=",".join(f"{node}@{HOST}:{port}" for node, port in sorted(self._voters.items())),
            log_dir=self.data / "log",
            replication=_replication(count),
            min_insync=_insync(count),
            more="\n".join(f"{name}={value}" for name, value in self._more.items()),
        )
        self._properties.write_text(text, encoding="utf-8")
        if not (self.data / "log" / "meta.properties").exists():
            self._format()

    def _format(self) -> None:
        tool = [*_java_with_jars(), "kafka.tools.StorageTool", "format", f"--cluster-id={self._cluster_id}"]
        done = subprocess.run(  # noqa: S603 - our own command, no shell
            [*tool, "-c", str(self._properties)],
            capture_output=True,
            text=True,
            timeout=_FORMAT_SECONDS,
            check=False,
            env=self._environment(),
        )
        if done.returncode != 0:
            raise EngineFailed(f"kafka: its folder could not be formatted\n{done.stdout}{done.stderr}")

    def _command(self) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={_SETTINGS / 'log4j2.properties'}"
        return [*_java_with_jars(*_HEAP, logging), "kafka.Kafka", str(self._properties)]

    @property
    def _properties(self) -> Path:
        return self.data / "node.properties"


class KafkaCluster:
    """Nodes 1 … ``count`` with replication and min.insync.replicas of 2 or more where there are nodes for it."""

    def __init__(self, data: Path, count: int = 3, more: Mapping[str, str] = NOTHING) -> None:
        ports = free_ports(2 * count)
        voters = {node: ports[2 * node - 1] for node in range(1, count + 1)}
        cluster_id = new_cluster_id()
        self.nodes: Final[Mapping[int, KafkaNode]] = {
            node: KafkaNode(
                data / f"node{node}",
                ports[2 * node - 2],
                voters[node],
                node_id=node,
                voters=voters,
                cluster_id=cluster_id,
                more=more,
            )
            for node in voters
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        return ",".join(node.bootstrap for node in self.nodes.values())

    def start(self) -> Self:
        """Start all; return when every node sees every other. Errors: EngineFailed, and then none is left running."""
        try:
            for node in self.nodes.values():
                node.start(wait=False)
            self.until_whole()
        except BaseException:
            self.kill()
            raise
        return self

    def until_whole(self, seconds: float = 90.0) -> None:
        """Return when every living node knows exactly the living nodes. Errors: EngineFailed."""
        living = [node for node in self.nodes.values() if node.is_alive]
        wanted = frozenset(node.node_id for node in living)
        for node in living:
            node.until_ready(seconds)
        until(
            lambda: all(node.brokers() == wanted for node in living),
            seconds,
            f"kafka: the nodes {sorted(wanted)} do not all see each other",
        )

    def leaders(self, topic: str) -> dict[int, int]:
        """Partition → node id of its leader, as the living nodes say; -1: none now."""
        asked = [node.bootstrap for node in self.nodes.values() if node.is_alive]
        found = _metadata(asked, topic).topics[topic]
        return {number: partition.leader for number, partition in found.partitions.items()}

    def lagging(self) -> frozenset[str]:
        """Topics of which some copy is behind, or some partition is led by nobody, as a living node says."""
        asked = [node.bootstrap for node in self.nodes.values() if node.is_alive]
        return frozenset(
            name
            for name, topic in _metadata(asked).topics.items()
            if any(len(one.isrs) < len(one.replicas) or one.leader < 0 for one in topic.partitions.values())
        )

    def until_in_sync(self, seconds: float = 60.0) -> None:
        """Return when every copy of every partition has all of it. Errors: EngineFailed."""
        until(lambda: not self.lagging(), seconds, "kafka: some copies are still behind")

    def stop(self) -> None:
        """All at once, so that none waits for another's answer."""
        for node in self._living():
            node.thaw()
            os.kill(node.pid, 15)
        for node in self._living():
            node.stop()

    def kill(self) -> None:
        for node in self.nodes.values():
            node.kill()

    def _living(self) -> Iterator[KafkaNode]:
        return (node for node in self.nodes.values() if node.is_alive)


def _metadata(servers: Sequence[str], topic: str | None = None) -> Any:
    client = AdminClient({"bootstrap.servers": ",".join(servers), "log_level": 0, "socket.timeout.ms": 2_000})
    return client.list_topics(topic, timeout=_ASK_SECONDS) if topic else client.list_topics(timeout=_ASK_SECONDS)


def _java_with_jars(*options: str) -> list[str]:
    return [java(), *options, "-cp", f"{engine_folder('kafka') / 'jars'}/*"]


def _replication(count: int) -> int:
    return min(count, 3)


def _insync(count: int) -> int:
    return min(2, max(1, count - 1))
