"""Routing's drawer: cases. The only place that knows their collection and keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.errors import Conflict, NotFound
from contracts.facts.base import Fact
from contracts.ids import CaseId, PetitionId, UnitId, calendar_of, case_of
from contracts.vocabulary import PetitionKind
from services.chassis.ledger.drawer import Decision, Drawer, Stored
from services.chassis.ledger.port import Collection, Mark, Scalar, Where
from services.routing.domain.calendar_book import CalendarBook
from services.routing.domain.case import Case, Status, apart
from services.routing.domain.recompute import revision_of

CASES: Final = Collection(
    "cases", keys=("listed_under", "status", "kind", "next_timer_on", "due_on", "code", "calendar_revision")
)
CALENDAR: Final = Collection("calendar")

_NO_OPEN_CLOCK: Final = 1_000_000_000
"""In place of a calendar revision: nothing here is ever counted again. A case without the key is older than it."""


def case_keys(case: Case) -> Mapping[str, Scalar]:
    """What cases are searched by. Days in ISO spelling sort by time."""
    revision = revision_of(case)
    return {
        "listed_under": case.listed_under,
        "status": case.status.value,
        "kind": case.kind.value,
        "next_timer_on": _text(case.next_timer_on),
        "due_on": _text(case.due_on),
        "code": case.filed.code,
        "calendar_revision": _NO_OPEN_CLOCK if revision is None else revision,
    }


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose lists a caller reads: the units below the body it acts for, and its own list apart."""

    body: UnitId
    unit_ids: frozenset[UnitId]

    def where(self) -> Mapping[str, Sequence[Scalar]]:
        return {"listed_under": [*sorted(self.unit_ids), apart(self.body)]}


def as_it_is(case: Case) -> tuple[Case, Sequence[Fact]]:
    """The case, with nothing to say about it."""
    return case, []


class Cases:
    """Cases, by petition, by scope and by timer.

    Whoever decides about a case decides on one whose clocks are counted with the calendar of today: ``present``
    brings it there first, and what that says is said before what is decided.
    """

    def __init__(self, drawer: Drawer[Case], present: Decision[Case] = as_it_is) -> None:
        self._drawer = drawer
        self.present = present

    async def open(self, case: Case, facts: Sequence[Fact], mark: Mark) -> None:
        """Keep a new case and say its facts; the same petition heard twice opens one case."""
        await self._drawer.add(str(case.case_id), case, facts, mark)

    async def hear(self, petition_id: PetitionId, decision: Decision[Case], mark: Mark) -> None:
        """Let a heard fact have its effect once. Errors: NotFound when the petition has no case."""
        await self._drawer.decide(str(case_of(petition_id)), self._presently(decision), mark)

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
            return await self._drawer.decide(str(case_id), self._presently(decision))
        stored = await self.get(case_id)
        if stored.version != seen_version:
            raise Conflict("changed_meanwhile", "Hồ sơ vừa được người khác thay đổi; xin xem lại rồi làm tiếp.")
        state, facts = self._presently(decision)(stored.state)
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

    async def all(self, *, limit: int, after: str | None) -> list[Stored[Case]]:
        """A page of all cases, by id."""
        return await self._drawer.select(Where(), limit=limit, after=after)

    async def behind(self, revision: int, *, limit: int) -> list[Stored[Case]]:
        """Cases with a clock that was counted with fewer plans of the calendar, those with the fewest first."""
        older = Where(at_most={"calendar_revision": revision - 1})
        found = await self._drawer.select(older, order_by="calendar_revision", limit=limit)
        return found or await self._drawer.select(Where(equal={"calendar_revision": None}), limit=limit)

    async def recount_progress(self, revision: int) -> tuple[int, int]:
        """How many cases with open clocks are counted with that many plans, and how many there are."""
        older = await self._drawer.count(Where(at_most={"calendar_revision": revision - 1}))
        unknown = await self._drawer.count(Where(equal={"calendar_revision": None})) if revision else 0
        known = await self._drawer.count(Where(at_most={"calendar_revision": _NO_OPEN_CLOCK - 1}))
        return known - older, known + unknown

    def _presently(self, decision: Decision[Case]) -> Decision[Case]:
        def decided(case: Case) -> tuple[Case, Sequence[Fact]]:
            now, moved = self.present(case)
            after, facts = decision(now)
            return after, [*moved, *facts]

        return decided


class Calendars:
    """The calendar book of the province."""

    def __init__(self, drawer: Drawer[CalendarBook], province: UnitId) -> None:
        self._drawer = drawer
        self.province = province
        self._id = calendar_of(province)

    async def get(self) -> CalendarBook:
        """The book; an empty one before anything was entered."""
        stored = await self._drawer.find(str(self._id))
        return CalendarBook(calendar_id=self._id, province=self.province) if stored is None else stored.state

    async def enter(self, decision: Decision[CalendarBook]) -> CalendarBook:
        """The book after the decision, durable. Errors: those of the decision; Conflict("changed_meanwhile")."""
        stored = await self._drawer.find(str(self._id))
        if stored is not None:
            return (await self._drawer.decide(str(self._id), decision)).state
        book, facts = decision(await self.get())
        try:
            return (await self._drawer.add(str(self._id), book, facts)).state
        except Conflict:  # another replica began the book at this moment
            return (await self._drawer.decide(str(self._id), decision)).state


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
