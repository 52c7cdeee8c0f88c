"""Rules and clocks as dated data with their articles. The row that counts is the one in force on the day of the event.

The tables in ``data/`` are for lawyers: TOML, Vietnamese titles, every column explained at the top of its file.
They are checked when they are loaded; what cannot be right is refused with file, line and reason.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from contracts.errors import Refused
from contracts.law.checks import (
    refuse_articles,
    refuse_gaps,
    refuse_late_beginnings,
    refuse_missing,
    refuse_regime_gaps,
    refuse_strangers,
    refuse_unknown_articles,
    refuse_unknown_ends,
)
from contracts.law.rows import ClockRow, Dated, Document, Regime, RuleRow, Topic, Transition
from contracts.law.settings import LawSettings
from contracts.law.settled import settled
from contracts.law.source import DATA_FOLDER, Entry, read_tables, rows_of
from contracts.law.terms import CLOCK_IDS, RULE_IDS
from contracts.vocabulary import PetitionKind

D = TypeVar("D", bound=Dated)

_PLACE: Final = re.compile(r"(?P<article>\d+[a-zđ]?)(\((?P<clause>\d+[a-zđ]?)\)(\((?P<point>[a-zđ])\))?)?")


class Catalogue:
    """All rules and clocks at all times. A value."""

    def __init__(
        self,
        *,
        clocks: Iterable[ClockRow],
        rules: Iterable[RuleRow],
        documents: Iterable[Document],
        regimes: Iterable[Regime],
        transitions: Iterable[Transition] = (),
        settings: LawSettings | None = None,
    ) -> None:
        self._clocks = _by_id(clocks)
        self._rules = _by_id(rules)
        self._documents = {document.key: document for document in documents}
        self._regimes = tuple(regimes)
        self._transitions = tuple(transitions)
        self.settings: Final = settings or LawSettings({})
        """The named settings that the rows were read with; decisions ask the same."""

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
        row = self.find_rule(rule_id, on)
        if row is None:
            raise Refused("no_rule_then", f"Không có quy tắc {rule_id} vào ngày {on:%d/%m/%Y}.", rule=rule_id)
        return row

    def find_rule(self, rule_id: str, on: date) -> RuleRow | None:
        """The rule as it stood on that day; none when the law had no such rule then."""
        return _in_force(self._rules.get(rule_id, ()), on)

    def rows_of_clock(self, clock_id: str) -> tuple[ClockRow, ...]:
        """Every row of a clock, the earliest first."""
        return tuple(sorted(self._clocks.get(clock_id, ()), key=lambda row: row.in_force_from))

    def rows_of_rule(self, rule_id: str) -> tuple[RuleRow, ...]:
        """Every row of a rule, the earliest first."""
        return tuple(sorted(self._rules.get(rule_id, ()), key=lambda row: row.in_force_from))

    @property
    def documents(self) -> tuple[Document, ...]:
        return tuple(self._documents.values())

    @property
    def regimes(self) -> tuple[Regime, ...]:
        return self._regimes

    @property
    def transitions(self) -> tuple[Transition, ...]:
        return self._transitions

    def transition(self, kind: PetitionKind, topic: Topic, *, accepted_on: date, act_on: date) -> Transition | None:
        """The transition rule that brings this act under the law of its own day; none when there is none.

        It concerns matters accepted before the border and not decided; the caller knows that they are not.
        """
        return next(
            (
                one
                for one in self._transitions
                if one.kind is kind and topic in one.topics and accepted_on < one.accepted_before <= act_on
            ),
            None,
        )

    def law_day(self, kind: PetitionKind, topic: Topic, *, accepted_on: date, act_on: date) -> date:
        """The day whose law counts for an act in a matter accepted earlier: the act's under a transition rule, else the
        day of acceptance."""
        moved = self.transition(kind, topic, accepted_on=accepted_on, act_on=act_on)
        return act_on if moved else accepted_on

    def may_suspend(self, clock_id: str, kind: PetitionKind, *, accepted_on: date, on: date) -> bool:
        """True when the law lets this clock stand still from that day: the law of acceptance, or by a transition rule
        that of the day itself."""
        row = self.find_clock(clock_id, accepted_on)
        if row is None or row.suspended_under is None:
            return False
        law_on = self.law_day(kind, Topic.SUSPENSION, accepted_on=accepted_on, act_on=on)
        return self.find_clock(row.suspended_under, law_on) is not None

    def regime(self, on: date) -> Regime:
        """The period of the law on that day."""
        return next(regime for regime in self._regimes if regime.in_force_from <= on <= regime.in_force_to)

    def cite(self, article: str) -> str:
        """An article for people: ``LKN 28`` → ``Điều 28 Luật Khiếu nại (02/2011/QH13)``."""
        key, _, place = article.partition(" ")
        document = self._documents[key]
        return f"Điều {place} {document.title} ({document.number})"

    def cite_in_full(self, article: str) -> str:
        """As a document cites it: ``LTCD 26(1)(b)`` → ``điểm b khoản 1 Điều 26 Luật Tiếp công dân số 42/2013/QH13``.

        Places that are not one point of one clause stand as the tables have them.
        """
        key, _, place = article.partition(" ")
        text, found = self._documents[key].in_full, _PLACE.fullmatch(place)
        if found is None:
            return f"Điều {place} {text}"
        point = f"điểm {found['point']} " if found["point"] else ""
        clause = f"khoản {found['clause']} " if found["clause"] else ""
        return f"{point}{clause}Điều {found['article']} {text}"

    @classmethod
    def load(cls, folder: Path = DATA_FOLDER, settings: LawSettings | None = None) -> "Catalogue":
        """The tables of a folder, with the settings of an installation or else the defaults.

        Errors: BadInput("law_data_broken") with file, line and reason.
        """
        settings = settings or LawSettings.load(folder)
        texts = read_tables(
            folder / "documents.toml", {"document": Document, "regime": Regime, "transition": Transition}
        )
        documents = rows_of(texts["document"], Document)
        regimes = rows_of(texts["regime"], Regime)
        transitions = rows_of(texts["transition"], Transition)
        known = _documents_by_key(documents, settings)
        clocks = [settled(entry, settings, known) for entry in _entries(folder / "clocks.toml", "clock", ClockRow)]
        rules = [settled(entry, settings, known) for entry in _entries(folder / "rules.toml", "rule", RuleRow)]
        _refuse_holes(clocks, rules)
        refuse_regime_gaps(regimes)
        refuse_strangers(clocks, transitions)
        for clock in clocks:
            extended = [article for step in clock.row.extension for article in step.articles]
            refuse_articles(clock, [*clock.row.articles, *extended], known)
        for rule in rules:
            refuse_articles(rule, rule.row.articles, known)
        for transition in transitions:
            refuse_unknown_articles(transition, transition.row.articles, known)
        _refuse_wrong_borders(clocks, rules, known)
        return cls(
            clocks=[entry.row for entry in clocks],
            rules=[entry.row for entry in rules],
            documents=known.values(),
            regimes=[entry.row for entry in regimes],
            transitions=[entry.row for entry in transitions],
            settings=settings,
        )


def official(settings: LawSettings | None = None) -> Catalogue:
    """The tables of this installation. Read once for the defaults; rows are values."""
    return _by_default() if settings is None else Catalogue.load(settings=settings)


@cache
def _by_default() -> Catalogue:
    return Catalogue.load()


N = TypeVar("N", ClockRow, RuleRow)


def _entries(path: Path, table: str, model: type[N]) -> list[Entry[N]]:
    return rows_of(read_tables(path, {table: model})[table], model)


def _refuse_holes(clocks: Sequence[Entry[ClockRow]], rules: Sequence[Entry[RuleRow]]) -> None:
    """Every clock and every rule that decisions ask for stands, from its beginning without a hole and for ever."""
    clock_ids, rule_ids = [entry.row.id for entry in clocks], [entry.row.id for entry in rules]
    refuse_missing("clocks.toml", clock_ids, CLOCK_IDS, "thời hạn")
    refuse_missing("rules.toml", rule_ids, RULE_IDS, "quy tắc")
    refuse_gaps(clocks, clock_ids)
    refuse_gaps(rules, rule_ids)


def _refuse_wrong_borders(
    clocks: Sequence[Entry[ClockRow]], rules: Sequence[Entry[RuleRow]], known: Mapping[str, Document]
) -> None:
    """Every clock and rule begins with its oldest text or says with which; what ended one is a known text."""
    by_the_province = [entry.row.id for entry in clocks if entry.row.amount_setting]
    refuse_late_beginnings(clocks, [entry.row.id for entry in clocks], known, given=by_the_province)
    refuse_late_beginnings(rules, [entry.row.id for entry in rules], known)
    refuse_unknown_ends(clocks, known)
    refuse_unknown_ends(rules, known)


def _by_id(rows: Iterable[N]) -> dict[str, list[N]]:
    grouped: dict[str, list[N]] = {}
    for row in rows:
        grouped.setdefault(row.id, []).append(row)
    return grouped


def _in_force(rows: Iterable[D], on: date) -> D | None:
    for row in rows:  # asked some fifty times for every petition: a loop takes half the time of a generator
        if row.in_force_from <= on and (row.in_force_to is None or on <= row.in_force_to):
            return row
    return None


def _documents_by_key(entries: Sequence[Entry[Document]], settings: LawSettings) -> dict[str, Document]:
    known: dict[str, Document] = {}
    for entry in entries:
        if entry.row.key in known:
            raise entry.broken(f"văn bản {entry.row.key} có hai lần")
        unknown = [name for name in entry.row.settings if name not in settings.rows]
        if unknown:
            raise entry.broken(f"công tắc lạ “{unknown[0]}”")
        known[entry.row.key] = entry.row
    return known
