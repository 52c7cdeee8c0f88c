"""What can be asked of the engine: one situation, with all that a case of cases.md states. No person, no free text.

The petition follows ``PetitionFiled`` and ``Particulars``, the events follow the orders of ``orders`` and the facts
of intake: what is added there can be said here.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Union, cast
from uuid import UUID

from pydantic import Field, create_model

from contracts.errors import Refused
from contracts.facts.base import Count, DocumentNumber
from contracts.facts.intake import (
    Attachment,
    PetitionFact,
    PetitionFiled,
    PetitionSupplemented,
    PetitionWithdrawn,
)
from contracts.facts.particulars import Particulars
from contracts.ids import AttachmentId, PetitionId, UnitId
from contracts.units import TREE_BEGINS, Unit
from contracts.vocabulary import UnitLevel
from services.routing import notes
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.domain.matrix.found import UNSIGNED_BY_NATURE
from services.routing.domain.opening import on_supplemented, on_withdrawn
from services.routing.orders import ORDERS, Circumstances, Order
from services.routing.persons import Person
from services.routing.planned import StatedSession
from services.routing.twins import Day, Note, Strict, When, Words, documented, fields_of, strict_annotation

NOBODYS: Final = PetitionId(UUID(int=0))
"""The petition of a situation is nobody's: it is in no list and in no store."""

_MADE_UP: Final[Mapping[str, Any]] = {"petition_id": NOBODYS, "code": "HS00-000000", "content_sha256": "0" * 64}
_NOT_ASKED: Final = (*_MADE_UP, "wants_notices", "particulars")

PARTICULARS: Final = frozenset(Particulars.model_fields)


class _Petition(Strict):
    def filed(self, also: Mapping[str, Any]) -> PetitionFiled:
        """What intake would say. ``also``: what the persons of the situation add."""
        said = {name: getattr(self, name) for name in self.model_fields_set} | dict(also)
        particulars = {name: said.pop(name) for name in PARTICULARS & said.keys()}
        said.setdefault("is_signed", said["channel"] not in UNSIGNED_BY_NATURE)  # as intake does at its door
        return PetitionFiled(
            **_MADE_UP, **said, particulars=Particulars(**_plain(particulars)) if particulars else None
        )


_petition_fields: dict[str, Any] = fields_of(PetitionFiled, notes.PETITION, without=_NOT_ASKED) | fields_of(
    Particulars, notes.PETITION
)
if TYPE_CHECKING:
    Petition = _Petition
else:
    Petition = create_model(
        "Petition", __base__=_Petition, __doc__="The petition, as intake says it, without its ids.", **_petition_fields
    )


class Happening(Strict):
    """Something that happened after receipt, on its day."""

    SUMMARY: ClassVar[str]

    on: When
    """The day or moment on which it happened. Events stand in the order of their dates."""

    @property
    def name(self) -> str:
        """The ``event`` it was given as."""
        return str(getattr(self, "event"))  # noqa: B009 - each happening has its own literal

    @property
    def acting_unit(self) -> UnitId | None:
        """The unit that acts; none for what the petitioner does."""
        return getattr(self, "by", None)

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        """The live function. Errors: its refusals."""
        raise NotImplementedError


class _Ordered(Happening):
    by: Annotated[UnitId, Field(examples=["xa-17971", "btcd-40"], json_schema_extra={"x-unit": "unit id"})]
    """The unit that orders it. An office of reception acts for its province."""


class _Supplement(Happening):
    """The petitioner completes the petition."""

    SUMMARY: ClassVar[str] = "Bổ sung đơn"

    event: Literal["supplement"]
    documents: Annotated[Count, Field(examples=[1], json_schema_extra={"x-unit": "documents"})] = 0
    """How many documents came."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        said = {
            name: getattr(self, name) for name in self.model_fields_set if name in PetitionSupplemented.model_fields
        }
        attachments = tuple(_document(number) for number in range(self.documents))
        fact = PetitionSupplemented(
            petition_id=NOBODYS, kind=case.kind, supplemented_at=self.on, attachments=attachments, **said
        )
        return _heard(case, on_supplemented(case, fact, given.law))


class _Withdrawal(Happening):
    """The petitioner withdraws the petition."""

    SUMMARY: ClassVar[str] = "Rút đơn"

    event: Literal["withdraw"]

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        said = _of_fact(self, PetitionWithdrawn)
        fact = PetitionWithdrawn(petition_id=NOBODYS, kind=case.kind, withdrawn_at=self.on, **said)
        return _heard(case, on_withdrawn(case, fact, given.law))


def _heard(case: Case, decided: acts.Decided) -> acts.Decided:
    """What a live case that is over does not listen to is not done here. Errors: Refused("case_over")."""
    if decided[0] is case:
        raise Refused("case_over", f"Vụ việc đang ở trạng thái “{case.status.label}”: việc này không thay đổi gì.")
    return decided


def _of_fact(happening: Happening, fact: type[PetitionFact]) -> dict[str, Any]:
    return {name: getattr(happening, name) for name in happening.model_fields_set if name in fact.model_fields}


def _document(number: int) -> Attachment:
    return Attachment(
        attachment_id=AttachmentId(UUID(int=number)), sha256="0" * 64, size_bytes=1, media_type="application/pdf"
    )


def _ordered(order: type[Order]) -> type[Happening]:
    """The event of an order: the order's own fields and decision, with its day and its unit."""
    fields: dict[str, Any] = {
        name: (strict_annotation(field.annotation, notes.ORDERS), documented(field, notes.of_order(order.PATH, name)))
        for name, field in order.model_fields.items()
    }
    fields["event"] = (Literal[order.PATH], Field(description=f"{order.SUMMARY}."))
    bases: Any = (order, _Ordered)
    made = create_model(f"{order.__name__}Event", __base__=bases, __doc__=order.SUMMARY, **fields)
    return cast("type[Happening]", made)


