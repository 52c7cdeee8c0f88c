"""Loops outlive their failures; a life starts and stops in order, whatever its parts do."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from contracts.errors import Refused, Unavailable
from contracts.facts.envelope import Envelope
from services.chassis.health import State
from services.chassis.ledger.mongo import MongoLedger
from services.chassis.ledger.port import Collection
from services.chassis.lifecycle import Chassis, DeafAndMute, Loop
from services.chassis.lifecycle.life import StartFailed
from services.chassis.lifecycle.loops import Loops
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters
from tests.chassis.probe_app import a_probe
from tests.serving import serving


class Steps:
    """A step that does as told, one word a time, and then says that it is over."""

    def __init__(self, *words: str) -> None:
        self._words = list(words)
        self.over = asyncio.Event()

    async def __call__(self) -> bool:
        if not self._words:
            self.over.set()
            return False
        word = self._words.pop(0)
        if word == "fails":
            raise ValueError("Nguyễn Văn Mốc")
        if word == "away":
            raise Unavailable("ledger_away", "Kho chưa phục vụ.")
        return word == "more"


async def run(steps: Steps, period_seconds: float) -> Meters:
    meters = Meters("routing")
    loops = Loops([Loop("timers", period_seconds, steps)], meters)
    await loops.start()
    async with asyncio.timeout(10):
        await steps.over.wait()
    await loops.stop()
    return meters


async def test_a_step_that_raises_is_told_counted_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    meters = await run(Steps("fails", "fails", "away", "done"), 0.001)

    count = meters.registry.get_sample_value
    assert count("tcd_loop_steps_total", {"loop": "timers", "outcome": "failed"}) == 2
    assert count("tcd_loop_steps_total", {"loop": "timers", "outcome": "away"}) == 1
    said = capsys.readouterr().err
    assert said.count("loop.step_failed") == 2
    assert "ValueError" in said
    assert "Mốc" not in said


async def test_a_neighbour_that_stays_away_is_told_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    await run(Steps(*["away"] * 20), 0.001)

    assert capsys.readouterr().err.count("loop.neighbour_away") == 1


async def test_a_nudge_ends_the_wait_for_the_next_step() -> None:
    an_hour_seconds = 3600.0
    steps, nudge = Steps("done"), asyncio.Event()
    loops = Loops([Loop("timers", an_hour_seconds, steps, nudge)], Meters("routing"))
    await loops.start()
    nudge.set()
    async with asyncio.timeout(10):
        await steps.over.wait()
    await loops.stop()


async def test_a_step_with_more_to_do_goes_on_at_once() -> None:
    an_hour_seconds = 3600.0

    await run(Steps("more", "more", "more", "more"), an_hour_seconds)


class Recorder(DeafAndMute):
    """A bus that writes down what is asked of it, and fails or hangs on demand."""

    def __init__(self, fails_at: str = "", hangs_at: str = "") -> None:
        self.asked: list[str] = []
        self._fails_at = fails_at
        self._hangs_at = hangs_at
        self.collections: Sequence[Collection] = DeafAndMute.collections

    async def _do(self, what: str) -> None:
        self.asked.append(what)
        if what == self._hangs_at:
            await asyncio.Event().wait()
        if what == self._fails_at:
            raise Unavailable("bus_away", "Chưa kết nối được Kafka.")

    async def connect(self) -> None:
        await self._do("connect")

    async def listen(self) -> None:
        await self._do("listen")

    async def publish(self, envelopes: Sequence[Envelope]) -> int:
        return len(envelopes)

    async def stop_listening(self, within_seconds: float) -> None:
        await self._do("stop_listening")

    async def disconnect(self) -> None:
        await self._do("disconnect")


def a_chassis(tmp_path: Path, bus: Recorder, **settings: Any) -> Chassis:
    return Chassis("notify", ServiceSettings(data_folder=tmp_path, **settings), bus=bus)


async def test_parts_start_and_stop_in_order_and_http_is_up_before_the_bus(tmp_path: Path) -> None:
    bus = Recorder()
    chassis = a_chassis(tmp_path, bus)
    loop_stopped_after: list[str] = []
    loop_began = asyncio.Event()

    async def step() -> bool:
        loop_began.set()
        try:
            await asyncio.Event().wait()
        finally:
            loop_stopped_after.extend(bus.asked)
        return False

    async with serving(chassis.app(title="x", routers=[], loops=[Loop("l", 1, step)])) as client:
        early = await client.get("/livez")
        async with asyncio.timeout(10):
            await chassis.health.started()
            await loop_began.wait()

    assert early.status_code == 200
    assert bus.asked == ["connect", "listen", "stop_listening", "disconnect"]
    assert loop_stopped_after == ["connect", "listen", "stop_listening"]


async def test_a_bus_that_never_comes_fails_the_start_and_says_so(tmp_path: Path) -> None:
    chassis = a_chassis(tmp_path, Recorder(fails_at="connect"))
    app = chassis.app(title="x", routers=[])
    asked_to_end = asyncio.Event()
    app.state.life.on_failure = asked_to_end.set

    async with serving(app) as client, asyncio.timeout(10):
        await asked_to_end.wait()
        readiness = await client.get("/readyz")

    assert (readiness.status_code, readiness.json()["state"]) == (503, "failed")
    assert app.state.life.failure.line == "cannot start: bus: Chưa kết nối được Kafka."
    assert chassis.health.state is State.FAILED


async def test_a_ledger_that_cannot_be_opened_keeps_http_closed(tmp_path: Path) -> None:
    (tmp_path / "notify").write_text("a file where the folder should be")
    app = a_chassis(tmp_path, Recorder()).app(title="x", routers=[])

    with pytest.raises(StartFailed, match="ledger"):
        async with serving(app):
            pytest.fail("the app must not open")


async def test_a_part_that_hangs_at_stop_does_not_keep_the_others_from_stopping(tmp_path: Path) -> None:
    bus = Recorder(hangs_at="stop_listening")
    chassis = a_chassis(tmp_path, bus, stop_grace_seconds=0.5)

    async with asyncio.timeout(10):
        async with serving(chassis.app(title="x", routers=[])):
            await chassis.health.started()

    assert bus.asked[-1] == "disconnect"


async def test_a_stop_during_the_wait_for_the_bus_is_a_clean_stop(tmp_path: Path) -> None:
    bus = Recorder(hangs_at="connect")
    app = a_chassis(tmp_path, bus).app(title="x", routers=[])

    async with asyncio.timeout(10), serving(app) as client:
        readiness = await client.get("/readyz")

    assert readiness.json()["state"] == "starting"
    assert app.state.life.failure is None


def test_the_settings_choose_the_ledger_and_each_service_has_a_database_of_its_own(tmp_path: Path) -> None:
    on_a_file = Chassis("notify", ServiceSettings(data_folder=tmp_path)).ledger
    settings = ServiceSettings(data_folder=tmp_path, mongodb_uri=SecretStr("mongodb://x"), mongodb_database="tinh_40")
    on_a_server = Chassis("notify", settings).ledger
    assert on_a_file.name.startswith("sqlite ")
    assert isinstance(on_a_server, MongoLedger)
    assert on_a_server.database == "tinh_40_notify"


def test_a_store_without_credentials_is_refused_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="s3_without_credentials"):
        Chassis("notify", ServiceSettings(data_folder=tmp_path, s3_endpoint="127.0.0.1:9000"))


async def test_no_label_of_a_running_app_looks_like_an_id(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        for path in ("0190a1b2-0000-7000-8000-000000000001", "HS26-7K4QM9", "0912345678", "xa-17971"):
            await client.get(f"/v1/inner/cases/{path}")
            await client.get(f"/v1/refusals/{path}")
            await client.get(f"/{path}")

    assert ids_in_labels(probe.chassis.meters) == set()


def ids_in_labels(meters: Meters) -> set[str]:
    """Label values that look like an id, a lookup code, a phone number or a unit."""
    looks_like_id = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|HS\d\d-|\d{6,}|\b(xa|so|tinh|huyen|tw)-|[0-9a-f]{20,}")
    return {
        value
        for family in meters.registry.collect()
        for sample in family.samples
        for value in sample.labels.values()
        if looks_like_id.search(value)
    }
