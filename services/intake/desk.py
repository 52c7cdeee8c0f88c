"""What intake's doors share: the desk they work at, who may see what, and the look-up behind a receipt."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, Field

from contracts.errors import NotFound
from contracts.facts import BY_TYPE
from contracts.facts.lines import line_of
from contracts.ids import LookupCode
from contracts.law.secrecy import is_confidential, never_shown_to
from contracts.units import UnitTree
from contracts.vocabulary import PetitionKind, Role
from services.chassis.auth.caller import Caller
from services.chassis.auth.scope import scope_of as unit_scope_of
from services.chassis.clock import Clock
from services.chassis.ledger.port import Where
from services.intake.domain import PetitionStatus
from services.intake.store import NOBODY, Attempts, Documents, Petitions, ReceiptSecret, Sealing, Timelines

ORDINARY_KINDS: Final = tuple(kind.value for kind in PetitionKind if not is_confidential(kind))


class Lookup(BaseModel):
    """What stands on the receipt. Sent in a body: a URL would keep it in logs."""

    code: LookupCode
    access_key: Annotated[str, Field(pattern=r"^\d{8}$")]


class TimelineStep(BaseModel):
    """One line of the timeline."""

    at: datetime
    what: str
    line: str


class Tracking(BaseModel):
    """What happened to a petition so far."""

    code: LookupCode
    received_at: datetime
    status: PetitionStatus
    steps: tuple[TimelineStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything the door works with."""

    petitions: Petitions
    timelines: Timelines
    documents: Documents
    sealing: Sealing
    secret: ReceiptSecret
    attempts: Attempts
    units: UnitTree
    clock: Clock
    attachment_max_bytes: int
    is_web_form_signed: bool = False
    """A web form filed by a citizen whom VNeID vouched for counts as signed (setting ``vneid_form_is_signed``)."""


async def tracking_of(desk: Desk, lookup: Lookup) -> Tracking:
    """The timeline behind a receipt. Errors: NotFound, the same for no such code, wrong key and too many tries."""
    petition = await desk.petitions.by_code(lookup.code) if desk.attempts.may_try(lookup.code) else None
    if petition is None or not desk.attempts.fits(lookup.access_key, desk.secret.access_key(petition.id)):
        desk.attempts.failed(lookup.code)
        raise NotFound(
            "no_receipt", "Không tìm thấy đơn với mã và khóa này. Nếu đã nhập sai nhiều lần, xin thử lại sau 15 phút."
        )
    timeline = await desk.timelines.of(petition.id)
    first = TimelineStep(
        at=petition.filed.received_at, what=petition.filed.TYPE, line=line_of(petition.filed, desk.units.name_of)
    )
    steps = [
        TimelineStep(
            at=step.time,
            what=step.type,
            line=line_of(BY_TYPE[step.type].model_validate_json(step.value), desk.units.name_of),
        )
        for step in timeline.steps
    ]
    return Tracking(
        code=petition.code,
        received_at=petition.filed.received_at,
        status=petition.status,
        steps=(first, *steps),
    )


def scope_of(desk: Desk, who: Caller) -> Where:
    """What the caller may know of: citizens their own; officers their unit and below, denunciations only receivers,
    and none that accuses the officer's own unit, the body it acts for, or one above these.
    """
    if who.unit is None:
        return Where(equal={"filed_by": who.subject})
    today = desk.clock.today()
    unit = desk.units.body_of(who.unit, today)  # a province's reception board sees what the province may see
    scope = unit_scope_of(replace(who, unit=unit), desk.units, today).where("received_by")
    never = never_shown_to(frozenset({who.unit, unit}), desk.units, today)
    others = sorted({one.id for one in desk.units} - never)
    scope = replace(scope, one_of={**scope.one_of, "accused": [NOBODY, *others]})
    if Role.RECEIVER in who.roles:
        return scope
    return replace(scope, one_of={**scope.one_of, "kind": ORDINARY_KINDS})
