"""What in a petition cannot be so, whoever says it: who asks what would follow, or an officer who found more of it.

Nothing is guessed and nothing is put right silently: what contradicts itself is sent back.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import BaseModel

from contracts.errors import TiepdanError
from contracts.facts.base import vietnam_day
from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.units import UnitTree
from contracts.vocabulary import Channel, Instance, PetitionerRole, PetitionKind, RespondentMove, SubjectMatter

_ONE_PERSON: Final = 1
_KNPA: Final = frozenset({PetitionKind.RECOMMENDATION, PetitionKind.FEEDBACK})
_COMPLAINT: Final = frozenset({PetitionKind.COMPLAINT})
_DENUNCIATION: Final = frozenset({PetitionKind.DENUNCIATION})
_MAY_HOLD_BOTH: Final = frozenset({PetitionKind.MIXED})

ONLY_IN: Final[Mapping[str, frozenset[PetitionKind]]] = {
    "is_dismissal": _COMPLAINT,
    "lower_due_on": _COMPLAINT,
    "asks_only_for_help": _COMPLAINT | _KNPA,
    "guided_before_on": _COMPLAINT | _DENUNCIATION,
    "transferred_before_on": _DENUNCIATION,
    "has_second_decision": _COMPLAINT,
    "is_discontinued": _COMPLAINT,
    "earlier_decision_received_on": _COMPLAINT,
    "enforceable_on": _COMPLAINT,
    "is_harm_hard_to_repair": _COMPLAINT,
    "respondent_function": _DENUNCIATION,
    "is_on_duty": _DENUNCIATION,
    "respondent_now_at": _DENUNCIATION,
    "respondent_now_post": _DENUNCIATION,
    "respondent_move": _DENUNCIATION,
    "has_signs_of_crime": _DENUNCIATION,
    "is_against_result": _DENUNCIATION,
    "is_check_delegated": _DENUNCIATION,
    "grows_from_settled_complaint": _DENUNCIATION,
    "has_evidence_against_settler": _DENUNCIATION,
    "is_false_identity": _DENUNCIATION,
    "is_answered_before": _KNPA,
}
"""Fields that mean something in these kinds of petitions only."""

NOT_IN_THE_FUTURE: Final = (
    "earlier_decision_received_on",
    "decision_known_on",
    "lower_accepted_on",
    "guided_before_on",
    "transferred_before_on",
    "settled_effective_on",
    "withdrawn_before_on",
)
"""What happened before the petition came."""

_OF_GROUPS: Final = (
    "has_representatives",
    "representative_count",
    "have_all_signed",
    "are_representatives_petitioners",
)
_OF_FORWARDED: Final = ("forwarded_by", "forwarding_unit")
_MAY_BE_FORWARDED: Final = frozenset({Channel.FORWARDED, Channel.POST})
_OPEN_AT_RECEIPT: Final = ("received_by", "accepted_elsewhere_by", "forwarding_unit")
_KNOWN_AT_RECEIPT: Final = ("matter_unit", "respondent_unit", "respondent_now_at")
_LISTS_OF_UNITS: Final = ("also_concerns", "copied_to")
_SAID_ONCE: Final = (*_LISTS_OF_UNITS, "obstacles")
_AFTER_THE_DECISION: Final = ("earlier_decision_received_on", "settled_effective_on", "lower_accepted_on")
_BY_POWER: Final = frozenset({PetitionerRole.ATTORNEY, PetitionerRole.LAWYER})
_OF_POWER: Final = ("power_form", "attorney_count")
_COUNTS: Final = ("signer_count", "attachment_count", "attorney_count", "representative_count", "places_to_verify")
MOST: Final = 1_000_000
"""Beyond this no count is meant."""


_NOT_IN: Final[Mapping[PetitionKind, tuple[str, ...]]] = {
    kind: tuple(field for field, kinds in ONLY_IN.items() if kind not in kinds | _MAY_HOLD_BOTH)
    for kind in PetitionKind
}
"""Fields that mean nothing in a petition of that kind."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that cannot be so."""

    field: str
    """Where: ``instance``, ``obstacles.0.first_day``; in a situation ``petition.instance``, ``events.0.on``."""
    code: str
    text: str


def contradictions_in(
    filed: PetitionFiled, units: UnitTree, said: Collection[str] = frozenset()
) -> tuple[Finding, ...]:
    """Everything that contradicts itself, in the order of the fields. ``said``: the fields that somebody wrote down."""
    received_on = vietnam_day(filed.received_at)
    return (
        *_in_kind(filed),
        *_in_counts(filed),
        *_in_respondent(filed),
        *_in_powers(filed),
        *_in_instance(filed),
        *_in_groups(filed),
        *_in_channel(filed, said),
        *_in_days(filed, received_on),
        *_in_lists(filed),
        *_in_units(filed, units, received_on),
    )


