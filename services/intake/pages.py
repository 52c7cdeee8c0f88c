"""Intake's door for people: look a petition up with what stands on its receipt. Works without JavaScript."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from contracts.errors import NotFound
from contracts.facts.lines import moment_text
from services.chassis.web.pages import Pages, from_own_page
from services.intake.desk import Desk, Lookup, Tracking, tracking_of
from services.intake.domain import PetitionStatus

_NOTHING: Final = (
    "Không tìm thấy đơn với mã và khóa này. Xin xem lại giấy biên nhận; nhập sai nhiều lần phải chờ 15 phút."
)
_WITHDRAWN: Final = {
    PetitionStatus.PARTLY_WITHDRAWN: "Đã rút một phần nội dung.",
    PetitionStatus.WITHDRAWN: "Đơn đã được rút.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step, ready to be read."""

    iso: str
    at: str
    line: str


@dataclass(frozen=True, slots=True)
class TrackingPage:
    """Everything the template shows."""

    tracking: Tracking | None = None
    refusal: str | None = None
    code: str = ""

    @property
    def received(self) -> str:
        return moment_text(self.tracking.received_at) if self.tracking else ""

    @property
    def withdrawn(self) -> str | None:
        return _WITHDRAWN.get(self.tracking.status) if self.tracking else None

    @property
    def steps(self) -> list[Line]:
        steps = self.tracking.steps if self.tracking else ()
        return [Line(step.at.isoformat(), moment_text(step.at), step.line) for step in steps]


def make_pages(desk: Desk) -> APIRouter:
    """The pages of intake."""
    pages = Pages(Path(__file__).parent / "templates")
    router = APIRouter(include_in_schema=False)

    @router.get("/tra-cuu")
    async def ask() -> HTMLResponse:
        return pages.render("tracking.html", page=TrackingPage())

    @router.post("/tra-cuu", dependencies=[Depends(from_own_page)])
    async def look_up(
        code: Annotated[str, Form(max_length=20)], access_key: Annotated[str, Form(max_length=20)]
    ) -> HTMLResponse:
        try:
            lookup = Lookup(code=code.strip().upper(), access_key=access_key.strip())
            tracking = await tracking_of(desk, lookup)
        except (ValidationError, NotFound):
            return pages.render("tracking.html", 404, page=TrackingPage(refusal=_NOTHING, code=code.strip()[:11]))
        return pages.render("tracking.html", page=TrackingPage(tracking=tracking))

    return router
