"""What the tables of the law may never have: an overlap, a gap, a citation of nothing. Refused with file and line."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, TypeVar

from contracts.law.rows import ClockRow, Dated, Document, Regime, Transition
from contracts.law.source import Entry, Row, broken

D = TypeVar("D", bound=Dated)
R = TypeVar("R", bound=Row)

_ONE_DAY: Final = timedelta(days=1)


def refuse_gaps(entries: Sequence[Entry[D]], ids: Sequence[str]) -> None:
    """Rows of one id follow each other day on day. Errors: BadInput("law_data_broken"), here and below."""
    for wanted in dict.fromkeys(ids):
        rows = [entry for entry, row_id in zip(entries, ids, strict=True) if row_id == wanted]
        rows.sort(key=lambda entry: entry.row.in_force_from)
        for earlier, later in pairwise(rows):
            end, begin = earlier.row.in_force_to, later.row.in_force_from
            if end is None or end >= begin:
                raise later.broken(f"{wanted}: chồng lấn với dòng {earlier.line} (từ {begin:%d/%m/%Y})")
            if end + _ONE_DAY != begin:
                raise later.broken(f"{wanted}: hở từ {end + _ONE_DAY:%d/%m/%Y} đến {begin - _ONE_DAY:%d/%m/%Y}")


def refuse_regime_gaps(entries: Sequence[Entry[Regime]]) -> None:
    """The regimes cover every day, in the order of the file."""
    if not entries:
        raise broken("documents.toml", 1, "không có [[regime]] nào")
    if entries[0].row.in_force_from != date.min or entries[-1].row.in_force_to != date.max:
        raise entries[0].broken("các chế độ pháp luật phải phủ mọi ngày")
    for earlier, later in pairwise(entries):
        if earlier.row.in_force_to + _ONE_DAY != later.row.in_force_from:
            raise later.broken(f"chế độ {later.row.id} không nối tiếp {earlier.row.id}")


def refuse_articles(entry: Entry[D], articles: Sequence[str], known: Mapping[str, Document]) -> None:
    """Every article names a known document that is in force for as long as the row."""
    refuse_unknown_articles(entry, articles, known)
    for article in articles:
        document = known[article.partition(" ")[0]]
        ends = document.in_force_to or date.max
        if document.in_force_from > entry.row.in_force_from or ends < (entry.row.in_force_to or date.max):
            raise entry.broken(f"“{article}” không có hiệu lực suốt thời gian của dòng này")


def refuse_unknown_articles(entry: Entry[R], articles: Sequence[str], known: Mapping[str, Document]) -> None:
    """Every article is a known document and a place in it."""
    for article in articles:
        key, _, place = article.partition(" ")
        if key not in known or not place:
            raise entry.broken(f"điều luật lạ “{article}”")


def refuse_strangers(clocks: Sequence[Entry[ClockRow]], transitions: Sequence[Entry[Transition]]) -> None:
    """Every clock that a row names has a row of its own; a transition has one name."""
    ids = {entry.row.id for entry in clocks}
    for clock in clocks:
        under = clock.row.suspended_under
        if under is not None and under not in ids:
            raise clock.broken(f"suspended_under: không có thời hạn {under}")
    names: set[str] = set()
    for transition in transitions:
        row = transition.row
        if row.id in names:
            raise transition.broken(f"quy định chuyển tiếp {row.id} có hai lần")
        names.add(row.id)
        unknown = [clock_id for clock_id in (*row.clocks, *row.unchanged) if clock_id not in ids]
        if unknown:
            raise transition.broken(f"không có thời hạn {unknown[0]}")
