"""The manifest: everything an offline verifier needs, in one canonical JSON file. Standard library only.

Format ``tiepdan-recording/1``::

    {"format", "recording_id", "session_id", "session_started_at", "session_ended_at", "ended_by",
     "upload_deadline", "sealed_at", "retain_until",
     "streams": [{"stream_id", "point_id", "unit", "epoch", "container", "codecs",
                  "is_complete", "last_seq", "declared_head",
                  "chunks":  [{"seq", "size_bytes", "sha256", "capture_start_ms", "capture_end_ms",
                               "starts_with_keyframe", "prev"}],            in order of seq
                  "objects": [{"name", "version", "size_bytes", "sha256", "chunk_count"}],
                  "gaps":    [{"from_seq", "to_seq", "cause", "is_open_ended"}],
                  "chain_head", "chunk_count", "size_bytes", "duration_milliseconds"}],
     "size_bytes", "duration_milliseconds", "gap_count", "merkle_root"}

Objects are the exact concatenation of the stream's chunks: the first object holds the first ``chunk_count`` chunks,
and so on. Leaves of the Merkle tree, in order: the document without ``streams`` and ``merkle_root``; then for each
stream the stream without ``chunks``, followed by each of its chunk entries. So the root stands for every value of the
manifest.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.recording.domain.evidence import canonical, chained, entry_bytes, merkle_root

FORMAT: Final = "tiepdan-recording/1"

Json = dict[str, Any]


def duration_milliseconds(chunks: Sequence[Mapping[str, Any]]) -> int:
    """How much media the chunks hold by their capture times; holes do not count."""
    return sum(chunk["capture_end_ms"] - chunk["capture_start_ms"] for chunk in chunks)


def stream_totals(chunks: Sequence[Mapping[str, Any]]) -> Json:
    """What the manifest says of a stream's chunks as a whole."""
    return {
        "chunk_count": len(chunks),
        "size_bytes": sum(chunk["size_bytes"] for chunk in chunks),
        "duration_milliseconds": duration_milliseconds(chunks),
    }


def recording_totals(streams: Sequence[Mapping[str, Any]]) -> Json:
    """The recording is as long as its longest stream."""
    return {
        "size_bytes": sum(stream["size_bytes"] for stream in streams),
        "duration_milliseconds": max((stream["duration_milliseconds"] for stream in streams), default=0),
        "gap_count": sum(len(stream["gaps"]) for stream in streams),
    }


def with_chain(stream: Json) -> Json:
    """The stream with the ``prev`` of each chunk, its chain head and totals filled in."""
    entries, head = chained(stream["stream_id"], stream["chunks"])
    return {**stream, "chunks": entries, "chain_head": head, **stream_totals(entries)}


def composed(head: Json, streams: Sequence[Json]) -> Json:
    """The whole document: ``head`` names the recording, ``streams`` come from ``with_chain``."""
    document = {"format": FORMAT, **head, "streams": list(streams), **recording_totals(streams)}
    return {**document, "merkle_root": root_of(document)}


def root_of(document: Mapping[str, Any]) -> str:
    """The Merkle root that stands for the document."""
    return merkle_root(leaves_of(document)).hex()


def leaves_of(document: Mapping[str, Any]) -> list[bytes]:
    """The leaves, in the order the format says."""
    head = {name: value for name, value in document.items() if name not in {"streams", "merkle_root"}}
    leaves = [canonical(head)]
    for stream in document["streams"]:
        leaves.append(canonical({name: value for name, value in stream.items() if name != "chunks"}))
        leaves.extend(entry_bytes(entry) for entry in stream["chunks"])
    return leaves
