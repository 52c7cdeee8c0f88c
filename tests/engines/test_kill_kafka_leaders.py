"""Three Kafka nodes, two of which must have a record: each is killed with -9 in turn. CHAOS_SEED=… repeats a run."""

from pathlib import Path

import pytest

from tests.chaos.breaking import Plan, break_while_flowing
from tests.engines.kafka_faults import LEADERS_MOVED, NODE_KILLED, kill_leaders
from tests.engines.real_house import ground
from tests.engines.s3_address import S3Address

PLAN = Plan(petitions=120, sessions=3, at_once=2, pause_seconds=1.2)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_done_twice_when_the_leader_of_each_topic_is_killed(
    mongodb: str, s3: S3Address, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ground(mongodb, s3) as found:
        figures = await break_while_flowing(
            tmp_path / "data",
            PLAN,
            kill_leaders(),
            make=found.make_cluster,
            ledger_of=found.ledger_of,
            announced=[NODE_KILLED, LEADERS_MOVED],
        )

    with capsys.disabled():
        print(figures)
