"""Denunciations (tố cáo): crime first, then form, then whose it is, then the conditions of acceptance."""

from collections.abc import Iterator
from datetime import date

from contracts.facts.intake import PetitionFiled
from contracts.law.authorities import SpecialMatter
from contracts.vocabulary import DeclineGround, Duty, Outcome
from services.routing.domain.competence import Competence, desk_unit, is_near_the_accused, received_on
from services.routing.domain.law import Law
from services.routing.domain.matrix.found import IN_PERSON, Found
from services.routing.domain.matrix.lines import (
    at_a_desk,
    is_ours,
    is_waiting_below,
    sent_there_too,
    taken_before,
    waiting_below,
    without_representatives,
)


def of_denunciation(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[Found]:
    """The lines for denunciations, in order."""
    ours = is_ours(filed, competence, law)
    in_person = filed.channel in IN_PERSON
    yield crime(filed, law)
    yield without_a_name(filed)
    yield _unsigned(filed)
    yield from _at_a_desk(filed, competence, law, in_person=in_person)
    if filed.known.is_against_result is not True:
        yield _left_undone_below(filed, competence, law)
        yield waiting_below(filed, competence, law)
    if competence.is_unlisted or (competence.authority is not None and not ours):
        yield _not_to_be_processed(filed, competence, law)
        yield Found(
            "R08", in_person, f"{'Tố cáo trực tiếp' if in_person else 'Đơn gửi đến'}. {competence.why}", Outcome.GUIDE
        )
        yield Found("R07", True, f"Đơn gửi đến. {competence.why}", Outcome.TRANSFER, duties=(Duty.TELL_DENOUNCER,))
    yield from _conditions(filed)
    yield without_representatives(filed)
    if competence.authority is None:
        yield Found("R07a", True, competence.why, Outcome.SUPPLEMENT)
    elif filed.known.is_against_result is True:
        yield Found("R07b", True, competence.why, Outcome.ACCEPT_PROPOSE, duties=(Duty.SETTLE_AS_SUPERIOR,))
    yield Found("R07a", True, competence.why, Outcome.ACCEPT_PROPOSE)


def _at_a_desk(filed: PetitionFiled, competence: Competence, law: Law, *, in_person: bool) -> Iterator[Found]:
    """R20, guided or transferred once as anything else, and the denouncer told of a transfer (LTC 24(2), (3))."""
    outcome, duties = (Outcome.GUIDE, ()) if in_person else (Outcome.TRANSFER, (Duty.TELL_DENOUNCER,))
    desk = at_a_desk(competence, is_ours=is_ours(filed, competence, law), outcome=outcome, duties=duties)
    if desk.fits:
        yield _not_to_be_processed(filed, competence, law)
    yield desk


def crime(filed: PetitionFiled, law: Law) -> Found:
    """R11: at once to who investigates, never where the accused has a say.

    Where it cannot be sent on — the receiver itself investigates, it was transferred before, nobody is left to send it
    to — the referral stays a duty of the same day and the next lines decide.
    """
    on = received_on(filed)
    row = law.authorities.desk(SpecialMatter.CRIME_SIGNS, on)
    signs = filed.known.has_signs_of_crime is True
    unit = desk_unit(row, filed, law, on) if signs and row else None
    is_here = unit == law.body_of(filed.received_by, on)
    name = law.units.name_of(unit) if unit else "cơ quan điều tra"
    why = "Không nêu dấu hiệu tội phạm."
    if signs:
        why = f"Có dấu hiệu tội phạm: chuyển ngay {name}."
    if signs and is_here:
        why = f"Có dấu hiệu tội phạm, chính {name} đã nhận: giao ngay cơ quan điều tra của mình, rồi xét tiếp."
    ends = unit is not None and not is_here and taken_before(filed, Outcome.TRANSFER) is None
    return Found("R11", signs, why, Outcome.TRANSFER, duties=(Duty.REFER_CRIME,), ends=ends, authority=unit)


def without_a_name(filed: PetitionFiled) -> Found:
    """R10: nobody's name behind it. Concrete evidence is looked into all the same."""
    nameless = filed.is_anonymous or filed.known.is_false_identity is True
    evident = _is_evident(filed)
    why = "Có họ tên, địa chỉ người tố cáo."
    if nameless:
        who = (
            "Không có họ tên, địa chỉ người tố cáo" if filed.is_anonymous else "Họ tên, địa chỉ người tố cáo không thật"
        )
        why = f"{who}; có nội dung và chứng cứ cụ thể." if evident else f"{who}."
    return Found("R10", nameless, why, Outcome.INSPECT if evident else Outcome.SHELVE)


def _unsigned(filed: PetitionFiled) -> Found:
    """R10: not in a lawful form. Concrete evidence is looked into meanwhile."""
    why = "Đã ký, đúng hình thức tố cáo." if filed.is_signed else "Chưa ký, chưa đúng hình thức tố cáo."
    if _is_evident(filed) and not filed.is_signed:
        why = f"{why} Chứng cứ cụ thể: đồng thời xem xét kiểm tra, thanh tra."
    return Found("R10", not filed.is_signed, why, Outcome.INVITE_TO_SIGN)


def _is_evident(filed: PetitionFiled) -> bool:
    """A clear violator, concrete evidence, ground to verify (LTC 25(2)); where not said, from what was handed in."""
    known = filed.known
    has_respondent = filed.respondent_unit is not None and filed.respondent_post is not None
    has_documents = filed.attachment_count > 0
    clear = has_respondent if known.is_violator_identifiable is None else known.is_violator_identifiable
    concrete = has_documents if known.is_evidence_concrete is None else known.is_evidence_concrete
    return clear and concrete and known.is_verifiable is not False


def _left_undone_below(filed: PetitionFiled, competence: Competence, law: Law) -> Found:
    """R07c: who accepted it let the longest time pass, and the times to be asked and to report too: the direct superior
    settles itself (LTC 38(5)).
    """
    on, lower = received_on(filed), competence.authority
    body = law.body_of(filed.received_by, on)
    above = law.superior(lower, on) if lower is not None else None
    is_superior = above is not None and above.id == body and not is_near_the_accused(filed, body, law, on)
    over = _left_undone_from(filed.lower_accepted_on, law) if is_waiting_below(filed, competence, law) else None
    fits = is_superior and over is not None and over < on
    why = "Không có tố cáo mà cấp dưới để quá thời hạn, sau cả thời hạn yêu cầu và báo cáo."
    if fits and over is not None:
        why = f"Thời hạn giải quyết, yêu cầu, báo cáo đều hết ngày {over:%d/%m/%Y}: cấp trên trực tiếp tự giải quyết."
    return Found("R07c", fits, why, Outcome.ACCEPT_PROPOSE, duties=(Duty.SETTLE_AS_SUPERIOR,), authority=body)


def _left_undone_from(accepted_on: date | None, law: Law) -> date | None:
    """The last day of settlement with every extension, of the demand for a report and of the report, one after the
    other (LTC 30, 38). A time that cannot be counted (before the law we know) has run out.
    """
    if accepted_on is None:
        return None
    longest = law.find_longest("T4", accepted_on)
    last = longest.rolled_due if longest else accepted_on
    for clock in ("T11", "TB11"):
        read = law.find_reading(clock, last)
        last = read.rolled_due if read else last
    return last


def _not_to_be_processed(filed: PetitionFiled, competence: Competence, law: Law) -> Found:
    """R09: who is not competent does nothing when the competent body has it, or it comes again."""
    known = filed.known
    before = known.guided_before_on or known.transferred_before_on
    there_too = sent_there_too(filed, competence, law, is_ours=False)
    why = "Chưa hướng dẫn, chưa chuyển trước đây; đơn không gửi đồng thời nơi có thẩm quyền."
    if before is not None:
        act = "hướng dẫn" if known.guided_before_on else "chuyển"
        why = f"Đã {act} cùng nội dung ngày {before:%d/%m/%Y}: không xử lý lại."
    elif there_too:
        why = "Đơn đã gửi đồng thời đến cơ quan có thẩm quyền."
    return Found("R09", before is not None or there_too, why, Outcome.SHELVE, duties=(Duty.KEEP_ONE_YEAR,))


def _conditions(filed: PetitionFiled) -> Iterator[Found]:
    """Within competence: the conditions of LTC 29."""
    known = filed.known
    grown = known.grows_from_settled_complaint is True and known.has_evidence_against_settler is not True
    for fails, yes, no in (
        (
            known.is_capable is False,
            "Người tố cáo không có năng lực hành vi dân sự đầy đủ, không có người đại diện.",
            "Không có căn cứ cho rằng thiếu năng lực hành vi dân sự.",
        ),
        (
            known.is_violator_identifiable is False,
            "Nội dung không đủ để xác định người vi phạm, hành vi vi phạm.",
            "Nội dung không bị coi là thiếu cơ sở xác định người vi phạm.",
        ),
        (
            grown,
            "Phát sinh từ khiếu nại đã giải quyết đúng trình tự, không có thông tin về vi phạm của người giải quyết.",
            "Không phát sinh từ khiếu nại đã giải quyết, hoặc có chứng cứ về vi phạm của người giải quyết.",
        ),
    ):
        yield Found("R07a", fails, yes if fails else no, Outcome.DECLINE, DeclineGround.NO_DENUNCIATION_CONDITIONS)