def _by_petitioner(base: type[Happening], fact: type[PetitionFact], *without: str) -> type[Happening]:
    fields: dict[str, Any] = fields_of(fact, notes.ORDERS, without=("petition_id", "kind", *without))
    made: type[Happening] = create_model(
        base.__name__.removeprefix("_") + "Event", __base__=base, __doc__=base.__doc__, **fields
    )
    return made


EVENTS: Final[tuple[type[Happening], ...]] = (
    *(_ordered(order) for order in ORDERS),
    _by_petitioner(_Supplement, PetitionSupplemented, "supplemented_at", "attachments"),
    _by_petitioner(_Withdrawal, PetitionWithdrawn, "withdrawn_at"),
)

if TYPE_CHECKING:
    Event = Happening
else:
    Event = Annotated[Union[EVENTS], Field(discriminator="event")]  # noqa: UP007 - built from a tuple


class StatedUnit(Strict):
    """A unit that the organisation tree does not know, or knows otherwise: as it stood from a day, up to a day."""

    id: Annotated[UnitId, Field(examples=["so-40-cu"])]
    """By which the other fields call it."""
    name: Annotated[Words, Field(max_length=120, examples=["Sở A (giả định)"])]
    """The unit's name, for people; never a person's."""
    level: UnitLevel
    """Values: central, province, department, district, commune."""
    superior: UnitId | None = None
    """The direct superior; none at the top."""
    headed_as: Annotated[Words, Field(max_length=120, examples=["Giám đốc Sở A"])]
    """The post that settles: a post, never a name."""
    valid_from: Day = TREE_BEGINS
    """The first day on which it stands."""
    valid_to: Day | None = None
    """The last day on which it stands; none while it is open."""
    successors: tuple[UnitId, ...] = ()
    """The units that took over when it closed (merged or dissolved)."""

    def unit(self) -> Unit:
        return Unit(
            id=self.id,
            name=self.name,
            level=self.level,
            superior=self.superior,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            official_code=None,
            headed_as=self.headed_as,
            successors=self.successors,
            recorded_on=date.max,
        )


class StatedDay(Strict):
    """A day that is not what the official calendar says: an override, as a signed document would bring it."""

    day: Annotated[Day, Field(examples=["2026-01-02", "2026-01-10"])]
    """The day; of the years 1996 to 2098."""
    is_working: bool
    """True: offices work on that day; false: they are closed."""
    name: Annotated[Words, Field(max_length=120, examples=["Nghỉ hoán đổi"])]
    """What it is called in explanations."""
    document: Annotated[DocumentNumber | Literal[""], Field(examples=["12729/VPCP-KGVX"])] = ""
    """The number of the document; empty when it is only supposed."""


class Situation(Strict):
    """One situation: what was filed, what happened since, and the day as of which it is asked.

    Left out means not said; what is then taken for granted stands in the answer under ``assumed``.
    """

    petition: Petition
    persons: Annotated[tuple[Person, ...], Field(max_length=50)] = ()
    """Who is concerned, by role, post and unit. Never a name."""
    events: Annotated[tuple[Event, ...], Field(max_length=100)] = ()
    """What happened after receipt, in the order of its dates."""
    units: Annotated[tuple[StatedUnit, ...], Field(max_length=50)] = ()
    """Units beside those of the official organisation tree."""
    calendar: Annotated[tuple[StatedDay, ...], Field(max_length=100)] = ()
    """Days that differ from the official calendar."""
    switches: Annotated[
        Mapping[str, bool | int | str | tuple[str, ...]], Field(examples=[{"culture_day": False}], max_length=50)
    ] = {}
    """Named settings of the law that are to count otherwise (``contracts/law/data/settings.toml``)."""
    session: StatedSession | None = None
    """A planned online session that is to hear it; none: nothing is asked about one."""
    as_of: Annotated[When | None, Field(examples=["2026-10-16"])] = None
    """The day up to which time passes; none: the day of the last event, or of what was last done for the session."""

    @property
    def told_at(self) -> Any:
        """The moment as of which the answer holds."""
        last = self.events[-1].on if self.events else self.petition.received_at  # type: ignore[attr-defined]
        return self.as_of or max([last, *(self.session.happened if self.session else ())])


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    """Twins inside, as the parts of facts they are twins of."""
    return {name: _untwinned(value) for name, value in said.items()}


def _untwinned(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_untwinned, value))
    return value.model_dump() if isinstance(value, Strict) else value


__all__ = ["EVENTS", "Event", "Happening", "Note", "Petition", "Situation", "StatedDay", "StatedUnit"]
