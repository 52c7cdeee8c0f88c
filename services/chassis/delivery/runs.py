"""Runs: facts of one subject that follow each other in a batch and that one handler takes together. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from contracts.facts import BY_TYPE
from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope, Unreadable
from contracts.streams import Stream
from services.chassis.delivery.heard import Handler, HandlerTable, Heard, Together
from services.chassis.delivery.turns import Turn, turn_of
from services.chassis.ledger.port import Position

T = TypeVar("T")

RUN_MAX: Final = 100
"""One write has the effect of so many at most: as many facts as a relay carries at a time."""


@dataclass(frozen=True, slots=True)
class Run(Generic[T]):
    """Facts for one handler at once; without a handler: one fact, in the ordinary way."""

    facts: Sequence[T]
    handler: Together | None = None


def runs_of(facts: Sequence[T], envelope_of: Callable[[T], Envelope], table: HandlerTable) -> Iterator[Run[T]]:
    """All facts in their order; what is not at least two for the same ``Together`` comes alone."""
    start = 0
    while start < len(facts):
        handler = _handler_of(envelope_of(facts[start]), table)
        end = start + 1
        if isinstance(handler, Together):
            while end < min(len(facts), start + RUN_MAX) and _handler_of(envelope_of(facts[end]), table) is handler:
                end += 1
        is_run = isinstance(handler, Together) and end > start + 1
        yield Run(facts[start:end], handler if is_run and isinstance(handler, Together) else None)
        start = end


def _handler_of(envelope: Envelope, table: HandlerTable) -> Handler | None:
    kind = BY_TYPE.get(envelope.type)
    return None if kind is None else table.get(kind)


def all_in_turn(
    stream: Stream, position: Position, envelopes: Sequence[Envelope], *, may_leap: bool
) -> list[Heard[Fact]] | None:
    """What the facts of a run say; none when one of them is not simply the next of its subject."""
    heard = []
    for envelope in envelopes:
        if turn_of(position, envelope, may_leap=may_leap) is not Turn.NOW:
            return None
        try:
            said = envelope.fact()
        except Unreadable:
            return None
        if said is None or not is_in_its_place(stream, said, envelope):
            return None
        heard.append(Heard(said, envelope))
        position = Position(position.key, envelope.sequence, envelope.hash)
    return heard


def is_in_its_place(stream: Stream, said: Fact, envelope: Envelope) -> bool:
    """True for a fact on the stream and under the subject that its content says."""
    return said.stream.name == stream.name and str(said.subject) == envelope.subject
