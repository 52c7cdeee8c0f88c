"""Who stands in for another body neither lists nor reads nor acts on what accuses his own unit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.facts.routing import CaseOpened
from contracts.vocabulary import RespondentPost
from services.chassis.ledger.port import Change
from services.routing.store import CASES
from tests.routing.given import KIM_LIEN, OFFICE, PROVINCE, SO_XD, denounced, filed, petition
from tests.routing.house import House, officer, running

CHANCELLERY = "vp-40"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running(tmp_path) as made:
        yield made


@pytest.mark.parametrize("post", [RespondentPost.HEAD, RespondentPost.DEPUTY_HEAD, None])
@pytest.mark.parametrize("accused", [OFFICE, CHANCELLERY])
@pytest.mark.parametrize("received_by", [OFFICE, SO_XD])
async def test_the_reception_board_sees_nothing_that_accuses_it_or_the_office_it_belongs_to(
    house: House, accused: str, received_by: str, post: RespondentPost | None
) -> None:
    case_id = await house.opened(denounced(received_by=received_by, respondent_unit=accused, respondent_post=post))
    other = await house.opened(filed(petition_id=petition(2), received_by=OFFICE))
    for unit in (OFFICE, CHANCELLERY):
        assert (await house.get(f"/{case_id}", officer(unit))).status_code == 404
        assert (await house.get(f"/{case_id}/explanation", officer(unit))).status_code == 404
        assert (await house.post(case_id, "accept", officer(unit))).status_code == 404
    listed = [case["case_id"] for case in (await house.get("", officer(OFFICE))).json()]
    assert listed == [str(other)]
    shown = [case["case_id"] for case in (await house.get("", officer(PROVINCE))).json()]
    assert sorted(shown) == sorted([str(case_id), str(other)]), "the chairman, who settles it, has it"
    assert (await house.get(f"/{case_id}", officer(PROVINCE))).json()["competent_authority"] == PROVINCE


async def test_a_page_is_filled_with_what_may_be_seen(house: House) -> None:
    """What is kept away is no gap in a page: the ledger itself leaves it out."""
    for number in range(1, 9):
        accused = OFFICE if number % 2 else KIM_LIEN
        await house.opened(denounced(petition_id=petition(number), received_by=OFFICE, respondent_unit=accused))
    page = (await house.get("?limit=3", officer(OFFICE))).json()
    assert len(page) == 3
    rest = (await house.get(f"?limit=3&after={page[-1]['case_id']}", officer(OFFICE))).json()
    assert len(rest) == 1


@pytest.mark.parametrize(("order", "body"), [("transfer", {"to": OFFICE}), ("guide", {"to": OFFICE})])
async def test_no_order_sends_it_to_the_accused_board_for_the_body_that_the_board_acts_for(
    house: House, order: str, body: dict[str, str]
) -> None:
    accusing = denounced(received_by=SO_XD, respondent_unit=OFFICE)
    case_id = await house.opened(accusing)
    said = await house.said(case_id)
    answer = await house.post(case_id, order, officer(SO_XD), **body)
    assert answer.status_code == 409
    assert await house.said(case_id) == said
    assert isinstance(said[0], CaseOpened)


async def test_a_case_of_before_the_wall_had_its_key_is_in_no_list_until_it_is_kept_again(house: House) -> None:
    case_id = await house.opened(filed())
    document = await house.ledger.read(CASES.name, str(case_id))
    assert document is not None
    keys = {name: value for name, value in document.keys.items() if name != "accused"}
    await house.ledger.update(CASES.name, document.id, document.version, Change(state=document.state, keys=keys))
    assert (await house.get("", officer(KIM_LIEN))).json() == []
    while await house.recount.step():
        pass
    [case] = (await house.get("", officer(KIM_LIEN))).json()
    assert case["case_id"] == str(case_id)
