"""The ledger that the tests of drawer and relay stand on; ``tests/engines`` gives them another one."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from services.chassis.ledger.port import Collection, LedgerEngine
from services.chassis.ledger.sqlite import SqliteLedger


class SqliteHouse:
    """A ``LedgerHouse`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: list[SqliteLedger] = []

    async def open(self, collections: Sequence[Collection]) -> LedgerEngine:
        ledger = SqliteLedger(self._folder / "ledger.db", readers=2)
        await ledger.open(collections)
        self._opened.append(ledger)
        return ledger

    def anew(self) -> "SqliteHouse":
        return SqliteHouse(Path(tempfile.mkdtemp(dir=self._folder)))

    async def close(self) -> None:
        while self._opened:
            await self._opened.pop().close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SqliteHouse]:
    made = SqliteHouse(tmp_path)
    yield made
    await made.close()
