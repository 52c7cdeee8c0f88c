"""The embedded ledger: one SQLite file, one row per aggregate."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from contracts.facts.base import utc_text
from contracts.facts.envelope import Envelope
from services.chassis.ledger import sqlite_rows as rows
from services.chassis.ledger.port import Change, Collection, Document, Position, Said, Scalar, Where
from services.chassis.ledger.portable import (
    DOCUMENT_MAX_BYTES,
    refuse_unportable_change,
    refuse_unportable_collection,
    refuse_unportable_search,
)
from services.chassis.ledger.refusals import document_too_large
from services.chassis.ledger.sqlite_file import SqliteFile


class SqliteLedger:
    """A ``LedgerEngine`` on one file in WAL mode, durable at every acknowledgement (``synchronous=FULL``)."""

    def __init__(
        self, path: Path, *, readers: int = 4, timeout_seconds: float = 10.0, page_limit: int | None = None
    ) -> None:
        self.name = f"sqlite {sqlite3.sqlite_version}"
        self._file = SqliteFile(path, readers=readers, timeout_seconds=timeout_seconds, page_limit=page_limit)
        self._collections: dict[str, Collection] = {}

    async def open(self, collections: Sequence[Collection]) -> None:
        for collection in collections:
            refuse_unportable_collection(collection)
        if not self._file.is_running:
            self._file.start()
        await self._file.write(lambda connection: rows.make_tables(connection, collections))
        self._collections |= {collection.name: collection for collection in collections}

    async def close(self) -> None:
        await self._file.stop()

    async def ping(self) -> None:
        await self._file.read(lambda connection: connection.execute("SELECT count(*) FROM sqlite_schema").fetchone())

    async def read(self, collection: str, document_id: str) -> Document | None:
        return (await self.read_many(collection, [document_id])).get(document_id)

    async def read_many(self, collection: str, document_ids: Sequence[str]) -> dict[str, Document]:
        table = self._table(collection)
        found = await self._file.read(lambda connection: rows.rows_by_id(connection, table, document_ids))
        return {row[0]: rows.document(row) for row in found}

    async def insert(self, collection: str, document_id: str, change: Change) -> None:
        table, parameters = self._table(collection), self._parameters(collection, document_id, change)
        await self._file.write(lambda connection: rows.insert(connection, table, parameters))

    async def update(self, collection: str, document_id: str, expected_version: int, change: Change) -> bool:
        table, parameters = self._table(collection), self._parameters(collection, document_id, change)
        parameters["version"] = expected_version
        return await self._file.write(lambda connection: rows.update(connection, table, parameters))

    async def select(
        self, collection: str, where: Where, *, order_by: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[Document]:
        table = self._table(collection)
        refuse_unportable_search(self._collections[collection], where, order_by, after)
        condition, parameters = rows.condition(where)
        # A plus keeps the planner from walking all ids to save a sort: few rows match a range, often none.
        by_id = "+id" if where.at_most or where.prefix else "id"
        if after is not None:
            condition, parameters = f"{condition} AND {by_id} > ?", [*parameters, after]
        order = by_id if order_by is None else f"key_{order_by}, id"
        question = f"SELECT {rows.COLUMNS} FROM {table} WHERE {condition} ORDER BY {order} LIMIT ?"  # noqa: S608 - checked names
        return await self._documents(question, [*parameters, limit])

    async def count(self, collection: str, where: Where) -> int:
        table = self._table(collection)
        refuse_unportable_search(self._collections[collection], where, None, None)
        condition, parameters = rows.condition(where)
        return await self._number(f"SELECT count(*) FROM {table} WHERE {condition}", parameters)  # noqa: S608 - the same

    async def delete(self, collection: str, document_id: str) -> None:
        table = self._table(collection)
        await self._file.write(lambda connection: rows.delete(connection, table, document_id))

    async def with_pending(self, collection: str, limit: int, *, after: Document | None = None) -> list[Document]:
        table = self._table(collection)
        begin = (utc_text(after.pending[0].time), after.id) if after is not None and after.pending else ("", "")
        question = (
            f"SELECT {rows.COLUMNS} FROM {table} WHERE pending_since IS NOT NULL"  # noqa: S608 - the same
            " AND (pending_since, id) > (?, ?) ORDER BY pending_since, id LIMIT ?"
        )
        return await self._documents(question, [*begin, limit])

    async def pending_stats(self, collection: str) -> tuple[int, datetime | None]:
        table = self._table(collection)
        question = f"SELECT sum(pending_count), min(pending_since) FROM {table} WHERE pending_since IS NOT NULL"  # noqa: S608
        waiting, since = await self._file.read(lambda connection: connection.execute(question).fetchone())
        return waiting or 0, None if since is None else datetime.fromisoformat(since)

    async def forget_pending(self, collection: str, document_id: str, fact_ids: Sequence[str]) -> int:
        table, known = self._table(collection), frozenset(fact_ids)
        return await self._file.write(lambda connection: rows.forget(connection, table, document_id, known))

    async def remember(self, envelopes: Sequence[Envelope]) -> None:
        lines = [rows.history_row(envelope) for envelope in envelopes]
        await self._file.write(lambda connection: rows.remember(connection, lines))

    async def settle(self, said: Sequence[Said]) -> None:
        """One job, one commit: remembered and forgotten together, or neither."""
        settled = [
            rows.Settled(
                self._table(each.collection), each.document_id, [rows.history_row(fact) for fact in each.facts]
            )
            for each in said
        ]
        await self._file.write(lambda connection: rows.settle(connection, settled))

    async def history(
        self, stream: str, *, subject: str | None = None, after: str | None = None, limit: int = 500
    ) -> list[Envelope]:
        texts = await self._file.read(lambda connection: rows.history(connection, stream, subject, after, limit))
        return [Envelope.from_document(orjson.loads(text)) for text in texts]

    async def has_history(self, stream: str) -> bool:
        return bool(await self._number("SELECT EXISTS (SELECT 1 FROM history WHERE stream = ?)", [stream]))

    async def positions(self, group: str, keys: Sequence[str]) -> dict[str, Position]:
        question = (
            "SELECT key, sequence, hash FROM positions WHERE listener = ? AND key IN (SELECT value FROM json_each(?))"
        )
        parameters = [group, rows.text(list(keys))]
        found = await self._file.read(lambda connection: connection.execute(question, parameters).fetchall())
        return {row[0]: Position(*row) for row in found}

    async def advance(self, group: str, positions: Sequence[Position]) -> None:
        lines = [(group, position.key, position.sequence, position.hash) for position in positions]
        await self._file.write(lambda connection: rows.advance(connection, lines))

    def _table(self, collection: str) -> str:
        return f"documents_{self._collections[collection].name}"

    def _parameters(self, collection: str, document_id: str, change: Change) -> dict[str, Any]:
        refuse_unportable_change(self._collections[collection], change)
        mark = change.mark
        state, pending = rows.text(change.state), rows.text([envelope.to_document() for envelope in change.pending])
        if len(state.encode()) + len(pending.encode()) > DOCUMENT_MAX_BYTES:
            raise document_too_large(DOCUMENT_MAX_BYTES)
        return {
            "id": document_id,
            "state": state,
            "keys": rows.text(dict(change.keys)),
            "heads": rows.text({slug: [head.sequence, head.hash] for slug, head in change.heads.items()}),
            "applied": rows.text({mark.key: mark.sequence} if mark else {}),
            "pending": pending,
            "pending_count": len(change.pending),
            "pending_since": utc_text(change.pending[0].time) if change.pending else None,
            "mark_path": f'$."{mark.key}"' if mark else None,
            "mark_sequence": mark.sequence if mark else None,
        }

    async def _documents(self, question: str, parameters: Sequence[Scalar]) -> list[Document]:
        found = await self._file.read(lambda connection: connection.execute(question, parameters).fetchall())
        return [rows.document(row) for row in found]

    async def _number(self, question: str, parameters: Sequence[Scalar]) -> int:
        def ask(connection: sqlite3.Connection) -> int:
            return int(connection.execute(question, parameters).fetchone()[0])

        return await self._file.read(ask)


__all__ = ["SqliteLedger"]
