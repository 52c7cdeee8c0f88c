"""The bus is killed while petitions are filed, and comes back: on whichever engines a house stands."""

from pathlib import Path
from uuid import UUID

import httpx

from contracts.facts.envelope import first_break
from contracts.facts.routing import CaseOpened
from contracts.vocabulary import Role
from deploy.demo.house import House
from deploy.demo.watch import Watch
from tests.builders import a_draft
from tests.living import MakeHouse, a_house, a_token

MANY = 40


async def file_one(house: House, who: dict[str, str], key: str, seconds: float = 15) -> httpx.Response:
    """File an invented petition under an idempotency key."""
    async with httpx.AsyncClient(base_url=house.url("intake"), timeout=seconds) as client:
        body = a_draft().model_dump(mode="json")
        return await client.post("/v1/petitions", json=body, headers=who | {"idempotency-key": key})


async def case_of(watch: Watch, petition_id: UUID) -> CaseOpened:
    """The case of a petition, when it is said."""
    return await watch.until(CaseOpened, lambda fact: fact.petition_id == petition_id)


async def file_while_the_bus_is_away(data: Path, make: MakeHouse) -> None:
    """Filing is acknowledged without a bus; when it is back, every petition has one case."""
    async with a_house(data, make=make) as (house, watch):
        who = await a_token(house, Role.RECEIVER, unit="xa-17971")
        before = [await file_one(house, who, f"before-{n:04d}") for n in range(MANY)]
        await house.kill_bus()

        away = [await file_one(house, who, f"while-away-{n:04d}") for n in range(MANY)]
        await house.restart_bus()
        await watch.start_again()
        filed = {UUID(answer.json()["petition_id"]) for answer in (*before, *away)}
        for petition_id in filed:
            await case_of(watch, petition_id)

        assert {answer.status_code for answer in (*before, *away)} == {201}
        cases = [(envelope, fact) for envelope, fact in watch.facts() if isinstance(fact, CaseOpened)]
        assert {fact.petition_id for _, fact in cases} == filed
        assert len(cases) == len(filed), "a case was opened twice"
        assert all(first_break([envelope]) is None for envelope, _ in cases)
