"""The book of receptions (Sổ tiếp công dân, Mẫu 03/TCD): thirteen columns from petition, person and what was heard of
the case. Pure. Who denounces is not written into it (LTC 8, 9, 56).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.facts import BY_TYPE
from contracts.facts.base import Fact, vietnam_day
from contracts.facts.lines import line_of
from contracts.facts.routing import (
    CaseAccepted,
    CaseClosed,
    CaseDeclined,
    CaseDiscontinued,
    CaseFact,
    CaseGuided,
    CaseOpened,
    CaseRerouted,
    CaseSettled,
    CaseTransferred,
)
from contracts.ids import UnitId
from contracts.law.forms import day_text
from contracts.law.secrecy import is_confidential
from contracts.vocabulary import Instance
from services.intake.domain import Petition, Petitioner, PetitionText, Step

SEALED: Final = "Giữ bí mật"
NameOf = Callable[[UnitId], str]
_FOLLOWED: Final = (CaseSettled, CaseDeclined, CaseDiscontinued, CaseClosed)
_GROUP_FROM: Final = 5
"""Several people with one matter who have to name representatives (LTCD 29)."""


class RegisterRow(BaseModel):
    """One reception, column by column (Mẫu 03/TCD)."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    number: str
    received_on: str
    person: str
    identity_paper: str
    summary: str
    kind: str
    people: str
    settled_by: str
    is_competent: str
    guided_to: str
    accepted_by: str
    follow_up: str
    notes: str

    @property
    def is_sealed(self) -> bool:
        return self.person == SEALED

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of the columns."""
        return tuple(getattr(self, name) for name in type(self).model_fields)


def row_of(
    number: int,
    petition: Petition,
    person: Petitioner | None,
    content: PetitionText | None,
    *,
    steps: Sequence[Step],
    body: UnitId,
    name_of: NameOf,
) -> RegisterRow:
    """The reception as the book has it. ``person``, ``content``: none where identity is sealed; ``body``: the body for
    which people are received here.
    """
    filed, heard = petition.filed, tuple(facts_of(steps))
    first = filed.respondent_unit if filed.instance is Instance.SECOND else None
    return RegisterRow(
        number=str(number),
        received_on=day_text(vietnam_day(filed.received_at)),
        person=_person(person),
        identity_paper=SEALED if person is None else person.personal_number or "",
        summary=SEALED if content is None else content.summary,
        kind=filed.kind.label,
        people=str(filed.signer_count),
        settled_by=name_of(first) if first else "",
        is_competent="x" if _competent(heard) == body else "",
        guided_to="; ".join(_to(one.guided_to, one.document_number, name_of) for one in _all(heard, CaseGuided)),
        accepted_by="; ".join(_taken(heard, name_of)),
        follow_up="; ".join(line_of(one, name_of) for one in heard if isinstance(one, _FOLLOWED)),
        notes=f"Đoàn {filed.signer_count} người" if filed.signer_count >= _GROUP_FROM else "",
    )


def is_sealed(petition: Petition) -> bool:
    """Neither person nor words are written into the book."""
    return is_confidential(petition.filed.kind) or petition.filed.asks_identity_protection


def facts_of(steps: Iterable[Step]) -> Iterable[CaseFact]:
    """What the case said, in the order of the timeline."""
    for step in steps:
        fact = BY_TYPE[step.type].model_validate_json(step.value)
        if isinstance(fact, CaseFact):
            yield fact


def _person(person: Petitioner | None) -> str:
    if person is None:
        return SEALED
    return ", ".join(part for part in (person.full_name, person.address) if part)


def _competent(heard: Sequence[Fact]) -> UnitId | None:
    found = [one.competent_authority for one in heard if isinstance(one, CaseOpened | CaseRerouted)]
    return found[-1] if found else None


def _taken(heard: Sequence[Fact], name_of: NameOf) -> Iterable[str]:
    for one in heard:
        if isinstance(one, CaseTransferred):
            yield _to(one.to_unit, one.document_number, name_of)
        elif isinstance(one, CaseAccepted):
            yield f"{name_of(one.settling_authority)} thụ lý ngày {day_text(one.accepted_on)}"


def _all(heard: Sequence[Fact], kind: type[CaseGuided]) -> Iterable[CaseGuided]:
    return (one for one in heard if isinstance(one, kind))


def _to(unit_id: UnitId, number: str | None, name_of: NameOf) -> str:
    return f"{name_of(unit_id)} ({number})" if number else name_of(unit_id)
