"""Warnings in office hours, the red line, and the evidence with which a case goes up."""

from datetime import datetime, time

from contracts.facts.base import VIETNAM
from contracts.facts.routing import (
    CaseEscalated,
    DeadlineMissed,
    DeadlineNear,
)
from contracts.vocabulary import (
    DelayReason,
    EscalationReason,
    PetitionKind,
    Telling,
)
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.domain.escalation import tick
from tests.routing.given import (
    LAW,
    NUMBER,
    PROVINCE,
    QUY_HOP,
    accepted,
    case_of,
    day,
    filed,
    noon,
    reading_of,
)


def at(text: str, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day(text), time(hour, minute), VIETNAM)


def warned(case: Case, now: datetime) -> list[str]:
    return [fact.clock.clock for fact in tick(case, now, LAW)[1] if isinstance(fact, DeadlineNear)]


def test_warnings_wait_for_office_hours_missed_clocks_do_not() -> None:
    case = accepted(case_of(), "2026-09-10")
    assert warned(case, at("2026-09-25", 7, 29)) == []
    assert warned(case, at("2026-09-25", 7, 30)) == ["K3"]
    assert warned(case, at("2026-09-25", 16, 59)) == ["K3"]
    assert warned(case, at("2026-09-25", 17, 0)) == []
    assert warned(case, at("2026-09-26", 9)) == [], "a Saturday"
    assert warned(case, at("2026-09-28", 9)) == ["K3"], "nobody looked on Friday: on Monday morning"
    assert [type(one) for one in tick(case, at("2026-10-13", 0, 1), LAW)[1]][:1] == [DeadlineMissed]


def test_a_warning_on_a_day_off_comes_before_it_when_the_next_morning_is_too_late() -> None:
    """Tết 2027: the 90 % of a period whose bare end lies in the holiday would come after it."""
    case = accepted(case_of(filed("2027-01-04")), "2027-01-08")
    read = reading_of(case, "K3")
    assert (read.raw_due, read.rolled_due) == (day("2027-02-07"), day("2027-02-11"))
    case, _ = tick(case, at("2027-02-01", 9), LAW)
    assert case.next_timer_on == day("2027-02-03"), "90 % is Thursday 4 February, the first day of Tết"
    assert warned(case, at("2027-02-03", 9)) == ["K3"]


def test_e17_the_red_line_goes_up_with_what_was_told_and_with_the_reasons_on_file() -> None:
    case, _ = acts.explain_delay(
        case_of(filed(kind=PetitionKind.MIXED)),
        reason=DelayReason.AWAITING_OTHER_BODY,
        document_number=NUMBER,
        by=case_of(filed(kind=PetitionKind.MIXED)).held_by,
        on=day("2026-09-30"),
        law=LAW,
    )
    for on in ("2026-09-30", "2026-10-12", "2026-10-19"):
        case, _ = tick(case, noon(on), LAW)
    _, said = tick(case, noon("2026-10-22"), LAW)
    [up] = [fact for fact in said if isinstance(fact, CaseEscalated)]
    assert EscalationReason.RED_LINE in up.reasons
    assert up.delay_reasons == (DelayReason.AWAITING_OTHER_BODY,)
    red = [line for line in up.evidence if line.clock == "R10"]
    assert {line.told for line in red} == {Telling.WARNED}
    assert {line.percent_used for line in red} <= {50, 75, 90}
    assert all(line.started_on == day("2026-09-07") and line.told_to == case.held_by for line in red)
    assert up.missed_clock is not None
    assert up.missed_clock.started_on == day("2026-09-07")


def test_e17_without_a_reason_on_file_the_evidence_says_so() -> None:
    _, said = tick(case_of(filed(kind=PetitionKind.MIXED)), noon("2026-10-22"), LAW)
    [up] = [fact for fact in said if isinstance(fact, CaseEscalated)]
    assert up.delay_reasons == ()


def test_a_report_that_does_not_come_is_told_once_while_other_clocks_go_on() -> None:
    case = accepted(case_of(), "2026-09-14")
    demanded, _ = acts.demand_report(
        case, report_by=day("2026-09-18"), document_number=NUMBER, by=PROVINCE, on=day("2026-09-15"), law=LAW
    )
    ups = []
    for on in ("2026-09-19", "2026-09-29", "2026-10-07", "2026-10-15"):
        demanded, said = tick(demanded, noon(on), LAW)
        ups += [on for fact in said if isinstance(fact, CaseEscalated)]
    assert ups == ["2026-09-19", "2026-10-15"], "the report, then the settlement"


def test_e17_a_case_of_a_unit_goes_up_whoever_works_there() -> None:
    """The holder is a unit, never a person: nobody has to be named for the superior to be told."""
    _, said = tick(case_of(filed("2026-09-07", received_by=QUY_HOP, respondent_unit=QUY_HOP)), noon("2026-09-17"), LAW)
    [up] = [fact for fact in said if isinstance(fact, CaseEscalated)]
    assert (up.from_unit, up.to_unit) == (QUY_HOP, PROVINCE)
    assert [line.told for line in up.evidence if line.clock == "K2"] == [Telling.MISSED]
