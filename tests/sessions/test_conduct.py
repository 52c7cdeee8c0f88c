from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import BadInput, NotFound, Refused
from contracts.facts.base import Fact
from contracts.facts.recording import RecordingFailed, RecordingGapFound, RecordingStored, SealedStream
from contracts.facts.sessions import (
    AttendanceTaken,
    MinutesSigned,
    PointConnected,
    PointLost,
    PointTested,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
)
from contracts.ids import PointId, StreamId
from contracts.vocabulary import (
    ChangeReason,
    EndedBy,
    GapCause,
    InterruptionCause,
    OnlineGround,
    PointCheck,
    Role,
    SessionKind,
)
from services.sessions.domain import (
    TRANSITIONS,
    Act,
    NewDay,
    Obstacle,
    PlannedPoint,
    PointRecording,
    ReceptionSession,
    RecordingStatus,
    SessionStatus,
    blockers,
    cancel,
    connect,
    end,
    lose,
    pause,
    record_test,
    reschedule,
    resume,
    see_failed,
    see_gap,
    see_stored,
    sign_minutes,
    start,
    take_attendance,
    watch,
)
from services.sessions.domain.session import move
from tests.sessions.planned import (
    ALL_GOOD,
    AN_HOUR_BEFORE,
    KIM_LIEN,
    LAW,
    MY_LY,
    PROVINCE,
    RECORDING,
    STARTS_AT,
    TEST_DAY,
    a_plan,
    connected,
    live,
    point_at,
    ready,
    recorded,
    scheduled,
    scheduling,
    with_tests,
)

PATIENCE = timedelta(seconds=30)
LONGEST = timedelta(hours=12)
SHA = "a" * 64
LATER = STARTS_AT + timedelta(minutes=10)


def test_points_tested_and_connected_make_the_session_ready() -> None:
    session = with_tests(scheduled())
    assert session.status is SessionStatus.SCHEDULED
    deadline = session.deadline("R7")
    assert deadline is not None
    assert deadline.is_met
    assert connected(session).status is SessionStatus.LOBBY


def test_a_test_is_said_check_by_check() -> None:
    point_id = point_at(scheduled(), MY_LY).point_id
    checks = ALL_GOOD | {PointCheck.SOUND: False, PointCheck.POWER: False}
    session, (fact,) = record_test(scheduled(), point_id, checks, now=TEST_DAY)
    assert isinstance(fact, PointTested)
    assert not fact.is_passed
    assert fact.failed_checks == (PointCheck.SOUND, PointCheck.POWER)
    assert point_at(session, MY_LY).passed_at is None


def test_a_test_that_leaves_checks_out_is_no_test() -> None:
    point_id = point_at(scheduled(), MY_LY).point_id
    with pytest.raises(BadInput, match="checks_missing") as caught:
        record_test(scheduled(), point_id, {PointCheck.SOUND: True}, now=TEST_DAY)
    assert "recording" in str(caught.value.facts["missing"])


def obstacles(session: ReceptionSession) -> set[tuple[str, Obstacle]]:
    return {(session.point(blocker.point_id).unit, blocker.obstacle) for blocker in blockers(session)}


def test_f04_a_point_not_tested_or_failed_or_late_keeps_the_session_closed() -> None:
    session = connected(with_tests(scheduled(), PROVINCE))
    session = with_tests(session, KIM_LIEN, now=AN_HOUR_BEFORE)
    assert obstacles(session) == {(KIM_LIEN, Obstacle.TESTED_TOO_LATE), (MY_LY, Obstacle.NOT_TESTED)}
    deadline = session.deadline("R7")
    assert deadline is not None
    assert deadline.is_met is False
    with pytest.raises(Refused, match="points_not_ready") as caught:
        start(session, now=STARTS_AT)
    assert str(point_at(session, MY_LY).point_id) in str(caught.value.facts["points"])


