"""Drawers: typed state in, facts out. The only way a service writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from contracts.errors import Conflict, NotFound
from contracts.facts.base import Fact
from services.chassis.ledger.port import Mark, Scalar, Where

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Stored(Generic[S]):
    """A state as it stands in the drawer, with the version that a later save must still find."""

    id: str
    version: int
    state: S
    applied: Mapping[str, int]

    def has_heard(self, mark: Mark | None) -> bool:
        """True when this fact, or a later one of its subject, has already had its effect here."""
        return mark is not None and self.applied.get(mark.key, 0) >= mark.sequence


Decision = Callable[[S], tuple[S, Sequence[Fact]]]
"""A pure function from state to new state and what is said about it. It may refuse by raising."""


class Drawer(Protocol[S]):
    """One kind of aggregate. Written once in the chassis (``LedgerDrawer``), used by every service's store."""

    async def get(self, document_id: str) -> Stored[S]:
        """The state. Errors: NotFound."""
        ...

    async def find(self, document_id: str) -> Stored[S] | None:
        """The state, or none."""
        ...

    async def select(
        self, where: Where, *, order_by: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[Stored[S]]:
        """States that match."""
        ...

    async def count(self, where: Where) -> int:
        """How many match."""
        ...

    async def add(self, document_id: str, state: S, facts: Sequence[Fact], mark: Mark | None = None) -> Stored[S]:
        """Create it and say the facts, in one write. Errors: Conflict("exists"), Conflict("key_taken")."""
        ...

    async def save(self, stored: Stored[S], state: S, facts: Sequence[Fact], mark: Mark | None = None) -> Stored[S]:
        """Write what a decision made of exactly this version. Errors: Conflict("changed_meanwhile")."""
        ...

    async def decide(self, document_id: str, decision: Decision[S], mark: Mark | None = None) -> Stored[S]:
        """Load, decide, save; on a version race load and decide again (bounded).

        With a ``mark`` that was already applied nothing happens and the state is returned as it stands.
        Errors: NotFound; Conflict("changed_meanwhile") after the last try; whatever the decision raises.
        """
        ...


KeysOf = Callable[[S], Mapping[str, Scalar]]
"""Which keys a state is searched by."""

__all__ = ["Conflict", "Decision", "Drawer", "KeysOf", "NotFound", "Stored"]
