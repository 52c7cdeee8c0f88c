"""Limitation (thời hiệu): how long the petitioner may complain, obstacles left out (LKN 9, 33, 48)."""

from dataclasses import dataclass
from datetime import date

from contracts.facts.intake import PetitionFiled
from contracts.facts.routing import ClockReading
from contracts.law.clocks import ExcludedTime
from contracts.law.rows import Variant
from contracts.vocabulary import Instance, SubjectMatter
from services.routing.domain.competence import received_on
from services.routing.domain.law import Law


def window_opens_on(filed: PetitionFiled, law: Law) -> date | None:
    """When the time for a second complaint begins: the first decision was received, or its time ran out (LKN 33).

    What the lower body stated as its last day, extended or suspended, goes before our own count.
    Where that time cannot be counted (before the law we know), it counts as run out from the day of acceptance.
    """
    if filed.earlier_decision_received_on is not None:
        return filed.earlier_decision_received_on
    if filed.lower_accepted_on is None:
        return None
    settlement = "K14" if _is_disciplinary(filed) else "K3"
    read = law.find_reading(settlement, filed.lower_accepted_on, _by_place(filed, law))
    expiry = filed.known.lower_due_on or (read.rolled_due if read else filed.lower_accepted_on)
    return expiry if received_on(filed) > expiry else None


def is_late(filed: PetitionFiled, law: Law) -> bool:
    """Counted from before the law we know, it counts as late: an officer looks, and may accept all the same."""
    start = _starts_on(filed, law)
    if start is None:
        return False
    read = last_day(filed, law)
    return received_on(filed) > (read.rolled_due if read else start)


def why_about_time(filed: PetitionFiled, law: Law) -> str:
    """Whether it is in time, in one Vietnamese sentence with the days."""
    start = _starts_on(filed, law)
    if start is None:
        return "Không nêu ngày nhận hoặc biết được quyết định, hành vi: coi là còn thời hiệu."
    read = last_day(filed, law)
    if read is None:
        return f"Không có quy định thời hiệu của ngày {start:%d/%m/%Y} để tính: coi là đã quá, cán bộ xem xét lại."
    left_out = _about_obstacles(filed, law, start)
    state = "Quá thời hiệu khiếu nại" if received_on(filed) > read.rolled_due else "Còn thời hiệu khiếu nại"
    return f"{state}: ngày cuối {read.rolled_due:%d/%m/%Y}{left_out}."


@dataclass(frozen=True, slots=True)
class Limit:
    """Which clock limits the petitioner, from when, in what circumstances, and what time is left out."""

    clock: str
    started_on: date
    variant: Variant
    excluded: tuple[ExcludedTime, ...]


def limit_of(filed: PetitionFiled, law: Law) -> Limit | None:
    """The limitation clock of the petition (K1, K5, K13); none when nothing starts it."""
    start = _starts_on(filed, law)
    if start is None:
        return None
    clock = _clock(filed)
    variant = {"K13": _by_instance(filed), "K5": _by_place(filed, law)}.get(clock, Variant.ORDINARY)
    row = law.catalogue.find_clock(clock, start)
    return Limit(clock, start, variant, _excluded(filed) if row is None or row.excludes_obstacles else ())


def last_day(filed: PetitionFiled, law: Law) -> ClockReading | None:
    """What that clock reads; none when nothing starts it or no law of then is known."""
    limit = limit_of(filed, law)
    return None if limit is None else law.find_reading(limit.clock, limit.started_on, limit.variant, limit.excluded)


def _starts_on(filed: PetitionFiled, law: Law) -> date | None:
    return filed.decision_known_on if filed.instance is Instance.FIRST else window_opens_on(filed, law)


def _clock(filed: PetitionFiled) -> str:
    if _is_disciplinary(filed):
        return "K13"
    return "K5" if filed.instance is Instance.SECOND else "K1"


def _about_obstacles(filed: PetitionFiled, law: Law, start: date) -> str:
    """Whether a proved obstacle was left out; the time for a second complaint leaves nothing out."""
    if not _excluded(filed):
        return ""
    row = law.catalogue.find_clock(_clock(filed), start)
    is_left_out = row is not None and row.excludes_obstacles
    return " (đã trừ thời gian trở ngại)" if is_left_out else " (thời hạn này không trừ thời gian trở ngại)"


def _is_disciplinary(filed: PetitionFiled) -> bool:
    return filed.known.subject is SubjectMatter.DISCIPLINARY_DECISION


def _by_instance(filed: PetitionFiled) -> Variant:
    if filed.instance is Instance.FIRST:
        return Variant.ORDINARY
    return Variant.SECOND_ON_DISMISSAL if filed.known.is_dismissal else Variant.SECOND_INSTANCE


def _by_place(filed: PetitionFiled, law: Law) -> Variant:
    is_remote = law.catalogue.settings.counts_as_remote(filed.matter_unit, is_recorded=bool(filed.known.is_remote))
    return Variant.REMOTE if is_remote else Variant.ORDINARY


def _excluded(filed: PetitionFiled) -> tuple[ExcludedTime, ...]:
    """Only what is proved."""
    return tuple(
        ExcludedTime(obstacle=one.ground, from_day=one.first_day, to_day=one.last_day)
        for one in filed.known.obstacles
        if one.is_proved
    )
