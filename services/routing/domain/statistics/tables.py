"""A form filled in from records: a line for each unit, the total, and the entries behind each figure."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from contracts.ids import UnitId
from contracts.law.statistics import Column, Facet, Family, Form, official_forms
from contracts.units import UnitTree
from services.routing.domain.statistics import petitions, receptions, settlements
from services.routing.domain.statistics.entries import Entry, World
from services.routing.domain.statistics.lives import lived
from services.routing.domain.statistics.periods import Period
from services.routing.domain.statistics.record import CaseRecord

Figure = int | None
"""None: no fact tells."""

_READINGS: Final[Mapping[Family, Callable[[World, Period], Iterator[Entry]]]] = {
    "receptions": receptions.entries,
    "petitions_at_reception": petitions.entries_at_reception,
    "petitions": petitions.entries,
    "settlements": settlements.entries,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures: the units that count, and in whose line each stands."""

    unit: UnitId
    line_of: Mapping[UnitId, UnitId]
    """Every unit that counts → the body it acts for."""
    standing: tuple[UnitId, ...]
    """The lines that are shown even when nothing happened there: the asked unit first, then by id."""

    def has(self, entry: Entry) -> bool:
        return entry.unit in self.line_of


@dataclass(frozen=True, slots=True)
class Source:
    """What a table was made from: equal sources make equal tables."""

    cases: int
    facts: int
    """Facts that left a mark, up to the last day of the period."""
    fingerprint: str
    """SHA-256 over each case and how many facts of it were counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one unit, one for each column."""

    unit: UnitId
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A form filled in."""

    form: Form
    period: Period
    lines: tuple[Line, ...]
    total: tuple[Figure, ...]
    source: Source
    unsaid: int = 0
    """Settlements of which nobody has said what they bring in."""
    undated: int = 0
    """Cases opened by a version that did not say how the petition came: no reception form knows them."""


def scope_below(unit: UnitId, units: UnitTree, on: date, *, is_alone: bool = False) -> Scope:
    """The unit and all below it, or the unit alone with its office. A unit that is closed on that day stands alone."""
    covered = [one.id for one in units if units.covers(unit, one.id, on)] or [unit]
    line_of = {one: units.body_of(one, on) for one in covered}
    if is_alone:
        line_of = {one: line for one, line in line_of.items() if line == unit}
    open_lines = {line for one, line in line_of.items() if units.is_open(one, on)}
    return Scope(unit, line_of, (unit, *sorted(open_lines - {unit})))


def entries_of(form: Form, world: World, period: Period, scope: Scope) -> Iterable[Entry]:
    """The entries of the form that lie in the scope."""
    return (entry for entry in _READINGS[form.counts_from](world, period) if scope.has(entry))


def table(form: Form, world: World, period: Period, scope: Scope) -> Table:
    """The form for this scope and period."""
    sheet = _Sheet(form)
    by_line: dict[UnitId, _Sheet] = defaultdict(lambda: _Sheet(form))
    unsaid = 0
    for entry in entries_of(form, world, period, scope):
        sheet.add(entry)
        unsaid += by_line[scope.line_of[entry.unit]].add(entry)
    counted = [record for record in world.cases if _counts(record, period, scope)]
    names = (*scope.standing, *sorted(by_line.keys() - set(scope.standing)))
    return Table(
        form,
        period,
        lines=tuple(Line(unit, by_line[unit].figures) for unit in names),
        total=sheet.figures,
        source=source_of(counted, period),
        unsaid=unsaid,
        undated=sum(_is_undated(record, period) for record in counted),
    )


def behind(form: Form, column: Column, world: World, period: Period, scope: Scope) -> list[Entry]:
    """The entries that make up one figure, by case: what they add comes to the figure."""
    found = [
        entry
        for entry in entries_of(form, world, period, scope)
        if column.takes(entry.facets) and entry.amounts[column.count] != 0
    ]
    return sorted(found, key=lambda entry: entry.place)


def source_of(records: Sequence[CaseRecord], period: Period) -> Source:
    """What the figures come from."""
    digest, facts, cases = hashlib.sha256(), 0, 0
    for record in sorted(records, key=lambda one: str(one.case_id)):
        known = record.known_by(period.last)
        counted = 1 + len(known.marks) + len(known.hearings)
        cases, facts = cases + 1, facts + counted
        digest.update(f"{record.case_id}:{counted};".encode())
    return Source(cases, facts, digest.hexdigest())


def unguarded(records: Iterable[CaseRecord], never: frozenset[UnitId]) -> list[CaseRecord]:
    """Without the cases that accuse a unit to which the caller is near: not even a number tells of them."""
    return [record for record in records if record.accused.isdisjoint(never)]


def _counts(record: CaseRecord, period: Period, scope: Scope) -> bool:
    """True for what had come to the scope by the end of the period and was not over before it began, as known then:
    a later fact never brings a case into a period that is over.
    """
    known = record.known_by(period.last)
    life = lived(known, period.last)
    if life is None or known.last_on is None or known.unit_ids.isdisjoint(scope.line_of):
        return False
    return life.is_pending or known.last_on >= period.first


def _is_undated(record: CaseRecord, period: Period) -> bool:
    opening = record.opening
    return opening is not None and opening.channel is None and period.has(opening.received_on)


class _Sheet:
    """The columns of a form, filled entry by entry."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._sums: list[int] = [0] * len(form.columns)
        self._is_said: list[bool | None] = [None] * len(form.columns)
        """None: nothing counts there; False: of what counts, nobody has said how much."""

    def add(self, entry: Entry) -> bool:
        """Count it where it counts; True when somewhere nobody has said how much it adds."""
        is_unsaid = False
        for place in _places(self._form.id, tuple(entry.facets.items())):
            amount = entry.amounts[self._form.columns[place].count]
            self._sums[place] += amount or 0
            self._is_said[place] = bool(self._is_said[place]) or amount is not None
            is_unsaid |= amount is None
        return is_unsaid

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The sum in each column; none where it counts nothing, or where nobody has said any of it."""
        filled = zip(self._form.columns, self._sums, self._is_said, strict=True)
        return tuple(added if column.count and is_said is not False else None for column, added, is_said in filled)


@lru_cache(maxsize=4096)
def _places(form_id: str, facets: tuple[tuple[str, Facet], ...]) -> tuple[int, ...]:
    """In which columns an entry with these facets counts: there are few different ones, and very many entries."""
    said = dict(facets)
    return tuple(place for place, column in enumerate(official_forms()[form_id].columns) if column.takes(said))