def test_f05_a_recorder_found_broken_in_the_morning_closes_a_ready_session_again() -> None:
    session = ready()
    point_id = point_at(session, PROVINCE).point_id
    broken, _ = record_test(session, point_id, ALL_GOOD | {PointCheck.RECORDING: False}, now=STARTS_AT)
    assert broken.status is SessionStatus.SCHEDULED
    with pytest.raises(Refused, match="points_not_ready"):
        start(broken, now=STARTS_AT)
    repaired, _ = record_test(broken, point_id, ALL_GOOD, now=STARTS_AT)
    assert repaired.status is SessionStatus.LOBBY


def test_in_an_emergency_a_late_test_is_enough_but_none_is_not() -> None:
    late = STARTS_AT - timedelta(hours=20)
    session, _ = scheduling(a_plan(kind=SessionKind.AD_HOC, ground=OnlineGround.EMERGENCY), now=late)
    assert connected(session).status is not SessionStatus.LOBBY
    assert connected(with_tests(session, now=AN_HOUR_BEFORE)).status is SessionStatus.LOBBY


def test_a_point_that_is_not_required_does_not_hold_the_others_up() -> None:
    points = (
        PlannedPoint(unit=PROVINCE, is_main=True),
        PlannedPoint(unit=KIM_LIEN),
        PlannedPoint(unit=MY_LY, is_required=False),
    )
    session = connected(with_tests(scheduled(points=points), PROVINCE, KIM_LIEN), PROVINCE, KIM_LIEN)
    assert session.status is SessionStatus.LOBBY
    started, _ = start(session, now=STARTS_AT)
    joined, (fact,) = connect(started, point_at(started, MY_LY).point_id, now=LATER)
    assert isinstance(fact, PointConnected)
    lost, facts = lose(joined, fact.point_id, InterruptionCause.CONNECTION_LOST, now=LATER)
    assert (lost.status, len(facts)) == (SessionStatus.LIVE, 1)


def test_connecting_twice_says_it_once() -> None:
    session = connected(scheduled(), KIM_LIEN)
    again, facts = connect(session, point_at(session, KIM_LIEN).point_id, now=STARTS_AT)
    assert (again, facts) == (session, [])


def test_a_point_that_was_never_there_cannot_be_lost() -> None:
    session = scheduled()
    with pytest.raises(Refused, match="not_connected"):
        lose(session, point_at(session, KIM_LIEN).point_id, InterruptionCause.CONNECTION_LOST, now=TEST_DAY)


def test_a_strange_point_is_not_found() -> None:
    with pytest.raises(NotFound, match="no_point"):
        connect(scheduled(), PointId(UUID(int=1)), now=TEST_DAY)


def test_the_start_opens_the_session_and_writes_down_that_r8_was_kept() -> None:
    session, (fact,) = start(ready(), now=STARTS_AT)
    assert isinstance(fact, SessionStarted)
    assert session.status is SessionStatus.LIVE
    assert session.connected_in_time is True
    assert (fact.chaired_by, len(fact.points)) == (PROVINCE, 3)


def test_a_point_connected_within_the_hour_shows_as_r8_not_kept() -> None:
    session = connected(with_tests(scheduled()), PROVINCE, KIM_LIEN)
    session = connected(session, MY_LY, now=AN_HOUR_BEFORE + timedelta(seconds=1))
    started, _ = start(session, now=STARTS_AT)
    assert started.connected_in_time is False


def test_a_point_lost_and_back_within_the_hour_is_not_connected_in_time() -> None:
    session = ready()
    point_id = point_at(session, MY_LY).point_id
    session, _ = lose(session, point_id, InterruptionCause.CONNECTION_LOST, now=AN_HOUR_BEFORE)
    assert session.status is SessionStatus.SCHEDULED
    session, _ = connect(session, point_id, now=STARTS_AT - timedelta(minutes=5))
    started, _ = start(session, now=STARTS_AT)
    assert started.connected_in_time is False


@pytest.mark.parametrize("too_soon_or_late", [timedelta(minutes=-31), timedelta(days=-1), timedelta(days=1)])
def test_a_session_opens_on_its_day_and_not_long_before_its_hour(too_soon_or_late: timedelta) -> None:
    session = ready()
    with pytest.raises(Refused, match="not_the_hour"):
        start(session, now=STARTS_AT + too_soon_or_late)
    assert start(session, now=STARTS_AT - timedelta(minutes=30))[0].status is SessionStatus.LIVE


