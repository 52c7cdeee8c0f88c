"""The ledger on MongoDB 7/8, or on an engine that speaks its protocol. The only file that knows the driver (Motor).

Needs a replica set to survive the loss of a machine; uses no transaction, no session, no pipeline update, no change
stream. Writes are acknowledged by a majority and journaled; reads come from the primary and, on a replica set, are
majority-committed: what was read is never rolled back, so a version seen once means one state for ever. The history
is append-only by what this code does; give the service's account ``find`` and ``insert`` only on ``history``.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import SecretStr
from pymongo import ASCENDING, DESCENDING, ReadPreference, UpdateOne, WriteConcern
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.uri_parser import parse_uri

from contracts.errors import Refused
from contracts.facts.envelope import Envelope
from services.chassis.ledger import mongo_documents as documents
from services.chassis.ledger import refusals
from services.chassis.ledger.mongo_history import Rememberer
from services.chassis.ledger.port import Change, Collection, Document, Json, Position, Said, Where
from services.chassis.ledger.portable import (
    DOCUMENT_MAX_BYTES,
    refuse_unportable_change,
    refuse_unportable_collection,
    refuse_unportable_search,
)
from services.chassis.telemetry import get_log

T = TypeVar("T")

_FORGET_TRIES: Final = 200
_MILLISECONDS: Final = 1_000
_DUPLICATE: Final = 11_000
_TOO_LARGE_CODES: Final = frozenset({10_334, 17_280, 17_419, 17_420})
_FULL_CODES: Final = frozenset({14_031})
_AWAY_CODES: Final = frozenset(
    {6, 7, 13, 18, 24, 43, 46, 50, 64, 79, 89, 91, 100, 112, 133, 134, 175, 189, 202, 237, 262, 317, 358, 384}
    | {9_001, 10_058, 10_107, 11_600, 11_602, 13_388, 13_435, 13_436}
)
"""Not reachable, not primary, stepping down, shutting down, interrupted, out of time, not allowed in (any more),
too few members for a majority: the same call may work later."""
_CODEC: Final[CodecOptions[Json]] = CodecOptions(
    tz_aware=True, tzinfo=UTC, uuid_representation=UuidRepresentation.STANDARD
)
_LOCAL: Final = ReadConcern("local")


class MongoLedger:
    """A ``LedgerEngine`` on one database. One client on one event loop: ``open`` again to move to another loop.

    ``timeout_seconds`` bounds every call, also when the server is frozen; a write that ran into it is done or not done,
    whole. ``uri`` may carry credentials: it is said nowhere.
    """

    def __init__(self, uri: SecretStr, *, database: str, timeout_seconds: float = 5.0) -> None:
        self.name = "mongodb"
        self._uri = uri
        self.database = database
        self._timeout_seconds = timeout_seconds
        self._collections: dict[str, Collection] = {}
        self._client: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._concern = ReadConcern()
        self._in_hand = 0
        self._is_idle = asyncio.Event()
        self._rememberer = Rememberer(self)

    async def open(self, collections: Sequence[Collection]) -> None:
        for collection in collections:
            refuse_unportable_collection(collection)
        if self._client is None or self._loop is not asyncio.get_running_loop():
            await self.close()
            self._connect()
        try:
            await self._meet()
            await self._make_indexes(collections)
        except BaseException:
            await self.close()
            raise
        self._collections |= {collection.name: collection for collection in collections}

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(self._timeout_seconds if self._loop is asyncio.get_running_loop() else 0):
                while self._in_hand:
                    self._is_idle.clear()
                    await self._is_idle.wait()
        except TimeoutError:
            get_log().warning("ledger.closed_with_work_in_hand", count=self._in_hand)
        await asyncio.to_thread(client.delegate.close)

    async def ping(self) -> None:
        await self._answer(self._mongo().command("ping"))

    async def read(self, collection: str, document_id: str) -> Document | None:
        kept = await self._answer(self._documents(collection).find_one({"_id": document_id}))
        return None if kept is None else documents.document(kept)

    async def read_many(self, collection: str, document_ids: Sequence[str]) -> dict[str, Document]:
        if not document_ids:
            return {}
        found = await self._found(self._documents(collection), {"_id": {"$in": list(document_ids)}})
        return {kept["_id"]: documents.document(kept) for kept in found}

    async def insert(self, collection: str, document_id: str, change: Change) -> None:
        refuse_unportable_change(self._collections[collection], change)
        kept = self._documents(collection)
        try:
            await self._answer(kept.insert_one(documents.new_document(document_id, change)))
        except DuplicateKeyError as error:
            raise (refusals.exists() if await self._is_there(kept, document_id) else refusals.key_taken()) from error

    async def update(self, collection: str, document_id: str, expected_version: int, change: Change) -> bool:
        refuse_unportable_change(self._collections[collection], change)
        wanted = documents.version_filter(document_id, expected_version, change)
        update = documents.change_update(document_id, change)
        try:
            answer = await self._answer(self._documents(collection).update_one(wanted, update))
        except DuplicateKeyError as error:
            raise refusals.key_taken() from error
        return bool(answer.matched_count)

    async def select(
        self, collection: str, where: Where, *, order_by: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[Document]:
        refuse_unportable_search(self._collections[collection], where, order_by, after)
        order = [("_id", ASCENDING)] if order_by is None else [(f"keys.{order_by}", ASCENDING), ("_id", ASCENDING)]
        question = documents.search(where, after=after)
        found = await self._found(self._documents(collection), question, order, limit)
        return [documents.document(kept) for kept in found]

    async def count(self, collection: str, where: Where) -> int:
        refuse_unportable_search(self._collections[collection], where, None, None)
        return await self._count(self._documents(collection), documents.search(where))

    async def delete(self, collection: str, document_id: str) -> None:
        kept = self._documents(collection)
        answer = await self._answer(kept.delete_one({"_id": document_id, "waiting": {"$exists": False}}))
        if not answer.deleted_count and await self._is_there(kept, document_id):
            raise refusals.has_pending()

    async def with_pending(self, collection: str, limit: int, *, after: Document | None = None) -> list[Document]:
        question = documents.still_waiting(after)
        found = await self._found(self._documents(collection), question, [("waiting", ASCENDING)], limit)
        return [documents.document(kept) for kept in found]

    async def pending_stats(self, collection: str) -> tuple[int, datetime | None]:
        together = {"_id": None, "count": {"$sum": "$waiting_count"}, "since": {"$min": "$waiting"}}
        steps = [{"$match": documents.still_waiting(None)}, {"$group": together}]
        cursor = self._documents(collection).aggregate(steps, maxTimeMS=self._milliseconds)
        found = await self._answer(cursor.to_list(1))
        if not found:
            return 0, None
        return found[0]["count"], datetime.fromisoformat(found[0]["since"].split(" ", 1)[0])

    async def forget_pending(self, collection: str, document_id: str, fact_ids: Sequence[str]) -> int:
        known = frozenset(fact_ids)
        everything = documents.exactly_waiting(document_id, known)
        answer = await self._answer(self._documents(collection).update_one(everything, documents.forget_all_update()))
        if answer.matched_count:
            return len(known)
        for _ in range(_FORGET_TRIES):
            kept = await self._answer(
                self._documents(collection).find_one({"_id": document_id}, {"pending": 1, "outbox": 1})
            )
            count = 0 if kept is None else await self._forget_once(collection, kept, known)
            if count is not None:
                return count
        raise refusals.ledger_away()

    async def _forget_once(self, collection: str, kept: Json, known: frozenset[str]) -> int | None:
        """How many were taken out; none when the outbox is no longer the one that was read."""
        pending = documents.pending_of(kept)
        left = [envelope for envelope in pending if str(envelope.id) not in known]
        if len(left) == len(pending):
            return 0
        gone = [str(envelope.id) for envelope in pending if str(envelope.id) in known]
        wanted = {"_id": kept["_id"], "outbox": kept["outbox"]}
        update = documents.forget_update(kept["_id"], gone, left)
        answer = await self._answer(self._documents(collection).update_one(wanted, update))
        return len(gone) if answer.matched_count else None

    async def settle(self, said: Sequence[Said]) -> None:
        """Two round trips, more only where something else waits: all into the history, then all out of the outbox."""
        await self.remember([fact for each in said for fact in each.facts])
        by_collection: dict[str, list[Said]] = {}
        for each in said:
            by_collection.setdefault(each.collection, []).append(each)
        for collection, theirs in by_collection.items():
            await self._forget_together(collection, theirs)

    async def _forget_together(self, collection: str, said: Sequence[Said]) -> None:
        kept, known = self._documents(collection), {each.document_id: _ids_of(each) for each in said}
        empty = documents.forget_all_update()
        forgets = [UpdateOne(documents.exactly_waiting(each.document_id, _ids_of(each)), empty) for each in said]
        try:
            answer = await self._answer(kept.bulk_write(forgets, ordered=False))
        except BulkWriteError as error:
            raise _translated(error) from error
        if answer.matched_count == len(forgets):
            return
        still = {"_id": {"$in": list(known)}, "waiting": {"$exists": True}}
        for left in await self._found(kept, still, fields={"_id": 1}):
            await self.forget_pending(collection, left["_id"], known[left["_id"]])

    # the history

    async def remember(self, envelopes: Sequence[Envelope]) -> None:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._rememberer.remember(envelopes)
        except TimeoutError as error:
            raise refusals.ledger_away() from error

    async def last_place(self) -> int:
        """For ``Rememberer``: the last place of the history that cannot be rolled back."""
        last = await self._answer(
            self._mongo()[documents.HISTORY].find_one({}, {"place": 1}, sort=[("place", DESCENDING)])
        )
        return 0 if last is None else int(last["place"])

    async def insert_in_order(self, lines: Sequence[Json]) -> int:
        """For ``Rememberer``: how many were inserted before one was found taken."""
        try:
            await self._answer(self._mongo()[documents.HISTORY].insert_many(lines, ordered=True))
        except BulkWriteError as error:
            return int(_duplicates(error)[0]["index"])
        return len(lines)

    async def known(self, ids: Sequence[str]) -> Mapping[str, str]:
        """For ``Rememberer``: which facts stand under these ids."""
        history = self._mongo()[documents.HISTORY].with_options(read_concern=_LOCAL)
        found = await self._found(history, {"_id": {"$in": list(ids)}}, fields={"fact.id": 1})
        return {kept["_id"]: kept["fact"]["id"] for kept in found}

    async def history(
        self, stream: str, *, subject: str | None = None, after: str | None = None, limit: int = 500
    ) -> list[Envelope]:
        question: Json = {"fact.stream": stream} | ({} if subject is None else {"fact.subject": subject})
        order = "place" if subject is None else "fact.sequence"
        if after is not None:
            last = await self._fact(stream, after)
            question[order] = {"$gt": last["place"] if subject is None else last["fact"]["sequence"]}
        found = await self._found(self._mongo()[documents.HISTORY], question, [(order, ASCENDING)], limit)
        return [Envelope.from_document(kept["fact"]) for kept in found]

    async def _fact(self, stream: str, fact_id: str) -> Json:
        kept: Json | None = await self._answer(self._mongo()[documents.HISTORY].find_one({"fact.id": fact_id}))
        if kept is None or kept["fact"]["stream"] != stream:
            raise refusals.no_fact()
        return kept

    async def has_history(self, stream: str) -> bool:
        found = self._mongo()[documents.HISTORY].find_one({"fact.stream": stream}, {"_id": 1})
        return await self._answer(found) is not None

    # positions

    async def positions(self, group: str, keys: Sequence[str]) -> dict[str, Position]:
        if not keys:
            return {}
        ids = [documents.position_id(group, key) for key in keys]
        found = await self._found(self._mongo()[documents.POSITIONS], {"_id": {"$in": ids}})
        reached = (documents.position(group, kept) for kept in found)
        return {position.key: position for position in reached}

    async def advance(self, group: str, positions: Sequence[Position]) -> None:
        moves = [
            UpdateOne({"_id": documents.position_id(group, each.key)}, documents.position_update(each), upsert=True)
            for each in positions
        ]
        while moves:
            moves = await self._move(moves)

    async def _move(self, moves: list[UpdateOne]) -> list[UpdateOne]:
        """Those that met another first move of the same position, and have to be tried again."""
        try:
            await self._answer(self._mongo()[documents.POSITIONS].bulk_write(moves, ordered=False))
        except BulkWriteError as error:
            return [moves[each["index"]] for each in _duplicates(error)]
        return []

    # the server

    def _connect(self) -> None:
        milliseconds = self._milliseconds
        self._loop = asyncio.get_running_loop()
        self._is_idle, self._in_hand, self._rememberer = asyncio.Event(), 0, Rememberer(self)
        try:
            self._client = AsyncIOMotorClient(
                self._uri.get_secret_value(),
                io_loop=self._loop,
                appname=self.database,
                tz_aware=True,
                tzinfo=UTC,
                uuidRepresentation="standard",
                w="majority",
                journal=True,
                wTimeoutMS=milliseconds,
                readPreference="primary",
                serverSelectionTimeoutMS=milliseconds,
                connectTimeoutMS=milliseconds,
                socketTimeoutMS=milliseconds,
                waitQueueTimeoutMS=milliseconds,
                heartbeatFrequencyMS=max(milliseconds, 500),
            )
        except (OSError, PyMongoError, ValueError, TypeError) as error:
            raise _bad_address(error) from None

    async def _meet(self) -> None:
        """Learn who answers, and what its promises are worth."""
        admin = self._client.get_database("admin")
        try:
            hello = await self._answer(admin.command("hello"))
        except OperationFailure:
            hello = await self._answer(admin.command("isMaster"))  # wire engines know only the old name
        build = await self._answer(admin.command("buildInfo"))
        is_replicated = "setName" in hello or hello.get("msg") == "isdbgrid"
        self._concern = ReadConcern("majority" if is_replicated else None)
        kind = "replica set" if is_replicated else "single"
        self.name = f"mongodb {build['version']} ({kind})"

    async def _make_indexes(self, collections: Sequence[Collection]) -> None:
        mongo = self._mongo()
        history = mongo[documents.HISTORY]
        index = partial(self._index, history)
        await index("by_place", ["place"], unique=True)
        await index("by_fact", ["fact.id"], unique=True)
        await index("by_stream", ["fact.stream", "place"])
        await index("by_subject", ["fact.stream", "fact.subject", "fact.sequence"], unique=True)
        for collection in collections:
            await self._make_indexes_of(collection)

    async def _make_indexes_of(self, collection: Collection) -> None:
        kept = self._mongo()[documents.collection_name(collection.name)]
        await self._index(kept, "waiting", ["waiting"], unique=True, sparse=True)
        await self._index(kept, "waiting_count", ["waiting", "waiting_count"], sparse=True)
        known = await self._answer(kept.index_information())
        for key in collection.keys:
            await self._index(kept, f"by_{key}", [f"keys.{key}", "_id"])
            if key in collection.unique:
                await self._index(kept, f"one_{key}", [f"keys.{key}"], unique=True, sparse=True)
            elif f"one_{key}" in known:
                await self._answer(kept.drop_index(f"one_{key}"))

    async def _index(self, kept: Any, name: str, fields: Sequence[str], **options: bool) -> None:
        await self._answer(kept.create_index([(field, ASCENDING) for field in fields], name=name, **options))

    def _mongo(self) -> Any:
        """The database of this service. Errors: Unavailable when it is not open; RuntimeError on a foreign loop."""
        if self._client is None:
            raise refusals.ledger_away()
        if self._loop is not asyncio.get_running_loop():
            raise RuntimeError("a ledger belongs to the event loop it was opened on")
        return self._client.get_database(
            self.database,
            codec_options=_CODEC,
            read_preference=ReadPreference.PRIMARY,
            read_concern=self._concern,
            write_concern=WriteConcern(w="majority", j=True, wtimeout=self._milliseconds),
        )

    def _documents(self, collection: str) -> Any:
        return self._mongo()[documents.collection_name(self._collections[collection].name)]

    @property
    def _milliseconds(self) -> int:
        return round(self._timeout_seconds * _MILLISECONDS)

    async def _found(
        self,
        kept: Any,
        question: Json,
        order: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
        fields: Json | None = None,
    ) -> list[Json]:
        cursor = kept.find(question, fields, sort=order, limit=limit, max_time_ms=self._milliseconds)
        if limit:
            cursor = cursor.batch_size(limit + 1)
        found: list[Json] = await self._answer(cursor.to_list(None))
        return found

    async def _is_there(self, kept: Any, document_id: str) -> bool:
        """Asked after a refusal: also what no majority has confirmed yet was in the way."""
        newest = kept.with_options(read_concern=_LOCAL)
        return await self._answer(newest.find_one({"_id": document_id}, {"_id": 1})) is not None

    async def _count(self, kept: Any, question: Json) -> int:
        return int(await self._answer(kept.count_documents(question, maxTimeMS=self._milliseconds)))

    async def _answer(self, asked: Awaitable[T]) -> T:
        """The driver's answer within the time that every call has. Errors: what ``_translated`` says."""
        self._in_hand += 1
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await asked
        except TimeoutError as error:
            get_log().warning("ledger.no_answer", error="TimeoutError")
            raise refusals.ledger_away() from error
        except (DuplicateKeyError, BulkWriteError):
            raise
        except (PyMongoError, DocumentTooLarge) as error:
            translated = _translated(error)
            if translated is error:
                raise
            raise translated from error
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._is_idle.set()


