"""Routing's doors, its ear and its timers on a real ledger: the real app, tokens and all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from contracts.errors import BadInput, NotFound
from contracts.facts.public import PublicCaseFact, PublicCaseOpened
from contracts.facts.routing import CaseAccepted, CaseEscalated, CaseOpened, DeadlineMissed
from contracts.ids import case_of
from contracts.vocabulary import Channel, ComplexityTest, MatterField, PetitionKind, Role
from services.routing.app import make_app
from services.routing.settings import RoutingSettings
from tests.routing.given import (
    KIM_LIEN,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_XD,
    denounced,
    filed,
    noon,
    petition,
    supplemented,
    withdrawn,
)
from tests.routing.house import House, officer, running

COMMUNE = officer(KIM_LIEN)
PROVINCIAL = officer(PROVINCE)
AT_THE_OFFICE = officer(OFFICE)
ELSEWHERE = officer(QUY_HOP)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running(tmp_path) as made:
        yield made


async def test_one_petition_opens_one_case_however_often_it_is_heard(house: House) -> None:
    heard = await house.hear(filed())
    await asyncio.gather(*(house.again(heard) for _ in range(5)))
    said = await house.said(case_of(petition()))
    assert [type(fact) for fact in said] == [CaseOpened, PublicCaseOpened]
    answer = await house.get("", COMMUNE)
    assert [case["case_id"] for case in answer.json()] == [str(case_of(petition()))]


async def test_a_case_can_be_read_with_its_clocks_in_vietnamese(house: House) -> None:
    case_id = await house.opened(filed())
    answer = await house.get(f"/{case_id}", COMMUNE)
    case = answer.json()
    assert answer.status_code == 200
    assert (case["outcome"], case["held_by_name"], case["status_label"]) == (
        "accept_propose",
        "Xã Kim Liên",
        "chờ xử lý",
    )
    assert case["due_on"] == "2026-09-16"
    assert answer.headers["etag"] == '"1"'
    assert "Điều 26(1)(a) Luật Tiếp công dân (42/2013/QH13)" in case["articles"]


async def test_the_explanation_shows_rules_clocks_and_skipped_days(house: House) -> None:
    case_id = await house.opened(filed("2026-08-27"))
    told = (await house.get(f"/{case_id}/explanation", COMMUNE)).json()
    assert told["tried"][-1]["rule"] == "R01"
    assert told["tried"][-1]["fits"] is True
    k2 = next(clock["told"] for clock in told["clocks"] if clock["told"]["reading"]["clock"] == "K2")
    assert k2["reading"]["rolled_due"] == "2026-09-10"
    assert "Quốc khánh" in [off["name"] for off in k2["skipped"]]
    assert {"action": "accept", "label": "thụ lý"} in told["next_actions"]


async def test_acceptance_is_durable_with_its_fact_and_public_twin(house: House) -> None:
    case_id = await house.opened(filed())
    answer = await house.post(case_id, "accept", COMMUNE)
    assert answer.status_code == 200
    assert answer.json()["status"] == "accepted"
    said = await house.said(case_id)
    assert isinstance(said[2], CaseAccepted)
    assert [envelope.sequence for envelope in await house.envelopes(case_id)] == [1, 1, 2, 2]
    public = [fact for fact in said if isinstance(fact, PublicCaseFact)]
    assert {fact.public_id for fact in public} == {public[0].public_id}
    assert str(case_id) not in "".join(fact.model_dump_json() for fact in public)


async def test_of_two_officers_at_once_one_wins_and_the_other_gets_409(house: House) -> None:
    case_id = await house.opened(filed())
    answers = await asyncio.gather(*(house.post(case_id, "accept", COMMUNE) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert refused["code"] in {"illegal_transition", "changed_meanwhile"}
    assert len(await house.said(case_id)) == 4


async def test_an_order_on_what_somebody_else_has_changed_gets_409(house: House) -> None:
    case_id = await house.opened(filed())
    stale = COMMUNE | {"If-Match": '"1"'}
    assert (await house.post(case_id, "accept", stale)).status_code == 200
    answer = await house.post(case_id, "extend", stale, tests=[ComplexityTest.MANY_PEOPLE], document_number="1/QĐ-UBND")
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    fresh = COMMUNE | {"If-Match": '"2"'}
    again = await house.post(case_id, "extend", fresh, tests=[ComplexityTest.MANY_PEOPLE], document_number="1/QĐ-UBND")
    assert again.status_code == 200


async def test_what_the_table_does_not_know_is_refused_in_vietnamese(house: House) -> None:
    case_id = await house.opened(filed())
    answer = await house.post(case_id, "resume", COMMUNE, document_number="1/QĐ-UBND")
    assert answer.status_code == 409
    assert answer.json()["code"] == "illegal_transition"
    assert "không thể" in answer.json()["detail"]


async def test_an_unknown_field_a_bad_number_and_an_empty_list_are_422(house: House) -> None:
    case_id = await house.opened(filed())
    assert (await house.post(case_id, "accept", COMMUNE, is_remot=True)).status_code == 422
    assert (await house.post(case_id, "resume", COMMUNE, document_number="số 1; drop")).status_code == 422
    assert (await house.post(case_id, "extend", COMMUNE, tests=[], document_number="1/QĐ")).status_code == 422
    assert (await house.post(case_id, "transfer", COMMUNE, to="KIM LIEN")).status_code == 422
    assert (await house.get("/not-a-case", COMMUNE)).status_code == 422


async def test_functions_and_tokens_are_checked(house: House) -> None:
    case_id = await house.opened(filed())
    assert (await house.post(case_id, "accept", officer(KIM_LIEN, Role.PETITION_OFFICER))).status_code == 403
    assert (await house.get(f"/{case_id}", officer(None, Role.CITIZEN))).status_code == 403
    assert (await house.client.get(f"/v1/cases/{case_id}")).status_code == 401


async def test_what_is_not_there_and_what_is_not_yours_look_the_same(house: House) -> None:
    case_id = await house.opened(filed())
    not_yours = await house.get(f"/{case_id}", ELSEWHERE)
    not_there = await house.get(f"/{petition(99)}", ELSEWHERE)
    assert not_yours.status_code == not_there.status_code == 404
    assert not_yours.json()["code"] == not_there.json()["code"]
    assert (await house.post(case_id, "accept", ELSEWHERE)).status_code == 404
    assert (await house.get("", ELSEWHERE)).json() == []


async def test_the_province_and_its_reception_office_see_what_its_communes_hold(house: House) -> None:
    case_id = await house.opened(filed())
    for who in (PROVINCIAL, AT_THE_OFFICE):
        assert [case["case_id"] for case in (await house.get("", who)).json()] == [str(case_id)]
        refused = await house.post(case_id, "accept", who)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_competent")


async def test_a_denounced_head_never_finds_the_case(house: House) -> None:
    case_id = await house.opened(denounced("2026-09-07", channel=Channel.COUNTER))
    for path in ("", f"/{case_id}", f"/{case_id}/explanation"):
        answer = await house.get(path, COMMUNE)
        assert answer.json() == [] if path == "" else answer.status_code == 404
    seen = (await house.get(f"/{case_id}", PROVINCIAL)).json()
    assert seen["held_by"] == PROVINCE
    assert seen["public_id"] is None
    assert len(await house.said(case_id)) == 1


async def test_a_denounced_chairman_of_the_province_does_not_find_it_in_his_communes_lists(house: House) -> None:
    case_id = await house.opened(denounced("2026-09-07", respondent_unit=PROVINCE, received_by=KIM_LIEN))
    assert (await house.get("", PROVINCIAL)).json() == []
    assert (await house.get("", AT_THE_OFFICE)).json() == []
    assert (await house.get(f"/{case_id}", AT_THE_OFFICE)).status_code == 404
    assert [case["case_id"] for case in (await house.get("", COMMUNE)).json()] == [str(case_id)]


async def test_c03_over_http_the_bypass_level_complaint_is_guided(house: House) -> None:
    case_id = await house.opened(filed(received_by=OFFICE, respondent_unit=QUY_HOP, matter_unit=QUY_HOP))
    refused = await house.post(case_id, "transfer", AT_THE_OFFICE, to=QUY_HOP)
    assert (refused.status_code, refused.json()["code"]) == (409, "must_guide")
    guided = await house.post(case_id, "guide", AT_THE_OFFICE)
    assert (guided.status_code, guided.json()["guided_to"]) == (200, QUY_HOP)
    wordless = await house.post(case_id, "close", AT_THE_OFFICE, ground="guided")
    assert (wordless.status_code, wordless.json()["code"]) == (409, "no_document")
    closed = await house.post(case_id, "close", AT_THE_OFFICE, ground="guided", document_number="3/HD-BTCD")
    assert closed.json()["status"] == "closed"


async def test_a_transferred_recommendation_is_the_new_holders(house: House) -> None:
    case_id = await house.opened(
        filed(
            kind=PetitionKind.FEEDBACK,
            matter_field=MatterField.TRANSPORT,
            respondent_unit=SO_XD,
            respondent_post=None,
        )
    )
    moved = await house.post(case_id, "transfer", COMMUNE, to=SO_XD)
    assert (moved.status_code, moved.json()["held_by"]) == (200, SO_XD)
    accepted = await house.post(case_id, "accept", officer(SO_XD))
    assert accepted.json()["status"] == "accepted"
    assert (await house.get(f"/{case_id}", COMMUNE)).status_code == 200, "who transferred it may follow it"
    assert (await house.get("", COMMUNE)).json() == []


async def test_lists_are_narrowed_by_status_kind_and_due_day_and_paged(house: House) -> None:
    for number in range(1, 6):
        await house.opened(filed(f"2026-09-{number:02d}", petition_id=petition(number)))
    accepted = case_of(petition(1))
    await house.post(accepted, "accept", COMMUNE)
    by_status = (await house.get("?status=accepted", COMMUNE)).json()
    assert [case["case_id"] for case in by_status] == [str(accepted)]
    due = (await house.get("?due_by=2026-09-14", COMMUNE)).json()
    assert {case["received_on"] for case in due} == {"2026-09-02", "2026-09-03"}
    first = (await house.get("?limit=3", COMMUNE)).json()
    rest = (await house.get(f"?limit=3&after={first[-1]['case_id']}", COMMUNE)).json()
    assert len({case["case_id"] for case in [*first, *rest]}) == 5
    assert (await house.get("?kind=denunciation", COMMUNE)).json() == []


async def test_supplements_and_withdrawals_have_their_effect_once(house: House) -> None:
    case_id = await house.opened(filed(is_signed=False))
    asked = await house.post(case_id, "request-supplement", COMMUNE)
    assert asked.json()["status"] == "awaiting_supplement"
    heard = await house.hear(supplemented("2026-09-08", is_signed=True))
    await house.again(heard)
    assert (await house.get(f"/{case_id}", COMMUNE)).json()["status"] == "open"
    heard = await house.hear(withdrawn("2026-09-09"))
    before = await house.said(case_id)
    await house.again(heard)
    assert await house.said(case_id) == before
    assert (await house.get(f"/{case_id}", COMMUNE)).json()["status"] == "closed"


async def test_a_supplement_to_an_unknown_petition_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        await house.hear(supplemented("2026-09-08"))


async def test_time_brings_the_missed_clock_and_the_escalation_once_also_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        case_id = await house.opened(filed(signer_count=12, has_representatives=True))
        house.clock.advance(days=10)
        await house.tick_all()
        said = await house.said(case_id)
        assert [fact.clock.clock for fact in said if isinstance(fact, DeadlineMissed)] == ["K2"]
        assert [fact.to_unit for fact in said if isinstance(fact, CaseEscalated)] == [PROVINCE]
        assert await house.tick_all() == 1
    async with running(tmp_path, "2026-09-17") as house:
        await house.tick_all()
        assert await house.said(case_id) == said
        house.clock.moment = noon("2026-09-22")
        await house.tick_all()
        missed = [fact.clock.clock for fact in await house.said(case_id) if isinstance(fact, DeadlineMissed)]
        assert sorted(missed) == ["K2", "R1", "X1"]


async def test_more_than_two_thousand_cases_of_one_day_are_all_told_once(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        cases = await asyncio.gather(*(house.opened(filed(petition_id=petition(number))) for number in range(2_050)))
        house.clock.moment = noon("2026-09-17")
        assert await house.tick_all() == 11, "ten full pages of 200 and the rest"
        for case_id in cases:
            missed = [fact for fact in await house.said(case_id) if isinstance(fact, DeadlineMissed)]
            assert len(missed) == 1
        assert await house.tick_all() == 1


async def test_a_case_that_cannot_be_ticked_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async with running(tmp_path, timer_page=1) as house:
        cases = [await house.opened(filed(petition_id=petition(number))) for number in range(4)]
        broken, *others = sorted(cases, key=str)
        stored = await house.cases.get(broken)
        clock = stored.state.clocks[0]
        lost = clock.model_copy(update={"reading": clock.reading.model_copy(update={"clock": "K99"})})
        await house.cases.tell_time(stored, stored.state.model_copy(update={"clocks": (lost,)}), [])
        house.clock.moment = noon("2026-09-17")
        await house.tick_all()
        for case_id in others:
            assert [fact for fact in await house.said(case_id) if isinstance(fact, DeadlineMissed)]
        assert not [fact for fact in await house.said(broken) if isinstance(fact, DeadlineMissed)]


async def test_a_weak_secret_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="weak_secret"):
        make_app(RoutingSettings(data_folder=tmp_path, routing_public_id_secret=SecretStr("short")))


async def test_e15_a_duplicate_is_linked_over_http_shown_at_the_leading_case_and_taken_off_again(house: House) -> None:
    leading = await house.opened(filed())
    copy = await house.opened(filed("2026-09-08", petition_id=petition(2)))
    linked = await house.post(copy, "link-duplicate", COMMUNE, to_case=str(leading))
    assert (linked.status_code, linked.json()["status"]) == (200, "linked")
    shown = (await house.get(f"/{leading}", COMMUNE)).json()
    assert (shown["petition_count"], shown["linked_here"][0]["case_id"]) == (2, str(copy))
    again = await house.post(copy, "link-duplicate", COMMUNE, to_case=str(leading))
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")
    assert (await house.post(copy, "unlink", COMMUNE)).json()["status"] == "open"
    assert (await house.get(f"/{leading}", COMMUNE)).json()["petition_count"] == 1


async def test_a_case_is_linked_only_to_one_that_the_caller_may_see(house: House) -> None:
    elsewhere = await house.opened(filed(petition_id=petition(2), received_by=QUY_HOP, respondent_unit=QUY_HOP))
    copy = await house.opened(filed())
    unseen = await house.post(copy, "link-duplicate", COMMUNE, to_case=str(elsewhere))
    assert (unseen.status_code, unseen.json()["code"]) == (404, "no_case")


async def test_who_asks_for_protection_has_no_public_side_whatever_the_kind(house: House) -> None:
    hidden = await house.opened(filed(asks_identity_protection=True))
    shown = await house.opened(filed(petition_id=petition(2)))
    for case_id in (hidden, shown):
        accepted = await house.post(case_id, "accept", COMMUNE, request_count=1)
        assert accepted.status_code == 200
        assert (accepted.json()["public_id"] is None) is (case_id == hidden)
    assert [fact for fact in await house.said(hidden) if isinstance(fact, PublicCaseFact)] == []
    assert [fact for fact in await house.said(shown) if isinstance(fact, PublicCaseFact)]
