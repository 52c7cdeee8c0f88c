"""The program given to strangers, run as they would run it: another process, only an address."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from contracts.facts import public
from contracts.streams import PUBLIC_CASES
from deploy.samples.__main__ import SAMPLES
from services.chassis.bus.embedded import EmbeddedBus

ROOT = SAMPLES.parents[1]
DEADLINE_SECONDS = 30

Record = tuple[list[tuple[str, bytes]], bytes]


@pytest.fixture
async def address() -> AsyncIterator[str]:
    bus = EmbeddedBus()
    await bus.start()
    yield bus.address
    await bus.stop()


def _record(path: Path, **changed: str) -> Record:
    sample: dict[str, Any] = json.loads(path.read_text())
    headers = [(name, text.encode()) for name, text in (sample["headers"] | changed).items()]
    return headers, json.dumps(sample["value"]).encode()


async def _say(address: str, records: Sequence[Record]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        for headers, value in records:
            await producer.send_and_wait(PUBLIC_CASES.name, value, key=b"one case", headers=headers)


async def _subscriber(address: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "examples/subscriber.py",
        *arguments,
        cwd=ROOT,
        env=os.environ | {"KAFKA_BOOTSTRAP_SERVERS": address, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def _samples() -> list[Record]:
    return [_record(SAMPLES / f"{fact.TYPE}.json") for fact in public.FACTS]


async def test_a_stranger_reads_every_public_event_in_vietnamese_and_stops_after_so_many(address: str) -> None:
    await _say(address, _samples())
    process = await _subscriber(address, str(len(public.FACTS)))
    out, err = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    lines = out.decode().splitlines()
    assert process.returncode == 0, err.decode()
    assert len(lines) == len(public.FACTS)
    assert "Mở vụ việc khiếu nại, đất đai: đề xuất thụ lý; thẩm quyền: Xã Kim Liên" in lines[0]
    assert "Báo cáo cấp trên Tỉnh Nghệ An" in lines[5]


async def test_a_stranger_skips_what_he_does_not_know_and_names_what_he_cannot_read(address: str) -> None:
    opened = SAMPLES / f"{public.PublicCaseOpened.TYPE}.json"
    unknown = _record(opened, ce_type="vn.tiepdan.public.case.sung.v9")
    broken = (_record(opened)[0], b"{")
    closed = _record(SAMPLES / f"{public.PublicCaseClosed.TYPE}.json")
    await _say(address, [unknown, broken, closed])
    process = await _subscriber(address, "1")
    out, err = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    assert process.returncode == 0, err.decode()
    first, second = out.decode().splitlines()
    assert first == "(không đọc được: invalid_value)"
    assert second.endswith("Kết thúc vụ việc: đã giải quyết và công bố kết quả")


async def test_a_stranger_goes_when_told_to(address: str) -> None:
    await _say(address, _samples()[:1])
    process = await _subscriber(address)
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), DEADLINE_SECONDS)
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    assert process.returncode == 0, err.decode()
    assert err == b""
