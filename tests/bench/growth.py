"""Whether filing becomes slower as the ledger fills: 1 thousand, 100 thousand and 1 million petitions."""

import asyncio
import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx

from deploy.demo.house import House
from services.chassis.bus.speaker import MEMORY
from services.chassis.ledger.port import Where
from services.intake import store
from tests.bench.client import BenchFailed, Client, a_receiver, petition_body
from tests.bench.figures import Figure, Goal, Row
from tests.bench.filing import until_published
from tests.bench.place import Engines, Place, alternating, ledger_of, stop_service
from tests.bench.seeding import Seeded, seed_mongodb, seed_sqlite

SIZES: Final = (1_000, 100_000, 1_000_000)
_CONNECTIONS: Final = 16
_BUDGET_SECONDS: Final[dict[Engines, float]] = {"embedded": 240.0, "real": 120.0}
"""Seeding one size ends here; the figure says how many petitions were in by then."""


async def measure(place: Place) -> Sequence[Figure]:
    """The rate at each size, in turns; the smallest is made anew each time, for filing itself would let it grow."""
    rates: dict[int, list[float]] = defaultdict(list)
    async with place.house("intake") as house:
        client = Client(await a_receiver(house))
        await _file_pattern(house)
        shelves = _shelves(place, house)
        seeded = {size: await shelves.fill(size, place) for size in SIZES}
        for number, size in alternating(place.repetitions, *SIZES):
            await shelves.choose(size)
            await house.start_service("intake")
            await house.until_ready("intake")
            burst = await client.burst(house.ports.services["intake"], _CONNECTIONS, place.seconds)
            rates[size].append(burst.per_second)
            place.say(f"{number + 1}/{place.repetitions} with {seeded[size].petitions:,}: {burst.per_second:.0f}/s")
            await _settle(house)
            await stop_service(house, "intake")
    return [_figure(size, seeded[size], rates) for size in SIZES]


def _figure(size: int, seeded: Seeded, rates: dict[int, list[float]]) -> Figure:
    what = f"{seeded.petitions:,} petitions in the ledger"
    note = f"seeded in {seeded.seconds:.0f} s" + (f"; {size:,} were wanted" if seeded.petitions < size else "")
    if size == SIZES[0]:
        return Figure(what, "filings/s", rates[size], note=note)
    return Figure(what, "filings/s", rates[size], rates[SIZES[0]], Goal("ratio_at_least", 0.9), note)


class _Files:
    """SQLite: a folder for each size, and intake's own folder is a link to one of them."""

    def __init__(self, place: Place, house: House) -> None:
        self._budget_seconds = _BUDGET_SECONDS[place.engines]
        self._own = house.data / "intake"
        self._seeds = place.folder / "seeds"
        self._pattern = self._seeds / "pattern"
        self._seeds.mkdir()
        shutil.copytree(self._own, self._pattern)
        shutil.rmtree(self._own)

    async def fill(self, size: int, place: Place) -> Seeded:
        place.say(f"seeding {size:,}")
        return await asyncio.to_thread(seed_sqlite, self._made(size) / "ledger.sqlite", size, self._budget_seconds)

    async def choose(self, size: int) -> None:
        folder = self._seeds / str(size)
        if size == SIZES[0]:
            await asyncio.to_thread(seed_sqlite, self._made(size) / "ledger.sqlite", size, self._budget_seconds)
        self._own.unlink(missing_ok=True)
        self._own.symlink_to(folder)

    def _made(self, size: int) -> Path:
        folder = self._seeds / str(size)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._pattern, folder)
        return folder


class _Databases:
    """MongoDB: a database for each size, and a fresh one each time for the smallest."""

    def __init__(self, place: Place, house: House) -> None:
        self._budget_seconds = _BUDGET_SECONDS[place.engines]
        self._house = house
        self._uri = house.environment("intake")["MONGODB_URI"]
        self._made = 0

    async def fill(self, size: int, place: Place) -> Seeded:
        place.say(f"seeding {size:,}")
        self._house.more["MONGODB_DATABASE"] = f"bench_{size}"
        return await self._fill(size)

    async def choose(self, size: int) -> None:
        self._house.more["MONGODB_DATABASE"] = f"bench_{size}"
        if size == SIZES[0]:
            self._made += 1
            self._house.more["MONGODB_DATABASE"] = f"bench_{size}_{self._made}"
            await self._fill(size)

    async def _fill(self, size: int) -> Seeded:
        ledger = ledger_of(self._house, "intake")
        await ledger.open([*store.COLLECTIONS, MEMORY])
        await ledger.close()
        database = f"{self._house.more['MONGODB_DATABASE']}_intake"
        return await asyncio.to_thread(seed_mongodb, self._uri, "tiepdan_intake", database, size, self._budget_seconds)


def _shelves(place: Place, house: House) -> "_Files | _Databases":
    return _Files(place, house) if place.engines == "embedded" else _Databases(place, house)


async def _file_pattern(house: House) -> None:
    """One petition by intake itself, all said; then intake stops."""
    async with httpx.AsyncClient() as client:
        headers = {"content-type": "application/json", **await a_receiver(house)}
        body = petition_body().encode()
        answer = await client.post(f"{house.url('intake')}/v1/petitions", content=body, headers=headers)
        answer.raise_for_status()
    await _settle(house, wanted=1)
    await stop_service(house, "intake")


async def _settle(house: House, wanted: int = 0) -> None:
    """Return when everything is on the bus. Errors: BenchFailed when the ledger is not what it should be."""
    ledger = ledger_of(house, "intake")
    await ledger.open(store.COLLECTIONS)
    try:
        await until_published(ledger)
        if wanted and await ledger.count(store.PETITIONS.name, Where()) != wanted:
            raise BenchFailed("the pattern ledger holds something else")
    finally:
        await ledger.close()


ROWS: Final = (
    Row(
        name="growth",
        work="the same filing rate with 1k, 100k and 1M petitions in the ledger",
        beside="its own rate with 1k",
        goal="≤ 10 % slower",
        method="""
One intake process at a time, 16 connections, started anew on each ledger in turns, three seconds after half a second
of warming up. The ledgers are seeded by bulk with copies of a petition that intake filed itself (own ids and codes; the
document, its two facts in the history, all indexes; timelines are left out), for 240 s at most on SQLite and 120 s on
the wire engine: the figure says how many were in by then. The smallest is made anew each time, the others grow by what
is filed, which is little to them. On the wire engine the sizes are databases of one server.
""",
        measure=measure,
    ),
)
