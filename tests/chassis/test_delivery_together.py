"""Facts of one subject that follow each other are handled as one where a handler takes them so; all laws stay."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from contracts.errors import Conflict, NotFound, Refused, Unavailable
from contracts.facts.intake import PetitionWithdrawn
from contracts.streams import PETITIONS
from services.chassis.clock import SystemClock
from services.chassis.delivery.heard import HandlerTable, Heard, Together
from services.chassis.delivery.letters import Standing
from services.chassis.delivery.runs import RUN_MAX, runs_of
from services.chassis.ledger.drawer import Decision, LedgerDrawer
from services.chassis.ledger.port import Mark
from services.chassis.ledger.together import Effect, decide_together
from tests.chassis.delivery_bench import DIARY, Page, a_chain, resealed
from tests.chassis.test_delivery_laws import Desk, a_desk, deliveries, desk

__all__ = ["desk"]


class Folder:
    """A diary that is written for several facts at once."""

    def __init__(self, desk: Desk) -> None:
        self.calls: list[tuple[int, ...]] = []
        self.refuses: Callable[[int], Exception | None] = lambda _: None
        self.pages = LedgerDrawer(desk.engine, DIARY, Page, lambda _: {}, clock=SystemClock(), speaker="routing")
        self.table: HandlerTable = {PetitionWithdrawn: Together(self.keep)}
        desk.restarted(self.table)

    async def keep(self, heard: Sequence[Heard[Any]]) -> None:
        sequences = tuple(one.envelope.sequence for one in heard)
        self.calls.append(sequences)
        for sequence in sequences:
            if error := self.refuses(sequence):
                raise error
        effects = [Effect(adding(one.envelope.sequence), one.mark) for one in heard]
        await decide_together(self.pages, heard[0].envelope.subject, effects, new=Page())

    async def page(self, subject: str) -> tuple[int, ...]:
        stored = await self.pages.find(subject)
        return stored.state.heard if stored else ()

    async def version(self, subject: str) -> int:
        return (await self.pages.get(subject)).version


def adding(sequence: int) -> Decision[Page]:
    return lambda page: (Page(heard=(*page.heard, sequence)), [])


async def test_facts_that_follow_each_other_are_one_write(desk: Desk) -> None:
    folder, chain = Folder(desk), a_chain(PETITIONS, 6)
    await desk.take(*chain)
    assert folder.calls == [(1, 2, 3, 4, 5, 6)]
    assert await folder.version(chain[0].subject) == 1
    assert await folder.page(chain[0].subject) == (1, 2, 3, 4, 5, 6)
    assert desk.count("handled") == 6


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(deliveries())
def test_any_order_with_any_duplicates_has_the_effect_of_the_plain_log(
    plan: tuple[list[int], list[list[tuple[int, int]]]],
) -> None:
    lengths, batches = plan

    async def run() -> None:
        with TemporaryDirectory() as place:
            async with a_desk(Path(place)) as desk:
                folder = Folder(desk)
                chains = [a_chain(PETITIONS, length) for length in lengths]
                for batch in batches:
                    await desk.take(*(chains[chain][sequence] for chain, sequence in batch))
                    desk.restarted(folder.table)
                for chain in chains:
                    assert await folder.page(chain[0].subject) == tuple(range(1, len(chain) + 1))
                assert sum(len(call) for call in folder.calls) == sum(lengths), "nothing was worked twice"
                assert desk.posted == []

    asyncio.run(run())


@pytest.mark.parametrize("error", [Refused("no", "Không."), NotFound("none", "Không."), ValueError("a bug")])
async def test_a_poison_fact_in_a_run_is_put_aside_alone_and_what_is_before_it_counts(
    desk: Desk, error: Exception
) -> None:
    folder, poisoned, well = Folder(desk), a_chain(PETITIONS, 5), a_chain(PETITIONS, 5)
    marked = poisoned[0].subject
    keep = folder.keep

    async def choosy(heard: Sequence[Heard[Any]]) -> None:
        if any(one.envelope.subject == marked and one.envelope.sequence == 3 for one in heard):
            raise error
        await keep(heard)

    desk.restarted({PetitionWithdrawn: Together(choosy)})
    await desk.take(*poisoned, *well)
    assert await folder.page(marked) == (1, 2)
    assert await folder.page(well[0].subject) == (1, 2, 3, 4, 5)
    assert await desk.standing(poisoned[0]) is Standing.PARKED
    assert await desk.waiting(poisoned[0]) == [3, 4, 5]


async def test_a_passing_error_in_a_run_loses_and_repeats_nothing(desk: Desk) -> None:
    folder, chain = Folder(desk), a_chain(PETITIONS, 4)
    errors = [Unavailable("away", "Không."), Conflict("changed_meanwhile", "Không.")]
    folder.refuses = lambda sequence: errors.pop() if sequence == 2 and errors else None
    await desk.take(*chain)
    assert await folder.page(chain[0].subject) == (1, 2, 3, 4)
    assert await desk.standing(chain[0]) is None


async def test_a_write_whose_answer_was_lost_is_not_repeated(desk: Desk) -> None:
    folder, chain = Folder(desk), a_chain(PETITIONS, 4)
    keep, is_lost = folder.keep, False

    async def lossy(heard: Sequence[Heard[Any]]) -> None:
        nonlocal is_lost
        await keep(heard)
        if not is_lost:
            is_lost = True
            raise Unavailable("ledger_away", "Không.")

    desk.restarted({PetitionWithdrawn: Together(lossy)})
    await desk.take(*chain)
    assert is_lost
    assert await folder.page(chain[0].subject) == (1, 2, 3, 4)


async def test_an_altered_fact_in_a_run_parks_its_key_and_what_is_before_it_counts(desk: Desk) -> None:
    folder, chain = Folder(desk), a_chain(PETITIONS, 4)
    chain[2] = resealed(chain[2], value=chain[2].value.replace(b"whole", b"other"))
    await desk.take(*chain)
    assert await folder.page(chain[0].subject) == (1, 2)
    assert await desk.standing(chain[0]) is Standing.PARKED


async def test_a_parked_key_takes_no_run(desk: Desk) -> None:
    """Its letter comes again with all behind it, and would be handled now: that is for whoever releases it."""
    folder, chain = Folder(desk), a_chain(PETITIONS, 6)
    folder.refuses = lambda sequence: Refused("no", "Không.") if sequence == 2 else None
    await desk.take(*chain[:2])
    folder.calls.clear()
    folder.refuses = lambda _: None
    await desk.take(*chain[1:])
    assert folder.calls == []
    assert await desk.waiting(chain[0]) == [2, 3, 4, 5, 6]


async def test_a_run_has_an_end() -> None:
    async def nothing(_: Sequence[Heard[Any]]) -> None: ...

    async def one(_: Heard[Any]) -> None: ...

    chain = a_chain(PETITIONS, RUN_MAX + 1)
    together = Together(nothing)
    runs = list(runs_of(chain, lambda envelope: envelope, {PetitionWithdrawn: together}))
    assert [(len(run.facts), run.handler) for run in runs] == [(RUN_MAX, together), (1, None)]
    assert all(run.handler is None for run in runs_of(chain, lambda envelope: envelope, {PetitionWithdrawn: one}))


async def test_effects_that_were_had_are_left_out_and_a_race_is_decided_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, update, races = Folder(desk), desk.engine.update, 0
    effects = [Effect(adding(sequence), Mark("petitions:x", sequence)) for sequence in range(1, 6)]
    await decide_together(folder.pages, "x", effects[:2], new=Page())

    async def racing(*change: Any) -> bool:
        nonlocal races
        races += 1
        if races == 1:
            other = LedgerDrawer(desk.engine, DIARY, Page, lambda _: {}, clock=SystemClock(), speaker="routing")
            await other.decide("x", adding(99), Mark("cases:x", 1))
        return await update(*change)

    monkeypatch.setattr(desk.engine, "update", racing)
    await decide_together(folder.pages, "x", effects, new=Page())
    assert races > 1
    assert await folder.page("x") == (1, 2, 99, 3, 4, 5)
    version = await folder.version("x")
    await decide_together(folder.pages, "x", effects, new=Page())
    assert await folder.version("x") == version


@pytest.mark.parametrize(
    "marks", [[], [("petitions:x", 2), ("petitions:x", 1)], [("petitions:x", 1), ("petitions:y", 2)]]
)
async def test_effects_of_several_subjects_or_out_of_order_are_no_one_write(
    desk: Desk, marks: list[tuple[str, int]]
) -> None:
    folder = Folder(desk)
    effects = [Effect(adding(sequence), Mark(key, sequence)) for key, sequence in marks]
    with pytest.raises(ValueError, match="in sequence"):
        await decide_together(folder.pages, "x", effects, new=Page())
