"""Facts from the bus to their effect, on the embedded bus."""

from pathlib import Path

from contracts.facts.intake import PetitionWithdrawn
from contracts.streams import PETITIONS
from tests.chassis.delivery_bench import Diary, a_bench, a_chain


async def test_what_is_said_is_heard_once_and_in_order(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        diary = Diary(bench.engine, PETITIONS)
        chains = [a_chain(PETITIONS, 5) for _ in range(20)]
        await bench.listen({PetitionWithdrawn: diary.on_fact})
        for chain in chains:
            await bench.say(chain)
        await diary.until(chains)
        assert sorted(diary.calls) == sorted((e.subject, e.sequence) for chain in chains for e in chain)
        assert bench.heard(PETITIONS, "handled") == 100
