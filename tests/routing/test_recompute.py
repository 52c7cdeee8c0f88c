"""Cases counted again when the calendar changed: the same dates as if it had been known, each with what moved it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.facts.calendar import CalendarDay, CalendarPlan
from contracts.facts.public import PublicDeadlineMoved
from contracts.facts.routing import DeadlineMissed, DeadlineMoved, DeadlineNear
from contracts.vocabulary import DayReason, PetitionKind, SuspensionGround
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.domain.deadlines import ClockState
from services.routing.domain.escalation import tick
from services.routing.domain.explain import explain
from services.routing.domain.law import Law
from services.routing.domain.recompute import recounted, revision_of
from tests.routing.given import KIM_LIEN, OFFICE, case_of, clock_ids, day, denounced, filed, noon, rolled
from tests.routing.planned import TET, knowing, off, plan, switched, worked


def moved(case: Case, law: Law, today: str) -> tuple[Case, dict[str, DeadlineMoved]]:
    after, said = recounted(case, law, day(today))
    return after, {fact.clock.clock: fact for fact in said if isinstance(fact, DeadlineMoved)}


def test_c24_the_official_tet_plan_moves_k2_and_r1_and_each_says_which_day_and_document() -> None:
    case = case_of(filed("2027-01-27"))
    assert (rolled(case, "K2"), rolled(case, "R1")) == (day("2027-02-12"), day("2027-02-17")), "the estimated Tết"
    after, facts = moved(case, knowing(TET), "2027-01-28")
    assert (rolled(after, "K2"), rolled(after, "R1")) == (day("2027-02-15"), day("2027-02-18"))
    k2 = facts["K2"]
    assert (k2.was.rolled_due, k2.clock.rolled_due) == (day("2027-02-12"), day("2027-02-15"))
    assert [(one.day, one.is_working, one.document) for one in k2.because] == [
        (day("2027-02-03"), False, "5511/TB-BNV"),
        (day("2027-02-11"), False, "5511/TB-BNV"),
        (day("2027-02-13"), True, "5511/TB-BNV"),
    ]
    assert after.due_on == day("2027-02-15")
    assert after.next_timer_on is not None
    assert (case.next_timer_on or date.max) <= after.next_timer_on


def test_c24_the_explanation_names_the_skipped_days_and_what_moved_the_date() -> None:
    law = knowing(TET)
    after, _ = moved(case_of(filed("2027-01-27")), law, "2027-01-28")
    told = next(clock for clock in explain(after, law).clocks if clock.told.reading.clock == "K2")
    skipped = {one.day: (one.name, one.document) for one in told.told.skipped}
    assert skipped[day("2027-02-03")] == ("Tết Nguyên đán", "5511/TB-BNV")
    assert skipped[day("2027-02-08")][0] == "Mùng ba Tết Nguyên Đán (dự kiến)", "what the plan leaves stays an estimate"
    [move] = told.moves
    assert (move.from_due, move.to_due) == (day("2027-02-12"), day("2027-02-15"))
    assert {one.document for one in move.because} == {"5511/TB-BNV"}


def test_d22_the_switch_of_24_november_moves_t1_by_a_day_and_back() -> None:
    case = case_of(denounced("2026-11-16", received_by=OFFICE))
    assert rolled(case, "T1") == day("2026-11-26")
    without, facts = moved(case, knowing(switched(is_on=False)), "2026-11-17")
    assert rolled(without, "T1") == day("2026-11-25")
    assert [(one.day, one.is_working, one.document) for one in facts["T1"].because] == [
        (day("2026-11-24"), True, "88/NQ-CP")
    ]
    back = switched(is_on=True, document="90/NQ-CP", effective="2026-11-18")
    again, facts = moved(without, knowing(switched(is_on=False), back), "2026-11-18")
    assert rolled(again, "T1") == day("2026-11-26")
    assert [(one.day, one.is_working, one.document) for one in facts["T1"].because] == [
        (day("2026-11-24"), False, "90/NQ-CP")
    ]


def test_a_calendar_day_clock_moves_only_when_its_last_day_does() -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=knowing())
    assert rolled(case, "K3") == day("2026-10-14")
    same, facts = moved(case, knowing(plan(off("2026-10-07"))), "2026-09-20")
    assert rolled(same, "K3") == day("2026-10-14")
    assert "K3" not in facts
    later, facts = moved(case, knowing(plan(off("2026-10-07"), off("2026-10-14"))), "2026-09-20")
    assert rolled(later, "K3") == day("2026-10-15")
    assert [one.day for one in facts["K3"].because] == [day("2026-10-14")], "the seventh has no part in it"
    assert facts["K3"].clock.raw_due == day("2026-10-14")


def test_the_public_twin_says_the_new_last_day_of_settlement_once() -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=knowing())
    _, said = recounted(case, knowing(plan(off("2026-10-14"))), day("2026-09-15"))
    assert {fact.clock.clock for fact in said if isinstance(fact, DeadlineMoved)} == {"K3"}
    assert [fact.due_on for fact in said if isinstance(fact, PublicDeadlineMoved)] == [day("2026-10-15")]


def test_a_denunciation_whose_date_moves_has_no_public_side() -> None:
    case = case_of(denounced("2026-11-16", received_by=OFFICE))
    _, said = recounted(case, knowing(switched(is_on=False)), day("2026-11-17"))
    assert said
    assert all(isinstance(fact, DeadlineMoved) for fact in said)


def test_a_missed_clock_that_is_not_missed_by_the_new_date_is_taken_back_and_watched_again() -> None:
    case, said = tick(case_of(), noon("2026-09-17"), knowing())
    assert "K2" in {fact.clock.clock for fact in said if isinstance(fact, DeadlineMissed)}
    law = knowing(plan(off("2026-09-15"), off("2026-09-16")))
    after, facts = moved(case, law, "2026-09-17")
    assert rolled(after, "K2") == day("2026-09-18")
    assert facts["K2"].takes_back_missed
    assert not any(clock.is_missed for clock in after.clocks if clock.id == "K2")
    assert after.escalated_to == case.escalated_to, "that a superior was told stays"
    _, later = tick(after, noon("2026-09-21"), law)
    assert "K2" in {fact.clock.clock for fact in later if isinstance(fact, DeadlineMissed)}


def test_a_missed_clock_that_stays_missed_is_not_told_again() -> None:
    case, _ = tick(case_of(), noon("2026-09-30"), knowing())
    law = knowing(plan(off("2026-09-15")))
    after, facts = moved(case, law, "2026-09-30")
    assert rolled(after, "K2") == day("2026-09-17")
    assert not facts["K2"].takes_back_missed
    _, later = tick(after, noon("2026-10-01"), law)
    assert "K2" not in {fact.clock.clock for fact in later if isinstance(fact, DeadlineMissed)}


def test_a_day_that_becomes_a_working_day_may_make_a_clock_missed_at_once() -> None:
    case = case_of(filed("2026-11-16"))
    law = knowing(switched(is_on=False))
    after, facts = moved(case, law, "2026-12-01")
    assert facts["R1"].clock.rolled_due == day("2026-11-30")
    _, said = tick(after, noon("2026-12-01"), law)
    missed = {fact.clock.clock: fact.days_over for fact in said if isinstance(fact, DeadlineMissed)}
    assert missed["R1"] == 1


def test_the_holder_is_warned_again_when_the_end_lies_ahead_again() -> None:
    case, said = tick(case_of(), noon("2026-09-18"), knowing())
    assert "R1" in {fact.clock.clock for fact in said if isinstance(fact, DeadlineNear)}
    law = knowing(plan(*(off(f"2026-09-{number}") for number in (21, 22, 23, 24, 25))))
    after, _ = moved(case, law, "2026-09-18")
    assert rolled(after, "R1") == day("2026-09-28")
    _, later = tick(after, noon("2026-09-28"), law)
    assert "R1" in {fact.clock.clock for fact in later if isinstance(fact, DeadlineNear)}


def test_clocks_that_ended_stay_as_they_ended_also_in_the_explanation() -> None:
    law = knowing(plan(off("2026-09-15")))
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-10"), law=knowing())
    [before] = [clock for clock in case.clocks if clock.id == "K2"]
    assert before.state is ClockState.ENDED
    after, facts = moved(case, law, "2026-09-20")
    assert before in after.clocks
    assert "K2" not in facts
    told = next(clock for clock in explain(after, law).clocks if clock.told.reading.clock == "K2")
    assert told.told.reading == before.reading


def test_a_suspended_clock_is_counted_again_without_a_word_and_goes_on_with_the_new_days() -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=knowing())
    number = "190/QĐ-UBND"
    still, _ = acts.suspend(
        case,
        by=KIM_LIEN,
        on=day("2026-09-20"),
        law=knowing(),
        ground=SuspensionGround.FORCE_MAJEURE,
        document_number=number,
    )
    law = knowing(plan(off("2026-10-14"), off("2026-10-15"), off("2026-10-20")))
    after, facts = moved(still, law, "2026-09-21")
    assert "K3" not in facts
    on, _ = acts.resume(after, by=KIM_LIEN, on=day("2026-09-26"), law=law, document_number=number)
    assert on.settlement_clock is not None
    assert on.settlement_clock.reading.raw_due == day("2026-10-20")
    assert rolled(on, "K3") == day("2026-10-21")


def test_a_case_without_open_clocks_is_never_behind() -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=knowing())
    closed = case.model_copy(
        update={"clocks": tuple(one.model_copy(update={"state": ClockState.ENDED}) for one in case.clocks)}
    )
    assert revision_of(closed) is None
    assert recounted(closed, knowing(TET), day("2026-09-20")) == (closed, [])


def test_an_older_calendar_never_takes_back_a_newer_one() -> None:
    after, _ = moved(case_of(filed("2027-01-27")), knowing(TET), "2027-01-28")
    assert recounted(after, knowing(), day("2027-01-28")) == (after, [])


DAYS = st.dates(day("2026-09-01"), day("2027-03-31"))


@st.composite
def plans(draw: st.DrawFn) -> list[CalendarPlan]:
    """Plans of different effective dates, so that none contradicts another, with swaps at will."""
    made = []
    for number in range(draw(st.integers(1, 3))):
        named = draw(st.lists(DAYS, min_size=1, max_size=8, unique=True))
        days = tuple(
            CalendarDay(day=one, is_working=draw(st.booleans()), reason=DayReason.OTHER_HOLIDAY) for one in named
        )
        made.append(plan(*days, document=f"{number + 1}/TB-BNV", effective=f"2026-09-0{number + 1}"))
    if draw(st.booleans()):
        made.append(switched(is_on=False, effective="2026-09-05"))
    return made


@st.composite
def lived(draw: st.DrawFn) -> tuple[Case, Law, date]:
    """A case of any kind, perhaps accepted, looked at some days later by the law without plans."""
    kind = draw(st.sampled_from(list(PetitionKind)))
    received = draw(st.dates(day("2026-09-01"), day("2027-02-20")))
    law = knowing()
    case = case_of(filed(received.isoformat(), kind=kind), law=law)
    today = received + timedelta(days=draw(st.integers(0, 60)))
    if kind is PetitionKind.COMPLAINT and draw(st.booleans()):
        case, _ = acts.accept(case, by=KIM_LIEN, on=received + timedelta(days=1), law=law)
    return case, law, today


def dates_of(case: Case) -> list[tuple[str, date, date, date]]:
    """What is said of every clock that is open, without what was told on the way."""
    return [
        (clock.id, clock.reading.raw_due, clock.reading.rolled_due, clock.reading.alarm_on)
        for clock in case.clocks
        if clock.state is not ClockState.ENDED
    ]


@given(lived(), plans())
def test_recomputing_twice_changes_nothing(given_: tuple[Case, Law, date], entered: list[CalendarPlan]) -> None:
    case, _, today = given_
    law = knowing(*entered)
    once, _ = recounted(case, law, today)
    assert recounted(once, law, today) == (once, [])
    assert revision_of(once) in {len(entered), None}


@given(lived(), plans(), st.randoms())
def test_the_order_and_the_steps_of_entry_change_no_date(
    given_: tuple[Case, Law, date], entered: list[CalendarPlan], random: object
) -> None:
    case, _, today = given_
    at_once, _ = recounted(case, knowing(*entered), today)
    backward, _ = recounted(case, knowing(*reversed(entered)), today)
    step_by_step = case
    for number in range(1, len(entered) + 1):
        step_by_step, _ = recounted(step_by_step, knowing(*entered[:number]), today)
    assert dates_of(at_once) == dates_of(backward) == dates_of(step_by_step)
    assert at_once.due_on == step_by_step.due_on
    assert at_once.next_timer_on == step_by_step.next_timer_on


@given(lived(), plans())
def test_a_recount_equals_having_known_it_from_the_start(
    given_: tuple[Case, Law, date], entered: list[CalendarPlan]
) -> None:
    case, _, today = given_
    law = knowing(*entered)
    again, _ = recounted(case, law, today)
    known = case_of(case.filed, law=law)
    if case.accepted_on is not None:
        known, _ = acts.accept(known, by=KIM_LIEN, on=case.accepted_on, law=law)
    assert dates_of(again) == dates_of(known)
    assert (again.due_on, again.next_timer_on) == (known.due_on, known.next_timer_on)


@given(lived(), plans())
def test_every_changed_date_is_said_with_its_causes_and_no_other(
    given_: tuple[Case, Law, date], entered: list[CalendarPlan]
) -> None:
    case, _, today = given_
    law = knowing(*entered)
    after, said = recounted(case, law, today)
    facts = [fact for fact in said if isinstance(fact, DeadlineMoved)]
    changed = [
        (new.reading, old.reading)
        for old, new in zip(case.clocks, after.clocks, strict=True)
        if old.reading != new.reading
    ]
    assert [(fact.clock, fact.was) for fact in facts] == changed
    for fact in facts:
        assert fact.because
        for cause in fact.because:
            assert law.calendar.is_working_day(cause.day) is cause.is_working
            assert law.calendar.at(0).is_working_day(cause.day) is not cause.is_working


@pytest.mark.parametrize("received", ["2098-12-20", "1996-01-02"])
def test_a_case_at_the_edge_of_the_calendar_is_counted_again_without_failing(received: str) -> None:
    case = case_of(filed(received, decision_known_on=None))
    after, _ = recounted(case, knowing(TET), day("2026-09-20"))
    assert clock_ids(after) == clock_ids(case)
    assert revision_of(after) in {1, None}


def test_a_working_saturday_is_named_as_the_cause() -> None:
    case = case_of(filed("2026-09-07"))
    after, facts = moved(case, knowing(plan(worked("2026-09-12"))), "2026-09-08")
    assert rolled(after, "K2") == day("2026-09-15")
    assert [(one.day, one.is_working) for one in facts["K2"].because] == [(day("2026-09-12"), True)]


def test_a_day_of_warning_that_becomes_a_day_off_moves_the_timer_though_no_date_moves() -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=knowing())
    assert case.next_timer_on is not None
    law = knowing(plan(off(case.next_timer_on.isoformat())))
    after, facts = moved(case, law, "2026-09-15")
    assert not facts
    assert after.next_timer_on is not None
    assert after.next_timer_on > case.next_timer_on