def test_losing_a_required_point_makes_a_live_session_stand_still_until_it_is_back() -> None:
    session = live()
    point_id = point_at(session, MY_LY).point_id
    paused, facts = lose(session, point_id, InterruptionCause.CONNECTION_LOST, now=LATER)
    assert [type(fact) for fact in facts] == [PointLost, SessionPaused]
    assert (paused.status, paused.pause_cause) == (SessionStatus.PAUSED, InterruptionCause.CONNECTION_LOST)
    with pytest.raises(Refused, match="points_not_connected"):
        resume(paused, now=LATER)
    back, _ = connect(paused, point_id, now=LATER)
    resumed, (fact,) = resume(back, now=LATER)
    assert isinstance(fact, SessionResumed)
    assert (resumed.status, resumed.pause_cause) == (SessionStatus.LIVE, None)


def test_time_that_was_paused_is_not_counted_as_live() -> None:
    session, _ = pause(live(), InterruptionCause.BREAK, now=STARTS_AT + timedelta(minutes=10))
    session, _ = resume(session, now=STARTS_AT + timedelta(minutes=40))
    session, (fact,) = end(session, EndedBy.CHAIR, now=STARTS_AT + timedelta(minutes=45))
    assert session.live_seconds == 15 * 60
    assert isinstance(fact, SessionEnded)
    assert fact.duration_seconds == 45 * 60


def test_f05_without_a_word_from_recording_a_live_session_is_paused_after_the_patience() -> None:
    session = live(is_recorded=False)
    almost = STARTS_AT + PATIENCE - timedelta(seconds=1)
    assert watch(session, now=almost, recording_patience=PATIENCE, longest=LONGEST) == (session, [])
    paused, (fact,) = watch(session, now=STARTS_AT + PATIENCE, recording_patience=PATIENCE, longest=LONGEST)
    assert isinstance(fact, SessionPaused)
    assert fact.cause is InterruptionCause.RECORDING_FAILED
    assert watch(paused, now=LATER, recording_patience=PATIENCE, longest=LONGEST) == (paused, [])


def test_f05_an_unrecorded_session_goes_on_only_when_recording_runs_or_is_adjourned() -> None:
    paused, _ = pause(live(is_recorded=False), InterruptionCause.RECORDING_FAILED, now=LATER)
    with pytest.raises(Refused, match="not_recording"):
        resume(paused, now=LATER)
    assert resume(recorded(paused), now=LATER)[0].status is SessionStatus.LIVE
    ended, (fact,) = end(paused, EndedBy.ADJOURNED, now=LATER)
    assert isinstance(fact, SessionEnded)
    assert (ended.status, fact.ended_by) == (SessionStatus.ENDED, EndedBy.ADJOURNED)


def test_a_recorded_session_is_left_alone() -> None:
    session = live()
    assert watch(session, now=LATER, recording_patience=PATIENCE, longest=LONGEST) == (session, [])


@pytest.mark.parametrize("is_paused", [True, False])
def test_a_session_nobody_ended_is_ended_so_that_its_recording_gets_sealed(is_paused: bool) -> None:
    session = live()
    if is_paused:
        session, _ = pause(session, InterruptionCause.BREAK, now=LATER)
    ended, (fact,) = watch(session, now=STARTS_AT + LONGEST, recording_patience=PATIENCE, longest=LONGEST)
    assert isinstance(fact, SessionEnded)
    assert (ended.status, fact.ended_by) == (SessionStatus.ENDED, EndedBy.TIMEOUT)


def test_recording_that_fails_under_a_live_session_pauses_it() -> None:
    failed = RecordingFailed(recording_id=RECORDING, session_id=live().session_id, failed_at=LATER, reason="no_media")
    session, (fact,) = see_failed(live(), failed, now=LATER)
    assert isinstance(fact, SessionPaused)
    assert session.recording.status is RecordingStatus.FAILED
    assert {point.recording for point in session.points} == {PointRecording.MISSING}


