"""Rules and clocks as dated data with their articles. The row that counts is the one in force on the day of the event.

The tables in ``data/`` are for lawyers: TOML, Vietnamese titles, every column explained at the top of its file.
They are checked when they are loaded; what cannot be right is refused with file, line and reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeVar

from contracts.errors import Refused
from contracts.law.rows import ClockRow, Dated, Document, Regime, RuleRow
from contracts.law.source import DATA_FOLDER, Entry, broken, read_tables, rows_of

D = TypeVar("D", bound=Dated)


class Catalogue:
    """All rules and clocks at all times. A value."""

    def __init__(
        self,
        *,
        clocks: Iterable[ClockRow],
        rules: Iterable[RuleRow],
        documents: Iterable[Document],
        regimes: Iterable[Regime],
    ) -> None:
        self._clocks = _by_id(clocks)
        self._rules = _by_id(rules)
        self._documents = {document.key: document for document in documents}
        self._regimes = tuple(regimes)

    @property
    def clock_ids(self) -> tuple[str, ...]:
        return tuple(self._clocks)

    @property
    def rule_ids(self) -> tuple[str, ...]:
        return tuple(self._rules)

    def clock(self, clock_id: str, on: date) -> ClockRow:
        """The clock as it stood on that day. Errors: Refused("no_clock_then")."""
        row = self.find_clock(clock_id, on)
        if row is None:
            raise Refused("no_clock_then", f"Không có thời hạn {clock_id} vào ngày {on:%d/%m/%Y}.", clock=clock_id)
        return row

    def find_clock(self, clock_id: str, on: date) -> ClockRow | None:
        """The clock as it stood on that day; none when the law had no such clock then."""
        return _in_force(self._clocks.get(clock_id, ()), on)

    def rule(self, rule_id: str, on: date) -> RuleRow:
        """The rule as it stood on that day. Errors: Refused("no_rule_then")."""
        row = _in_force(self._rules.get(rule_id, ()), on)
        if row is None:
            raise Refused("no_rule_then", f"Không có quy tắc {rule_id} vào ngày {on:%d/%m/%Y}.", rule=rule_id)
        return row

    def regime(self, on: date) -> Regime:
        """The period of the law on that day."""
        return next(regime for regime in self._regimes if regime.in_force_from <= on <= regime.in_force_to)

    def cite(self, article: str) -> str:
        """An article for people: ``LKN 28`` → ``Điều 28 Luật Khiếu nại (02/2011/QH13)``."""
        key, _, place = article.partition(" ")
        document = self._documents[key]
        return f"Điều {place} {document.title} ({document.number})"

    @classmethod
    def load(cls, folder: Path = DATA_FOLDER) -> "Catalogue":
        """The tables of a folder. Errors: BadInput("law_data_broken") with file, line and reason."""
        texts = read_tables(folder / "documents.toml", {"document": Document, "regime": Regime})
        documents = rows_of(texts["document"], Document)
        regimes = rows_of(texts["regime"], Regime)
        clocks = rows_of(read_tables(folder / "clocks.toml", {"clock": ClockRow})["clock"], ClockRow)
        rules = rows_of(read_tables(folder / "rules.toml", {"rule": RuleRow})["rule"], RuleRow)
        known = _documents_by_key(documents)
        _refuse_gaps(clocks, [entry.row.id for entry in clocks])
        _refuse_gaps(rules, [entry.row.id for entry in rules])
        _refuse_regime_gaps(regimes)
        for clock in clocks:
            extended = [article for step in clock.row.extension for article in step.articles]
            _refuse_articles(clock, [*clock.row.articles, *extended], known)
        for rule in rules:
            _refuse_articles(rule, rule.row.articles, known)
        return cls(
            clocks=[entry.row for entry in clocks],
            rules=[entry.row for entry in rules],
            documents=known.values(),
            regimes=[entry.row for entry in regimes],
        )


@cache
def official() -> Catalogue:
    """The tables of this installation. Read once; rows are values."""
    return Catalogue.load()


_ONE_DAY: Final = timedelta(days=1)

N = TypeVar("N", ClockRow, RuleRow)


def _by_id(rows: Iterable[N]) -> dict[str, list[N]]:
    grouped: dict[str, list[N]] = {}
    for row in rows:
        grouped.setdefault(row.id, []).append(row)
    return grouped


def _in_force(rows: Iterable[D], on: date) -> D | None:
    return next((row for row in rows if row.is_in_force(on)), None)


def _documents_by_key(entries: Sequence[Entry[Document]]) -> dict[str, Document]:
    known: dict[str, Document] = {}
    for entry in entries:
        if entry.row.key in known:
            raise entry.broken(f"văn bản {entry.row.key} có hai lần")
        known[entry.row.key] = entry.row
    return known


def _refuse_gaps(entries: Sequence[Entry[D]], ids: Sequence[str]) -> None:
    """Rows of one id follow each other day on day."""
    for wanted in dict.fromkeys(ids):
        rows = [entry for entry, row_id in zip(entries, ids, strict=True) if row_id == wanted]
        rows.sort(key=lambda entry: entry.row.in_force_from)
        for earlier, later in pairwise(rows):
            end, begin = earlier.row.in_force_to, later.row.in_force_from
            if end is None or end >= begin:
                raise later.broken(f"{wanted}: chồng lấn với dòng {earlier.line} (từ {begin:%d/%m/%Y})")
            if end + _ONE_DAY != begin:
                raise later.broken(f"{wanted}: hở từ {end + _ONE_DAY:%d/%m/%Y} đến {begin - _ONE_DAY:%d/%m/%Y}")


def _refuse_regime_gaps(entries: Sequence[Entry[Regime]]) -> None:
    if not entries:
        raise broken("documents.toml", 1, "không có [[regime]] nào")
    if entries[0].row.in_force_from != date.min or entries[-1].row.in_force_to != date.max:
        raise entries[0].broken("các chế độ pháp luật phải phủ mọi ngày")
    for earlier, later in pairwise(entries):
        if earlier.row.in_force_to + _ONE_DAY != later.row.in_force_from:
            raise later.broken(f"chế độ {later.row.id} không nối tiếp {earlier.row.id}")


def _refuse_articles(entry: Entry[D], articles: Sequence[str], known: Mapping[str, Document]) -> None:
    """Every article names a known document that is in force for as long as the row."""
    for article in articles:
        key, _, place = article.partition(" ")
        document = known.get(key)
        if document is None or not place:
            raise entry.broken(f"điều luật lạ “{article}”")
        ends = document.in_force_to or date.max
        if document.in_force_from > entry.row.in_force_from or ends < (entry.row.in_force_to or date.max):
            raise entry.broken(f"“{article}” không có hiệu lực suốt thời gian của dòng này")
