"""An upload whose sender goes away, or whose time is over, while a thread still writes: nothing of it may stay."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.ids import RecordingId, StreamId
from services.recording.capture import spool as disk
from services.recording.capture.entries import Entries
from services.recording.capture.media import Capture
from services.recording.capture.spool import Part, Spool
from services.recording.domain.chunks import Offer

PIECE_BYTES = 1_048_576


@dataclass
class SlowDisk:
    """A write that has begun, or is about to open its file, waits until it is let go."""

    spool: Spool
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    was_let_go: list[bool] = field(default_factory=list)
    """False: the sender was kept waiting for the disk until the disk had to go on."""
    parts: list[Part] = field(default_factory=list)

    def slowed(self, act: Callable[..., None]) -> Callable[..., None]:
        loop = asyncio.get_running_loop()

        def slow(*words: object) -> None:
            loop.call_soon_threadsafe(self.begun.set)
            self.was_let_go.append(self.let_go.wait(10))
            act(*words)

        return slow

    async def is_left_alone(self) -> None:
        """Every thread has ended."""
        self.let_go.set()
        await asyncio.get_running_loop().shutdown_default_executor()

    def left(self) -> tuple[int, list[Path], list[bool]]:
        """Quota that is taken, files, and which parts have theirs open."""
        files = [path for path in self.spool._folder.rglob("*") if path.is_file()]
        return self.spool.used_bytes, files, [part._file is not None and not part._file.closed for part in self.parts]


@pytest.fixture
async def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    spool = Spool(tmp_path / "spool", max_bytes=4 * PIECE_BYTES, chunk_max_bytes=2 * PIECE_BYTES)
    spool.open()
    found = SlowDisk(spool)
    begin = spool.begin

    def begun(stream_id: StreamId) -> Part:
        found.parts.append(begin(stream_id))
        return found.parts[-1]

    monkeypatch.setattr(spool, "begin", begun)
    return found


async def uploading(slow: SlowDisk) -> None:
    """One piece arrives, the rest never."""

    async def body() -> AsyncIterator[bytes]:
        yield bytes(PIECE_BYTES)
        await asyncio.Event().wait()

    async def may_take(_stream: StreamId, _seq: int) -> bool:
        raise AssertionError("nothing is settled")

    offer = Offer(
        stream_id=StreamId(uuid4()),
        seq=0,
        sha256="0" * 64,
        capture_start_ms=0,
        capture_end_ms=1,
        starts_with_keyframe=True,
    )
    taken: Callable[..., Awaitable[object]] = Capture(slow.spool, _NoEntries(), may_take=may_take).take
    await taken(RecordingId(uuid4()), offer, body())


class _NoEntries(Entries):
    def __init__(self) -> None:
        """Nothing is asked of it."""


@pytest.mark.parametrize("where", ["_make_folder", "_write_all"])
async def test_a_write_under_way_clears_away_after_itself(
    slow: SlowDisk, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(disk, where, slow.slowed(getattr(disk, where)))
    upload = asyncio.create_task(uploading(slow))
    await asyncio.wait_for(slow.begun.wait(), 10)

    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    await slow.is_left_alone()

    assert slow.was_let_go == [True]
    assert slow.left() == (0, [], [False])


async def test_a_write_that_fails_after_it_was_given_up_clears_away_too(
    slow: SlowDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(disk, "_write_all", slow.slowed(full))
    upload = asyncio.create_task(uploading(slow))
    await asyncio.wait_for(slow.begun.wait(), 10)

    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    await slow.is_left_alone()

    assert slow.left() == (0, [], [False])


async def test_a_write_that_begins_after_it_was_given_up_does_nothing(slow: SlowDisk) -> None:
    part = slow.spool.begin(StreamId(uuid4()))

    part.discard()
    part.write(b"late")

    assert not part.path.parent.exists()
    assert slow.left() == (0, [], [False])


async def test_between_two_pieces_the_sender_goes_and_all_is_free(slow: SlowDisk) -> None:
    upload = asyncio.create_task(uploading(slow))
    async with asyncio.timeout(10):
        while not slow.parts or slow.parts[0].size_bytes < PIECE_BYTES:  # noqa: ASYNC110 - a thread is watched
            await asyncio.sleep(0.001)

    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    await slow.is_left_alone()

    assert slow.left() == (0, [], [False])
