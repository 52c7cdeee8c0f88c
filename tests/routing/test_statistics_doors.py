"""Statistics as the service gives them: who reads which figures, what is behind them; nobody sees more by it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest

from contracts.facts.envelope import Envelope
from contracts.ids import CaseId, case_of
from contracts.law.statistics import official_forms
from contracts.streams import CASES
from contracts.vocabulary import Channel, PetitionKind, Role
from services.chassis.ledger.port import Said
from services.routing.domain.statistics.record import CaseRecord
from services.routing.rebuild_command import rebuild_all
from services.routing.records import folded
from services.routing.store import CASES as CASE_COLLECTION
from tests.routing.counted import session_facts
from tests.routing.given import DO_LUONG, KIM_LIEN, OFFICE, PROVINCE, QUY_HOP, SO_XD, denounced, filed, noon, petition
from tests.routing.house import House, officer, running

QUARTER: Final = {"period": "2026-Q3"}
"""15/6 to 14/9/2026."""
ACCUSED: Final = case_of(petition(3))
"""A denunciation of the head of Kim Liên, handed in at the counter of Kim Liên itself."""
ASKERS: Final = (PROVINCE, KIM_LIEN)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Seven petitions of September, some acted on, one heard by the head; routing has heard what it said of them."""
    async with running(tmp_path, on="2026-09-07") as house:
        one = await house.opened(filed("2026-09-07"))
        guided = await house.opened(filed("2026-09-07", petition_id=petition(2), respondent_unit=QUY_HOP))
        await house.opened(denounced("2026-09-07", petition_id=petition(3), channel=Channel.COUNTER))
        await house.opened(
            denounced("2026-09-07", petition_id=petition(4), received_by=OFFICE, respondent_unit=DO_LUONG)
        )
        sent_on = await house.opened(denounced("2026-09-07", petition_id=petition(5), respondent_unit=QUY_HOP))
        await house.opened(filed("2026-09-07", petition_id=petition(6), signer_count=7, has_representatives=True))
        wish = filed("2026-09-07", petition_id=petition(7), kind=PetitionKind.RECOMMENDATION, respondent_unit=SO_XD)
        await house.opened(wish)
        await must(house.post(one, "accept", officer(KIM_LIEN), document_number="1/TB-UBND"))
        await must(house.post(guided, "guide", officer(KIM_LIEN), document_number="2/HD-UBND"))
        await must(house.post(sent_on, "transfer", officer(KIM_LIEN), to=PROVINCE, document_number="3/PC-UBND"))
        for fact in session_facts(1, "2026-09-10", [(one, petition()), (guided, petition(2))], by=KIM_LIEN):
            await house.hear(fact)
        house.clock.moment = noon("2026-09-15")
        await house.hear_itself()
        yield house


async def must(asked: Any) -> httpx.Response:
    answer: httpx.Response = await asked
    assert answer.status_code == 200, answer.text
    return answer


async def table(house: House, form: str, who: str, **asked: Any) -> dict[str, Any]:
    answer = await must(house.client.get(f"/v1/statistics/{form}", params={**QUARTER, **asked}, headers=officer(who)))
    return dict(answer.json())


