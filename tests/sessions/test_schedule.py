from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.errors import BadInput, Refused
from contracts.facts.sessions import SessionCancelled, SessionRescheduled, SessionScheduled
from contracts.vocabulary import ChangeReason, ComplexityTest, OnlineGround, PetitionKind, Role, SessionKind
from services.sessions.domain import Candidate, NewDay, PlannedCase, PlannedPoint, SessionStatus, cancel, reschedule
from tests.sessions.planned import (
    IN_TIME,
    KIM_LIEN,
    LAW,
    MY_LY,
    PROVINCE,
    STARTS_AT,
    a_candidate,
    a_plan,
    case,
    connected,
    point_at,
    ready,
    scheduled,
    scheduling,
    with_tests,
)


def due(clock: str) -> date:
    found = scheduled().deadline(clock)
    assert found is not None
    return found.due


def test_f01_schedule_and_notice_by_the_13th_and_test_by_the_19th() -> None:
    assert (due("R4"), due("R6"), due("R7")) == (date(2026, 10, 13), date(2026, 10, 13), date(2026, 10, 19))


def test_f01_every_component_is_connected_by_seven_on_the_day() -> None:
    assert scheduling()[0].connect_by == datetime(2026, 10, 20, 0, 0, tzinfo=UTC), "07:00 in Vietnam"


def test_a_schedule_says_day_points_and_agenda() -> None:
    session, (fact,) = scheduling()
    assert isinstance(fact, SessionScheduled)
    assert session.status is SessionStatus.SCHEDULED
    assert [point.unit for point in fact.points] == [PROVINCE, KIM_LIEN, MY_LY]
    assert [one.case_id for one in fact.cases] == [case(1), case(2)]
    assert fact.cases[0].point_id == point_at(session, KIM_LIEN).point_id


def test_notice_on_the_last_day_is_in_time_and_a_day_later_is_not() -> None:
    last_minute = datetime(2026, 10, 13, 16, 59, tzinfo=UTC)  # 23:59 in Vietnam
    assert scheduling(now=last_minute)[0].status is SessionStatus.SCHEDULED
    with pytest.raises(Refused, match="notice_too_short") as caught:
        scheduling(now=last_minute + timedelta(minutes=1))
    assert caught.value.facts["due"] == "2026-10-13"


def test_an_ad_hoc_session_in_an_emergency_may_be_shorter_and_says_so() -> None:
    late = STARTS_AT - timedelta(hours=20)
    session, _ = scheduling(a_plan(kind=SessionKind.AD_HOC, ground=OnlineGround.EMERGENCY), now=late)
    assert session.short_notice == "emergency"
    notice = session.deadline("R6")
    assert notice is not None
    assert notice.is_met is False


@pytest.mark.parametrize(
    ("kind", "ground"),
    [(SessionKind.AD_HOC, OnlineGround.COMPLEX), (SessionKind.SCHEDULED, OnlineGround.EMERGENCY)],
)
def test_neither_haste_nor_the_word_emergency_alone_shortens_notice(kind: SessionKind, ground: OnlineGround) -> None:
    with pytest.raises(Refused, match="notice_too_short"):
        scheduling(a_plan(kind=kind, ground=ground), now=STARTS_AT - timedelta(days=2))


def test_a_day_that_has_passed_is_refused() -> None:
    with pytest.raises(BadInput, match="day_passed"):
        scheduling(now=STARTS_AT)


def test_only_the_head_decides_that_a_session_is_online() -> None:
    with pytest.raises(Refused, match="not_decided_by_head"):
        scheduling(a_plan(decided_by=Role.ADVISING_UNIT))


def test_f09_a_deputys_session_does_not_count_as_the_heads_own() -> None:
    delegated = scheduled(is_delegated=True)
    assert not delegated.counts_as_heads_own
    assert scheduled().counts_as_heads_own
    _, (fact,) = scheduling(a_plan(is_delegated=True))
    assert isinstance(fact, SessionScheduled)
    assert fact.is_delegated


