"""The doors of the calendar: who may enter a plan, what is refused, the recount behind it, and what if."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from contracts.facts.calendar import CalendarOverridden, CalendarPlan
from contracts.facts.routing import DeadlineMoved
from contracts.ids import calendar_of
from contracts.vocabulary import Role
from services.routing.recount import Recount
from services.routing.store import CALENDAR, CASES
from tests.routing.given import DO_LUONG, KIM_LIEN, OFFICE, PROVINCE, denounced, filed, petition
from tests.routing.house import House, officer, running
from tests.routing.planned import PUBLIC_KEY, SIGNER, TET, off, plan, signed, switched, worked

BASE = "/v1/routing/calendar"
OPERATOR = (Role.SYSTEM_OPERATOR,)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running(tmp_path, on="2027-01-28", **quiet()) as made:
        yield made


def quiet(**more: Any) -> dict[str, Any]:
    """Loops that a test moves itself."""
    return {"routing_calendar_signers": {SIGNER: PUBLIC_KEY}, "recount_seconds": 3600, **more}


async def enter(house: House, one: CalendarPlan, unit: str = PROVINCE, *roles: Role) -> Any:
    who = officer(unit, *(roles or OPERATOR))
    return await house.client.post(f"{BASE}/overrides", json=signed(one), headers=who)


async def spoken(house: House) -> list[CalendarOverridden]:
    document = await house.ledger.read(CALENDAR.name, str(calendar_of(PROVINCE)))
    facts = [envelope.fact() for envelope in document.pending] if document else []
    return [fact for fact in facts if isinstance(fact, CalendarOverridden)]


async def recounted(house: House) -> None:
    while await house.recount.step():
        pass


async def test_a_signed_plan_is_kept_said_once_and_given_back(house: House) -> None:
    first = await enter(house, TET)
    assert first.status_code == 200
    again = await enter(house, TET)
    assert again.json() == first.json(), "the same plan twice is one entry"
    [fact] = await spoken(house)
    assert (fact.revision, fact.plan, fact.entered_by, fact.entered_as) == (1, TET, PROVINCE, Role.SYSTEM_OPERATOR)
    listed = await house.client.get(f"{BASE}/overrides", headers=officer(KIM_LIEN))
    assert [one["plan"]["document"] for one in listed.json()] == ["5511/TB-BNV"]


async def test_a_plan_that_nobody_signed_or_that_was_changed_after_signing_is_refused(house: House) -> None:
    body = signed(TET)
    changed = body | {"plan": plan(off("2027-02-03"), document="5511/TB-BNV").model_dump(mode="json")}
    unknown = body | {"signer": "somebody-else"}
    garbled = body | {"signature": "AAAA"}
    for wrong, code in ((changed, "bad_signature"), (unknown, "unknown_signer"), (garbled, "bad_signature")):
        answer = await house.client.post(f"{BASE}/overrides", json=wrong, headers=officer(PROVINCE, *OPERATOR))
        assert answer.json()["code"] == code
    assert await spoken(house) == []


@pytest.mark.parametrize(
    ("unit", "roles"),
    [
        (KIM_LIEN, OPERATOR),
        (PROVINCE, (Role.PETITION_OFFICER,)),
        (None, OPERATOR),
        (KIM_LIEN, (Role.SETTLING_AUTHORITY,)),
    ],
)
async def test_only_the_province_enters_plans(house: House, unit: str | None, roles: tuple[Role, ...]) -> None:
    answer = await house.client.post(f"{BASE}/overrides", json=signed(TET), headers=officer(unit, *roles))
    assert answer.status_code == 403
    assert await spoken(house) == []


async def test_the_provinces_reception_office_and_its_settling_authority_may(house: House) -> None:
    assert (await enter(house, TET, OFFICE)).status_code == 200
    other = plan(off("2027-03-08"), document="12/TB-UBND", effective="2027-01-10")
    assert (await enter(house, other, PROVINCE, Role.SETTLING_AUTHORITY)).json()["entered_as"] == "settling_authority"


async def test_what_contradicts_what_is_known_or_has_no_document_is_refused(house: House) -> None:
    await enter(house, TET)
    wrong = [
        (plan(worked("2027-02-03"), document="1/TB-BNV"), "contradicts_plan"),
        (plan(off("2027-02-03"), document="1/TB-BNV"), "contradicts_plan"),
        (plan(off("2027-02-04"), document="1/TB-BNV", effective="2026-01-01"), "contradicts_plan"),
        (plan(off("2027-01-28"), document=None), "no_document"),
        (plan(off("2027-03-08"), effective="2027-01-29"), "not_in_force_yet"),
        (plan(off("2101-03-08")), "calendar_gap"),
        (plan(off("2027-03-08")).model_copy(update={"scope": "tinh-01"}), "wrong_scope"),
        (switched(is_on=False).model_copy(update={"document": None}), "no_document"),
    ]
    for one, code in wrong:
        assert (await enter(house, one)).json()["code"] == code, one
    later = plan(worked("2027-02-03"), document="9/TB-BNV", effective="2027-01-28")
    assert (await enter(house, later)).status_code == 200, "a later document may say otherwise"


async def test_an_unknown_switch_and_a_day_said_twice_are_refused(house: House) -> None:
    other = switched(is_on=False).model_dump(mode="json")
    other["switches"][0]["id"] = "state_limits_roll"
    answer = await house.client.post(
        f"{BASE}/overrides", json=signed(CalendarPlan.model_validate(other)), headers=officer(PROVINCE, *OPERATOR)
    )
    assert answer.json()["code"] == "unknown_switch", "a setting of the law, but none of the calendar"
    twice = signed(TET)
    twice["plan"]["days"] *= 2
    answer = await house.client.post(f"{BASE}/overrides", json=twice, headers=officer(PROVINCE, *OPERATOR))
    assert answer.status_code == 422


async def test_every_open_case_is_counted_again_and_says_what_moved_it(house: House) -> None:
    ids = [await house.opened(filed("2027-01-27", petition_id=petition(number))) for number in range(1, 6)]
    untouched = await house.opened(filed("2026-03-02", petition_id=petition(9)))
    await enter(house, TET)
    progress = (await house.client.get(f"{BASE}/recompute", headers=officer(PROVINCE, *OPERATOR))).json()
    assert progress == {"revision": 1, "done": 1, "total": 6, "is_done": False}, (
        "one ended before the first changed day"
    )
    await recounted(house)
    progress = (await house.client.get(f"{BASE}/recompute", headers=officer(PROVINCE, *OPERATOR))).json()
    assert progress == {"revision": 1, "done": 6, "total": 6, "is_done": True}
    for case_id in ids:
        moves = [fact for fact in await house.said(case_id) if isinstance(fact, DeadlineMoved)]
        assert {fact.clock.clock for fact in moves} == {"K2", "R1", "X1"}
        assert {cause.document for fact in moves for cause in fact.because} == {"5511/TB-BNV"}
        seen = (await house.get(f"/{case_id}", officer(KIM_LIEN))).json()
        assert seen["due_on"] == "2027-02-15"
    assert not [fact for fact in await house.said(untouched) if isinstance(fact, DeadlineMoved)]


async def test_a_recount_that_is_done_writes_nothing_more(house: House) -> None:
    case_id = await house.opened(filed("2027-01-27"))
    await enter(house, TET)
    await recounted(house)
    before = await house.ledger.read(CASES.name, str(case_id))
    assert await house.recount.step() is False
    assert await house.ledger.read(CASES.name, str(case_id)) == before


async def test_a_case_that_is_acted_on_before_the_recount_is_counted_first(house: House) -> None:
    case_id = await house.opened(filed("2027-01-27"))
    await enter(house, TET)
    await house.post(case_id, "accept", officer(KIM_LIEN), document_number="1/TB-UBND")
    kinds = [type(fact).__name__ for fact in await house.said(case_id)]
    assert kinds.index("DeadlineMoved") < kinds.index("CaseAccepted")
    await recounted(house)
    assert [type(fact).__name__ for fact in await house.said(case_id)] == kinds, "once"


async def test_a_case_that_is_opened_afterwards_is_counted_with_the_new_calendar_from_the_start(house: House) -> None:
    await enter(house, TET)
    await house.recount.step()
    case_id = await house.opened(filed("2027-01-27"))
    [k2] = [one for one in (await house.cases.get(case_id)).state.clocks if one.id == "K2"]
    assert (k2.reading.rolled_due.isoformat(), k2.calendar_revision) == ("2027-02-15", 1)


async def test_after_a_crash_in_the_middle_it_goes_on_with_what_is_left(tmp_path: Path) -> None:
    count = 7
    async with running(tmp_path, on="2027-01-28", **quiet(recount_page=3)) as house:
        ids = [await house.opened(filed("2027-01-27", petition_id=petition(number))) for number in range(count)]
        await enter(house, TET)
        assert await house.recount.step()
        assert (await house.recount.progress()).done == 3
    async with running(tmp_path, on="2027-01-28", **quiet(recount_page=3)) as house:
        await recounted(house)
        progress = await house.recount.progress()
        assert (progress.revision, progress.done, progress.total) == (1, count, count)
        for case_id in ids:
            moves = [fact.clock.clock for fact in await house.said(case_id) if isinstance(fact, DeadlineMoved)]
            assert sorted(moves) == ["K2", "R1", "X1"], "each date once, whoever said it"


async def test_a_second_replica_learns_the_plan_from_the_ledger_and_both_count_each_case_once(house: House) -> None:
    ids = [await house.opened(filed("2027-01-27", petition_id=petition(number))) for number in range(12)]
    other = house.another()
    await enter(house, TET)
    assert other.law.now.calendar.revision == 0
    await asyncio.gather(house.recount.step(), other.recount.step())
    await recounted(house)
    assert other.law.now.calendar.revision == 1
    for case_id in ids:
        moves = [fact.clock.clock for fact in await house.said(case_id) if isinstance(fact, DeadlineMoved)]
        assert sorted(moves) == ["K2", "R1", "X1"]


async def test_what_if_is_a_table_of_what_the_caller_may_see_and_writes_nothing(house: House) -> None:
    seen = await house.opened(filed("2027-01-27"))
    await house.opened(filed("2027-01-27", petition_id=petition(2), received_by=DO_LUONG, respondent_unit=DO_LUONG))
    secret = await house.opened(denounced("2027-01-27", petition_id=petition(3), received_by=KIM_LIEN))
    before = [await house.ledger.read(CASES.name, str(one)) for one in (seen, secret)]
    body = {"plans": [TET.model_dump(mode="json")]}
    told = (await house.client.post(f"{BASE}/what-if", json=body, headers=officer(KIM_LIEN))).json()
    assert (told["looked_at"], told["hidden_case_count"], told["next"]) == (3, 2, None)
    rows = {row["clock"]: row for row in told["rows"]}
    assert {row["case_id"] for row in told["rows"]} == {str(seen)}
    assert (rows["K2"]["old_due"], rows["K2"]["new_due"]) == ("2027-02-12", "2027-02-15")
    assert {one["document"] for one in rows["K2"]["because"]} == {"5511/TB-BNV"}
    assert [await house.ledger.read(CASES.name, str(one)) for one in (seen, secret)] == before
    assert await spoken(house) == []
    assert house.law.now.calendar.revision == 0


async def test_what_if_never_lists_to_the_accused_and_only_counts_for_an_operator(house: House) -> None:
    await house.opened(denounced("2027-01-27", received_by=OFFICE, respondent_unit=KIM_LIEN))
    body = {"plans": [TET.model_dump(mode="json")]}
    for who in (officer(KIM_LIEN), officer(PROVINCE, *OPERATOR)):
        told = (await house.client.post(f"{BASE}/what-if", json=body, headers=who)).json()
        assert (told["rows"], told["hidden_case_count"]) == ([], 1)
    told = (await house.client.post(f"{BASE}/what-if", json=body, headers=officer(PROVINCE))).json()
    assert told["rows"]


async def test_what_if_equals_what_then_happens(house: House) -> None:
    ids = [await house.opened(filed(f"2027-01-{18 + number}", petition_id=petition(number))) for number in range(9)]
    body = {"plans": [TET.model_dump(mode="json")]}
    told: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        query = f"?limit=4&after={after}" if after else "?limit=4"
        page = (await house.client.post(f"{BASE}/what-if{query}", json=body, headers=officer(PROVINCE))).json()
        told, after = [*told, *page["rows"]], page["next"]
    await enter(house, TET)
    await recounted(house)
    said = {
        (str(fact.case_id), fact.clock.clock, fact.was.rolled_due.isoformat(), fact.clock.rolled_due.isoformat())
        for case_id in ids
        for fact in await house.said(case_id)
        if isinstance(fact, DeadlineMoved)
    }
    assert {(row["case_id"], row["clock"], row["old_due"], row["new_due"]) for row in told} == said
    assert said


async def test_what_if_gives_the_table_for_a_spreadsheet(house: House) -> None:
    case_id = await house.opened(filed("2027-01-27"))
    body = {"plans": [TET.model_dump(mode="json")]}
    answer = await house.client.post(f"{BASE}/what-if?format=csv", json=body, headers=officer(KIM_LIEN))
    assert answer.headers["content-type"].startswith("text/csv")
    [k2] = [row for row in csv.DictReader(io.StringIO(answer.text)) if row["clock"] == "K2"]
    assert (k2["case_id"], k2["old_due"], k2["new_due"]) == (str(case_id), "2027-02-12", "2027-02-15")
    assert k2["moved_by"].startswith("2027-02-03 nghỉ (5511/TB-BNV); ")


async def test_a_case_of_before_plans_were_known_is_counted_too(house: House) -> None:
    """A ledger filled by an older version of this service has no such key in its cases."""
    case_id = await house.opened(filed("2027-01-27"))
    await house.without_revision(case_id)
    await enter(house, TET)
    await recounted(house)
    assert [fact for fact in await house.said(case_id) if isinstance(fact, DeadlineMoved)]
    assert (await house.recount.progress()).is_done


async def test_a_case_that_cannot_be_counted_does_not_hold_up_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = [await house.opened(filed("2027-01-27", petition_id=petition(number))) for number in (1, 2)]
    stuck, fine = sorted(opened, key=str)
    await enter(house, TET)
    present = house.cases.present

    def failing(case: Any) -> Any:
        if case.case_id == stuck:
            raise RuntimeError("a bug")
        return present(case)

    monkeypatch.setattr(house.cases, "present", failing)
    recount = Recount(house.cases, house.calendars, house.law, page=1)
    for _ in range(5):
        await recount.step()
    monkeypatch.undo()
    assert [fact for fact in await house.said(fine) if isinstance(fact, DeadlineMoved)]
    assert not [fact for fact in await house.said(stuck) if isinstance(fact, DeadlineMoved)]
    assert (await recount.progress()).is_done is False, "and it shows"


async def test_a_plan_for_days_that_no_open_clock_reaches_touches_no_case(house: House) -> None:
    case_id = await house.opened(filed("2027-01-27"))
    before = await house.ledger.read(CASES.name, str(case_id))
    await enter(house, plan(off("2027-09-03"), document="7/TB-BNV"))
    await house.recount.refresh()
    progress = await house.recount.progress()
    await recounted(house)
    assert (progress.revision, progress.done, progress.total) == (1, 1, 1)
    assert await house.ledger.read(CASES.name, str(case_id)) == before
    await enter(house, plan(off("2027-02-03"), document="8/TB-BNV", effective="2026-09-02"))
    await recounted(house)
    [k2] = [one for one in (await house.cases.get(case_id)).state.clocks if one.id == "K2"]
    assert (k2.reading.rolled_due.isoformat(), k2.calendar_revision) == ("2027-02-15", 2)


async def test_a_switch_may_touch_any_case_and_a_plan_that_only_confirms_the_estimate_touches_none(
    house: House,
) -> None:
    await house.opened(filed("2027-01-27"))
    await enter(house, plan(off("2027-02-08"), document="6/TB-BNV"))
    await house.recount.refresh()
    assert (await house.recount.progress()).is_done, "the estimate is confirmed: no day changed"
    await enter(house, switched(is_on=False))
    await house.recount.refresh()
    assert not (await house.recount.progress()).is_done
    await recounted(house)
    assert (await house.recount.progress()).is_done
