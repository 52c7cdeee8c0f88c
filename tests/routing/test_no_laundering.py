"""No order makes a missed clock timely again, and none makes a clock that runs run longer than the law lets it."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import TiepdanError
from contracts.facts.base import Fact
from contracts.facts.calendar import CalendarPlan
from contracts.facts.particulars import Particulars
from contracts.facts.routing import CaseSettled, CompetenceDecided, DeadlineMissed, DeadlineMoved
from contracts.law.rows import Act
from contracts.vocabulary import (
    ClosingGround,
    ComplexityTest,
    DayReason,
    EscalationReason,
    MissingPart,
    Outcome,
    PetitionKind,
    SubjectMatter,
    SuspensionGround,
)
from services.routing.domain import acts
from services.routing.domain.case import Case, Status
from services.routing.domain.deadlines import ClockState
from services.routing.domain.escalation import tick
from services.routing.domain.law import Law
from services.routing.domain.opening import on_supplemented
from services.routing.domain.recompute import recounted
from tests.routing.given import (
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    SO_NNMT,
    accepted,
    case_of,
    clock_ids,
    day,
    denounced,
    filed,
    noon,
    refused,
    rolled,
    settled,
    supplemented,
)
from tests.routing.planned import knowing, off, plan

NUMBER = "1/QĐ-UBND"


def suspended(case: Case, on: str, law: Law = LAW) -> Case:
    ground = SuspensionGround.AWAITING_OTHER_RESULT
    return acts.suspend(case, by=KIM_LIEN, ground=ground, document_number=NUMBER, on=day(on), law=law)[0]


def resumed(case: Case, on: str, law: Law = LAW) -> Case:
    return acts.resume(case, by=KIM_LIEN, document_number=NUMBER, on=day(on), law=law)[0]


def extended(case: Case, on: str) -> Case:
    tests = (ComplexityTest.SEVERAL_PLACES,)
    return acts.extend(case, by=KIM_LIEN, tests=tests, document_number=NUMBER, on=day(on), law=LAW)[0]


def is_within_time(said: Sequence[Fact]) -> bool:
    [fact] = [one for one in said if isinstance(one, CaseSettled)]
    return fact.is_within_time


def asked(case: Case, on: str, *missing: MissingPart) -> Case:
    return acts.request_supplement(case, on=day(on), answer_within_days=10, law=LAW, missing=missing)[0]


# ---- settlement


def overdue() -> Case:
    """Accepted on 10 August: K3 ran out on 9 September."""
    return accepted(case_of(filed("2026-08-03")), "2026-08-10")


def test_a_suspension_after_the_last_day_makes_nothing_timely_again() -> None:
    again = resumed(suspended(overdue(), "2026-09-28"), "2026-10-05")
    assert rolled(again, "K3") == day("2026-09-09"), "the last day stands as it stood"
    assert not is_within_time(settled(again, "2026-10-05")[1])


def test_a_suspension_on_the_last_day_is_still_in_time() -> None:
    again = resumed(suspended(overdue(), "2026-09-09"), "2026-10-05")
    assert rolled(again, "K3") == day("2026-10-05")
    assert is_within_time(settled(again, "2026-10-05")[1])


def test_an_extension_after_the_last_day_is_refused_by_every_route() -> None:
    again = resumed(suspended(overdue(), "2026-09-28"), "2026-09-28")
    refused("deadline_passed", lambda: extended(again, "2026-09-28"))


def test_a_missed_settlement_stays_missed_through_a_suspension() -> None:
    missed, _ = tick(overdue(), noon("2026-09-10"), LAW)
    again = resumed(suspended(missed, "2026-09-28"), "2026-10-05")
    [clock] = [one for one in again.clocks if one.id == "K3"]
    assert clock.is_missed
    told = [fact for fact in tick(again, noon("2026-10-06"), LAW)[1] if isinstance(fact, DeadlineMissed)]
    assert "K3" not in {fact.clock.clock for fact in told}, "it was told once"


STRETCHES = st.lists(
    st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 30), st.booleans()), min_size=1, max_size=3
)
"""Days of work, whether it is extended then, days of standing still, and whether it is extended after that."""


class LawfulEnd:
    """The last day by hand: thirty days of work, forty-five when extended, and the days of each stand-still that was
    ordered while there was time; never before the day on which work went on.
    """

    def __init__(self, accepted_on: date) -> None:
        self.accepted_on = self.went_on = accepted_on
        self.days, self.still_days = 30, 0
        self.still_since: date | None = None

    @property
    def day(self) -> date:
        bare = self.accepted_on + timedelta(days=self.days + self.still_days)
        return LAW.calendar.rolled(max(bare, self.went_on))

    def hear(self, order: str, on: date) -> None:
        if order == "suspend":
            self.still_since = on
        elif order == "extend":
            self.days = 45
        elif self.still_since is not None and self.still_since <= self.day:
            self.still_days += (on - self.still_since).days
            self.went_on = on


@given(STRETCHES, st.integers(0, 40))
def test_no_sequence_of_orders_makes_a_late_settlement_count_as_in_time(
    stretches: list[tuple[int, bool, int, bool]], days_more: int
) -> None:
    case, on = overdue(), day("2026-08-10")
    lawful = LawfulEnd(on)
    for work, is_extended, still, is_extended_after in stretches:
        for days, act, name in (
            (work, extended if is_extended else None, "extend"),
            (0, suspended, "suspend"),
            (still, resumed, "resume"),
            (0, extended if is_extended_after else None, "extend"),
        ):
            on += timedelta(days=days)
            case, _ = tick(case, noon(str(on)), LAW)
            if act is None:
                continue
            try:
                case = act(case, str(on))
            except TiepdanError as refusal:
                if refusal.code not in {"deadline_passed", "no_more_extensions"}:
                    raise
                continue
            assert name != "extend" or on <= lawful.day, "an extension after the last day is refused"
            lawful.hear(name, on)
    on += timedelta(days=days_more)
    _, said = settled(case, str(on))
    assert is_within_time(said) is (on <= lawful.day)


# ---- acceptance


def test_a_complete_petition_is_not_asked_for_more_unless_the_officer_names_what_is_missing() -> None:
    assert "không thiếu gì" in refused("nothing_missing", lambda: asked(case_of(), "2026-09-15"))
    assert "chữ ký" in refused("not_missing", lambda: asked(case_of(), "2026-09-15", MissingPart.SIGNATURE))


def test_what_only_helps_stops_neither_the_acceptance_clock_nor_the_red_line() -> None:
    case = asked(case_of(), "2026-09-15", MissingPart.EVIDENCE)
    assert clock_ids(case) == {"K2", "R10"}
    assert rolled(case, "K2") == day("2026-09-16")
    back, said = tick(case, noon("2026-09-30"), LAW)
    assert (back.status, back.outcome, back.rule) == (Status.OPEN, Outcome.ACCEPT_PROPOSE, "R01"), "not filed away"
    assert said
    refused(
        "wrong_ground",
        lambda: acts.close(back, ground=ClosingGround.SHELVED, on=day("2026-10-01"), law=LAW, document_number=NUMBER),
    )


def test_a_condition_that_is_named_stops_the_acceptance_clock_once_and_the_red_line_never() -> None:
    first = asked(case_of(), "2026-09-15", MissingPart.CONTESTED_DECISION)
    assert clock_ids(first) == {"R10"}
    came, _ = on_supplemented(first, supplemented("2026-09-28"), LAW)
    assert rolled(came, "K2") == day("2026-10-07"), "from receipt of the complete petition"
    second = asked(came, "2026-10-05", MissingPart.IDENTITY)
    assert "K2" in clock_ids(second), "asked again, it runs on"
    again, _ = on_supplemented(second, supplemented("2026-10-16"), LAW)
    assert rolled(again, "K2") == day("2026-10-07")
    assert rolled(again, "R10") == day("2026-10-22"), "45 days from receipt, whatever was asked for"
    red, _ = tick(again, noon("2026-10-22"), LAW)
    assert [clock.is_red for clock in red.clocks if clock.id == "R10"] == [True]


def test_a_missed_acceptance_clock_is_not_stopped_by_asking() -> None:
    missed, _ = tick(case_of(), noon("2026-09-17"), LAW)
    late = asked(missed, "2026-09-18", MissingPart.CONTESTED_DECISION)
    came, _ = on_supplemented(late, supplemented("2026-09-25"), LAW)
    assert [(clock.reading.rolled_due, clock.is_missed) for clock in came.clocks if clock.id == "K2"] == [
        (day("2026-09-16"), True)
    ]


def test_the_denunciation_of_a_complete_letter_keeps_t1_when_more_is_asked_for() -> None:
    case = asked(case_of(denounced("2026-09-07", received_by=OFFICE)), "2026-09-15", MissingPart.EVIDENCE)
    assert rolled(case, "T1") == day("2026-09-16")
    assert "T1" in clock_ids(case)


def test_the_body_that_is_given_a_complaint_has_its_own_time_to_accept_it() -> None:
    case, _ = acts.request_chair(case_of(), now=noon("2026-09-08"), law=LAW, reason=EscalationReason.COMPETENCE_DISPUTE)
    decided, said = acts.decide_competence(
        case, to=SO_NNMT, document_number=NUMBER, by=PROVINCE, on=day("2026-09-10"), law=LAW
    )
    assert rolled(decided, "K2") == day("2026-09-21")
    assert rolled(decided, "R10") == day("2026-10-22"), "the red line goes on"
    fact = said[0]
    assert isinstance(fact, CompetenceDecided)
    assert "K2" in {clock.clock for clock in fact.clocks}


def test_a_decision_that_leaves_the_complaint_where_it_is_gives_no_new_time() -> None:
    missed, _ = tick(case_of(), noon("2026-09-17"), LAW)
    case, _ = acts.request_chair(missed, now=noon("2026-09-18"), law=LAW, reason=EscalationReason.COMPETENCE_DISPUTE)
    decided, _ = acts.decide_competence(
        case, to=KIM_LIEN, document_number=NUMBER, by=PROVINCE, on=day("2026-09-21"), law=LAW
    )
    assert [(clock.reading.rolled_due, clock.is_missed) for clock in decided.clocks if clock.id == "K2"] == [
        (day("2026-09-16"), True)
    ]


# ---- what a miss opened


def calendar_of(day_off: str) -> Law:
    return knowing(plan(off(day_off, DayReason.OTHER_HOLIDAY), document="1/TB-BNV"))


def open_clocks(case: Case) -> list[tuple[str, date]]:
    return sorted((clock.id, clock.reading.rolled_due) for clock in case.clocks if clock.state is not ClockState.ENDED)


def test_a_miss_that_is_taken_back_takes_back_what_it_opened_and_the_next_opens_one() -> None:
    case = accepted(case_of(filed("2026-09-07"), law=knowing()))
    missed, _ = tick(case, noon("2026-10-15"), knowing())
    assert {"K5", "K15"} <= clock_ids(missed)
    back, _ = recounted(missed, calendar_of("2026-10-14"), day("2026-10-15"))
    assert {"K5", "K15"}.isdisjoint(clock_ids(back))
    again, _ = tick(back, noon("2026-10-16"), calendar_of("2026-10-14"))
    assert [due for clock, due in open_clocks(again) if clock == "K5"] == [day("2026-11-16")]


def test_what_opened_moves_with_a_miss_that_stands_and_says_so() -> None:
    case = accepted(case_of(filed("2026-09-07"), law=knowing()))
    missed, _ = tick(case, noon("2026-10-20"), knowing())
    moved, said = recounted(missed, calendar_of("2026-10-14"), day("2026-10-20"))
    told = {fact.clock.clock: fact for fact in said if isinstance(fact, DeadlineMoved)}
    assert (told["K5"].was.started_on, told["K5"].clock.started_on) == (day("2026-10-14"), day("2026-10-15"))
    assert [due for clock, due in open_clocks(moved) if clock == "K5"] == [told["K5"].clock.rolled_due]


def test_a_citizens_time_that_was_over_opens_again_when_the_miss_it_counts_from_moved() -> None:
    case = accepted(case_of(filed("2026-09-07"), law=knowing()))
    over = case
    for on in ("2026-10-15", "2026-11-14"):
        over, _ = tick(over, noon(on), knowing())
    assert "K5" not in clock_ids(over)
    moved, _ = recounted(over, calendar_of("2026-10-14"), day("2026-11-14"))
    assert [due for clock, due in open_clocks(moved) if clock == "K5"] == [day("2026-11-16")]


def test_t11_goes_with_the_miss_of_t4() -> None:
    case = accepted(case_of(denounced("2026-09-07", received_by=OFFICE), law=knowing()))
    missed, _ = tick(case, noon("2026-10-15"), knowing())
    back, _ = recounted(missed, calendar_of("2026-10-14"), day("2026-10-15"))
    again, _ = tick(back, noon("2026-10-16"), calendar_of("2026-10-14"))
    assert [clock for clock, _ in open_clocks(again)].count("T11") == 1


DAYS_OFF = st.lists(st.dates(day("2026-09-10"), day("2026-12-31")).map(str), min_size=1, max_size=4, unique=True)


def entered(days: list[str]) -> CalendarPlan:
    return plan(*(off(one, DayReason.OTHER_HOLIDAY) for one in days), document="1/TB-BNV")


@given(st.sampled_from((PetitionKind.COMPLAINT, PetitionKind.DENUNCIATION)), DAYS_OFF, st.integers(20, 58))
def test_a_case_that_was_ticked_and_recounted_stands_as_if_the_days_had_been_known(
    kind: PetitionKind, days: list[str], days_later: int
) -> None:
    fact = filed("2026-09-07", kind=kind, received_by=KIM_LIEN if kind is PetitionKind.COMPLAINT else OFFICE)
    old, new = knowing(), knowing(entered(days))
    looked = day("2026-09-14") + timedelta(days=days_later)
    later = looked + timedelta(days=12)
    lived = _ticked(accepted(case_of(fact, law=old)), old, looked)
    lived, _ = recounted(lived, new, looked)
    assert open_clocks(recounted(lived, new, looked)[0]) == open_clocks(lived)
    lived = _ticked(lived, new, looked)
    known = _ticked(_known(case_of(fact, law=new), new), new, looked)
    assert _without_t11(lived) == _without_t11(known)
    assert _without_t11(_ticked(lived, new, later)) == _without_t11(_ticked(known, new, later))
    names = [clock for clock, _ in open_clocks(lived)]
    assert len(names) == len(set(names)), "no clock runs twice"


def _known(case: Case, law: Law) -> Case:
    assert case.competent_authority
    return acts.accept(case, by=case.competent_authority, on=day("2026-09-14"), law=law)[0]


def _ticked(case: Case, law: Law, until: date) -> Case:
    """Looked at every day at noon, as the timers do."""
    on = day("2026-09-14")
    while on <= until:
        case, _ = tick(case, noon(str(on)), law)
        on += timedelta(days=1)
    return case


def _without_t11(case: Case) -> list[tuple[str, date]]:
    """T11 counts from the day on which the superior was told, which a later plan does not change."""
    return [one for one in open_clocks(case) if one[0] != "T11"]


# ---- disciplinary complaints


@pytest.mark.parametrize(("is_dismissal", "last"), [(False, "2026-09-07"), (True, "2026-09-25")])
def test_a_decision_on_discipline_is_complained_of_again_within_k13(is_dismissal: bool, last: str) -> None:
    case = accepted(_discipline(is_dismissal), "2026-08-10")
    done, _ = settled(case, "2026-08-25")
    received, _ = acts.receive_decision(done, received_on=day("2026-08-26"), on=day("2026-08-27"), law=LAW)
    assert rolled(received, "K13") == day(last)
    assert "K5" not in clock_ids(received)
    assert ("K15" in clock_ids(received)) is is_dismissal, "only dismissal goes to court"


def test_discipline_that_was_not_settled_in_time_opens_k13_too() -> None:
    overdue_, _ = tick(accepted(_discipline(False), "2026-08-10"), noon("2026-09-10"), LAW)
    [opened] = [clock for clock in overdue_.clocks if clock.id == "K13"]
    assert (opened.event_on, opened.opened_by) == (day("2026-09-09"), "K14")


def _discipline(is_dismissal: bool) -> Case:
    known = Particulars(subject=SubjectMatter.DISCIPLINARY_DECISION, is_dismissal=is_dismissal)
    return case_of(filed("2026-08-03", particulars=known))


def test_a_decision_received_after_its_time_gives_the_citizen_one_time_and_not_two() -> None:
    late, _ = tick(overdue(), noon("2026-09-10"), LAW)
    done, _ = settled(late, "2026-09-14")
    received, _ = acts.receive_decision(done, received_on=day("2026-09-15"), on=day("2026-09-15"), law=LAW)
    assert [due for clock, due in open_clocks(received) if clock == "K5"] == [day("2026-10-15")]


def test_nobody_is_warned_or_late_in_the_citizens_year_to_sue() -> None:
    done, _ = settled(accepted(case_of(), "2026-09-14"), "2026-10-02")
    received, _ = acts.receive_decision(done, received_on=day("2026-10-05"), on=day("2026-10-05"), law=LAW)
    sent, _ = acts.confirm(received, act=Act.RESULT_SENT, document_number=NUMBER, on=day("2026-10-05"), law=LAW)
    assert rolled(sent, "K15") == day("2027-10-05")
    assert sent.due_on is None, "no day of the holder's"
    effective, _ = tick(sent, noon("2026-11-12"), LAW)
    over, said = tick(effective, noon("2027-10-06"), LAW)
    assert (clock_ids(over), said) == (set(), [])
