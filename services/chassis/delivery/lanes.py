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
    pieces = list(work)
    left = iter(pieces)
    failures: list[BaseException] = []

    async def one_after_the_other() -> None:
        for piece in left:
            try:
                await piece
            except asyncio.CancelledError as error:
                failures.append(error)
                return
            except Exception as error:  # noqa: BLE001 - it is raised below, when the others have ended
                failures.append(error)

    await asyncio.gather(*(one_after_the_other() for _ in range(min(at_once, len(pieces)))))
    if failures:
        raise failures[0]
