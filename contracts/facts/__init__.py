"""Every fact of the house, filed under the service that says it."""

from typing import Final

from contracts.facts import calendar, intake, notify, public, recording, routing, sessions
from contracts.facts.base import Fact
from contracts.streams import Stream
from contracts.vocabulary import PetitionKind

FACTS: Final[tuple[type[Fact], ...]] = (
    *intake.FACTS,
    *routing.FACTS,
    *calendar.FACTS,
    *public.FACTS,
    *sessions.FACTS,
    *recording.FACTS,
    *notify.FACTS,
)

BY_TYPE: Final[dict[str, type[Fact]]] = {fact.TYPE: fact for fact in FACTS}


def streams_of(fact: type[Fact]) -> tuple[Stream, ...]:
    """The streams a fact is said on: one, or for petitions two, because denunciations go their own way."""
    said_on = {
        fact.model_construct(kind=kind).stream.name: fact.model_construct(kind=kind).stream for kind in PetitionKind
    }
    return tuple(said_on[name] for name in sorted(said_on))
