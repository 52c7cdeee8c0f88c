"""What intake puts on paper: the receipt for documents (Mẫu 02/TCD) and the book of receptions (Mẫu 03/TCD), whose
thirteen columns follow from petition, person and what was heard of the case. Pure. Who denounces is not written down
in either (LTC 8, 9, 56).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.facts import BY_TYPE
from contracts.facts.base import VIETNAM, Fact, vietnam_day
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
    CaseSplit,
    CaseTransferred,
)
from contracts.ids import UnitId
from contracts.law.forms import Value, day_text, naming
from contracts.law.secrecy import is_confidential
from contracts.units import Unit, UnitTree
from contracts.vocabulary import Instance
from services.intake.domain import Petition, Petitioner, PetitionText, Step

SEALED: Final = "Giữ bí mật"
NameOf = Callable[[UnitId], str]
_FOLLOWED: Final = (CaseSplit, CaseSettled, CaseDeclined, CaseDiscontinued, CaseClosed)
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


def receipt_values(
    petition: Petition,
    person: Petitioner | None,
    items: Sequence[str],
    *,
    officer: str,
    at: datetime,
    units: UnitTree,
) -> dict[str, Value]:
    """What a receipt (Mẫu 02/TCD) names. ``person``: none where identity is sealed or not known."""
    filed, moment = petition.filed, at.astimezone(VIETNAM)
    return {
        **naming(
            petition.code,
            is_sealed=is_sealed(petition),
            full_name=person.full_name if person else None,
            address=person.address if person else None,
            others=filed.signer_count - 1,
        ),
        "moment": f"{moment:%H} giờ {moment:%M} phút, ngày {day_text(moment.date())}",
        "received_at_body": units.get(filed.received_by, moment.date()).body,
        "officer": officer,
        "kind": filed.kind.label,
        "code": petition.code,
        "items": list(items),
        "no_items": None if items else "",
    }


def book_values(place: Unit, first: date, last: date, rows: Sequence[RegisterRow]) -> dict[str, Value]:
    """What the book of a place over some days names."""
    return {
        "received_at_body": place.body,
        "post": place.headed_as,
        "from_on": day_text(first),
        "to_on": day_text(last),
        "row_count": str(len(rows)),
        "has_sealed_rows": "" if any(row.is_sealed for row in rows) else None,
    }


def is_sealed(petition: Petition) -> bool:
    """Neither person nor words are written into the book."""
    filed = petition.filed
    return is_confidential(filed.kind) or filed.asks_identity_protection or petition.is_discreet_found


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