def test_a_recording_is_shown_point_by_point() -> None:
    session = live()
    assert point_at(session, PROVINCE).recording is PointRecording.RUNNING
    assert point_at(session, MY_LY).recording is PointRecording.NOT_HEARD
    gap = RecordingGapFound(
        recording_id=RECORDING,
        session_id=session.session_id,
        stream_id=StreamId(UUID(int=1)),
        point_id=point_at(session, KIM_LIEN).point_id,
        from_chunk=3,
        to_chunk=4,
        cause=GapCause.NETWORK,
    )
    session, _ = see_gap(session, gap)
    assert (point_at(session, KIM_LIEN).gap_count, session.recording.gap_count) == (1, 1)
    session, facts = see_stored(session, stored(session, PROVINCE, KIM_LIEN))
    assert facts == []
    assert session.recording.status is RecordingStatus.STORED
    assert point_at(session, KIM_LIEN).recording is PointRecording.STORED
    assert point_at(session, MY_LY).recording is PointRecording.MISSING


def stored(session: ReceptionSession, *units: str) -> RecordingStored:
    return RecordingStored(
        recording_id=RECORDING,
        session_id=session.session_id,
        stored_at=LATER,
        streams=tuple(
            SealedStream(
                stream_id=StreamId(UUID(int=number)),
                point_id=point_at(session, unit).point_id,
                chunk_count=2,
                size_bytes=10,
                duration_milliseconds=4000,
                chain_head=SHA,
                gap_count=1 if unit == KIM_LIEN else 0,
            )
            for number, unit in enumerate(units)
        ),
        manifest_name="recordings/manifest",
        manifest_sha256=SHA,
        merkle_root=SHA,
        size_bytes=20,
        duration_milliseconds=4000,
        gap_count=1,
        retain_until=date(2036, 10, 20),
    )


def test_attendance_is_counted_by_function_and_the_last_count_stands() -> None:
    session = live()
    point_id = point_at(session, KIM_LIEN).point_id
    session, _ = take_attendance(session, point_id, {Role.CITIZEN: 3})
    session, (fact,) = take_attendance(session, point_id, {Role.CITIZEN: 4, Role.INTERPRETER: 1})
    assert isinstance(fact, AttendanceTaken)
    assert fact.present == {Role.CITIZEN: 4, Role.INTERPRETER: 1}
    assert point_at(session, KIM_LIEN).present == fact.present


def test_minutes_are_complete_with_the_last_required_point_and_then_immutable() -> None:
    session, _ = end(live(), EndedBy.CHAIR, now=LATER)
    said = []
    for unit in (PROVINCE, KIM_LIEN, MY_LY):
        session, (fact,) = sign_minutes(session, point_at(session, unit).point_id, SHA, now=LATER)
        assert isinstance(fact, MinutesSigned)
        said.append(fact.is_complete)
    assert said == [False, False, True]
    assert session.status is SessionStatus.SIGNED
    with pytest.raises(Refused, match="not_now"):
        sign_minutes(session, point_at(session, PROVINCE).point_id, SHA, now=LATER)


def test_where_the_province_wants_one_signature_the_main_point_completes_the_minutes() -> None:
    session, _ = end(live(), EndedBy.CHAIR, now=LATER)
    said = []
    for unit in (KIM_LIEN, PROVINCE):
        point_id = point_at(session, unit).point_id
        session, (fact,) = sign_minutes(session, point_id, SHA, now=LATER, at_each_point=False)
        assert isinstance(fact, MinutesSigned)
        said.append(fact.is_complete)
    assert said == [False, True]
    assert session.status is SessionStatus.SIGNED


def test_a_point_signs_once() -> None:
    session, _ = end(live(), EndedBy.CHAIR, now=LATER)
    point_id = point_at(session, MY_LY).point_id
    session, _ = sign_minutes(session, point_id, SHA, now=LATER)
    with pytest.raises(Refused, match="already_signed"):
        sign_minutes(session, point_id, "b" * 64, now=LATER)


