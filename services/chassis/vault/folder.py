"""The embedded vault: a folder on a local disk.

    <root>/objects/<name>@/<version>.bin     the content, read-only
    <root>/objects/<name>@/<version>.json    what is known of it; an object exists when this file does
    <root>/incoming/                         temporary files; what a crash left is removed at the next open

``@`` cannot stand in a name, so an object and a prefix of the same name do not meet.
"""

import asyncio
import errno
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Final, TypeVar

from contracts.errors import NotFound, Refused, Unavailable
from services.chassis.clock import Clock, SystemClock
from services.chassis.vault import record
from services.chassis.vault.disk import Disk, locked
from services.chassis.vault.port import Kept
from services.chassis.vault.probe import prove_retention
from services.chassis.vault.record import Place, is_version, next_version
from services.chassis.vault.words import away, check_name, check_range, damaged, full, in_utc, no_object

PIECE_BYTES: Final = 262_144
"""How much ``read`` gives at a time."""

_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT}

T = TypeVar("T")


class FolderVault:
    """A vault in a folder, for a machine without S3: demo, tests, a small site's first days.

    It keeps what the port promises against this program: no call deletes or shortens before the day. It cannot
    keep it against whoever may write the folder: root, the service's own account, the owner of the disk. There a
    real object lock is needed. Several processes may have one folder open; writes take turns by a file lock, so
    the folder has to be on a local disk. Time is the given clock's.
    """

    def __init__(
        self, root: Path, *, clock: Clock | None = None, disk: Disk | None = None, max_threads: int = 4
    ) -> None:
        self.name = "folder"
        self._objects = root / "objects"
        self._incoming = root / "incoming"
        self._lock_file = root / "write.lock"
        self._use_file = root / "use.lock"
        self._clock = clock or SystemClock()
        self._disk = disk or Disk()
        self._max_threads = max_threads
        self._pool: ThreadPoolExecutor | None = None
        self._in_use: IO[bytes] | None = None

    async def open(self) -> None:
        """Make the folders, clean what a crash left, prove that retention holds."""
        if self._pool is not None:
            return
        self._pool = ThreadPoolExecutor(self._max_threads, thread_name_prefix="vault")
        try:
            await self._run(self._prepare)
            await prove_retention(self, self._clock.now())
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what was begun and let go."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown)
        if self._in_use is not None:
            self._in_use.close()
            self._in_use = None

    async def ping(self) -> None:
        """Return when the folder can be written."""
        await self._run(self._touch)

    async def put(self, name: str, content: bytes, *, sha256: str, retain_until: datetime | None = None) -> Kept:
        """Keep ``content`` durably as the newest version; retention of a version that is already there may grow."""
        check_name(name)
        until = _utc(retain_until)
        return await self._run(lambda: self._put(name, content, sha256, until))

    async def stat(self, name: str, version: str | None = None) -> Kept:
        check_name(name)
        return await self._run(lambda: self._load(self._find(name, version)))

    async def read(
        self, name: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """Its bytes, in pieces of at most ``PIECE_BYTES``. A range beyond the end gives what there is."""
        check_name(name)
        check_range(offset, length)
        file, size_bytes = await self._run(lambda: self._open_content(name, version, offset))
        try:
            rest = size_bytes - offset if length is None else min(length, size_bytes - offset)
            while rest > 0:
                piece = await self._run(partial(file.read, min(rest, PIECE_BYTES)))
                if not piece:
                    raise damaged(name)
                rest -= len(piece)
                yield piece
        finally:
            file.close()

    async def versions(self, prefix: str) -> list[Kept]:
        """Every version of the object called ``prefix`` and of those below it; an empty prefix is everything."""
        if prefix:
            check_name(prefix)
        return await self._run(lambda: self._versions(prefix))

    async def retain(self, name: str, version: str, until: datetime) -> Kept:
        check_name(name)
        moment = _utc(until)
        return await self._run(lambda: self._retain(name, version, moment))

    async def hold(self, name: str, version: str, held: bool) -> Kept:
        check_name(name)
        return await self._run(lambda: self._hold(name, version, held))

    async def delete(self, name: str, version: str) -> None:
        check_name(name)
        await self._run(lambda: self._delete(name, version))

    # Below: blocking work, in the pool.

    async def _run(self, work: Callable[[], T]) -> T:
        if self._pool is None:
            raise Unavailable("vault_away", "Kho lưu trữ chưa mở.")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except OSError as error:
            raise _unavailable(error) from error

    def _prepare(self) -> None:
        for folder in (self._objects, self._incoming):
            self._disk.make_folder(folder)
        self._in_use = self._use_file.open("ab")
        try:
            fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # another process writes here: its temporary files are not debris
        else:
            self._clean()
        fcntl.flock(self._in_use, fcntl.LOCK_SH)

    def _clean(self) -> None:
        for temporary in self._incoming.iterdir():
            temporary.unlink()
        for content in self._objects.rglob("*@/*.bin"):
            if not content.with_suffix(".json").exists():
                self._disk.remove(content)

    def _touch(self) -> None:
        self._disk.write_temporary(self._incoming, b"").unlink()

    def _put(self, name: str, content: bytes, sha256: str, until: datetime | None) -> Kept:
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Refused("wrong_hash", "Nội dung không khớp mã băm SHA-256 đã khai.")
        newest = self._newest(name)
        if newest is not None and newest.sha256 == sha256:
            return self._grow(newest, until)
        with self._temporary(content) as temporary, locked(self._lock_file):
            newest = self._newest(name)
            if newest is not None and newest.sha256 == sha256:
                return self._grow_locked(newest, until)
            place = Place(self._folder(name), next_version(newest))
            self._disk.make_folder(place.folder)
            kept = Kept(name, place.version, len(content), sha256, self._clock.now(), until)
            try:
                self._disk.publish(temporary, place.content)
                return self._save(kept)
            except OSError:
                place.record.unlink(missing_ok=True)  # first: a record never stands without its content
                place.content.unlink(missing_ok=True)
                raise

    def _grow(self, kept: Kept, until: datetime | None) -> Kept:
        with locked(self._lock_file):
            return self._grow_locked(self._load(self._find(kept.name, kept.version)), until)

    def _grow_locked(self, kept: Kept, until: datetime | None) -> Kept:
        if until is None or (kept.retain_until is not None and until <= kept.retain_until):
            return kept
        return self._save(replace(kept, retain_until=until))

    def _retain(self, name: str, version: str, until: datetime | None) -> Kept:
        with locked(self._lock_file):
            kept = self._load(self._find(name, version))
            if until is None or (kept.retain_until is not None and until < kept.retain_until):
                raise Refused("retention_only_grows", "Thời hạn lưu trữ chỉ được kéo dài, không được rút ngắn.")
            return self._save(replace(kept, retain_until=until))

    def _hold(self, name: str, version: str, held: bool) -> Kept:
        with locked(self._lock_file):
            return self._save(replace(self._load(self._find(name, version)), is_held=held))

    def _delete(self, name: str, version: str) -> None:
        with locked(self._lock_file):
            place = self._find(name, version)
            kept = self._load(place)
            if kept.is_held or (kept.retain_until is not None and self._clock.now() < kept.retain_until):
                raise Refused("retained", "Đối tượng còn trong thời hạn lưu trữ hoặc đang bị giữ, không được xóa.")
            self._disk.remove(place.record)
            self._disk.remove(place.content)

    def _versions(self, prefix: str) -> list[Kept]:
        records: list[Path] = []
        if prefix:
            records.extend(self._folder(prefix).glob("*.json"))
        records.extend((self._objects / prefix).rglob("*@/*.json"))
        kept = [self._load_or_none(Place(path.parent, path.stem)) for path in records]
        return sorted((one for one in kept if one), key=lambda one: (one.name, one.version))

    def _open_content(self, name: str, version: str | None, offset: int) -> tuple[IO[bytes], int]:
        place = self._find(name, version)
        try:
            file = place.content.open("rb")
        except FileNotFoundError:
            raise damaged(name) from None
        file.seek(offset)
        return file, self._load(place).size_bytes

    def _newest(self, name: str) -> Kept | None:
        versions = self._version_ids(name)
        return self._load(Place(self._folder(name), versions[-1])) if versions else None

    def _find(self, name: str, version: str | None) -> Place:
        versions = self._version_ids(name)
        if not versions or (version is not None and version not in versions):
            raise no_object()
        return Place(self._folder(name), version or versions[-1])

    def _version_ids(self, name: str) -> list[str]:
        return sorted(path.stem for path in self._folder(name).glob("*.json") if is_version(path.stem))

    def _folder(self, name: str) -> Path:
        return self._objects / f"{name}@"

    def _load_or_none(self, place: Place) -> Kept | None:
        try:
            return self._load(place)
        except NotFound:
            return None

    def _load(self, place: Place) -> Kept:
        try:
            return record.read(place.record.read_bytes(), place.version)
        except FileNotFoundError as error:
            raise no_object() from error
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(place.folder.name) from error

    def _save(self, kept: Kept) -> Kept:
        with self._temporary(record.written(kept)) as temporary:
            self._disk.publish(temporary, Place(self._folder(kept.name), kept.version).record)
        return kept

    @contextmanager
    def _temporary(self, content: bytes) -> Iterator[Path]:
        path = self._disk.write_temporary(self._incoming, content)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def _utc(moment: datetime | None) -> datetime | None:
    return in_utc(moment) if moment else None


def _unavailable(error: OSError) -> Unavailable:
    return full() if error.errno in _NO_ROOM else away(os.strerror(error.errno or errno.EIO))
