"""Order inside a key, concurrency across keys."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def by_key(items: Iterable[T], key_of: Callable[[T], K]) -> dict[K, list[T]]:
    """Items filed under their key; the order inside a key stays."""
    lanes: dict[K, list[T]] = {}
    for item in items:
        lanes.setdefault(key_of(item), []).append(item)
    return lanes


async def side_by_side(work: Iterable[Awaitable[None]], at_once: int) -> None:
    """Do all of it, ``at_once`` at a time. A failure stops nobody else; the first one is raised when all have ended."""
    gate = asyncio.Semaphore(at_once)

    async def through(piece: Awaitable[None]) -> None:
        async with gate:
            await piece

    outcomes = await asyncio.gather(*map(through, work), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