def _in_kind(filed: PetitionFiled) -> Iterator[Finding]:
    for field, _ in _said(filed, _NOT_IN[filed.kind]):
        names = ", ".join(kind.label for kind in PetitionKind if kind in ONLY_IN[field])
        yield Finding(field, "not_of_this_kind", f"Chỉ dùng cho đơn: {names}.")


def _in_counts(filed: PetitionFiled) -> Iterator[Finding]:
    for field, count in _said(filed, _COUNTS):
        if count > MOST:
            yield Finding(field, "too_many", f"Không quá {MOST}.")


def _in_respondent(filed: PetitionFiled) -> Iterator[Finding]:
    known = filed.known
    has_left = known.respondent_move is RespondentMove.LEFT
    if known.respondent_now_at is None and known.respondent_move is not None and not has_left:
        text = "Đã chuyển công tác thì phải nêu nay công tác ở đâu (respondent_now_at)."
        yield Finding("respondent_move", "moved_nowhere", text)
    if known.respondent_now_at is None and known.respondent_now_post is not None:
        yield Finding("respondent_now_post", "post_nowhere", "Phải nêu nay công tác ở đâu (respondent_now_at).")
    if known.respondent_now_at is not None and has_left:
        yield Finding("respondent_now_at", "left_yet_there", "Đã thôi việc thì không còn nơi công tác.")
    if known.respondent_now_at is not None and known.respondent_now_at == filed.respondent_unit:
        text = "Nơi công tác hiện nay trùng nơi xảy ra hành vi: không phải chuyển công tác."
        yield Finding("respondent_now_at", "moved_to_itself", text)
    if known.subject is SubjectMatter.PARTY_DISCIPLINE and known.is_on_duty is True:
        text = "Kỷ luật, đạo đức đảng viên không phải là vi phạm khi thực hiện nhiệm vụ, công vụ."
        yield Finding("is_on_duty", "party_yet_on_duty", text)


def _in_powers(filed: PetitionFiled) -> Iterator[Finding]:
    if filed.known.petitioner_role not in _BY_POWER:
        for field, _ in _said(filed, _OF_POWER):
            yield Finding(field, "no_attorney", "Chỉ dùng khi người gửi đơn được ủy quyền.")


def _in_lists(filed: PetitionFiled) -> Iterator[Finding]:
    for field, said in _said(filed, _SAID_ONCE):
        for number, one in enumerate(said):
            if one in said[:number]:
                yield Finding(f"{field}.{number}", "said_twice", "Đã có trong danh sách.")


def _in_instance(filed: PetitionFiled) -> Iterator[Finding]:
    is_second = filed.instance is Instance.SECOND
    if is_second and filed.kind not in _COMPLAINT:
        yield Finding("instance", "second_not_of_this_kind", "Lần hai chỉ có ở khiếu nại.")
    has_first = filed.earlier_decision_received_on is not None or filed.lower_accepted_on is not None
    if is_second and filed.kind in _COMPLAINT and not has_first:
        text = "Khiếu nại lần hai phải có ngày nhận quyết định lần đầu, hoặc ngày cấp dưới thụ lý mà chưa giải quyết."
        yield Finding("instance", "second_without_first", text)
    if is_second and filed.known.asks_only_for_help:
        text = "Chỉ đề nghị giúp đỡ thì không nộp khiếu nại lần hai."
        yield Finding("asks_only_for_help", "asks_only_yet_lodges", text)
    is_denounced = filed.kind is PetitionKind.DENUNCIATION
    if filed.known.asks_only_for_help and filed.lower_accepted_on is None and not is_denounced:
        text = "Chỉ đề nghị giúp đỡ thì phải có ngày cấp dưới đã thụ lý (lower_accepted_on)."
        yield Finding("asks_only_for_help", "nobody_to_urge", text)
    if not is_second and filed.kind in _COMPLAINT and filed.earlier_decision_received_on is not None:
        text = "Đã nhận quyết định lần đầu thì đơn này là khiếu nại lần hai."
        yield Finding("earlier_decision_received_on", "first_after_decision", text)


