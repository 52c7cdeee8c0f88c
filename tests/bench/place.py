"""Where a row is measured: a house of real processes on embedded or on real engines, in a folder of its own."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import SecretStr

from deploy.demo.house import House
from deploy.demo.real import RealHouse
from deploy.engines.server import Server
from services.chassis.ledger.mongo import MongoLedger
from services.chassis.ledger.port import LedgerEngine
from services.chassis.ledger.sqlite import SqliteLedger
from tests.living import NOTHING, free_ports

Engines = Literal["embedded", "real"]
ENGINES: Final[Sequence[Engines]] = ("embedded", "real")
_FOR_DEMO_ONLY: Final = ("TCD_TRACE_FILE", "TCD_CLOCK_FILE")
"""A span file and a movable clock are no part of a service that a province runs."""


class BenchHouse(House):
    """The house as a province runs it, on embedded engines."""

    def environment(self, service: str) -> dict[str, str]:
        return _without_demo(super().environment(service))


class RealBenchHouse(RealHouse):
    """The same on real engines: ours, or those given by KAFKA_BOOTSTRAP_SERVERS, MONGODB_URI, S3_ENDPOINT."""

    def environment(self, service: str) -> dict[str, str]:
        return _without_demo(super().environment(service))


@dataclass(frozen=True, slots=True)
class Place:
    """What a row is told: on which engines, where it may write, and how often and how long it measures."""

    engines: Engines
    folder: Path
    """Empty at first, removed after the row."""
    repetitions: int = 5
    seconds: float = 3.0
    """How long one measurement of a rate lasts."""

    def say(self, line: str) -> None:
        """Progress."""
        print(f"    [{self.engines}] {line}", flush=True)

    @asynccontextmanager
    async def house(
        self, *services: str, more: Mapping[str, str] = NOTHING, name: str = "house"
    ) -> AsyncIterator[House]:
        """Engines, issuer, gateway simulator and these services, ready; all stopped at the end.

        ``house.bootstrap``, ``house.environment(service)`` say where everything is; further services are started with
        ``start_service`` and ``until_ready``.
        """
        make: type[House] = BenchHouse if self.engines == "embedded" else RealBenchHouse
        house = make(self.folder / name, free_ports(), more)
        house.prepare()
        try:
            await house.start_bus()
            await house.start_neighbours()
            for service in services:
                await house.start_service(service)
            for service in services:
                await house.until_ready(service)
            yield house
        finally:
            await house.stop()


def ledger_of(house: House, service: str) -> LedgerEngine:
    """A second look at a service's ledger, from here; not open yet."""
    told = house.environment(service)
    if "MONGODB_URI" in told:
        database = f"{told.get('MONGODB_DATABASE', 'tiepdan')}_{service}"
        return MongoLedger(SecretStr(told["MONGODB_URI"]), database=database)
    return SqliteLedger(house.data / service / "ledger.sqlite")


def servers_of(house: House) -> Sequence[Server]:
    """The engines that this house started itself; none on embedded ones."""
    return house.engines.servers if isinstance(house, RealHouse) else ()


async def stop_service(house: House, name: str) -> None:
    """Stop one service in order."""
    process = house.processes[name]
    if process.returncode is None:
        process.terminate()
    await process.wait()


def memory_mib(pid: int, field: Literal["VmRSS", "VmHWM"] = "VmRSS") -> float:
    """Memory the process holds now, or held at most."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def cpu_seconds(pid: int) -> float:
    """Processor time that the process has used so far, in all its threads."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def alternating(repetitions: int, *sides: Any) -> list[tuple[int, Any]]:
    """Each side once a repetition, in turns; who begins changes, so that neither always comes into a warm machine."""
    turns = []
    for number in range(repetitions):
        ordered = sides if number % 2 == 0 else tuple(reversed(sides))
        turns += [(number, side) for side in ordered]
    return turns


def _without_demo(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in _FOR_DEMO_ONLY}