async def behind(house: House, form: str, column: int, who: str, **asked: Any) -> list[dict[str, Any]]:
    """Every entry, page by page."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        params = {**QUARTER, **asked, **after, "column": column, "limit": 2}
        answer = await must(house.client.get(f"/v1/statistics/{form}/cases", params=params, headers=officer(who)))
        page = answer.json()
        assert len(page["entries"]) <= 2
        found += page["entries"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


def figures(made: dict[str, Any]) -> dict[int, int]:
    return {int(number): figure for number, figure in made["total"]["figures"].items() if figure}


async def test_a_form_is_given_for_any_unit_and_period_with_its_columns_lines_and_source(house: House) -> None:
    made = await table(house, "01-xld", PROVINCE)
    assert (made["form"], made["period"]) == ("01/XLD", "Quý III năm 2026 (từ 15/06/2026 đến 14/09/2026)")
    assert made["is_over"] is True
    assert [column["number"] for column in made["columns"]] == list(range(1, 28))
    assert figures(made) == {
        1: 8,
        5: 1,
        6: 7,
        8: 3,
        9: 3,
        10: 3,
        11: 2,
        12: 1,
        17: 3,
        18: 1,
        19: 1,
        22: 2,
        23: 1,
        24: 1,
    }
    of_commune = await table(house, "01-xld", PROVINCE, unit=KIM_LIEN)
    lines = {line["unit"]: line["figures"] for line in made["lines"]}
    assert of_commune["total"]["figures"] == lines[KIM_LIEN]
    assert len(made["lines"]) > 140, "every unit has its line"
    assert made["source"]["case_count"] == 7
    assert made["source"]["fact_count"] == 7 + 3 + 2


async def test_any_days_may_be_asked_and_the_same_days_give_the_same_table_when_cases_went_on(house: House) -> None:
    days = {"from": "2026-09-01", "to": "2026-09-20", "period": None}
    asked = {name: value for name, value in days.items() if value}
    before = await must(house.client.get("/v1/statistics/02-xld", params=asked, headers=officer(PROVINCE)))
    house.clock.moment = noon("2026-09-21")
    await must(
        house.post(
            case_of(petition()),
            "settle",
            officer(KIM_LIEN),
            result="right",
            document_number="9/QĐ-UBND",
            legal_grounds=["LKN 31"],
            answers=[{"request": 1, "answer": "granted"}],
            request_count=1,
            effects={"returned_vnd": 3_000_000},
        )
    )
    await house.hear_itself()
    after = await must(house.client.get("/v1/statistics/02-xld", params=asked, headers=officer(PROVINCE)))
    assert {**after.json(), "is_over": False} == before.json()
    settled = await table(house, "01-kqgq", PROVINCE, period="2026-Q4")
    assert figures(settled) == {1: 1, 2: 1, 5: 1, 8: 3_000_000, 14: 1, 19: 1}


async def test_what_a_settlement_brings_in_is_numbers_and_nothing_else(house: House) -> None:
    answer = await house.post(
        case_of(petition()),
        "settle",
        officer(KIM_LIEN),
        result="right",
        document_number="9/QĐ-UBND",
        legal_grounds=["LKN 31"],
        answers=[{"request": 1, "answer": "granted"}],
        request_count=1,
        effects={"people_to_sanction": 1, "who": "Nguyễn Văn Thử"},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("who", ASKERS)
async def test_behind_every_figure_are_as_many_as_it_says_and_none_that_the_asker_may_not_see(
    house: House, who: str
) -> None:
    seen: set[str] = set()
    for form in official_forms().values():
        made = await table(house, form.id, who)
        for column in form.columns:
            entries = await behind(house, form.id, column.number, who)
            figure = made["total"]["figures"][str(column.number)] or 0
            assert sum(entry["adds"] or 0 for entry in entries) == figure, (form.id, column.number)
            seen |= {entry["case_id"] for entry in entries if entry["case_id"]}
    assert seen
    assert (str(ACCUSED) in seen) is (who == PROVINCE)
    for case_id in seen:
        assert (await house.get(f"/{case_id}", officer(who))).status_code == 200


async def test_who_gave_a_petition_back_counts_it_and_finds_it_behind_the_figure(house: House) -> None:
    wish = case_of(petition(7))
    await must(house.post(wish, "transfer", officer(KIM_LIEN), to=SO_XD, document_number="4/PC-UBND"))
    await must(house.post(wish, "refuse-competence", officer(SO_XD), ground="other_field", document_number="5/CV-SXD"))
    await house.hear_itself()
    asked = {"period": "2026-Q4"}
    assert figures(await table(house, "04-xld", SO_XD, **asked))[23] == 1
    for who in (SO_XD, PROVINCE):
        (entry,) = await behind(house, "04-xld", 23, who, **asked)
        assert entry["case_id"] == str(wish)


async def test_figures_tell_the_accused_nothing_of_the_denunciation_handed_in_at_its_own_counter(house: House) -> None:
    own = await table(house, "01-tcd", KIM_LIEN)
    above = await table(house, "01-tcd", PROVINCE, unit=KIM_LIEN)
    assert figures(above)[4] == figures(own)[4] + 1
    assert (await table(house, "03-xld", KIM_LIEN))["source"]["case_count"] == 6 - 1
    assert any("bảo vệ" in note for note in own["notes"])
    assert own["notes"] == above["notes"], "whether something was left out is not told"


async def test_the_address_beside_each_line_leads_to_its_cases(house: House) -> None:
    made = await table(house, "01-xld", PROVINCE)
    for line in (*(line for line in made["lines"] if line["figures"]["1"]), made["total"]):
        answer = await must(house.client.get(f"{line['cases']}1&limit=200", headers=officer(PROVINCE)))
        assert len(answer.json()["entries"]) == line["figures"]["1"], line["name"]


async def test_a_session_stands_behind_the_number_of_sessions_and_its_cases_behind_the_receptions(house: House) -> None:
    (entry,) = await behind(house, "01-tcd", 12, KIM_LIEN)
    assert (entry["case_id"], entry["adds"]) == (None, 1)
    heard = await behind(house, "01-tcd", 13, KIM_LIEN)
    assert {one["case_id"] for one in heard} == {str(case_of(petition(number))) for number in (1, 2)}
    assert {one["session_id"] for one in heard} == {entry["session_id"]}


REFUSED: Final = {
    "/v1/statistics/01-xld?period=2026-Q3&unit=xa-17035": (404, "no_unit"),
    "/v1/statistics/01-xld?period=2026-Q3&unit=tinh-40": (404, "no_unit"),
    "/v1/statistics/01-xld?period=2026-Q3&unit=xa-99999": (404, "no_unit"),
    "/v1/statistics/01-xld/cases?period=2026-Q3&unit=tinh-40&column=1": (404, "no_unit"),
    "/v1/statistics/01-xld.xlsx?period=2026-Q3&unit=tinh-40": (404, "no_unit"),
    "/v1/statistics/02-tcd/cases?period=2026-Q3&column=15": (404, "no_column"),
    "/v1/statistics/04-tcd?period=2026-Q3": (404, "no_form"),
    "/v1/statistics/01-xld": (422, "wrong_period"),
    "/v1/statistics/01-xld?from=2026-09-02&to=2026-09-01": (422, "wrong_period"),
    "/v1/statistics/01-xld?from=2026-09-02": (422, "wrong_period"),
    "/v1/statistics/01-xld?period=2026-Q3&from=2026-09-02": (422, "wrong_period"),
    "/v1/statistics/01-xld?period=2026-Q9": (422, "wrong_period"),
}


async def test_what_cannot_be_asked_is_refused(house: House) -> None:
    for path, expected in REFUSED.items():
        answer = await house.client.get(path, headers=officer(KIM_LIEN))
        assert (answer.status_code, answer.json()["code"]) == expected, path


async def test_archivists_read_figures_but_no_cases_and_others_read_nothing(house: House) -> None:
    archivist, operator = officer(PROVINCE, Role.RECORDS_ARCHIVIST), officer(PROVINCE, Role.SYSTEM_OPERATOR)
    asked: list[tuple[dict[str, str], str, int]] = [
        (archivist, "/v1/statistics", 200),
        (archivist, "/v1/statistics/01-xld?period=2026-Q3", 200),
        (archivist, "/v1/statistics/01-xld/cases?period=2026-Q3&column=1", 403),
        (operator, "/v1/statistics/01-xld?period=2026-Q3", 403),
        (operator, "/v1/statistics/01-xld.xlsx?period=2026-Q3", 403),
        ({}, "/v1/statistics/01-xld?period=2026-Q3", 401),
        ({}, "/v1/statistics", 401),
        (officer(None), "/v1/statistics/01-xld?period=2026-Q3", 404),
    ]
    for who, path, status in asked:
        assert (await house.client.get(path, headers=who)).status_code == status, path


async def test_the_public_reads_periods_that_are_over_without_a_token_and_no_small_number(house: House) -> None:
    made = (await must(house.client.get("/v1/public/statistics"))).json()
    assert made["period"] == "2026-Q3"
    lines = {line["kind"]: line["figures"] for line in made["lines"]}
    assert lines["complaints"]["received"] == 3
    assert lines["denunciations"]["received"] == lines["all"]["received"] == "*"
    assert made["periods"] == ["2026-Q1", "2026-Q2", "2026-6M", "2026-Q3", "2026-9M"]
    longer = (await must(house.client.get("/v1/public/statistics", params={"period": "2026-9M"}))).json()
    assert {line["kind"]: line["figures"]["received"] for line in longer["lines"]} == {
        "complaints": 3,
        "recommendations": 1,
        "denunciations": "*",
        "all": "*",
    }
    for name in ("2026-Q4", "2026", "2027-Q1", "2025-Q4", "hôm nay"):
        answer = await house.client.get("/v1/public/statistics", params={"period": name})
        assert answer.status_code in {404, 422}, name


async def test_five_denunciations_are_published_and_so_is_the_total(tmp_path: Path) -> None:
    async with running(tmp_path, on="2026-09-07") as house:
        for number in range(5):
            await house.opened(denounced("2026-09-07", petition_id=petition(number), respondent_unit=DO_LUONG))
        house.clock.moment = noon("2026-09-15")
        await house.hear_itself()
        made = (await must(house.client.get("/v1/public/statistics"))).json()
        lines = {line["kind"]: line["figures"] for line in made["lines"]}
        assert (lines["denunciations"]["received"], lines["all"]["received"]) == (5, 5)
        assert lines["denunciations"]["settled"] == "*"


async def test_facts_that_come_again_change_no_record(house: House) -> None:
    before = await table(house, "01-xld", PROVINCE)
    await house.hear_itself()
    assert await table(house, "01-xld", PROVINCE) == before


async def test_records_rebuilt_from_the_history_are_those_that_were_heard(house: House) -> None:
    for number in range(1, 8):
        case_id = case_of(petition(number))
        await _settle(house, case_id, [one for one in await house.envelopes(case_id) if one.stream == CASES.name])
    history = await house.ledger.history(CASES.name)
    for number in range(1, 8):
        case_id = case_of(petition(number))
        heard = await house.records.of(case_id)
        assert heard is not None
        own = [envelope for envelope in history if envelope.subject == str(case_id)]
        assert folded(CaseRecord(case_id=case_id), own) == heard.model_copy(update={"hearings": ()})
        assert await house.records.rebuild(case_id, own) == heard, "hearings stay: they are other people's facts"


async def test_lost_records_are_made_again_from_the_history(house: House) -> None:
    case_id = case_of(petition(4))
    heard = await house.records.of(case_id)
    for number in range(1, 8):
        one = case_of(petition(number))
        await _settle(house, one, [said for said in await house.envelopes(one) if said.stream == CASES.name])
    before = await table(house, "01-xld", PROVINCE)
    await house.ledger.delete("case_records", str(case_id))
    assert await house.records.of(case_id) is None
    assert await rebuild_all(house.records, house.ledger) == 7
    assert await house.records.of(case_id) == heard
    assert await table(house, "01-xld", PROVINCE) == before


async def test_a_session_that_is_heard_of_before_its_case_is_kept_for_it(tmp_path: Path) -> None:
    async with running(tmp_path, on="2026-09-07") as house:
        for fact in session_facts(1, "2026-09-10", [(case_of(petition()), petition())], by=KIM_LIEN):
            await house.hear(fact)
        record = await house.records.of(case_of(petition()))
        assert record is not None
        assert (record.opening, len(record.hearings)) == (None, 1)
        await house.opened(filed("2026-09-07"))
        await house.hear_itself()
        house.clock.moment = noon("2026-09-15")
        made = await table(house, "01-tcd", KIM_LIEN)
        assert {number: figures(made)[number] for number in (4, 12, 13, 15)} == {4: 1, 12: 1, 13: 1, 15: 1}


async def _settle(house: House, case_id: CaseId, envelopes: list[Envelope]) -> None:
    """As the relay does once the bus has them."""
    await house.ledger.settle([Said(CASE_COLLECTION.name, str(case_id), tuple(envelopes))])
    assert UUID(envelopes[0].subject) == case_id
