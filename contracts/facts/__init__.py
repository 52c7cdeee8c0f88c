"""Every fact of the house, filed under the service that says it."""

from typing import Final

from contracts.facts import intake, notify, public, recording, routing, sessions
from contracts.facts.base import Fact

FACTS: Final[tuple[type[Fact], ...]] = (
    *intake.FACTS,
    *routing.FACTS,
    *public.FACTS,
    *sessions.FACTS,
    *recording.FACTS,
    *notify.FACTS,
)

BY_TYPE: Final[dict[str, type[Fact]]] = {fact.TYPE: fact for fact in FACTS}
