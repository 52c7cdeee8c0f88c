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
    sent_there_too,
    without_representatives,
)


def of_recommendation(filed: PetitionFiled, competence: Competence, law: Law) -> Iterator[Found]:
    """The lines for recommendations, in order. A private dispute is none: the petitioner is guided."""
    ours = is_ours(filed, competence, law)
    yield is_a_dispute(filed, competence)
    yield at_a_desk(competence, is_ours=ours, outcome=Outcome.TRANSFER)
    elsewhere = competence.authority is not None and not ours
    yield _not_again(filed, competence, law, is_ours=ours)
    yield Found("R13", elsewhere, competence.why, Outcome.TRANSFER)
    yield without_representatives(filed)
    yield Found("R12", True, competence.why, Outcome.ACCEPT_PROPOSE)


def _not_again(filed: PetitionFiled, competence: Competence, law: Law, *, is_ours: bool) -> Found:
    answered = filed.known.is_answered_before is True
    there_too = sent_there_too(filed, competence, law, is_ours=is_ours)
    why = "Chưa được trả lời, không gửi đồng thời nơi có thẩm quyền."
    if answered:
        why = "Đã được trả lời bằng văn bản, không có tình tiết mới."
    elif there_too:
        why = "Đơn đã gửi đồng thời đến cơ quan có thẩm quyền."
    return Found("R14", answered or there_too, why, Outcome.SHELVE, duties=(Duty.KEEP_ONE_YEAR,))
