"""Chunks on this service's own disk, from the first byte to the sealed recording.

    <spool>/<stream>/<seq>.<start>.<end>.<k|d>.<sha256>.chunk    whole and durable; the name says all that was declared
    <spool>/<stream>/*.part                                      being written; never acknowledged, removed at start
    <spool>/<stream>/aside/                                      bytes that lost: kept for whoever inquires

A file gets its ``.chunk`` name only after its bytes are on the disk, and the folder is made durable after it: so
whatever stands under that name is whole, even after the power went.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from contracts.errors import BadInput, NoRoom
from contracts.ids import StreamId
from services.recording.domain.chunks import Offer, must_fit

_NAME: Final = re.compile(r"(\d{7})\.(\d+)\.(\d+)\.([kd])\.([0-9a-f]{64})\.chunk")
_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT}
_RETRY_AFTER_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A whole chunk in the spool."""

    path: Path
    size_bytes: int
    offer: Offer


@dataclass(frozen=True, slots=True)
class Together:
    """The exact concatenation of some chunks and its SHA-256; or which of them is not what it was."""

    content: bytes
    sha256: str
    damaged_seq: int | None = None


class Spool:
    """Files and what is known of them. Calls that touch the disk block: they are meant for threads."""

    def __init__(self, folder: Path, *, max_bytes: int, chunk_max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self.chunk_max_bytes = chunk_max_bytes
        self._known: dict[StreamId, dict[int, OnDisk]] = {}
        self._lock = threading.Lock()
        self.used_bytes = 0
        """Everything below the folder, what is being written and what was kept aside included."""

    def open(self) -> list[OnDisk]:
        """Remove what a crash left half-written; give what is whole. Nothing is known until ``know`` is called."""
        self._known, self.used_bytes = {}, 0
        _make_folder(self._folder)
        for debris in self._folder.glob("*/*.part"):
            debris.unlink()
        self.used_bytes = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        found = [_on_disk(path) for path in sorted(self._folder.glob("*/*.chunk"))]
        return [kept for kept in found if kept is not None]

    def know(self, kept: OnDisk) -> None:
        """From now on it counts: its acknowledgement is in the ledger."""
        with self._lock:
            self._known.setdefault(kept.offer.stream_id, {})[kept.offer.seq] = kept

    def chunks(self, stream_id: StreamId) -> dict[int, OnDisk]:
        """The stream's chunks on the disk, by seq."""
        with self._lock:
            return dict(self._known.get(stream_id, {}))

    def has(self, stream_id: StreamId, seq: int) -> bool:
        return seq in self._known.get(stream_id, {})

    def run(self, stream_id: StreamId, first: int, limit_bytes: int) -> list[tuple[int, int]]:
        """(seq, size) of the unbroken run that begins at ``first``, until it passes ``limit_bytes``."""
        known = self._known.get(stream_id, {})
        found: list[tuple[int, int]] = []
        size_bytes, seq = 0, first
        while seq in known and size_bytes <= limit_bytes:
            found.append((seq, known[seq].size_bytes))
            size_bytes += known[seq].size_bytes
            seq += 1
        return found

    def begin(self, stream_id: StreamId) -> "Part":
        """A chunk to come. The disk is not touched before the first write."""
        return Part(self, self._folder / str(stream_id) / f"{secrets.token_hex(8)}.part")

    def keep(self, part: "Part", offer: Offer) -> OnDisk:
        """Give a finished part its name, durably."""
        path = part.path.with_name(_name_of(offer))
        with room():
            if path.exists():  # left by an attempt that was never acknowledged
                self.release(path.stat().st_size)
            part.path.rename(path)
            part.is_placed = True
            _sync_folder(path.parent)
        return OnDisk(path, part.size_bytes, offer)

    def set_aside(self, path: Path, seq: int, sha256: str) -> None:
        """Keep bytes that lost their place, out of the way; the same bytes once."""
        target = path.parent / "aside" / f"{seq:07d}.{sha256}"
        with room():
            _make_folder(target.parent)
            if target.exists():
                self.release(path.stat().st_size)
            path.rename(target)

    def put_witness_aside(self, stream_id: StreamId, seq: int) -> None:
        """Keep the bytes that hold the place beside those that contest it: a second name for the same file."""
        held = self._known.get(stream_id, {}).get(seq)
        if held is None:
            return
        target = held.path.parent / "aside" / f"{seq:07d}.{held.offer.sha256}"
        with room(), contextlib.suppress(FileExistsError):
            _make_folder(target.parent)
            os.link(held.path, target)

    def lose(self, stream_id: StreamId, seq: int) -> None:
        """A chunk whose bytes are gone or no longer true is not there any more; what is left is kept aside."""
        with self._lock:
            held = self._known.get(stream_id, {}).pop(seq, None)
        if held is not None and held.path.exists():
            self.set_aside(held.path, seq, f"damaged.{secrets.token_hex(4)}")

    def together(self, stream_id: StreamId, seqs: Sequence[int]) -> "Together":
        """These chunks one after the other, as far as they are still what they were."""
        pieces: list[bytes] = []
        whole = hashlib.sha256()
        for seq in seqs:
            held = self._known.get(stream_id, {}).get(seq)
            piece = None if held is None else true_content(held)
            if piece is None:
                return Together(b"", "", damaged_seq=seq)
            whole.update(piece)
            pieces.append(piece)
        return Together(b"".join(pieces), whole.hexdigest())

    def clear(self, stream_id: StreamId) -> None:
        """Remove the stream's chunks; what was kept aside stays for whoever inquires."""
        folder = self._folder / str(stream_id)
        with self._lock:
            self._known.pop(stream_id, None)
        for path in [*folder.glob("*.chunk"), *folder.glob("*.part")]:
            self.release(path.stat().st_size)
            path.unlink()
        with contextlib.suppress(OSError):  # not there, or something stands aside
            folder.rmdir()

    def reserve(self, size_bytes: int) -> None:
        """Errors: NoRoom("spool_full")."""
        with self._lock:
            if self.used_bytes + size_bytes > self._max_bytes:
                raise _full()
            self.used_bytes += size_bytes

    def release(self, size_bytes: int) -> None:
        with self._lock:
            self.used_bytes -= size_bytes


@dataclass(slots=True)
class Part:
    """A chunk being written; hashed on the way. Its calls block: they are meant for threads.

    A sender who goes away leaves a thread behind that still writes: ``discard`` never waits for it, whoever of the two
    ends last clears away, and what begins after it does nothing.
    """

    spool: Spool
    path: Path
    size_bytes: int = 0
    is_placed: bool = False
    """True once it has the name of a whole chunk."""
    _file: IO[bytes] | None = None
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _hand: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever touches the file."""
    _is_given_up: bool = False

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._hash.hexdigest()

    def write(self, piece: bytes) -> None:
        """Errors: BadInput("chunk_too_big"); NoRoom("spool_full")."""
        try:
            with self._hand:
                if not self._is_given_up:
                    self._write(piece)
        finally:
            if self._is_given_up:
                self.discard()

    def _write(self, piece: bytes) -> None:
        if self.size_bytes + len(piece) > self.spool.chunk_max_bytes:
            raise BadInput("chunk_too_big", "Đoạn ghi hình quá lớn.", max_bytes=self.spool.chunk_max_bytes)
        with room():
            file = self._opened()
        self.spool.reserve(len(piece))
        self.size_bytes += len(piece)
        self._hash.update(piece)
        with room():
            _write_all(file, piece)

    def land(self, rest: bytes, offer: Offer) -> OnDisk:
        """Write the rest, check the whole against the offer, and return when it stands durably under its name.

        One call for one visit to a thread. Errors: those of ``write``; BadInput("wrong_hash"), ("chunk_empty").
        """
        self.write(rest)
        must_fit(offer, self.sha256, self.size_bytes)
        self.finish()
        return self.spool.keep(self, offer)

    def finish(self) -> None:
        """Return when the bytes are on the disk."""
        with room():
            file = self._opened()
            os.fsync(file.fileno())
            file.close()

    def discard(self) -> None:
        """Forget it; harmless when it already has its place."""
        self._is_given_up = True
        if not self._hand.acquire(blocking=False):
            return  # a write is under way, and does this at its end
        try:
            self._clear()
        finally:
            self._hand.release()

    def _clear(self) -> None:
        if self._file is not None:
            self._file.close()
        if self.is_placed:
            return
        with contextlib.suppress(FileNotFoundError):  # nothing was written, or it was kept aside
            self.path.unlink()
            self.spool.release(self.size_bytes)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            _make_folder(self.path.parent)
            self._file = self.path.open("xb", buffering=0)
        return self._file


def true_content(held: OnDisk) -> bytes | None:
    """The bytes of a chunk, none when they are gone or changed."""
    try:
        content = held.path.read_bytes()
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == held.offer.sha256 else None


@contextlib.contextmanager
def room() -> Iterator[None]:
    """A full disk is an answer to the sender, never the end of the process."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise _full() from error
        raise


def _full() -> NoRoom:
    return NoRoom(
        "spool_full", "Bộ nhớ tạm đã đầy, điểm cầu giữ lại và gửi sau.", retry_after_seconds=_RETRY_AFTER_SECONDS
    )


def _name_of(offer: Offer) -> str:
    mark = "k" if offer.starts_with_keyframe else "d"
    return f"{offer.seq:07d}.{offer.capture_start_ms}.{offer.capture_end_ms}.{mark}.{offer.sha256}.chunk"


def _on_disk(path: Path) -> OnDisk | None:
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    seq, start, end, mark, sha256 = found.groups()
    offer = Offer(
        stream_id=StreamId(UUID(path.parent.name)),
        seq=int(seq),
        sha256=sha256,
        capture_start_ms=int(start),
        capture_end_ms=int(end),
        starts_with_keyframe=mark == "k",
    )
    return OnDisk(path, path.stat().st_size, offer)


def _write_all(file: IO[bytes], piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[file.write(view) :]


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
