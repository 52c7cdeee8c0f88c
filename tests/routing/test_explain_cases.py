"""Every situation of examples/cases, by the id of its case, through the function of the door."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from contracts.law.calendar import Override
from services.routing import explaining
from services.routing.app import law_of
from services.routing.asking import answered
from services.routing.settings import RoutingSettings
from tests.routing.asked import DAYS, EXPECTED, FOLDER, IDS, body, due_days, situation
from tests.routing.given import day

LAW = law_of(RoutingSettings())


def asked(case_id: str) -> Any:
    answer = answered(body(case_id), LAW, DAYS)
    assert answer.status_code == 200, bytes(answer.body).decode()
    return json.loads(bytes(answer.body))


def test_every_situation_of_the_folder_says_what_it_expects_and_the_other_way_round() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == IDS


@pytest.mark.parametrize("case_id", IDS)
def test_the_case(case_id: str) -> None:
    given, wanted = asked(case_id), EXPECTED[case_id]
    told = given["explanation"]
    newest = {clock["told"]["reading"]["clock"]: clock["told"]["reading"] for clock in told["clocks"]}
    assert told["outcome"] == wanted["outcome"]
    for name, shown in (
        ("rule", "rule"),
        ("authority", "competent_authority"),
        ("post", "settling_post"),
        ("held_by", "held_by"),
        ("status", "status"),
    ):
        found = told["tried"][-1]["rule"] if name == "rule" else told[shown] or ""
        assert found == wanted[name], name
    due = due_days(given)
    for clock, days in wanted.get("due", {}).items():
        assert due.get(clock) == days, clock
    for clock, bare in wanted.get("raw", {}).items():
        assert newest[clock]["raw_due"] == bare, clock
    for clock, watched in wanted.get("alarm", {}).items():
        assert newest[clock]["alarm_on"] == watched, clock
    assert not newest.keys() & set(wanted.get("absent", ()))
    assert [duty["duty"] for duty in told["duties"]] == wanted.get("duties", [])
    assert told["decline_ground"] == wanted.get("ground")
    if "limitation" in wanted:
        read = told["limitation"]["reading"]
        assert [read["clock"], read["raw_due"], read["rolled_due"]] == wanted["limitation"]
    refused = {step["event"]: step["refused_code"] for step in given["steps"] if not step["is_done"]}
    assert refused == wanted.get("refused", {})
    assert [one["unit"] for one in told["cooperating"]] == wanted.get("cooperating", [])
    assert told["is_bypass_level"] is wanted.get("is_bypass_level", told["is_bypass_level"])
    for clock, day_ in wanted.get("second_count", {}).items():
        [also] = [one["told"]["also_counted_on"] for one in told["clocks"] if one["told"]["reading"]["clock"] == clock]
        assert also == day_, clock
    if "form" in wanted:
        assert told["form"]["number"] == wanted["form"]
    if wanted.get("not_told"):
        answering = [one for one in told["clocks"] if one["told"]["reading"]["clock"] != "R10"]
        assert (answering, told["duties"], told["form"]) == ([], [], None), "only the red line watches"
    red = [step["at"][:10] for step in given["steps"] if any(one["after"] == "red_line" for one in step["changed"])]
    assert red == ([wanted["red_on"]] if "red_on" in wanted else [])


@pytest.mark.parametrize("case_id", IDS)
def test_every_article_the_case_names_stands_in_its_answer(case_id: str) -> None:
    given = asked(case_id)
    cited = set(articles_in(given))
    lacking = [article for article in EXPECTED[case_id].get("articles", ()) if not any(map(stands(article), cited))]
    assert not lacking


NAMES_NO_ARTICLE: Final = {"C18b", "C24", "C24-official", "D22", "D22-off", "E06-ok", "E15"}
"""Cases of cases.md without a rule of their own: dates, duplicates, and what another case's rule says."""


def test_every_case_has_its_articles_asserted() -> None:
    assert {case_id for case_id in IDS if not EXPECTED[case_id].get("articles")} == NAMES_NO_ARTICLE


def articles_in(given: Any) -> Iterator[str]:
    """Every article that the answer rests something on; not those of rules that do not fit, nor of what is barred."""
    told, session = given["explanation"], given["session"] or {}
    yield from told["competence_articles"] + told["decline_articles"]
    parts = [rule for rule in told["tried"] if rule["fits"]]
    parts += [clock["told"] for clock in told["clocks"]] + told["duties"] + told["transitions"] + given["steps"]
    parts += [told["limitation"] or {"articles": []}, *session.get("points", ()), *session.get("preparation", ())]
    for part in parts:
        yield from part["articles"]
    for name in ("ground_articles", "finding_articles", "chair_articles"):
        yield from session.get(name, ())


