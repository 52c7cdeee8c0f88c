"""A small web app on the real chassis, with a door for every way to fail."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import StreamingResponse
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from contracts.errors import BadInput, Conflict, Forbidden, NoRoom, NotFound, Refused, Unavailable
from contracts.ids import UnitId
from services.chassis.auth import Caller
from services.chassis.auth.local_issuer import LocalIssuer
from services.chassis.lifecycle import Chassis, DeafAndMute, Loop
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import configure_logs, logs
from services.chassis.web.manners import answers_within

LARGE_BYTES = 3_000_000
REFUSALS: dict[str, Exception] = {
    "refused": Refused("already_closed", "Vụ việc đã kết thúc.", case_id="c-1", status=999),
    "conflict": Conflict("changed_meanwhile", "Hồ sơ vừa được người khác thay đổi."),
    "bad_input": BadInput("future_date", "Ngày ở tương lai."),
    "not_found": NotFound("no_case", "Không tìm thấy vụ việc."),
    "forbidden": Forbidden("wrong_function", "Không có chức năng này."),
    "unavailable": Unavailable("ledger_away", "Kho hồ sơ chưa phục vụ.", retry_after_seconds=7),
    "no_room": NoRoom("ledger_full", "Kho hồ sơ đã đầy.", retry_after_seconds=60),
    "teapot": HTTPException(418, "Nguyễn Văn Mốc"),
}


class Phone(BaseModel):
    number: str = Field(pattern=r"^\d{10}$")


class Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=3, max_length=30)
    unit: UnitId = "xa-17971"
    phones: list[Phone] = []
    notes: dict[str, int] = {}


@contextmanager
def logs_as_in_service(level: str = "info", on_dropped: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Logs drop what is not on the list instead of raising, and take the lines of libraries."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    configure_logs("intake", level, on_dropped)
    try:
        yield
    finally:
        logs._configure(logs._refuse)
        root.handlers, root.level = before


@dataclass
class Probe:
    chassis: Chassis
    app: FastAPI
    issuer: LocalIssuer
    spans: InMemorySpanExporter

    def span_texts(self) -> str:
        return "\n".join(span.to_json() for span in self.spans.get_finished_spans())


def a_probe(tmp_path: Path, *, loops: tuple[Loop, ...] = (), **settings: Any) -> Probe:
    issuer, spans = LocalIssuer(), InMemorySpanExporter()
    chassis = Chassis(
        "notify",
        ServiceSettings(data_folder=tmp_path, **settings),
        bus=DeafAndMute(),
        issuer=issuer,
        spans=spans,
    )
    return Probe(chassis, chassis.app(title="Probe", routers=[_doors(chassis)], loops=loops), issuer, spans)


def _doors(chassis: Chassis) -> APIRouter:
    router = APIRouter(prefix="/v1")
    _add_failures(router)
    _add_bodies(router)
    _add_waits(router)
    _add_callers(router, chassis)
    return router


def _add_failures(router: APIRouter) -> None:

    @router.get("/refusals/{name}")
    async def refuse(name: str) -> None:
        raise REFUSALS[name]

    @router.post("/drafts")
    async def draft(sent: Draft) -> dict[str, str]:
        return {"name": sent.name}

    @router.post("/bugs")
    async def bug(request: Request) -> None:
        raise RuntimeError(f"cannot store {await request.body()!r}")


def _add_bodies(router: APIRouter) -> None:
    @router.put("/large", max_body_size=LARGE_BYTES)
    async def large(request: Request) -> dict[str, int]:
        size = 0
        async for piece in request.stream():
            size += len(piece)
        return {"size": size}

    @router.put("/small")
    async def small(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}


def _add_waits(router: APIRouter) -> None:
    @router.get("/never")
    async def never() -> None:
        await asyncio.Event().wait()

    @router.get("/patient")
    @answers_within(30)
    async def patient(request: Request) -> dict[str, str]:
        await request.app.state.go_on.wait()
        return {"answer": "late"}

    @router.get("/download")
    async def download(request: Request) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"first "
            await request.app.state.go_on.wait()
            yield b"second"

        return StreamingResponse(pieces())


def _add_callers(router: APIRouter, chassis: Chassis) -> None:
    inner = APIRouter(prefix="/inner")

    @router.get("/me")
    async def me(caller: Annotated[Caller, Depends(chassis.caller)]) -> dict[str, Any]:
        return {"subject": caller.subject, "roles": sorted(caller.roles), "unit": caller.unit}

    @inner.get("/cases/{case_id}")
    async def case(case_id: str) -> dict[str, str]:
        return {"case_id": case_id}

    router.include_router(inner)
