"""Routing's door for machines: read cases and their explanation; one POST for each order an officer may give."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Response
from starlette.status import HTTP_204_NO_CONTENT

from contracts.errors import NotFound
from contracts.ids import CaseId
from contracts.law.secrecy import accused_unit, never_shown_to
from contracts.units import UnitTree
from contracts.vocabulary import PetitionKind, Role
from services.chassis.auth.caller import Caller
from services.chassis.auth.scope import scope_of
from services.chassis.clock import Clock
from services.chassis.ledger.drawer import Stored
from services.routing.domain.acts import Decided
from services.routing.domain.case import Case, Status
from services.routing.domain.explain import Explanation, explain
from services.routing.domain.law import Law
from services.routing.orders import ORDERS, Circumstances, Order
from services.routing.standing import StandingLaw
from services.routing.store import Cases, Reach
from services.routing.views import CaseView, view_of

READERS: Final = (
    Role.RECEIVER,
    Role.PETITION_OFFICER,
    Role.ADVISING_UNIT,
    Role.SETTLING_AUTHORITY,
    Role.VERIFIER,
    Role.CHAIR,
    Role.INSPECTORATE_MONITOR,
)

IfMatch = Annotated[str | None, Header(alias="If-Match", pattern=r'^"?\d{1,9}"?$')]
"""The version the officer saw: the order is carried out on exactly that, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything the door works with."""

    cases: Cases
    standing: StandingLaw
    clock: Clock
    supplement_answer_working_days: int

    @property
    def law(self) -> Law:
        """The law as it stands now."""
        return self.standing.now


def make_api(desk: Desk, caller: Callable[..., Any]) -> APIRouter:
    """The routes of routing below /v1/cases."""
    api = APIRouter(prefix="/v1/cases", tags=["routing"])
    _add_reads(api, desk, caller)
    for order_type in ORDERS:
        api.add_api_route(
            f"/{{case_id}}/{order_type.PATH}",
            _door(desk, caller, order_type),
            methods=["POST"],
            summary=order_type.SUMMARY,
            response_model=CaseView,
            name=order_type.PATH,
        )
    return api


def _add_reads(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made per service

    @api.get("", summary="Danh sách vụ việc trong phạm vi của người gọi")
    async def listed(
        who: Who,
        status: Status | None = None,
        kind: PetitionKind | None = None,
        due_by: date | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: CaseId | None = None,
    ) -> list[CaseView]:
        who.must_be(*READERS)
        page = None if after is None else str(after)
        found = await desk.cases.page(
            reach_of(desk, who), status=status, kind=kind, due_by=due_by, limit=limit, after=page
        )
        return [view_of(stored, desk.law) for stored in found]

    @api.get("/{case_id}", summary="Một vụ việc")
    async def read(case_id: CaseId, who: Who, response: Response) -> CaseView:
        return _answer(desk, await _visible(desk, case_id, who), response)

    @api.get("/{case_id}/explanation", summary="Vì sao: quy tắc, điều luật, từng thời hạn với từng ngày nghỉ")
    async def explained(case_id: CaseId, who: Who) -> Explanation:
        return explain((await _visible(desk, case_id, who)).state, desk.law)


def _door(
    desk: Desk, caller: Callable[..., Any], order_type: type[Order]
) -> Callable[..., Awaitable[CaseView | Response]]:
    """The door of one order: who may give it, then the decision, then the case as it stands; nothing (204) to whom the
    order itself took it from, because it turned out to accuse that unit.
    """
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made per service

    async def door(
        case_id: CaseId, order: Order, who: Who, response: Response, seen_version: IfMatch = None
    ) -> CaseView | Response:
        who.must_be(*order_type.ROLES)
        version = None if seen_version is None else int(seen_version.strip('"'))
        stored = await _carry_out(desk, case_id, order, who, version)
        if not may_see(stored.state, reach_of(desk, who)):
            return Response(status_code=HTTP_204_NO_CONTENT)
        return _answer(desk, stored, response)

    door.__annotations__["order"] = order_type
    return door


async def _carry_out(desk: Desk, case_id: CaseId, order: Order, who: Caller, seen_version: int | None) -> Stored[Case]:
    """Decide as the body the caller acts for. What may not be seen cannot be acted on."""
    reach, now = reach_of(desk, who), desk.clock.now()
    given = Circumstances(
        by=reach.body,
        on=desk.clock.today(),
        now=now,
        law=desk.law,
        supplement_answer_working_days=desk.supplement_answer_working_days,
    )

    stored = await _visible_to(desk, case_id, reach)
    other_id = order.other_case(stored.state)
    if other_id is not None:
        given = given.model_copy(update={"other": (await _visible_to(desk, other_id, reach)).state})

    def decision(case: Case) -> Decided:
        if not may_see(case, reach):
            raise _no_case()
        return order.decide(case, given)

    if other_id is not None:
        await _mark_the_other(desk, stored.state, other_id, order, given)
    return await desk.cases.act(case_id, decision, seen_version)


async def _mark_the_other(desk: Desk, case: Case, other_id: CaseId, order: Order, given: Circumstances) -> None:
    """The other case shows the link first: broken off between the two, the same order given again completes it.

    Errors: those of the decision, before anything is kept.
    """
    after, _ = order.decide(case, given)
    await desk.cases.act(other_id, lambda other: order.decide_other(other, after, given), None)


def reach_of(desk: Desk, who: Caller) -> Reach:
    """What the caller may list: the body it acts for and all below, but nothing that accuses who heads his own unit or
    that body. Errors: NotFound for who acts for no unit.
    """
    return reach_for(who, desk.law.units, desk.clock.today())


def reach_for(who: Caller, units: UnitTree, today: date) -> Reach:
    """The same, in any tree and on any day."""
    if who.unit is None:
        raise _no_case()
    body = units.body_of(who.unit, today)
    scope = scope_of(replace(who, unit=body), units, today).unit_ids
    never = never_shown_to(frozenset({who.unit, body}), units, today)
    return Reach(
        body,
        scope,
        own=frozenset(unit for unit in scope if body in {unit, units.sole_successor(unit, today)}),
        never=never,
        others=frozenset(unit.id for unit in units) - never,
    )


def may_see(case: Case, reach: Reach) -> bool:
    """True for the holder, the receiver, whoever was told or held it before, and for all above these; never for the
    accused.
    """
    if accused_unit(case.filed) in reach.never:
        return False
    had_it = (*case.transferred_from, *case.competence_refused_by)
    concerned = {case.held_by, case.filed.received_by, *case.escalated_to, *had_it}
    return not concerned.isdisjoint(reach.unit_ids)


async def _visible(desk: Desk, case_id: CaseId, who: Caller) -> Stored[Case]:
    who.must_be(*READERS)
    return await _visible_to(desk, case_id, reach_of(desk, who))


async def _visible_to(desk: Desk, case_id: CaseId, reach: Reach) -> Stored[Case]:
    """The case, if the caller may know of it. Errors: NotFound, the same for not there and not yours."""
    stored = await desk.cases.get(case_id)
    if not may_see(stored.state, reach):
        raise _no_case()
    return stored


def _answer(desk: Desk, stored: Stored[Case], response: Response) -> CaseView:
    response.headers["ETag"] = f'"{stored.version}"'
    return view_of(stored, desk.law)


def _no_case() -> NotFound:
    return NotFound("no_case", "Không tìm thấy vụ việc.")
