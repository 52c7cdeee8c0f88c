"""What cannot be so is sent back: field by field, with a code and a sentence, and never with what was written there."""

import json
from typing import Any

import pytest

from contracts.facts.particulars import Particulars
from services.routing import answering
from services.routing.answering import CannotBe, read
from services.routing.contradictions import NOT_IN_THE_FUTURE, ONLY_IN
from tests.routing.asked import body, changed, codes, findings, petition, situation, told
from tests.routing.given import DO_LUONG, KIM_LIEN, OFFICE, QUY_HOP, SO_XD

HEAD = {"role": "respondent", "unit": KIM_LIEN, "post": "head"}


def test_what_says_nothing_wrong_is_answered() -> None:
    assert told(petition()).explanation.outcome == "accept_propose"


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        (petition(instance="second"), ("petition.instance", "second_without_first")),
        (
            petition(earlier_decision_received_on="2026-09-01"),
            ("petition.earlier_decision_received_on", "first_after_decision"),
        ),
        (petition("D01", instance="second"), ("petition.instance", "second_not_of_this_kind")),
        (petition(signer_count=0), ("petition.signer_count", "nobody_signs")),
        (petition(has_representatives=True), ("petition.has_representatives", "group_of_one")),
        (petition(representative_count=1), ("petition.representative_count", "group_of_one")),
        (
            petition(signer_count=6, has_representatives=True, representative_count=0),
            ("petition.representative_count", "no_representatives"),
        ),
        (petition(signer_count=3, representative_count=4), ("petition.representative_count", "more_than_signers")),
        (petition("D01", asks_only_for_help=True), ("petition.asks_only_for_help", "not_of_this_kind")),
        (petition(has_signs_of_crime=True), ("petition.has_signs_of_crime", "not_of_this_kind")),
        (petition(forwarded_by="press"), ("petition.forwarded_by", "not_forwarded")),
        (petition(channel="phone", is_signed=True), ("petition.is_signed", "phone_is_not_signed")),
        (petition("D01", is_anonymous=True, is_signed=True), ("petition.is_signed", "anonymous_yet_signed")),
        (
            petition("D01", is_anonymous=True, is_false_identity=True),
            ("petition.is_false_identity", "anonymous_yet_named"),
        ),
        (petition(decision_known_on="2026-09-08"), ("petition.decision_known_on", "after_receipt")),
        (petition(was_withdrawal_forced=True), ("petition.was_withdrawal_forced", "no_withdrawal")),
        (petition(received_by="xa-99999"), ("petition.received_by", "unknown_unit")),
        (petition(received_by="huyen-415"), ("petition.received_by", "unit_closed")),
        (petition(matter_unit="xa-99999"), ("petition.matter_unit", "unknown_unit")),
        (petition(copied_to=[OFFICE, KIM_LIEN]), ("petition.copied_to.1", "copied_to_itself")),
        (petition(copied_to=["xa-99999"]), ("petition.copied_to.0", "unknown_unit")),
        (
            petition(
                obstacles=[{"first_day": "2026-09-08", "last_day": "2026-09-09", "ground": "sickness"}],
            ),
            ("petition.obstacles.0.first_day", "after_receipt"),
        ),
        (petition() | {"as_of": "2026-09-01"}, ("as_of", "as_of_before_receipt")),
        (situation(as_of="2026-10-16"), ("events.4.on", "after_as_of")),
        (situation(persons=[HEAD, HEAD]), ("persons.1.role", "role_twice")),
        (petition(respondent_unit=QUY_HOP), ("petition.respondent_unit", "said_otherwise")),
        (situation(switches={"no_such_switch": True}), ("switches", "unknown_setting")),
        (situation(switches={"culture_day": "perhaps"}), ("switches.culture_day", "wrong_setting")),
        (
            situation(calendar=[{"day": "2026-09-08", "is_working": work, "name": "x"} for work in (True, False)]),
            ("calendar.1.day", "day_twice"),
        ),
        (
            situation(
                units=[
                    {
                        "id": "so-40-cu",
                        "name": "Sở A",
                        "level": "department",
                        "headed_as": "Giám đốc",
                        "valid_from": "2026-01-02",
                        "valid_to": "2026-01-01",
                    }
                ]
            ),
            ("units.0.valid_to", "ends_before_it_begins"),
        ),
    ],
)
def test_what_contradicts_itself_is_sent_back_with_its_field(stated: dict[str, Any], found: tuple[str, str]) -> None:
    assert codes(stated) == [found]


