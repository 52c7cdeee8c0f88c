"""Who manages a field, and where matters outside the administration go: dated data of ``data/competence.toml``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import Field

from contracts.ids import UnitId
from contracts.law.checks import (
    refuse_articles,
    refuse_gaps,
    refuse_late_beginnings,
    refuse_missing,
    refuse_unknown_ends,
)
from contracts.law.rows import Dated, Document, Regime, Transition
from contracts.law.source import DATA_FOLDER, Entry, Row, read_tables, rows_of
from contracts.units import UnitTree, organisation
from contracts.vocabulary import Branch, Labelled, MatterField, RespondentFunction, SubjectMatter

COMPETENCE_FILE: Final = "competence.toml"


class SpecialMatter(Labelled):
    """Matters that have a desk but no name of their own in a petition."""

    LAND_DISPUTE = "land_dispute", "tranh chấp đất đai giữa công dân với nhau"
    CRIME_SIGNS = "crime_signs", "có dấu hiệu tội phạm"
    KEEPER = "keeper", "nơi giữ đơn khi không còn cấp trên của người bị tố cáo"


DeskMatter = SubjectMatter | RespondentFunction | SpecialMatter

WITHOUT_DESK: Final = frozenset(
    {
        SubjectMatter.ADMINISTRATIVE_DECISION,
        SubjectMatter.ADMINISTRATIVE_ACT,
        SubjectMatter.DISCIPLINARY_DECISION,
        SubjectMatter.INTERNAL_DECISION,
        SubjectMatter.NORMATIVE_ACT,
        SubjectMatter.STATE_SECRET,
    }
)
"""Matters of the administration itself: they go to who is competent, and none of them may have a desk."""
_FIELDS: Final = (*(field for field in MatterField if field is not MatterField.OTHER), *Branch)
_DESKS: Final = (
    *(matter for matter in SubjectMatter if matter not in WITHOUT_DESK),
    *RespondentFunction,
    *SpecialMatter,
)


class FieldRow(Dated):
    """Which ministry and which provincial agency manage a field, in one period."""

    field: MatterField | Branch
    ministry: UnitId
    department: UnitId | None = None


class DeskRow(Dated):
    """Where a matter outside the administration goes, in one period."""

    matter: DeskMatter
    units: Annotated[tuple[UnitId, ...], Field(min_length=1)]
    """The first that is open and has nothing to do with the accused."""
    is_where_it_arose: bool = False
    """First of all the commune where the matter arose."""


class Authorities:
    """The table at all times. A value."""

    def __init__(self, fields: Iterable[FieldRow], desks: Iterable[DeskRow]) -> None:
        self._fields = _grouped((row.field.value, row) for row in fields)
        self._desks = _grouped((row.matter.value, row) for row in desks)

    @property
    def fields(self) -> tuple[FieldRow, ...]:
        """Every row of the fields, as the table has them."""
        return tuple(row for rows in self._fields.values() for row in rows)

    @property
    def desks(self) -> tuple[DeskRow, ...]:
        """Every row of the desks, as the table has them."""
        return tuple(row for rows in self._desks.values() for row in rows)

    def field(self, field: MatterField | Branch, on: date) -> FieldRow | None:
        """Who manages the field on that day; none when the table does not say."""
        return _in_force(self._fields.get(field.value, ()), on)

    def desk(self, matter: DeskMatter, on: date) -> DeskRow | None:
        """Where the matter goes on that day; none when it has no desk."""
        return _in_force(self._desks.get(matter.value, ()), on)

    @classmethod
    def load(cls, folder: Path = DATA_FOLDER, units: UnitTree | None = None) -> "Authorities":
        """The table of a folder, its units looked up in the tree (none: that of this installation).

        Errors: BadInput("law_data_broken") with file, line and reason.
        """
        tables = read_tables(folder / COMPETENCE_FILE, {"field": FieldRow, "desk": DeskRow})
        fields, desks = rows_of(tables["field"], FieldRow), rows_of(tables["desk"], DeskRow)
        _refuse_incomplete(fields, desks)
        tree, known = units or organisation(), _documents(folder)
        for field in fields:
            refuse_articles(field, field.row.articles, known)
            _refuse_strangers(field, [field.row.ministry, *filter(None, [field.row.department])], tree)
        for desk in desks:
            refuse_articles(desk, desk.row.articles, known)
            _refuse_strangers(desk, desk.row.units, tree)
        refuse_late_beginnings(fields, _field_ids(fields), known)
        refuse_late_beginnings(desks, _desk_ids(desks), known)
        refuse_unknown_ends(fields, known)
        refuse_unknown_ends(desks, known)
        return cls([entry.row for entry in fields], [entry.row for entry in desks])


@cache
def official_authorities() -> Authorities:
    """The table of this installation. Read once; rows are values."""
    return Authorities.load()


D = TypeVar("D", bound=Dated)
N = TypeVar("N", FieldRow, DeskRow)


def _grouped(named: Iterable[tuple[str, N]]) -> Mapping[str, Sequence[N]]:
    grouped: dict[str, list[N]] = {}
    for name, row in named:
        grouped.setdefault(name, []).append(row)
    return grouped


def _in_force(rows: Iterable[N], on: date) -> N | None:
    return next((row for row in rows if row.is_in_force(on)), None)


def _documents(folder: Path) -> Mapping[str, Document]:
    kinds: dict[str, type[Row]] = {"document": Document, "regime": Regime, "transition": Transition}
    return {
        entry.row.key: entry.row
        for entry in rows_of(read_tables(folder / "documents.toml", kinds)["document"], Document)
    }


def _field_ids(fields: Sequence[Entry[FieldRow]]) -> list[str]:
    return [entry.row.field.value for entry in fields]


def _desk_ids(desks: Sequence[Entry[DeskRow]]) -> list[str]:
    return [entry.row.matter.value for entry in desks]


def _refuse_incomplete(fields: Sequence[Entry[FieldRow]], desks: Sequence[Entry[DeskRow]]) -> None:
    """Every field that a petition may name is managed by somebody; what is outside the administration has a desk."""
    refuse_missing(COMPETENCE_FILE, _field_ids(fields), [field.value for field in _FIELDS], "lĩnh vực")
    refuse_missing(COMPETENCE_FILE, _desk_ids(desks), [matter.value for matter in _DESKS], "nơi nhận nội dung")
    refuse_gaps(fields, _field_ids(fields))
    refuse_gaps(desks, _desk_ids(desks))
    for desk in desks:
        if desk.row.matter in WITHOUT_DESK:
            raise desk.broken(f"{desk.row.matter.value}: việc hành chính đến người có thẩm quyền, không có nơi nhận")


def _refuse_strangers(entry: Entry[D], unit_ids: Iterable[UnitId], tree: UnitTree) -> None:
    """Every unit is known and open for as long as the row."""
    first, last = entry.row.in_force_from, entry.row.in_force_to
    for unit_id in unit_ids:
        newest = tree.find(unit_id)
        if newest is None:
            raise entry.broken(f"đơn vị lạ “{unit_id}”")
        is_open_last = tree.is_open(unit_id, last) if last is not None else newest.valid_to is None
        if not (tree.is_open(unit_id, first) and is_open_last):
            raise entry.broken(f"“{unit_id}” không hoạt động suốt thời gian của dòng này")
