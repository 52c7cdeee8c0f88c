"""Alive, ready and measured are three different answers."""

import asyncio
from pathlib import Path

import pytest

from contracts.errors import Unavailable
from services.chassis import health
from services.chassis.health import State
from tests.chassis.probe_app import Probe, a_probe
from tests.serving import serving


async def ready(probe: Probe) -> None:
    async with asyncio.timeout(10):
        assert await probe.chassis.health.started() is State.READY


async def test_a_started_service_is_ready_and_says_so_part_by_part(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        await ready(probe)
        answer = await client.get("/readyz")

    assert answer.status_code == 200
    assert {part["part"]: part["ok"] for part in answer.json()["parts"]} == {"ledger": True, "vault": True}
    assert answer.json()["text"] == "Đang phục vụ"


async def test_a_neighbour_that_is_away_makes_it_unready_but_never_dead(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)

    async def away() -> None:
        raise Unavailable("bus_away", "Kafka chưa trả lời.")

    probe.chassis.health.watch("bus", away)
    async with serving(probe.app) as client:
        await ready(probe)
        readiness, liveness = await client.get("/readyz"), await client.get("/livez")

    bus = next(part for part in readiness.json()["parts"] if part["part"] == "bus")
    assert readiness.status_code == 503
    assert (bus["ok"], bus["code"], bus["text"]) == (False, "bus_away", "Luồng dữ kiện: chưa sẵn sàng")
    assert liveness.status_code == 200


async def test_a_neighbour_that_hangs_costs_its_time_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.05)
    probe = a_probe(tmp_path)

    async def hangs() -> None:
        await asyncio.Event().wait()

    probe.chassis.health.watch("vault", hangs)
    async with serving(probe.app) as client:
        await ready(probe)
        async with asyncio.timeout(5):
            answer = await client.get("/readyz")

    vault = next(part for part in answer.json()["parts"] if part["part"] == "vault")
    assert (answer.status_code, vault["code"]) == (503, "no_answer")


async def test_what_a_probe_says_stays_inside(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)

    async def fails() -> None:
        raise ConnectionError("mongodb://user:secret@10.0.0.5")  # pragma: allowlist secret

    probe.chassis.health.watch("ledger", fails)
    async with serving(probe.app) as client:
        await ready(probe)
        answer = await client.get("/readyz")

    assert "ConnectionError" in answer.text
    assert "secret" not in answer.text


async def test_a_leaving_service_is_not_ready_and_still_answers(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        await ready(probe)
        probe.app.state.life.leave()
        readiness, door = await client.get("/readyz"), await client.get("/v1/inner/cases/1")

    assert (readiness.status_code, readiness.json()["state"]) == (503, "stopping")
    assert door.status_code == 200


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [("application/openmetrics-text;version=1.0.0", "application/openmetrics-text"), ("", "text/plain")],
)
async def test_metrics_speak_openmetrics_to_those_who_ask(tmp_path: Path, accept: str, content_type: str) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        await client.get("/v1/inner/cases/1")
        answer = await client.get("/metrics", headers={"accept": accept})

    assert answer.headers["content-type"].startswith(content_type)
    assert "tcd_http_requests_total" in answer.text
    assert ('trace_id="' in answer.text) == bool(accept)  # exemplars are OpenMetrics only
    assert 'tcd_build_info{python="' in answer.text
