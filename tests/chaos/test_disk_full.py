"""The disk under the embedded house runs full in the middle of work: ledgers, spool, vault and logs are all on it.

CHAOS_SEED=… repeats a run.
"""

import asyncio
import time
from pathlib import Path
from typing import Final

import httpx
import pytest

from deploy.demo.house import House
from tests.chaos.breaking import Fault, Plan, Scene, break_while_flowing
from tests.chaos.ledger_faults import must_be_clear, processes, ready_again
from tests.chaos.small_disk import Disk, small_disk
from tests.chaos.test_kill_services import sqlite_of

DISK_BYTES: Final = 192 << 20
PLAN: Final = Plan(petitions=200, sessions=8, at_once=8, chunks=12)
FULL: Final = "disk full"
FILLS: Final = 2
_REFUSED_EACH: Final = {"507 ledger_full": 5, "507 spool_full": 1}
"""Refusals that must be seen at the doors before the disk is freed: so the fault was really met."""
_CODES: Final = frozenset({"ledger_full", "spool_full", "vault_full", "ledger_away", "spool_away"})
_PATIENCE_SECONDS: Final = 60.0


def fill_disk(disk: Disk) -> Fault:
    """Twice, at random moments; each time until doors have refused for it."""

    async def fault(scene: Scene) -> None:
        house, started = scene.house, processes(scene.house)
        refusals = _refusals(scene)
        for part in range(1, FILLS + 1):
            await scene.until_acknowledged(petitions=scene.run.plan.petitions * part // (FILLS + 2), chunks=10 * part)
            await asyncio.sleep(scene.chance.uniform(0, 1))  # the random moment is the test
            await _refused_while_full(scene, disk)
            scene.happened(FULL)
            await ready_again(house)
        assert processes(house) == started, "a service ended because its disk was full"
        for refusal in refusals:
            must_be_clear(refusal, _CODES)

    return fault


def _refusals(scene: Scene) -> list[httpx.Response]:
    """Grows with every answer of a service from here on that is none."""
    refusals: list[httpx.Response] = []
    ports = set(scene.house.ports.services.values())

    async def answered(response: httpx.Response) -> None:
        await response.aread()
        if response.is_server_error and response.request.url.port in ports:
            refusals.append(response)

    scene.run.flow.client._http.event_hooks = {"response": [answered]}
    return refusals


async def _refused_while_full(scene: Scene, disk: Disk) -> None:
    """Doors refuse clearly and services stay alive; nobody else needs to do anything but to make room."""
    answers = scene.run.flow.client.answers.counts
    goal = {what: answers[what] + count for what, count in _REFUSED_EACH.items()}
    disk.fill()
    began = time.monotonic()
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            while any(answers[what] < count for what, count in goal.items()):
                assert time.monotonic() - began < _PATIENCE_SECONDS, (goal, dict(answers))
                disk.fill()  # a log that is turned over, a chunk that is shipped: what becomes free is taken too
                for name in scene.house.ports.services:
                    alive = await client.get(f"{scene.house.url(name)}/livez")
                    assert alive.status_code == httpx.codes.OK, name
                await asyncio.sleep(0.2)
    finally:
        disk.free()


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_full_disk_is_refused_with_507_loses_nothing_and_flows_again_when_there_is_room(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "disk", DISK_BYTES) as disk:
        figures = await break_while_flowing(
            disk.folder / "data", PLAN, fill_disk(disk), make=House, ledger_of=sqlite_of, announced=[FULL]
        )

    with capsys.disabled():
        print(figures)