def every_status() -> dict[SessionStatus, ReceptionSession]:
    ended, _ = end(live(), EndedBy.CHAIR, now=LATER)
    return {
        SessionStatus.SCHEDULED: connected(scheduled(), KIM_LIEN),
        SessionStatus.LOBBY: ready(),
        SessionStatus.LIVE: live(),
        SessionStatus.PAUSED: pause(live(), InterruptionCause.BREAK, now=LATER)[0],
        SessionStatus.ENDED: ended,
        SessionStatus.SIGNED: ended.with_(status=SessionStatus.SIGNED),
        SessionStatus.CANCELLED: cancel(scheduled(), ChangeReason.OTHER)[0],
    }


NEXT_DAY = NewDay(starts_at=STARTS_AT + timedelta(days=14), reason=ChangeReason.OTHER)

HOW: dict[Act, Callable[[ReceptionSession, PointId], tuple[ReceptionSession, list[Fact]]]] = {
    Act.RESCHEDULE: lambda session, _: reschedule(session, NEXT_DAY, law=LAW, now=STARTS_AT),
    Act.CANCEL: lambda session, _: cancel(session, ChangeReason.OTHER),
    Act.TEST: lambda session, point_id: record_test(session, point_id, ALL_GOOD, now=TEST_DAY),
    Act.CONNECT: lambda session, point_id: connect(session, point_id, now=LATER),
    Act.LOSE: lambda session, point_id: lose(session, point_id, InterruptionCause.OTHER, now=LATER),
    Act.START: lambda session, _: start(session, now=STARTS_AT),
    Act.PAUSE: lambda session, _: pause(session, InterruptionCause.BREAK, now=LATER),
    Act.RESUME: lambda session, _: resume(session, now=LATER),
    Act.END: lambda session, _: end(session, EndedBy.CHAIR, now=LATER),
    Act.TAKE_ATTENDANCE: lambda session, point_id: take_attendance(session, point_id, {Role.CITIZEN: 1}),
    Act.SIGN_MINUTES: lambda session, point_id: sign_minutes(session, point_id, SHA, now=LATER),
}


def do(act: Act, session: ReceptionSession) -> tuple[ReceptionSession, list[Fact]]:
    return HOW[act](session, point_at(session, KIM_LIEN).point_id)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("status", SessionStatus)
def test_what_the_table_lists_is_done_and_everything_else_is_refused(status: SessionStatus, act: Act) -> None:
    session = every_status()[status]
    if (status, act) in TRANSITIONS:
        after, _ = do(act, session)
        assert after.status in TRANSITIONS[status, act]
    else:
        with pytest.raises(Refused):
            do(act, session)


def test_nothing_leaves_what_is_signed_or_cancelled() -> None:
    assert not any(status in {SessionStatus.SIGNED, SessionStatus.CANCELLED} for status, _ in TRANSITIONS)


def test_a_target_outside_the_table_is_a_bug_and_not_an_answer() -> None:
    with pytest.raises(ValueError, match="never leads"):
        move(ready(), Act.START, SessionStatus.ENDED)


@given(st.lists(st.sampled_from(Act), max_size=25))
def test_no_path_of_acts_reaches_an_open_session_with_a_point_missing(acts: list[Act]) -> None:
    session = ready()
    for act in acts:
        try:
            session, _ = do(act, recorded(session) if session.status is SessionStatus.PAUSED else session)
        except (Refused, BadInput):
            continue
        if session.status is SessionStatus.LIVE:
            assert all(point.connected_at for point in session.required_points)
        if session.status in {SessionStatus.LOBBY, SessionStatus.SCHEDULED}:
            assert (session.status is SessionStatus.LOBBY) == (blockers(session) == ())


def test_steps_of_the_session_count_as_revisions_and_steps_of_points_do_not() -> None:
    session = scheduled()
    assert connected(session, KIM_LIEN).revision == session.revision
    assert ready().revision == session.revision + 1
    assert live().revision == session.revision + 2
