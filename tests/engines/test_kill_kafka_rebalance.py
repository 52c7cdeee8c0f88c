"""Two replicas of routing and of notify, one of each killed with -9 in a rebalance. CHAOS_SEED=… repeats a run."""

from pathlib import Path

import pytest

from tests.chaos.breaking import Plan, break_while_flowing
from tests.engines.kafka_faults import kill_in_rebalance
from tests.engines.real_house import ground
from tests.engines.s3_address import S3Address

PLAN = Plan(petitions=120, sessions=3, at_once=2, pause_seconds=1.0)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_done_twice_when_replicas_are_killed_while_partitions_move(
    mongodb: str, s3: S3Address, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ground(mongodb, s3) as found:
        figures = await break_while_flowing(
            tmp_path / "data",
            PLAN,
            kill_in_rebalance("routing", "notify"),
            make=found.make,
            ledger_of=found.ledger_of,
        )

    with capsys.disabled():
        print(figures)
