"""What an answer says beside the outcome: who cooperates, what was taken for granted, which law a refusal rests on."""

import json
from typing import Any

import pytest

from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import Particulars
from contracts.vocabulary import Channel, Outcome
from services.routing import explaining
from services.routing.answering import Answer, answer, read
from services.routing.assumptions import GUESSES
from services.routing.domain.matrix.found import UNSIGNED_BY_NATURE
from tests.routing.asked import DAYS, FOLDER, changed, petition, situation, told
from tests.routing.given import LAW, OFFICE

ON_PAPER = {Channel.COUNTER, Channel.POST, Channel.FORWARDED}
"""Where intake takes what is not said as signed."""
SICK = {"first_day": "2026-10-10", "last_day": "2026-10-12", "ground": "sickness", "is_proved": True}


def assumptions(stated: dict[str, Any]) -> dict[str, Any]:
    return {one.field.removeprefix("petition."): one.value for one in told(stated).assumed}


def test_a_second_complaint_with_an_obstacle_is_answered_and_its_time_leaves_nothing_out() -> None:
    given = told(petition("C06", obstacles=[SICK])).explanation
    assert given.limitation is not None
    assert (given.limitation.reading.clock, str(given.limitation.reading.rolled_due)) == ("K5", "2026-11-04")
    assert given.limitation.excluded == ()
    assert any("không trừ thời gian trở ngại" in rule.why for rule in given.tried)


def test_a_first_complaint_still_leaves_its_obstacle_out() -> None:
    given = told(petition("C08b")).explanation
    assert any("đã trừ thời gian trở ngại" in rule.why for rule in given.tried)
    assert given.limitation is not None
    assert [one.days for one in given.limitation.excluded] == [61]


@pytest.mark.parametrize("channel", list(Channel))
def test_what_is_not_said_of_a_signature_follows_the_channel_as_at_intakes_door(channel: Channel) -> None:
    given = told(petition("D10", channel=channel.value, is_signed=...))
    is_paper = channel in ON_PAPER
    assert next(one.value for one in given.assumed if one.field == "petition.is_signed") is is_paper
    assert (given.explanation.outcome == "invite_to_sign") is not is_paper
    assert (channel in UNSIGNED_BY_NATURE) is not is_paper


def test_the_answer_names_bypass_of_a_level_large_groups_and_who_cooperates() -> None:
    bypass, group = told(situation("C03")).explanation, told(situation("E06")).explanation
    assert (bypass.is_bypass_level, bypass.is_large_group) == (True, False)
    assert (group.is_bypass_level, group.is_large_group) == (False, True)
    moved = situation("D15")
    moved["units"][1]["superior"] = "bo-xd"
    [cooperating] = told(moved).explanation.cooperating
    assert (cooperating.unit, cooperating.name) == ("bo-xd", LAW.units.name_of("bo-xd"))


