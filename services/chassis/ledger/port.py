"""What a ledger engine promises. The same contract tests run on every engine.

One document per aggregate; one version-filtered update is the transaction. No multi-document transaction, no change
stream, no dots in field names: SQLite, MongoDB and MongoDB-wire engines can all keep these promises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from contracts.facts.envelope import GENESIS, Envelope

Json = dict[str, Any]
Scalar = str | int | None


@dataclass(frozen=True, slots=True)
class Collection:
    """A kind of document. ``keys`` may be searched, ``unique`` ones (a subset) are held by one document at most.

    Names are lower snake case. A key without a value (``None``) is held by nobody.
    """

    name: str
    keys: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The last fact an aggregate said on one stream."""

    sequence: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Document:
    """An aggregate as the engine keeps it.

    ``heads`` are keyed by stream slug, ``applied`` by ``slug:subject``; ``pending`` waits for the relay, in order.
    """

    id: str
    version: int
    state: Json
    keys: Mapping[str, Scalar] = field(default_factory=dict)
    applied: Mapping[str, int] = field(default_factory=dict)
    heads: Mapping[str, Head] = field(default_factory=dict)
    pending: tuple[Envelope, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an aggregate has heard one subject of one stream: ``key`` is ``slug:subject``."""

    key: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Change:
    """The one update of a document: new state, what it says, what it has heard. Version + 1 is implied.

    ``heads`` names only the streams spoken on now. ``pending`` is appended, never replaced: a relay may be
    removing acknowledged facts at the same moment.
    """

    state: Json
    keys: Mapping[str, Scalar]
    heads: Mapping[str, Head] = field(default_factory=dict)
    pending: tuple[Envelope, ...] = ()
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """A search by keys: equality, one-of, and a range, all of which must hold. ``None`` finds keys without a value;
    texts are compared by code point, so times in one UTC spelling sort by time."""

    equal: Mapping[str, Scalar] = field(default_factory=dict)
    one_of: Mapping[str, Sequence[Scalar]] = field(default_factory=dict)
    at_most: Mapping[str, Scalar] = field(default_factory=dict)
    prefix: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a consuming group has heard one subject (delivery's own memory, beside the aggregates).

    ``hash`` is that of the last fact heard: the next one's previous hash must be it, also after a restart.
    """

    key: str
    sequence: int
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Said:
    """Facts of one document that the bus has acknowledged, in order."""

    collection: str
    document_id: str
    facts: tuple[Envelope, ...]


class LedgerEngine(Protocol):
    """Documents, their pending facts and the history.

    Errors of every call: ``Unavailable("ledger_away")`` when the engine does not answer in time; after it, nothing
    is half-written.
    """

    name: str
    """Which engine this is, for logs and test reports: ``sqlite 3.40.1``."""

    async def open(self, collections: Sequence[Collection]) -> None:
        """Connect and make sure that collections and their indexes exist; safe to repeat."""
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go."""
        ...

    async def ping(self) -> None:
        """Return when the engine answers; else ``Unavailable``."""
        ...

    async def read(self, collection: str, document_id: str) -> Document | None:
        """The document, as of its last acknowledged write."""
        ...

    async def read_many(self, collection: str, document_ids: Sequence[str]) -> dict[str, Document]:
        """Those of the documents that exist."""
        ...

    async def insert(self, collection: str, document_id: str, change: Change) -> None:
        """Create the document at version 1.

        Errors: Conflict("exists") when the id is taken; Conflict("key_taken") when a unique key is;
        Refused("document_too_large") above 16 MB.
        """
        ...

    async def update(self, collection: str, document_id: str, expected_version: int, change: Change) -> bool:
        """Apply the change if the version still fits and ``change.mark`` is newer than what was heard; else False.

        Errors: Conflict("key_taken") when a unique key is held by another document; Refused("document_too_large").
        """
        ...

    async def select(
        self, collection: str, where: Where, *, order_by: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[Document]:
        """Documents that match, by id or by the key ``order_by`` (ties by id); ``after``: last id of a page by id."""
        ...

    async def count(self, collection: str, where: Where) -> int:
        """How many documents match."""
        ...

    async def delete(self, collection: str, document_id: str) -> None:
        """Remove a document without facts of its own (delivery's memory); absent is fine.

        Errors: Conflict("has_pending") while it still has something to say.
        """
        ...

    async def with_pending(self, collection: str, limit: int, *, after: Document | None = None) -> list[Document]:
        """Documents that still have something to say, the longest-waiting first; ``after``: the page that follows it,
        so that blocked documents at the front never hide the others."""
        ...

    async def pending_stats(self, collection: str) -> tuple[int, datetime | None]:
        """How many facts wait for the relay, and since when the oldest one does."""
        ...

    async def forget_pending(self, collection: str, document_id: str, fact_ids: Sequence[str]) -> int:
        """Remove exactly these facts from the outbox (version unchanged); how many were there."""
        ...

    async def remember(self, envelopes: Sequence[Envelope]) -> None:
        """Append to the history (``_id`` = stream slug:subject:sequence); what is already there stays as it is.

        When it fails, some facts from the front may have been kept: say all again.
        Errors: Conflict("history_clash") when another fact has that place: two aggregates speak for one subject.
        """
        ...

    async def settle(self, said: Sequence[Said]) -> None:
        """Remember what was said in these documents and forget it there, together; what is settled stays as it is.

        Nothing is forgotten before it is remembered. When it fails, any part may be done: call again.
        Errors: Conflict("history_clash") as of ``remember``: one of them is at fault, each alone tells which.
        """
        ...

    async def history(
        self, stream: str, *, subject: str | None = None, after: str | None = None, limit: int = 500
    ) -> list[Envelope]:
        """Facts said on a stream (by name). With ``subject``: in sequence order. Without: in the order they were
        remembered, per subject in sequence; ``after`` is a fact id: the page that follows it.

        Errors: NotFound("no_fact") when ``after`` is not in this stream's history.
        """
        ...

    async def has_history(self, stream: str) -> bool:
        """True when something was ever said on a stream; asked at every start, so it costs the same after a million."""
        ...

    async def positions(self, group: str, keys: Sequence[str]) -> dict[str, Position]:
        """How far the group has heard these subjects (sequence and hash), by key; absent = nothing heard."""
        ...

    async def advance(self, group: str, positions: Sequence[Position]) -> None:
        """Move positions forward in one durable round trip; never backward. When it fails some may have moved."""
        ...
