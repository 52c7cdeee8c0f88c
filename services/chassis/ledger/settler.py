"""Settling together: what many lanes have said goes into the history, and out of the outbox, in one write for all.

Nobody who waits for an answer waits for this: the facts are on the bus already. So it may take a moment, and takes
what comes in that moment along; the ledger's disk is left to those who file and decide.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.errors import Unavailable
from services.chassis.ledger.port import LedgerEngine, Said

_GROUP_FACTS: Final = 100
"""Facts in one write at most, unless a single document brings more: on an engine that works one write off before it
commits the next, whoever files waits for this one."""


@dataclass(slots=True, eq=False)
class _Turn:
    """One document's facts, and the lane that waits until they are settled."""

    said: Said
    waiter: "asyncio.Future[None]"


class Settler:
    """One for each relay. ``enough`` documents, or ``delay_seconds`` after the first of them: then it begins.

    It takes so many in one write at most.
    """

    def __init__(self, engine: LedgerEngine, *, delay_seconds: float, enough: int) -> None:
        self._engine = engine
        self._delay_seconds = delay_seconds
        self._enough = enough
        self._turns: list[_Turn] = []
        self._has_some = asyncio.Event()
        self._has_enough = asyncio.Event()

    async def settle(self, said: Said) -> None:
        """Return when these are remembered and forgotten. Errors: as of ``LedgerEngine.settle``."""
        turn = _Turn(said, asyncio.get_running_loop().create_future())
        self._turns.append(turn)
        self._has_some.set()
        if len(self._turns) >= self._enough:
            self._has_enough.set()
        await turn.waiter

    async def settle_for_ever(self) -> None:
        """What the relay's task does; ends by being cancelled, and what was not settled then is said again."""
        while True:
            await self._has_some.wait()
            await self._wait_for_others()
            if group := self._next_group():
                await self._settle_group(group)

    async def _wait_for_others(self) -> None:
        try:
            async with asyncio.timeout(self._delay_seconds):
                await self._has_enough.wait()
        except TimeoutError:
            return

    def _next_group(self) -> list[_Turn]:
        turns = [turn for turn in self._turns if not turn.waiter.done()]
        count = facts = 0
        for turn in turns:
            facts += len(turn.said.facts)
            if count == self._enough or (count and facts > _GROUP_FACTS):
                break
            count += 1
        group, self._turns = turns[:count], turns[count:]
        if not self._turns:
            self._has_some.clear()
        if len(self._turns) < self._enough:
            self._has_enough.clear()
        return group

    async def _settle_group(self, group: Sequence[_Turn]) -> None:
        """One write for all; when one of them is refused, each alone, so that it stops nobody else."""
        try:
            await self._engine.settle([turn.said for turn in group])
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told
            if len(group) > 1 and not isinstance(error, Unavailable):
                for turn in group:
                    await self._settle_group([turn])
                return
            for turn in group:
                if not turn.waiter.done():
                    turn.waiter.set_exception(error)
        for turn in group:
            if not turn.waiter.done():
                turn.waiter.set_result(None)


__all__ = ["Settler"]
