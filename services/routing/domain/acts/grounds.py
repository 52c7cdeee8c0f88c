"""What the matrix allows: whether a petition may be accepted, processed at all, and on what ground it is not accepted.

What an act rests on is what the matrix says of the petition as it stands; where the law leaves it to judgement, the
officer judges: a good reason for being late (LKN 11(6)), capacity, who is directly affected, documents that came later.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from contracts.errors import Refused
from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.vocabulary import DeclineGround, Outcome, PetitionerRole, PetitionKind, SubjectMatter
from services.routing.domain.acts.shared import standing_route
from services.routing.domain.case import Case
from services.routing.domain.groups import check_representatives
from services.routing.domain.law import Law
from services.routing.domain.limitation import is_late, limit_of, why_about_time
from services.routing.domain.matrix.found import Found
from services.routing.domain.outcome import lines_at

_NOT_FOR_COMPLAINTS: Final = frozenset(
    {SubjectMatter.INTERNAL_DECISION, SubjectMatter.NORMATIVE_ACT, SubjectMatter.STATE_SECRET}
)
_BARS: Final[Mapping[Outcome, str]] = {
    Outcome.SHELVE: "no_processing",
    Outcome.INSPECT: "no_processing",
    Outcome.GUIDE: "no_petition",
    Outcome.DECLINE: "not_acceptable",
    Outcome.SUPPLEMENT: "incomplete",
}
"""What a line of the matrix that fits says about accepting the petition."""
_GROUNDS: Final[Mapping[PetitionKind, frozenset[DeclineGround]]] = {
    PetitionKind.COMPLAINT: frozenset(DeclineGround)
    - {DeclineGround.NO_DENUNCIATION_CONDITIONS, DeclineGround.ALREADY_GUIDED},
    PetitionKind.DENUNCIATION: frozenset(
        {DeclineGround.NO_DENUNCIATION_CONDITIONS, DeclineGround.NO_CAPACITY, DeclineGround.NOT_SIGNED}
    ),
    PetitionKind.RECOMMENDATION: frozenset(
        {DeclineGround.NO_CAPACITY, DeclineGround.UNLAWFUL_REPRESENTATIVE, DeclineGround.COURT_SEIZED}
    ),
    PetitionKind.FEEDBACK: frozenset(
        {DeclineGround.NO_CAPACITY, DeclineGround.UNLAWFUL_REPRESENTATIVE, DeclineGround.COURT_SEIZED}
    ),
}
"""The grounds of each kind (LKN 11, LTC 29, 154/2026 art. 4). A petition guided before is filed away, not declined."""


def must_be_acceptable(case: Case, by: UnitId, representative_count: int | None, law: Law) -> None:
    """Errors: BadInput("representatives"); Refused with ``split_first``, ``not_signed``, ``no_processing``,
    ``no_petition``, ``not_acceptable``, ``incomplete``, each with the reason of the line that forbids it.
    """
    filed = case.filed
    if case.kind is PetitionKind.MIXED:
        raise Refused("split_first", "Đơn có nhiều nội dung: hướng dẫn tách đơn trước.")
    if not filed.is_signed or filed.is_anonymous:
        raise Refused("not_signed", "Đơn chưa có chữ ký, điểm chỉ hoặc không rõ người gửi: chưa thụ lý được.")
    if representative_count is not None or (case.is_large_group and not filed.has_representatives):
        check_representatives(filed.signer_count, representative_count or 0)
    for line in _barring(_as_named(filed, representative_count), by, law):
        if line.outcome is not Outcome.SUPPLEMENT or case.supplemented_on is None:
            raise Refused(_BARS[line.outcome], f"Chưa thể thụ lý: {line.why}", rule=line.rule)


def must_be_processed(case: Case, law: Law, *, is_inspection_enough: bool = False) -> None:
    """Guided or transferred once, held by the competent body already, settled, pending, nobody's: it is filed away.

    ``is_inspection_enough``: what is only to be looked into may take this step. Errors: Refused("no_processing").
    """
    found = standing_route(case, law)
    if found.outcome is Outcome.SHELVE or (found.outcome is Outcome.INSPECT and not is_inspection_enough):
        raise Refused(
            "no_processing",
            f"Không xử lý theo bước này, chỉ {found.outcome.label}: {found.tried[-1].why}",
            rule=found.rule,
        )


def must_be_a_ground(case: Case, ground: DeclineGround, law: Law) -> None:
    """Errors: Refused("ground_of_other_kind"); Refused("ground_contradicted") by what is known of the petition."""
    if ground not in _GROUNDS.get(case.kind, frozenset()):
        raise Refused(
            "ground_of_other_kind",
            f"“{ground.label}” không phải là căn cứ không thụ lý đơn {case.kind.label}.",
            ground=ground,
        )
    contradicts = _CONTRADICTIONS.get(ground)
    why = contradicts(case.filed, law) if contradicts else ""
    if why:
        raise Refused("ground_contradicted", f"Hồ sơ không có căn cứ “{ground.label}”: {why}", ground=ground)


def _barring(filed: PetitionFiled, by: UnitId, law: Law) -> Iterator[Found]:
    """The lines that fit and do not let it be accepted. Being late may have a good reason: the head weighs it."""
    for line in lines_at(filed, by, law):
        if line.fits and line.outcome in _BARS and line.ground is not DeclineGround.LIMITATION_EXPIRED:
            yield line


def _as_named(filed: PetitionFiled, representative_count: int | None) -> PetitionFiled:
    """The petition with the representatives that were named at acceptance."""
    if not representative_count:
        return filed
    known = filed.known.model_copy(update={"representative_count": representative_count})
    return filed.model_copy(update={"has_representatives": True, "particulars": known})


def _time(filed: PetitionFiled, law: Law) -> str:
    return "" if limit_of(filed, law) is None or is_late(filed, law) else why_about_time(filed, law)


def _signature(filed: PetitionFiled, _: Law) -> str:
    return "đơn đã có chữ ký hoặc điểm chỉ." if filed.is_signed and not filed.is_anonymous else ""


def _subject(filed: PetitionFiled, _: Law) -> str:
    subject = filed.known.subject
    return f"nội dung là {subject.label}." if subject is not None and subject not in _NOT_FOR_COMPLAINTS else ""


def _capacity(filed: PetitionFiled, _: Law) -> str:
    return "người gửi đơn có năng lực hành vi dân sự đầy đủ." if filed.known.is_capable is True else ""


def _representative(filed: PetitionFiled, _: Law) -> str:
    known = filed.known
    if known.petitioner_role is PetitionerRole.SELF:
        return "người gửi đơn tự mình gửi đơn."
    is_one = (known.attorney_count or 0) <= 1
    return "người đại diện có giấy tờ hợp pháp." if known.is_representative_lawful is True and is_one else ""


def _withdrawal(filed: PetitionFiled, _: Law) -> str:
    is_forced = filed.known.was_withdrawal_forced is True
    return "việc rút đơn trước đây là do bị ép buộc, đe dọa." if is_forced else ""


def _said_not(field: str, text: str) -> Callable[[PetitionFiled, Law], str]:
    return lambda filed, _: text if getattr(filed.known, field) is False else ""


_CONTRADICTIONS: Final[Mapping[DeclineGround, Callable[[PetitionFiled, Law], str]]] = {
    DeclineGround.LIMITATION_EXPIRED: _time,
    DeclineGround.NOT_SIGNED: _signature,
    DeclineGround.INTERNAL_DECISION: _subject,
    DeclineGround.NO_CAPACITY: _capacity,
    DeclineGround.UNLAWFUL_REPRESENTATIVE: _representative,
    DeclineGround.WITHDRAWN_BEFORE: _withdrawal,
    DeclineGround.SECOND_DECISION_EXISTS: _said_not("has_second_decision", "chưa có quyết định giải quyết lần hai."),
    DeclineGround.DISCONTINUED: _said_not("is_discontinued", "chưa bị đình chỉ giải quyết."),
    DeclineGround.COURT_SEIZED: _said_not("is_court_seized", "Tòa án chưa thụ lý."),
}
"""What is known and says the opposite, in one Vietnamese sentence; empty when nothing does."""
