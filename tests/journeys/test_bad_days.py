"""Kafka away while filing, the embedded bus lost in the middle, the store away: real processes, seen from outside."""

import asyncio
import os
import sqlite3
import sys
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from contracts.vocabulary import Role
from deploy.demo.house import CannotStart, House, Ports
from tests.journeys.bus_away import case_of, file_one, file_while_the_bus_is_away
from tests.living import a_house, a_token, free_ports, is_listening


async def test_filing_goes_on_while_the_bus_is_away_and_what_was_filed_flows_when_it_is_back(tmp_path: Path) -> None:
    await file_while_the_bus_is_away(tmp_path / "data", House)


async def test_a_store_that_is_away_answers_503_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    async with a_house(tmp_path / "data") as (house, watch):
        who = await a_token(house, Role.RECEIVER, unit="xa-17971")
        holder = sqlite3.connect(house.data / "intake" / "ledger.sqlite", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")

        refused = await file_one(house, who, "store-away-0001", seconds=40)
        holder.execute("ROLLBACK")
        holder.close()
        taken = await file_one(house, who, "store-away-0001")
        petition_id = UUID(taken.json()["petition_id"])
        opened = await case_of(watch, petition_id)

        assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["code"] == "ledger_away"
        assert taken.status_code == httpx.codes.CREATED, "the refused filing had left something"
        assert opened.petition_id == petition_id


async def test_two_houses_do_not_share_one_folder(tmp_path: Path) -> None:
    first, second = House(tmp_path, free_ports()), House(tmp_path, free_ports())
    first.prepare()
    first.take()

    with pytest.raises(CannotStart, match="another house"):
        second.take()
    await first.stop()


async def test_a_house_says_which_of_its_processes_fell(tmp_path: Path) -> None:
    house = House(tmp_path, free_ports())
    house.prepare()
    try:
        await house.start_bus()
        fallen = asyncio.create_task(house.first_fallen())
        await house.kill("embedded bus")

        assert await fallen == "embedded bus"
    finally:
        await house.stop()


async def test_a_busy_port_is_one_clear_line_and_a_non_zero_exit(tmp_path: Path) -> None:
    ports = free_ports()
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", ports.services["routing"])
    async with server:
        code, said = await _demo(tmp_path, ports)

    assert code == 2
    (line,) = said.splitlines()
    assert str(ports.services["routing"]) in line


async def test_engines_that_are_not_built_are_one_clear_line_and_a_non_zero_exit(tmp_path: Path) -> None:
    given = {"S3_ENDPOINT": "127.0.0.1:1", "KAFKA_BOOTSTRAP_SERVERS": "", "MONGODB_URI": ""}
    code, said = await _demo(
        tmp_path, free_ports(), ENGINES="real", ENGINES_FOLDER=str(tmp_path / "nothing-built"), **given
    )

    assert code == 2
    (line,) = said.splitlines()
    assert "kafka, mongo:" in line, "what is given need not be built"
    assert "`make engines`" in line


@pytest.mark.parametrize("name", ["imagined", "containers"])
async def test_engines_of_another_name_are_one_clear_line_and_a_non_zero_exit(tmp_path: Path, name: str) -> None:
    code, said = await _demo(tmp_path, free_ports(), ENGINES=name)

    assert code == 2
    (line,) = said.splitlines()
    assert f"ENGINES={name}" in line


async def test_a_demo_that_is_told_to_end_ends_all_that_it_started(tmp_path: Path) -> None:
    ports = free_ports()
    process = await _started_demo(tmp_path, ports)
    async with asyncio.timeout(60):
        while not is_listening(ports.issuer):  # noqa: ASYNC110 - a process of its own wakes nobody here
            await asyncio.sleep(0.05)

    process.terminate()
    await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 143
    assert [name for name, port in ports.all().items() if is_listening(port)] == []


async def _demo(data: Path, ports: Ports, **more: str) -> tuple[int | None, str]:
    """The exit status and the error output of ``make demo``."""
    process = await _started_demo(data, ports, **more)
    _, said = await process.communicate()
    return process.returncode, said.decode()


async def _started_demo(data: Path, ports: Ports, **more: str) -> asyncio.subprocess.Process:
    own = {"TCD_DEMO_PORT_BASE": str(ports.base), "TCD_DEMO_DATA": str(data), "PYTHONPATH": ".", "ENGINES": ""}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.demo",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | own | more,
    )
