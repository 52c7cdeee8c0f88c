"""Intake's door for who looks whether a petition came before: candidates with reasons. A person decides, in routing."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from contracts.facts.routing import CaseClosed
from contracts.ids import CaseId, LookupCode, PetitionId, case_of
from contracts.vocabulary import CandidateReason, CandidateVerdict, PetitionKind, Role
from services.chassis.auth.caller import Caller
from services.chassis.clock import VIETNAM
from services.intake.desk import Desk, scope_of
from services.intake.domain import Petition
from services.intake.likeness.verdicts import Candidate, Compared, Reason, candidates_of, with_case_over

SHOWN_MAX: Final = 20
LINK_ORDERS: Final = {CandidateVerdict.DUPLICATE: "link-duplicate", CandidateVerdict.GOES_ON: "link-earlier"}
"""The order of routing that confirms what was proposed; ``unlink`` takes a duplicate off again."""


class ReasonView(BaseModel):
    """Why it is proposed."""

    reason: CandidateReason
    label: str
    percent: int | None = None
    days: int | None = None


class NextOrder(BaseModel):
    """What to send to routing, if a person finds that it is so: ``POST path`` with ``{"to_case": …}``."""

    path: str
    to_case: CaseId


class CandidateView(BaseModel):
    """A petition that may belong together with the one asked about, without the person and the words."""

    petition_id: PetitionId
    case_id: CaseId
    code: LookupCode
    kind: PetitionKind
    kind_label: str
    received_on: date
    received_by: str
    received_by_name: str
    verdict: CandidateVerdict
    verdict_label: str
    reasons: tuple[ReasonView, ...]
    next: NextOrder | None


class Candidates(BaseModel):
    """What was found. Only petitions that the caller may see are compared."""

    petition_id: PetitionId
    case_id: CaseId
    is_compared: bool
    """False for a petition filed before likeness was kept, or without a word to compare: look by hand."""
    is_complete: bool
    """False when more share a mark than are compared at once, or more were found than are shown."""
    candidates: tuple[CandidateView, ...]


def make_candidates_api(desk: Desk, caller: Callable[..., Any]) -> APIRouter:
    """The route of intake that compares petitions."""
    api = APIRouter(prefix="/v1", tags=["intake"])
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made per service

    @api.get("/petitions/{petition_id}/candidates", summary="Đơn có thể trùng hoặc cùng vụ việc, kèm lý do")
    async def candidates(
        petition_id: PetitionId, who: Who, limit: Annotated[int, Query(ge=1, le=SHOWN_MAX)] = 10
    ) -> Candidates:
        who.must_be(Role.RECEIVER, Role.PETITION_OFFICER)
        scope = scope_of(desk, who)
        petition = await desk.petitions.in_scope(petition_id, scope)
        found, are_all = await desk.petitions.like(petition, scope)
        asked = _opened(desk, petition)
        proposed = [] if asked is None else candidates_of(asked, filter(None, (_opened(desk, one) for one in found)))
        shown = await asyncio.gather(*(_as_it_stands(desk, one) for one in proposed[:limit]))
        return Candidates(
            petition_id=petition.id,
            case_id=case_of(petition.id),
            is_compared=asked is not None and not asked.sketch.is_blank,
            is_complete=are_all and len(proposed) <= limit,
            candidates=tuple(_view(desk, petition, one) for one in shown),
        )

    return api


def _opened(desk: Desk, petition: Petition) -> Compared | None:
    sketch = desk.sealing.open_sketch(petition)
    return None if sketch is None else Compared(petition, sketch)


async def _as_it_stands(desk: Desk, candidate: Candidate) -> Candidate:
    """With what intake has heard of its case."""
    timeline = await desk.timelines.of(candidate.petition.id)
    is_over = any(step.type == CaseClosed.TYPE for step in timeline.steps)
    return with_case_over(candidate) if is_over else candidate


def _view(desk: Desk, asked: Petition, candidate: Candidate) -> CandidateView:
    filed = candidate.petition.filed
    return CandidateView(
        petition_id=filed.petition_id,
        case_id=case_of(filed.petition_id),
        code=filed.code,
        kind=filed.kind,
        kind_label=filed.kind.label,
        received_on=filed.received_at.astimezone(VIETNAM).date(),
        received_by=filed.received_by,
        received_by_name=desk.units.name_of(filed.received_by),
        verdict=candidate.verdict,
        verdict_label=candidate.verdict.label,
        reasons=tuple(_reason_view(reason) for reason in candidate.reasons),
        next=_next(asked, candidate),
    )


def _reason_view(reason: Reason) -> ReasonView:
    return ReasonView(reason=reason.reason, label=reason.reason.label, percent=reason.percent, days=reason.days)


def _next(asked: Petition, candidate: Candidate) -> NextOrder | None:
    """The later one is linked to the earlier one. None where no order fits: strangers, and what is over."""
    order = LINK_ORDERS.get(candidate.verdict)
    is_linkable = not candidate.is_over or CandidateReason.LATER_INSTANCE in {one.reason for one in candidate.reasons}
    if order is None or not is_linkable:
        return None
    ours, theirs = case_of(asked.id), case_of(candidate.petition.id)
    later, earlier = (ours, theirs) if candidate.is_earlier else (theirs, ours)
    return NextOrder(path=f"/v1/cases/{later}/{order}", to_case=earlier)
