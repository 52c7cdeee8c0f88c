"""What is taken for granted of a petition where nothing was said, and whether it could have mattered.

Said is said: only what would count otherwise, were it said otherwise, is told. Nothing that is not said counts against
the petitioner.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from contracts.facts.intake import PetitionFiled
from contracts.law.source import Row
from contracts.vocabulary import Instance, PetitionerRole, PetitionKind, SubjectMatter
from services.routing.domain.groups import is_large_group

Guess = bool | int | str


class Assumed(Row):
    """A field that was not said, and what is taken for granted instead."""

    field: str
    value: Guess
    """Empty where the value itself is left open and only its consequence is taken for granted."""
    label: str = ""


@dataclass(frozen=True, slots=True)
class _Guess:
    value: Guess | Callable[[PetitionFiled], Guess]
    matters: Callable[[PetitionFiled], bool]
    label: str = ""


_KNPA: Final = frozenset({PetitionKind.RECOMMENDATION, PetitionKind.FEEDBACK})
_BY_POWER: Final = frozenset({PetitionerRole.ATTORNEY, PetitionerRole.LAWYER})
_FOR_OTHERS: Final = _BY_POWER | {PetitionerRole.LEGAL_REPRESENTATIVE}


def _always(_: PetitionFiled) -> bool:
    return True


def _complaint(filed: PetitionFiled) -> bool:
    return filed.kind is PetitionKind.COMPLAINT


def _first_complaint(filed: PetitionFiled) -> bool:
    return _complaint(filed) and filed.instance is Instance.FIRST


def _disciplined(filed: PetitionFiled) -> bool:
    return filed.known.subject is SubjectMatter.DISCIPLINARY_DECISION


def _denunciation(filed: PetitionFiled) -> bool:
    return filed.kind is PetitionKind.DENUNCIATION


def _knpa(filed: PetitionFiled) -> bool:
    return filed.kind in _KNPA


def _not_knpa(filed: PetitionFiled) -> bool:
    return filed.kind not in _KNPA


def _by_power(filed: PetitionFiled) -> bool:
    return filed.known.petitioner_role in _BY_POWER


def _for_another(filed: PetitionFiled) -> bool:
    return filed.known.petitioner_role in _FOR_OTHERS


def _several(filed: PetitionFiled) -> bool:
    return filed.signer_count > 1


def _represented(filed: PetitionFiled) -> bool:
    return is_large_group(filed) and filed.has_representatives


def _withdrawn(filed: PetitionFiled) -> bool:
    return filed.known.withdrawn_before_on is not None


def _grown(filed: PetitionFiled) -> bool:
    return filed.known.grows_from_settled_complaint is True


def _waits_below(filed: PetitionFiled) -> bool:
    return filed.lower_accepted_on is not None


def _has_respondent(filed: PetitionFiled) -> bool:
    return filed.respondent_unit is not None and filed.respondent_post is not None


def _has_documents(filed: PetitionFiled) -> bool:
    return filed.attachment_count > 0


GUESSES: Final[Mapping[str, _Guess]] = {
    "subject": _Guess("", _always, "đúng nội dung của loại đơn"),
    "is_dismissal": _Guess(False, _disciplined),
    "is_on_duty": _Guess(True, _denunciation),
    "has_signs_of_crime": _Guess(False, _denunciation),
    "is_harm_hard_to_repair": _Guess(False, _complaint),
    "decision_known_on": _Guess("", _first_complaint, "còn thời hiệu"),
    "is_remote": _Guess(False, _complaint),
    "asks_only_for_help": _Guess(False, _waits_below),
    "guided_before_on": _Guess("", _not_knpa, "chưa hướng dẫn"),
    "transferred_before_on": _Guess("", _denunciation, "chưa chuyển"),
    "has_second_decision": _Guess(False, _complaint),
    "settled_effective_on": _Guess("", _complaint, "chưa có quyết định có hiệu lực"),
    "is_discontinued": _Guess(False, _complaint),
    "is_court_seized": _Guess(False, _complaint),
    "withdrawn_before_on": _Guess("", _complaint, "chưa từng rút"),
    "was_withdrawal_forced": _Guess(False, _withdrawn),
    "is_pending_here": _Guess(False, _always),
    "is_against_result": _Guess(False, _denunciation),
    "grows_from_settled_complaint": _Guess(False, _denunciation),
    "has_evidence_against_settler": _Guess(False, _grown),
    "is_answered_before": _Guess(False, _knpa),
    "petitioner_role": _Guess("self", _always, PetitionerRole("self").label),
    "is_capable": _Guess(True, _not_knpa),
    "is_representative_lawful": _Guess(True, _for_another),
    "attorney_count": _Guess(1, _by_power),
    "representative_count": _Guess("", _represented, "trong số được phép cử"),
    "have_all_signed": _Guess(True, _several),
    "are_representatives_petitioners": _Guess(True, _represented),
    "is_false_identity": _Guess(False, _denunciation),
    "is_violator_identifiable": _Guess(_has_respondent, _denunciation),
    "is_evidence_concrete": _Guess(_has_documents, _denunciation),
    "is_verifiable": _Guess(True, _denunciation),
    "is_foreign_untranslated": _Guess(False, _always),
    "is_unreadable": _Guess(False, _always),
    "has_originals": _Guess(False, _always),
    "places_to_verify": _Guess(1, _denunciation),
    "is_check_delegated": _Guess(False, _denunciation),
    "lower_due_on": _Guess("", _waits_below, "theo thời hạn chung, không gia hạn, không tạm đình chỉ"),
}
"""By field: what is taken for granted, and in which petitions it could matter."""


def assumed(filed: PetitionFiled, said: frozenset[str]) -> Iterator[Assumed]:
    """Every claim that was not said and is taken for granted. ``said``: the fields that were."""
    yield from _claimed(said, filed.is_signed)
    for name, guess in GUESSES.items():
        if name not in said and guess.matters(filed):
            yield _told(name, guess.value(filed) if callable(guess.value) else guess.value, guess.label)


@lru_cache(maxsize=1024)
def _claimed(said: frozenset[str], is_signed: bool) -> tuple[Assumed, ...]:
    """Of the petition itself. Situations name the same few sets of fields again and again."""
    return tuple(
        _told(name, is_signed if name == "is_signed" else default, label)
        for name, default, label in _claims()
        if name not in said
    )


@lru_cache(maxsize=512, typed=True)
def _told(name: str, value: Guess, label: str) -> Assumed:
    return Assumed(field=f"petition.{name}", value=value, label=label)


@lru_cache(maxsize=1)
def _claims() -> tuple[tuple[str, Guess, str], ...]:
    """The fields of the petition itself whose default is a claim: none, nothing and no list are not."""
    return tuple(
        (name, field.default, getattr(field.default, "label", ""))
        for name, field in PetitionFiled.model_fields.items()
        if isinstance(field.default, bool | int | str) and name != "wants_notices"
    )
