"""Denunciations (tố cáo): crime first, then form, then whose it is, then the conditions of acceptance."""

from collections.abc import Iterator

from contracts.facts.intake import PetitionFiled
from contracts.law.authorities import SpecialMatter
from contracts.vocabulary import DeclineGround, Duty, Outcome
from services.routing.domain.competence import Competence, desk_unit, received_on
from services.routing.domain.law import Law
from services.routing.domain.matrix.found import IN_PERSON, Found
from services.routing.domain.matrix.lines import (
    at_a_desk,
    is_ours,
    sent_there_too,
    waiting_below,
    without_representatives,
)


def of_denunciation(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[Found]:
    """The lines for denunciations, in order."""
    ours = is_ours(filed, competence, law)
    in_person = filed.channel in IN_PERSON
    yield _crime(filed, law)
    yield from _form(filed)
    yield at_a_desk(competence, is_ours=ours, outcome=Outcome.GUIDE if in_person else Outcome.TRANSFER)
    if filed.known.is_against_result is not True:
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


def _crime(filed: PetitionFiled, law: Law) -> Found:
    """R11: at once to who investigates, never where the accused has a say."""
    on = received_on(filed)
    row = law.authorities.desk(SpecialMatter.CRIME_SIGNS, on)
    signs = filed.known.has_signs_of_crime is True
    unit = desk_unit(row, filed, law, on) if signs and row else None
    fits = signs and unit is not None and unit != law.body_of(filed.received_by, on)
    why = "Không nêu dấu hiệu tội phạm."
    if signs:
        why = f"Có dấu hiệu tội phạm: chuyển ngay {law.units.name_of(unit) if unit else 'cơ quan điều tra'}."
    return Found("R11", fits, why, Outcome.TRANSFER, duties=(Duty.REFER_CRIME,), authority=unit)


def _form(filed: PetitionFiled) -> Iterator[Found]:
    """R10: nobody's name behind it, or not in a lawful form. Concrete evidence is looked into all the same."""
    nameless = filed.is_anonymous or filed.known.is_false_identity is True
    evident = _is_evident(filed)
    why = "Có họ tên, địa chỉ người tố cáo."
    if nameless:
        who = (
            "Không có họ tên, địa chỉ người tố cáo" if filed.is_anonymous else "Họ tên, địa chỉ người tố cáo không thật"
        )
        why = f"{who}; có nội dung và chứng cứ cụ thể." if evident else f"{who}."
    yield Found("R10", nameless, why, Outcome.INSPECT if evident else Outcome.SHELVE)
    why = "Đã ký, đúng hình thức tố cáo." if filed.is_signed else "Chưa ký, chưa đúng hình thức tố cáo."
    if evident and not filed.is_signed:
        why = f"{why} Chứng cứ cụ thể: đồng thời xem xét kiểm tra, thanh tra."
    yield Found("R10", not filed.is_signed, why, Outcome.INVITE_TO_SIGN)


def _is_evident(filed: PetitionFiled) -> bool:
    """A clear violator, concrete evidence, ground to verify (LTC 25(2)); where not said, from what was handed in."""
    known = filed.known
    has_respondent = filed.respondent_unit is not None and filed.respondent_post is not None
    has_documents = filed.attachment_count > 0
    clear = has_respondent if known.is_violator_identifiable is None else known.is_violator_identifiable
    concrete = has_documents if known.is_evidence_concrete is None else known.is_evidence_concrete
    return clear and concrete and known.is_verifiable is not False


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