def stands(article: str) -> Callable[[str], bool]:
    """Whether an article for people is this one, or a place inside it."""
    key, _, place = article.partition(" ")
    [document] = [one for one in LAW.catalogue.documents if one.key == key]
    pattern = re.compile(rf"Điều {re.escape(place)}(\(.*)? {re.escape(f'{document.title} ({document.number})')}")
    anywhere = re.compile(rf"Điều .* {re.escape(f'{document.title} ({document.number})')}")
    return lambda cited: (pattern if place else anywhere).fullmatch(cited) is not None


@pytest.mark.parametrize("case_id", [case_id for case_id in IDS if "session" in EXPECTED[case_id]])
def test_the_session_of_the_case(case_id: str) -> None:
    told, wanted = asked(case_id)["session"], dict(EXPECTED[case_id]["session"])
    steps = {step["clock"]: step for step in told["preparation"]}
    for clock, due in wanted.pop("due", {}).items():
        assert due in {steps[clock]["due_on"], steps[clock]["due_at"]}, clock
    for clock, is_met in wanted.pop("met", {}).items():
        assert steps[clock]["is_met"] is is_met, clock
    lacking = {point["unit"]: point["obstacles"] for point in told["points"] if point["obstacles"]}
    assert lacking == wanted.pop("lacking", {})
    assert {name: told[name] for name in wanted} == wanted


def test_filed_away_as_guided_before_nothing_is_said_of_a_supplement_that_was_never_asked_for() -> None:
    fitting = [rule["why"] for rule in asked("C04")["explanation"]["tried"] if rule["fits"]]
    assert len(fitting) == 1
    assert "chỉ hướng dẫn một lần" in fitting[0]


def test_a_session_nobody_asked_about_is_not_told() -> None:
    assert asked("C01")["session"] is None


@pytest.mark.parametrize("case_id", IDS)
def test_every_rule_and_every_clock_says_what_it_rests_on(case_id: str) -> None:
    told = asked(case_id)["explanation"]
    assert told["tried"][-1]["fits"] is True
    assert all(rule["why"] and rule["confidence"] in "CKU" for rule in told["tried"])
    for clock in told["clocks"]:
        shown, read = clock["told"], clock["told"]["reading"]
        assert shown["articles"]
        assert shown["confidence"] in "CKU"
        assert (read["started_on"] <= read["raw_due"]) is (read["clock"] != "K10"), "K10 is due before the dialogue"
        assert read["raw_due"] <= read["rolled_due"]
        assert all(off["name"] for off in shown["skipped"])


@pytest.mark.parametrize("case_id", ["C01", "C19", "D01"])
def test_the_command_gives_the_same_answer(case_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explaining.main([str(FOLDER / f"{case_id}.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == asked(case_id)


def test_the_command_tells_people_the_days_and_the_refusals(capsys: pytest.CaptureFixture[str]) -> None:
    assert explaining.main([str(FOLDER / "D01.json")]) == 0
    text = capsys.readouterr().out
    assert "hạn 03/09/2026" in text
    assert "bỏ qua: 29/08 Thứ bảy" in text
    assert "BỊ TỪ CHỐI: Không được chuyển hoặc hướng dẫn đến đơn vị có người bị tố cáo." in text
    assert "Điều 24(2) Luật Tố cáo" in text


def test_the_command_names_what_is_wrong_and_ends_with_one(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"petition": {}, "as_of": "gần đây"}')
    assert explaining.main([str(wrong)]) == 1
    said = capsys.readouterr()
    assert not said.out
    assert "petition.kind: Thiếu mục bắt buộc. [missing]" in said.err
    assert "gần đây" not in said.err
    assert explaining.main([str(tmp_path / "none.json")]) == 2


@pytest.mark.parametrize("scope", ["state", "tinh-40"])
def test_what_is_supposed_of_a_day_goes_before_what_its_documents_say(scope: str) -> None:
    closed = Override(
        day=day("2026-09-08"), is_working=False, name="Nghỉ", scope=scope, document="1/UBND", effective_from=date.max
    )
    law = replace(LAW, calendar=LAW.calendar.with_overrides([closed]))
    supposed = [{"day": "2026-09-08", "is_working": True, "name": "Làm việc"}]
    for calendar, due in (([], "2026-09-17"), (supposed, "2026-09-16")):
        given = json.loads(bytes(answered(json.dumps(situation("C01", calendar=calendar)).encode(), law, DAYS).body))
        assert due_days(given)["K2"] == [due]
