"""Rules and clocks as dated data with their articles. The row that counts is the one in force on the day of the event.

The tables in ``data/`` are for lawyers: TOML, Vietnamese titles, every column explained at the top of its file.
They are checked when they are loaded; what cannot be right is refused with file, line and reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import Field, model_validator

from contracts.errors import Refused
from contracts.facts.routing import ClockId, RuleId
from contracts.law.source import DATA_FOLDER, Entry, Row, broken, read_tables, rows_of
from contracts.vocabulary import Labelled, Outcome

Confidence = Literal["C", "K", "U"]
"""Confirmed in a source that was read, known from memory, unsure."""

Amount = Annotated[int, Field(gt=0)]


class Unit(Labelled):
    WORKING_DAYS = "working_days", "ngày làm việc"
    CALENDAR_DAYS = "calendar_days", "ngày"
    MONTHS = "months", "tháng"
    YEARS = "years", "năm"


class Variant(Labelled):
    """Circumstances in which the law gives another amount."""

    ORDINARY = "ordinary", "thông thường"
    REMOTE = "remote", "vùng sâu, vùng xa đi lại khó khăn"
    SEVERAL_PLACES = "several_places", "phải xác minh tại nhiều địa điểm hoặc ủy quyền xác minh"


class Actor(Labelled):
    RECEIVER = "receiver", "người tiếp công dân"
    PETITION_OFFICER = "petition_officer", "người xử lý đơn"
    BODY = "body", "cơ quan nhận đơn"
    SETTLER = "settler", "người giải quyết"
    SUPERIOR = "superior", "cấp trên trực tiếp"
    CITIZEN = "citizen", "người gửi đơn"


class Start(Labelled):
    """The event that starts a clock; its day is not counted."""

    RECEIVED_AT_RECEPTION = "received_at_reception", "tiếp nhận tại nơi tiếp công dân"
    RECEIVED = "received", "nhận đơn"
    ACCEPTED = "accepted", "thụ lý"
    SETTLED = "settled", "ban hành quyết định, kết luận"
    DECISION_ISSUED = "decision_issued", "ban hành quyết định"
    DECISION_KNOWN = "decision_known", "nhận hoặc biết được quyết định, hành vi"
    DECISION_RECEIVED_OR_OVERDUE = "decision_received_or_overdue", "nhận quyết định, hoặc hết hạn mà không giải quyết"
    GROUNDS_COMPLETE = "grounds_complete", "đủ căn cứ từ chối"
    SESSION_DAY = "session_day", "ngày tiếp công dân"
    SHELVED = "shelved", "lưu đơn"


class Act(Labelled):
    """The act that ends a clock."""

    ANSWERED = "answered", "trả lời"
    HANDLED = "handled", "xử lý đơn"
    ACCEPTED_OR_DECLINED = "accepted_or_declined", "thụ lý hoặc không thụ lý"
    TRANSFERRED = "transferred", "chuyển đơn"
    ACCEPTANCE_TOLD = "acceptance_told", "thông báo việc thụ lý"
    SETTLED = "settled", "giải quyết"
    RESULT_SENT = "result_sent", "gửi kết quả"
    PUBLISHED = "published", "công khai, niêm yết"
    ACTED_ON = "acted_on", "xử lý theo kết luận"
    SENDER_TOLD = "sender_told", "báo cơ quan chuyển đơn"
    NOTICE_SENT = "notice_sent", "gửi thông báo"
    TESTED = "tested", "kết nối thử thành công"
    LODGED = "lodged", "nộp đơn"
    DESTROYED_OR_KEPT = "destroyed_or_kept", "quyết định hủy hoặc lưu tiếp"
    NONE = "none", "không cần hành vi nào"


class Dated(Row):
    """A row that is in force from a day, up to a day or open-ended."""

    in_force_from: date
    in_force_to: date | None = None
    articles: Annotated[tuple[str, ...], Field(min_length=1)]
    confidence: Confidence
    question: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.in_force_to is not None and self.in_force_to < self.in_force_from:
            raise ValueError("in_force_to đứng trước in_force_from")
        if self.confidence == "U" and not self.question:
            raise ValueError("confidence = U phải có question")
        return self

    def is_in_force(self, on: date) -> bool:
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)


class Alarm(Row):
    """A second count of the same clock: its end, when earlier, sounds the alarm."""

    amount: Amount
    unit: Unit


class Extension(Row):
    """One lengthening of a clock. Amounts are totals from the clock's start, not additions."""

    amount: Amount
    variants: Mapping[Variant, Amount] = {}
    tests_at_least: Amount
    articles: Annotated[tuple[str, ...], Field(min_length=1)]


class ClockRow(Dated):
    """A statutory time limit, as it stood in one period."""

    id: ClockId
    title: str
    actor: Actor
    start: Start
    fulfilled_by: Act
    amount: Amount
    unit: Unit
    direction: Literal["after", "before"] = "after"
    variants: Mapping[Variant, Amount] = {}
    extension: tuple[Extension, ...] = ()
    alarm_also: Alarm | None = None
    is_suspendable: bool = False
    is_red_line: bool = False

    @model_validator(mode="after")
    def _lengthens(self) -> Self:
        """Extensions only lengthen, and only clocks in calendar days can be suspended: the law has no other."""
        for variant in (Variant.ORDINARY, *self.variants):
            totals = [self.amount_for(variant, number) for number in range(len(self.extension) + 1)]
            if totals != sorted(set(totals)):
                raise ValueError(f"gia hạn phải dài hơn trước ({variant.label}: {totals})")
        if (self.is_suspendable or self.extension) and self.unit is not Unit.CALENDAR_DAYS:
            raise ValueError("chỉ thời hạn tính theo ngày mới được gia hạn hoặc tạm dừng")
        return self

    def amount_for(self, variant: Variant, extensions: int = 0) -> int:
        """The total in ``unit``; a variant that the law does not know for this clock counts as ordinary.

        Errors: Refused("no_more_extensions") beyond what the law allows.
        """
        if extensions == 0:
            return self.variants.get(variant, self.amount)
        step = self.extension_number(extensions)
        return step.variants.get(variant, step.amount)

    def extension_number(self, number: int) -> Extension:
        """The extension with that number, from 1. Errors: Refused("no_more_extensions")."""
        if number > len(self.extension):
            raise Refused("no_more_extensions", f"{self.title}: pháp luật không cho gia hạn thêm.", clock=self.id)
        return self.extension[number - 1]


class RuleRow(Dated):
    """A rule of routing, as it stood in one period."""

    id: RuleId
    title: str
    action: str
    outcome: Outcome
    """What the rule leads to as a rule; the matrix may name another outcome of the same rule."""


class Document(Row):
    """A legal text that articles refer to."""

    key: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*$")]
    title: str
    number: str
    in_force_from: date
    in_force_to: date | None = None


class Regime(Row):
    """A period of the law as a whole, for people to read; rows carry their own dates."""

    id: str
    title: str
    in_force_from: date = date.min
    in_force_to: date = date.max


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
