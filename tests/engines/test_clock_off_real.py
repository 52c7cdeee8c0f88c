"""Clocks of single services are five minutes off while work flows on real engines. CHAOS_SEED=… repeats a run."""

from pathlib import Path

import pytest

from tests.chaos.breaking import Plan, break_while_flowing
from tests.chaos.clocks import OFF_SECONDS, deadlines_follow_from_the_day_of_receipt, off, wrong_clocks
from tests.engines.real_house import ground
from tests.engines.s3_address import S3Address

PLAN = Plan(petitions=100, sessions=8, at_once=2, pause_seconds=1.0, sessions_at_once=1, chunk_pause_seconds=1.0)
STEPS = (
    {"recording": OFF_SECONDS},
    {"intake": OFF_SECONDS, "routing": -OFF_SECONDS},
    {"sessions": OFF_SECONDS, "notify": -OFF_SECONDS},
)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_clock_that_is_minutes_off_loses_nothing_and_moves_no_day(
    mongodb: str, s3: S3Address, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ground(mongodb, s3) as found:
        figures = await break_while_flowing(
            tmp_path / "data",
            PLAN,
            wrong_clocks(STEPS),
            make=found.make,
            ledger_of=found.ledger_of,
            announced=[off(service, seconds) for step in STEPS for service, seconds in step.items()],
            laws=[deadlines_follow_from_the_day_of_receipt],
        )

    assert " 401 " not in figures, "a token was refused while it held"
    with capsys.disabled():
        print(figures)
