"""Complaints (khiếu nại): settled before, elsewhere, not to be accepted, incomplete, or to be accepted."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from contracts.facts.intake import PetitionFiled
from contracts.vocabulary import (
    Channel,
    DeclineGround,
    Duty,
    Instance,
    Outcome,
    PetitionerRole,
    PowerForm,
    SubjectMatter,
)
from services.routing.domain.competence import Competence, received_on
from services.routing.domain.groups import is_large_group
from services.routing.domain.law import Law
from services.routing.domain.limitation import is_late, why_about_time, window_opens_on
from services.routing.domain.matrix.found import UNSIGNED_BY_NATURE, Found
from services.routing.domain.matrix.lines import (
    at_a_desk,
    by_its_day,
    is_a_dispute,
    is_forwarded,
    is_ours,
    nameless,
    sent_there_too,
    taken_before,
    waiting_below,
    waiting_here,
    without_representatives,
)

_NOT_FOR_COMPLAINTS: Final = frozenset(
    {SubjectMatter.INTERNAL_DECISION, SubjectMatter.NORMATIVE_ACT, SubjectMatter.STATE_SECRET}
)
_BY_POWER: Final = frozenset({PetitionerRole.ATTORNEY, PetitionerRole.LAWYER})
_FORWARDED: Final = {
    "guide": (Outcome.GUIDE, ()),
    "return_to_sender": (Outcome.GUIDE, (Duty.RETURN_TO_SENDER,)),
    "pass_on": (Outcome.TRANSFER, (Duty.PASS_ON,)),
}
"""What the setting ``forwarded_complaint`` makes of R04. Whoever forwarded it is answered in any case."""


def of_complaint(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[Found]:
    """The lines for complaints, in order."""
    ours = is_ours(filed, competence, law)
    yield nameless(filed)
    yield from _once(is_a_dispute(filed, competence), filed, competence, law)
    yield from _once(at_a_desk(competence, is_ours=ours, outcome=Outcome.GUIDE), filed, competence, law)
    yield _settled(filed)
    yield waiting_below(filed, competence, law)
    yield waiting_here(filed, competence, law)
    if not ours:
        yield from _elsewhere(filed, competence, law)
        return
    yield from _not_to_be_accepted(filed, law)
    yield from _incomplete(filed, law)
    yield _harmful(filed)
    duties = (Duty.GIVE_RECEIPT,) if filed.channel is Channel.COUNTER else ()
    yield Found("R01", True, competence.why, Outcome.ACCEPT_PROPOSE, duties=duties)


def _settled(filed: PetitionFiled) -> Found:
    effective = filed.known.settled_effective_on
    settled = effective is not None and effective <= received_on(filed)
    why = "Chưa có quyết định giải quyết đúng, có hiệu lực."
    if settled and effective is not None:
        why = f"Đã được giải quyết đúng, có hiệu lực từ {effective:%d/%m/%Y}: giải thích, đề nghị chấp hành."
    return Found("R06", settled, why, Outcome.SHELVE, duties=(Duty.KEEP_ONE_YEAR,))


def _elsewhere(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[Found]:
    known, forwarded = filed.known, is_forwarded(filed)
    outcome, duties = _FORWARDED[law.choice("forwarded_complaint")]
    by = known.forwarded_by.label if known.forwarded_by else "cơ quan khác"
    why = f"Do {by} chuyển đến, không thuộc thẩm quyền. {competence.why}" if forwarded else "Công dân tự đưa, gửi đến."
    sent_on = Found("R04", forwarded, why, outcome, duties=(Duty.ANSWER_SENDER, *duties))
    yield from _once(sent_on, filed, competence, law)
    yield _not_again(filed, competence, law, Outcome.GUIDE)
    duty = (Duty.POINT_TO_COURT,) if competence.is_at_its_end else ()
    yield Found("R03", True, competence.why, Outcome.GUIDE, duties=duty)


def _once(away: Found, filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[Found]:
    """A line that leads away, and before it, where it fits, whether that was done before."""
    if away.fits:
        yield _not_again(filed, competence, law, away.outcome)
    yield away


def _not_again(filed: PetitionFiled, competence: Competence, law: Law, outcome: Outcome) -> Found:
    """Guided before, or sent to the competent body as well: filed away (05/2021 art. 6(2)(b), 28)."""
    before, act = taken_before(filed, outcome), outcome.label
    there_too = sent_there_too(filed, competence, law, is_ours=False)
    why = f"Chưa {act} về nội dung này, đơn không gửi đồng thời nơi có thẩm quyền."
    if before is not None:
        why = f"Đã {act} cùng nội dung ngày {before:%d/%m/%Y}: chỉ {act} một lần."
    elif there_too:
        why = "Đơn đã gửi đồng thời đến cơ quan có thẩm quyền."
    return Found("R14", before is not None or there_too, why, Outcome.SHELVE, duties=(Duty.KEEP_ONE_YEAR,))


def _not_to_be_accepted(filed: PetitionFiled, law: Law) -> Iterator[Found]:
    """Within competence: the grounds not to accept (LKN 11, and 10 as amended), in the order of the article."""
    known, ground = filed.known, DeclineGround
    subject = known.subject
    internal = subject in _NOT_FOR_COMPLAINTS
    yield _declined(
        internal,
        f"Nội dung là {subject.label}: không được thụ lý."
        if internal and subject
        else "Là quyết định, hành vi khiếu nại được.",
        ground.INTERNAL_DECISION,
    )
    yield Found(
        "R01a",
        not filed.is_directly_affected,
        "Người khiếu nại bị tác động trực tiếp."
        if filed.is_directly_affected
        else "Người khiếu nại không bị quyết định, hành vi tác động trực tiếp.",
        Outcome.DECLINE,
        ground.NOT_DIRECTLY_AFFECTED,
        duties=(Duty.OFFER_AS_RECOMMENDATION,),
    )
    yield from _standing(filed)
    yield _several_attorneys(filed, law)
    yield _declined(is_late(filed, law), why_about_time(filed, law), ground.LIMITATION_EXPIRED)
    for fits, yes, no, found in (
        (
            known.has_second_decision,
            "Đã có quyết định giải quyết lần hai.",
            "Chưa có quyết định giải quyết lần hai.",
            ground.SECOND_DECISION_EXISTS,
        ),
        (
            known.is_discontinued,
            "Đã đình chỉ giải quyết, không khiếu nại tiếp trong thời hạn.",
            "Chưa bị đình chỉ giải quyết.",
            ground.DISCONTINUED,
        ),
        (
            known.is_court_seized,
            "Tòa án đã thụ lý hoặc đã có bản án, quyết định.",
            "Tòa án chưa thụ lý.",
            ground.COURT_SEIZED,
        ),
    ):
        yield _declined(fits is True, yes if fits else no, found)
    yield _withdrawn_before(filed, law)


def _standing(filed: PetitionFiled) -> Iterator[Found]:
    """Capacity and representation (LKN 11(3), (4))."""
    known, ground = filed.known, DeclineGround
    incapable, unlawful = known.is_capable is False, known.is_representative_lawful is False
    yield _declined(
        incapable,
        "Không có năng lực hành vi dân sự đầy đủ, không có người đại diện hợp pháp."
        if incapable
        else "Không có căn cứ cho rằng thiếu năng lực hành vi dân sự.",
        ground.NO_CAPACITY,
    )
    yield _declined(
        unlawful,
        "Người đại diện không hợp pháp." if unlawful else "Không có căn cứ cho rằng người đại diện không hợp pháp.",
        ground.UNLAWFUL_REPRESENTATIVE,
    )


def _several_attorneys(filed: PetitionFiled, law: Law) -> Found:
    """One content goes to one attorney; since when, the table says (R01c)."""
    several = (filed.known.attorney_count or 0) > 1
    bars, said = by_its_day("R01c", Outcome.DECLINE, received_on(filed), law)
    why = "Không ủy quyền một nội dung cho nhiều người."
    if several:
        why = f"Một nội dung ủy quyền cho nhiều người. {said}"
    return Found("R01c", several and bars, why, Outcome.DECLINE, DeclineGround.UNLAWFUL_REPRESENTATIVE)


def _withdrawn_before(filed: PetitionFiled, law: Law) -> Found:
    """What was withdrawn freely is not looked at again; since when, the table says (R01b)."""
    withdrawn, forced = filed.known.withdrawn_before_on, filed.known.was_withdrawal_forced is True
    bars, said = by_its_day("R01b", Outcome.DECLINE, received_on(filed), law)
    why = "Nội dung chưa từng được rút."
    if withdrawn is not None:
        how = "chứng minh được bị ép buộc, đe dọa: xem xét lại" if forced else "không bị ép buộc hay đe dọa"
        why = f"Đã rút nội dung này ngày {withdrawn:%d/%m/%Y}, {how}. {said}"
    fits = withdrawn is not None and not forced and bars
    return Found("R01b", fits, why, Outcome.DECLINE, DeclineGround.WITHDRAWN_BEFORE)


def _declined(fits: bool, why: str, ground: DeclineGround) -> Found:
    return Found("R01a", fits, why, Outcome.DECLINE, ground)


def _incomplete(filed: PetitionFiled, law: Law) -> Iterator[Found]:
    """Within competence, and something is missing: asked for, not declined."""
    named = "Không có họ tên, địa chỉ người khiếu nại: cần bổ sung." if filed.is_anonymous else "Có họ tên, địa chỉ."
    yield Found("R02", filed.is_anonymous, named, Outcome.SUPPLEMENT)
    unsigned = Outcome.INVITE_TO_SIGN if filed.channel in UNSIGNED_BY_NATURE else Outcome.SUPPLEMENT
    signed = "Đã ký hoặc điểm chỉ." if filed.is_signed else "Chưa có chữ ký hoặc điểm chỉ."
    yield Found("R02", not filed.is_signed, signed, unsigned)
    bare = filed.instance is Instance.SECOND and not window_opens_on(filed, law)
    why = (
        "Khiếu nại lần hai cần quyết định giải quyết lần đầu." if bare else "Không thiếu quyết định giải quyết lần đầu."
    )
    yield Found("R02", bare, why, Outcome.SUPPLEMENT)
    yield _without_power(filed, law)
    yield _not_signed_by_all(filed, law)
    yield without_representatives(filed)


def _without_power(filed: PetitionFiled, law: Law) -> Found:
    """The attorney's power is written and certified; since when notarised no longer does, the table says (R02a)."""
    known, on = filed.known, received_on(filed)
    if known.petitioner_role not in _BY_POWER or known.power_form is PowerForm.CERTIFIED:
        return Found("R02", False, "Không thiếu giấy ủy quyền có chứng thực.", Outcome.SUPPLEMENT)
    if known.power_form is PowerForm.NOTARISED:
        return _notarised(law, on)
    why = f"Giấy tờ ủy quyền: {known.power_form.label if known.power_form else 'chưa nêu'}. Cần văn bản có chứng thực."
    return Found("R02", True, why, Outcome.SUPPLEMENT)


