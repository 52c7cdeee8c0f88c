"""The door that notes what was found later: strict, for the holder, and what it does is what is explained."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from contracts.facts.routing import CaseParticularsNoted, CaseRerouted, CaseTaskOpened
from contracts.vocabulary import RespondentPost, Role
from tests.routing.asked import codes, petition, situation, told
from tests.routing.given import KIM_LIEN, OFFICE, PROVINCE, QUY_HOP, day, denounced, filed, noon
from tests.routing.house import House, officer, running

COMMUNE = officer(KIM_LIEN)
PROVINCIAL = officer(PROVINCE)
NOTE = "note-particulars"
HARM = {"enforceable_on": "2026-09-10", "is_harm_hard_to_repair": True}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running(tmp_path) as made:
        yield made


async def test_what_is_noted_is_durable_with_its_facts_and_seen_at_the_case(house: House) -> None:
    case_id = await house.opened(filed())
    house.clock.moment = noon("2026-09-08")
    answer = await house.post(case_id, NOTE, COMMUNE, **HARM, document_number="7/PĐX-UBND")
    assert answer.status_code == 200
    seen = answer.json()
    assert seen["noted"] == [
        {
            "noted_on": "2026-09-08",
            "fields": ["enforceable_on", "is_harm_hard_to_repair"],
            "document_number": "7/PĐX-UBND",
        }
    ]
    assert [task["duty"] for task in seen["tasks"]] == ["consider_stay"]
    found, task = (await house.said(case_id))[2:]
    assert isinstance(found, CaseParticularsNoted)
    assert isinstance(task, CaseTaskOpened)


async def test_the_same_once_more_says_nothing(house: House) -> None:
    case_id = await house.opened(filed())
    first = await house.post(case_id, NOTE, COMMUNE, **HARM)
    said = await house.said(case_id)
    again = await house.post(case_id, NOTE, COMMUNE, **HARM)
    assert again.status_code == 200
    assert await house.said(case_id) == said
    assert again.json() == first.json() | {"version": again.json()["version"]}


async def test_unknown_fields_values_that_are_none_and_missing_values_are_422(house: House) -> None:
    case_id = await house.opened(filed())
    obstacle = {"first_day": "2026-05-01", "last_day": "2026-06-30", "ground": "sickness"}
    for wrong in (
        {"is_harmful": True},
        {"signer_count": 3},
        {"kind": None},
        {"subject": "weather"},
        {"obstacles": [obstacle | {"why": "ốm"}]},
        {"obstacles": [obstacle | {"last_day": "2026-04-30"}]},
    ):
        assert (await house.post(case_id, NOTE, COMMUNE, **wrong)).status_code == 422, wrong
    nothing = await house.post(case_id, NOTE, COMMUNE)
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_found")
    assert (await house.get(f"/{case_id}", COMMUNE)).json()["noted"] == []


async def test_proved_obstacles_that_come_to_light_put_a_late_complaint_in_time(house: House) -> None:
    late = await house.opened(filed("2026-07-20", decision_known_on=day("2026-03-02")))
    assert (await house.get(f"/{late}", COMMUNE)).json()["outcome"] == "decline"
    obstacle = {"first_day": "2026-05-01", "last_day": "2026-06-30", "ground": "sickness", "is_proved": True}
    answer = await house.post(late, NOTE, COMMUNE, obstacles=[obstacle])
    assert answer.json()["outcome"] == "accept_propose"


async def test_a_contradiction_names_its_field_and_reason_and_a_denunciation_is_filed_anew(house: House) -> None:
    case_id = await house.opened(filed())
    answer = await house.post(case_id, NOTE, COMMUNE, has_signs_of_crime=True)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "contradictory_particulars")
    assert (problem["field"], problem["rule"]) == ("has_signs_of_crime", "not_of_this_kind")
    assert problem["detail"] == "has_signs_of_crime: Chỉ dùng cho đơn: tố cáo."
    anew = await house.post(case_id, NOTE, COMMUNE, kind="denunciation")
    assert (anew.status_code, anew.json()["code"]) == (409, "file_anew")
    assert "thành đơn mới" in anew.json()["detail"]


async def test_only_the_holder_notes_and_only_in_its_functions(house: House) -> None:
    case_id = await house.opened(filed())
    above = await house.post(case_id, NOTE, PROVINCIAL, **HARM)
    assert (above.status_code, above.json()["code"]) == (409, "not_holder")
    assert (await house.post(case_id, NOTE, officer(QUY_HOP), **HARM)).status_code == 404
    assert (await house.post(case_id, NOTE, officer(KIM_LIEN, Role.CITIZEN), **HARM)).status_code == 403


async def test_on_what_somebody_else_has_changed_nothing_is_noted(house: House) -> None:
    case_id = await house.opened(filed())
    await house.post(case_id, "accept", COMMUNE)
    answer = await house.post(case_id, NOTE, COMMUNE | {"If-Match": '"1"'}, **HARM)
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")


@pytest.mark.parametrize("is_accepted", [False, True])
async def test_the_holder_that_finds_its_own_head_accused_is_shown_nothing_of_the_case_any_more(
    house: House, *, is_accepted: bool
) -> None:
    case_id = await house.opened(denounced(respondent_post=RespondentPost.OFFICER))
    if is_accepted:
        assert (await house.post(case_id, "accept", COMMUNE)).status_code == 200
    answer = await house.post(case_id, NOTE, COMMUNE, respondent_post="head")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await house.get("", COMMUNE)).json() == []
    for path in (f"/{case_id}", f"/{case_id}/explanation"):
        assert (await house.get(path, COMMUNE)).status_code == 404
    assert (await house.post(case_id, NOTE, COMMUNE, respondent_post="officer")).status_code == 404
    assert [case["case_id"] for case in (await house.get("", PROVINCIAL)).json()] == [str(case_id)]
    found, moved = (await house.said(case_id))[-2:]
    assert isinstance(found, CaseParticularsNoted)
    assert isinstance(moved, CaseRerouted)


async def test_a_case_that_would_be_anothers_says_whose_and_the_way_there(house: House) -> None:
    case_id = await house.opened(filed())
    await house.post(case_id, "accept", COMMUNE)
    seen = (await house.post(case_id, NOTE, COMMUNE, respondent_unit=QUY_HOP)).json()
    assert (seen["held_by"], seen["rather_competent"]) == (KIM_LIEN, QUY_HOP)
    assert seen["competence_finding"] == (
        "Theo thông tin ghi nhận sau, thẩm quyền thuộc Xã Quỳ Hợp; vụ việc không tự chuyển đi: "
        "báo cáo cấp trên quyết định."
    )
    explained = (await house.get(f"/{case_id}/explanation", COMMUNE)).json()
    assert explained["competence_finding"] == seen["competence_finding"]


# What is explained is what is done.


def c16(*found: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """C16 as it was filed without its harm, and what was found on which day."""
    events = [{"event": NOTE, "on": noon(on).isoformat(), "by": KIM_LIEN, **said} for on, said in found]
    stated = petition("C16", enforceable_on=..., is_harm_hard_to_repair=..., received_at=noon("2026-09-07").isoformat())
    return stated | {"events": events}


async def test_a_live_case_and_the_same_situation_are_explained_alike_after_each_finding(house: House) -> None:
    case_id = await house.opened(filed(matter_field="construction", decision_known_on=day("2026-09-04")))
    findings: tuple[tuple[str, dict[str, Any]], ...] = (
        ("2026-09-08", HARM),
        ("2026-09-09", {"is_foreign_untranslated": True}),
        ("2026-09-10", {"kind": "feedback"} | dict.fromkeys(HARM)),
    )
    for number, (on, found) in enumerate(findings, start=1):
        house.clock.moment = noon(on)
        await house.tick_all()
        assert (await house.post(case_id, NOTE, COMMUNE, **found)).status_code == 200
        live = (await house.get(f"/{case_id}/explanation", COMMUNE)).json()
        answer = await house.client.post("/v1/routing/explain", json=c16(*findings[:number]), headers=COMMUNE)
        assert answer.status_code == 200, answer.text
        asked = answer.json()["explanation"]
        assert {**live, "case_id": ""} == {**asked, "case_id": ""}
    assert live["outcome"] == "supplement"


def test_a_finding_that_cannot_be_is_sent_back_at_its_event_and_one_that_the_law_refuses_is_answered() -> None:
    stated = c16(("2026-09-08", HARM), ("2026-09-09", {"decision_known_on": "2026-09-08"}))
    assert codes(stated) == [("events.1.decision_known_on", "after_receipt")]
    walled = told(c16(("2026-09-08", {"kind": "denunciation"})))
    [step] = [one for one in walled.steps if one.event == NOTE]
    assert (step.is_done, step.refused_code) == (False, "file_anew")
    unknown = c16(("2026-09-08", {"is_harmful": True}))
    assert codes(unknown) == [("events.0.is_harmful", "unknown_field")]


def test_what_was_found_is_told_as_a_step_in_vietnamese() -> None:
    [step] = [one for one in told(c16(("2026-09-08", HARM))).steps if one.event == NOTE]
    assert step.label == "Ghi nhận thông tin về đơn được biết sau"
    assert any(change.sentence.startswith("Ghi nhận thêm: 08/09/2026") for change in step.changed)
    assert any(change.sentence.startswith("Việc gấp: ") for change in step.changed)


def test_the_worked_case_is_noted_by_the_office_for_its_province() -> None:
    stated = situation("D08-later")
    assert {event["by"] for event in stated["events"]} == {OFFICE}
    assert told(stated).explanation.outcome == "inspect"