def check_uri(uri: SecretStr) -> None:
    """Whether an address of MongoDB can be right; nobody is asked.

    Errors: Refused("bad_mongodb_uri"), ("mongodb_file_unreadable").
    """
    address = uri.get_secret_value()
    if address.startswith("mongodb+srv://"):
        return  # what it stands for, a name server has to say
    try:
        parse_uri(address)
    except (OSError, PyMongoError, ValueError, TypeError) as error:
        raise _bad_address(error) from None


def _bad_address(error: Exception) -> Refused:
    """What the driver says may quote a part of the address, and so of the password."""
    if not isinstance(error, OSError):
        return Refused("bad_mongodb_uri", "MONGODB_URI không đúng dạng mongodb://máy:cổng/.")
    why = error.strerror if isinstance(error, FileNotFoundError | PermissionError) else "không phải PEM hợp lệ"
    return Refused("mongodb_file_unreadable", f"Không đọc được tệp nêu trong MONGODB_URI (tlsCAFile, …): {why}.")


def _ids_of(said: Said) -> list[str]:
    return [str(fact.id) for fact in said.facts]


def _duplicates(error: BulkWriteError) -> list[Json]:
    """What a batch met that was there already. Errors: anything else that happened to it, translated."""
    refused: list[Json] = error.details["writeErrors"]
    is_all = all(each["code"] == _DUPLICATE for each in refused)
    if refused and is_all and not error.details["writeConcernErrors"]:
        return refused
    translated = _translated(error)
    raise translated from (None if translated is error else error)


def _translated(error: Exception) -> Exception:
    """What a caller hears of a driver's error. What is no fault of the server stays what it is: a bug."""
    codes = _codes_of(error)
    if isinstance(error, DocumentTooLarge) or codes & _TOO_LARGE_CODES:
        return refusals.document_too_large(DOCUMENT_MAX_BYTES)
    if not _is_away(error, codes):
        return error
    get_log().warning("ledger.no_answer", error=type(error).__name__, reason=str(min(codes, default=0)))
    return refusals.ledger_full() if codes & _FULL_CODES else refusals.ledger_away()


def _is_away(error: Exception, codes: frozenset[int]) -> bool:
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError | InvalidOperation):
        return True
    return bool(codes & (_AWAY_CODES | _FULL_CODES)) and not isinstance(error, ConfigurationError)


def _codes_of(error: Exception) -> frozenset[int]:
    """The server's codes, also those inside the answer to a batch."""
    details = getattr(error, "details", None) or {}
    inner = [*details.get("writeErrors", ()), *details.get("writeConcernErrors", ()), details]
    codes = {each.get("code") for each in inner} | {getattr(error, "code", None)}
    return frozenset(code for code in codes if isinstance(code, int))


__all__ = ["MongoLedger", "check_uri"]
