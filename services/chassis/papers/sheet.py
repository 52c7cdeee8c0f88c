"""What is set on paper: the letterhead of the body that issues, the filled form, and for books their rows."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from contracts.facts.base import MediaType
from contracts.ids import UnitId
from contracts.law.forms import Filled
from contracts.units import Unit, UnitTree
from contracts.vocabulary import UnitLevel

PDF: MediaType = "application/pdf"
DOCX: MediaType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

COMMITTEE = "Ủy ban nhân dân "
_COMMITTEE_IN_SHORT = "UBND "
_TYPES_OF_PLACES = ("Thành phố ", "Tỉnh ", "Xã ", "Phường ", "Đặc khu ")


class Letterhead(BaseModel):
    """Who issues, under which number, where and when."""

    model_config = ConfigDict(frozen=True)

    above: str
    """The superior body; empty where the letterhead names none."""
    body: str
    number: str
    """Number and symbol of the document; empty for books and receipts."""
    place: str
    day: date


class Sheet(BaseModel):
    """A document, ready to be set."""

    model_config = ConfigDict(frozen=True)

    head: Letterhead
    filled: Filled
    rows: tuple[tuple[str, ...], ...] = ()
    """Books: one text for each column."""

    @property
    def is_book(self) -> bool:
        return bool(self.filled.columns)

    @property
    def body_lines(self) -> tuple[str, ...]:
        """The body on one line or two: a committee's kind stands above its place."""
        place = self.head.body.removeprefix(COMMITTEE)
        return (COMMITTEE.strip(), place) if place != self.head.body else (place,)

    @property
    def name(self) -> str:
        """What the file says it is: kind and number, never a person."""
        return " ".join(part for part in (self.filled.title, self.head.number) if part)


def letterhead(units: UnitTree, unit_id: UnitId, *, number: str, day: date) -> Letterhead:
    """The letterhead of a unit as it stood on that day: a people's committee names no superior, a department does
    (30/2020/NĐ-CP, annex I, II.2). Errors: those of ``UnitTree.get``.
    """
    unit = units.get(unit_id, day)
    above = units.get(unit.superior, day) if unit.superior and units.is_open(unit.superior, day) else None
    is_committee = unit.body.startswith(_COMMITTEE_IN_SHORT)
    return Letterhead(
        above="" if above is None or is_committee or above.level is UnitLevel.CENTRAL else above.body,
        body=unit.body.replace(_COMMITTEE_IN_SHORT, COMMITTEE, 1) if is_committee else unit.body,
        number=number,
        place=place_of(_of_the_place(units, unit, day)),
        day=day,
    )


def place_of(name: str) -> str:
    """The place as the date line names it: ``Xã Kim Liên`` → ``Kim Liên``."""
    return next((name.removeprefix(kind) for kind in _TYPES_OF_PLACES if name.startswith(kind)), name)


def rows_of(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Rows of a book as they are set."""
    return tuple(tuple(row) for row in rows)


def _of_the_place(units: UnitTree, unit: Unit, day: date) -> str:
    """A commune names itself, every body of the province the province."""
    while unit.level is UnitLevel.DEPARTMENT or not unit.official_code:
        if unit.superior is None or not units.is_open(unit.superior, day):
            break
        unit = units.get(unit.superior, day)
    return unit.name
