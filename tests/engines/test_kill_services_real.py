"""The whole kill run on Apache Kafka, a MongoDB-wire engine and MinIO. CHAOS_SEED=… repeats a run."""

from pathlib import Path

import pytest

from contracts.streams import SPEAKERS
from tests.chaos.breaking import Plan, break_while_flowing
from tests.chaos.killing import kill_services, killed
from tests.engines.real_house import ground
from tests.engines.s3_address import S3Address

PLAN = Plan(petitions=500, sessions=20, at_once=8, pause_seconds=0.6, chunk_pause_seconds=0.8)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_done_twice_when_services_on_real_engines_are_killed(
    mongodb: str, s3: S3Address, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ground(mongodb, s3) as found:
        figures = await break_while_flowing(
            tmp_path / "data",
            PLAN,
            kill_services(3),
            make=found.make,
            ledger_of=found.ledger_of,
            announced=[killed(name) for name in SPEAKERS],
        )

    with capsys.disabled():
        print(figures)
