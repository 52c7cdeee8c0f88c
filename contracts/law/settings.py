"""Named settings of the law: every point that is unsure or left to the province, with its question.

Code asks the table. ``data/settings.toml`` says the defaults, what is allowed and what a lawyer still has to answer;
an installation may choose otherwise. What is not allowed is refused, never corrected.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from contracts.errors import BadInput
from contracts.ids import UnitId
from contracts.law.source import DATA_FOLDER, Row, read_tables, rows_of

SETTINGS_FILE: Final = "settings.toml"

SettingKind = Literal["yes_no", "number", "choice", "units", "article"]
SettingValue = StrictBool | StrictInt | StrictStr | tuple[StrictStr, ...]

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_Text = Annotated[str, Field(min_length=1)]


class SettingRow(Row):
    """One named setting: what it decides, what it may be, and what a lawyer has to answer."""

    id: _Name
    title: _Text
    kind: SettingKind
    default: SettingValue
    allowed: Mapping[str, str] = {}
    """Choices, or articles to choose from, each with what it means; an article without a list may be any."""
    unit: Literal["", "working_days", "calendar_days", "percent", "year", "petitions"] = ""
    at_least: int | None = None
    at_most: int | None = None
    effect: _Text
    question: _Text
    source: _Text
    answered_by: str = ""
    """The document that answered the question; empty while it is open."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.kind == "choice" and not self.allowed:
            raise ValueError("kind = choice phải có allowed")
        is_bounded = bool(self.unit) and self.at_least is not None and self.at_most is not None
        if (self.kind == "number") is not is_bounded:
            raise ValueError("unit, at_least, at_most: đủ cả ba với number, không có với loại khác")
        reason = self.refusal(self.default)
        if reason:
            raise ValueError(f"default: {reason}")
        return self

    def refusal(self, value: SettingValue) -> str:
        """Why the value is not allowed; empty when it is."""
        match self.kind:
            case "yes_no":
                return "" if isinstance(value, bool) else "phải là true hoặc false"
            case "number":
                return self._refused_number(value)
            case "units":
                return "" if isinstance(value, tuple) else "phải là danh sách mã đơn vị"
            case "choice" | "article":
                is_known = isinstance(value, str) and (value in self.allowed or not self.allowed)
                return "" if is_known else f"phải là một trong: {', '.join(self.allowed) or 'điều luật'}"

    @property
    def open_question(self) -> str:
        """The question while nobody has answered it."""
        return "" if self.answered_by else self.question

    def _refused_number(self, value: SettingValue) -> str:
        low, high = self.at_least or 0, self.at_most or 0
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if is_whole and isinstance(value, int) and low <= value <= high:
            return ""
        return f"phải là số nguyên từ {low} đến {high}"


class OpenQuestion(Row):
    """A question that no value can answer yet, and what the system does meanwhile."""

    id: _Name
    question: _Text
    source: _Text
    effect: _Text


class LawSettings:
    """All settings with the values of this installation. A value."""

    def __init__(
        self,
        rows: Mapping[str, SettingRow],
        chosen: Mapping[str, SettingValue] | None = None,
        questions: tuple[OpenQuestion, ...] = (),
    ) -> None:
        """``chosen``: where the installation differs from the defaults.

        Errors: BadInput("unknown_setting"), BadInput("wrong_setting").
        """
        self.rows: Final = dict(rows)
        self.questions: Final = questions
        self.chosen: Final = {name: self._allowed(name, value) for name, value in (chosen or {}).items()}

    @classmethod
    def load(cls, folder: Path = DATA_FOLDER, chosen: Mapping[str, SettingValue] | None = None) -> "LawSettings":
        """The table of a folder.

        Errors: BadInput("law_data_broken") with file, line and reason; those of the values chosen.
        """
        rows, questions = _table(folder)
        return cls(rows, chosen, questions)

    def with_values(self, chosen: Mapping[str, SettingValue]) -> "LawSettings":
        """The same table with more values chosen. Errors as above."""
        return LawSettings(self.rows, {**self.chosen, **chosen}, self.questions)

    def row(self, name: str) -> SettingRow:
        """What stands in the table. Errors: BadInput("unknown_setting")."""
        row = self.rows.get(name)
        if row is None:
            raise BadInput("unknown_setting", f"Không có công tắc pháp luật “{name}”.", setting=name)
        return row

    def value(self, name: str) -> SettingValue:
        """What counts here: the installation's choice, or the default."""
        return self.chosen.get(name, self.row(name).default)

    def is_on(self, name: str) -> bool:
        """The value of a yes_no setting. Errors: BadInput("wrong_setting") for another kind."""
        return bool(self._of_kind(name, "yes_no"))

    def number(self, name: str) -> int:
        """The value of a number, in the unit of its row."""
        value = self._of_kind(name, "number")
        return value if isinstance(value, int) else 0

    def choice(self, name: str) -> str:
        """The value of a choice, one of its row's ``allowed``."""
        return str(self._of_kind(name, "choice"))

    def article(self, name: str) -> str:
        """The article, as tables write it."""
        return str(self._of_kind(name, "article"))

    def units(self, name: str) -> tuple[UnitId, ...]:
        """The unit ids listed."""
        value = self._of_kind(name, "units")
        return value if isinstance(value, tuple) else ()

    def counts_as_remote(self, unit_id: UnitId, *, is_recorded: bool) -> bool:
        """True when longer limits of remote areas apply: by what the case records, by the province's list, or by
        either, as ``remote_flag_source`` says."""
        is_listed = unit_id in self.units("remote_units")
        match self.choice("remote_flag_source"):
            case "listed":
                return is_listed
            case "either":
                return is_recorded or is_listed
            case _:
                return is_recorded

    def _of_kind(self, name: str, kind: SettingKind) -> SettingValue:
        row = self.row(name)
        if row.kind != kind:
            raise BadInput("wrong_setting", f"Công tắc “{name}” là loại {row.kind}, không phải {kind}.", setting=name)
        return self.value(name)

    def _allowed(self, name: str, value: SettingValue) -> SettingValue:
        row = self.row(name)
        given = tuple(value) if isinstance(value, list) else value
        reason = row.refusal(given)
        if reason:
            raise BadInput("wrong_setting", f"Công tắc “{name}”: {reason}.", setting=name)
        return given


@cache
def _table(folder: Path) -> tuple[dict[str, SettingRow], tuple[OpenQuestion, ...]]:
    tables = read_tables(folder / SETTINGS_FILE, {"setting": SettingRow, "question": OpenQuestion})
    rows: dict[str, SettingRow] = {}
    for entry in rows_of(tables["setting"], SettingRow):
        if entry.row.id in rows:
            raise entry.broken(f"công tắc {entry.row.id} có hai lần")
        rows[entry.row.id] = entry.row
    asked: dict[str, OpenQuestion] = {}
    for question in rows_of(tables["question"], OpenQuestion):
        if question.row.id in asked or question.row.id in rows:
            raise question.broken(f"câu hỏi {question.row.id} có hai lần")
        asked[question.row.id] = question.row
    return rows, tuple(asked.values())
