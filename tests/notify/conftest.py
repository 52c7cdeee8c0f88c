from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.notify.simulator.app import make_simulator
from services.notify.simulator.settings import Scenario
from services.notify.templates import load_templates
from tests.notify.world import Notify, a_listener, notify_served, served


@pytest.fixture
async def simulator() -> AsyncIterator[httpx.AsyncClient]:
    """The simulator on a real socket, quick and without weather."""
    scenario = Scenario(latency_p50_ms=0, receipt_p50_seconds=0.02, receipt_p99_seconds=0.05)
    app = make_simulator(load_templates().registered(), scenario=scenario)
    async with served(app, a_listener()) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield client


@pytest.fixture
async def notify(simulator: httpx.AsyncClient, tmp_path: Path) -> AsyncIterator[Notify]:
    async with notify_served(simulator, tmp_path) as service:
        yield service
