"""One kill run: a house stands, work flows through it, a fault is done to it meanwhile; then everything is counted.

    figures = await break_while_flowing(tmp_path, PLAN, kill_services(3), make=House, ledger_of=sqlite_of)

``CHAOS_SEED`` repeats a run as far as chance is ours.
"""

import asyncio
import os
import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.demo.house import House
from deploy.demo.watch import Watch
from tests.chaos import truth
from tests.chaos.client import Client
from tests.chaos.flow import Acknowledged, Flow, Plan
from tests.chaos.world import LedgerOf, World, read_world, with_recordings
from tests.living import MakeHouse, a_house

__all__ = ["IMPATIENT", "Fault", "LedgerOf", "Plan", "Run", "Scene", "break_while_flowing"]

SETTLE_SECONDS: Final = 180.0
_LOOK_SECONDS: Final = 1.0

IMPATIENT: Final[Mapping[str, str]] = {
    "TCD_NOTIFY_LEASE_SECONDS": "3",
    "TCD_NOTIFY_UNKNOWN_WAIT_SECONDS": "3",
    "TCD_NOTIFY_RECHECK_SECONDS": "1",
    "TCD_PROVIDER_ANSWER_SECONDS": "2",
    "TCD_PROVIDER_SENDS_PER_SECOND": "200",
}
"""Waits that are minutes in a province, so that a run ends in minutes."""


@dataclass
class Run:
    """What is done and what happened in one run."""

    plan: Plan
    seed: int
    flow: Flow
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def acknowledged(self) -> Acknowledged:
        """What the doors promised so far."""
        return self.flow.acknowledged


@dataclass(frozen=True)
class Scene:
    """What a fault works with. ``chance`` is its own, from the seed."""

    house: House
    watch: Watch
    run: Run
    chance: random.Random

    def happened(self, what: str, times: int = 1) -> None:
        """The fault was done: it is counted, and printed at the end. A run in which nothing happened fails."""
        self.run.faults[what] += times

    async def until_acknowledged(self, petitions: int = 0, chunks: int = 0, *, seconds: float = 120) -> None:
        """Until the flow has got so far: a fault comes in the middle of work, not before it. Errors: TimeoutError."""
        async with asyncio.timeout(seconds):
            known, grown = self.run.acknowledged, self.run.flow.grown
            while len(known.petitions) < petitions or len(known.chunks) < chunks:
                grown.clear()
                await grown.wait()


Fault = Callable[[Scene], Awaitable[None]]


async def break_while_flowing(
    data: Path,
    plan: Plan,
    fault: Fault,
    *,
    make: MakeHouse,
    ledger_of: LedgerOf,
    settings: Mapping[str, str] = IMPATIENT,
    announced: Sequence[str] = (),
    laws: Sequence[truth.Law] = (),
) -> str:
    """The run, examined; its figures in one line. ``announced``: what must have happened by the end, by name;
    ``laws``: what must hold besides the usual.

    Errors: AssertionError with everything that does not hold, the seed first; what the flow or the fault raised.
    """
    seed = int(os.environ.get("CHAOS_SEED", secrets.randbelow(10**9)))
    chance = random.Random(seed)
    async with a_house(data, settings, make=make) as (house, watch):
        flow = Flow(house, plan, name=str(seed), chance=random.Random(chance.random()))
        run = Run(plan, seed, flow)
        scene, over = Scene(house, watch, run, random.Random(chance.random())), asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(flow.run(over), name="flow")
                tasks.create_task(_to_its_end(fault, scene, over), name="fault")
            for name in house.ports.services:
                await house.until_ready(name)
            world = await _settled(scene, ledger_of)
            assert not (found := truth.findings(world, laws)), "\n".join(found)
        except BaseException as error:
            error.add_note(f"CHAOS_SEED={seed}; {dict(run.faults)}; answers: {flow.client.answers.shown()}")
            raise
    missing = [what for what in announced if not run.faults[what]]
    assert run.faults, f"CHAOS_SEED={seed}: no fault happened"
    assert not missing, f"CHAOS_SEED={seed}: these faults did not happen: {missing}"
    assert len(run.acknowledged.petitions) >= plan.petitions
    assert len(run.acknowledged.recordings) >= plan.sessions
    assert not flow.client.answers.bugs, flow.client.answers.shown()
    return _line(run, world)


async def _to_its_end(fault: Fault, scene: Scene, over: asyncio.Event) -> None:
    await fault(scene)
    over.set()


async def _settled(scene: Scene, ledger_of: LedgerOf) -> World:
    """The house at rest, with nothing left to find. Errors: AssertionError with the findings when the time is up."""
    loop, run = asyncio.get_running_loop(), scene.run
    deadline = loop.time() + SETTLE_SECONDS
    world = await read_world(scene.house, scene.watch, run.acknowledged, ledger_of)
    while (found := truth.findings(world)) and loop.time() < deadline:
        await asyncio.sleep(_LOOK_SECONDS)
        world = await read_world(scene.house, scene.watch, run.acknowledged, ledger_of)
    if not found:
        world = await _with_recordings(scene, world)
        found = truth.findings(world, truth.LAWS_OF_RECORDINGS)
    assert not found, "\n".join([f"CHAOS_SEED={run.seed}; faults {dict(run.faults)}", *found])
    return world


async def _with_recordings(scene: Scene, world: World) -> World:
    client = Client(scene.house, scene.chance)
    try:
        return await with_recordings(world, client, scene.house)
    finally:
        await client.close()


def _line(run: Run, world: World) -> str:
    known, answers = run.acknowledged, run.flow.client.answers
    faults = ", ".join(f"{what} {count}" for what, count in sorted(run.faults.items()))
    return (
        f"\nCHAOS_SEED={run.seed}: faults: {faults}; requests {answers.tries} ({answers.shown()}); acknowledged: "
        f"petitions {len(known.petitions)}, withdrawals {len(known.withdrawn)}, sessions {len(known.recordings)}, "
        f"chunks {len(known.chunks)} ({sum(one.size_bytes for one in known.chunks):,} bytes); "
        f"lost {truth.lost(world)}, duplicated {truth.duplicated(world)}; "
        f"facts {len(world.envelopes())}, all chains whole; "
        f"notices {len(world.states('notify.notices'))}, one for each fact that had to be told; provider's answer "
        f"unknown to us {truth.unknown_outcomes(world)}, messages it took twice for that {truth.taken_twice(world)}"
    )
