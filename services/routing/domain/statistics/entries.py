"""What is counted: entries, each with a unit, its facets, and what it adds to a figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.ids import CaseId, LookupCode, SessionId, UnitId
from contracts.law.statistics import Facet
from services.routing.domain.statistics.record import CaseRecord, SessionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that counts at one unit. ``case_id``: none for a session as such."""

    unit: UnitId
    facets: Mapping[str, Facet]
    amounts: Mapping[str, int | None]
    """What it adds, by what is counted; none: nobody has said how much."""
    case_id: CaseId | None = None
    session_id: SessionId | None = None
    code: LookupCode | None = None

    @property
    def place(self) -> str:
        """Where it stands among the entries of a figure, by case; no other entry stands there."""
        return f"{self.case_id or ''}~{self.session_id or ''}~{self.unit}"


@dataclass(frozen=True, slots=True)
class World:
    """The records a table is made from: all that may count in its period."""

    cases: Sequence[CaseRecord] = ()
    sessions: Sequence[SessionRecord] = ()