def test_a_session_outside_the_schedule_never_counts_as_the_heads_own() -> None:
    assert not scheduled(kind=SessionKind.AD_HOC).counts_as_heads_own


@pytest.mark.parametrize("main_units", [[], [PROVINCE, KIM_LIEN]])
def test_there_is_exactly_one_main_point(main_units: list[str]) -> None:
    points = tuple(PlannedPoint(unit=unit, is_main=unit in main_units) for unit in (PROVINCE, KIM_LIEN, MY_LY))
    with pytest.raises(BadInput, match="one_main_point"):
        scheduling(a_plan(points=points))


def test_the_main_point_is_required_whatever_is_said() -> None:
    points = (PlannedPoint(unit=PROVINCE, is_main=True, is_required=False), PlannedPoint(unit=KIM_LIEN))
    session = scheduled(points=points, cases=(PlannedCase(case_id=case(1), at_unit=KIM_LIEN),))
    assert session.main_point.is_required


def test_a_district_that_ended_cannot_be_a_point_any_more() -> None:
    closed = next(unit.id for unit in LAW.units if unit.level.value == "district")
    points = (PlannedPoint(unit=PROVINCE, is_main=True), PlannedPoint(unit=closed))
    with pytest.raises(Refused, match="unit_closed"):
        scheduling(a_plan(points=points))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"points": (PlannedPoint(unit=PROVINCE, is_main=True), PlannedPoint(unit="xa-99999"))}, "unknown_unit"),
        ({"chaired_by": "xa-99999"}, "unknown_unit"),
        ({"points": (PlannedPoint(unit=PROVINCE, is_main=True), PlannedPoint(unit=PROVINCE))}, "point_named_twice"),
        ({"cases": (PlannedCase(case_id=case(9), at_unit=KIM_LIEN),)}, "unknown_case"),
        ({"cases": (PlannedCase(case_id=case(1), at_unit="so-40-xd"),)}, "unit_without_point"),
        ({"cases": (PlannedCase(case_id=case(1), at_unit=KIM_LIEN),) * 2}, "case_named_twice"),
    ],
)
def test_a_plan_that_cannot_be_right_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(BadInput, match=code):
        scheduling(a_plan(**changes))


def denunciation(number: int = 1, *, asks_identity_protection: bool | None = False) -> Candidate:
    return a_candidate(
        number,
        kind=PetitionKind.DENUNCIATION,
        is_discreet=True,
        asks_identity_protection=asks_identity_protection,
    )


CONFIDENTIAL = {
    "ground": OnlineGround.DENUNCIATION_CONFIDENTIAL,
    "is_confidentiality_assured": True,
    "complexity": (ComplexityTest.SEVERAL_AGENCIES,),
    "cases": (PlannedCase(case_id=case(1), at_unit=KIM_LIEN),),
}


def test_a_denunciation_goes_online_when_everything_the_law_asks_is_said() -> None:
    session, (fact,) = scheduling(a_plan(**CONFIDENTIAL), candidates=[denunciation()])
    assert session.is_discreet
    assert isinstance(fact, SessionScheduled)
    assert fact.cases[0].is_discreet


APART = CONFIDENTIAL | {
    "points": (PlannedPoint(unit=PROVINCE, is_main=True), PlannedPoint(unit=MY_LY)),
    "cases": (PlannedCase(case_id=case(1), at_unit=MY_LY),),
}


def accusing(unit: str) -> Candidate:
    return denunciation().model_copy(update={"never_at": unit})


@pytest.mark.parametrize("accused", [PROVINCE, MY_LY, "tw"])
def test_no_unit_near_the_accused_takes_part(accused: str) -> None:
    with pytest.raises(Refused, match="point_near_accused"):
        scheduling(a_plan(**APART), candidates=[accusing(accused)])