def _in_groups(filed: PetitionFiled) -> Iterator[Finding]:
    if filed.signer_count < _ONE_PERSON:
        yield Finding("signer_count", "nobody_signs", "Phải có ít nhất một người đứng đơn.")
    if filed.signer_count <= _ONE_PERSON:
        for field, _ in _said(filed, _OF_GROUPS):
            yield Finding(field, "group_of_one", "Một người đứng đơn: không có đại diện nhóm.")
    count = filed.known.representative_count
    if count == 0 and filed.has_representatives:
        yield Finding("representative_count", "no_representatives", "Đã cử người đại diện: phải có ít nhất một.")
    if count and count > filed.signer_count > _ONE_PERSON:
        text = "Số người đại diện nhiều hơn số người đứng đơn."
        yield Finding("representative_count", "more_than_signers", text)


def _in_channel(filed: PetitionFiled, said: Collection[str]) -> Iterator[Finding]:
    if filed.channel not in _MAY_BE_FORWARDED:
        for field, _ in _said(filed, _OF_FORWARDED):
            yield Finding(field, "not_forwarded", "Chỉ dùng khi channel là forwarded hoặc post.")
    if filed.channel is Channel.PHONE and "is_signed" in said and filed.is_signed:
        yield Finding("is_signed", "phone_is_not_signed", "Phản ánh qua điện thoại không có chữ ký.")
    if filed.is_anonymous and "is_signed" in said and filed.is_signed:
        yield Finding("is_signed", "anonymous_yet_signed", "Không có họ tên thì không có chữ ký.")
    if filed.is_anonymous and filed.known.is_false_identity:
        text = "Hoặc không có họ tên, hoặc họ tên không có thật."
        yield Finding("is_false_identity", "anonymous_yet_named", text)


def _in_days(filed: PetitionFiled, received_on: date) -> Iterator[Finding]:
    for field, day in _said(filed, NOT_IN_THE_FUTURE):
        if day > received_on:
            yield Finding(field, "after_receipt", "Ngày này không thể sau ngày nhận đơn.")
    known_on = filed.decision_known_on
    for field, day in _said(filed, _AFTER_THE_DECISION):
        if known_on is not None and day < known_on:
            text = "Ngày này không thể trước ngày biết quyết định, hành vi (decision_known_on)."
            yield Finding(field, "before_the_decision", text)
    for number, obstacle in enumerate(filed.known.obstacles):
        if obstacle.first_day > received_on:
            yield Finding(
                f"obstacles.{number}.first_day",
                "after_receipt",
                "Trở ngại phải bắt đầu trước ngày nhận đơn.",
            )
    stated_due, accepted_on = filed.known.lower_due_on, filed.lower_accepted_on
    if stated_due is not None and (accepted_on is None or stated_due < accepted_on):
        text = "Hạn giải quyết của cấp dưới phải đi với ngày cấp dưới thụ lý và không trước ngày đó."
        yield Finding("lower_due_on", "due_before_acceptance", text)
    withdrawn_on = filed.known.withdrawn_before_on
    if filed.known.was_withdrawal_forced is not None and withdrawn_on is None:
        text = "Phải có ngày đã rút đơn (withdrawn_before_on)."
        yield Finding("was_withdrawal_forced", "no_withdrawal", text)


def _in_units(filed: PetitionFiled, units: UnitTree, received_on: date) -> Iterator[Finding]:
    for field, unit_id in _said(filed, _OPEN_AT_RECEIPT):
        yield from not_open(field, unit_id, units, received_on)
    for field, unit_id in _said(filed, _KNOWN_AT_RECEIPT):
        yield from unknown_unit(field, unit_id, units)
    for field, listed in _said(filed, _LISTS_OF_UNITS):
        for number, unit_id in enumerate(listed):
            yield from unknown_unit(f"{field}.{number}", unit_id, units)
            if field == "copied_to" and unit_id == filed.received_by:
                text = "Nơi nhận đơn này không phải là nơi khác."
                yield Finding(f"{field}.{number}", "copied_to_itself", text)


def not_open(field: str, unit_id: UnitId | None, units: UnitTree, on: date) -> Iterator[Finding]:
    if unit_id is None or units.is_open(unit_id, on):
        return
    try:
        units.get(unit_id, on)
    except TiepdanError as refusal:
        yield Finding(field, refusal.code, refusal.sentence)


def unknown_unit(field: str, unit_id: UnitId | None, units: UnitTree) -> Iterator[Finding]:
    if unit_id is not None and units.find(unit_id) is None:
        yield Finding(field, "unknown_unit", "Không có đơn vị này trong danh mục đơn vị hành chính.")


_OF_PETITION: Final = frozenset(PetitionFiled.model_fields)


def _said(filed: PetitionFiled, fields: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Those of the fields that say something, with what they say; most petitions come without particulars."""
    known = filed.particulars
    for field in fields:
        source: BaseModel | None = filed if field in _OF_PETITION else known
        if source is None:
            continue
        value = getattr(source, field)
        if value not in {None, False, ()}:
            yield field, value
