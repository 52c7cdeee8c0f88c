"""Which of the petitions found are proposed, as what, and why. Never decides: a person confirms (R21, R22)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from contracts.law.secrecy import is_confidential
from contracts.vocabulary import CandidateReason, CandidateVerdict, Instance, PetitionKind
from services.intake.domain import Petition, PetitionStatus
from services.intake.likeness.sketch import Sketch, likeness

SAME_PERSON_MIN: Final = 0.25
"""The same person's words are about the same matter from here: a quarter of the words retyped leaves 0.27, two matters
of one person reach 0.25 at most. Of what is retyped by 30 % this loses most (``tests/intake/test_likeness.py``)."""
OTHERS_MIN: Final = 0.40
"""Strangers' words are about the same matter from here: 5 % retyped leaves 0.75, 15 % 0.44; two letters on one subject
in one commune reach 0.25. Higher than for one person, since a person is the better half of the evidence."""
COPY_MIN: Final = 0.90
"""Where persons are not compared, only what is copied word for word is proposed as a duplicate."""

_VERDICT_ORDER: Final = tuple(CandidateVerdict)


@dataclass(frozen=True, slots=True)
class Compared:
    """A petition with its sketch opened."""

    petition: Petition
    sketch: Sketch


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; the number where it has one."""

    reason: CandidateReason
    percent: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A petition that may belong together with the one asked about."""

    petition: Petition
    verdict: CandidateVerdict
    reasons: tuple[Reason, ...]
    likeness: float
    is_earlier: bool
    """It was received before the one asked about, and leads."""
    is_over: bool = False


def candidates_of(asked: Compared, found: Iterable[Compared]) -> list[Candidate]:
    """Those that are proposed, the likeliest first. Only one kind is compared: no order links two."""
    pairs = (_Pair(asked, other) for other in found if _may_join(asked.petition, other.petition))
    proposed = (_proposed(pair) for pair in pairs)
    return sorted(filter(None, proposed), key=_rank)


def with_case_over(candidate: Candidate) -> Candidate:
    """The candidate whose case has ended: a copy that comes after it joins nothing pending, it goes on from it."""
    verdict = candidate.verdict
    if verdict is CandidateVerdict.DUPLICATE and candidate.is_earlier:
        verdict = CandidateVerdict.GOES_ON
    reasons = (*candidate.reasons, Reason(CandidateReason.OTHER_CASE_OVER))
    return replace(candidate, verdict=verdict, reasons=reasons, is_over=True)


class _Pair:
    """Two petitions beside each other."""

    def __init__(self, asked: Compared, other: Compared) -> None:
        self.other = other.petition
        self.likeness = likeness(asked.sketch, other.sketch)
        self.is_earlier = _order(other.petition) < _order(asked.petition)
        one, two = (other.petition, asked.petition) if self.is_earlier else (asked.petition, other.petition)
        self.earlier, self.later = one.filed, two.filed
        self._marks = (one.likeness, two.likeness)
        self.persons = tuple(self._same_person())
        self.is_same_person = self._is_same_person()

    def _same(self, name: str) -> bool | None:
        """None when one of them does not say it."""
        one, two = (getattr(marks, name, None) for marks in self._marks)
        return None if one is None or two is None else bool(one == two)

    def _same_person(self) -> Iterator[CandidateReason]:
        if self._same("number"):
            yield CandidateReason.SAME_PERSONAL_NUMBER
        if self._same("name"):
            yield CandidateReason.SAME_NAME
        if self._same("phone"):
            yield CandidateReason.SAME_PHONE

    def _is_same_person(self) -> bool | None:
        """A number decides, then a name; a telephone, which a family shares, only where no name is. None: not known."""
        for name in ("number", "name", "phone"):
            is_same = self._same(name)
            if is_same is not None:
                return is_same
        return None

    @property
    def names_same_decision(self) -> bool:
        one, two = (set(marks.decisions) if marks else set() for marks in self._marks)
        return not one.isdisjoint(two)

    @property
    def is_told_by_decision(self) -> bool:
        """The document alone joins the two. Not where words are sealed: a guess would tell what one names."""
        return self.names_same_decision and not is_confidential(self.later.kind)

    @property
    def names_other_decision(self) -> bool:
        """Both name a document, and none is the same: one form letter against two decisions."""
        has_both = all(marks is not None and marks.decisions for marks in self._marks)
        return has_both and not self.names_same_decision

    @property
    def is_later_instance(self) -> bool:
        """The later one goes on from the earlier one, as routing links them."""
        if self.later.respondent_unit != self.earlier.respondent_unit:
            return False
        if self.later.kind is PetitionKind.COMPLAINT:
            return (self.earlier.instance, self.later.instance) == (Instance.FIRST, Instance.SECOND)
        return self.later.kind is PetitionKind.DENUNCIATION and self.later.known.is_against_result is True

    @property
    def is_at_one_place(self) -> bool:
        return self.later.matter_unit == self.earlier.matter_unit

    @property
    def is_in_one_field(self) -> bool:
        return self.later.matter_field is self.earlier.matter_field

    @property
    def has_one_decision_day(self) -> bool:
        day = self.later.decision_known_on
        return day is not None and day == self.earlier.decision_known_on

    @property
    def has_one_respondent(self) -> bool:
        return self.later.respondent_unit is not None and self.later.respondent_unit == self.earlier.respondent_unit


def _may_join(asked: Petition, other: Petition) -> bool:
    return (
        other.id != asked.id
        and other.filed.kind is asked.filed.kind
        and other.status is not PetitionStatus.WITHDRAWN
        and asked.status is not PetitionStatus.WITHDRAWN
    )


def _proposed(pair: _Pair) -> Candidate | None:
    verdict = _verdict(pair)
    if verdict is None:
        return None
    return Candidate(pair.other, verdict, tuple(_reasons(pair)), pair.likeness, pair.is_earlier)


def _verdict(pair: _Pair) -> CandidateVerdict | None:
    if pair.is_later_instance:
        return CandidateVerdict.GOES_ON if _goes_on(pair) else None
    if pair.names_other_decision or pair.earlier.instance is not pair.later.instance:
        return None
    if pair.is_same_person:
        is_one_act = pair.names_same_decision or (pair.has_one_decision_day and pair.has_one_respondent)
        is_alike = is_one_act or pair.likeness >= SAME_PERSON_MIN
        return CandidateVerdict.DUPLICATE if is_alike else None
    if pair.is_same_person is None and pair.likeness >= COPY_MIN:
        return CandidateVerdict.DUPLICATE
    return CandidateVerdict.SAME_MATTER if _is_same_matter(pair) else None


def _goes_on(pair: _Pair) -> bool:
    """It cites the first settlement, so another decision is no sign against it; another person is."""
    is_alike = pair.is_told_by_decision or pair.likeness >= SAME_PERSON_MIN
    is_one_matter = pair.is_at_one_place and pair.is_in_one_field
    return is_one_matter or is_alike if pair.is_same_person else pair.is_same_person is None and is_alike


def _is_same_matter(pair: _Pair) -> bool:
    is_near = pair.is_at_one_place or pair.has_one_respondent
    return pair.is_told_by_decision or (is_near and pair.likeness >= OTHERS_MIN)


def _reasons(pair: _Pair) -> Iterator[Reason]:
    yield Reason(CandidateReason.TEXT_LIKENESS, percent=round(pair.likeness * 100))
    yield from (Reason(reason) for reason in pair.persons)
    alike = {
        CandidateReason.PERSON_NOT_COMPARED: pair.is_same_person is None,
        CandidateReason.SAME_DECISION: pair.names_same_decision,
        CandidateReason.SAME_RESPONDENT: pair.has_one_respondent,
        CandidateReason.SAME_PLACE: pair.is_at_one_place,
        CandidateReason.SAME_FIELD: pair.is_in_one_field,
        CandidateReason.SAME_DECISION_DAY: pair.has_one_decision_day,
        CandidateReason.LATER_INSTANCE: pair.is_later_instance,
    }
    yield from (Reason(reason) for reason, holds in alike.items() if holds)
    yield Reason(CandidateReason.DAYS_APART, days=(pair.later.received_at - pair.earlier.received_at).days)


def _order(petition: Petition) -> tuple[float, str]:
    return petition.filed.received_at.timestamp(), str(petition.id)


def _rank(candidate: Candidate) -> tuple[int, float, float]:
    place = _VERDICT_ORDER.index(candidate.verdict)
    return place, -candidate.likeness, candidate.petition.filed.received_at.timestamp()
