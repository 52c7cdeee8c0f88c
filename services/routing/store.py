"""Routing's drawer: cases. The only place that knows their collection and keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.errors import Conflict, NotFound
from contracts.facts.base import Fact
from contracts.ids import CaseId, PetitionId, UnitId, calendar_of, case_of
from contracts.law.secrecy import accused_unit
from contracts.vocabulary import PetitionKind
from services.chassis.ledger.drawer import Decision, Drawer, Stored
from services.chassis.ledger.port import Collection, Mark, Scalar, Where
from services.routing.domain.calendar_book import CalendarBook
from services.routing.domain.case import Case, Status, apart
from services.routing.domain.recompute import open_until, revision_of

CASES: Final = Collection(
    "cases", keys=("listed_under", "accused", "status", "kind", "next_timer_on", "due_on", "code", "recount")
)
NOBODY: Final = "nobody"
"""The accused unit of a case that accuses none. A case without the key is older than it, and stands in no list."""
CALENDAR: Final = Collection("calendar")

_NO_OPEN_CLOCK: Final = "none"
"""Sorts behind every revision: nothing here is ever counted again. A case without the key is older than it."""
_ANY_REVISION: Final = "999999/99999999"
_DAYS: Final = 10_000_000
"""More than there are days in a calendar: later days get smaller numbers."""


def case_keys(case: Case) -> Mapping[str, Scalar]:
    """What cases are searched by. Days in ISO spelling sort by time."""
    return {
        "listed_under": case.listed_under,
        "accused": accused_unit(case.filed) or NOBODY,
        "status": case.status.value,
        "kind": case.kind.value,
        "next_timer_on": _text(case.next_timer_on),
        "due_on": _text(case.due_on),
        "code": case.filed.code,
        "recount": _recount_key(case),
    }


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose lists a caller reads: the units below the body it acts for, and its own lists apart; of these, no case that
    accuses a unit to which the caller's own unit or that body is near.
    """

    body: UnitId
    unit_ids: frozenset[UnitId]
    own: frozenset[UnitId]
    """The body, as far as it stands, and those that it alone followed."""
    never: frozenset[UnitId]
    """Units to which the caller is too near to know of what accuses them."""
    others: frozenset[UnitId]
    """All other units."""

    def where(self) -> Mapping[str, Sequence[Scalar]]:
        return {
            "listed_under": [*sorted(self.unit_ids), *map(apart, sorted(self.own))],
            "accused": [NOBODY, *sorted(self.others)],
        }


def as_it_is(case: Case) -> tuple[Case, Sequence[Fact]]:
    """The case, with nothing to say about it."""
    return case, []


class Cases:
    """Cases, by petition, by scope and by timer.

    Whoever decides about a case decides on one whose clocks are counted with the calendar of today, in the hands of
    bodies that stand today: ``present`` brings it there first, and what that says is said before what is decided.
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

    async def left_with(self, units: Sequence[UnitId], *, limit: int, after: str | None) -> list[Stored[Case]]:
        """A page, by id, of cases that are not over and that one of these units, which ended, still holds."""
        places = [place for unit in units for place in (unit, apart(unit))]
        going_on = [status.value for status in Status if status is not Status.CLOSED]
        return await self._drawer.select(
            Where(one_of={"listed_under": places, "status": going_on}), limit=limit, after=after
        )

    async def tell_time(self, stored: Stored[Case], case: Case, facts: Sequence[Fact]) -> None:
        """Keep what time brought to exactly this version. Errors: Conflict("changed_meanwhile")."""
        await self._drawer.save(stored, case, facts)

    async def all(self, *, limit: int, after: str | None) -> list[Stored[Case]]:
        """A page of all cases, by id."""
        return await self._drawer.select(Where(), limit=limit, after=after)

    async def behind(self, changes: Sequence[date | None], *, limit: int) -> list[Stored[Case]]:
        """Cases that a change of the calendar may move and that were counted before it; and, calendar or not, those of
        before a key by which cases are searched now: kept again they have it.

        ``changes[n]``: the first day that is not what it was with ``n`` plans; none when all are.
        """
        uncounted = [Where(equal={"recount": None})] if changes else []
        for where in (*_behind(changes), *uncounted, Where(equal={"accused": None})):
            found = await self._drawer.select(where, order_by="recount", limit=limit)
            if found:
                return found
        return []

    async def recount_progress(self, changes: Sequence[date | None]) -> tuple[int, int]:
        """How many cases with open clocks need no more counting, and how many there are."""
        known = await self._drawer.count(Where(at_most={"recount": _ANY_REVISION}))
        unknown = await self._drawer.count(Where(equal={"recount": None}))
        behind = [await self._drawer.count(where) for where in _behind(changes)]
        return known - sum(behind), known + unknown

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


def _recount_key(case: Case) -> str:
    """With how many plans its open clocks were counted, then their last day, later days first."""
    revision = revision_of(case)
    if revision is None:
        return _NO_OPEN_CLOCK
    return f"{revision:06d}/{_backward(open_until(case))}"


def _backward(day: date) -> str:
    return f"{_DAYS - day.toordinal():08d}"


def _behind(changes: Sequence[date | None]) -> list[Where]:
    """For each earlier revision: the cases of it with an open clock that ends on the first changed day or later."""
    return [
        Where(prefix={"recount": f"{number:06d}/"}, at_most={"recount": f"{number:06d}/{_backward(first)}"})
        for number, first in enumerate(changes)
        if first is not None
    ]


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