def test_people_read_them_too(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    moved = situation("D15")
    moved["units"][1]["superior"] = "bo-xd"
    (tmp_path / "moved.json").write_text(json.dumps(moved))
    assert explaining.main([str(FOLDER / "C03.json")]) == 0
    assert explaining.main([str(tmp_path / "moved.json")]) == 0
    assert explaining.main([str(FOLDER / "C08.json")]) == 0
    text = capsys.readouterr().out
    assert "vượt cấp" in text
    assert f"Phối hợp: {LAW.units.name_of('bo-xd')}" in text
    assert "Mẫu số 04 (124/2020/NĐ-CP" in text


def test_a_refused_step_says_what_it_rests_on_and_how_sure_that_is() -> None:
    [refused] = [step for step in told(situation("C03")).steps if not step.is_done]
    assert refused.refused_code == "must_guide"
    assert any("Điều 26(1)(b)" in article for article in refused.articles)
    assert refused.confidence == "C"
    guided = {"event": "guide", "on": "2026-08-25", "by": "so-40-xd"}
    [_, letter] = told({**petition("D01"), "events": [guided]}).steps
    assert letter.refused_code == "must_transfer"
    assert any("Điều 24(2) Luật Tố cáo" in article for article in letter.articles)


def test_what_only_the_state_of_a_case_does_not_bear_rests_on_no_article() -> None:
    twice = changed(situation(), lambda one: one["events"].insert(1, {**one["events"][0], "on": "2026-09-15"}))
    [refused] = [step for step in told(twice).steps if not step.is_done]
    assert (refused.refused_code, refused.articles, refused.confidence) == ("illegal_transition", (), None)


@pytest.mark.parametrize(
    ("stated", "field", "value"),
    [
        (petition(petitioner_role="attorney"), "attorney_count", 1),
        (petition(petitioner_role="legal_representative"), "is_representative_lawful", True),
        (petition(signer_count=12, has_representatives=True), "have_all_signed", True),
        (petition(signer_count=12, has_representatives=True), "are_representatives_petitioners", True),
        (petition(decision_known_on=...), "decision_known_on", ""),
        (petition(), "is_capable", True),
        (petition(), "is_court_seized", False),
        (petition("D06"), "is_on_duty", True),
        (petition("D06", attachment_count=0), "is_evidence_concrete", False),
        (petition("D06", attachment_count=2), "is_evidence_concrete", True),
    ],
)
def test_what_is_taken_for_granted_is_said(stated: dict[str, Any], field: str, value: Any) -> None:
    assert assumptions(stated)[field] == value


def test_a_power_that_is_not_said_is_not_assumed_but_asked_for() -> None:
    stated = petition(petitioner_role="attorney")
    assert "power_form" not in assumptions(stated)
    assert told(stated).explanation.outcome is Outcome.SUPPLEMENT


def test_what_is_said_or_could_not_matter_is_not_assumed() -> None:
    assert "power_form" not in assumptions(petition())
    assert "have_all_signed" not in assumptions(petition())
    assert "power_form" not in assumptions(petition(petitioner_role="attorney", power_form="certified"))
    assert "is_evidence_concrete" not in assumptions(petition())


def test_every_particular_is_either_guessed_at_or_means_nothing_while_it_is_not_said() -> None:
    """None of these has a default that counts: without them nothing is so."""
    only_when_said = {
        "accepted_elsewhere_by",
        "also_concerns",
        "power_form",
        "branch",
        "copied_to",
        "enforceable_on",
        "forwarded_by",
        "forwarding_unit",
        "managed_at",
        "obstacles",
        "respondent_function",
        "respondent_move",
        "respondent_now_at",
        "respondent_now_post",
        "respondent_place",
    }
    assert Particulars.model_fields.keys() - GUESSES.keys() == only_when_said
    assert GUESSES.keys() <= Particulars.model_fields.keys() | PetitionFiled.model_fields.keys()


def test_the_days_to_complete_a_petition_are_those_that_are_supposed() -> None:
    missing = ["contested_decision"]
    event = {"event": "request-supplement", "on": "2026-09-08", "by": "xa-17971", "missing": missing}
    stated = {**petition(), "events": [event]}
    assert answer_by(told(stated)) == "2026-09-22"
    assert answer_by(told({**stated, "switches": {"supplement_answer_working_days": 30}})) == "2026-10-20"
    other = answer(read(json.dumps(stated)), LAW, supplement_answer_working_days=DAYS + 1)
    assert answer_by(other) == "2026-09-23", "unsaid, it is the installation's"


def answer_by(given: Answer) -> str:
    [day] = [one.after for step in given.steps for one in step.changed if one.what == "answer_by"]
    return day


def test_a_petition_that_is_over_does_not_listen() -> None:
    late = [{"event": "supplement", "on": "2026-12-01"}, {"event": "withdraw", "on": "2026-12-02", "scope": "whole"}]
    stated = {**petition(received_by=OFFICE, channel="post"), "events": [{**late[1], "on": "2026-09-08"}, *late]}
    steps = [step for step in told(stated).steps if step.event in {"supplement", "withdraw"}]
    assert [(step.is_done, step.refused_code) for step in steps] == [
        (True, ""),
        (False, "case_over"),
        (False, "case_over"),
    ]


def test_a_denial_of_an_online_session_masks_the_denouncer_and_names_its_articles() -> None:
    given = told(situation("D17")).session
    assert given is not None
    assert given.is_identity_masked
    assert given.next_actions == ("tiếp trực tiếp, kín, che danh tính người tố cáo",)
    assert any("Điều 20(4)" in article for article in given.finding_articles)
    assert given.finding_confidence == "C"
