"""A real store is killed while sessions are recorded and sealed; all else stands on embedded engines.

It is a MinIO of its own: the run's is not for killing. CHAOS_SEED=… repeats a run.
"""

from pathlib import Path

import pytest

from deploy.engines.minio import MinioEngine
from deploy.engines.server import free_ports
from tests.chaos.breaking import IMPATIENT, Plan, break_while_flowing
from tests.chaos.store_faults import WHILE_SEALING, WHILE_UPLOADING, kill_store
from tests.chaos.test_kill_services import sqlite_of
from tests.engines.addresses import native
from tests.engines.store_house import HouseOnStore

PLAN = Plan(petitions=40, sessions=12, at_once=4, chunks=12, chunk_bytes=60_000, chunk_pause_seconds=0.3)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_store_killed_while_chunks_come_and_while_it_is_sealed_loses_no_acknowledged_chunk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    native("minio")
    with MinioEngine(tmp_path / "minio", *free_ports(1)) as store:
        figures = await break_while_flowing(
            tmp_path / "data",
            PLAN,
            kill_store(store, 3),
            make=HouseOnStore(store),
            ledger_of=sqlite_of,
            settings=IMPATIENT,
            announced=[WHILE_UPLOADING, WHILE_SEALING],
        )

    with capsys.disabled():
        print(figures)
