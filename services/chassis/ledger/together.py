"""Several decisions about one aggregate in one write: what facts that follow each other have to change there."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Generic, TypeVar

from pydantic import BaseModel

from contracts.errors import Conflict
from contracts.facts.base import Fact
from services.chassis.ledger.drawer import Decision, Drawer, Stored
from services.chassis.ledger.port import Mark

S = TypeVar("S", bound=BaseModel)

_TRIES: Final = 24


@dataclass(frozen=True, slots=True)
class Effect(Generic[S]):
    """What one fact changes: the decision, and the mark that makes it happen once."""

    decision: Decision[S]
    mark: Mark


async def decide_together(drawer: Drawer[S], document_id: str, effects: Sequence[Effect[S]], *, new: S) -> Stored[S]:
    """Load, decide one after the other, and save once, under the last mark: all of it happens, or nothing.

    Each effect that was already had (its mark, or a later one, is applied) is left out, as it is when they come
    singly. ``new`` is what the decisions begin from when there is no document yet. All marks are of one subject of one
    stream, in sequence.
    Errors: ValueError for marks that are not; Conflict("changed_meanwhile") after the last try; whatever a decision
    raises, and then nothing was written.
    """
    if not effects or not _follow_each_other([effect.mark for effect in effects]):
        raise ValueError("effects that are had together are of one subject, in sequence")
    last = effects[-1].mark
    for _ in range(_TRIES):
        stored = await drawer.find(document_id)
        known = Stored(document_id, 0, new, {}) if stored is None else stored
        due = [effect for effect in effects if not known.has_heard(effect.mark)]
        if stored is not None and not due:
            return stored
        state, facts = _decided(known.state, due)
        try:
            if stored is None:
                return await drawer.add(document_id, state, facts, last)
            return await drawer.save(stored, state, facts, last)
        except Conflict as conflict:
            if conflict.code not in {"exists", "changed_meanwhile"}:
                raise
        await asyncio.sleep(0)
    raise Conflict("changed_meanwhile", "Hồ sơ vừa được người khác thay đổi; xin xem lại rồi làm tiếp.")


def _decided(state: S, effects: Sequence[Effect[S]]) -> tuple[S, list[Fact]]:
    said: list[Fact] = []
    for effect in effects:
        state, facts = effect.decision(state)
        said += facts
    return state, said


def _follow_each_other(marks: Sequence[Mark]) -> bool:
    """One subject, and no fact before one that it follows: only then does the last mark stand for all."""
    return all(before.key == mark.key and before.sequence < mark.sequence for before, mark in pairwise(marks))


__all__ = ["Effect", "decide_together"]
