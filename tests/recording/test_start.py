"""How recording starts, as its operator meets it: a process, an exit code, one clear line."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.chassis.bus.embedded import EmbeddedBus
from tests.chassis.lying_store import Lie, lying_store

DEADLINE_SECONDS = 40


@pytest.fixture
async def bus() -> AsyncIterator[EmbeddedBus]:
    bus = EmbeddedBus()
    await bus.start()
    yield bus
    await bus.stop()


@asynccontextmanager
async def a_recording(
    folder: Path, bus: EmbeddedBus, more: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """``python -m services.recording``; ended at the end if it still runs."""
    environment = {
        **os.environ,
        "TCD_DATA_FOLDER": str(folder),
        "TCD_PORT": "0",
        "KAFKA_BOOTSTRAP_SERVERS": bus.address,
        **(more or {}),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.recording",
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ending(process: asyncio.subprocess.Process) -> tuple[int | None, list[str]]:
    """Exit code and the lines for a person, of a process that ends by itself."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        _, said = await process.communicate()
    return process.returncode, [line for line in said.decode().splitlines() if not line.startswith("{")]


async def until_ready(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    async with asyncio.timeout(DEADLINE_SECONDS):
        while b'"event":"service.ready"' not in await process.stderr.readline():
            assert process.returncode is None


async def test_a_second_process_on_the_same_spool_is_refused_with_one_line(tmp_path: Path, bus: EmbeddedBus) -> None:
    async with a_recording(tmp_path, bus) as first:
        await until_ready(first)
        async with a_recording(tmp_path, bus) as second:
            code, lines = await ending(second)
        is_first_alive = first.returncode is None

    assert code == 1
    assert len(lines) == 1
    assert lines[0].startswith(
        f"recording cannot start: spool: Thư mục tạm {tmp_path / 'recording' / 'spool'} đang được"
    )
    assert is_first_alive


async def test_a_killed_process_leaves_the_spool_to_the_next(tmp_path: Path, bus: EmbeddedBus) -> None:
    async with a_recording(tmp_path, bus) as first:
        await until_ready(first)
        first.kill()
        await first.wait()

    async with a_recording(tmp_path, bus) as second:
        await until_ready(second)


@pytest.mark.parametrize("lie", ["deletes", "shortens", "forgets", "no_lock"])
async def test_the_service_ends_with_one_line_on_a_store_that_does_not_keep_retention(
    tmp_path: Path, bus: EmbeddedBus, lie: Lie
) -> None:
    with lying_store(lie) as store:
        said = {"S3_ENDPOINT": store.endpoint, "S3_SECURE": "false", "S3_BUCKET": "tiepdan"}
        keys = {"S3_ACCESS_KEY": "who-asks", "S3_SECRET_KEY": "not-a-real-key"}  # pragma: allowlist secret
        async with a_recording(tmp_path, bus, said | keys) as process:
            code, lines = await ending(process)

    assert code == 1
    assert len(lines) == 1
    assert lines[0].startswith("recording cannot start: vault: ")
    assert "không được dùng" in lines[0]


async def test_the_same_store_telling_the_truth_is_taken(tmp_path: Path, bus: EmbeddedBus) -> None:
    with lying_store("none") as store:
        said = {"S3_ENDPOINT": store.endpoint, "S3_SECURE": "false", "S3_BUCKET": "tiepdan"}
        keys = {"S3_ACCESS_KEY": "who-asks", "S3_SECRET_KEY": "not-a-real-key"}  # pragma: allowlist secret
        async with a_recording(tmp_path, bus, said | keys) as process:
            await until_ready(process)
