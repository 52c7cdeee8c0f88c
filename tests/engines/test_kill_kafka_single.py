"""One Kafka node is killed with -9 while petitions and sessions flow. CHAOS_SEED=… repeats a run."""

from pathlib import Path

import pytest

from tests.chaos.breaking import Plan, break_while_flowing
from tests.engines.kafka_faults import FILED_AWAY, KILLED, bus_away, kill_kafka
from tests.engines.real_house import ground
from tests.engines.s3_address import S3Address

FLOW = Plan(petitions=100, sessions=4, at_once=2, pause_seconds=1.0)
LONG_FLOW = Plan(petitions=200, sessions=2, at_once=4, pause_seconds=4.0)
AWAY_SECONDS = 60


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_done_twice_when_a_single_kafka_is_killed_and_comes_back(
    mongodb: str, s3: S3Address, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ground(mongodb, s3) as found:
        figures = await break_while_flowing(
            tmp_path / "data", FLOW, kill_kafka(2), make=found.make, ledger_of=found.ledger_of, announced=[KILLED]
        )

    with capsys.disabled():
        print(figures)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_what_is_filed_while_kafka_is_away_for_a_minute_arrives_when_it_is_back(
    mongodb: str, s3: S3Address, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ground(mongodb, s3) as found:
        figures = await break_while_flowing(
            tmp_path / "data",
            LONG_FLOW,
            bus_away(AWAY_SECONDS),
            make=found.make,
            ledger_of=found.ledger_of,
            announced=[KILLED, FILED_AWAY],
        )

    with capsys.disabled():
        print(figures)
