"""One process per spool folder: a second one would not know what the first one has acknowledged."""

import asyncio
import fcntl
from pathlib import Path
from typing import IO, Final

from contracts.errors import Refused

_LOCK_FILE: Final = "spool.lock"


class Alone:
    """Held while a recording process runs; it ends with the process, also with ``kill -9``."""

    def __init__(self, spool_folder: Path) -> None:
        self.name = "spool"
        self._folder = spool_folder
        self._held: IO[bytes] | None = None

    async def open(self) -> None:
        """Errors: Refused("spool_in_use") when another process has this folder."""
        await asyncio.to_thread(self._take)

    async def close(self) -> None:
        """Let the next one in."""
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def _take(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        held = (self._folder.parent / _LOCK_FILE).open("ab")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise Refused(
                "spool_in_use",
                f"Thư mục tạm {self._folder} đang được một tiến trình ghi hình khác dùng; "
                "mỗi tiến trình cần một thư mục riêng (TCD_DATA_FOLDER).",
            ) from None
        self._held = held
