"""The order of the history, with any number of writers: places without holes, each taken once.

A fact is remembered at the place after the last one, and a unique index gives a place to one fact only. Whoever comes
second looks again for the last place. Place n is therefore written only after place n - 1 was seen, so a reader that
has read up to n has missed nothing before it: no lease, no counter, no clock. A write whose answer was lost either
took its place or finds it taken. See docs/decisions/0004.
"""

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from contracts.facts.envelope import Envelope
from services.chassis.ledger.mongo_documents import history_document, history_id
from services.chassis.ledger.port import Json
from services.chassis.ledger.refusals import history_clash, ledger_away

GROUP_FACTS: Final = 500
"""Facts in one write at most, unless a single caller brings more."""
_TRIES: Final = 200
_LONGEST_PAUSE_SECONDS: Final = 0.01


class Shelf(Protocol):
    """Where the history stands. Errors of every call: Unavailable."""

    async def last_place(self) -> int:
        """The highest place that is taken for good; 0: none."""
        ...

    async def insert_in_order(self, documents: Sequence[Json]) -> int:
        """Insert until the first whose ``_id`` or ``place`` is taken; how many were inserted."""
        ...

    async def known(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The fact ids that stand under these ``_id``."""
        ...


@dataclass(slots=True, eq=False)
class _Caller:
    """Somebody who waits until all of these are remembered."""

    envelopes: Sequence[Envelope]
    waiter: "asyncio.Future[None]"


@dataclass(frozen=True, slots=True)
class _Line:
    caller: _Caller
    envelope: Envelope


class Rememberer:
    """Remembers for this process: one write at a time, in which all who wait meanwhile share."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._turn = asyncio.Lock()
        self._callers: list[_Caller] = []
        self._last_place: int | None = None

    async def remember(self, envelopes: Sequence[Envelope]) -> None:
        """Return when all are remembered. Errors: Conflict("history_clash"), Unavailable("ledger_away")."""
        if not envelopes:
            return
        caller = _Caller(envelopes, asyncio.get_running_loop().create_future())
        self._callers.append(caller)
        try:
            async with self._turn:
                if not caller.waiter.done():
                    await self._remember_group()
            await caller.waiter
        finally:
            if caller in self._callers:
                self._callers.remove(caller)
            _let_go(caller.waiter)

    async def _remember_group(self) -> None:
        """Everybody of the next group has an answer afterwards, unless this task is cancelled: then nobody has."""
        group = self._next_group()
        place, self._last_place = self._last_place, None
        try:
            self._last_place = await self._write([_Line(each, one) for each in group for one in each.envelopes], place)
        except Exception as error:  # noqa: BLE001 - whatever it is, everybody who waited is told
            for caller in group:
                _fail(caller, error)
        for caller in group:
            if not caller.waiter.done():
                caller.waiter.set_result(None)

    def _next_group(self) -> list[_Caller]:
        group: list[_Caller] = []
        count = 0
        for caller in self._callers:
            if caller.waiter.done():
                continue
            count += len(caller.envelopes)
            if group and count > GROUP_FACTS:
                break
            group.append(caller)
        return group

    async def _write(self, lines: Sequence[_Line], place: int | None) -> int | None:
        """All lines of callers that are not refused are remembered; the last place, if we know it."""
        for _ in range(_TRIES):
            if place is None:
                place = await self._shelf.last_place()
            documents = [history_document(line.envelope, place + offset) for offset, line in enumerate(lines, 1)]
            taken = await self._shelf.insert_in_order(documents)
            place, lines = place + taken, lines[taken:]
            if not lines:
                return place
            known = await self._shelf.known([history_id(line.envelope) for line in lines])
            if history_id(lines[0].envelope) not in known:
                place = None  # another process took the place
                await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))
            lines = list(_still_to_write(lines, known))
            if not lines:
                return place
        raise ledger_away()


def _still_to_write(lines: Iterable[_Line], known: Mapping[str, str]) -> Iterable[_Line]:
    """Without those that are there already; whoever brings another fact for a taken place is refused."""
    for line in lines:
        kept = known.get(history_id(line.envelope))
        if kept is not None and kept != str(line.envelope.id):
            _fail(line.caller, history_clash())
        elif kept is None and not line.caller.waiter.done():
            yield line


def _let_go(waiter: "asyncio.Future[None]") -> None:
    """Nobody waits for it any more; what it was told is taken note of."""
    if not waiter.cancel() and not waiter.cancelled():
        waiter.exception()


def _fail(caller: _Caller, error: Exception) -> None:
    if not caller.waiter.done():
        caller.waiter.set_exception(error)


__all__ = ["Rememberer", "Shelf"]
