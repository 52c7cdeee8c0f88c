"""``python -m services.routing statistics rebuild``: fold the history of every case anew.

For a version that reads facts otherwise, and after the loss of records. It may run beside the service: each record is
replaced in one write, and what was heard meanwhile stays. Sessions are other people's facts: hearings stay as they are.
"""

import asyncio
import sys
from collections import defaultdict
from typing import Final
from uuid import UUID

from contracts.errors import TiepdanError
from contracts.facts.envelope import Envelope
from contracts.ids import CaseId
from contracts.streams import CASES
from services.chassis.ledger.port import LedgerEngine
from services.routing.app import open_records
from services.routing.records import Records
from services.routing.settings import RoutingSettings

_PAGE: Final = 500


def main() -> int:
    """Exit codes: 0 done, 1 a ledger that does not answer."""
    try:
        sys.stderr.write(f"đã dựng lại {asyncio.run(_rebuild())} hồ sơ thống kê từ lịch sử dữ kiện\n")
    except TiepdanError as refusal:
        sys.stderr.write(refusal.sentence + "\n")
        return 1
    return 0


async def _rebuild() -> int:
    async with open_records(RoutingSettings()) as (records, ledger):
        return await rebuild_all(records, ledger)


async def rebuild_all(records: Records, ledger: LedgerEngine) -> int:
    """Every record anew; how many."""
    said: dict[str, list[Envelope]] = defaultdict(list)
    after: str | None = None
    while page := await ledger.history(CASES.name, after=after, limit=_PAGE):
        for envelope in page:
            said[envelope.subject].append(envelope)
        after = str(page[-1].id)
    for subject, history in said.items():
        await records.rebuild(CaseId(UUID(subject)), history)
    return len(said)
