"""A body ends while a case is in its hands: who has its place takes it on, at once, and no day changes."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.facts.base import Fact
from contracts.facts.particulars import Particulars
from contracts.facts.routing import CaseRerouted, CaseSettled
from contracts.law.catalogue import official
from contracts.law.settings import LawSettings
from contracts.units import Unit, UnitTree, organisation
from contracts.vocabulary import EscalationReason, RespondentMove, RespondentPost, SuspensionGround, UnitLevel
from services.routing.domain import acts
from services.routing.domain.case import Case, Status
from services.routing.domain.escalation import tick
from services.routing.domain.explain import explain
from services.routing.domain.handing_over import handed_over
from services.routing.domain.law import Law
from services.routing.domain.opening import on_supplemented
from tests.routing.given import (
    LAW,
    OFFICE,
    PROVINCE,
    case_of,
    clock_ids,
    day,
    denounced,
    filed,
    noon,
    reading_of,
    settled,
    supplemented,
)
from tests.routing.house import House, officer, running

ENDING, FOLLOWING, SECOND = "so-40-cu", "so-40-moi", "so-40-moi-2"
LAST = day("2026-09-30")


def a_unit(name: str, **said: Any) -> Unit:
    return Unit(
        **{
            "id": name,
            "name": f"Sở {name}",
            "level": UnitLevel.DEPARTMENT,
            "superior": PROVINCE,
            "valid_from": day("2020-01-01"),
            "valid_to": None,
            "official_code": None,
            "headed_as": f"Giám đốc Sở {name}",
            **said,
        }
    )


def a_tree(*followers: str, last: date | None = LAST) -> UnitTree:
    """The tree with a department that ends, and two that begin on the day after."""
    since = day("2026-10-01")
    return UnitTree(
        [
            *organisation(),
            a_unit(ENDING, valid_to=last, successors=followers),
            a_unit(FOLLOWING, valid_from=since),
            a_unit(SECOND, valid_from=since),
        ]
    )


def a_law(*followers: str, last: date | None = LAST) -> Law:
    return replace(LAW, units=a_tree(*followers, last=last))


def complaint(**said: Any) -> Any:
    return filed(**{"received_by": ENDING, "respondent_unit": ENDING, **said})


def accepted_by(law: Law) -> Case:
    return acts.accept(case_of(complaint(), law), by=ENDING, on=day("2026-09-14"), law=law)[0]


def ticked(case: Case, on: str, law: Law) -> tuple[Case, list[Fact]]:
    return tick(case, noon(on), law)


def test_the_only_successor_holds_and_settles_it_from_the_day_after_and_its_clocks_go_on() -> None:
    law = a_law(FOLLOWING)
    case = accepted_by(law)
    before = ticked(case, "2026-09-30", law)[0]
    assert (before.held_by, before.next_timer_on) == (ENDING, day("2026-10-01"))
    after, [fact, *_] = ticked(before, "2026-10-01", law)
    assert isinstance(fact, CaseRerouted)
    assert (fact.held_by, fact.competent_authority, fact.in_place_of) == (FOLLOWING, FOLLOWING, ENDING)
    assert (fact.rerouted_on, fact.is_place_changed, fact.is_outcome_changed) == (day("2026-10-01"), True, False)
    assert reading_of(after, "K3") == reading_of(case, "K3")
    assert "K3" in clock_ids(after)
    assert (after.held_by, after.listed_under, after.status) == (FOLLOWING, FOLLOWING, Status.ACCEPTED)
    done, [fact, *_] = settled(after, "2026-10-05", law=law)
    assert isinstance(fact, CaseSettled)
    assert (done.status, fact.is_within_time) == (Status.SETTLED, True)


def test_looked_at_late_it_is_as_of_the_day_after_and_the_second_look_brings_nothing() -> None:
    law = a_law(FOLLOWING)
    case, said = handed_over(accepted_by(law), day("2026-10-20"), law)
    [fact] = said
    assert isinstance(fact, CaseRerouted)
    assert fact.rerouted_on == case.handovers[0].on == day("2026-10-01")
    assert handed_over(case, day("2026-10-20"), law) == (case, [])


@pytest.mark.parametrize("followers", [(FOLLOWING, SECOND), ()])
def test_with_several_successors_or_none_the_province_takes_it(followers: tuple[str, ...]) -> None:
    law = a_law(*followers)
    case, _ = ticked(accepted_by(law), "2026-10-01", law)
    assert (case.held_by, case.competent_authority) == (PROVINCE, PROVINCE)


def test_of_several_communes_the_one_where_it_arose_leads_unless_others_are_concerned_too() -> None:
    where = {"received_by": "huyen-415", "respondent_unit": "huyen-415", "matter_unit": "xa-16744"}
    local = replace(LAW, catalogue=official(LawSettings.load(chosen={"split_district": "where_it_arose"})))
    shared = Particulars(also_concerns=("xa-16750",))
    for law, said, holder in (
        (LAW, {}, "xa-16744"),
        (LAW, {"particulars": shared}, PROVINCE),
        (local, {"particulars": shared}, "xa-16744"),
    ):
        case = case_of(filed("2025-06-20", **where, **said), law)
        assert case.held_by == "huyen-415"
        after, _ = ticked(case, "2025-07-01", law)
        assert (after.held_by, after.competent_authority) == (holder, holder)


def test_never_to_the_accused_who_heads_the_successor_now() -> None:
    law = a_law(FOLLOWING)
    now = Particulars(
        respondent_now_at=FOLLOWING,
        respondent_now_post=RespondentPost.HEAD,
        respondent_move=RespondentMove.OTHER_UNIT,
    )
    accusing = denounced(received_by=ENDING, respondent_unit=ENDING, respondent_post=RespondentPost.OFFICER)
    case = case_of(accusing, law)
    assert case.held_by == ENDING
    case = case.model_copy(update={"filed": accusing.model_copy(update={"particulars": now})})
    after, _ = handed_over(case, day("2026-10-01"), law)
    assert (after.held_by, after.competent_authority) == (PROVINCE, PROVINCE)


def test_what_stands_still_is_handed_over_too() -> None:
    law = a_law(FOLLOWING)
    still, _ = acts.suspend(
        accepted_by(law),
        by=ENDING,
        ground=SuspensionGround.AWAITING_OTHER_RESULT,
        document_number="1/QĐ",
        on=day("2026-09-21"),
        law=law,
    )
    after, _ = ticked(still, "2026-10-01", law)
    resumed, _ = acts.resume(after, by=FOLLOWING, on=day("2026-10-02"), law=law, document_number="2/QĐ")
    assert (resumed.held_by, resumed.status) == (FOLLOWING, Status.ACCEPTED)


def test_a_supplement_that_comes_after_the_end_does_not_give_it_back_to_the_ended_body() -> None:
    law = a_law(FOLLOWING)
    case, _ = ticked(case_of(complaint(is_signed=False), law), "2026-10-01", law)
    after, _ = on_supplemented(case, supplemented("2026-10-02", is_signed=True), law)
    assert (after.held_by, after.competent_authority) == (FOLLOWING, FOLLOWING)
    assert acts.accept(after, by=FOLLOWING, on=day("2026-10-05"), law=law)[0].status is Status.ACCEPTED


def test_who_decides_a_dispute_may_end_as_well() -> None:
    law = a_law(FOLLOWING)
    disputed = case_of(filed(), law).model_copy(
        update={
            "status": Status.DISPUTED,
            "held_by": ENDING,
            "competent_authority": None,
            "decides_competence": ENDING,
            "escalated_for": (EscalationReason.COMPETENCE_DISPUTE,),
        }
    )
    after, _ = handed_over(disputed, day("2026-10-01"), law)
    assert (after.held_by, after.decides_competence) == (FOLLOWING, FOLLOWING)


def test_a_body_that_is_not_open_yet_has_not_ended() -> None:
    case = case_of(filed("2025-06-20", received_by=OFFICE))
    assert handed_over(case, day("2025-06-21"), LAW) == (case, [])


def test_explain_shows_who_has_the_place_of_whom_since_when() -> None:
    law = a_law(FOLLOWING)
    case, _ = ticked(accepted_by(law), "2026-10-01", law)
    [told] = explain(case, law).handovers
    assert (told.from_unit, told.to_unit, told.on, told.articles) == (ENDING, FOLLOWING, day("2026-10-01"), ())
    assert "01/10/2026" in told.sentence
    district = {"received_by": "huyen-415", "respondent_unit": "huyen-415", "matter_unit": "xa-16744"}
    case, _ = ticked(case_of(filed("2025-06-20", **district)), "2025-07-01", LAW)
    assert "72/2025" in explain(case, LAW).handovers[0].articles[0]


async def test_the_successor_lists_reads_and_acts_from_the_first_morning_before_any_timer_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.routing.app.organisation", lambda: a_tree(FOLLOWING))
    async with running(tmp_path) as house:
        await _lives_on(house)


async def _lives_on(house: House) -> None:
    ours, theirs = officer(FOLLOWING), officer(ENDING)
    case_id = await house.opened(complaint())
    assert (await house.post(case_id, "accept", theirs, document_number="1/TB")).status_code == 200
    assert (await house.get("", ours)).json() == []
    house.clock.moment = noon("2026-10-01")
    assert [case["case_id"] for case in (await house.get("", ours)).json()] == [str(case_id)]
    assert (await house.get("", theirs)).json() == []
    body = {"report_by": "2026-10-12", "document_number": "2/CV"}
    assert (await house.post(case_id, "demand-report", officer(PROVINCE), **body)).status_code == 200
    case = (await house.get(f"/{case_id}", ours)).json()
    assert (case["held_by"], case["competent_authority"]) == (FOLLOWING, FOLLOWING)
    assert [fact.in_place_of for fact in await house.said(case_id) if isinstance(fact, CaseRerouted)] == [ENDING]
    assert (await house.get(f"/{case_id}", theirs)).status_code == 404


async def test_an_end_that_is_entered_into_the_tree_later_is_found_without_a_day_to_wait_for(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        house.law.now = a_law(last=None)
        case_id = await house.opened(complaint())
        house.law.now = a_law(FOLLOWING)
        house.clock.moment = noon("2026-10-01")
        await house.tick_all()
        assert (await house.cases.get(case_id)).state.held_by == FOLLOWING
        assert await house.cases.left_with([ENDING], limit=10, after=None) == []


async def test_of_what_ended_long_ago_and_is_closed_nothing_is_looked_at_again(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        house.law.now = a_law(FOLLOWING)
        case_id = await house.opened(complaint())
        stored = await house.cases.get(case_id)
        await house.cases.tell_time(stored, stored.state.model_copy(update={"status": Status.CLOSED}), [])
        house.clock.moment = noon("2026-10-01")
        await house.tick_all()
        assert (await house.cases.get(case_id)).state.held_by == ENDING
