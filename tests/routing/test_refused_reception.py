"""Reception refused: R16 stands among the rules that are told, by the law of the day of the refusal."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.vocabulary import ReceptionRefusal
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.domain.explain import RuleTold, explain
from tests.routing.asked import situation, told
from tests.routing.given import KIM_LIEN, LAW, case_of, day, filed
from tests.routing.house import officer, running


def refused(case: Case, on: date, ground: ReceptionRefusal = ReceptionRefusal.DRUNK) -> Case:
    return acts.refuse_reception(case, ground=ground, file=acts.RefusalFile(), by=KIM_LIEN, on=on, law=LAW)[0]


def refusals(case: Case) -> list[RuleTold]:
    return [one for one in explain(case, LAW).tried if one.rule == "R16"]


def test_r16_refused_orally_the_rule_is_told_and_the_petition_goes_on_under_its_own() -> None:
    case = refused(case_of(), day("2026-09-07"))
    [told_of] = refusals(case)
    assert told_of.fits
    assert "ngày 07/09/2026: say rượu" in told_of.why
    assert explain(case, LAW).tried[-1].rule == "R01"


def test_r16_every_refusal_is_told_and_none_where_none_was() -> None:
    assert not refusals(case_of())
    twice = refused(refused(case_of(), day("2026-09-07")), day("2026-09-08"), ReceptionRefusal.THREATENING)
    assert [one.why.partition(": ")[2] for one in refusals(twice)] == [
        f"{ground.label}." for ground in (ReceptionRefusal.DRUNK, ReceptionRefusal.THREATENING)
    ]


@pytest.mark.parametrize(("on", "articles"), [("2026-06-30", 1), ("2026-07-01", 2)])
def test_r16_its_articles_are_those_of_the_day_of_the_refusal(on: str, articles: int) -> None:
    case = refused(case_of(filed("2026-06-29")), day(on))
    [told_of] = refusals(case)
    assert len(told_of.articles) == len(case.refusals[0].articles) == articles
    assert ("154/2026" in told_of.articles[-1]) is (articles == 2)


@pytest.mark.parametrize(("case_id", "place"), [("E09", -2), ("E10", -1), ("E10-off", -1)])
def test_r16_is_among_the_rules_of_the_worked_cases(case_id: str, place: int) -> None:
    shown = told(situation(case_id)).explanation.tried[place]
    assert (shown.rule, shown.fits, shown.confidence) == ("R16", True, "C")
    assert "154/2026" in shown.articles[1]


def test_r16_a_refusal_that_was_blocked_is_not_told() -> None:
    assert "R16" not in {one.rule for one in told(situation("E10-incomplete")).explanation.tried}


async def test_r16_the_live_case_shows_what_reception_was_refused_on(tmp_path: Path) -> None:
    commune: dict[str, Any] = officer(KIM_LIEN)
    async with running(tmp_path) as house:
        case_id = await house.opened(filed())
        done = await house.post(case_id, "refuse-reception", commune, ground="drunk")
        assert done.status_code == 200, done.text
        [refusal] = (await house.get(f"/{case_id}", commune)).json()["refusals"]
        assert (refusal["rule"], refusal["ground"], refusal["is_by_notice"]) == ("R16", "drunk", False)
        assert "154/2026" in refusal["articles"][1]
        rules = (await house.get(f"/{case_id}/explanation", commune)).json()["tried"]
        assert [one["rule"] for one in rules[-2:]] == ["R16", "R01"]
