"""One Vietnamese line per fact, for timelines of any kind. No person, no free text: labels, dates, units, numbers."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from contracts.facts import calendar, intake, notify, public, recording, routing, sessions
from contracts.facts.base import Fact
from contracts.facts.routing import ClockReading
from contracts.ids import UnitId
from contracts.law.secrecy import is_confidential

NameOf = Callable[[UnitId], str]
"""The Vietnamese name of a unit."""

_VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")


def line_of(fact: Fact, name_of: NameOf) -> str:
    """What happened, in one line; the type's name for a fact this table does not know yet."""
    write = _LINES.get(type(fact))
    return fact.TYPE if write is None else write(fact, name_of)


def day_text(day: date) -> str:
    """``02/11/2026``."""
    return f"{day:%d/%m/%Y}"


def clock_text(clock: str) -> str:
    """``hạn giải quyết (K3)``: what a clock waits for, in few words, with its name in the catalogue."""
    purpose = _CLOCK_PURPOSES.get(clock)
    return f"hạn {purpose} ({clock})" if purpose else f"hạn {clock}"


def moment_text(moment: datetime) -> str:
    """``08:30 ngày 02/11/2026``, Vietnam time."""
    return f"{moment.astimezone(_VIETNAM):%H:%M ngày %d/%m/%Y}"


def _due(clocks: tuple[ClockReading, ...]) -> str:
    return "; ".join(f"{clock_text(clock.clock)}: {day_text(clock.rolled_due)}" for clock in clocks)


def _ending(text: str) -> str:
    return f" ({text})" if text else ""


def _filed(fact: intake.PetitionFiled, name_of: NameOf) -> str:
    people = f", {fact.signer_count} người cùng ký" if fact.signer_count > 1 else ""
    return f"Đã nhận đơn {fact.kind.label} tại {name_of(fact.received_by)}, {fact.channel.label}{people}"


def _supplemented(fact: intake.PetitionSupplemented, _: NameOf) -> str:
    return "Đã nhận chữ ký bổ sung" if fact.is_signed else f"Đã nhận {len(fact.attachments)} tài liệu bổ sung"


def _opened(fact: routing.CaseOpened, name_of: NameOf) -> str:
    competent = name_of(fact.competent_authority) if fact.competent_authority else "chưa xác định"
    flags = [
        text for text, is_so in (("vượt cấp", fact.is_bypass_level), ("đoàn đông người", fact.is_large_group)) if is_so
    ]
    marks = f" [{', '.join(flags)}]" if flags else ""
    return f"Mở vụ việc{marks}: {fact.outcome.label}; thẩm quyền: {competent}{_ending(_due(fact.clocks))}"


def _rerouted(fact: routing.CaseRerouted, name_of: NameOf) -> str:
    if fact.in_place_of is not None:
        place = f"{name_of(fact.in_place_of)} đã kết thúc hoạt động: {name_of(fact.held_by)} giữ vụ việc"
        return f"{place}{_ending(_due(fact.clocks))}"
    return f"Xem xét lại: {fact.outcome.label}; {name_of(fact.held_by)} giữ vụ việc{_ending(_due(fact.clocks))}"


def _accepted(fact: routing.CaseAccepted, name_of: NameOf) -> str:
    return f"Thụ lý, {name_of(fact.settling_authority)} giải quyết{_ending(_due(fact.clocks))}"


def _escalated(fact: routing.CaseEscalated, name_of: NameOf) -> str:
    reasons = ", ".join(reason.label for reason in fact.reasons)
    return f"Báo cáo cấp trên {name_of(fact.to_unit)}: {reasons}"


def _noted(fact: routing.CaseParticularsNoted, _: NameOf) -> str:
    """Neither what was found nor in which field: the petitioner reads it, perhaps with somebody looking on."""
    if fact.is_discreet or is_confidential(fact.kind):
        return "Đã ghi nhận thêm thông tin về đơn"
    source = f", văn bản số {fact.document_number}" if fact.document_number else ""
    change = " (hướng xử lý thay đổi)" if fact.is_outcome_changed else ""
    return f"Đã ghi nhận thêm {len(fact.noted)} thông tin về đơn{source}{change}"


