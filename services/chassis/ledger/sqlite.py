"""The embedded ledger: one SQLite file, one row per aggregate."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.errors import Conflict, NotFound
from contracts.facts.base import utc_text
from contracts.facts.envelope import Envelope
from services.chassis.ledger.port import Change, Collection, Document, Head, Position, Scalar, Where
from services.chassis.ledger.portable import (
    refuse_unportable_change,
    refuse_unportable_collection,
    refuse_unportable_search,
)
from services.chassis.ledger.sqlite_file import SqliteFile

_SHARED_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS history (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        stream TEXT NOT NULL, subject TEXT NOT NULL, sequence INTEGER NOT NULL,
        fact_id TEXT NOT NULL, envelope TEXT NOT NULL,
        UNIQUE (stream, subject, sequence))""",
    "CREATE INDEX IF NOT EXISTS history_by_place ON history (stream, place)",
    "CREATE UNIQUE INDEX IF NOT EXISTS history_by_fact ON history (fact_id)",
    """CREATE TRIGGER IF NOT EXISTS history_is_not_rewritten BEFORE UPDATE ON history
        BEGIN SELECT RAISE(ABORT, 'history is append-only'); END""",
    """CREATE TRIGGER IF NOT EXISTS history_is_not_erased BEFORE DELETE ON history
        BEGIN SELECT RAISE(ABORT, 'history is append-only'); END""",
    """CREATE TABLE IF NOT EXISTS positions (
        listener TEXT NOT NULL, key TEXT NOT NULL, sequence INTEGER NOT NULL, hash TEXT NOT NULL,
        PRIMARY KEY (listener, key)) WITHOUT ROWID""",
)
_GROWN_ROWS: Final = 20_000
_SAMPLED_ROWS: Final = 100_000
_COLUMNS: Final = "id, version, state, keys, applied, heads, pending"


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
        await self._file.write(lambda connection: _make_tables(connection, collections))
        self._collections |= {collection.name: collection for collection in collections}

    async def close(self) -> None:
        await self._file.stop()

    async def ping(self) -> None:
        await self._file.read(lambda connection: connection.execute("SELECT count(*) FROM sqlite_schema").fetchone())

    async def read(self, collection: str, document_id: str) -> Document | None:
        return (await self.read_many(collection, [document_id])).get(document_id)

    async def read_many(self, collection: str, document_ids: Sequence[str]) -> dict[str, Document]:
        table = self._table(collection)
        found = await self._file.read(lambda connection: _rows_by_id(connection, table, document_ids))
        return {row[0]: _document(row) for row in found}

    async def insert(self, collection: str, document_id: str, change: Change) -> None:
        table, parameters = self._table(collection), self._parameters(collection, document_id, change)
        await self._file.write(lambda connection: _insert(connection, table, parameters))

    async def update(self, collection: str, document_id: str, expected_version: int, change: Change) -> bool:
        table, parameters = self._table(collection), self._parameters(collection, document_id, change)
        parameters["version"] = expected_version
        return await self._file.write(lambda connection: _update(connection, table, parameters))

    async def select(
        self, collection: str, where: Where, *, order_by: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[Document]:
        table = self._table(collection)
        refuse_unportable_search(self._collections[collection], where, order_by, after)
        condition, parameters = _condition(where)
        if after is not None:
            condition, parameters = f"{condition} AND id > ?", [*parameters, after]
        order = "id" if order_by is None else f"key_{order_by}, id"
        question = f"SELECT {_COLUMNS} FROM {table} WHERE {condition} ORDER BY {order} LIMIT ?"  # noqa: S608 - checked names
        return await self._documents(question, [*parameters, limit])

    async def count(self, collection: str, where: Where) -> int:
        table = self._table(collection)
        refuse_unportable_search(self._collections[collection], where, None, None)
        condition, parameters = _condition(where)
        return await self._number(f"SELECT count(*) FROM {table} WHERE {condition}", parameters)  # noqa: S608 - the same

    async def delete(self, collection: str, document_id: str) -> None:
        table = self._table(collection)
        await self._file.write(lambda connection: _delete(connection, table, document_id))

    async def with_pending(self, collection: str, limit: int, *, after: Document | None = None) -> list[Document]:
        table = self._table(collection)
        begin = (utc_text(after.pending[0].time), after.id) if after is not None and after.pending else ("", "")
        question = (
            f"SELECT {_COLUMNS} FROM {table} WHERE pending_since IS NOT NULL"  # noqa: S608 - the same
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
        return await self._file.write(lambda connection: _forget(connection, table, document_id, known))

    async def remember(self, envelopes: Sequence[Envelope]) -> None:
        rows = [_history_row(envelope) for envelope in envelopes]
        await self._file.write(lambda connection: _remember(connection, rows))

    async def history(
        self, stream: str, *, subject: str | None = None, after: str | None = None, limit: int = 500
    ) -> list[Envelope]:
        texts = await self._file.read(lambda connection: _history(connection, stream, subject, after, limit))
        return [Envelope.from_document(orjson.loads(text)) for text in texts]

    async def history_size(self, stream: str) -> int:
        return await self._number("SELECT count(*) FROM history WHERE stream = ?", [stream])

    async def positions(self, group: str, keys: Sequence[str]) -> dict[str, Position]:
        question = (
            "SELECT key, sequence, hash FROM positions WHERE listener = ? AND key IN (SELECT value FROM json_each(?))"
        )
        parameters = [group, _text(list(keys))]
        rows = await self._file.read(lambda connection: connection.execute(question, parameters).fetchall())
        return {row[0]: Position(*row) for row in rows}

    async def advance(self, group: str, positions: Sequence[Position]) -> None:
        rows = [(group, position.key, position.sequence, position.hash) for position in positions]
        await self._file.write(lambda connection: _advance(connection, rows))

    def _table(self, collection: str) -> str:
        return f"documents_{self._collections[collection].name}"

    def _parameters(self, collection: str, document_id: str, change: Change) -> dict[str, Any]:
        refuse_unportable_change(self._collections[collection], change)
        mark = change.mark
        return {
            "id": document_id,
            "state": _text(change.state),
            "keys": _text(dict(change.keys)),
            "heads": _text({slug: [head.sequence, head.hash] for slug, head in change.heads.items()}),
            "applied": _text({mark.key: mark.sequence} if mark else {}),
            "pending": _text([envelope.to_document() for envelope in change.pending]),
            "pending_count": len(change.pending),
            "pending_since": utc_text(change.pending[0].time) if change.pending else None,
            "mark_path": f'$."{mark.key}"' if mark else None,
            "mark_sequence": mark.sequence if mark else None,
        }

    async def _documents(self, question: str, parameters: Sequence[Scalar]) -> list[Document]:
        rows = await self._file.read(lambda connection: connection.execute(question, parameters).fetchall())
        return [_document(row) for row in rows]

    async def _number(self, question: str, parameters: Sequence[Scalar]) -> int:
        def ask(connection: sqlite3.Connection) -> int:
            return int(connection.execute(question, parameters).fetchone()[0])

        return await self._file.read(ask)


def _make_tables(connection: sqlite3.Connection, collections: Sequence[Collection]) -> None:
    for statement in _SHARED_TABLES:
        connection.execute(statement)
    for collection in collections:
        _make_table(connection, collection)
        _measure_table(connection, f"documents_{collection.name}")


def _make_table(connection: sqlite3.Connection, collection: Collection) -> None:
    table = f"documents_{collection.name}"
    connection.execute(
        f"""CREATE TABLE IF NOT EXISTS {table} (
            id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, keys TEXT NOT NULL,
            pending_count INTEGER NOT NULL, pending_since TEXT,
            applied TEXT NOT NULL, heads TEXT NOT NULL, pending TEXT NOT NULL, state TEXT NOT NULL)"""
    )
    connection.execute(
        f"CREATE INDEX IF NOT EXISTS {table}_pending ON {table} (pending_since, id, pending_count)"
        " WHERE pending_since IS NOT NULL"
    )
    known = {row[1] for row in connection.execute(f"PRAGMA table_xinfo({table})")}
    for key in collection.keys:
        if f"key_{key}" not in known:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN key_{key} AS (json_extract(keys, '$.{key}'))")
        connection.execute(f"CREATE INDEX IF NOT EXISTS {table}_by_{key} ON {table} (key_{key}, id)")
        connection.execute(f"DROP INDEX IF EXISTS {table}_one_{key}") if key not in collection.unique else None
    for key in collection.unique:
        connection.execute(f"CREATE UNIQUE INDEX IF NOT EXISTS {table}_one_{key} ON {table} (key_{key})")


def _measure_table(connection: sqlite3.Connection, table: str) -> None:
    """Let the planner know a grown table, so that a search by two keys takes the narrower one. Small ones would
    only mislead it while they grow."""
    is_grown = f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {_GROWN_ROWS})"  # noqa: S608 - checked name
    if connection.execute(is_grown).fetchone()[0] == _GROWN_ROWS:
        connection.execute(f"PRAGMA analysis_limit = {_SAMPLED_ROWS}")
        connection.execute(f"ANALYZE {table}")


def _insert(connection: sqlite3.Connection, table: str, parameters: dict[str, Any]) -> None:
    try:
        connection.execute(
            f"""INSERT INTO {table}
                (id, version, state, keys, applied, heads, pending, pending_count, pending_since) VALUES
                (:id, 1, :state, :keys, :applied, :heads, :pending, :pending_count, :pending_since)""",  # noqa: S608
            parameters,
        )
    except sqlite3.IntegrityError as error:
        taken = connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", [parameters["id"]]).fetchone()  # noqa: S608
        raise (_exists() if taken else _key_taken()) from error


def _update(connection: sqlite3.Connection, table: str, parameters: dict[str, Any]) -> bool:
    # Pending is appended as text: both sides are JSON arrays without spaces, as orjson writes them.
    statement = f"""UPDATE {table} SET
            version = version + 1, state = :state, keys = :keys,
            heads = json_patch(heads, :heads), applied = json_patch(applied, :applied),
            pending = CASE WHEN :pending_count = 0 THEN pending WHEN pending = '[]' THEN :pending
                ELSE substr(pending, 1, length(pending) - 1) || ',' || substr(:pending, 2) END,
            pending_count = pending_count + :pending_count,
            pending_since = coalesce(pending_since, :pending_since)
        WHERE id = :id AND version = :version
            AND (:mark_path IS NULL OR coalesce(json_extract(applied, :mark_path), 0) < :mark_sequence)"""  # noqa: S608
    try:
        return connection.execute(statement, parameters).rowcount == 1
    except sqlite3.IntegrityError as error:
        raise _key_taken() from error


def _delete(connection: sqlite3.Connection, table: str, document_id: str) -> None:
    row = connection.execute(f"SELECT pending_count FROM {table} WHERE id = ?", [document_id]).fetchone()  # noqa: S608
    if row is not None and row[0] > 0:
        raise Conflict("has_pending", "Hồ sơ còn sự kiện chưa gửi đi nên chưa xóa được.")
    connection.execute(f"DELETE FROM {table} WHERE id = ?", [document_id])  # noqa: S608


def _forget(connection: sqlite3.Connection, table: str, document_id: str, known: frozenset[str]) -> int:
    row = connection.execute(f"SELECT pending FROM {table} WHERE id = ?", [document_id]).fetchone()  # noqa: S608
    waiting = [] if row is None else orjson.loads(row[0])
    left = [envelope for envelope in waiting if envelope["id"] not in known]
    if len(left) != len(waiting):
        connection.execute(
            f"UPDATE {table} SET pending = ?, pending_count = ?, pending_since = ? WHERE id = ?",  # noqa: S608
            [_text(left), len(left), left[0]["time"] if left else None, document_id],
        )
    return len(waiting) - len(left)


def _remember(connection: sqlite3.Connection, rows: Sequence[tuple[Scalar, ...]]) -> None:
    for row in rows:
        place = row[:3]
        known = connection.execute(
            "SELECT fact_id FROM history WHERE stream = ? AND subject = ? AND sequence = ?", place
        ).fetchone()
        if known is None:
            connection.execute(
                "INSERT INTO history (stream, subject, sequence, fact_id, envelope) VALUES (?, ?, ?, ?, ?)", row
            )
        elif known[0] != row[3]:
            raise Conflict("history_clash", "Hai sự kiện khác nhau mang cùng một số thứ tự.")


def _history(
    connection: sqlite3.Connection, stream: str, subject: str | None, after: str | None, limit: int
) -> list[str]:
    place, sequence = _place_of(connection, stream, after)
    if subject is None:
        question = "SELECT envelope FROM history WHERE stream = ? AND place > ? ORDER BY place LIMIT ?"
        rows = connection.execute(question, [stream, place, limit])
    else:
        question = (
            "SELECT envelope FROM history WHERE stream = ? AND subject = ? AND sequence > ? ORDER BY sequence LIMIT ?"
        )
        rows = connection.execute(question, [stream, subject, sequence, limit])
    return [row[0] for row in rows]


def _place_of(connection: sqlite3.Connection, stream: str, fact_id: str | None) -> tuple[int, int]:
    if fact_id is None:
        return 0, 0
    question = "SELECT place, sequence FROM history WHERE stream = ? AND fact_id = ?"
    row: tuple[int, int] | None = connection.execute(question, [stream, fact_id]).fetchone()
    if row is None:
        raise NotFound("no_fact", "Không có sự kiện này trong nhật ký.")
    return row


def _advance(connection: sqlite3.Connection, rows: Iterable[tuple[str, str, int, str]]) -> None:
    connection.executemany(
        "INSERT INTO positions (listener, key, sequence, hash) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash"
        " WHERE excluded.sequence > positions.sequence",
        rows,
    )


def _rows_by_id(connection: sqlite3.Connection, table: str, ids: Sequence[str]) -> list[tuple[Any, ...]]:
    question = f"SELECT {_COLUMNS} FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - checked name
    if len(ids) == 1:
        question = f"SELECT {_COLUMNS} FROM {table} WHERE id = ?"  # noqa: S608 - the same
        return connection.execute(question, [ids[0]]).fetchall()
    return connection.execute(question, [_text(list(ids))]).fetchall()


def _condition(where: Where) -> tuple[str, list[Scalar]]:
    """SQL for a search. ``None`` means: the key has no value, as on every engine."""
    parts: list[str] = ["1"]
    parameters: list[Scalar] = []
    for key, value in where.equal.items():
        parts.append(f"key_{key} IS ?")
        parameters.append(value)
    for key, values in where.one_of.items():
        named = [value for value in values if value is not None]
        or_none = f" OR key_{key} IS NULL" if len(named) < len(values) else ""
        parts.append(f"(key_{key} IN ({','.join('?' * len(named))}){or_none})")
        parameters += named
    for key, value in where.at_most.items():
        parts.append(f"key_{key} <= ?")
        parameters.append(value)
    for key, prefix in where.prefix.items():
        parts.append(f"key_{key} >= ?")
        parameters.append(prefix)
        if end := _end_of_prefix(prefix):
            parts.append(f"key_{key} < ?")
            parameters.append(end)
    return " AND ".join(parts), parameters


def _end_of_prefix(prefix: str) -> str:
    """The first text after all that begin with the prefix, in the order of code points; empty: there is none."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return ""
    after = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if after == 0xD800 else after)  # noqa: PLR2004 - surrogates are no characters


def _document(row: tuple[Any, ...]) -> Document:
    document_id, version, state, keys, applied, heads, pending = row
    return Document(
        id=document_id,
        version=version,
        state=orjson.loads(state),
        keys=orjson.loads(keys),
        applied=orjson.loads(applied),
        heads={slug: Head(*head) for slug, head in orjson.loads(heads).items()},
        pending=tuple(Envelope.from_document(envelope) for envelope in orjson.loads(pending)),
    )


def _history_row(envelope: Envelope) -> tuple[Scalar, ...]:
    text = _text(envelope.to_document())
    return envelope.stream, envelope.subject, envelope.sequence, str(envelope.id), text


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _exists() -> Conflict:
    return Conflict("exists", "Hồ sơ với mã này đã có.")


def _key_taken() -> Conflict:
    return Conflict("key_taken", "Mã tra cứu này đã thuộc về hồ sơ khác.")


__all__ = ["SqliteLedger"]
