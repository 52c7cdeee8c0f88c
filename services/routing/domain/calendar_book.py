"""The calendar book: the plans that were entered, each with who entered and who signed it. Only added to."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from contracts.facts.base import Fact, vietnam_day
from contracts.facts.calendar import CalendarOverridden, CalendarPlan
from contracts.ids import CalendarId, UnitId
from contracts.law.plans import check_plan
from contracts.vocabulary import Role


class Signature(BaseModel):
    """A detached signature that was verified: whose key, and the signature itself, Base64."""

    model_config = ConfigDict(frozen=True)

    signer: str
    value: str
    sha256: str


class Entry(BaseModel):
    """One plan of the book."""

    model_config = ConfigDict(frozen=True)

    said: CalendarOverridden
    signature: str


class CalendarBook(BaseModel):
    """All plans of a province, in the order of their entry."""

    model_config = ConfigDict(frozen=True)

    calendar_id: CalendarId
    province: UnitId
    entries: tuple[Entry, ...] = ()

    @property
    def plans(self) -> tuple[CalendarPlan, ...]:
        return tuple(entry.said.plan for entry in self.entries)


def enter(
    book: CalendarBook, plan: CalendarPlan, signature: Signature, *, by: UnitId, role: Role, now: datetime
) -> tuple[CalendarBook, Sequence[Fact]]:
    """The book with one more plan. The same plan entered again changes nothing. Errors: those of ``check_plan``."""
    if plan in book.plans:
        return book, []
    check_plan(plan, book.plans, province=book.province, today=vietnam_day(now))
    fact = CalendarOverridden(
        calendar_id=book.calendar_id,
        revision=len(book.entries) + 1,
        plan=plan,
        entered_at=now,
        entered_by=by,
        entered_as=role,
        signer=signature.signer,
        signature_sha256=signature.sha256,
    )
    entry = Entry(said=fact, signature=signature.value)
    return book.model_copy(update={"entries": (*book.entries, entry)}), [fact]
