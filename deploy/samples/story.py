"""Made-up facts, one of each kind, about no real petition, case, session or person. Real communes serve as places."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from contracts.facts import calendar, intake, notify, public, recording, routing, sessions
from contracts.facts.base import Fact, KeptFile
from contracts.facts.envelope import GENESIS, seal
from contracts.ids import (
    AttachmentId,
    CaseId,
    DocumentId,
    FactId,
    NoticeId,
    PetitionId,
    PointId,
    PublicCaseId,
    RecordingId,
    SessionId,
    StreamId,
    calendar_of,
    case_of,
    derived,
)
from contracts.vocabulary import (
    ChangeReason,
    Channel,
    ClosingGround,
    CompetenceRefusalGround,
    ComplexityTest,
    DayReason,
    DeclineGround,
    DelayReason,
    DocumentForm,
    Duty,
    EndedBy,
    EscalationReason,
    GapCause,
    InterruptionCause,
    LinkKind,
    MatterField,
    NoticeChannel,
    NoticeFailure,
    OnlineGround,
    Outcome,
    PetitionKind,
    PointCheck,
    ReceptionRefusal,
    RespondentPost,
    Role,
    SessionKind,
    SettlementResult,
    SuspensionGround,
    WithdrawalScope,
)

TRACE: Final = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_BEGINS: Final = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)

PETITION: Final = PetitionId(derived("sample", "petition"))
PUBLIC: Final = PublicCaseId(derived("sample", "public case"))
SESSION: Final = SessionId(derived("sample", "session"))
RECORDING: Final = RecordingId(derived("sample", "recording"))
PROVINCE_POINT: Final = PointId(derived("sample", "point", "province"))
KIM_LIEN_POINT: Final = PointId(derived("sample", "point", "xa-17971"))
STREAM: Final = StreamId(derived("sample", "stream"))
NOTICE: Final = NoticeId(derived("sample", "notice"))
KIND: Final = PetitionKind.COMPLAINT


def sealed_story() -> dict[str, dict[str, Any]]:
    """Every sample by fact type: stream, key, headers, value. The facts of one subject are chained in story order."""
    heads: dict[tuple[str, str], tuple[int, str]] = {}
    samples = {}
    for number, fact in enumerate(_story()):
        moment = _BEGINS + timedelta(minutes=number)
        place = (fact.stream.name, str(fact.subject))
        sequence, before = heads.get(place, (0, GENESIS))
        envelope = seal(
            fact,
            fact_id=_uuid7(moment, number),
            source=f"/tiepdan/{fact.stream.speaker}",
            time=moment,
            sequence=sequence + 1,
            prev_hash=before,
            traceparent=TRACE,
        )
        heads[place] = (envelope.sequence, envelope.hash)
        samples[fact.TYPE] = {
            "stream": envelope.stream,
            "key": envelope.subject,
            "headers": {name: raw.decode() for name, raw in envelope.headers()},
            "value": json.loads(envelope.value),
        }
    return samples


def _story() -> Iterator[Fact]:
    yield from _intake()
    yield from _routing()
    yield from _public()
    yield from _sessions()
    yield from _recording()
    yield from _notify()
    yield from _added_later()


def _intake() -> Iterator[Fact]:
    yield intake.PetitionFiled(
        petition_id=PETITION,
        kind=KIND,
        code="HS26-7K4QM9",
        channel=Channel.COUNTER,
        received_at=_BEGINS,
        received_by="xa-17971",
        matter_field=MatterField.LAND,
        matter_unit="xa-17971",
        respondent_unit="xa-17971",
        respondent_post=RespondentPost.HEAD,
        decision_known_on=date(2026, 8, 3),
        signer_count=12,
        has_representatives=True,
        content_sha256=_sha256("content"),
        attachment_count=1,
    )
    attachment = intake.Attachment(
        attachment_id=AttachmentId(derived("sample", "attachment")),
        sha256=_sha256("attachment"),
        size_bytes=482_113,
        media_type="application/pdf",
    )
    yield intake.PetitionSupplemented(
        petition_id=PETITION, kind=KIND, supplemented_at=_BEGINS, attachments=(attachment,), is_signed=True
    )
    yield intake.PetitionWithdrawn(
        petition_id=PETITION, kind=KIND, scope=WithdrawalScope.PARTIAL, withdrawn_at=_BEGINS + timedelta(days=3)
    )
    box = b64encode(hashlib.sha512(b"sample box").digest()).decode()
    yield intake.ContactGiven(petition_id=PETITION, is_discreet=False, key_id="contacts-2026-1", sealed=box)


def _routing() -> Iterator[Fact]:
    accept = routing.ClockReading(
        clock="K2",
        started_on=date(2026, 9, 7),
        raw_due=date(2026, 9, 16),
        rolled_due=date(2026, 9, 16),
        alarm_on=date(2026, 9, 16),
        articles=("ND155 10", "LKN 27"),
    )
    settle = routing.ClockReading(
        clock="K3",
        started_on=date(2026, 9, 14),
        raw_due=date(2026, 10, 14),
        rolled_due=date(2026, 10, 14),
        alarm_on=date(2026, 10, 14),
        articles=("LKN 28",),
    )
    longer = settle.model_copy(update={name: date(2026, 10, 29) for name in ("raw_due", "rolled_due", "alarm_on")})
    case: dict[str, Any] = {"case_id": CaseId(case_of(PETITION)), "petition_id": PETITION, "kind": KIND}
    yield routing.CaseOpened(
        **case,
        public_id=PUBLIC,
        code="HS26-7K4QM9",
        opened_at=_BEGINS,
        received_on=date(2026, 9, 7),
        matter_field=MatterField.LAND,
        held_by="xa-17971",
        competent_authority="xa-17971",
        outcome=Outcome.ACCEPT_PROPOSE,
        rule="R01",
        articles=("LKN 7(1)", "LKN 17", "ND155 10"),
        is_large_group=True,
        signer_count=12,
        clocks=(accept,),
    )
    yield routing.CaseSupplementRequested(**case, requested_on=date(2026, 9, 8), answer_by=date(2026, 9, 22))
    yield routing.CaseAccepted(**case, accepted_on=date(2026, 9, 14), settling_authority="xa-17971", clocks=(settle,))
    yield routing.CaseGuided(**case, guided_on=date(2026, 9, 8), guided_to="xa-17035", rule="R02")
    yield routing.CaseTransferred(
        **case,
        transferred_on=date(2026, 9, 3),
        from_unit="so-40-xd",
        to_unit="tinh-40",
        rule="R05",
        clocks=(accept,),
    )
    yield routing.CaseDeclined(
        **case,
        declined_on=date(2026, 9, 16),
        ground=DeclineGround.LIMITATION_EXPIRED,
        document_number="18/TB-UBND",
    )
    yield routing.CaseEscalated(
        **case,
        escalated_at=datetime(2026, 10, 15, 1, 0, tzinfo=UTC),
        reasons=(EscalationReason.DEADLINE_MISSED, EscalationReason.LARGE_GROUP),
        from_unit="xa-17971",
        to_unit="tinh-40",
        signer_count=12,
        missed_clock=settle,
    )
    yield routing.CaseExtended(
        **case,
        extended_on=date(2026, 10, 12),
        tests=(ComplexityTest.MANY_PEOPLE, ComplexityTest.SEVERAL_AGENCIES),
        document_number="214/QĐ-UBND",
        clock=longer,
    )
    yield routing.CaseSuspended(
        **case,
        suspended_on=date(2026, 8, 28),
        ground=SuspensionGround.FORCE_MAJEURE,
        document_number="190/QĐ-UBND",
        days_used=11,
    )
    yield routing.CaseResumed(**case, resumed_on=date(2026, 9, 21), document_number="201/QĐ-UBND", clock=longer)
    yield routing.CaseSettled(
        **case,
        settled_on=date(2026, 10, 12),
        result=SettlementResult.PARTLY_RIGHT,
        document_number="225/QĐ-UBND",
        is_within_time=True,
    )
    yield routing.CaseClosed(**case, closed_on=date(2026, 11, 16), ground=ClosingGround.SETTLED)
    yield routing.DeadlineNear(**case, clock=settle, held_by="xa-17971", days_left=5)
    yield routing.DeadlineMissed(**case, clock=settle, held_by="xa-17971", days_over=1)


def _added_later() -> Iterator[Fact]:
    """Facts younger than the first release stand last, so that the samples before them stay as they are."""
    yield routing.CaseRerouted(
        case_id=CaseId(case_of(PETITION)),
        petition_id=PETITION,
        kind=KIND,
        rerouted_on=date(2026, 9, 23),
        held_by="xa-17971",
        competent_authority="xa-17971",
        outcome=Outcome.SHELVE,
        rule="R14",
        articles=("TT05 28",),
    )
    yield from _life()
    yield from _documents()
    yield from _reports()


def _reports() -> Iterator[Fact]:
    """Split, inspected, reported."""
    case: dict[str, Any] = {"case_id": CaseId(case_of(PETITION)), "petition_id": PETITION, "kind": KIND}
    day = date(2026, 9, 28)
    yield routing.CaseSplit(**case, split_on=day, document_number="12/HD-BTCD")
    yield routing.CaseInspectionOrdered(**case, ordered_on=day, document_number="13/QĐ-UBND")
    yield routing.CaseReported(
        **case, reported_on=day, from_unit="xa-17971", document_number="14/QĐ-UBND", is_settled=True
    )
    yield routing.CaseOverdueReported(**case, told_on=day)


def _life() -> Iterator[Fact]:
    """What may still happen in the life of a case."""
    case: dict[str, Any] = {"case_id": CaseId(case_of(PETITION)), "petition_id": PETITION, "kind": KIND}
    other = CaseId(derived("sample", "other case"))
    number = "230/UBND-TD"
    yield routing.CaseDutyDone(
        **case, done_on=date(2026, 10, 14), ended=("K4",), document_number=number, is_within_time=True
    )
    yield routing.CaseDecisionReceived(**case, received_on=date(2026, 10, 16))
    yield routing.CaseTookEffect(**case, effective_on=date(2026, 11, 12))
    yield routing.CaseDialoguePlanned(**case, dialogue_on=date(2026, 10, 1))
    yield routing.CaseDialogueHeld(
        **case, held_on=date(2026, 10, 1), was_petitioner_present=True, document_number="9/BB-UBND"
    )
    yield routing.CaseDiscontinued(**case, discontinued_on=date(2026, 10, 19), document_number="231/QĐ-UBND")
    yield routing.CaseContinued(**case, withdrawn_on=date(2026, 10, 19), remaining_signers=11)
    yield routing.CaseLinked(**case, linked_on=date(2026, 9, 18), link=LinkKind.DUPLICATE, to_case=other)
    yield routing.CaseUnlinked(**case, unlinked_on=date(2026, 9, 21), from_case=other)
    yield routing.CaseUrged(
        **case,
        urged_on=date(2026, 9, 22),
        from_unit="tinh-40",
        to_unit="xa-17971",
        report_by=date(2026, 9, 29),
        document_number=number,
    )
    yield routing.CaseInstructed(
        **case,
        instructed_on=date(2026, 10, 21),
        from_unit="tinh-40",
        to_unit="so-40-xd",
        result_by=date(2026, 11, 4),
        document_number="88/TB-UBND",
    )
    yield routing.CompetenceRefused(
        **case,
        refused_on=date(2026, 9, 10),
        from_unit="so-40-xd",
        to_unit="xa-17971",
        ground=CompetenceRefusalGround.OTHER_FIELD,
        document_number=number,
    )
    yield routing.CompetenceDisputed(
        **case, disputed_on=date(2026, 9, 14), between=("xa-17971", "so-40-xd"), decided_by="tinh-40"
    )
    yield routing.CompetenceDecided(
        **case,
        decided_on=date(2026, 9, 16),
        decided_by="tinh-40",
        held_by="so-40-xd",
        competent_authority="so-40-xd",
        document_number="201/QĐ-UBND",
    )
    yield routing.ReceptionRefused(
        **case, refused_on=date(2026, 11, 20), ground=ReceptionRefusal.SETTLED_BUT_PROLONGED, is_by_notice=True
    )
    day = date(2026, 9, 7)
    yield routing.CaseTaskOpened(**case, duty=Duty.CONSIDER_STAY, opened_on=day, due_on=day, held_by="xa-17971")
    yield routing.CaseTaskDone(**case, duty=Duty.CONSIDER_STAY, done_on=day, document_number=number)
    yield routing.CaseDelayExplained(
        **case, explained_on=date(2026, 10, 1), reason=DelayReason.AWAITING_OTHER_BODY, document_number=number
    )
    plan = calendar.CalendarPlan(
        scope="state",
        effective_from=date(2026, 9, 24),
        document="4521/TB-BNV",
        days=(calendar.CalendarDay(day=date(2026, 10, 14), is_working=False, reason=DayReason.OTHER_HOLIDAY),),
    )
    yield calendar.CalendarOverridden(
        calendar_id=calendar_of("tinh-40"),
        revision=1,
        plan=plan,
        entered_at=datetime(2026, 9, 24, 2, 0, tzinfo=UTC),
        entered_by="tinh-40",
        entered_as=Role.SYSTEM_OPERATOR,
        signer="lich-2026-1",
        signature_sha256=_sha256("signature"),
    )
    was = routing.ClockReading(
        clock="K3",
        started_on=date(2026, 9, 14),
        raw_due=date(2026, 10, 14),
        rolled_due=date(2026, 10, 14),
        alarm_on=date(2026, 10, 14),
        articles=("LKN 28",),
    )
    yield routing.DeadlineMoved(
        case_id=CaseId(case_of(PETITION)),
        petition_id=PETITION,
        kind=KIND,
        clock=was.model_copy(update={"rolled_due": date(2026, 10, 15)}),
        was=was,
        moved_on=date(2026, 9, 24),
        because=(routing.CalendarCause(day=date(2026, 10, 14), is_working=False, document="4521/TB-BNV", revision=1),),
    )
    yield public.PublicDeadlineMoved(public_id=PUBLIC, moved_on=date(2026, 9, 24), due_on=date(2026, 10, 15))
    yield routing.CaseParticularsNoted(
        case_id=CaseId(case_of(PETITION)),
        petition_id=PETITION,
        kind=KIND,
        noted_on=date(2026, 9, 8),
        noted_by="xa-17971",
        noted=("enforceable_on", "is_harm_hard_to_repair"),
        document_number="7/PĐX-UBND",
    )


def _public() -> Iterator[Fact]:
    yield public.PublicCaseOpened(
        public_id=PUBLIC,
        kind=KIND,
        matter_field=MatterField.LAND,
        received_on=date(2026, 9, 7),
        competent_authority="xa-17971",
        outcome=Outcome.ACCEPT_PROPOSE,
    )
    yield public.PublicCaseAccepted(
        public_id=PUBLIC, accepted_on=date(2026, 9, 14), settling_authority="xa-17971", due_on=date(2026, 10, 14)
    )
    yield public.PublicCaseGuided(public_id=PUBLIC, guided_on=date(2026, 9, 8), guided_to="xa-17035")
    yield public.PublicCaseTransferred(public_id=PUBLIC, transferred_on=date(2026, 9, 3), to_unit="tinh-40")
    yield public.PublicCaseDeclined(public_id=PUBLIC, declined_on=date(2026, 9, 16))
    yield public.PublicCaseEscalated(public_id=PUBLIC, escalated_on=date(2026, 10, 15), to_unit="tinh-40")
    yield public.PublicCaseExtended(public_id=PUBLIC, extended_on=date(2026, 10, 12), due_on=date(2026, 10, 29))
    yield public.PublicCaseSuspended(public_id=PUBLIC, suspended_on=date(2026, 8, 28))
    yield public.PublicCaseResumed(public_id=PUBLIC, resumed_on=date(2026, 9, 21), due_on=date(2026, 10, 12))
    yield public.PublicCaseSettled(
        public_id=PUBLIC, settled_on=date(2026, 10, 12), result=SettlementResult.PARTLY_RIGHT, is_within_time=True
    )
    yield public.PublicCaseClosed(public_id=PUBLIC, closed_on=date(2026, 11, 16), ground=ClosingGround.SETTLED)


def _sessions() -> Iterator[Fact]:
    points = (
        sessions.BridgePoint(point_id=PROVINCE_POINT, unit="btcd-40", is_main=True),
        sessions.BridgePoint(point_id=KIM_LIEN_POINT, unit="xa-17971"),
    )
    cases = (sessions.HeardCase(case_id=CaseId(case_of(PETITION)), petition_id=PETITION, point_id=KIM_LIEN_POINT),)
    starts = datetime(2026, 10, 20, 1, 0, tzinfo=UTC)
    yield sessions.SessionScheduled(
        session_id=SESSION,
        kind=SessionKind.SCHEDULED,
        ground=OnlineGround.COMPLEX,
        starts_at=starts - timedelta(days=7),
        chaired_by="tinh-40",
        points=points,
        cases=cases,
    )
    yield sessions.SessionRescheduled(
        session_id=SESSION, starts_at=starts, reason=ChangeReason.POINT_NOT_READY, cases=cases, points=points
    )
    yield sessions.SessionCancelled(session_id=SESSION, reason=ChangeReason.DISASTER, cases=cases)
    yield sessions.PointTested(
        session_id=SESSION,
        point_id=KIM_LIEN_POINT,
        tested_at=starts - timedelta(days=1),
        is_passed=False,
        failed_checks=(PointCheck.BACKUP_LINE,),
    )
    yield sessions.PointConnected(session_id=SESSION, point_id=KIM_LIEN_POINT, connected_at=starts)
    yield sessions.PointLost(
        session_id=SESSION, point_id=KIM_LIEN_POINT, lost_at=starts, cause=InterruptionCause.CONNECTION_LOST
    )
    yield sessions.SessionStarted(session_id=SESSION, started_at=starts, points=points, cases=cases)
    yield sessions.SessionPaused(session_id=SESSION, paused_at=starts, cause=InterruptionCause.CONNECTION_LOST)
    yield sessions.SessionResumed(session_id=SESSION, resumed_at=starts)
    yield sessions.SessionEnded(
        session_id=SESSION,
        ended_at=starts + timedelta(minutes=95),
        ended_by=EndedBy.CHAIR,
        duration_seconds=95 * 60,
        points=points,
        cases=cases,
    )
    yield sessions.AttendanceTaken(
        session_id=SESSION,
        point_id=KIM_LIEN_POINT,
        present={Role.CITIZEN: 5, Role.POINT_DELEGATE: 2, Role.TECHNICAL_OPERATOR: 1},
    )
    yield sessions.MinutesSigned(
        session_id=SESSION,
        point_id=KIM_LIEN_POINT,
        signed_at=starts + timedelta(hours=2),
        minutes_sha256=_sha256("minutes"),
        is_complete=True,
    )


def _recording() -> Iterator[Fact]:
    starts = datetime(2026, 10, 20, 1, 0, tzinfo=UTC)
    one: dict[str, Any] = {"recording_id": RECORDING, "session_id": SESSION}
    yield recording.RecordingStarted(**one, started_at=starts, point_id=PROVINCE_POINT)
    yield recording.RecordingGapFound(
        **one, stream_id=STREAM, point_id=KIM_LIEN_POINT, from_chunk=118, to_chunk=121, cause=GapCause.NETWORK
    )
    stream = recording.SealedStream(
        stream_id=STREAM,
        point_id=KIM_LIEN_POINT,
        chunk_count=2850,
        size_bytes=1_068_750_000,
        duration_milliseconds=5_700_000,
        chain_head=_sha256("chain"),
        gap_count=1,
    )
    yield recording.RecordingStored(
        **one,
        stored_at=starts + timedelta(hours=3),
        streams=(stream,),
        manifest_name=f"recordings/{RECORDING}/manifests/{_sha256('manifest')}.json",
        manifest_sha256=_sha256("manifest"),
        merkle_root=_sha256("root"),
        size_bytes=1_068_750_000,
        duration_milliseconds=5_700_000,
        gap_count=1,
        retain_until=date(2036, 10, 20),
    )
    yield recording.RecordingFailed(**one, failed_at=starts + timedelta(hours=3), reason="no_media")


def _notify() -> Iterator[Fact]:
    told: dict[str, Any] = {
        "notice_id": NOTICE,
        "cause": FactId(_uuid7(_BEGINS, 0)),
        "petition_id": PETITION,
        "template": "T01.2026-07",
    }
    yield notify.NoticeSent(**told, channel=NoticeChannel.SMS, sent_at=_BEGINS, attempts=2, is_fallback=True)
    yield notify.NoticeDelivered(**told, channel=NoticeChannel.SMS, delivered_at=_BEGINS + timedelta(seconds=4))
    yield notify.NoticeFailed(**told, failed_at=_BEGINS, reason=NoticeFailure.PROVIDER_AWAY, attempts=6)


def _documents() -> Iterator[Fact]:
    """What is drawn up on paper."""
    files = (KeptFile(media_type="application/pdf", sha256=_sha256("sealed document"), size_bytes=59_699),)
    yield routing.CaseDocumentIssued(
        case_id=CaseId(case_of(PETITION)),
        petition_id=PETITION,
        kind=KIND,
        document_id=DocumentId(derived("sample", "document")),
        form=DocumentForm.ACCEPTANCE_COMPLAINT,
        document_number="05/TB-UBND",
        issued_on=date(2026, 9, 14),
        issued_by="xa-17971",
        files=files,
    )
    yield intake.ReceiptIssued(
        petition_id=PETITION,
        kind=KIND,
        document_id=DocumentId(derived("sample", "receipt")),
        issued_on=date(2026, 9, 7),
        issued_by="xa-17971",
        item_count=2,
        files=files,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(f"sample {text}".encode()).hexdigest()


def _uuid7(moment: datetime, number: int) -> UUID:
    milliseconds = int(moment.timestamp() * 1000)
    chance = int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:10], "big")
    bits = (milliseconds << 80) | (0x7 << 76) | ((chance >> 68 & 0xFFF) << 64) | (0b10 << 62) | (chance & (1 << 62) - 1)
    return UUID(int=bits)
