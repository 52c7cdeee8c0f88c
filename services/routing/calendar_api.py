"""Routing's door to the calendar: enter a signed plan, read the book, see how far the recount is, ask what if."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from contracts.errors import Forbidden
from contracts.facts.base import KeyId
from contracts.facts.calendar import CalendarPlan
from contracts.ids import UnitId
from contracts.vocabulary import Role
from services.chassis.auth.caller import Caller
from services.routing.api import READERS, Desk, may_see, reach_of
from services.routing.domain.calendar_book import CalendarBook, Entry, enter
from services.routing.domain.case import Case
from services.routing.recount import Progress, Recount
from services.routing.signatures import Signers
from services.routing.store import Calendars
from services.routing.what_if import WhatIfPage, as_csv, look

ENTERERS: Final = (Role.SYSTEM_OPERATOR, Role.SETTLING_AUTHORITY)
"""Of the province: who may carry a plan in. What gives it authority is the signature, not who types it."""

Base64Text = Annotated[str, Field(max_length=120, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
Plans = Annotated[tuple[CalendarPlan, ...], Field(min_length=1, max_length=20)]


@dataclass(frozen=True, slots=True)
class CalendarDesk:
    """Everything the door works with."""

    desk: Desk
    calendars: Calendars
    recount: Recount
    signers: Signers


class SignedPlan(BaseModel):
    """A plan with the detached signature of its issuer (``services.routing.signatures.signed_text``)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    plan: CalendarPlan
    signer: KeyId
    """The name of the key, as this installation lists it."""
    signature: Base64Text
    """Ed25519, Base64."""


class EnteredPlan(BaseModel):
    """A plan of the book."""

    revision: int
    plan: CalendarPlan
    entered_at: datetime
    entered_by: UnitId
    entered_as: Role
    signer: str
    signature: str


class WhatIf(BaseModel):
    """Plans as if they were entered now; nothing is written. They need no signature and may be in force later."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plans: Plans


def make_calendar_api(made: CalendarDesk, caller: Callable[..., Any]) -> APIRouter:
    """The routes below /v1/routing/calendar."""
    api = APIRouter(prefix="/v1/routing/calendar", tags=["calendar"])
    _add_book(api, made, caller)
    _add_what_if(api, made, caller)
    return api


def _add_book(api: APIRouter, made: CalendarDesk, caller: Callable[..., Any]) -> None:
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made per service

    @api.post("/overrides", summary="Nhập lịch làm việc đã ký: ngày nghỉ, làm bù, công tắc")
    async def entered(signed: SignedPlan, who: Who) -> EnteredPlan:
        by = _province_of(made, who)
        role = next(role for role in ENTERERS if role in who.roles)
        signature = made.signers.check(signed.plan, signed.signer, signed.signature)
        decision = partial(enter, plan=signed.plan, signature=signature, by=by, role=role, now=made.desk.clock.now())
        book = await made.calendars.enter(decision)
        await made.recount.refresh()
        return _view(next(entry for entry in book.entries if entry.said.plan == signed.plan))

    @api.get("/overrides", summary="Các lịch làm việc đã nhập")
    async def listed(who: Who) -> list[EnteredPlan]:
        who.must_be(*READERS, *ENTERERS)
        book: CalendarBook = await made.calendars.get()
        return [_view(entry) for entry in book.entries]

    @api.get("/recompute", summary="Đã tính lại bao nhiêu vụ việc theo lịch hiện hành")
    async def progress(who: Who) -> Progress:
        who.must_be(*READERS, *ENTERERS)
        return await made.recount.progress()


def _add_what_if(api: APIRouter, made: CalendarDesk, caller: Callable[..., Any]) -> None:
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - the same

    @api.post("/what-if", summary="Nếu lịch đổi như vậy: vụ việc nào, thời hạn nào, từ ngày nào sang ngày nào")
    async def asked(
        question: WhatIf,
        who: Who,
        limit: Annotated[int, Query(ge=1, le=2000, description="Số vụ việc được xét trong một trang.")] = 500,
        after: Annotated[str | None, Query(max_length=36, description="Trường next của trang trước.")] = None,
        format: Annotated[str, Query(pattern="^(json|csv)$")] = "json",  # noqa: A002 - what clients call it
    ) -> Response:
        who.must_be(*READERS, *ENTERERS)
        page = await what_if(made, question.plans, who, limit=limit, after=after)
        if format == "csv":
            more = {"X-Next-Page": page.next} if page.next else {}
            return PlainTextResponse(as_csv(page.rows), media_type="text/csv; charset=utf-8", headers=more)
        return Response(page.model_dump_json(), media_type="application/json")


async def what_if(made: CalendarDesk, plans: Plans, who: Caller, *, limit: int, after: str | None) -> WhatIfPage:
    """A page of the table, as far as the caller may see cases; of the others only how many would move."""
    today, desk = made.desk.clock.today(), made.desk
    reach = reach_of(desk, who)
    is_reader = bool(who.roles.intersection(READERS))

    def seen(case: Case) -> bool:
        return is_reader and may_see(case, reach)

    return await look(desk.cases, desk.standing, plans, seen=seen, today=today, limit=limit, after=after)


def _province_of(made: CalendarDesk, who: Caller) -> UnitId:
    """The province, if the caller acts for it. Errors: Forbidden("wrong_function"), Forbidden("not_the_province")."""
    who.must_be(*ENTERERS)
    today: date = made.desk.clock.today()
    if who.unit is None or made.desk.law.body_of(who.unit, today) != made.calendars.province:
        raise Forbidden("not_the_province", "Chỉ người của tỉnh được nhập lịch làm việc.")
    return made.calendars.province


def _view(entry: Entry) -> EnteredPlan:
    said = entry.said
    return EnteredPlan(
        revision=said.revision,
        plan=said.plan,
        entered_at=said.entered_at,
        entered_by=said.entered_by,
        entered_as=said.entered_as,
        signer=said.signer,
        signature=entry.signature,
    )
