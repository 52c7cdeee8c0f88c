"""What had happened to the same matter before the petition came: pure readings of the petition, for statistics."""

from contracts.facts.intake import PetitionFiled
from contracts.vocabulary import EarlierSettlement, Instance


def earlier_settlement(filed: PetitionFiled) -> EarlierSettlement:
    """How far the matter had been settled, as far as the petition says; nothing said is nothing settled."""
    known = filed.known
    if known.has_second_decision:
        return EarlierSettlement.SEVERAL
    is_second_with_decision = filed.instance is Instance.SECOND and filed.earlier_decision_received_on is not None
    is_settled = known.settled_effective_on is not None or known.is_against_result or known.is_answered_before
    if is_second_with_decision or is_settled:
        return EarlierSettlement.ONCE
    is_elsewhere = known.accepted_elsewhere_by is not None or filed.lower_accepted_on is not None
    is_pending = known.is_pending_here or known.is_court_seized or filed.instance is Instance.SECOND
    return EarlierSettlement.PENDING if is_elsewhere or is_pending else EarlierSettlement.NONE


def is_repeat(filed: PetitionFiled) -> bool:
    """True when the petitioner came with the same matter before: guided, transferred, pending, answered or settled."""
    known = filed.known
    came = (known.guided_before_on, known.transferred_before_on, known.settled_effective_on)
    told = (known.is_pending_here, known.is_answered_before, known.is_against_result, known.has_second_decision)
    return filed.instance is Instance.SECOND or any(day is not None for day in came) or any(told)
