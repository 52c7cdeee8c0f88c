"""The same house on real engines: Apache Kafka, the MongoDB-wire engine and MinIO, or servers that are given."""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiokafka.errors import KafkaError
from pydantic import SecretStr, ValidationError

from contracts.errors import TiepdanError
from deploy.demo.house import CannotStart, House, Ports
from deploy.engines import EngineFailed, Standing, is_built
from deploy.topics import Cluster, wanted
from deploy.topics.plan import missing
from services.chassis.bus.access import KafkaAccess
from services.chassis.bus.security import client_options
from services.chassis.ledger.mongo import check_uri
from services.chassis.unfit import unfit
from services.chassis.vault.access import S3Access

GIVEN_BY: Final = {"kafka": "KAFKA_BOOTSTRAP_SERVERS", "mongo": "MONGODB_URI", "minio": "S3_ENDPOINT"}
"""Engine, and the variable that says where another one is; what is given is not started."""
_FOR_ENGINES: Final = ("KAFKA_", "MONGODB_", "S3_")
_COPIES_MAX: Final = 3
_ENGINES_AFTER_BASE: Final = 93


def given_by_environment() -> dict[str, str]:
    """What the caller's environment says about Kafka, MongoDB and S3: addresses, keys, names, TLS."""
    return {name: value for name, value in os.environ.items() if name.startswith(_FOR_ENGINES) and value}


