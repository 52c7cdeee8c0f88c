"""The statistical forms as data: their columns in statutory order, what each counts, and which columns sum to which.

``data/statistics.toml`` is for lawyers; what cannot be right is refused with file, line and reason. Here stand the
closed lists the table is written in: families of entries, their facets with every value, and what can be added up.
"""

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from contracts.errors import NotFound
from contracts.law.source import DATA_FOLDER, Row, read_tables, rows_of
from contracts.law.terms import Confidence
from contracts.vocabulary import EarlierSettlement, Instance, MatterField, PetitionKind, SettlementResult

STATISTICS_FILE: Final = "statistics.toml"

Facet = bool | str
Family = Literal["receptions", "petitions_at_reception", "petitions", "settlements"]
"""Who was received; petitions brought to a reception; petitions at a unit; matters accepted for settlement."""

_YES_NO: Final = frozenset[Facet]({True, False})
_KINDS: Final = frozenset[Facet](kind.value for kind in PetitionKind)
_STOCKS: Final = frozenset[Facet]({"carried", "received", "past"})
_INSTANCES: Final = frozenset[Facet](one.value for one in Instance)
_PETITION_FACETS: Final[Mapping[str, frozenset[Facet]]] = {
    "stock": _STOCKS,
    "signers": frozenset({"several", "one", "other"}),
    "kind": _KINDS,
    "is_handled": _YES_NO,
    "is_eligible": _YES_NO,
    "earlier": frozenset(one.value for one in EarlierSettlement),
    "handling": frozenset({"none", "own", "guided", "transferred", "urged"}),
    "instance": _INSTANCES,
    "field": frozenset(one.value for one in MatterField),
}
FACETS: Final[Mapping[str, Mapping[str, frozenset[Facet]]]] = {
    "receptions": {
        "by": frozenset({"permanent", "head", "delegated"}),
        "is_repeat": _YES_NO,
        "is_group": _YES_NO,
    },
    "petitions_at_reception": _PETITION_FACETS,
    "petitions": _PETITION_FACETS,
    "settlements": {
        "stock": _STOCKS,
        "kind": _KINDS,
        "instance": _INSTANCES,
        "is_repeat": _YES_NO,
        "has_dialogue": _YES_NO,
        "is_settled": _YES_NO,
        "result": frozenset({"none", *(one.value for one in SettlementResult)}),
        "is_within_time": _YES_NO,
        "is_withdrawn": _YES_NO,
        "is_discontinued": _YES_NO,
    },
}
"""What every entry of a family says of itself, and all it can say."""

EFFECTS: Final = (
    "recovered_vnd",
    "recovered_land_m2",
    "returned_vnd",
    "returned_land_m2",
    "people_to_sanction",
    "officials_to_sanction",
    "cases_to_police",
    "people_to_police",
)
"""What a settlement brings in: the fields of ``SettlementEffects``."""

COUNTS: Final[Mapping[str, frozenset[str]]] = {
    "receptions": frozenset({"visits", "people", "cases", "sessions"}),
    "petitions_at_reception": frozenset({"petitions", "cases", "replies"}),
    "petitions": frozenset({"petitions", "cases", "replies"}),
    "settlements": frozenset({"cases", *EFFECTS}),
}
"""What can be added up in a family."""

_Text = Annotated[str, Field(min_length=1)]
_Number = Annotated[StrictInt, Field(ge=1, le=99)]
_Wanted = StrictBool | StrictStr | tuple[StrictStr, ...]


class Column(Row):
    """One column of a form."""

    number: _Number
    heading: _Text
    groups: tuple[_Text, ...] = ()
    """The headings merged above it, from the top."""
    count: str = ""
    """What is added up over the entries; empty: no fact tells."""
    where: Mapping[str, _Wanted] = {}
    """Which entries: those whose facets have this value, or one of these."""
    sums: tuple[tuple[_Number, ...], ...] = ()
    """It is the sum of these columns; of several sums each."""
    confidence: Confidence | None = None
    """None: the form's."""
    note: str = ""

    @model_validator(mode="after")
    def _says_why_it_is_empty(self) -> Self:
        if not self.count and not self.note:
            raise ValueError(f"cột {self.number}: không đếm gì thì phải có note nói vì sao")
        return self

    @property
    def rule(self) -> str:
        """``1=2+3=4+5``; empty when it is no sum."""
        sums = ("+".join(map(str, parts)) for parts in self.sums)
        return "=".join((str(self.number), *sums)) if self.sums else ""

    def wanted(self, facet: str) -> frozenset[Facet]:
        """The values of the facet with which an entry counts."""
        value = self.where[facet]
        return frozenset(value if isinstance(value, tuple) else (value,))

    def takes(self, facets: Mapping[str, Facet]) -> bool:
        """True for an entry that counts here."""
        return bool(self.count) and all(facets[name] in wanted for name, wanted in self._conditions)

    @cached_property
    def _conditions(self) -> tuple[tuple[str, frozenset[Facet]], ...]:
        return tuple((name, self.wanted(name)) for name in self.where)


class Form(Row):
    """One statistical form."""

    id: Annotated[str, Field(pattern=r"^0[1-4]-(tcd|xld|kqgq)$")]
    number: Annotated[str, Field(pattern=r"^0[1-4]/(TCD|XLD|KQGQ)$")]
    title: _Text
    counts_from: Family
    confidence: Confidence
    question: str = ""
    notes: tuple[_Text, ...] = ()
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if [column.number for column in self.columns] != list(range(1, len(self.columns) + 1)):
            raise ValueError("các cột phải đánh số 1, 2, 3 … theo thứ tự")
        if self.confidence != "C" and not self.question:
            raise ValueError("confidence khác C phải có question")
        for column in self.columns:
            _refuse_strangers(self, column)
        return self

    def column(self, number: int) -> Column:
        """The column. Errors: NotFound("no_column")."""
        if not 1 <= number <= len(self.columns):
            raise NotFound("no_column", f"Biểu {self.number} không có cột {number}.")
        return self.columns[number - 1]

    def confidence_of(self, column: Column) -> Confidence:
        """How sure the column is."""
        return column.confidence or self.confidence


@cache
def official_forms(folder: Path = DATA_FOLDER) -> Mapping[str, Form]:
    """Every form by id. Errors: BadInput("law_data_broken") with file, line and reason."""
    found: dict[str, Form] = {}
    for entry in rows_of(read_tables(folder / STATISTICS_FILE, {"form": Form})["form"], Form):
        if entry.row.id in found:
            raise entry.broken(f"biểu {entry.row.id} có hai lần")
        found[entry.row.id] = entry.row
    return found


def _refuse_strangers(form: Form, column: Column) -> None:
    facets = FACETS[form.counts_from]
    if column.count and column.count not in COUNTS[form.counts_from]:
        raise ValueError(f"cột {column.number}: không đếm được “{column.count}”")
    for name in column.where:
        strange = column.wanted(name) - facets.get(name, frozenset())
        if strange:
            raise ValueError(f"cột {column.number}: {name} không có giá trị {', '.join(map(str, strange))}")
    parts = {part for parts in column.sums for part in parts}
    if any(part > len(form.columns) or part == column.number for part in parts):
        raise ValueError(f"cột {column.number}: tổng của cột không có trong biểu")