def _moved(fact: routing.DeadlineMoved, _: NameOf) -> str:
    documents = ", ".join(dict.fromkeys(cause.document for cause in fact.because if cause.document))
    by = f" theo văn bản số {documents}" if documents else " theo lịch làm việc"
    dates = f"từ {day_text(fact.was.rolled_due)} thành {day_text(fact.clock.rolled_due)}"
    back = "; không còn là quá hạn" if fact.takes_back_missed else ""
    return f"Tính lại {clock_text(fact.clock.clock)}{by}: {dates}{back}"


def _overridden(fact: calendar.CalendarOverridden, _: NameOf) -> str:
    plan = fact.plan
    days = [f"{day_text(one.day)} {'làm việc' if one.is_working else 'nghỉ'}" for one in plan.days]
    switches = [f"công tắc {one.id} {'bật' if one.is_on else 'tắt'}" for one in plan.switches]
    source = f"văn bản số {plan.document}" if plan.document else "dự kiến, chưa có văn bản"
    return f"Lịch làm việc thay đổi ({source}): {', '.join([*days, *switches])}"


def _settled(fact: routing.CaseSettled, _: NameOf) -> str:
    timing = _timing(fact.is_within_time)
    return f"Có kết quả giải quyết, văn bản số {fact.document_number}: {fact.result.label} ({timing})"


def _timing(is_within_time: bool) -> str:
    return "đúng hạn" if is_within_time else "quá hạn"


def _public_opened(fact: public.PublicCaseOpened, name_of: NameOf) -> str:
    competent = name_of(fact.competent_authority) if fact.competent_authority else "chưa xác định"
    return f"Mở vụ việc {fact.kind.label}, {fact.matter_field.label}: {fact.outcome.label}; thẩm quyền: {competent}"


def _public_accepted(fact: public.PublicCaseAccepted, name_of: NameOf) -> str:
    due = f"hạn: {day_text(fact.due_on)}" if fact.due_on else ""
    return f"Thụ lý, {name_of(fact.settling_authority)} giải quyết{_ending(due)}"


def _scheduled(fact: sessions.SessionScheduled, name_of: NameOf) -> str:
    main = next((point.unit for point in fact.points if point.is_main), fact.chaired_by)
    return (
        f"Xếp lịch phiên tiếp công dân trực tuyến {moment_text(fact.starts_at)}, "
        f"{len(fact.points)} điểm cầu, điểm cầu chính {name_of(main)}"
    )


def _tested(fact: sessions.PointTested, _: NameOf) -> str:
    if fact.is_passed:
        return "Kiểm tra kỹ thuật điểm cầu: đạt"
    return f"Kiểm tra kỹ thuật điểm cầu: không đạt ({', '.join(check.label for check in fact.failed_checks)})"


def _stored(fact: recording.RecordingStored, _: NameOf) -> str:
    gaps = f", {fact.gap_count} chỗ khuyết" if fact.gap_count else ", không khuyết"
    seconds = fact.duration_milliseconds / 1000
    return f"Đã niêm phong bản ghi: {len(fact.streams)} điểm cầu, {seconds:.1f} giây, {fact.size_bytes:,} byte{gaps}"


def _reported(fact: routing.CaseReported, name_of: NameOf) -> str:
    state = "đã giải quyết" if fact.is_settled else "chưa giải quyết xong"
    about = f", văn bản số {fact.document_number}: {state}"
    return f"{name_of(fact.from_unit)} báo cáo theo yêu cầu{about}{_ending(_due(fact.clocks))}"


def _refused_competence(fact: routing.CompetenceRefused, name_of: NameOf) -> str:
    back = name_of(fact.to_unit)
    return f"{name_of(fact.from_unit)} cho rằng không thuộc thẩm quyền ({fact.ground.label}), trả về {back}"


