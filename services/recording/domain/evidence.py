"""How media become evidence: a hash chain per stream and a Merkle tree over all. Standard library only.

Chain: an entry is the canonical JSON (sorted names, no spaces, ASCII, integers only) of one chunk with ``prev``, the
hash of the entry before it; the first ``prev`` is bound to the stream, so a chain cannot be moved to another one. The
head is the hash of the last entry. Tree: RFC 6962 §2.1, a leaf is hashed with the prefix 00 and a node with 01, so
neither can pass for the other.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

ENTRY_FIELDS: Final = (
    "seq",
    "size_bytes",
    "sha256",
    "capture_start_ms",
    "capture_end_ms",
    "starts_with_keyframe",
    "prev",
)
_STREAM_PREFIX: Final = "tiepdan-stream/1\n"
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"

Entry = Mapping[str, Any]


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value: sorted names, no spaces, ASCII. Only integers, texts, booleans, none."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sha256(content: bytes) -> str:
    """The hash in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def genesis(stream_id: object) -> str:
    """What the first entry of a stream names as ``prev``."""
    return sha256(f"{_STREAM_PREFIX}{stream_id}".encode())


def entry_bytes(entry: Entry) -> bytes:
    """The canonical bytes of a chunk's entry: exactly ENTRY_FIELDS."""
    return canonical({name: entry[name] for name in ENTRY_FIELDS})


def entry_hash(entry: Entry) -> str:
    return sha256(entry_bytes(entry))


def chained(stream_id: object, chunks: Iterable[Entry]) -> tuple[list[dict[str, Any]], str]:
    """The chunks, given in order of seq, each with its ``prev``; and the head of the chain."""
    prev = genesis(stream_id)
    entries = []
    for chunk in chunks:
        entry = {**chunk, "prev": prev}
        entries.append(entry)
        prev = entry_hash(entry)
    return entries, prev


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(_LEAF + leaf).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 tree hash over the leaves; of nothing: the hash of nothing."""
    if not leaves:
        return hashlib.sha256().digest()
    level = [leaf_hash(leaf) for leaf in leaves]
    while len(level) > 1:
        level = [_parent(level[i : i + 2]) for i in range(0, len(level), 2)]
    return level[0]


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The proof that lets one leaf be shown without the others: sibling hashes from the leaf to the root."""
    level = [leaf_hash(leaf) for leaf in leaves]
    path = []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = [_parent(level[i : i + 2]) for i in range(0, len(level), 2)]
        index //= 2
    return path


def is_included(leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """True when the path leads from the leaf at ``index`` of a tree of ``size`` leaves to ``root``."""
    if not 0 <= index < size:
        return False
    node, width, steps = leaf_hash(leaf), size, list(path)
    while width > 1:
        sibling = index ^ 1
        if sibling < width:
            if not steps:
                return False
            other = steps.pop(0)
            node = _parent([other, node] if index & 1 else [node, other])
        index, width = index // 2, (width + 1) // 2
    return not steps and node == root


def _parent(pair: Sequence[bytes]) -> bytes:
    # An odd last node goes up as it is: the same shape as RFC 6962's split at the largest power of two.
    return pair[0] if len(pair) == 1 else hashlib.sha256(_NODE + pair[0] + pair[1]).digest()
