"""What the tables of the law may never have: a hole, an overlap, an end that nobody gave, a citation of nothing.

Refused with file, line and reason. What a table lacks is refused here and not met at run time: decisions may count on
every id of the closed lists (``terms``), and a day without a row is a day on which the law had none.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, TypeVar

from contracts.law.rows import ClockRow, Dated, Document, Regime, Transition
from contracts.law.source import Entry, Row, broken
from contracts.units.tree import TREE_BEGINS

D = TypeVar("D", bound=Dated)
R = TypeVar("R", bound=Row)

_ONE_DAY: Final = timedelta(days=1)
_ARTICLE: Final = r"[1-9][0-9]{0,2}[a-zđ]?"
_CLAUSE: Final = r"\([1-9][0-9]?[a-zđ]?\)"
_POINT: Final = r"\([a-zđ]\)"
_PLACE: Final = rf"{_ARTICLE}(-{_ARTICLE}|{_CLAUSE}(-{_CLAUSE}|{_POINT}(-{_POINT})?)?)?"
_PLACES: Final = re.compile(rf"{_PLACE}(, {_PLACE})*")
"""``28``, ``3a``, ``4(1)(h)``, ``12(3)-(4)``, ``14-17``, ``28, 33``: an article has three digits at most."""


def refuse_gaps(entries: Sequence[Entry[D]], ids: Sequence[str]) -> None:
    """Rows of one id follow each other day on day, and the last is open-ended unless it says what ended it.

    Errors: BadInput("law_data_broken"), here and below.
    """
    for wanted, rows in _by_id(entries, ids).items():
        for earlier, later in pairwise(rows):
            end, begin = earlier.row.in_force_to, later.row.in_force_from
            if end is None or end >= begin:
                raise later.broken(f"{wanted}: chồng lấn với dòng {earlier.line} (từ {begin:%d/%m/%Y})")
            if end + _ONE_DAY != begin:
                raise later.broken(f"{wanted}: hở từ {end + _ONE_DAY:%d/%m/%Y} đến {begin - _ONE_DAY:%d/%m/%Y}")
            if earlier.row.repealed_by:
                raise earlier.broken(f"{wanted}: repealed_by chỉ ghi ở dòng cuối, sau đó còn dòng {later.line}")
            if later.row.brought_by:
                raise later.broken(f"{wanted}: brought_by chỉ ghi ở dòng đầu, trước đó còn dòng {earlier.line}")
        last = rows[-1].row
        if last.in_force_to is not None and not last.repealed_by:
            raise rows[-1].broken(
                f"{wanted}: hết hiệu lực ngày {last.in_force_to:%d/%m/%Y} mà không có dòng nối tiếp;"
                " bị bãi bỏ hẳn thì ghi repealed_by"
            )


def refuse_missing(file: str, present: Iterable[str], wanted: Iterable[str], what: str) -> None:
    """Every id that decisions ask for has a row. It stands nowhere, so the first line of the file is named."""
    known = frozenset(present)
    lacking = [one for one in wanted if one not in known]
    if lacking:
        raise broken(file, 1, f"thiếu {what}: {', '.join(lacking)}")


def refuse_late_beginnings(
    entries: Sequence[Entry[D]], ids: Sequence[str], known: Mapping[str, Document], *, given: Iterable[str] = ()
) -> None:
    """An id begins with the oldest text that it cites, or says by which article it came later.

    So a first row that was lost is found: what is left begins too late. Nothing is asked of the years before the tree
    of units begins. ``given``: ids whose limit the province gives itself; they begin when it says. The articles are
    known (``refuse_articles``).
    """
    excepted = frozenset(given)
    for wanted, rows in _by_id(entries, ids).items():
        first = rows[0]
        begins, marked = first.row.in_force_from, first.row.brought_by
        if marked:
            refuse_unknown_articles(first, [marked], known)
            if _document(marked, known).in_force_from != begins:
                raise first.broken(f"{wanted}: “{marked}” không có hiệu lực từ {begins:%d/%m/%Y}")
            continue
        oldest = min(_document(article, known).in_force_from for article in first.row.articles)
        if begins > max(oldest, TREE_BEGINS) and wanted not in excepted:
            raise first.broken(
                f"{wanted}: văn bản được viện dẫn có từ {oldest:%d/%m/%Y}, dòng đầu lại từ {begins:%d/%m/%Y};"
                " thiếu dòng trước đó, hoặc ghi brought_by"
            )


def refuse_unknown_ends(entries: Sequence[Entry[D]], known: Mapping[str, Document]) -> None:
    """What ended an id for good is an article, too."""
    for entry in entries:
        if entry.row.repealed_by:
            refuse_unknown_articles(entry, [entry.row.repealed_by], known)


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
        document = _document(article, known)
        ends = document.in_force_to or date.max
        if document.in_force_from > entry.row.in_force_from or ends < (entry.row.in_force_to or date.max):
            raise entry.broken(f"“{article}” không có hiệu lực suốt thời gian của dòng này")


def refuse_unknown_articles(entry: Entry[R], articles: Sequence[str], known: Mapping[str, Document]) -> None:
    """Every article is a known document and a place that a document can have."""
    for article in articles:
        key, _, place = article.partition(" ")
        if key not in known or not place:
            raise entry.broken(f"điều luật lạ “{article}”")
        if _PLACES.fullmatch(place) is None:
            raise entry.broken(f"“{article}”: không có điều, khoản, điểm nào viết như “{place}”")


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


def _document(article: str, known: Mapping[str, Document]) -> Document:
    return known[article.partition(" ")[0]]


def _by_id(entries: Sequence[Entry[D]], ids: Sequence[str]) -> dict[str, list[Entry[D]]]:
    """The rows of each id, the earliest first."""
    grouped: dict[str, list[Entry[D]]] = {}
    for entry, row_id in sorted(zip(entries, ids, strict=True), key=lambda one: one[0].row.in_force_from):
        grouped.setdefault(row_id, []).append(entry)
    return grouped
