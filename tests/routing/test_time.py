"""What time alone brings: warnings, missed clocks once, the superior, the red line; twice is the same as once."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.facts.base import Fact
from contracts.facts.public import PublicCaseEscalated
from contracts.facts.routing import CaseEscalated, DeadlineMissed, DeadlineNear
from contracts.vocabulary import EscalationReason, PetitionKind
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.domain.escalation import tick
from services.routing.domain.office import is_office_open
from tests.routing.given import (
    DO_LUONG,
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    SO_XD,
    case_of,
    day,
    denounced,
    filed,
    noon,
)


def until(case: Case, last: str) -> tuple[Case, list[tuple[str, Fact]]]:
    """Live day by day up to and including ``last``; what was said, with its day."""
    said, now = [], noon(case.filed.received_at.date().isoformat())
    while now <= noon(last):
        case, facts = tick(case, now, LAW)
        said += [(now.date().isoformat(), fact) for fact in facts]
        now += timedelta(days=1)
    return case, said


def days_of(said: list[tuple[str, Fact]], kind: type[Fact], clock: str) -> list[str]:
    return [
        on
        for on, fact in said
        if isinstance(fact, kind) and isinstance(fact, DeadlineNear | DeadlineMissed) and fact.clock.clock == clock
    ]


def test_a_holder_is_warned_twice_and_missed_once() -> None:
    _, said = until(case_of(), "2026-10-05")
    assert days_of(said, DeadlineNear, "K2") == ["2026-09-14", "2026-09-16"], "75 and 90 percent; 50 was a Saturday"
    assert days_of(said, DeadlineMissed, "K2") == ["2026-09-17"]
    assert days_of(said, DeadlineNear, "R1") == ["2026-09-14", "2026-09-18", "2026-09-21"], "90 percent was a Sunday"
    assert days_of(said, DeadlineMissed, "R1") == ["2026-09-22"]


def test_a_missed_clock_takes_the_case_to_the_superior_with_the_evidence() -> None:
    case, said = until(case_of(filed(signer_count=12, has_representatives=True)), "2026-09-17")
    [escalated] = [fact for _, fact in said if isinstance(fact, CaseEscalated)]
    assert (escalated.from_unit, escalated.to_unit, escalated.signer_count) == (KIM_LIEN, PROVINCE, 12)
    assert escalated.reasons == (EscalationReason.DEADLINE_MISSED, EscalationReason.LARGE_GROUP)
    assert escalated.missed_clock is not None
    assert escalated.missed_clock.clock == "K2"
    assert [fact.escalated_on for _, fact in said if isinstance(fact, PublicCaseEscalated)] == [day("2026-09-17")]
    assert case.escalated_to == (PROVINCE,)
    assert case.held_by == KIM_LIEN, "the duty to act stays where it is"


def test_e17_the_red_line_is_told_on_day_45_and_missed_the_day_after() -> None:
    case = case_of(filed(kind=PetitionKind.MIXED))
    _, said = until(case, "2026-10-30")
    red = [on for on, fact in said if isinstance(fact, CaseEscalated) and EscalationReason.RED_LINE in fact.reasons]
    assert red == ["2026-10-22"]
    assert days_of(said, DeadlineMissed, "R10") == ["2026-10-23"]
    assert not [on for on, fact in said if isinstance(fact, CaseEscalated) and on > "2026-10-22"]


def test_a_service_that_slept_says_everything_once_when_it_wakes() -> None:
    case, said = tick(case_of(), noon("2026-12-01"), LAW)
    missed = [fact for fact in said if isinstance(fact, DeadlineMissed)]
    assert {fact.clock.clock for fact in missed} == {"R1", "X1", "K2", "R10"}
    assert not [fact for fact in said if isinstance(fact, DeadlineNear)]
    [escalated] = [fact for fact in said if isinstance(fact, CaseEscalated)]
    assert set(escalated.reasons) == {EscalationReason.DEADLINE_MISSED, EscalationReason.RED_LINE}
    assert case.next_timer_on is None


def test_a_denunciation_is_never_escalated_to_the_accused() -> None:
    case = case_of(denounced("2026-08-24", received_by=KIM_LIEN, respondent_unit=PROVINCE))
    assert case.held_by == KIM_LIEN
    _, said = until(case, "2026-09-04")
    [escalated] = [fact for _, fact in said if isinstance(fact, CaseEscalated)]
    assert escalated.to_unit == "tw", "the province is passed over"


def test_an_accepted_case_is_no_longer_watched_for_acceptance() -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-10"), law=LAW)
    after, said = until(case, "2026-10-11")
    assert [on for on, _ in said] == ["2026-09-25", "2026-10-05", "2026-10-07"], "only K3; 75 percent was a Saturday"
    assert after.next_timer_on == day("2026-10-13"), "10 October is a Saturday: judged on Monday 12"


@given(
    received=st.dates(day("2026-07-01"), day("2027-12-31")),
    after_days=st.integers(0, 120),
    kind=st.sampled_from([PetitionKind.COMPLAINT, PetitionKind.MIXED, PetitionKind.FEEDBACK]),
)
def test_ticking_twice_changes_nothing_and_the_next_timer_lies_ahead(
    received: object, after_days: int, kind: PetitionKind
) -> None:
    case = case_of(filed(str(received), kind=kind))
    now = case.filed.received_at + timedelta(days=after_days)
    once, _ = tick(case, now, LAW)
    assert tick(once, now, LAW) == (once, [])
    waits_for_hours = not is_office_open(now, LAW)
    assert once.next_timer_on is None or once.next_timer_on > now.date() or waits_for_hours


@given(steps=st.lists(st.integers(1, 20), max_size=8))
def test_however_often_it_is_looked_at_every_clock_is_missed_once(steps: list[int]) -> None:
    case, said, now = (
        case_of(denounced("2026-08-24", received_by=OFFICE, respondent_unit=DO_LUONG)),
        [],
        noon("2026-08-24"),
    )
    for step in [*steps, 200]:
        now += timedelta(days=step)
        case, facts = tick(case, now, LAW)
        said += facts
    missed = [fact.clock.clock for fact in said if isinstance(fact, DeadlineMissed)]
    assert sorted(missed) == ["R10", "T1"]


def test_the_department_escalates_to_the_province() -> None:
    case = case_of(filed(respondent_unit=SO_XD, received_by=SO_XD))
    _, said = until(case, "2026-09-17")
    assert [fact.to_unit for _, fact in said if isinstance(fact, CaseEscalated)] == [PROVINCE]
