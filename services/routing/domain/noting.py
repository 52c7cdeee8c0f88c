"""The petition as an officer found it to be: what was noted, what contradicts it, and what may not be found at all."""

from collections.abc import Mapping
from typing import Any, Final

from contracts.errors import BadInput, Refused
from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import NOTHING_SAID, Particulars
from contracts.law.secrecy import is_confidential
from contracts.units import UnitTree
from contracts.vocabulary import PetitionKind
from services.routing.domain.case import Case, Status
from services.routing.domain.coherence import contradictions_in

CORRECTED: Final = (
    "kind",
    "matter_field",
    "matter_unit",
    "respondent_unit",
    "respondent_post",
    "instance",
    "earlier_decision_received_on",
    "decision_known_on",
    "lower_accepted_on",
    "has_representatives",
    "is_directly_affected",
    "asks_identity_protection",
)
"""What a reader of the petition may find registered wrongly, beside its particulars."""

CONTRADICTORY: Final = "contradictory_particulars"
_AT_WORK: Final = frozenset({Status.ACCEPTED, Status.SUSPENDED})


def as_found(filed: PetitionFiled, found: Mapping[str, Any]) -> PetitionFiled:
    """The petition with what was found. A particular that was found to be none is not said any more."""
    known = filed.known.model_copy(update={name: found[name] for name in Particulars.model_fields if name in found})
    corrected = {name: found[name] for name in CORRECTED if name in found}
    return filed.model_copy(update={**corrected, "particulars": None if known == NOTHING_SAID else known})


def differing(before: PetitionFiled, after: PetitionFiled) -> tuple[str, ...]:
    """The fields in which they differ, in the order of the facts."""
    corrected = (name for name in CORRECTED if getattr(before, name) != getattr(after, name))
    known = (name for name in Particulars.model_fields if getattr(before.known, name) != getattr(after.known, name))
    return (*corrected, *known)


def must_be_coherent(before: PetitionFiled, after: PetitionFiled, units: UnitTree) -> None:
    """Nothing contradicts itself that did not before: by the same check as of a situation that is asked about.

    Errors: BadInput("contradictory_particulars") naming the field and the reason.
    """
    stood = {(one.field, one.code) for one in contradictions_in(before, units)}
    for one in contradictions_in(after, units):
        if (one.field, one.code) not in stood:
            raise BadInput(CONTRADICTORY, f"{one.field}: {one.text}", field=one.field, rule=one.code)


def must_stay_guarded(case: Case, after: PetitionFiled) -> None:
    """By its content a petition may be of another open kind; over the wall around denunciations nothing is moved.

    A complaint that turns out to be a denunciation was told openly before: its public twin is out, its writer's
    identity can be opened. That cannot be taken back, so the denunciation is filed as a petition of its own.
    Errors: Refused with ``stays_confidential``, ``file_anew``, ``accepted_as_such``, ``protection_stays``.
    """
    if case.filed.asks_identity_protection and not after.asks_identity_protection:
        raise Refused("protection_stays", "Đã yêu cầu giữ bí mật thông tin: không bỏ yêu cầu này.")
    if after.kind is case.kind:
        return
    if is_confidential(case.kind):
        raise Refused(
            "stays_confidential",
            f"Đơn đã được phân loại là {case.kind.label} thì không phân loại lại tại đây: nội dung khác loại được "
            "tách thành đơn mới.",
            kind=case.kind,
        )
    if is_confidential(after.kind):
        raise Refused("file_anew", _file_anew(after.kind), kind=after.kind)
    if case.status in _AT_WORK:
        raise Refused(
            "accepted_as_such", f"Đã thụ lý theo trình tự {case.kind.label}: không phân loại lại.", kind=after.kind
        )


def _file_anew(kind: PetitionKind) -> str:
    return (
        f"Nội dung là {kind.label}, nhưng vụ việc đã được tiếp nhận, thông tin công khai như đơn thường, không giữ bí "
        "mật trở lại được: đề nghị tiếp nhận nội dung đó thành đơn mới theo đúng loại rồi kết thúc đơn này."
    )