def _notarised(law: Law, on: date) -> Found:
    refused, said = by_its_day("R02a", Outcome.SUPPLEMENT, on, law)
    return Found("R02a", refused, said, Outcome.SUPPLEMENT)


def _not_signed_by_all(filed: PetitionFiled, law: Law) -> Found:
    """Fewer than a large group: every complainant signs; since when, the table says (R22a)."""
    signers = filed.signer_count
    lacking = signers > 1 and not is_large_group(filed) and filed.known.have_all_signed is False
    bars, said = by_its_day("R22a", Outcome.SUPPLEMENT, received_on(filed), law)
    why = f"{signers} người cùng khiếu nại, chưa đủ chữ ký. {said}" if lacking else "Không thiếu chữ ký của ai."
    return Found("R22a", lacking and bars, why, Outcome.SUPPLEMENT)


def _harmful(filed: PetitionFiled) -> Found:
    """R19 rides along: acceptance goes its way, and the head decides at once whether to stay the decision."""
    known = filed.known
    harmful = known.is_harm_hard_to_repair is True
    why = "Không nêu hậu quả khó khắc phục."
    if harmful:
        when = f", thi hành từ {known.enforceable_on:%d/%m/%Y}" if known.enforceable_on else ""
        why = f"Việc thi hành quyết định có thể gây hậu quả khó khắc phục{when}."
    return Found("R19", harmful, why, Outcome.ACCEPT_PROPOSE, duties=(Duty.CONSIDER_STAY,), ends=False)
