"""The kill run, shorter, on Apache Kafka, a MongoDB-wire engine and MinIO. CHAOS_SEED=… repeats a run."""

from pathlib import Path

import pytest

from tests.chaos.killing import Plan, kill_while_flowing
from tests.engines.real_house import ground
from tests.engines.s3_address import S3Address

PLAN = Plan(petitions=100, kills_each=2, at_once=2, pause_seconds=0.3)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_done_twice_when_services_on_real_engines_are_killed(
    mongodb: str, s3: S3Address, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ground(mongodb, s3) as found:
        figures = await kill_while_flowing(tmp_path / "data", PLAN, make=found.make, ledger_of=found.ledger_of)

    with capsys.disabled():
        print(figures)
