"""The tables, statements and rows of the embedded ledger. Everything here runs inside a job on one connection.

Table names are built from collection names that ``portable`` has checked; values are always bound.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from contracts.facts.envelope import Envelope
from services.chassis.ledger import refusals
from services.chassis.ledger.port import Collection, Document, Head, Scalar, Where
from services.chassis.ledger.portable import end_of_prefix

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
COLUMNS: Final = "id, version, state, keys, applied, heads, pending"


HistoryRow = tuple[str, str, int, str, str]
"""Stream, subject, sequence, fact id, envelope."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What one document has said, as it will stand in the history."""

    table: str
    document_id: str
    rows: list[HistoryRow]


def make_tables(connection: sqlite3.Connection, collections: Sequence[Collection]) -> None:
    """Tables and indexes of the ledger; harmless when they are there."""
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
        if key in collection.unique:
            connection.execute(f"CREATE UNIQUE INDEX IF NOT EXISTS {table}_one_{key} ON {table} (key_{key})")
        else:
            connection.execute(f"DROP INDEX IF EXISTS {table}_one_{key}")


def _measure_table(connection: sqlite3.Connection, table: str) -> None:
    """Let the planner know a grown table, so that a search by two keys takes the narrower one. Small ones would
    only mislead it while they grow."""
    is_grown = f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {_GROWN_ROWS})"  # noqa: S608 - checked name
    if connection.execute(is_grown).fetchone()[0] == _GROWN_ROWS:
        connection.execute(f"PRAGMA analysis_limit = {_SAMPLED_ROWS}")
        connection.execute(f"ANALYZE {table}")


def insert(connection: sqlite3.Connection, table: str, parameters: dict[str, Any]) -> None:
    """A new document at version 1. Errors: Conflict("exists"), Conflict("key_taken")."""
    try:
        connection.execute(
            f"""INSERT INTO {table}
                (id, version, state, keys, applied, heads, pending, pending_count, pending_since) VALUES
                (:id, 1, :state, :keys, :applied, :heads, :pending, :pending_count, :pending_since)""",  # noqa: S608
            parameters,
        )
    except sqlite3.IntegrityError as error:
        taken = connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", [parameters["id"]]).fetchone()  # noqa: S608
        raise (refusals.exists() if taken else refusals.key_taken()) from error


def update(connection: sqlite3.Connection, table: str, parameters: dict[str, Any]) -> bool:
    """The one version-filtered update; False when it does not fit. Errors: Conflict("key_taken")."""
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
        raise refusals.key_taken() from error


def delete(connection: sqlite3.Connection, table: str, document_id: str) -> None:
    """Remove a document that has nothing to say. Errors: Conflict("has_pending")."""
    row = connection.execute(f"SELECT pending_count FROM {table} WHERE id = ?", [document_id]).fetchone()  # noqa: S608
    if row is not None and row[0] > 0:
        raise refusals.has_pending()
    connection.execute(f"DELETE FROM {table} WHERE id = ?", [document_id])  # noqa: S608


def forget(connection: sqlite3.Connection, table: str, document_id: str, known: frozenset[str]) -> int:
    """Take exactly the known facts out of the outbox; how many there were."""
    row = connection.execute(f"SELECT pending FROM {table} WHERE id = ?", [document_id]).fetchone()  # noqa: S608
    waiting = [] if row is None else orjson.loads(row[0])
    left = [envelope for envelope in waiting if envelope["id"] not in known]
    if len(left) != len(waiting):
        connection.execute(
            f"UPDATE {table} SET pending = ?, pending_count = ?, pending_since = ? WHERE id = ?",  # noqa: S608
            [text(left), len(left), left[0]["time"] if left else None, document_id],
        )
    return len(waiting) - len(left)


def settle(connection: sqlite3.Connection, settled: Iterable[Settled]) -> None:
    """Remember and forget. Errors: Conflict("history_clash")."""
    for each in settled:
        remember(connection, each.rows)
        # As the drawer wrote them: when nothing else waits there, no JSON has to be taken apart.
        everything = f"[{','.join(row[4] for row in each.rows)}]"
        emptied = connection.execute(
            f"UPDATE {each.table} SET pending = '[]', pending_count = 0, pending_since = NULL"  # noqa: S608 - checked name
            " WHERE id = ? AND pending = ?",
            [each.document_id, everything],
        )
        if not emptied.rowcount:
            forget(connection, each.table, each.document_id, frozenset(row[3] for row in each.rows))


def remember(connection: sqlite3.Connection, rows: Iterable[HistoryRow]) -> None:
    """Append to the history what is not there yet. Errors: Conflict("history_clash")."""
    for row in rows:
        kept = connection.execute(
            "INSERT INTO history (stream, subject, sequence, fact_id, envelope) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            row,
        )
        if not kept.rowcount and _fact_at(connection, row[:3]) != row[3]:
            raise refusals.history_clash()


def _fact_at(connection: sqlite3.Connection, place: tuple[str, str, int]) -> str | None:
    question = "SELECT fact_id FROM history WHERE stream = ? AND subject = ? AND sequence = ?"
    row: tuple[str] | None = connection.execute(question, place).fetchone()
    return None if row is None else row[0]


def history(
    connection: sqlite3.Connection, stream: str, subject: str | None, after: str | None, limit: int
) -> list[str]:
    """Envelopes as JSON. Errors: NotFound("no_fact")."""
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
        raise refusals.no_fact()
    return row


def advance(connection: sqlite3.Connection, rows: Iterable[tuple[str, str, int, str]]) -> None:
    """Move positions forward only."""
    connection.executemany(
        "INSERT INTO positions (listener, key, sequence, hash) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash"
        " WHERE excluded.sequence > positions.sequence",
        rows,
    )


def rows_by_id(connection: sqlite3.Connection, table: str, ids: Sequence[str]) -> list[tuple[Any, ...]]:
    """Those of the documents that exist."""
    question = f"SELECT {COLUMNS} FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - checked name
    if len(ids) == 1:
        question = f"SELECT {COLUMNS} FROM {table} WHERE id = ?"  # noqa: S608 - the same
        return connection.execute(question, [ids[0]]).fetchall()
    return connection.execute(question, [text(list(ids))]).fetchall()


def condition(where: Where) -> tuple[str, list[Scalar]]:
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
        if end := end_of_prefix(prefix):
            parts.append(f"key_{key} < ?")
            parameters.append(end)
    return " AND ".join(parts), parameters


def document(row: tuple[Any, ...]) -> Document:
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


def history_row(envelope: Envelope) -> HistoryRow:
    return envelope.stream, envelope.subject, envelope.sequence, str(envelope.id), text(envelope.to_document())


def text(value: Any) -> str:
    return orjson.dumps(value).decode()
