"""500 petitions and 20 recorded sessions flow while every service is killed with -9 at random moments.

CHAOS_SEED=… repeats a run.
"""

from pathlib import Path

import pytest

from contracts.streams import SPEAKERS
from deploy.demo.house import House
from services.chassis.ledger.port import LedgerEngine
from services.chassis.ledger.sqlite import SqliteLedger
from tests.chaos.breaking import Plan, break_while_flowing
from tests.chaos.killing import kill_services, killed

PLAN = Plan(petitions=500, sessions=20, at_once=8, pause_seconds=0.6, chunk_pause_seconds=0.8)


def sqlite_of(house: House, service: str) -> LedgerEngine:
    """Where an embedded house keeps a service's ledger."""
    return SqliteLedger(house.data / service / "ledger.sqlite")


@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_nothing_is_lost_or_done_twice_when_services_are_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = await break_while_flowing(
        tmp_path / "data",
        PLAN,
        kill_services(3),
        make=House,
        ledger_of=sqlite_of,
        announced=[killed(name) for name in SPEAKERS],
    )

    with capsys.disabled():
        print(figures)
