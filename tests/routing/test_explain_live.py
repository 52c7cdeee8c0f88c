"""What is explained is what is done: the door that asks and the live service give the same; asking keeps nothing."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from contracts.vocabulary import Role
from services.routing.asking import ASKERS
from tests.routing.asked import body, situation
from tests.routing.given import KIM_LIEN, day, filed, noon
from tests.routing.house import House, officer, running

COMMUNE = officer(KIM_LIEN)
PATH = "/v1/routing/explain"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running(tmp_path) as house:
        yield house


async def asked(house: House, content: bytes, who: dict[str, str] = COMMUNE) -> Any:
    return await house.client.post(PATH, content=content, headers={**who, "content-type": "application/json"})


async def explained(house: House, stated: dict[str, Any]) -> Any:
    answer = await house.client.post(PATH, json=stated, headers=COMMUNE)
    assert answer.status_code == 200, answer.text
    return answer.json()["explanation"]


def c01(until: str, events: int) -> dict[str, Any]:
    """C01 as far as its first events, with the hours at which the house does them."""
    stated = situation("C01", as_of=noon(until).isoformat())
    stated["petition"] |= {"received_at": noon("2026-09-07").isoformat()}
    stated["events"] = [{**one, "on": noon(one["on"]).isoformat()} for one in stated["events"][:events]]
    return stated


def rows(folder: Path) -> dict[str, list[Any]]:
    """Everything that the service has stored, table by table."""
    with closing(sqlite3.connect(folder / "routing.sqlite")) as ledger:
        tables = [name for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: ledger.execute(f'SELECT * FROM "{table}"').fetchall() for table in tables}  # noqa: S608


async def live(house: House, case_id: Any) -> Any:
    return (await house.get(f"/{case_id}/explanation", COMMUNE)).json()


def same(live_one: Any, asked_one: Any) -> bool:
    """But for the case's own name."""
    return bool({**live_one, "case_id": ""} == {**asked_one, "case_id": ""})


async def test_a_live_case_and_the_same_situation_are_explained_alike_at_every_step(house: House) -> None:
    case_id = await house.opened(filed(decision_known_on=day("2026-08-03")))
    assert same(await live(house, case_id), await explained(house, c01("2026-09-07", 0)))
    for number, order in enumerate(situation("C01")["events"], start=1):
        house.clock.moment = noon(order["on"])
        await house.tick_all()
        fields = {name: value for name, value in order.items() if name not in {"event", "on", "by"}}
        done = await house.post(case_id, order["event"], COMMUNE, **fields)
        assert done.status_code == 200, done.text
        given = await explained(house, c01(order["on"], number))
        assert same(await live(house, case_id), given)
    assert given["status"] == "settled"


async def test_what_time_brings_is_explained_alike(house: House) -> None:
    case_id = await house.opened(filed(decision_known_on=day("2026-08-03")))
    house.clock.moment = noon("2026-09-30")
    await house.tick_all()
    given = await explained(house, c01("2026-09-30", 0))
    assert same(await live(house, case_id), given)
    assert [clock["is_missed"] for clock in given["clocks"] if clock["told"]["reading"]["clock"] == "K2"] == [True]


async def test_a_situation_that_differs_is_explained_otherwise(house: House) -> None:
    case_id = await house.opened(filed(decision_known_on=day("2026-08-03")))
    other = c01("2026-09-08", 0)
    other["petition"]["received_at"] = noon("2026-09-08").isoformat()
    assert not same(await live(house, case_id), await explained(house, other))


async def test_asking_keeps_nothing_and_says_nothing(house: House, tmp_path: Path) -> None:
    await house.opened(filed())
    before = rows(tmp_path)
    assert any(before.values())
    for case_id in ("C01", "D06", "C19"):
        assert (await asked(house, body(case_id))).status_code == 200
    assert rows(tmp_path) == before


async def test_every_function_of_an_office_may_ask_and_nobody_else(house: House) -> None:
    for role in Role:
        answer = await asked(house, body("C03"), officer(KIM_LIEN, role))
        assert answer.status_code == (200 if role in ASKERS else 403), role
    assert Role.CITIZEN not in ASKERS
    assert (await asked(house, body("C03"), {})).status_code == 401
    without_unit = await asked(house, body("C03"), officer(None, Role.PETITION_OFFICER))
    assert without_unit.status_code == 200, "what is asked is nobody's case: no unit limits it"


async def test_any_day_may_be_asked_for(house: House) -> None:
    old = situation("C22", as_of="2026-07-06")
    given = await explained(house, old)
    assert (
        next(clock["told"] for clock in given["clocks"] if clock["told"]["reading"]["clock"] == "K2")["counted"] == 10
    )
    ahead = situation("C24", as_of="2027-02-15")
    given = await explained(house, ahead)
    assert given["clocks"][0]["told"]["skipped"][0]["is_estimate"] is False, "a weekend is no estimate"
    assert any(off["is_estimate"] for clock in given["clocks"] for off in clock["told"]["skipped"])


async def test_what_cannot_be_so_is_a_422_with_every_field(house: House) -> None:
    wrong = situation("C01")
    wrong["petition"] |= {"instance": "second", "has_representatives": True}
    answer = await house.client.post(PATH, json=wrong, headers=COMMUNE)
    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == "contradictory_situation"
    assert [(one["field"], one["rule"]) for one in problem["errors"]] == [
        ("petition.instance", "second_without_first"),
        ("petition.has_representatives", "group_of_one"),
    ]
    assert all(one["text"] for one in problem["errors"])
    unknown = situation("C01", who="x")
    problem = (await house.client.post(PATH, json=unknown, headers=COMMUNE)).json()
    assert (problem["code"], problem["detail"]) == ("invalid_situation", "who: Không có mục “who”.")


async def test_the_description_of_the_interface_is_the_manual(house: House) -> None:
    description = (await house.client.get("/openapi.json")).json()
    operation = description["paths"][PATH]["post"]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schemas = description["components"]["schemas"]
    assert reference == "#/components/schemas/Situation"
    kind = schemas["Petition"]["properties"]["kind"]
    assert kind["x-labels"]["complaint"] == "khiếu nại"
    assert {"Answer", "Explanation", "StepTold"} <= schemas.keys()
    assert _references(description) <= {f"#/components/schemas/{name}" for name in schemas}


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(_references, node.values()))
    return set().union(*map(_references, node)) if isinstance(node, list) else set()