MOVED = {**HEAD, "now_at": "so-40-xd", "now_post": "officer", "move": "higher"}
UNIT = {"id": "so-40-cu", "name": "Sở A", "level": "department", "superior": "tinh-40", "headed_as": "Giám đốc"}
POINT = {"unit": "btcd-40", "tested_at": "2026-10-19", "connected_at": "2026-10-20T06:55:00+07:00"}


def denounced(**person: Any) -> dict[str, Any]:
    """Signed and by post, with what else is said of the denounced."""
    return {**petition("D06"), "persons": [{**HEAD, **person}]}


def units(*stated: dict[str, Any]) -> dict[str, Any]:
    return {**petition(), "units": list(stated)}


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        (
            petition("C06", decision_known_on="2026-10-06"),
            ("petition.earlier_decision_received_on", "before_the_decision"),
        ),
        (petition(settled_effective_on="2026-08-02"), ("petition.settled_effective_on", "before_the_decision")),
        (petition(lower_accepted_on="2026-08-02"), ("petition.lower_accepted_on", "before_the_decision")),
        (denounced(move="higher"), ("persons.0.move", "moved_nowhere")),
        (denounced(now_post="head"), ("persons.0.now_post", "post_nowhere")),
        (denounced(move="left", now_at="so-40-xd"), ("persons.0.now_at", "left_yet_there")),
        (denounced(now_at=KIM_LIEN), ("persons.0.now_at", "moved_to_itself")),
        (petition("D06", subject="party_discipline", is_on_duty=True), ("petition.is_on_duty", "party_yet_on_duty")),
        (petition(transferred_before_on="2026-09-01"), ("petition.transferred_before_on", "not_of_this_kind")),
        (petition("E01", transferred_before_on="2026-09-01"), ("petition.transferred_before_on", "not_of_this_kind")),
        (petition("E01", guided_before_on="2026-09-01"), ("petition.guided_before_on", "not_of_this_kind")),
        (petition(power_form="certified"), ("petition.power_form", "no_attorney")),
        (petition(attorney_count=1), ("petition.attorney_count", "no_attorney")),
        (petition(asks_only_for_help=True), ("petition.asks_only_for_help", "nobody_to_urge")),
        (petition(copied_to=["tinh-40", "tinh-40"]), ("petition.copied_to.1", "said_twice")),
        (petition(also_concerns=[QUY_HOP, QUY_HOP]), ("petition.also_concerns.1", "said_twice")),
        (
            petition(
                obstacles=[{"first_day": "2026-08-05", "last_day": "2026-08-06", "ground": "sickness"}] * 2,
            ),
            ("petition.obstacles.1", "said_twice"),
        ),
        (petition(signer_count=10**18, has_representatives=True), ("petition.signer_count", "too_many")),
        (units(UNIT, UNIT), ("units.1.id", "unit_twice")),
        (units({**UNIT, "superior": "so-40-cu"}), ("units.0", "above_itself")),
        (units({**UNIT, "superior": "so-99-khong"}), ("units.0.superior", "unknown_unit")),
        (
            units({**UNIT, "valid_to": "2026-01-01", "successors": ["so-99-khong"]}),
            ("units.0.successors.0", "unknown_unit"),
        ),
        (units({**UNIT, "id": "so-40-xd", "level": "commune"}), ("units.0.level", "other_level")),
        (
            situation(calendar=[{"day": "9999-12-31", "is_working": False, "name": "Nghỉ"}]),
            ("calendar.0.day", "year_unknown"),
        ),
        (
            situation("F01", session={**situation("F01")["session"], "points": [POINT, POINT]}),
            ("session.points.1.unit", "point_twice"),
        ),
        (situation("F01", as_of="2026-10-20T06:50:00+07:00"), ("session.points.0.connected_at", "after_as_of")),
        ({**petition("D06"), "persons": [{**HEAD, "unit": "xa-99999"}]}, ("persons.0.unit", "unknown_unit")),
    ],
)
def test_what_could_not_be_so_either_is_sent_back(stated: dict[str, Any], found: tuple[str, str]) -> None:
    assert codes(stated)[0] == found


