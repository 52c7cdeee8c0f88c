"""A planned session is judged as of the day asked, by what the live service would let start."""

from typing import Any

import pytest

from services.routing.planned import SessionTold
from tests.routing.asked import changed, situation, told

START = "mở phiên"
LATE = "mở phiên, ghi lại việc kết nối muộn"
RESCHEDULE = "hoãn và thông báo ngày khác"


def session_of(case_id: str = "F01", as_of: str | None = None, points: Any = None, **said: Any) -> SessionTold:
    stated = situation(case_id)
    stated["session"] |= said
    if points is not None:
        stated["session"]["points"] = points
    if as_of is not None:
        stated["as_of"] = as_of
    given = told(stated).session
    assert given is not None
    return given


def point(unit: str = "btcd-40", tested: str | None = "2026-10-19", connected: str | None = "06:55") -> dict[str, Any]:
    found: dict[str, Any] = {"unit": unit}
    if tested is not None:
        found["tested_at"] = tested
    if connected is not None:
        found["connected_at"] = f"2026-10-20T{connected}:00+07:00"
    return found


def met(given: SessionTold) -> dict[str, bool | None]:
    return {step.clock: step.is_met for step in given.preparation}


def test_a_point_that_is_connected_after_the_hour_keeps_the_session_from_starting() -> None:
    given = session_of(as_of="2026-10-20T10:00:00+07:00", points=[point(connected="09:30")])
    assert met(given)["R8"] is False
    assert not given.may_start
    assert [one.obstacles for one in given.points] == [("not_connected",)]


def test_connected_within_the_last_hour_it_starts_and_the_missed_limit_is_written_down() -> None:
    given = session_of(points=[point(connected="07:20")])
    assert (met(given)["R8"], given.may_start, given.next_actions) == (False, True, (LATE,))
    assert session_of(points=[point()]).next_actions == (START,)


def test_what_is_not_connected_when_the_hour_before_begins_is_late_though_nobody_said_so() -> None:
    hour_before = session_of(points=[point(connected=None)], as_of="2026-10-20T07:00:00+07:00")
    after = session_of(points=[point(connected=None)], as_of="2026-10-20T07:01:00+07:00")
    assert (met(hour_before)["R8"], met(after)["R8"]) == (None, False)


@pytest.mark.parametrize("field", ["posted_on", "notified_on"])
def test_after_a_late_schedule_or_notice_there_is_another_day(field: str) -> None:
    given = session_of(points=[point()], **{field: "2026-10-14"})
    assert (given.may_start, given.next_actions) == (False, (RESCHEDULE,))


def test_an_emergency_heard_ad_hoc_needs_no_long_notice() -> None:
    said: dict[str, Any] = {"notified_on": "2026-10-19", "posted_on": "2026-10-19", "kind": "ad_hoc"}
    today = [point(tested="2026-10-20T06:30:00+07:00")]
    assert session_of(points=today, ground="emergency", **said).may_start
    assert not session_of(points=today, **said).may_start


def test_the_accuseds_own_commune_is_no_bridge_point() -> None:
    accused = {**point("xa-17971"), "is_required": False}
    given = session_of("D17-lawful", points=[point(), accused], as_of="2026-10-20T07:45:00+07:00")
    assert not given.may_start
    assert [one.obstacles for one in given.points] == [(), ("near_the_accused",)]
    assert any("Điều 56 Luật Tố cáo" in article for article in given.points[1].articles)


def test_without_a_day_of_its_own_a_question_is_asked_after_all_that_was_done() -> None:
    stated = changed(situation("F01"), lambda one: one.pop("as_of"))
    given = told(stated)
    assert given.as_of.isoformat() == "2026-10-20T06:55:00+07:00"
    assert given.session is not None
    assert given.session.may_start


def test_a_failed_recording_names_its_articles() -> None:
    [recorder] = [one for one in session_of("F05").points if one.obstacles]
    said = " ".join(recorder.articles)
    assert "Điều 18(2)(c)" in said
    assert "Điều 24(1)" in said
