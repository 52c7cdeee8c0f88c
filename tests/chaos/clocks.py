"""Clocks of services are five minutes off while work flows, and are put right again, which is a leap of its own.

Where there is a C compiler the whole process has the wrong time of day (tokens, S3 signatures, ids); elsewhere what
the service itself takes for now (``TCD_CLOCK_FILE``). The run says which.
"""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import httpx

from contracts.facts.envelope import Envelope
from contracts.facts.intake import PetitionFiled
from contracts.facts.routing import CaseOpened
from contracts.streams import BY_NAME
from contracts.vocabulary import Role
from deploy.demo.house import House
from deploy.demo.people import KIM_LIEN
from services.chassis.clock import FileClock, move_clock
from services.routing.domain.opening import open_case
from tests.chaos.breaking import Fault, Scene
from tests.chaos.world import World
from tests.living import a_token
from tests.routing.given import LAW, PUBLIC_ID_KEY

OFF_SECONDS: Final = 300
_NEARLY_SECONDS: Final = 60.0
_HEARD_WITHIN_SECONDS: Final = 60.0
_SOURCE: Final = Path(__file__).with_name("clock_off.c")
F = TypeVar("F")
Offs = Mapping[str, int]
"""By service: seconds ahead; behind when negative."""


def off(service: str, seconds: int) -> str:
    """What such a fault is counted under."""
    return f"clock of {service} {abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}"


def wrong_clocks(steps: Sequence[Offs]) -> Fault:
    """One step after the other: these services off together, until each was heard with its wrong time; then right."""

    async def fault(scene: Scene) -> None:
        library = await asyncio.to_thread(_compiled, scene.house.data)
        scene.happened(f"by {'a wrong clock of the whole process' if library else 'the own clock of the service only'}")
        share = scene.run.plan.petitions // (2 * len(steps) + 1)
        for number, offs in enumerate(steps):
            await scene.until_acknowledged(petitions=2 * number * share + 1)
            await _step(scene, offs, library)

    return fault


async def _step(scene: Scene, offs: Offs, library: Path | None) -> None:
    for service, seconds in offs.items():
        scene.house.more_of[service] = _settings(scene.house, service, seconds, library)
        before = set(scene.watch.heard)
        await _start_anew(scene.house, service)
        await _look_at_tokens(scene, service, seconds, is_whole=library is not None)
        await _until_heard_off(scene, service, seconds, before)
        scene.happened(off(service, seconds))
    for service in offs:
        del scene.house.more_of[service]
        await _start_anew(scene.house, service)


def _settings(house: House, service: str, seconds: int, library: Path | None) -> dict[str, str]:
    if library is not None:
        return {"LD_PRELOAD": str(library), "CLOCK_OFF_SECONDS": str(seconds)}
    own = house.data / f"clock-of-{service}.json"
    shared = FileClock(house.data / "clock.json").now() - datetime.now(UTC)
    move_clock(own, shared.total_seconds() + seconds)
    return {"TCD_CLOCK_FILE": str(own)}


async def _start_anew(house: House, service: str) -> None:
    process = house.processes[service]
    process.terminate()
    await process.wait()
    await house.start_service(service)
    await house.until_ready(service)


async def _look_at_tokens(scene: Scene, service: str, seconds: int, *, is_whole: bool) -> None:
    """A token of this moment is refused where it is not yet valid by more than the leeway, and only there."""
    if service != "routing":
        return
    fresh = await a_token(scene.house, Role.SETTLING_AUTHORITY, unit=KIM_LIEN)
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{scene.house.url(service)}/v1/cases", headers=fresh)
    is_refused = is_whole and seconds < 0
    expected = httpx.codes.UNAUTHORIZED if is_refused else httpx.codes.OK
    assert answer.status_code == expected, answer.text
    scene.happened(f"token of this moment {'refused' if is_refused else 'taken'} by {off(service, seconds)}")


async def _until_heard_off(scene: Scene, service: str, seconds: int, before: set[tuple[str, str, int]]) -> None:
    """Until a fact came that this service said by its wrong clock: then the fault is one. Errors: TimeoutError."""
    clock, wrong = FileClock(scene.house.data / "clock.json"), timedelta(seconds=seconds)

    def is_off(envelope: Envelope) -> bool:
        by_us = BY_NAME[envelope.stream].speaker == service
        return by_us and abs((clock.now() + wrong - envelope.time).total_seconds()) < _NEARLY_SECONDS

    async with asyncio.timeout(_HEARD_WITHIN_SECONDS):
        while not any(is_off(one) for one in _heard_since(scene, before)):  # noqa: ASYNC110 - no onlooker tells us
            await asyncio.sleep(0.1)


def _heard_since(scene: Scene, before: set[tuple[str, str, int]]) -> list[Envelope]:
    return [envelope for place, (envelope, _) in scene.watch.heard.items() if place not in before]


def _compiled(folder: Path) -> Path | None:
    """The shifting library, made on the spot; none without a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "clock_off.so"
    subprocess.run(  # noqa: S603 - our own source, by the machine's compiler
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"], check=True, timeout=60
    )
    return library


def deadlines_follow_from_the_day_of_receipt(world: World) -> Iterator[str]:
    """Whatever clock routing goes by: the case's days are those that its petition's day of receipt calls for."""
    filed = {one.petition_id: one for one in _facts(world, PetitionFiled)}
    for opened in _facts(world, CaseOpened):
        _, said = open_case(filed[opened.petition_id], now=opened.opened_at, law=LAW, public_id_key=PUBLIC_ID_KEY)
        expected = said[0]
        assert isinstance(expected, CaseOpened)
        if not opened.clocks or (opened.received_on, opened.clocks) != (expected.received_on, expected.clocks):
            yield f"{opened.case_id}: {opened.clocks}, not {expected.clocks}"


def _facts(world: World, kind: type[F]) -> Iterator[F]:
    for envelope in world.envelopes():
        fact = envelope.fact()
        if isinstance(fact, kind):
            yield fact
