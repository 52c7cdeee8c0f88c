"""The rows of the law's tables: what a clock, a rule, a document and a regime are made of."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from contracts.errors import Refused
from contracts.facts.routing import ClockId, RuleId
from contracts.law.source import Row
from contracts.law.terms import WITHOUT_AMOUNT, Act, Actor, Confidence, Start, Topic, Unit, Variant
from contracts.vocabulary import Outcome, PetitionKind

__all__ = [
    "Act", "Actor", "Alarm", "ClockRow", "Confidence", "Dated", "Document", "Extension", "Regime", "RuleRow", "Start",
    "Topic", "Transition", "Unit", "Variant",
]  # fmt: skip
"""The lists the rows are written in are read from here too."""

Amount = Annotated[int, Field(gt=0, strict=True)]
"""Whole and more than nothing; ``true`` or ``"7"`` is no amount."""

SETTING_MARK: Final = "@"
"""An article ``@name`` is the one that the setting of that name says."""


class Dated(Row):
    """A row that is in force from a day, up to a day or open-ended."""

    in_force_from: date
    in_force_to: date | None = None
    articles: Annotated[tuple[str, ...], Field(min_length=1)]
    confidence: Confidence
    question: str = ""
    settings: tuple[str, ...] = ()
    """Settings it rests on: their open questions stand beside it; a yes_no that is off makes it unsure."""
    brought_by: str = ""
    """The article by which an id came into being later than the oldest text that it cites; its first row only."""
    repealed_by: str = ""
    """The article by which an id ended for good; its last row only. Without it the last row is open-ended."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.in_force_to is not None and self.in_force_to < self.in_force_from:
            raise ValueError("in_force_to đứng trước in_force_from")
        if self.repealed_by and self.in_force_to is None:
            raise ValueError("repealed_by phải đi với in_force_to")
        if self.confidence == "U" and not (self.question or self.setting_names):
            raise ValueError("confidence = U phải có question hoặc settings")
        return self

    def is_in_force(self, on: date) -> bool:
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)

    @property
    def setting_names(self) -> tuple[str, ...]:
        """Every setting the row names, in any column."""
        marked = (article.removeprefix(SETTING_MARK) for article in self.articles if article.startswith(SETTING_MARK))
        return (*self.settings, *marked)


class Alarm(Row):
    """A second count of the same clock: its end, when earlier, sounds the alarm."""

    amount: Amount
    unit: Unit
    only_if: str = ""
    """A yes_no setting; off: this count is left out."""


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
    amount: Annotated[int, Field(ge=0, strict=True)] = 0
    """In ``unit``; 0 where the unit says all (at once, not counted) or a setting says the number."""
    amount_setting: str = ""
    """The number setting that says the amount, where the law says none."""
    unit: Unit
    direction: Literal["after", "before"] = "after"
    variants: Mapping[Variant, Amount] = {}
    extension: tuple[Extension, ...] = ()
    alarm_also: Alarm | None = None
    suspended_under: ClockId | None = None
    """The row that lets settlement be suspended, so that this clock stands still: K12, T5."""
    excludes_obstacles: bool = False
    """Days of an objective obstacle do not count (LKN 9 para 2)."""
    is_red_line: bool = False
    rolls: bool = True
    """A last day off moves to the next working day."""

    @property
    def is_suspendable(self) -> bool:
        """True when the law knows a suspension of it; since when, says the row it is suspended under."""
        return self.suspended_under is not None

    @property
    def setting_names(self) -> tuple[str, ...]:
        alarm = self.alarm_also.only_if if self.alarm_also else ""
        return (*super().setting_names, *(name for name in (self.amount_setting, alarm) if name))

    @property
    def limit(self) -> str:
        """The limit as people say it: ``7 ngày làm việc``, ``ngay``, ``ít nhất 5 ngày làm việc trước``."""
        return self.said(self.amount)

    def said(self, amount: int) -> str:
        """An amount of this clock as people say it."""
        if self.unit in WITHOUT_AMOUNT:
            return self.unit.label
        text = f"{amount} {self.unit.label}"
        return f"ít nhất {text} trước" if self.direction == "before" else text

    @model_validator(mode="after")
    def _has_an_amount(self) -> Self:
        named = [bool(self.amount), bool(self.amount_setting)].count(True)
        if self.unit in WITHOUT_AMOUNT:
            if named or self.variants or self.extension or self.alarm_also:
                raise ValueError(f"unit = {self.unit.value} không đi với số lượng nào")
        elif named != 1:
            raise ValueError("cần đúng một trong hai: amount (lớn hơn 0) hoặc amount_setting")
        return self

    @model_validator(mode="after")
    def _lengthens(self) -> Self:
        """Extensions only lengthen; suspension, extension and obstacles are known for calendar days alone."""
        for variant in (Variant.ORDINARY, *self.variants):
            totals = [self.amount_for(variant, number) for number in range(len(self.extension) + 1)]
            if totals != sorted(set(totals)):
                raise ValueError(f"gia hạn phải dài hơn trước ({variant.label}: {totals})")
        is_stretched = self.is_suspendable or self.extension or self.excludes_obstacles
        if is_stretched and (self.unit is not Unit.CALENDAR_DAYS or self.direction == "before"):
            raise ValueError("chỉ thời hạn tính theo ngày mới được gia hạn, tạm dừng hoặc trừ thời gian trở ngại")
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
    settings: tuple[str, ...] = ()
    """Settings that every row citing it rests on."""

    @property
    def in_full(self) -> str:
        """As a document names it: ``Luật Khiếu nại số 02/2011/QH13``, ``Nghị định số 154/2026/NĐ-CP hướng dẫn …``."""
        for kind in ("Nghị định ", "Thông tư "):
            if self.title.startswith(kind):
                return f"{kind}số {self.number} {self.title.removeprefix(kind)}"
        return f"{self.title} số {self.number}"


class Regime(Row):
    """A period of the law as a whole, for people to read; rows carry their own dates."""

    id: str
    title: str
    in_force_from: date = date.min
    in_force_to: date = date.max


class Transition(Row):
    """Which new rules count for matters that began before a border and are not decided yet.

    Without one, the law of the day of the event counts, whatever came later.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    kind: PetitionKind
    accepted_before: date
    """Matters accepted before this day; from this day on the topics follow the law of the act."""
    topics: Annotated[tuple[Topic, ...], Field(min_length=1)]
    clocks: tuple[ClockId, ...] = ()
    """Clocks of these topics."""
    unchanged: tuple[ClockId, ...] = ()
    """Clocks that stay under the law of their event, because the transition does not name them."""
    articles: Annotated[tuple[str, ...], Field(min_length=1)]
    confidence: Confidence
    question: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        both = set(self.clocks) & set(self.unchanged)
        if both:
            raise ValueError(f"{min(both)} đứng ở cả clocks và unchanged")
        if self.confidence == "U" and not self.question:
            raise ValueError("confidence = U phải có question")
        return self
