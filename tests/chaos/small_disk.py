"""A small file system for a test, and a way to fill it: the real thing, so that every writer on it meets its end."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import ENOSPC
from pathlib import Path
from typing import Final, NoReturn

import pytest

_PIECE_BYTES: Final = 1 << 16


@dataclass(frozen=True)
class Disk:
    """``folder`` is a file system of its own."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> int:
        """Write until nothing more goes in; how many bytes that took. May be said again to take what became free."""
        taken = 0
        piece = b"." * _PIECE_BYTES
        with self._ballast.open("ab", buffering=0) as ballast:
            while piece:
                try:
                    taken += ballast.write(piece)
                except OSError as error:
                    if error.errno != ENOSPC:
                        raise
                    piece = piece[: len(piece) // 2]
        return taken

    def free(self) -> None:
        """Room again, as it was before."""
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Disk]:
    """A tmpfs of that size, mounted on ``folder``; needs the right to mount. Leave it with nobody in it.

    Where that right is missing the test is skipped; where engines are required, and in CI, it fails.
    """
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        _refuse("no mount program: a full disk cannot be shown here")
    folder.mkdir(parents=True)
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = f"size={size_bytes},uid={os.getuid()},gid={os.getgid()}"
    try:
        subprocess.run(  # noqa: S603 - our own command, no shell
            [*sudo, mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        _refuse("no right to mount a file system: a full disk cannot be shown here (run as root, or in a container)")
    try:
        yield Disk(folder)
    finally:
        with suppress(FileNotFoundError):
            Disk(folder).free()
        subprocess.run([*sudo, umount, str(folder)], check=True, capture_output=True)  # noqa: S603 - the same


def _refuse(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_ENGINES") == "1" or os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
