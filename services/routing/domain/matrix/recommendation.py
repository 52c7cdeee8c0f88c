"""Recommendations and feedback (kiến nghị, phản ánh): transferred where they belong, or settled here."""

from collections.abc import Iterator

from contracts.facts.intake import PetitionFiled
from contracts.vocabulary import Duty, Outcome
from services.routing.domain.competence import Competence
from services.routing.domain.law import Law
from services.routing.domain.matrix.found import Found
from services.routing.domain.matrix.lines import (
    at_a_desk,
    is_a_dispute,
    is_ours,
    nameless,
    sent_there_too,
    taken_before,
    without_representatives,
)


def of_recommendation(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[Found]:
    """The lines for recommendations, in order. A private dispute is none: the petitioner is guided."""
    ours = is_ours(filed, competence, law)
    yield nameless(filed)
    for away in (is_a_dispute(filed, competence), at_a_desk(competence, is_ours=ours, outcome=Outcome.TRANSFER)):
        if away.fits:
            yield _not_again(filed, competence, law, away.outcome)
        yield away
    elsewhere = competence.authority is not None and not ours
    yield _not_again(filed, competence, law, Outcome.TRANSFER if elsewhere else Outcome.ACCEPT_PROPOSE)
    yield Found("R13", elsewhere, competence.why, Outcome.TRANSFER)
    yield without_representatives(filed)
    yield Found("R12", True, competence.why, Outcome.ACCEPT_PROPOSE)


def _not_again(filed: PetitionFiled, competence: Competence, law: Law, outcome: Outcome) -> Found:
    """Answered before, guided or transferred before, or sent to the competent body as well: filed away."""
    answered, before = filed.known.is_answered_before is True, taken_before(filed, outcome)
    there_too = sent_there_too(filed, competence, law, is_ours=is_ours(filed, competence, law))
    why = "Chưa được trả lời, chưa xử lý trước đây; không gửi đồng thời nơi có thẩm quyền."
    if answered:
        why = "Đã được trả lời bằng văn bản, không có tình tiết mới."
    elif before is not None:
        why = f"Đã {outcome.label} cùng nội dung ngày {before:%d/%m/%Y}: không {outcome.label} lại."
    elif there_too:
        why = "Đơn đã gửi đồng thời đến cơ quan có thẩm quyền."
    fits = answered or before is not None or there_too
    return Found("R14", fits, why, Outcome.SHELVE, duties=(Duty.KEEP_ONE_YEAR,))
