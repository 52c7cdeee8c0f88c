"""Three different questions: is the loop alive (/livez), does the service take work (/readyz), what does it measure.

Liveness never asks a neighbour: a neighbour that is away must not get this process restarted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client.exposition import choose_encoder

from contracts.errors import TiepdanError
from services.chassis.telemetry import Meters

Probe = Callable[[], Awaitable[None]]
Detail = Callable[[], Mapping[str, Any]]

PROBE_SECONDS: Final = 2.0
_BEAT_SECONDS: Final = 0.25
_NOT_READY: Final = 503


class State(StrEnum):
    """Where the service stands in its life."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    FAILED = "failed"


_SERVICE: Final = {
    State.STARTING: ("Đang khởi động", "starting"),
    State.READY: ("Đang phục vụ", "ready"),
    State.STOPPING: ("Đang dừng", "stopping"),
    State.FAILED: ("Không khởi động được", "start failed"),
}
_PARTS: Final = {
    "ledger": ("Kho hồ sơ", "ledger"),
    "vault": ("Kho tệp", "vault"),
    "bus": ("Luồng dữ kiện", "bus"),
}


class Health:
    """What /readyz answers: the state of the service and each neighbour, asked now, each within its time."""

    def __init__(self, meters: Meters) -> None:
        self._probes: dict[str, Probe] = {}
        self._details: dict[str, Detail] = {}
        self._meters = meters
        self._state = State.STARTING
        self._has_started = asyncio.Event()

    @property
    def state(self) -> State:
        """Where the service stands."""
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._state = state
        self._meters.is_ready.set(state is State.READY)
        if state is not State.STARTING:
            self._has_started.set()

    async def started(self) -> State:
        """Wait until the start is over, well or badly."""
        await self._has_started.wait()
        return self._state

    def watch(self, part: str, probe: Probe, detail: Detail | None = None) -> None:
        """Ask ``probe`` whenever readiness is asked; it returns when all is well and raises when not.

        ``detail`` is shown beside the answer: numbers and names of ours only, for readiness is not behind a sign-in.
        """
        self._probes[part] = probe
        if detail:
            self._details[part] = detail

    async def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether the service takes work, and why not."""
        outcomes = await asyncio.gather(*(_asked(part, probe) for part, probe in self._probes.items()))
        is_ready = self._state is State.READY and all(outcome["ok"] for outcome in outcomes)
        vietnamese, english = _SERVICE[self._state]
        return is_ready, {
            "ready": is_ready,
            "state": self._state.value,
            "text": vietnamese,
            "text_en": english,
            "parts": [{**outcome, **self._detail_of(outcome["part"])} for outcome in outcomes],
        }

    def _detail_of(self, part: str) -> Mapping[str, Any]:
        detail = self._details.get(part)
        return detail() if detail else {}


async def _asked(part: str, probe: Probe) -> Mapping[str, Any]:
    vietnamese, english = _PARTS.get(part, (part, part))
    code = await _fault_code(probe)
    if code is None:
        return {"part": part, "ok": True, "text": f"{vietnamese}: tốt", "text_en": f"{english}: ok"}
    return {
        "part": part,
        "ok": False,
        "code": code,
        "text": f"{vietnamese}: chưa sẵn sàng",
        "text_en": f"{english}: not ready",
    }


async def _fault_code(probe: Probe) -> str | None:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe()
    except TimeoutError:
        return "no_answer"
    except TiepdanError as error:
        return error.code
    except Exception as error:  # noqa: BLE001 - whatever a probe meets, the answer is: not ready
        return type(error).__name__
    return None


class Heartbeat:
    """Measures how late the event loop is, several times a second."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._beat(), name="heartbeat")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            due = time.monotonic() + _BEAT_SECONDS
            await asyncio.sleep(_BEAT_SECONDS)
            self._meters.loop_lag_seconds.set(max(0.0, time.monotonic() - due))


def health_routes(health: Health, meters: Meters) -> APIRouter:
    """/livez, /readyz and /metrics."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}  # to answer at all is the proof: it takes the event loop

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        is_ready, report = await health.report()
        return JSONResponse(report, 200 if is_ready else _NOT_READY)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        encoder, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encoder(meters.registry), media_type=content_type)

    return router
