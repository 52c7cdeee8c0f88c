"""What could not be handled: dead letters, held facts, and the keys that wait behind them.

A letter goes to the topic ``<stream>.<group>.dlq`` with its original bytes, and stands in the ledger, where it is
listed and replayed from. A held fact is kept in the same place: it came before the facts it follows.
``delivery_keys`` says which subjects wait, and why:

- ``held``      facts are missing; it goes on by itself when they come
- ``parked``    a fact of it is a dead letter; the later ones follow it there, so that nothing overtakes
- ``released``  an operator wants the letters tried again; the service that reads the stream does it
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from contracts.errors import Conflict, NotFound
from contracts.facts.base import utc_text
from contracts.streams import Stream
from services.chassis.delivery.records import Headers, Record
from services.chassis.ledger.port import Change, Collection, Document, Json, LedgerEngine, Scalar, Where

LETTERS: Final = Collection("delivery_letters", keys=("place", "stream", "kind", "standing", "sequence"))
KEYS: Final = Collection("delivery_keys", keys=("stream", "standing"))
COLLECTIONS: Final = (LETTERS, KEYS)
"""To be opened with the service's other collections."""

_TRIES: Final = 10
_PAGE: Final = 500
NO_PLACE: Final = ""
"""The place of a record that cannot be read: it belongs to no key."""


class Kind(StrEnum):
    HELD = "held"
    DEAD = "dead"


class Standing(StrEnum):
    HELD = "held"
    PARKED = "parked"
    RELEASED = "released"


class Reason(StrEnum):
    """Why a record was not handled. Closed: a label of metrics, a header of dead letters."""

    SEQUENCE_GAP = "sequence_gap"
    NO_VALUE = "no_value"
    HEADER_NOT_TEXT = "header_not_text"
    NOT_CLOUDEVENTS = "not_cloudevents"
    MISSING_ATTRIBUTE = "missing_attribute"
    BAD_ATTRIBUTE = "bad_attribute"
    INVALID_JSON = "invalid_json"
    UNREADABLE = "unreadable"
    WRONG_KEY = "wrong_key"
    INVALID_VALUE = "invalid_value"
    WRONG_PLACE = "wrong_place"
    BROKEN_CHAIN = "broken_chain"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    BUG = "bug"
    AFTER_A_LETTER = "after_a_letter"

    @classmethod
    def of(cls, code: str) -> "Reason":
        """The reason with this code; one that is not on the list is simply unreadable."""
        return cls(code) if code in set(cls) else cls.UNREADABLE