def test_who_moved_lawfully_contradicts_nothing() -> None:
    assert told({**petition("D06"), "persons": [MOVED]}).explanation.cooperating


def test_units_that_stand_above_each_other_are_sent_back() -> None:
    ring = units({**UNIT, "superior": "so-40-moi"}, {**UNIT, "id": "so-40-moi", "superior": "so-40-cu"})
    assert {code for _, code in codes(ring)} == {"above_itself"}


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(DO_LUONG, id="a stranger"),
        pytest.param("xa-17971", id="the accused"),
    ],
)
def test_who_may_not_see_a_case_cannot_have_acted_on_it(by: str) -> None:
    stated = situation("D03")
    stated["events"] = [{"event": "escalate", "on": "2026-09-22", "by": by}]
    stated.pop("as_of", None)
    assert codes(stated) == [("events.0.by", "no_case")]
    theirs = {**stated, "events": [{"event": "escalate", "on": "2026-09-22", "by": "tinh-40"}]}
    assert told(theirs).steps[1].event == "escalate"


@pytest.mark.parametrize("day", ["1788739200", "0", "20260803", "2026-W32-1", "2026-08-03T00:00:00"])
def test_a_day_is_written_in_one_way(day: str) -> None:
    [found] = findings(petition(decision_known_on=day))
    assert (found.field, found.code) == ("petition.decision_known_on", "not_allowed")
    assert "2026-09-07" in found.text
    received = {**situation()["events"][4], "received_on": day}
    stated = changed(situation(), lambda one: one["events"].__setitem__(4, received))
    assert codes(stated) == [("events.4.received_on", "not_allowed")]


