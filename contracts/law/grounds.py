"""What rests on the law where no rule and no clock says so: refusals, acts, grounds, duties, findings about sessions.

Dated data of ``data/grounds.toml``. What only says that the state of a case does not bear an act has no row: it rests
on no article.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal

from contracts.law.authorities import documents_of
from contracts.law.catalogue import Catalogue
from contracts.law.checks import refuse_articles, refuse_gaps
from contracts.law.rows import Confidence, Dated
from contracts.law.source import DATA_FOLDER, Row, read_tables, rows_of
from contracts.vocabulary import PetitionKind

GROUNDS_FILE: Final = "grounds.toml"

Of = Literal["refusal", "act", "decline", "duty", "session"]


class GroundRow(Dated):
    """What one refusal, act, duty or finding rests on, in one period."""

    of: Of
    code: str
    """As the answers write it: the code of a refusal, a path of an order, a value of a closed list."""
    kind: PetitionKind | None = None
    """Only in petitions of this kind; none: in all that have no row of their own."""


class Ground(Row):
    """What something rests on, for people."""

    articles: tuple[str, ...] = ()
    confidence: Confidence | None = None
    """None where the tables know no article for it."""
    question: str = ""


NO_GROUND: Final = Ground()


class Grounds:
    """The table at all times. A value."""

    def __init__(self, rows: Iterable[GroundRow]) -> None:
        self._rows: dict[str, list[GroundRow]] = {}
        for row in rows:
            self._rows.setdefault(_name(row.of, row.code, row.kind), []).append(row)

    @property
    def rows(self) -> tuple[GroundRow, ...]:
        """Every row, as the table has them."""
        return tuple(row for rows in self._rows.values() for row in rows)

    def find(self, of: Of, code: str, on: date, kind: PetitionKind | None = None) -> GroundRow | None:
        """What it rested on that day in a petition of that kind; none when the table says nothing of it."""
        for name in (_name(of, code, kind), _name(of, code, None)):
            for row in self._rows.get(name, ()):
                if row.is_in_force(on):
                    return row
        return None

    @classmethod
    def load(cls, folder: Path = DATA_FOLDER) -> "Grounds":
        """The table of a folder. Errors: BadInput("law_data_broken") with file, line and reason."""
        entries = rows_of(read_tables(folder / GROUNDS_FILE, {"ground": GroundRow})["ground"], GroundRow)
        refuse_gaps(entries, [_name(entry.row.of, entry.row.code, entry.row.kind) for entry in entries])
        known = documents_of(folder)
        for entry in entries:
            refuse_articles(entry, entry.row.articles, known)
        return cls([entry.row for entry in entries])


@cache
def official_grounds() -> Grounds:
    """The table of this installation. Read once; rows are values."""
    return Grounds.load()


def ground_of(of: Of, code: str, on: date, catalogue: Catalogue, kind: PetitionKind | None = None) -> Ground:
    """What it rested on that day, with its articles for people; ``NO_GROUND`` where the table says nothing of it."""
    row = official_grounds().find(of, code, on, kind)
    return NO_GROUND if row is None else _told(of, code, row.kind, row.in_force_from, catalogue)


@lru_cache(maxsize=1024)
def _told(of: Of, code: str, kind: PetitionKind | None, in_force_from: date, catalogue: Catalogue) -> Ground:
    """A row for people, worked out once: days are many, rows are few."""
    row = official_grounds().find(of, code, in_force_from, kind)
    assert row is not None  # noqa: S101 - it was found on a later day
    articles = tuple(catalogue.cite(article) for article in row.articles)
    return Ground(articles=articles, confidence=row.confidence, question=row.question)


def _name(of: Of, code: str, kind: PetitionKind | None) -> str:
    return f"{of} {code} {kind.value if kind else ''}"
