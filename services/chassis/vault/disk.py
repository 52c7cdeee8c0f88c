"""Files that are either whole or not there, also after a power cut."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

READ_ONLY: Final = 0o444


class Disk:
    """The few steps that durable writing is made of. Blocking: call it from a thread pool.

    Errors: OSError as the system gives it; the caller knows what it means.
    """

    def make_folder(self, folder: Path) -> None:
        """The folder and its parents exist, durably."""
        if folder.is_dir():
            return
        self.make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        self.sync_folder(folder.parent)

    def write_temporary(self, folder: Path, content: bytes) -> Path:
        """A new read-only file with this content, on the platter, under a name nobody knows yet."""
        handle, name = tempfile.mkstemp(dir=folder)
        path = Path(name)
        try:
            with os.fdopen(handle, "wb", buffering=0) as file:
                self._write_all(file.fileno(), content)
                os.fchmod(file.fileno(), READ_ONLY)
                os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path

    def publish(self, temporary: Path, path: Path) -> None:
        """Give a temporary file its name, durably; a file of that name is replaced as a whole."""
        temporary.replace(path)
        self.sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        """The file is gone, durably; absent is fine."""
        path.unlink(missing_ok=True)
        self.sync_folder(path.parent)

    def sync_folder(self, folder: Path) -> None:
        """Names in this folder are on the platter."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    @staticmethod
    def _write_all(handle: int, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else, thread or process, is inside ``locked`` of the same file."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
