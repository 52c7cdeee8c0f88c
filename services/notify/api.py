"""Notify's doors: what officers may see of notices, an operator's retry, and the providers' receipts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel

from contracts.errors import Forbidden, NotFound, Refused
from contracts.ids import NoticeId, PetitionId
from contracts.law.secrecy import never_shown_to
from contracts.units.tree import UnitTree
from contracts.vocabulary import NoticeChannel, NoticeFailure, Role
from services.chassis.auth.caller import Caller
from services.chassis.auth.scope import scope_of
from services.chassis.clock import Clock, SystemClock
from services.chassis.telemetry import get_log
from services.notify.domain.afterwards import receipted, retried
from services.notify.domain.compose import House, values_for
from services.notify.domain.dossier import Dossier
from services.notify.domain.notice import Notice, NoticeState, notice_id_in
from services.notify.domain.pace import Pace
from services.notify.domain.receipts import (
    MacTerms,
    Receipt,
    ZaloSecrets,
    is_receipt_token,
    sms_receipt,
    zalo_event,
)
from services.notify.domain.templates import Catalogue
from services.notify.store import Dossiers, Notices

log = get_log()

READING_ROLES: Final = (
    Role.RECEIVER,
    Role.PETITION_OFFICER,
    Role.ADVISING_UNIT,
    Role.SETTLING_AUTHORITY,
    Role.INSPECTORATE_MONITOR,
    Role.SYSTEM_OPERATOR,
)

CallerOf = Callable[..., Any]


class AttemptView(BaseModel):
    """One channel's try. ``provider_code`` is the provider's last answer."""

    channel: NoticeChannel
    tries: int
    started_at: datetime
    provider_code: str | None
    accepted_at: datetime | None
    delivered_at: datetime | None
    refused_at: datetime | None


class NoticeView(BaseModel):
    """A notice as officers see it: never the number; the text only where it is not discreet."""

    notice_id: NoticeId
    petition_id: PetitionId | None
    post: str | None
    """The duty post, for notices to officers."""
    template: str
    use: str
    text: str | None
    state: NoticeState
    reason: str | None
    failure: NoticeFailure | None
    failure_label: str | None
    planned_at: datetime
    due_at: datetime | None
    not_after: datetime
    attempts: tuple[AttemptView, ...]


class Taken(BaseModel):
    """What a provider is told about its receipt: taken, or nothing we know."""

    is_taken: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """The collaborators of the doors."""

    notices: Notices
    dossiers: Dossiers
    catalogue: Catalogue
    units: UnitTree
    clock: Clock
    pace: Pace
    house: House
    zalo_secrets: ZaloSecrets
    zalo_terms: MacTerms | None
    receipt_secret: str
    machine: Clock = field(default_factory=SystemClock)
    """Providers live in the machine's time, wherever a drill has moved ours."""

    async def in_scope(self, petition_id: PetitionId, caller: Caller) -> Dossier:
        """The dossier, if the caller's unit has had the petition in hand and is not near whom it accuses.

        Errors: Forbidden; NotFound, the same for not there, not yours and about you.
        """
        caller.must_be(*READING_ROLES)
        kept = await self.dossiers.find(petition_id)
        dossier = None if kept is None else kept.state
        if dossier is None or not self._may_see(dossier, caller):
            raise NotFound("no_notice", "Không tìm thấy thông báo.")
        return dossier

    def _may_see(self, dossier: Dossier, caller: Caller) -> bool:
        today = self.clock.today()
        if caller.unit is None:
            return False
        own = frozenset({caller.unit, self.units.body_of(caller.unit, today)})
        if dossier.never_at in never_shown_to(own, self.units, today):
            return False
        scope = scope_of(caller, self.units, today)
        return any(scope.covers(unit) for unit in dossier.units)

    async def seen(self, notice_id: NoticeId, caller: Caller) -> tuple[Notice, Dossier]:
        """A notice within the caller's scope. Errors: Forbidden; NotFound, the same for not there and not yours."""
        caller.must_be(*READING_ROLES)
        notice = await self.notices.get(notice_id)
        return notice, await self.in_scope(notice.about, caller)

    def view(self, notice: Notice, dossier: Dossier) -> NoticeView:
        """What may be shown."""
        template = self.catalogue.by_reference(notice.template)
        is_open = not (notice.is_discreet or dossier.is_discreet)
        values = values_for(notice, template, dossier.code or "…", self.house)
        return NoticeView(
            notice_id=notice.notice_id,
            petition_id=notice.petition_id,
            post=notice.recipient.of if notice.recipient.kind == "duty" else None,
            template=notice.template if is_open else "D",
            use=template.use if is_open else "Thông báo kín",
            text=template.sms(values) if is_open else None,
            state=notice.state,
            reason=notice.reason,
            failure=notice.failure,
            failure_label=notice.failure.label if notice.failure else None,
            planned_at=notice.planned_at,
            due_at=notice.due_at,
            not_after=notice.not_after,
            attempts=tuple(
                AttemptView(**attempt.model_dump(exclude={"code"}), provider_code=attempt.code)
                for attempt in notice.attempts
            ),
        )

    async def take(self, receipt: Receipt, channel: NoticeChannel) -> bool:
        """Give a receipt its effect, once. False for requests that are not ours.

        Errors: Refused("foreign_receipt") when the provider's id is not the one it gave us.
        """
        notice_id = notice_id_in(receipt.request_id)
        if notice_id is None:
            return False
        if receipt.is_delivered is None:
            return True
        is_delivered, at = receipt.is_delivered, self._at(receipt)
        try:
            await self.notices.decide(
                notice_id,
                lambda notice: receipted(
                    notice, receipt.request_id, is_delivered=is_delivered, provider_id=receipt.provider_id, at=at
                ),
            )
        except NotFound:
            return False
        except Refused as refused:
            log.warning("receipt.refused", channel=channel, code=refused.code)
            if refused.code != "no_such_attempt":
                raise
            return False
        return True

    def _at(self, receipt: Receipt) -> datetime:
        """When it happened, by our clock: as long ago as the provider's time says."""
        machine_now = self.machine.now()
        return self.clock.now() - max(timedelta(), machine_now - (receipt.at or machine_now))


