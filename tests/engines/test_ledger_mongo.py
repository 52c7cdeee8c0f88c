from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.engines.mongo import MongoEngine
from deploy.engines.server import free_ports
from services.chassis.ledger.mongo import MongoLedger
from tests.chassis.ledger_contract import COLLECTIONS, LedgerContract


@pytest.fixture(scope="session")
def mongodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with MongoEngine(tmp_path_factory.mktemp("mongo"), *free_ports(1)) as engine:
        yield engine.uri


@pytest.fixture
async def ledger(mongodb: str) -> AsyncIterator[MongoLedger]:
    opened = MongoLedger(mongodb, database=f"test_{uuid4().hex[:12]}")
    await opened.open(COLLECTIONS)
    yield opened
    await opened.close()


class TestMongoLedger(LedgerContract):
    pass
