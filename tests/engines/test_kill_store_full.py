"""A real store on a small file system runs full while sessions are recorded; all else stands on embedded engines.

It is a MinIO of its own. CHAOS_SEED=… repeats a run.
"""

from pathlib import Path

import pytest

from deploy.engines.minio import MinioEngine
from deploy.engines.server import free_ports
from tests.chaos.breaking import IMPATIENT, Plan, break_while_flowing
from tests.chaos.small_disk import small_disk
from tests.chaos.store_faults import ATTACHMENT_REFUSED, FULL, fill_store
from tests.chaos.test_kill_services import sqlite_of
from tests.engines.addresses import native
from tests.engines.store_house import HouseOnStore

PLAN = Plan(
    petitions=40, sessions=12, at_once=4, sessions_at_once=2, chunks=8, chunk_bytes=60_000, chunk_pause_seconds=0.2
)
SPOOL_BYTES = 4_000_000
"""More than the sessions that are held at once need, less than all of them: what cannot be handed on fills it."""
STORE_BYTES = 192 << 20


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_full_store_refuses_clearly_and_what_was_taken_is_sealed_whole_when_there_is_room(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    native("minio")
    with (
        small_disk(tmp_path / "disk", STORE_BYTES) as disk,
        MinioEngine(disk.folder / "minio", *free_ports(1)) as store,
    ):
        figures = await break_while_flowing(
            tmp_path / "data",
            PLAN,
            fill_store(disk),
            make=HouseOnStore(store, TCD_RECORDING_SPOOL_MAX_BYTES=str(SPOOL_BYTES)),
            ledger_of=sqlite_of,
            settings=IMPATIENT,
            announced=[FULL, ATTACHMENT_REFUSED],
        )

    with capsys.disabled():
        print(figures)
