"""Documents, updates and searches as MongoDB keeps them. Values in, values out: no driver, no I/O.

One document: ``{_id, version, state, keys, applied, heads, pending, outbox}`` and, only while facts wait, ``waiting``
(``<oldest time> <id>``: one scalar, unique, that sorts the outbox) and ``waiting_count``. ``outbox`` counts the changes
of ``pending``: taking facts out is a compare-and-set on it. Keys without a value are left out (sparse indexes).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from contracts.facts.base import utc_text
from contracts.facts.envelope import Envelope
from contracts.streams import BY_NAME
from services.chassis.ledger.port import Change, Document, Head, Json, Position, Scalar, Where
from services.chassis.ledger.portable import end_of_prefix

HISTORY: Final = "history"
POSITIONS: Final = "positions"
_SEQUENCE_DIGITS: Final = 16
_NOTHING: Final[Json] = {"_id": {"$in": []}}


def collection_name(name: str) -> str:
    """Aggregates stand apart from history and positions."""
    return f"documents_{name}"


def new_document(document_id: str, change: Change) -> Json:
    """A document at version 1."""
    mark = change.mark
    return {
        "_id": document_id,
        "version": 1,
        "state": change.state,
        "keys": _held(change.keys),
        "applied": {mark.key: mark.sequence} if mark else {},
        "heads": {slug: _head(head) for slug, head in change.heads.items()},
        "pending": [envelope.to_document() for envelope in change.pending],
        "outbox": 1 if change.pending else 0,
        **waiting(document_id, change.pending),
    }


def waiting(document_id: str, pending: Sequence[Envelope]) -> Json:
    """What tells the relay that facts wait; nothing when none do."""
    if not pending:
        return {}
    return {"waiting": waiting_place(document_id, pending), "waiting_count": len(pending)}


def waiting_place(document_id: str, pending: Sequence[Envelope]) -> str:
    """Sorts the outbox: the oldest time among the waiting facts, then the id."""
    return f"{utc_text(min(envelope.time for envelope in pending))} {document_id}"


def version_filter(document_id: str, expected_version: int, change: Change) -> Json:
    """Matches the document only at this version, and only if the mark is newer than what it has heard."""
    matched: Json = {"_id": document_id, "version": expected_version}
    if change.mark is not None:
        matched[f"applied.{change.mark.key}"] = {"$not": {"$gte": change.mark.sequence}}
    return matched


def change_update(document_id: str, change: Change) -> Json:
    """The one update: state and keys replaced, heads and mark moved, pending appended."""
    setting: Json = {"state": change.state, "keys": _held(change.keys)}
    setting |= {f"heads.{slug}": _head(head) for slug, head in change.heads.items()}
    if change.mark is not None:
        setting[f"applied.{change.mark.key}"] = change.mark.sequence
    update: Json = {"$set": setting, "$inc": {"version": 1}}
    if change.pending:
        update["$inc"] |= {"outbox": 1, "waiting_count": len(change.pending)}
        update["$push"] = {"pending": {"$each": [envelope.to_document() for envelope in change.pending]}}
        update["$min"] = {"waiting": waiting_place(document_id, change.pending)}
    return update


def exactly_waiting(document_id: str, fact_ids: Collection[str]) -> Json:
    """Matches the document only while these facts wait in it and no others: the usual case, without reading first."""
    return {"_id": document_id, "waiting_count": len(fact_ids), "pending.id": {"$all": sorted(fact_ids)}}


def forget_all_update() -> Json:
    """Empties the outbox that ``exactly_waiting`` matched."""
    return {"$set": {"pending": []}, "$inc": {"outbox": 1}, "$unset": {"waiting": "", "waiting_count": ""}}


def forget_update(document_id: str, gone: Sequence[str], left: Sequence[Envelope]) -> Json:
    """Takes exactly these facts out; what marks the document as waiting goes only with the last of them."""
    update: Json = {"$pull": {"pending": {"id": {"$in": list(gone)}}}, "$inc": {"outbox": 1}}
    if left:
        update["$set"] = waiting(document_id, left)
    else:
        update["$unset"] = {"waiting": "", "waiting_count": ""}
    return update


def document(kept: Json) -> Document:
    """The port's document."""
    return Document(
        id=kept["_id"],
        version=kept["version"],
        state=kept["state"],
        keys=kept["keys"],
        applied=kept["applied"],
        heads={slug: Head(head["sequence"], head["hash"]) for slug, head in kept["heads"].items()},
        pending=pending_of(kept),
    )


def pending_of(kept: Json) -> tuple[Envelope, ...]:
    return tuple(Envelope.from_document(envelope) for envelope in kept["pending"])


def search(where: Where, *, after: str | None = None) -> Json:
    """The filter of a search; ``None`` finds what is left out."""
    parts: list[Json] = [{f"keys.{key}": value} for key, value in where.equal.items()]
    parts += [{f"keys.{key}": {"$in": list(values)}} for key, values in where.one_of.items()]
    for key, value in where.at_most.items():
        parts.append(_NOTHING if value is None else {f"keys.{key}": {"$lte": value}})
    for key, prefix in where.prefix.items():
        end = end_of_prefix(prefix)
        parts.append({f"keys.{key}": {"$gte": prefix} | ({"$lt": end} if end else {})})
    if after is not None:
        parts.append({"_id": {"$gt": after}})
    return _all_of(parts)


def still_waiting(after: Document | None) -> Json:
    """Documents with facts that wait, those behind ``after`` in the order of the outbox."""
    place = waiting_place(after.id, after.pending) if after is not None and after.pending else ""
    return {"waiting": {"$gt": place}}


def history_document(envelope: Envelope, place: int) -> Json:
    """A remembered fact; ``place`` is its number in the order in which this service remembered."""
    return {"_id": history_id(envelope), "place": place, "fact": envelope.to_document()}


def history_id(envelope: Envelope) -> str:
    """``slug:subject:sequence``: no second fact can stand there."""
    stream = BY_NAME.get(envelope.stream)
    return f"{stream.slug if stream else envelope.stream}:{envelope.subject}:{envelope.sequence}"


def position_id(group: str, key: str) -> str:
    return f"{group}:{key}"


def position_update(position: Position) -> Json:
    """Sequence and hash in one text that sorts by sequence: ``$max`` moves both, and only forward."""
    return {"$max": {"reached": f"{position.sequence:0{_SEQUENCE_DIGITS}} {position.hash}"}}


def position(group: str, kept: Json) -> Position:
    sequence, hash_ = kept["reached"].split(" ", 1)
    return Position(kept["_id"].removeprefix(f"{group}:"), int(sequence), hash_)


def _held(keys: Mapping[str, Scalar]) -> Json:
    return {key: value for key, value in keys.items() if value is not None}


def _head(head: Head) -> Json:
    return {"sequence": head.sequence, "hash": head.hash}


def _all_of(parts: Iterable[Json]) -> Json:
    """All parts hold: one flat filter (engines find their index by it) unless two speak of the same field."""
    flat: Json = {}
    for part in parts:
        if flat.keys() & part.keys():
            return {"$and": list(parts)}
        flat |= part
    return flat
