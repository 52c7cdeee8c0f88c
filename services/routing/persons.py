"""Who is concerned by a petition, by role: post, unit, capacity; never a name.

It is another way to say what the petition's own fields say, the way people speak of a case. Both at once are welcome
as long as they say the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from contracts.ids import UnitId
from contracts.vocabulary import (
    PetitionerRole,
    PowerForm,
    RespondentFunction,
    RespondentMove,
    RespondentPlace,
    RespondentPost,
)
from services.routing.twins import Strict


class _Person(Strict):
    AS: ClassVar[Mapping[str, str]] = {}
    """Own field → field of the petition."""

    def said(self) -> dict[str, Any]:
        """What this person means for the petition."""
        return {field: value for own, field in self.AS.items() if (value := getattr(self, own)) is not None}


class Petitioner(_Person):
    """Who brings the petition in the own matter."""

    AS: ClassVar[Mapping[str, str]] = {
        "is_capable": "is_capable",
        "is_directly_affected": "is_directly_affected",
    }

    role: Literal["petitioner"]
    """Values: petitioner = người gửi đơn."""
    is_capable: bool | None = None
    """Full civil capacity."""
    is_directly_affected: bool | None = None
    """The decision or act concerns this person directly."""


class LegalRepresentative(_Person):
    """Who brings it for somebody by law: a parent, a guardian, the head of an organisation."""

    AS: ClassVar[Mapping[str, str]] = {"is_lawful": "is_representative_lawful"}

    role: Literal["legal_representative"]
    """Values: legal_representative = người đại diện theo pháp luật."""
    is_lawful: bool | None = None
    """The standing is proved."""

    def said(self) -> dict[str, Any]:
        return {**super().said(), "petitioner_role": PetitionerRole.LEGAL_REPRESENTATIVE}


class Attorney(_Person):
    """Who was given a power for this matter."""

    AS: ClassVar[Mapping[str, str]] = {"power_form": "power_form"}

    role: Literal["attorney", "lawyer"]
    """Values: attorney = người được ủy quyền; lawyer = luật sư, trợ giúp viên pháp lý được ủy quyền."""
    power_form: PowerForm | None = None
    """The form of the written power."""

    def said(self) -> dict[str, Any]:
        return {**super().said(), "petitioner_role": PetitionerRole(self.role)}


class GroupRepresentative(_Person):
    """One of those whom a group named in writing."""

    role: Literal["group_representative"]
    """Values: group_representative = người đại diện của nhóm."""
    is_petitioner: bool | None = None
    """One of the petitioners (LTCD 29)."""


class Respondent(_Person):
    """Whose decision is complained of, or who is denounced: by post and unit."""

    AS: ClassVar[Mapping[str, str]] = {
        "unit": "respondent_unit",
        "post": "respondent_post",
        "place": "respondent_place",
        "function": "respondent_function",
        "is_on_duty": "is_on_duty",
        "now_at": "respondent_now_at",
        "now_post": "respondent_now_post",
        "move": "respondent_move",
    }

    role: Literal["respondent"]
    """Values: respondent = người bị khiếu nại, bị tố cáo."""
    unit: Annotated[UnitId, Field(examples=["xa-17662", "so-40-gtvt"], json_schema_extra={"x-unit": "unit id"})]
    """The unit at the time of the decision or act."""
    post: RespondentPost
    """The post held there."""
    place: RespondentPlace | None = None
    """Where inside the unit."""
    function: RespondentFunction | None = None
    """A function outside administration."""
    is_on_duty: bool | None = None
    """In performing a public duty."""
    now_at: Annotated[UnitId | None, Field(examples=["so-40-xd"], json_schema_extra={"x-unit": "unit id"})] = None
    """Where this person works now, when elsewhere."""
    now_post: RespondentPost | None = None
    """The post held there now."""
    move: RespondentMove | None = None
    """How this person left the unit."""


Person = Annotated[
    Petitioner | LegalRepresentative | Attorney | GroupRepresentative | Respondent, Field(discriminator="role")
]

_AT_MOST_ONE: Final = (Petitioner, LegalRepresentative, Respondent)


def fields_from(persons: Sequence[Person]) -> dict[str, Any]:
    """The petition's fields that follow from the persons."""
    found: dict[str, Any] = {}
    for person in persons:
        found |= person.said()
    attorneys = sum(isinstance(person, Attorney) for person in persons)
    if attorneys:
        found["attorney_count"] = attorneys
    return found | _of_group([person for person in persons if isinstance(person, GroupRepresentative)])


def places_of(persons: Sequence[Person]) -> dict[str, str]:
    """Each field of the petition that a person says: where it stands there, ``persons.1.unit``."""
    return {
        field: f"persons.{number}.{own}"
        for number, person in enumerate(persons)
        for own, field in person.AS.items()
        if getattr(person, own) is not None
    }


def said_twice(persons: Sequence[Person]) -> Iterator[int]:
    """The numbers of persons in a role that only one person has in a petition."""
    for role in _AT_MOST_ONE:
        numbers = [number for number, person in enumerate(persons) if isinstance(person, role)]
        yield from numbers[1:]


def _of_group(representatives: Sequence[GroupRepresentative]) -> dict[str, Any]:
    if not representatives:
        return {}
    known = [one.is_petitioner for one in representatives]
    found: dict[str, Any] = {"has_representatives": True, "representative_count": len(representatives)}
    if None not in known:
        found["are_representatives_petitioners"] = all(known)
    return found
