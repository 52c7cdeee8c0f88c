"""What routing says about the working days of state offices: plans, each with its document and its signer."""

from datetime import date
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.facts.base import DocumentNumber, Fact, KeyId, Moment, Part, Sha256
from contracts.ids import CalendarId, UnitId
from contracts.streams import CALENDAR, Stream
from contracts.vocabulary import DayReason, Role

SwitchId = Annotated[str, Field(max_length=40, pattern=r"^[a-z]{1,20}(_[a-z]{1,20}){0,3}$")]
"""A switch of ``contracts/law/data/calendar.toml``: ``culture_day``."""

_DAYS_AT_MOST: Final = 60


class CalendarDay(Part):
    """One day that is not what it was thought to be."""

    day: date
    is_working: bool
    reason: DayReason


class CalendarSwitch(Part):
    """A holiday of every year, turned on or off as a whole."""

    id: SwitchId
    is_on: bool


class CalendarPlan(Part):
    """What one document says about days: a Tết plan, a swap, a switch."""

    scope: UnitId
    """``state``, or the province that it binds."""
    effective_from: date
    """Of two plans that name the same day for the same scope, the later effective one counts."""
    document: DocumentNumber | None = None
    """None: an estimate of days to come."""
    days: Annotated[tuple[CalendarDay, ...], Field(max_length=_DAYS_AT_MOST)] = ()
    switches: Annotated[tuple[CalendarSwitch, ...], Field(max_length=_DAYS_AT_MOST)] = ()

    @model_validator(mode="after")
    def _says_each_thing_once(self) -> Self:
        named = [*(one.day for one in self.days), *(one.id for one in self.switches)]
        if not named or len(named) != len(set(named)):
            raise ValueError("a plan names at least one day or switch, and none twice")
        return self


class CalendarOverridden(Fact):
    """A plan was entered: from now on days are counted with it, also those of every open case."""

    TYPE: ClassVar[str] = "vn.tiepdan.calendar.overridden.v1"

    calendar_id: CalendarId
    revision: Annotated[int, Field(ge=1)]
    """Which entry of the book this is, from 1."""
    plan: CalendarPlan
    entered_at: Moment
    entered_by: UnitId
    entered_as: Role
    signer: KeyId
    """Whose key signed the plan."""
    signature_sha256: Sha256
    """Of the detached signature that routing keeps beside the plan."""

    @property
    def stream(self) -> Stream:
        return CALENDAR

    @property
    def subject(self) -> CalendarId:
        return self.calendar_id


FACTS: tuple[type[Fact], ...] = (CalendarOverridden,)