def test_a_session_cannot_be_moved_to_the_accused_unit() -> None:
    session, _ = scheduling(a_plan(**APART), candidates=[accusing(KIM_LIEN)])
    points = (PlannedPoint(unit=PROVINCE, is_main=True), PlannedPoint(unit=MY_LY), PlannedPoint(unit=KIM_LIEN))
    later = NewDay(starts_at=STARTS_AT + timedelta(days=14), reason=ChangeReason.CHAIR_ABSENT, points=points)
    with pytest.raises(Refused, match="point_near_accused"):
        reschedule(session, later, law=LAW, now=IN_TIME)


def test_what_is_said_of_a_confidential_session_does_not_name_the_accused_unit() -> None:
    session, (fact,) = scheduling(a_plan(**APART), candidates=[accusing(KIM_LIEN)])
    assert session.never_at == {KIM_LIEN}
    assert KIM_LIEN not in fact.model_dump_json()


@pytest.mark.parametrize("asks", [True, None])
def test_d17_a_denouncer_who_asks_for_protection_or_may_ask_is_not_heard_online(asks: bool | None) -> None:
    with pytest.raises(Refused, match="ground_not_met") as caught:
        scheduling(a_plan(**CONFIDENTIAL), candidates=[denunciation(asks_identity_protection=asks)])
    assert caught.value.facts == {"finding": "identity_protection"}


def test_d17_what_may_hold_a_denunciation_goes_online_under_its_ground_only() -> None:
    mixed = denunciation(asks_identity_protection=False).model_copy(update={"kind": PetitionKind.MIXED})
    assert scheduling(a_plan(**CONFIDENTIAL), candidates=[mixed])[0].is_discreet
    for said, finding in (
        ({"ground": OnlineGround.COMPLEX}, "denunciation_ground"),
        ({"complexity": ()}, "not_complex"),
        ({"is_confidentiality_assured": False}, "confidentiality"),
    ):
        with pytest.raises(Refused, match="ground_not_met") as caught:
            scheduling(a_plan(**CONFIDENTIAL | said), candidates=[mixed])
        assert caught.value.facts == {"finding": finding}


@pytest.mark.parametrize("asks", [True, None])
def test_d17_a_mixed_petition_whose_sender_asks_for_protection_is_not_heard_online(asks: bool | None) -> None:
    mixed = denunciation(asks_identity_protection=asks).model_copy(update={"kind": PetitionKind.MIXED})
    with pytest.raises(Refused, match="ground_not_met") as caught:
        scheduling(a_plan(**CONFIDENTIAL), candidates=[mixed])
    assert caught.value.facts == {"finding": "identity_protection"}


def test_d17b_a_denunciation_that_is_not_complex_is_not_heard_online_either() -> None:
    with pytest.raises(Refused, match="ground_not_met") as caught:
        scheduling(a_plan(**CONFIDENTIAL | {"complexity": ()}), candidates=[denunciation()])
    assert caught.value.facts == {"finding": "not_complex"}


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"ground": OnlineGround.COMPLEX}, "denunciation_ground"),
        ({"is_confidentiality_assured": False}, "confidentiality"),
        (
            {
                "cases": (
                    PlannedCase(case_id=case(1), at_unit=KIM_LIEN),
                    PlannedCase(case_id=case(2), at_unit=MY_LY),
                )
            },
            "mixed_agenda",
        ),
    ],
)
def test_for_denunciations_the_answer_is_no_by_default(changes: dict[str, object], finding: str) -> None:
    with pytest.raises(Refused, match="ground_not_met") as caught:
        scheduling(a_plan(**(CONFIDENTIAL | changes)), candidates=[denunciation(), a_candidate(2)])
    assert caught.value.facts == {"finding": finding}


