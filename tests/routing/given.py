"""What routing tests start from: the law of this installation, and petitions as intake says them. All invented."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid5

import pytest

from contracts.errors import TiepdanError
from contracts.facts.base import VIETNAM, Fact
from contracts.facts.intake import Attachment, PetitionFiled, PetitionSupplemented, PetitionWithdrawn
from contracts.facts.routing import ClockReading, RequestAnswer
from contracts.ids import AttachmentId, PetitionId
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import official
from contracts.law.rows import Act
from contracts.units import organisation
from contracts.vocabulary import (
    AnswerKind,
    Channel,
    MatterField,
    PetitionKind,
    RespondentPost,
    SettlementResult,
    WithdrawalScope,
)
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.domain.law import Law
from services.routing.domain.opening import open_case

LAW = Law(official(), WorkingDays.official(scope="tinh-40"), organisation())
WITHOUT_CULTURE_DAY = Law(
    official(), WorkingDays.official(scope="tinh-40", switches={"culture_day": False}), organisation()
)
PUBLIC_ID_KEY = b"k" * 32

KIM_LIEN = "xa-17971"
QUY_HOP = "xa-17035"
DO_LUONG = "xa-17662"
PROVINCE = "tinh-40"
OFFICE = "btcd-40"
SO_XD = "so-40-xd"
SO_NNMT = "so-40-nnmt"


def day(text: str) -> date:
    return date.fromisoformat(text)


def noon(text: str) -> datetime:
    return datetime.combine(day(text), time(12), VIETNAM)


def petition(number: int = 1) -> PetitionId:
    return PetitionId(uuid5(UUID(int=7), str(number)))


def filed(received: str = "2026-09-07", **said: Any) -> PetitionFiled:
    """Nguyễn Văn Thử complains in person at xã Kim Liên about its chairman's decision (C01)."""
    return PetitionFiled(
        **{
            "petition_id": petition(),
            "kind": PetitionKind.COMPLAINT,
            "code": "HS26-7K4QM9",
            "channel": Channel.COUNTER,
            "received_at": noon(received),
            "received_by": KIM_LIEN,
            "matter_field": MatterField.LAND,
            "matter_unit": KIM_LIEN,
            "respondent_unit": KIM_LIEN,
            "respondent_post": RespondentPost.HEAD,
            "content_sha256": "0" * 64,
            **said,
        }
    )


def denounced(received: str = "2026-09-07", **said: Any) -> PetitionFiled:
    """A signed denunciation of the head of the respondent unit."""
    return filed(received, **{"kind": PetitionKind.DENUNCIATION, "channel": Channel.POST, **said})


def opened(fact: PetitionFiled | None = None, law: Law = LAW) -> tuple[Case, list[Fact]]:
    fact = fact or filed()
    return open_case(fact, now=fact.received_at, law=law, public_id_key=PUBLIC_ID_KEY)


def case_of(fact: PetitionFiled | None = None, law: Law = LAW) -> Case:
    return opened(fact, law)[0]


def reading_of(case: Case, clock_id: str) -> ClockReading:
    """The newest reading of that clock."""
    return [clock.reading for clock in case.clocks if clock.id == clock_id][-1]


def rolled(case: Case, clock_id: str) -> date:
    return reading_of(case, clock_id).rolled_due


def clock_ids(case: Case) -> set[str]:
    return {clock.id for clock in case.clocks if clock.is_running}


GRANTED = (RequestAnswer(request=1, answer=AnswerKind.GRANTED),)
EXPLAINED = (RequestAnswer(request=1, answer=AnswerKind.EXPLAINED),)
LKN_31, LTC_35 = ("LKN 31",), ("LTC 35",)


def settled(
    case: Case,
    on: str,
    result: SettlementResult = SettlementResult.RIGHT,
    *,
    document_number: str = "12/QĐ-UBND",
    law: Law = LAW,
) -> tuple[Case, Sequence[Fact]]:
    """Settled with all that the law wants to read in it."""
    assert case.competent_authority
    return acts.settle(
        case,
        by=case.competent_authority,
        result=result,
        document_number=document_number,
        legal_grounds=LTC_35 if case.kind is PetitionKind.DENUNCIATION else LKN_31,
        answers=[RequestAnswer(request=n + 1, answer=AnswerKind.EXPLAINED) for n in range(case.request_count or 1)],
        request_count=case.request_count or 1,
        on=day(on),
        law=law,
    )


def confirmed(case: Case, on: str, *done: Act, law: Law = LAW) -> Case:
    """What was owed was done on that day."""
    for act in done:
        case, _ = acts.confirm(case, act=act, document_number="13/CV-UBND", on=day(on), law=law)
    return case


def supplemented(on: str, *, is_signed: bool | None = None, documents: int = 1) -> PetitionSupplemented:
    attachments = tuple(
        Attachment(attachment_id=AttachmentId(UUID(int=n)), sha256="1" * 64, size_bytes=1, media_type="application/pdf")
        for n in range(documents)
    )
    return PetitionSupplemented(
        petition_id=petition(),
        kind=PetitionKind.COMPLAINT,
        supplemented_at=noon(on),
        attachments=attachments,
        is_signed=is_signed,
    )


def withdrawn(
    on: str, scope: WithdrawalScope = WithdrawalScope.WHOLE, kind: PetitionKind = PetitionKind.COMPLAINT
) -> PetitionWithdrawn:
    return PetitionWithdrawn(petition_id=petition(), kind=kind, scope=scope, withdrawn_at=noon(on))


NUMBER = "20/CV-UBND"


def refused(code: str, act: Callable[[], object]) -> str:
    """The sentence with which it is refused, by this code."""
    with pytest.raises(TiepdanError) as told:
        act()
    assert told.value.code == code
    assert told.value.sentence
    return told.value.sentence


def accepted(
    case: Case | None = None, on: str = "2026-09-14", *, requests: int | None = None, is_remote: bool = False
) -> Case:
    """Accepted by who is competent."""
    case = case or case_of()
    assert case.competent_authority
    by = case.competent_authority
    return acts.accept(case, by=by, on=day(on), law=LAW, is_remote=is_remote, request_count=requests)[0]


def sent_on() -> Case:
    """A recommendation that came to Kim Liên and was transferred to a department."""
    case = case_of(filed("2026-09-07", kind=PetitionKind.RECOMMENDATION, respondent_unit=SO_XD, respondent_post=None))
    return acts.transfer(case, to=SO_XD, by=KIM_LIEN, on=day("2026-09-08"), law=LAW, document_number="5/PC-UBND")[0]
