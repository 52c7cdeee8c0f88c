"""What a handler gets, and the table in which a service lists its handlers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope
from contracts.streams import BY_NAME
from services.chassis.ledger.port import Mark

F_co = TypeVar("F_co", bound=Fact, covariant=True)


@dataclass(frozen=True, slots=True)
class Heard(Generic[F_co]):
    """A fact as heard from the bus. ``mark`` goes into the update of every aggregate that it changes."""

    fact: F_co
    envelope: Envelope

    @property
    def mark(self) -> Mark:
        """What makes the effect idempotent: an aggregate that has this mark, or a later one, is not changed again."""
        slug = BY_NAME[self.envelope.stream].slug
        return Mark(f"{slug}:{self.envelope.subject}", self.envelope.sequence)


Handler = Callable[[Heard[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Together:
    """A handler that takes facts of one subject that follow each other as one, when a batch brings several.

    ``work`` gets them in sequence. It either has the effect of all of them or of none, in one write
    (``ledger.together``): when it raises, whatever it raises, they are given to it again one at a time, so that each is
    tried again, refused and put aside for itself. Facts whose types have the same ``Together`` in the table may come
    together.
    """

    work: Callable[[Sequence[Heard[Any]]], Awaitable[None]]

    async def __call__(self, heard: Heard[Any]) -> None:
        """One fact."""
        await self.work((heard,))


HandlerTable = Mapping[type[Fact], Handler]
"""The ear of a service: fact type → method. Streams to subscribe to follow from it.

A handler may raise ``Unavailable`` (retried in place with capped backoff) or ``Refused``/``NotFound`` (dead letter, key
parked). Anything else is a bug: retried a few times, then dead-lettered with the key parked. ``Conflict`` from a
version race is retried.
"""
