import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.errors import Refused, Unavailable
from services.chassis.clock import FrozenClock
from services.chassis.vault.disk import Disk
from services.chassis.vault.folder import PIECE_BYTES, FolderVault
from services.chassis.vault.port import Kept
from services.chassis.vault.probe import PROBE_NAME
from tests.chassis.vault_contract import VaultContract, keep, sha256, whole

START = datetime(2026, 10, 20, 1, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
async def vault(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[FolderVault]:
    opened = FolderVault(tmp_path, clock=clock)
    await opened.open()
    yield opened
    await opened.close()


class TestFolderVault(VaultContract):
    @pytest.fixture
    def now(self, clock: FrozenClock) -> Callable[[], datetime]:
        return clock.now

    @pytest.fixture
    def let_pass(self, clock: FrozenClock) -> Callable[[datetime], Awaitable[None]]:
        async def advance(moment: datetime) -> None:
            clock.moment = moment + timedelta(seconds=1)

        return advance


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


class FailingDisk(Disk):
    """A real disk whose n-th step fails: ``steps`` counts them."""

    def __init__(self, failure: BaseException | None = None, at_step: int = 0) -> None:
        self.failure = failure
        self.at_step = at_step
        self.steps = 0

    def _step(self) -> None:
        self.steps += 1
        if self.failure is not None and self.steps == self.at_step:
            raise self.failure

    def make_folder(self, folder: Path) -> None:
        self._step()
        super().make_folder(folder)

    def write_temporary(self, folder: Path, content: bytes) -> Path:
        self._step()
        return super().write_temporary(folder, content)

    def publish(self, temporary: Path, path: Path) -> None:
        self._step()
        super().publish(temporary, path)
        self._step()


def files_below(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


async def steps_of_one_put(folder: Path, *, after: bytes | None = None) -> int:
    disk = FailingDisk()
    vault = FolderVault(folder, disk=disk)
    await vault.open()
    if after is not None:
        await keep(vault, "a/b", after)
    before = disk.steps
    await keep(vault, "a/b", b"content")
    await vault.close()
    return disk.steps - before


async def test_a_full_disk_is_said_so_and_leaves_nothing_at_whatever_step(tmp_path: Path) -> None:
    steps = await steps_of_one_put(tmp_path / "dry")
    for step in range(1, steps + 1):
        disk = FailingDisk()
        vault = FolderVault(tmp_path / str(step), disk=disk)
        await vault.open()
        before = files_below(tmp_path / str(step))
        disk.failure, disk.at_step = OSError(errno.ENOSPC, "no space"), disk.steps + step
        with pytest.raises(Unavailable, match="vault_full"):
            await keep(vault, "a/b", b"content")
        assert files_below(tmp_path / str(step)) == before
        disk.failure = None
        assert (await keep(vault, "a/b", b"content")).sha256 == sha256(b"content")
        assert await whole(vault, "a/b") == b"content"
        await vault.close()


async def test_a_death_at_whatever_step_leaves_a_whole_object_or_none(tmp_path: Path) -> None:
    steps = await steps_of_one_put(tmp_path / "dry", after=b"acknowledged")
    for step in range(1, steps + 1):
        folder = tmp_path / str(step)
        disk = FailingDisk()
        vault = FolderVault(folder, disk=disk)
        await vault.open()
        await keep(vault, "a/b", b"acknowledged")
        disk.failure, disk.at_step = Killed(), disk.steps + step
        with pytest.raises(Killed):
            await keep(vault, "a/b", b"in flight")
        await vault.close()
        again = FolderVault(folder)
        await again.open()
        contents = [await whole(again, kept.name, kept.version) for kept in await again.versions("a")]
        assert contents in ([b"acknowledged"], [b"acknowledged", b"in flight"])
        await again.close()


async def test_debris_of_a_crash_is_gone_after_the_next_open(tmp_path: Path) -> None:
    first = FolderVault(tmp_path)
    await first.open()
    kept = await keep(first, "a/b", b"content")
    await first.close()
    (tmp_path / "incoming" / "tmpdebris").write_bytes(b"half a chunk")
    (tmp_path / "objects" / "a" / "b@" / "00000002-00000000.bin").write_bytes(b"content without a record")
    again = FolderVault(tmp_path)
    await again.open()
    assert not any((tmp_path / "incoming").iterdir())
    assert await again.versions("a") == [kept]
    assert files_below(tmp_path / "objects" / "a") == {f"{kept.version}.bin", f"{kept.version}.json"}
    await again.close()


async def test_a_second_opening_does_not_take_the_firsts_work_for_debris(tmp_path: Path) -> None:
    first, second = FolderVault(tmp_path), FolderVault(tmp_path)
    await first.open()
    in_flight = Disk().write_temporary(tmp_path / "incoming", b"being written")
    await second.open()
    assert in_flight.exists()
    kept = await keep(first, "shared", b"x")
    assert await second.stat("shared") == kept
    await first.close()
    await second.close()


async def test_a_vault_that_forgets_retention_does_not_open(tmp_path: Path) -> None:
    class Forgetful(FolderVault):
        async def stat(self, name: str, version: str | None = None) -> Kept:
            kept = await super().stat(name, version)
            return Kept(kept.name, kept.version, kept.size_bytes, kept.sha256, kept.kept_at, retain_until=None)

    with pytest.raises(Refused, match="retention_not_kept"):
        await Forgetful(tmp_path).open()


@pytest.mark.parametrize("permitted", ["delete", "retain"])
async def test_a_vault_that_permits_what_it_must_refuse_does_not_open(tmp_path: Path, permitted: str) -> None:
    class Lenient(FolderVault):
        pass

    async def permit(*_: object) -> None:
        return None

    setattr(Lenient, permitted, permit)
    with pytest.raises(Refused, match="retention_not_kept"):
        await Lenient(tmp_path).open()


async def test_the_probe_is_one_object_however_often_it_is_asked(tmp_path: Path, clock: FrozenClock) -> None:
    for _ in range(3):
        vault = FolderVault(tmp_path, clock=clock)
        await vault.open()
        assert len(await vault.versions(PROBE_NAME)) == 1
        await vault.close()
        clock.advance(days=1)


async def test_a_vault_that_is_not_open_says_so(tmp_path: Path) -> None:
    vault = FolderVault(tmp_path)
    with pytest.raises(Unavailable, match="vault_away"):
        await vault.ping()
    await vault.open()
    await vault.close()
    with pytest.raises(Unavailable, match="vault_away"):
        await keep(vault, "late", b"x")


async def test_a_folder_that_cannot_be_made_is_a_vault_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="vault_away"):
        await FolderVault(tmp_path / "file").open()


async def test_lost_content_is_damage_and_not_absence(vault: FolderVault, tmp_path: Path) -> None:
    kept = await keep(vault, "lost", b"0123456789")
    content = tmp_path / "objects" / "lost@" / f"{kept.version}.bin"
    content.chmod(0o644)
    os.truncate(content, 4)
    with pytest.raises(Unavailable, match="vault_damaged"):
        await whole(vault, "lost")
    content.unlink()
    with pytest.raises(Unavailable, match="vault_damaged"):
        await whole(vault, "lost")
    (content.parent / f"{kept.version}.json").chmod(0o644)
    (content.parent / f"{kept.version}.json").write_text("not a record")
    with pytest.raises(Unavailable, match="vault_damaged"):
        await vault.stat("lost")


async def test_content_stands_read_only_on_the_disk(vault: FolderVault, tmp_path: Path) -> None:
    kept = await keep(vault, "still", b"x")
    mode = (tmp_path / "objects" / "still@" / f"{kept.version}.bin").stat().st_mode
    assert mode & 0o222 == 0


async def test_an_object_may_have_the_name_of_a_folder(vault: FolderVault) -> None:
    for name in ("r/1/a", "r/1"):
        await keep(vault, name, name.encode())
    assert [kept.name for kept in await vault.versions("r/1")] == ["r/1", "r/1/a"]


async def test_reading_stops_early_without_harm(vault: FolderVault) -> None:
    await keep(vault, "long", b"x" * (PIECE_BYTES * 3))
    pieces = vault.read("long")
    assert len(await anext(pieces)) == PIECE_BYTES
    await pieces.aclose()  # type: ignore[attr-defined] # the port promises an iterator; this engine's is a generator
    await vault.ping()
