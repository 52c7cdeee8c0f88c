"""Work that is done again and again, and never ends because one step failed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from contracts.errors import Unavailable
from services.chassis.telemetry import Meters, get_log

log = get_log()

_TELL_AGAIN_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Loop:
    """Work done again and again: ``step`` runs every ``period_seconds``, and at once when it says there is more.

    A step that raises is logged and counted, and tried again after the period.
    """

    name: str
    period_seconds: float
    step: Callable[[], Awaitable[bool]]
    """Returns True when there is more to do right now."""
    nudge: asyncio.Event | None = None
    """Set: do not wait out the period."""
    is_told_elsewhere: bool = False
    """Somebody else says when the neighbour it needs is away; it is only counted here."""


class Loops:
    """Runs loops, each in its own task."""

    def __init__(self, loops: Sequence[Loop], meters: Meters) -> None:
        self._loops = tuple(loops)
        self._meters = meters
        self._tasks: list[asyncio.Task[None]] = []
        self._told_at: dict[str, float] = {}

    async def start(self) -> None:
        """Begin; each loop takes its first step at once."""
        self._tasks = [asyncio.create_task(self._run(loop), name=f"loop {loop.name}") for loop in self._loops]

    async def stop(self) -> None:
        """End where the loops wait; a step in hand is cancelled and must be repeatable, as after a crash."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, loop: Loop) -> None:
        while True:
            if not await self._step(loop):
                await _rest(loop)

    async def _step(self, loop: Loop) -> bool:
        try:
            has_more = await loop.step()
        except Unavailable as error:
            self._meters.loop_steps.labels(loop.name, "away").inc()
            if not loop.is_told_elsewhere:
                self._tell_away(loop, error)
            return False
        except Exception as error:  # a loop outlives whatever its step does
            self._meters.loop_steps.labels(loop.name, "failed").inc()
            log.exception("loop.step_failed", loop=loop.name, exc_info=error)
            return False
        self._meters.loop_steps.labels(loop.name, "done").inc()
        if has_more:
            await asyncio.sleep(0)  # a loop that always has more still lets others run
        return has_more

    def _tell_away(self, loop: Loop, error: Unavailable) -> None:
        """Say it once in a while: a neighbour that is away for an hour is one fact, not seven thousand."""
        now = asyncio.get_running_loop().time()
        if now - self._told_at.get(loop.name, -_TELL_AGAIN_SECONDS) >= _TELL_AGAIN_SECONDS:
            self._told_at[loop.name] = now
            log.warning("loop.neighbour_away", loop=loop.name, code=error.code)


async def _rest(loop: Loop) -> None:
    if loop.nudge is None:
        await asyncio.sleep(loop.period_seconds)
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(loop.period_seconds):
            await loop.nudge.wait()
    loop.nudge.clear()
