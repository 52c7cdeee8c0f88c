"""Where MongoDB tests live: one server for many, a database of its own for each test; a module takes the fixtures."""

from collections.abc import AsyncIterator, Sequence
from typing import Self
from uuid import uuid4

import pytest
from pydantic import SecretStr

from services.chassis.ledger.mongo import MongoLedger
from services.chassis.ledger.port import Collection, LedgerEngine
from tests.chassis.ledger_contract import COLLECTIONS


class MongoHouse:
    """A ``LedgerHouse``: one database on a server. As a context it closes what it opened, also when a test fails."""

    def __init__(self, uri: str, *, timeout_seconds: float = 5.0) -> None:
        self._uri = uri
        self._timeout_seconds = timeout_seconds
        self._database = f"test_{uuid4().hex[:12]}"
        self._opened: list[MongoLedger] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def ledger(self) -> MongoLedger:
        """A ledger that is not open yet."""
        ledger = MongoLedger(SecretStr(self._uri), database=self._database, timeout_seconds=self._timeout_seconds)
        self._opened.append(ledger)
        return ledger

    async def open(self, collections: Sequence[Collection]) -> LedgerEngine:
        ledger = self.ledger()
        await ledger.open(collections)
        return ledger

    def anew(self) -> "MongoHouse":
        return MongoHouse(self._uri, timeout_seconds=self._timeout_seconds)

    async def close(self) -> None:
        while self._opened:
            await self._opened.pop().close()


@pytest.fixture
async def house(mongodb: str) -> AsyncIterator[MongoHouse]:
    async with MongoHouse(mongodb) as made:
        yield made


@pytest.fixture
async def ledger(house: MongoHouse) -> MongoLedger:
    opened = house.ledger()
    await opened.open(COLLECTIONS)
    return opened