def _reception_refused(fact: routing.ReceptionRefused, _: NameOf) -> str:
    manner = "bằng thông báo 01/TCD" if fact.is_by_notice else "bằng lời"
    return f"Từ chối tiếp công dân {manner}: {fact.ground.label}{_ending(_due(fact.clocks))}"


def _dialogue_held(fact: routing.CaseDialogueHeld, _: NameOf) -> str:
    presence = "người khiếu nại có mặt" if fact.was_petitioner_present else "người khiếu nại vắng mặt"
    return f"Đã đối thoại, biên bản số {fact.document_number} ({presence})"


def _document_issued(fact: routing.CaseDocumentIssued, _: NameOf) -> str:
    return f"Đã lập {fact.form.label} số {fact.document_number} ngày {day_text(fact.issued_on)}"


def _duty_done(fact: routing.CaseDutyDone, _: NameOf) -> str:
    done = ", ".join(clock_text(clock) for clock in fact.ended)
    return f"Đã thực hiện, văn bản số {fact.document_number}: {done} ({_timing(fact.is_within_time)})"


_CLOCK_PURPOSES: Final = {
    "R1": "trả lời",
    "R10": "xử lý chậm nhất",
    "X1": "xử lý đơn",
    "X2": "lưu đơn",
    "K13": "khiếu nại tiếp quyết định kỷ luật",
    "K14": "giải quyết",
    "K15": "khởi kiện",
    "K2": "thụ lý",
    "T1": "thụ lý",
    "T2": "chuyển đơn",
    "T3": "báo việc thụ lý",
    "K3": "giải quyết",
    "K6": "giải quyết",
    "T4": "giải quyết",
    "K4": "gửi quyết định",
    "K7": "gửi quyết định",
    "T6": "gửi kết luận",
    "K5": "khiếu nại lần hai",
    "K8": "công khai quyết định",
    "K9": "có hiệu lực",
    "K10": "mời đối thoại",
    "K11": "gửi quyết định",
    "R2": "báo cơ quan chuyển đơn",
    "R3": "báo người đã đến",
    "R5": "thông báo từ chối",
    "R9": "gửi thông báo kết luận",
    "T5": "gửi quyết định",
    "T7": "xử lý theo kết luận",
    "TB7": "báo cáo kết quả xử lý",
    "T8": "công khai kết luận",
    "T9": "trả lời cơ quan chuyển đơn",
    "T10": "quyết định về tố cáo tiếp",
    "T11": "yêu cầu báo cáo",
    "TB11": "báo cáo lý do quá hạn",
    "T12": "báo việc không thụ lý",
    "T13": "bảo vệ người tố cáo",
    "TB13": "chuyển cơ quan điều tra",
}
"""Short for a timeline; the full titles stand in the catalogue of the law."""

