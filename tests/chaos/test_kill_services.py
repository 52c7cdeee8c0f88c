"""500 petitions flow while every service is killed with -9 at random moments. CHAOS_SEED=… repeats a run."""

from pathlib import Path

import pytest

from deploy.demo.house import House
from services.chassis.ledger.port import LedgerEngine
from services.chassis.ledger.sqlite import SqliteLedger
from tests.chaos.killing import Plan, kill_while_flowing

PLAN = Plan(petitions=500, kills_each=3, at_once=8)


def _ledger_of(house: House, service: str) -> LedgerEngine:
    return SqliteLedger(house.data / service / "ledger.sqlite")


@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_nothing_is_lost_or_done_twice_when_services_are_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = await kill_while_flowing(tmp_path / "data", PLAN, make=House, ledger_of=_ledger_of)

    with capsys.disabled():
        print(figures)