def make_api(desk: Desk, caller_of: CallerOf) -> APIRouter:
    """The doors."""
    router = APIRouter(prefix="/v1")
    _officers(router, desk, caller_of)
    _receipts(router, desk)
    return router


def _officers(router: APIRouter, desk: Desk, caller_of: CallerOf) -> None:
    @router.get("/notices", tags=["Thông báo"], summary="Các thông báo về một đơn")
    async def notices_about(petition_id: PetitionId, caller: Annotated[Caller, Depends(caller_of)]) -> list[NoticeView]:
        dossier = await desk.in_scope(petition_id, caller)
        return [desk.view(notice, dossier) for notice in await desk.notices.about(petition_id)]

    @router.get("/notices/counts", tags=["Thông báo"], summary="Số thông báo theo trạng thái")
    async def counts(caller: Annotated[Caller, Depends(caller_of)]) -> dict[NoticeState, int]:
        caller.must_be(*READING_ROLES)
        return {state: await desk.notices.count(state) for state in NoticeState}

    @router.get("/notices/{notice_id}", tags=["Thông báo"], summary="Một thông báo")
    async def notice(notice_id: NoticeId, caller: Annotated[Caller, Depends(caller_of)]) -> NoticeView:
        return desk.view(*await desk.seen(notice_id, caller))

    @router.post("/notices/{notice_id}/retry", tags=["Thông báo"], summary="Gửi lại thông báo thất bại")
    async def retry(notice_id: NoticeId, caller: Annotated[Caller, Depends(caller_of)]) -> NoticeView:
        caller.must_be(Role.SYSTEM_OPERATOR)
        _, dossier = await desk.seen(notice_id, caller)
        again = await desk.notices.decide(notice_id, lambda one: retried(one, desk.clock.now(), desk.pace))
        return desk.view(again, dossier)


def _receipts(router: APIRouter, desk: Desk) -> None:
    @router.post("/receipts/zalo", tags=["Báo nhận"], summary="Zalo báo đã giao tin")
    async def zalo(request: Request, x_zevent_signature: Annotated[str, Header(max_length=200)] = "") -> Taken:
        """Signed events that are not about our requests are answered 200 too: another answer would make Zalo
        repeat them and then switch the whole hook off."""
        raw = await request.body()
        receipt, terms = zalo_event(raw, x_zevent_signature, desk.zalo_secrets, desk.zalo_terms, desk.machine.now())
        if desk.zalo_terms is None:
            log.info("receipt.signature_matched", check=terms)
        return Taken(is_taken=receipt is not None and await desk.take(receipt, NoticeChannel.ZALO))

    @router.get("/receipts/esms/{token}", tags=["Báo nhận"], summary="eSMS báo kết quả gửi")
    async def esms(token: str, request: Request) -> Taken:
        """Errors: Forbidden("bad_receipt_address"); NotFound for a request that is not ours."""
        receipt = sms_receipt(request.query_params)
        if not is_receipt_token(desk.receipt_secret, receipt.request_id, token):
            raise Forbidden("bad_receipt_address", "Địa chỉ báo nhận không đúng.")
        if not await desk.take(receipt, NoticeChannel.SMS):
            raise NotFound("no_notice", "Không tìm thấy thông báo.")
        return Taken(is_taken=True)
