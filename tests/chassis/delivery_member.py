"""A second replica in its own process, to be killed: ``python -m tests.chassis.delivery_member ADDRESS FOLDER``.

It keeps the same diary in the same ledger file, hangs in the handler at the first second fact, and says so.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from contracts.facts.intake import PetitionWithdrawn
from contracts.streams import PETITIONS
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.delivery.attempts import Limits
from services.chassis.delivery.heard import Heard
from tests.chassis.delivery_bench import Bench, Diary

HANGING = "hanging in the middle of a batch"


class _Elsewhere(EmbeddedBus):
    """A bus that another process runs."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        super().__init__(int(port), host)


async def main(address: str, folder: Path) -> None:
    bench = Bench(folder, _Elsewhere(address))
    await bench.open()
    diary = Diary(bench.engine, PETITIONS)

    async def hang(heard: Heard[Any]) -> None:
        if heard.envelope.sequence == 2:
            sys.stdout.write(HANGING + "\n")
            sys.stdout.flush()
            await asyncio.Event().wait()

    diary.before = hang
    await bench.listen({PetitionWithdrawn: diary.on_fact}, Limits(handler_seconds=600), replica="1")
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