class RealHouse(House):
    """A house whose bus, ledger and vault are real servers: ours from ``make engines``, or those ``given``."""

    def __init__(
        self,
        data: Path,
        ports: Ports,
        more: Mapping[str, str] | None = None,
        *,
        given: Mapping[str, str] | None = None,
    ) -> None:
        """``given``: variables as in ``given_by_environment``, which is taken when nothing is said."""
        super().__init__(data, ports, more)
        self._given = dict(given_by_environment() if given is None else given)
        if GIVEN_BY["kafka"] not in self._given:  # our own Kafka knows no users and no TLS
            self._given = {name: value for name, value in self._given.items() if not name.startswith("KAFKA_")}
        names = tuple(name for name, variable in GIVEN_BY.items() if variable not in self._given)
        self.engines: Final = Standing(self.data / "engines", ports.base + _ENGINES_AFTER_BASE, names)
        self._starting: asyncio.Task[Standing] | None = None

    @property
    def bootstrap(self) -> str:
        return self._given.get("KAFKA_BOOTSTRAP_SERVERS", self.engines.kafka.bootstrap)

    @property
    def bus_environment(self) -> Mapping[str, str]:
        """Address, TLS and user as they were given."""
        given = {name: value for name, value in self._given.items() if name.startswith("KAFKA_")}
        return given | {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap}

    @property
    def bus_line(self) -> str:
        own = ", ".join(server.name for server in self.engines.servers) or "không có"
        given = ", ".join(name for name, variable in GIVEN_BY.items() if variable in self._given) or "không có"
        return f"máy chủ thật, tự khởi động: {own}; cho sẵn: {given} (real engines: started here; given)"

    @property
    def promise(self) -> str:
        return (
            "Kafka, MongoDB và S3 thật: dữ liệu được giữ qua các lần chạy; bản ghi khóa ở chế độ GOVERNANCE, trừ khi\n"
            "đặt S3_RETENTION_MODE (real engines: kept between runs; recordings locked in GOVERNANCE by default)."
        )

    def listeners(self) -> Mapping[str, int]:
        ours = {name: port for name, port in super().listeners().items() if name != "embedded bus"}
        return ours | {f"{server.name} {port}": port for server in self.engines.servers for port in server.ports}

    def check_ports(self) -> None:
        """Also that the engines are built and what is given can be right. Errors: CannotStart."""
        lacking = [server.name for server in self.engines.servers if not is_built(server.name)]
        if lacking:
            raise CannotStart(
                f"chưa dựng {', '.join(lacking)}: hãy chạy `make engines`, hoặc đặt "
                f"{', '.join(GIVEN_BY[name] for name in lacking)} (not built: run `make engines`, or set these)."
            )
        self._check_given()
        super().check_ports()

    def _check_given(self) -> None:
        """Before anything is started. What only a server can refuse is said by the first service that asks it."""
        try:
            client_options(KafkaAccess.told(self.bus_environment))
            if GIVEN_BY["minio"] in self._given:
                ca_file = self._given.get("S3_CA_FILE")
                S3Access(
                    endpoint=self._given[GIVEN_BY["minio"]],
                    access_key=SecretStr(""),
                    secret_key=SecretStr(""),
                    bucket="",
                    ca_file=Path(ca_file) if ca_file else None,
                )
            if GIVEN_BY["mongo"] in self._given:
                check_uri(SecretStr(self._given[GIVEN_BY["mongo"]]))
        except ValidationError as wrong:
            raise CannotStart(f"giá trị không hợp lệ: {unfit(wrong)} (settings that do not fit)") from None
        except TiepdanError as wrong:
            raise CannotStart(f"{wrong} (a given server that cannot be right)") from None

    def environment(self, service: str) -> dict[str, str]:
        real = {"S3_RETENTION_MODE": "GOVERNANCE"} | self._given | self.engines.environment
        return super().environment(service) | real | {"TCD_BUS_PROFILE": "kafka"} | self.more

    async def start_bus(self) -> None:
        """Engines, then topics. Errors: CannotStart with what the engine said."""
        self._starting = asyncio.create_task(asyncio.to_thread(self.engines.start))
        try:
            await asyncio.shield(self._starting)
            await self._make_topics()
        except EngineFailed as failure:
            raise CannotStart(str(failure)) from failure

    async def kill_bus(self) -> None:
        """``kill -9`` of our Kafka. Errors: EngineFailed when another one is given."""
        self._own("kafka")
        await asyncio.to_thread(self.engines.kafka.kill)

    async def restart_bus(self) -> None:
        """Our Kafka again, on the data it had. Errors: EngineFailed."""
        self._own("kafka")
        await asyncio.to_thread(self.engines.kafka.start)

    async def stop(self) -> None:
        """Services, neighbours, then the engines we started."""
        await super().stop()
        if self._starting is not None:
            with contextlib.suppress(EngineFailed):  # told already, and then none is left running
                await self._starting
            await asyncio.to_thread(self.engines.stop)

    def _own(self, name: str) -> None:
        if name not in {server.name for server in self.engines.servers}:
            raise EngineFailed(f"{name} is not ours: it is given by {GIVEN_BY[name]}")

    async def _make_topics(self) -> None:
        """Those that are missing; three copies where there are three brokers."""
        try:
            async with Cluster(KafkaAccess.told(self.bus_environment)) as cluster:
                topics = wanted(min(_COPIES_MAX, await cluster.broker_count()))
                found = await cluster.found([topic.name for topic in topics], topics[0].configs)
                if new := missing(topics, found):
                    await cluster.create(new)
        except (KafkaError, TiepdanError) as failure:
            raise CannotStart(f"Kafka {self.bootstrap}: {failure} (topics could not be made)") from failure


def chosen_house(data: Path, ports: Ports) -> House:
    """The house that ``ENGINES`` names: embedded when it is not set, ``real`` below a folder of its own.

    Errors: CannotStart when it names something else.
    """
    engines = os.environ.get("ENGINES", "") or "embedded"
    if engines == "embedded":
        return House(data, ports)
    if engines == "real":
        return RealHouse(data / "real", ports)
    if engines == "containers":
        raise CannotStart(
            "ENGINES=containers: dùng `docker compose -f deploy/compose.yaml --profile demo up`, hoặc "
            "`make test-engines ENGINES=containers` (for the demo's processes there is embedded or real)."
        )
    raise CannotStart(f"ENGINES={engines}: chỉ có embedded hoặc real (it is embedded or real).")
