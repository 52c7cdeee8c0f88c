"""How soon each service is ready, and what memory it holds, idle and under load."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import httpx

from deploy.demo.house import House
from tests.bench.client import BenchFailed, Client, a_receiver
from tests.bench.figures import Figure, Goal, Row
from tests.bench.place import Place, memory_mib, stop_service

_CONNECTIONS: Final = 16
_IDLE_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.01
_PATIENCE_SECONDS: Final = 60.0
_READY: Final = Goal("at_most", 3.0)
_MEMORY: Final = Goal("at_most", 150.0)


async def measure(place: Place) -> Sequence[Figure]:
    """Each service alone, started and stopped; then all together under filings as fast as intake takes them."""
    ready: dict[str, list[float]] = defaultdict(list)
    idle: dict[str, list[float]] = defaultdict(list)
    loaded: dict[str, list[float]] = defaultdict(list)
    async with place.house() as house:
        for number in range(place.repetitions):
            for name in house.ports.services:
                ready[name].append(await _seconds_to_ready(house, name))
                await asyncio.sleep(_IDLE_SECONDS)
                idle[name].append(memory_mib(house.processes[name].pid))
                place.say(f"{number + 1}/{place.repetitions} {name}: {ready[name][-1]:.2f} s, {idle[name][-1]:.0f} MiB")
                await stop_service(house, name)
        for name in house.ports.services:
            await _seconds_to_ready(house, name)
        client = Client(await a_receiver(house))
        for number in range(place.repetitions):
            burst = await client.burst(house.ports.services["intake"], _CONNECTIONS, place.seconds)
            for name in house.ports.services:
                loaded[name].append(memory_mib(house.processes[name].pid, "VmHWM"))
            place.say(f"{number + 1}/{place.repetitions} under {burst.per_second:.0f} filings/s: {_listed(loaded)}")
    return [
        *(Figure(f"{name}: start to ready", "s", ready[name], goal=_READY) for name in ready),
        *(Figure(f"{name}: memory, idle", "MiB", idle[name], goal=_MEMORY) for name in idle),
        *(Figure(f"{name}: memory, most under load", "MiB", loaded[name], goal=_MEMORY) for name in loaded),
    ]


def _listed(memory: dict[str, list[float]]) -> str:
    return ", ".join(f"{name} {values[-1]:.0f}" for name, values in memory.items()) + " MiB"


async def _seconds_to_ready(house: House, name: str) -> float:
    began = time.monotonic()
    await house.start_service(name)
    url = f"{house.url(name)}/readyz"
    async with httpx.AsyncClient(timeout=2) as client:
        while time.monotonic() - began < _PATIENCE_SECONDS and house.processes[name].returncode is None:
            try:
                if (await client.get(url)).status_code == httpx.codes.OK:
                    return time.monotonic() - began
            except httpx.TransportError:
                await asyncio.sleep(0)  # nobody listens yet
            await asyncio.sleep(_POLL_SECONDS)
    raise BenchFailed(f"{name} is not ready\n{house.log_tail(name)}")


ROWS: Final = (
    Row(
        name="start",
        work="start to ready of each service; memory idle and under load",
        beside="",
        goal="≤ 3 s; ≤ 150 MB",
        method="""
Each service alone on engines that stand: the clock runs from the start of the Python process until `/readyz` first
answers 200 (asked every 10 ms; ready means ledger, vault and bus answer and the consumers have their partitions), with
the code compiled before. *Idle* is the resident memory a second later. Then all five run while 16 connections file
without a pause; *under load* is the most each process has held by then (`VmHWM`), so that it only grows. Memory of
recording while chunks come in is in its own row.
""",
        findings="""
Most of a start is importing (`python -X importtime`, intake: FastAPI a quarter, httpx a seventh, of it nearly all for
its command line's `rich` and `pygments`, FastStream with aiokafka an eighth, Jinja a tenth, telemetry a tenth); then
the ledger opens in some hundredths of a second, and joining the consumer group takes the rest. Drivers that a service
on a file does not need (Motor, minio) are not imported there.
""",
        measure=measure,
    ),
)
