"""The ledger server killed with -9, or frozen, under the whole line on real engines. CHAOS_SEED=… repeats a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.engines.mongo import MongoEngine
from deploy.engines.server import free_ports
from tests.chaos.breaking import Fault, Plan, break_while_flowing
from tests.chaos.ledger_faults import FROZEN, KILLED, freeze_ledger, kill_ledger
from tests.engines.addresses import native
from tests.engines.real_house import ground
from tests.engines.s3_address import S3Address

KILLS = 5
KILL_PLAN = Plan(petitions=500, sessions=20, at_once=8)
FREEZE_PLAN = Plan(petitions=200, sessions=8, at_once=8)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[MongoEngine]:
    """A ledger server of this test alone, whatever MONGODB_URI says: it will be killed."""
    native("mongo")
    with MongoEngine(tmp_path / "ledger", *free_ports(1)) as started:
        yield started


async def broken(data: Path, engine: MongoEngine, s3: S3Address, plan: Plan, fault: Fault, announced: str) -> str:
    with ground(engine.uri, s3) as found:
        return await break_while_flowing(
            data, plan, fault, make=found.make, ledger_of=found.ledger_of, announced=[announced]
        )


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_done_twice_when_the_ledger_is_killed_during_compare_and_set(
    engine: MongoEngine, s3: S3Address, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = await broken(tmp_path / "data", engine, s3, KILL_PLAN, kill_ledger(engine, KILLS), KILLED)

    with capsys.disabled():
        print(figures)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_frozen_ledger_is_answered_503_in_time_and_wakes_without_half_or_double_work(
    engine: MongoEngine, s3: S3Address, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = await broken(tmp_path / "data", engine, s3, FREEZE_PLAN, freeze_ledger(engine), FROZEN)

    with capsys.disabled():
        print(capsys.readouterr().out, figures)
