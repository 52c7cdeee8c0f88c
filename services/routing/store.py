"""Routing's drawer: cases. The only place that knows their collection and keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.errors import Conflict, NotFound
from contracts.facts.base import Fact
from contracts.ids import CaseId, PetitionId, UnitId, case_of
from contracts.vocabulary import PetitionKind
from services.chassis.ledger.drawer import Decision, Drawer, Stored
from services.chassis.ledger.port import Collection, Mark, Scalar, Where
from services.routing.domain.case import Case, Status, apart

CASES: Final = Collection("cases", keys=("listed_under", "status", "kind", "next_timer_on", "due_on", "code"))


def case_keys(case: Case) -> Mapping[str, Scalar]:
    """What cases are searched by. Days in ISO spelling sort by time."""
    return {
        "listed_under": case.listed_under,
        "status": case.status.value,
        "kind": case.kind.value,
        "next_timer_on": _text(case.next_timer_on),
        "due_on": _text(case.due_on),
        "code": case.filed.code,
    }


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose lists a caller reads: the units below the body it acts for, and its own list apart."""

    body: UnitId
    unit_ids: frozenset[UnitId]

    def where(self) -> Mapping[str, Sequence[Scalar]]:
        return {"listed_under": [*sorted(self.unit_ids), apart(self.body)]}


class Cases:
    """Cases, by petition, by scope and by timer."""

    def __init__(self, drawer: Drawer[Case]) -> None:
        self._drawer = drawer

    async def open(self, case: Case, facts: Sequence[Fact], mark: Mark) -> None:
        """Keep a new case and say its facts; the same petition heard twice opens one case."""
        await self._drawer.add(str(case.case_id), case, facts, mark)

    async def hear(self, petition_id: PetitionId, decision: Decision[Case], mark: Mark) -> None:
        """Let a heard fact have its effect once. Errors: NotFound when the petition has no case."""
        await self._drawer.decide(str(case_of(petition_id)), decision, mark)

    async def get(self, case_id: CaseId) -> Stored[Case]:
        """The case. Errors: NotFound("no_case")."""
        stored = await self._drawer.find(str(case_id))
        if stored is None:
            raise NotFound("no_case", "Không tìm thấy vụ việc.")
        return stored

    async def act(self, case_id: CaseId, decision: Decision[Case], seen_version: int | None) -> Stored[Case]:
        """An officer's decision. With the version the officer saw, it is made on exactly that or not at all.

        Errors: those of the decision; Conflict("changed_meanwhile").
        """
        if seen_version is None:
            return await self._drawer.decide(str(case_id), decision)
        stored = await self.get(case_id)
        if stored.version != seen_version:
            raise Conflict("changed_meanwhile", "Hồ sơ vừa được người khác thay đổi; xin xem lại rồi làm tiếp.")
        state, facts = decision(stored.state)
        return await self._drawer.save(stored, state, facts)

    async def page(
        self,
        reach: Reach,
        *,
        status: Status | None = None,
        kind: PetitionKind | None = None,
        due_by: date | None = None,
        limit: int,
        after: str | None,
    ) -> list[Stored[Case]]:
        """A page of cases in reach, by id; ``due_by``: those with a clock that ends by that day."""
        equal = {"status": status, "kind": kind}
        where = Where(
            one_of=reach.where(),
            equal={name: value.value for name, value in equal.items() if value is not None},
            at_most={} if due_by is None else {"due_on": due_by.isoformat()},
        )
        return await self._drawer.select(where, limit=limit, after=after)

    async def with_timer_by(self, today: date, *, limit: int, after: str | None) -> list[Stored[Case]]:
        """A page, by id, of cases to which time alone has brought something by that day."""
        due = Where(at_most={"next_timer_on": today.isoformat()})
        return await self._drawer.select(due, limit=limit, after=after)

    async def tell_time(self, stored: Stored[Case], case: Case, facts: Sequence[Fact]) -> None:
        """Keep what time brought to exactly this version. Errors: Conflict("changed_meanwhile")."""
        await self._drawer.save(stored, case, facts)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
