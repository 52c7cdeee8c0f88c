"""The clock's door: picks up notices that are due, so many at once; ``steps`` takes each one step further."""

import asyncio
from typing import Final

from opentelemetry.trace import SpanKind

from contracts.errors import Conflict, Unavailable
from services.chassis.clock import Clock
from services.chassis.ledger.drawer import Stored
from services.chassis.telemetry import Meters, Traces, get_log
from services.notify.domain.notice import Notice
from services.notify.steps import Steps
from services.notify.store import Notices

log = get_log()

_DRAIN_SECONDS: Final = 3.0
_REST_SECONDS: Final = 5.0


class Dispatch:
    """Sends what is due, so many at once."""

    def __init__(
        self,
        notices: Notices,
        steps: Steps,
        *,
        clock: Clock,
        meters: Meters,
        traces: Traces,
        concurrency: int,
        look_seconds: float,
    ) -> None:
        self._notices = notices
        self._steps = steps
        self._clock = clock
        self._traces = traces
        self._concurrency = concurrency
        self._look_seconds = look_seconds
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[str, float] = {}
        self._look_at = 0.0
        self._bugs = meters.counter("tcd_notice_steps_failed", "Steps that failed unexpectedly. Read the logs.")

    async def step(self) -> bool:
        """Start what is due; True when there may be more at once. On a stop, calls under way may finish."""
        try:
            return await self._step()
        except asyncio.CancelledError:
            await self._drain()
            raise

    async def _drain(self) -> None:
        """Calls under way may finish for a moment; the rest is left as a crash leaves it: sending, then unknown."""
        if not self._busy:
            return
        _, late = await asyncio.wait(self._busy.values(), timeout=_DRAIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _step(self) -> bool:
        free = self._concurrency - len(self._busy)
        if free > 0:
            for stored in await self._fresh(free):
                self._begin(stored)
        if not self._busy:
            return False
        await self._until_more()
        return True

    async def _until_more(self) -> None:
        """Until a place is free, or there is somewhere to put what is new."""
        news = asyncio.create_task(self._notices.news.wait())
        waited = {*self._busy.values(), *([news] if len(self._busy) < self._concurrency else [])}
        try:
            await asyncio.wait(waited, timeout=self._look_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        self._notices.news.clear()

    async def _fresh(self, free: int) -> list[Stored[Notice]]:
        """What was written here just now, and what is found due: looked for now and then, or while there is more."""
        now = asyncio.get_running_loop().time()
        self._resting = {key: until for key, until in self._resting.items() if until > now}
        passed_over = {*self._busy, *self._resting}
        found: list[Stored[Notice]] = []
        if now >= self._look_at:
            limit = free + len(passed_over)
            due = await self._notices.due(self._clock.now(), limit=limit)
            self._look_at = now if len(due) == limit else now + self._look_seconds
            found = [one for one in due if one.id not in passed_over][:free]
        passed_over |= {one.id for one in found}
        return found + self._notices.take_fresh(self._clock.now(), free - len(found), passed_over)

    def _begin(self, stored: Stored[Notice]) -> None:
        task = asyncio.create_task(self._advance(stored), name="notice")
        self._busy[stored.id] = task
        task.add_done_callback(lambda _: self._busy.pop(stored.id, None))

    async def _advance(self, stored: Stored[Notice]) -> None:
        """One step of one notice. Whatever goes wrong, the others go on, and this one rests for a moment."""
        try:
            with self._traces.span("notice.step", kind=SpanKind.CLIENT, parent=stored.state.traceparent):
                await self._steps.take(stored)
        except Conflict:
            return  # a receipt or another replica was faster
        except Unavailable as error:
            self._rest(stored)
            log.warning("notice.neighbour_away", notice_id=stored.id, code=error.code)
        except Exception as error:  # one notice must not stop the others
            self._rest(stored)
            self._bugs.inc()
            log.exception("notice.step_failed", notice_id=stored.id, exc_info=error)

    def _rest(self, stored: Stored[Notice]) -> None:
        self._resting[stored.id] = asyncio.get_running_loop().time() + _REST_SECONDS