_LINES: Final[dict[type[Fact], Callable[..., str]]] = {
    intake.PetitionFiled: _filed,
    intake.PetitionSupplemented: _supplemented,
    intake.PetitionWithdrawn: lambda f, _: f"Người gửi đơn {f.scope.label}",
    intake.ReceiptIssued: lambda f, _: f"Đã lập giấy biên nhận ngày {day_text(f.issued_on)}: {f.item_count} tài liệu",
    intake.ContactGiven: lambda _f, _: "Đã nhận thông tin liên hệ (niêm phong, chỉ bộ phận thông báo mở được)",
    routing.CaseOpened: _opened,
    routing.CaseSupplementRequested: lambda f, _: f"Đề nghị bổ sung hồ sơ trước {day_text(f.answer_by)}",
    routing.CaseAccepted: _accepted,
    routing.CaseGuided: lambda f, n: f"Hướng dẫn gửi đơn đến {n(f.guided_to)}",
    routing.CaseSplit: lambda f, _: f"Hướng dẫn tách đơn, văn bản số {f.document_number}",
    routing.CaseInspectionOrdered: lambda f, _: (
        f"Kiểm tra, thanh tra theo nội dung đơn, văn bản số {f.document_number}"
    ),
    routing.CaseTransferred: lambda f, n: f"Chuyển đơn đến {n(f.to_unit)}",
    routing.CaseRerouted: _rerouted,
    routing.CaseDeclined: lambda f, _: f"Không thụ lý: {f.ground.label}",
    routing.CaseEscalated: _escalated,
    routing.CaseExtended: lambda f, _: f"Gia hạn giải quyết, văn bản số {f.document_number}{_ending(_due((f.clock,)))}",
    routing.CaseSuspended: lambda f, _: f"Tạm đình chỉ: {f.ground.label} (đã dùng {f.days_used} ngày)",
    routing.CaseResumed: lambda f, _: f"Tiếp tục giải quyết{_ending(_due((f.clock,)))}",
    routing.CaseSettled: _settled,
    routing.CaseClosed: lambda f, _: f"Kết thúc vụ việc: {f.ground.label}",
    routing.DeadlineNear: lambda f, _: (
        f"Còn {f.days_left} ngày đến {clock_text(f.clock.clock)}: {day_text(f.clock.rolled_due)}"
    ),
    routing.DeadlineMissed: lambda f, _: (
        f"Quá {clock_text(f.clock.clock)} {f.days_over} ngày (hạn là {day_text(f.clock.rolled_due)})"
    ),
    routing.DeadlineMoved: _moved,
    calendar.CalendarOverridden: _overridden,
    routing.CaseDutyDone: _duty_done,
    routing.CaseDecisionReceived: lambda f, _: (
        f"Người gửi đơn nhận quyết định ngày {day_text(f.received_on)}{_ending(_due(f.clocks))}"
    ),
    routing.CaseTookEffect: lambda f, _: f"Quyết định giải quyết có hiệu lực từ ngày {day_text(f.effective_on)}",
    routing.CaseDialoguePlanned: lambda f, _: f"Đối thoại ngày {day_text(f.dialogue_on)}{_ending(_due(f.clocks))}",
    routing.CaseDialogueHeld: _dialogue_held,
    routing.CaseDiscontinued: lambda f, _: (
        f"Đình chỉ giải quyết do rút đơn, văn bản số {f.document_number}{_ending(_due(f.clocks))}"
    ),
    routing.CaseContinued: lambda f, _: f"Rút một phần; tiếp tục giải quyết ({f.remaining_signers} người còn đứng đơn)",
    routing.CaseLinked: lambda f, _: f"Gắn với vụ việc khác: {f.link.label}",
    routing.CaseUnlinked: lambda f, _: f"Bỏ gắn với vụ việc khác{_ending(_due(f.clocks))}",
    routing.CaseUrged: lambda f, n: (
        f"{n(f.from_unit)} yêu cầu {n(f.to_unit)} giải quyết, báo cáo trước {day_text(f.report_by)}, "
        f"văn bản số {f.document_number}"
    ),
    routing.CaseReported: _reported,
    routing.CaseOverdueReported: lambda f, _: f"Việc quá hạn đã được báo lên cấp trên{_ending(_due(f.clocks))}",
    routing.CaseInstructed: lambda f, n: (
        f"Thông báo kết luận số {f.document_number}: {n(f.to_unit)} trả kết quả trước {day_text(f.result_by)}"
    ),
    routing.CompetenceRefused: _refused_competence,
    routing.CompetenceDisputed: lambda f, n: f"Tranh chấp thẩm quyền; {n(f.decided_by)} quyết định",
    routing.CompetenceDecided: lambda f, n: (
        f"{n(f.decided_by)} quyết định thẩm quyền thuộc {n(f.competent_authority)}{_ending(_due(f.clocks))}"
    ),
    routing.ReceptionRefused: _reception_refused,
    routing.CaseTaskOpened: lambda f, _: f"Việc gấp trước hết ngày {day_text(f.due_on)}: {f.duty.label}",
    routing.CaseTaskDone: lambda f, _: f"Đã làm việc gấp, văn bản số {f.document_number}: {f.duty.label}",
    routing.CaseDelayExplained: lambda f, _: f"Ghi lý do chậm: {f.reason.label}, văn bản số {f.document_number}",
    routing.CaseDocumentIssued: _document_issued,
    routing.CaseParticularsNoted: _noted,
    public.PublicCaseOpened: _public_opened,
    public.PublicCaseAccepted: _public_accepted,
    public.PublicCaseGuided: lambda f, n: f"Hướng dẫn gửi đơn đến {n(f.guided_to)}",
    public.PublicCaseTransferred: lambda f, n: f"Chuyển đơn đến {n(f.to_unit)}",
    public.PublicCaseDeclined: lambda _f, _: "Không thụ lý",
    public.PublicCaseEscalated: lambda f, n: f"Báo cáo cấp trên {n(f.to_unit)}",
    public.PublicCaseExtended: lambda f, _: f"Gia hạn giải quyết (hạn: {day_text(f.due_on)})",
    public.PublicCaseSuspended: lambda _f, _: "Tạm đình chỉ",
    public.PublicCaseResumed: lambda f, _: f"Tiếp tục giải quyết (hạn: {day_text(f.due_on)})",
    public.PublicCaseSettled: lambda f, _: f"Có kết quả giải quyết: {f.result.label} ({_timing(f.is_within_time)})",
    public.PublicDeadlineMoved: lambda f, _: f"Thời hạn giải quyết được tính lại: {day_text(f.due_on)}",
    public.PublicCaseClosed: lambda f, _: f"Kết thúc vụ việc: {f.ground.label}",
    sessions.SessionScheduled: _scheduled,
    sessions.SessionRescheduled: lambda f, _: f"Đổi lịch phiên sang {moment_text(f.starts_at)}: {f.reason.label}",
    sessions.SessionCancelled: lambda f, _: f"Hủy phiên tiếp công dân: {f.reason.label}",
    sessions.PointTested: _tested,
    sessions.PointConnected: lambda _f, _: "Điểm cầu đã kết nối",
    sessions.PointLost: lambda f, _: f"Mất điểm cầu: {f.cause.label}",
    sessions.SessionStarted: lambda f, _: f"Khai mạc phiên tiếp công dân, {len(f.points)} điểm cầu",
    sessions.SessionPaused: lambda f, _: f"Tạm dừng phiên: {f.cause.label}",
    sessions.SessionResumed: lambda _f, _: "Tiếp tục phiên",
    sessions.SessionEnded: lambda f, _: f"Kết thúc phiên: {f.ended_by.label}",
    sessions.AttendanceTaken: lambda f, _: f"Điểm danh tại điểm cầu: {sum(f.present.values())} người",
    sessions.MinutesSigned: lambda f, _: (
        "Biên bản đã ký" + (" đủ các điểm cầu" if f.is_complete else " tại một điểm cầu")
    ),
    recording.RecordingStarted: lambda _f, _: "Bắt đầu ghi âm, ghi hình",
    recording.RecordingGapFound: lambda f, _: f"Bản ghi khuyết đoạn {f.from_chunk}–{f.to_chunk}: {f.cause.label}",
    recording.RecordingStored: _stored,
    recording.RecordingFailed: lambda _f, _: "Không có bản ghi để niêm phong",
    notify.NoticeSent: lambda f, _: f"Đã gửi thông báo {f.template.split('.')[0]} qua {f.channel.label}",
    notify.NoticeDelivered: lambda f, _: (
        f"Thông báo {f.template.split('.')[0]} đã đến máy người nhận qua {f.channel.label}"
    ),
    notify.NoticeFailed: lambda f, _: f"Không gửi được thông báo {f.template.split('.')[0]}: {f.reason.label}",
}
