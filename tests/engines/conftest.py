"""Real servers for the tests in this folder; every test here is marked ``engines``."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.chassis.bus.access import KafkaAccess
from tests.engines.addresses import Engines
from tests.engines.s3_address import S3Address

_HERE = Path(__file__).parent
_TOLD = pytest.StashKey[list[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.engines)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = terminalreporter.config.stash.get(_TOLD, [])
    if told:
        terminalreporter.section("servers")
        for line in told:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Engines]:
    made = Engines(tmp_path_factory.mktemp)
    pytestconfig.stash[_TOLD] = made.told
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def kafka(engines: Engines) -> KafkaAccess:
    """A real Kafka, shared by the run: use topics and groups of your own."""
    return engines.kafka()


@pytest.fixture(scope="session")
def mongodb(engines: Engines) -> str:
    """A connection string, shared by the run: use a database of your own."""
    return engines.mongodb()


@pytest.fixture(scope="session")
def s3(engines: Engines) -> S3Address:
    """A store with object lock, shared by the run: use a bucket of your own."""
    return engines.s3()
