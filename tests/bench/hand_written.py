"""What stands beside delivery: the loop one writes by hand. Batches of aiokafka, JSON, the same single write, a commit.

No envelope is checked, no chain, no order is known beyond the partition's, nothing is validated, retried, put aside,
counted or traced; one bad record stops it. The write is idempotent and as durable as ours: SQLite with
``synchronous=FULL``, MongoDB with majority and journal.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import UpdateOne, WriteConcern
from pymongo.errors import DuplicateKeyError

from contracts.streams import PETITIONS
from services.chassis.bus.profiles import BusProfile

EachBatch = Callable[[Sequence[Any]], Awaitable[None]]
_UPSERT: Final = (
    "INSERT INTO pages VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
    " SET applied = excluded.applied, state = excluded.state WHERE applied < excluded.applied"
)


async def seconds_to_read(bootstrap: str, profile: BusProfile, group: str, count: int, each_batch: EachBatch) -> float:
    """From the assignment to the commit after the last of ``count`` records."""
    consumer = AIOKafkaConsumer(
        PETITIONS.name,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=round(profile.fetch_wait_seconds * 1000),
    )
    await consumer.start()
    try:
        while not consumer.assignment():  # noqa: ASYNC110 - no event says it
            await asyncio.sleep(0.001)
        began, heard = time.perf_counter(), 0
        while heard < count:
            found = await consumer.getmany(timeout_ms=20, max_records=profile.batch_records)
            for records in found.values():
                await each_batch(records)
                heard += len(records)
            if found:
                await consumer.commit()
        return time.perf_counter() - began
    finally:
        await consumer.stop()


async def only_json(records: Sequence[Any]) -> None:
    """Decode and forget."""
    for record in records:
        json.loads(record.value)


def into_sqlite(path: Path, *, is_bulk: bool) -> EachBatch:
    """An upsert and a commit for each fact; in bulk, one transaction for the records of a partition."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE pages (id TEXT PRIMARY KEY, applied INTEGER, state TEXT)")

    async def each_batch(records: Sequence[Any]) -> None:
        if is_bulk:
            connection.execute("BEGIN")
        for record in records:
            page, sequence = _page_of(record)
            connection.execute(_UPSERT, (page["petition_id"], sequence, json.dumps(page)))
        if is_bulk:
            connection.execute("COMMIT")

    return each_batch


def into_mongodb(uri: str, database: str, *, is_bulk: bool) -> EachBatch:
    """An upsert for each fact; in bulk, one ordered bulk write for the records of a partition."""
    client: Any = AsyncIOMotorClient(uri)
    pages = client.get_database(database, write_concern=WriteConcern(w="majority", j=True))["pages"]

    async def each_batch(records: Sequence[Any]) -> None:
        moves = [_move(*_page_of(record)) for record in records]
        if is_bulk:
            await pages.bulk_write([UpdateOne(*move, upsert=True) for move in moves])
            return
        for known, change in moves:
            try:
                await pages.update_one(known, change, upsert=True)
            except DuplicateKeyError:
                continue  # heard before

    return each_batch


def _move(page: dict[str, Any], sequence: int) -> tuple[dict[str, Any], dict[str, Any]]:
    known = {"_id": page["petition_id"], "applied": {"$not": {"$gte": sequence}}}
    return known, {"$set": {"applied": sequence, "state": page}}


def _page_of(record: Any) -> tuple[dict[str, Any], int]:
    """The document that our handler keeps too, and the sequence that makes the write idempotent."""
    fact = json.loads(record.value)
    sequence = int(dict(record.headers)["ce_sequence"])
    return {"petition_id": fact["petition_id"], "kind": fact["kind"], "code": fact["code"], "heard": sequence}, sequence