def test_the_ground_for_denunciations_is_for_nothing_else() -> None:
    with pytest.raises(Refused, match="ground_not_met"):
        scheduling(a_plan(ground=OnlineGround.DENUNCIATION_CONFIDENTIAL, is_confidentiality_assured=True))


def test_the_ground_of_the_weak_and_remote_needs_their_wish() -> None:
    with pytest.raises(Refused, match="ground_not_met"):
        scheduling(a_plan(ground=OnlineGround.REMOTE_OR_WEAK))
    assert scheduled(ground=OnlineGround.REMOTE_OR_WEAK, is_wished_by_petitioner=True)


def test_a_moved_session_starts_from_nothing_on_its_new_day() -> None:
    new = NewDay(starts_at=STARTS_AT + timedelta(days=14), reason=ChangeReason.POINT_NOT_READY)
    moved, (fact,) = reschedule(ready(), new, law=LAW, now=STARTS_AT)
    assert isinstance(fact, SessionRescheduled)
    assert moved.status is SessionStatus.SCHEDULED
    assert (moved.moved_count, moved.change_reason) == (1, ChangeReason.POINT_NOT_READY)
    assert all(point.last_test is None and point.connected_at is None for point in moved.points)
    deadline = moved.deadline("R7")
    assert deadline is not None
    assert (deadline.due, deadline.is_met) == (date(2026, 11, 2), None)


def test_f04_a_citizen_can_be_moved_to_another_point() -> None:
    new = NewDay(
        starts_at=STARTS_AT + timedelta(days=14),
        reason=ChangeReason.POINT_NOT_READY,
        points=(PlannedPoint(unit=PROVINCE, is_main=True), PlannedPoint(unit=KIM_LIEN)),
        cases=(PlannedCase(case_id=case(2), at_unit=KIM_LIEN),),
    )
    moved, (fact,) = reschedule(scheduled(), new, law=LAW, now=IN_TIME)
    assert isinstance(fact, SessionRescheduled)
    assert [(one.case_id, one.point_id) for one in fact.cases] == [(case(2), point_at(moved, KIM_LIEN).point_id)]


def test_a_move_needs_notice_too_and_brings_no_new_case() -> None:
    soon = NewDay(starts_at=STARTS_AT + timedelta(days=1), reason=ChangeReason.OTHER)
    with pytest.raises(Refused, match="notice_too_short"):
        reschedule(scheduled(), soon, law=LAW, now=STARTS_AT)
    other = NewDay(
        starts_at=STARTS_AT + timedelta(days=14),
        reason=ChangeReason.OTHER,
        cases=(PlannedCase(case_id=case(9), at_unit=KIM_LIEN),),
    )
    with pytest.raises(BadInput, match="case_not_on_agenda"):
        reschedule(scheduled(), other, law=LAW, now=IN_TIME)


def test_a_case_whose_point_is_left_out_has_to_go_somewhere() -> None:
    new = NewDay(
        starts_at=STARTS_AT + timedelta(days=14),
        reason=ChangeReason.OTHER,
        points=(PlannedPoint(unit=PROVINCE, is_main=True), PlannedPoint(unit=KIM_LIEN)),
    )
    with pytest.raises(BadInput, match="unit_without_point"):
        reschedule(scheduled(), new, law=LAW, now=IN_TIME)


def test_a_cancelled_session_names_its_cases_and_is_over() -> None:
    cancelled, (fact,) = cancel(connected(with_tests(scheduled())), ChangeReason.DISASTER)
    assert isinstance(fact, SessionCancelled)
    assert len(fact.cases) == 2
    with pytest.raises(Refused, match="not_now"):
        cancel(cancelled, ChangeReason.DISASTER)


def test_before_the_decree_no_such_clock_binds() -> None:
    early = datetime(2026, 6, 30, 1, 0, tzinfo=UTC)
    session, _ = scheduling(a_plan(starts_at=early), now=early - timedelta(days=10))
    assert [deadline.clock for deadline in session.deadlines] == ["R4"]
