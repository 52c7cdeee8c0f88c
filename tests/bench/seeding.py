"""A ledger that holds many petitions: copies of one that intake filed itself, under ids and codes of their own.

They are put in by bulk, below the ledger's port and in its own storage format: the document, its two facts in the
history, and every index. What is not real is that all came on one day, with the same sealed words and the hashes of
their pattern.
"""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from pymongo import MongoClient
from pymongo.collection import Collection

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # pragma: allowlist secret (Crockford letters)
_SCATTER: Final = 387_420_489
_CODES: Final = 1 << 30
_SQLITE_BATCH: Final = 5_000
_MONGO_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many petitions are in, and what it took."""

    petitions: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Copy:
    """What is its own in each copy."""

    petition_id: str
    code: str


def copies(count: int) -> Iterator[_Copy]:
    """In the order of their ids, so that a bulk insert appends; codes are scattered."""
    for number, petition_id in enumerate(sorted(str(uuid4()) for _ in range(count))):
        scattered = number * _SCATTER % _CODES
        code = "".join(_LETTERS[(scattered >> shift) & 31] for shift in range(25, -1, -5))
        yield _Copy(petition_id, f"HS26-{code}")


def seed_sqlite(path: Path, count: int, budget_seconds: float) -> Seeded:
    """Fill a ledger file that holds exactly one petition, for so long at most."""
    began = time.monotonic()
    with sqlite3.connect(path, isolation_level=None) as connection:
        for pragma in ("synchronous = OFF", "cache_size = -1000000", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        columns = "id, version, keys, pending_count, pending_since, applied, heads, pending, state"
        pattern = connection.execute(f"SELECT {columns} FROM documents_petitions").fetchone()  # noqa: S608
        facts = connection.execute("SELECT stream, sequence, envelope, fact_id FROM history").fetchall()
        code = connection.execute("SELECT key_code FROM documents_petitions").fetchone()[0]
        done, made = 0, copies(count)
        while (batch := _next(made, _SQLITE_BATCH)) and time.monotonic() - began < budget_seconds:
            rows, said = _sqlite_rows(batch, pattern, code, facts)
            connection.execute("BEGIN")
            connection.executemany(
                f"INSERT INTO documents_petitions ({columns}) VALUES (?,?,?,?,?,?,?,?,?)",  # noqa: S608 - our own names
                rows,
            )
            connection.executemany(
                "INSERT INTO history (stream, subject, sequence, fact_id, envelope) VALUES (?,?,?,?,?)", said
            )
            connection.execute("COMMIT")
            done += len(batch)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return Seeded(done, time.monotonic() - began)


def _sqlite_rows(
    batch: list[_Copy], pattern: tuple[Any, ...], code: str, facts: list[tuple[Any, ...]]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    petition_id, version, keys, _, _, applied, heads, pending, state = pattern
    rows, said = [], []
    for one in batch:
        own = state.replace(petition_id, one.petition_id).replace(code, one.code)
        rows.append((one.petition_id, version, keys.replace(code, one.code), 0, None, applied, heads, pending, own))
        for stream, sequence, envelope, fact_id in facts:
            fresh = str(uuid4())
            text = envelope.replace(petition_id, one.petition_id).replace(fact_id, fresh).replace(code, one.code)
            said.append((stream, one.petition_id, sequence, fresh, text))
    return rows, said


def seed_mongodb(uri: str, pattern_database: str, database: str, count: int, budget_seconds: float) -> Seeded:
    """Fill a database whose collections and indexes exist and are empty, for so long at most."""
    began = time.monotonic()
    with MongoClient[dict[str, Any]](uri) as client:
        patterns, target = client[pattern_database], client[database]
        pattern = patterns["documents_petitions"].find_one()
        facts = list(patterns["history"].find())
        assert pattern is not None, "intake filed one petition before"
        for memory in patterns["documents_bus_memory"].find():
            target["documents_bus_memory"].insert_one(memory)
        done, place, made = 0, 0, copies(count)
        while (batch := _next(made, _MONGO_BATCH)) and time.monotonic() - began < budget_seconds:
            target["documents_petitions"].insert_many([_mongo_document(pattern, one) for one in batch], ordered=True)
            place = _insert_history(target["history"], facts, batch, place)
            done += len(batch)
    return Seeded(done, time.monotonic() - began)


def _mongo_document(pattern: dict[str, Any], one: _Copy) -> dict[str, Any]:
    state = pattern["state"]
    filed = state["filed"] | {"petition_id": one.petition_id, "code": one.code}
    return pattern | {
        "_id": one.petition_id,
        "state": state | {"id": one.petition_id, "code": one.code, "filed": filed},
        "keys": pattern["keys"] | {"code": one.code},
    }


def _insert_history(
    history: "Collection[dict[str, Any]]", facts: list[dict[str, Any]], batch: list[_Copy], place: int
) -> int:
    lines = []
    for one in batch:
        for kept in facts:
            place += 1
            slug, _, sequence = kept["_id"].split(":")
            fact = kept["fact"] | {"id": str(uuid4()), "subject": one.petition_id}
            lines.append({"_id": f"{slug}:{one.petition_id}:{sequence}", "place": place, "fact": fact})
    history.insert_many(lines, ordered=True)
    return place


def _next(made: Iterator[_Copy], count: int) -> list[_Copy]:
    return list(islice(made, count))
