"""One walk for many tests, which look at what it left behind."""

import asyncio

import pytest

from tests.journeys.walking import Walked, walk


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    return asyncio.run(walk(tmp_path_factory.mktemp("walk") / "data"))
