"""What stands beside intake: a bare FastAPI route with the same document, the same bytes and no guarantees.

It takes the same body, inserts the same document into the same table with the same indexes, durably (SQLite:
``synchronous=FULL``, a commit for each request; MongoDB: majority, journaled), then publishes the same records with
``send_and_wait``, and answers. No token, no sealing, no idempotency, no outbox, no history, no chain, no trace, no
metric. If it dies between the two writes the fact is lost; if Kafka is away it answers 500.

    python -m tests.bench.bare <settings as JSON>
"""

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

import orjson
import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient

from services.intake.domain import PetitionDraft

Insert = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BareSettings:
    """``document``: one that intake itself made. ``records``: topic, value and headers that intake said of it."""

    port: int
    kafka: str
    sqlite: str | None
    mongodb: str | None
    database: str
    document: dict[str, Any]
    records: list[tuple[str, str, list[tuple[str, str]]]]

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def make_bare_app(settings: BareSettings) -> FastAPI:
    """One route."""
    producer: AIOKafkaProducer
    insert: Insert
    records = [
        (topic, value.encode(), [(name, text.encode()) for name, text in headers])
        for topic, value, headers in settings.records
    ]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        nonlocal producer, insert
        producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
        insert = _into_sqlite(settings) if settings.sqlite else _into_mongodb(settings)
        await producer.start()
        yield
        await producer.stop()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None)

    @app.post("/v1/petitions", status_code=201)
    async def file(draft: PetitionDraft) -> dict[str, str]:
        petition_id, code = str(uuid4()), uuid4().hex
        await insert(petition_id, code)
        key = petition_id.encode()
        await asyncio.gather(
            *(producer.send_and_wait(topic, value, key=key, headers=headers) for topic, value, headers in records)
        )
        return {"petition_id": petition_id, "code": code, "kind": draft.kind}

    return app


def _into_sqlite(settings: BareSettings) -> Insert:
    """One connection, used in a thread, a commit for each document."""
    kept = settings.document
    connection = sqlite3.connect(settings.sqlite or "", isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    one_at_a_time = asyncio.Lock()
    statement = (
        "INSERT INTO documents_petitions (id, version, state, keys, applied, heads, pending, pending_count)"
        " VALUES (?, 1, ?, ?, '{}', ?, '[]', 0)"
    )

    async def insert(petition_id: str, code: str) -> None:
        state = orjson.dumps(kept["state"] | {"id": petition_id, "code": code}).decode()
        keys = orjson.dumps(kept["keys"] | {"code": code}).decode()
        heads = orjson.dumps(kept["heads"]).decode()
        async with one_at_a_time:
            await asyncio.to_thread(connection.execute, statement, (petition_id, state, keys, heads))

    return insert


def _into_mongodb(settings: BareSettings) -> Insert:
    kept = settings.document
    client: Any = AsyncIOMotorClient(settings.mongodb, w="majority", journal=True)
    documents = client[settings.database]["documents_petitions"]

    async def insert(petition_id: str, code: str) -> None:
        document = kept | {"_id": petition_id, "version": 1, "applied": {}, "pending": [], "outbox": 0}
        document |= {"state": kept["state"] | {"id": petition_id, "code": code}, "keys": kept["keys"] | {"code": code}}
        await documents.insert_one(document)

    return insert


if __name__ == "__main__":
    told = BareSettings(**json.loads(sys.argv[1]))
    uvicorn.run(make_bare_app(told), port=told.port, log_level="critical", access_log=False, server_header=False)