UNTRUE: Final = frozenset({Reason.BROKEN_CHAIN, Reason.WRONG_PLACE})
"""Not what the speaker said: dropping such a letter does not stand for having heard the fact."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a record waits; ``code`` is our error's code or the type of a bug, never a message."""

    reason: Reason
    code: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A record that waits, in the ledger."""

    id: str
    place: str
    """``slug:subject``, or empty for a record that belongs to no key."""
    stream: str
    sequence: int
    kind: Kind
    why: Why
    record: Record
    kept_at: str
    tries: int


class Post(Protocol):
    """Sends a record to a topic and returns when it was acknowledged. Errors: Unavailable("bus_away")."""

    async def __call__(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None: ...


class Shelf:
    """Letters and waiting keys of one service, in its own ledger."""

    def __init__(self, engine: LedgerEngine) -> None:
        self._engine = engine

    async def keep(self, letter: Letter) -> bool:
        """Put a letter there; true when it is new. One that stood there gets the newer reason and one more try."""
        try:
            await self._engine.insert(LETTERS.name, letter.id, _letter_change(letter))
        except Conflict:
            await self._rewrite(letter)
            return False
        return True

    async def known(self, letter_id: str) -> Letter | None:
        """The letter, if it stands there."""
        document = await self._engine.read(LETTERS.name, letter_id)
        return _letter(document) if document else None

    async def get(self, letter_id: str) -> Letter:
        """The letter. Errors: NotFound("no_letter")."""
        letter = await self.known(letter_id)
        if letter is None:
            raise NotFound("no_letter", "Không có thư này trong ngăn thư chết.")
        return letter

    async def waiting(self, place: str, limit: int = 200) -> list[Letter]:
        """What waits under a key, in order of sequence."""
        where = Where(equal={"place": place})
        return [
            _letter(found) for found in await self._engine.select(LETTERS.name, where, order_by="sequence", limit=limit)
        ]

    async def listed(self, kind: Kind, *, stream: str | None = None, limit: int = 100) -> list[Letter]:
        """Letters of a kind, of one stream (by slug) or of all; those of one key in order."""
        where = Where(equal={"kind": str(kind)} | ({"stream": stream} if stream else {}))
        found = [_letter(document) for document in await self._engine.select(LETTERS.name, where, limit=limit)]
        return sorted(found, key=lambda letter: (letter.place, letter.sequence, letter.kept_at))

    async def released_strays(self, stream: Stream) -> list[Letter]:
        """Letters without a key that somebody wants read again."""
        where = Where(equal={"place": NO_PLACE, "stream": stream.slug, "standing": str(Standing.RELEASED)})
        return [_letter(found) for found in await self._engine.select(LETTERS.name, where)]

    async def discard(self, letter_ids: Sequence[str]) -> None:
        """Take letters away; those that are gone already are fine."""
        for letter_id in letter_ids:
            await self._engine.delete(LETTERS.name, letter_id)

    async def standings(self, places: Sequence[str]) -> dict[str, Standing]:
        """How these keys stand; absent: nothing of them waits."""
        found = await self._engine.read_many(KEYS.name, places)
        return {place: Standing(document.state["standing"]) for place, document in found.items()}

    async def stand(self, stream: str, place: str, standing: Standing, why: Why, now: datetime) -> None:
        """Say how a key stands from now on."""
        state = {"standing": standing, "reason": why.reason, "code": why.code, "since": utc_text(now)}
        await self._put(KEYS.name, place, Change(state=state, keys={"stream": stream, "standing": standing}))

    async def settle(self, place: str) -> None:
        """Nothing of this key waits any more."""
        await self._engine.delete(KEYS.name, place)

    async def places(self, stream: Stream, *standings: Standing, limit: int = 200) -> dict[str, Standing]:
        """Some keys of a stream that stand so, to be looked at."""
        where = Where(equal={"stream": stream.slug}, one_of={"standing": [str(standing) for standing in standings]})
        found = await self._engine.select(KEYS.name, where, limit=limit)
        return {document.id: Standing(document.state["standing"]) for document in found}

    async def every_place(self, stream: Stream, standing: Standing) -> list[str]:
        """All keys of a stream that stand so."""
        where = Where(equal={"stream": stream.slug, "standing": str(standing)})
        places: list[str] = []
        while page := await self._engine.select(KEYS.name, where, limit=_PAGE, after=places[-1] if places else None):
            places += [document.id for document in page]
        return places

    async def count(self, stream: Stream, *standings: Standing) -> int:
        """How many keys of a stream stand so."""
        where = Where(equal={"stream": stream.slug}, one_of={"standing": [str(standing) for standing in standings]})
        return await self._engine.count(KEYS.name, where)

    async def release(self, letter: Letter, now: datetime) -> None:
        """Have a letter tried again, with everything that waits behind it."""
        if letter.place:
            await self.stand(letter.stream, letter.place, Standing.RELEASED, letter.why, now)
        else:
            await self._put(LETTERS.name, letter.id, _letter_change(letter, Standing.RELEASED))

    async def _rewrite(self, letter: Letter) -> None:
        before = await self._engine.read(LETTERS.name, letter.id)
        tries = before.state["tries"] + 1 if before else letter.tries
        change = _letter_change(letter)
        change.state["tries"] = tries
        await self._put(LETTERS.name, letter.id, change)

    async def _put(self, collection: str, document_id: str, change: Change) -> None:
        """Write it whatever stood there; the last one wins, for every writer says the same in its own moment."""
        for _ in range(_TRIES):
            there = await self._engine.read(collection, document_id)
            if there is None:
                with contextlib.suppress(Conflict):
                    await self._engine.insert(collection, document_id, change)
                    return
            elif await self._engine.update(collection, document_id, there.version, change):
                return
        raise Conflict("changed_meanwhile", "Mục này vừa được thay đổi; hãy thử lại.")


def _letter_change(letter: Letter, standing: Standing = Standing.PARKED) -> Change:
    state: Json = {
        "place": letter.place,
        "stream": letter.stream,
        "sequence": letter.sequence,
        "kind": letter.kind,
        "reason": letter.why.reason,
        "code": letter.why.code,
        "record": letter.record.to_document(),
        "kept_at": letter.kept_at,
        "tries": letter.tries,
    }
    keys: dict[str, Scalar] = {
        "place": letter.place,
        "stream": letter.stream,
        "kind": str(letter.kind),
        "standing": str(standing),
        "sequence": letter.sequence,
    }
    return Change(state=state, keys=keys)


def _letter(document: Document) -> Letter:
    state = document.state
    return Letter(
        id=document.id,
        place=state["place"],
        stream=state["stream"],
        sequence=state["sequence"],
        kind=Kind(state["kind"]),
        why=Why(Reason(state["reason"]), state["code"]),
        record=Record.from_document(state["record"]),
        kept_at=state["kept_at"],
        tries=state["tries"],
    )


def letter_headers(letter: Letter, group: str) -> Headers:
    """The original headers, and after them where the letter comes from and why."""
    record = letter.record
    told = {
        "tcd_origin_topic": record.topic,
        "tcd_origin_partition": str(record.partition),
        "tcd_origin_offset": str(record.offset),
        "tcd_group": group,
        "tcd_reason": str(letter.why.reason),
        "tcd_code": letter.why.code,
        "tcd_kept_at": letter.kept_at,
        "tcd_letter_id": letter.id,
    }
    return (*record.headers, *((name, text.encode()) for name, text in told.items()))