@pytest.mark.parametrize(
    ("change", "field", "word"),
    [
        (lambda one: one["petition"].update(received_at="2026-09-07T08:00"), "petition.received_at", "múi giờ"),
        (lambda one: one["petition"].update(received_at="1995-01-01"), "petition.received_at", "1996 đến 2098"),
        (lambda one: one["petition"].update(received_at="2026-02-30"), "petition.received_at", "Không có ngày"),
        (lambda one: one["petition"].update(received_at="gần đây"), "petition.received_at", "2026-09-07T23:59"),
        (lambda one: one["petition"].update(decision_known_on="2026-02-30"), "petition.decision_known_on", "Không có"),
        (lambda one: one.update(events=None), "events", "danh sách"),
        (
            lambda one: one["petition"].update(
                obstacles=[{"first_day": "2026-08-05", "last_day": "2026-08-01", "ground": "sickness"}]
            ),
            "petition.obstacles.0",
            "đứng trước ngày đầu",
        ),
        (lambda one: one["petition"].update(received_by="Kim Liên"), "petition.received_by", "xa-17971"),
        (lambda one: one["events"][1].update(document_number="số 9"), "events.1.document_number", "125/QĐ-UBND"),
        (lambda one: one["events"][2].update(legal_grounds=["điều 31!"]), "events.2.legal_grounds.0", "LKN 28"),
        (lambda one: one["events"][3].update(clock="?"), "events.3.clock", "K2"),
        (lambda one: one.update(switches={"culture_day": None}), "switches.culture_day", "true, false"),
        (lambda one: one.update(units=[{**UNIT, "name": "0912345678"}]), "units.0.name", "điện thoại"),
        (lambda one: one.update(units=[{**UNIT, "headed_as": "ông A 0912345678"}]), "units.0.headed_as", "điện thoại"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_told_exactly_once_where_it_stands(change: Any, field: str, word: str) -> None:
    [found] = findings(changed(situation(), change))
    assert (found.field, found.code) == (field, "not_allowed")
    assert word in found.text


@pytest.mark.parametrize(
    ("once", "twice", "field"),
    [
        ('"kind": "complaint"', '"kind": "complaint", "kind": "denunciation"', "petition.kind"),
        ('"result": "wrong"', '"result": "wrong", "result": "right"', "events.2.result"),
        ('"answer": "refused"', '"answer": "refused", "answer": "granted"', "events.2.answers.0.answer"),
    ],
)
def test_a_name_said_twice_is_told_with_the_way_to_it(once: str, twice: str, field: str) -> None:
    assert codes(body("C01").decode().replace(once, twice, 1)) == [(field, "field_twice")]


def test_events_stand_after_receipt_and_in_order() -> None:
    early = changed(situation(), lambda one: one["events"][0].update(on="2026-09-06"))
    assert codes(early) == [("events.0.on", "before_receipt")]
    hour = changed(situation(), lambda one: one["petition"].update(received_at="2026-09-14T16:00:00+07:00"))
    hour["events"][0]["on"] = "2026-09-14T15:59:00+07:00"
    assert codes(hour) == [("events.0.on", "before_receipt")]
    mixed = changed(situation(), lambda one: one["events"].reverse())
    assert ("events.1.on", "out_of_order") in codes(mixed)


def test_a_body_that_is_not_competent_cannot_have_accepted_and_a_closed_one_cannot_act() -> None:
    stranger = changed(situation(), lambda one: one["events"][0].update(by=QUY_HOP))
    assert codes(stranger)[0] == ("events.0.by", "not_competent")
    closed = changed(situation(), lambda one: one["events"][0].update(by="huyen-415"))
    assert codes(closed) == [("events.0.by", "unit_closed")]
    not_holder = changed(situation("D01"), lambda one: one["events"][0].update(by=DO_LUONG, to=SO_XD))
    assert codes(not_holder)[0] == ("events.0.by", "not_holder")


def test_what_the_law_refuses_is_no_contradiction_but_an_answer() -> None:
    early = changed(situation(), lambda one: one["events"].insert(0, {**one["events"][2], "on": "2026-09-10"}))
    steps = [step for step in told(early).steps if step.event == "settle"]
    assert [(step.is_done, step.refused_code) for step in steps] == [(False, "illegal_transition"), (True, "")]
    assert "chờ xử lý" in steps[0].refused_sentence
    assert not steps[0].changed


def test_everything_that_is_wrong_is_said_at_once() -> None:
    stated = petition(instance="second", has_representatives=True, decision_known_on="2027-01-01")
    assert [code for _, code in codes(stated)] == ["second_without_first", "group_of_one", "after_receipt"]


@pytest.mark.parametrize(
    ("change", "field", "code", "word"),
    [
        (lambda one: one["petition"].update(decision_known=1), "petition.decision_known", "unknown_field", "_on”?"),
        (lambda one: one.update(evnets=[]), "evnets", "unknown_field", "“events”"),
        (lambda one: one["events"][0].update(name="x"), "events.0.name", "unknown_field", "“name”"),
        (lambda one: one["persons"][1].update(full_name="x"), "persons.1.full_name", "unknown_field", "“full_name”"),
        (lambda one: one["petition"].pop("kind"), "petition.kind", "missing", "Thiếu"),
        (lambda one: one["petition"].update(kind="kn"), "petition.kind", "not_allowed", "'complaint'"),
        (lambda one: one["petition"].update(signer_count="3"), "petition.signer_count", "not_allowed", "số nguyên"),
        (lambda one: one["petition"].update(is_signed="yes"), "petition.is_signed", "not_allowed", "đúng hoặc sai"),
        (lambda one: one["petition"].update(received_at="2026-09-07T08:00"), "petition.received_at", "not_allowed", ""),
        (lambda one: one["petition"].update(decision_known_on=202683), "petition.decision_known_on", "not_allowed", ""),
        (lambda one: one["events"][0].update(event="fly"), "events.0", "not_allowed", "danh mục"),
        (lambda one: one["events"][0].pop("by"), "events.0.by", "missing", "Thiếu"),
        (lambda one: one["petition"].update({"Nguyễn Văn A": 1}), "petition.*", "unknown_field", "“*”"),
    ],
)  # fmt: skip
def test_what_is_unknown_or_of_the_wrong_shape_is_named(change: Any, field: str, code: str, word: str) -> None:
    found = findings(changed(situation(), change))
    assert [(one.field, one.code) for one in found] == [(field, code)]
    assert word in found[0].text


def test_a_part_of_a_fact_is_as_strict_as_the_rest() -> None:
    stated = petition(obstacles=[{"first_day": "2026-05-02", "last_day": "2026-05-01", "ground": "sickness", "why": 1}])
    assert codes(stated) == [("petition.obstacles.0.why", "unknown_field")]


def test_a_name_that_is_said_twice_is_not_guessed_at() -> None:
    twice = body("C01").decode().replace('"as_of"', '"as_of": "2026-12-01", "as_of"')
    assert codes(twice) == [("as_of", "field_twice")]


@pytest.mark.parametrize(
    "at", ["9999-12-31", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1995-12-31", "2099-01-01"]
)
def test_days_for_which_there_is_no_calendar_are_not_counted_from(at: str) -> None:
    assert codes(petition(received_at=at, decision_known_on=...)) == [("petition.received_at", "not_allowed")]
    assert codes(situation(as_of=at)) == [("as_of", "not_allowed")]


def test_a_day_from_which_nothing_can_be_counted_is_sent_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def beyond_all_days(*_: object) -> None:
        raise OverflowError

    monkeypatch.setattr(answering, "explain", beyond_all_days)
    assert codes(situation()) == [("(toàn bộ)", "day_out_of_range")]


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000])
def test_what_is_no_situation_at_all_is_sent_back(text: str) -> None:
    with pytest.raises(CannotBe) as refused:
        read(text)
    assert refused.value.findings[0].code in {"not_json", "not_allowed"}


def test_values_are_never_written_back() -> None:
    stated = changed(situation(), lambda one: one["petition"].update(kind="Nguyễn Văn Thử", received_by="Trần Thị Mẫu"))
    said = json.dumps([(one.field, one.text) for one in findings(stated)], ensure_ascii=False)
    assert "Thử" not in said
    assert "Mẫu" not in said
    [found] = findings(situation(switches={"Nguyễn Văn Thử, 0912345678": True}))
    assert (found.field, found.code, found.text) == (
        "switches",
        "unknown_setting",
        "Không có công tắc pháp luật này.",
    )


def test_every_day_of_a_petition_is_either_past_at_receipt_or_may_be_to_come() -> None:
    may_be_to_come = {"enforceable_on", "lower_due_on"}
    days = {name for name in Particulars.model_fields if name.endswith("_on")}
    assert days - set(NOT_IN_THE_FUTURE) == may_be_to_come


def test_fields_of_one_kind_are_those_whose_manual_says_so() -> None:
    said = {
        name
        for name, field in Particulars.model_fields.items()
        if (field.description or "").startswith(("Denunciations:", "Disciplinary complaints:", "Recommendations:"))
    }
    assert said <= ONLY_IN.keys()
