"""Working days of state offices: the base calendar, swaps, overrides with their documents, and switches.

Base: the ``holidays`` package for Vietnam. On top of it ``data/calendar.toml`` and whatever the province adds. The day
of the event is never counted (domain.md §3).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal, Self

from holidays import HolidayBase, country_holidays
from pydantic import BaseModel, ConfigDict

from contracts.errors import BadInput
from contracts.facts.routing import CalendarCause
from contracts.law.settings import LawSettings
from contracts.law.source import DATA_FOLDER, Entry, Row, read_tables, rows_of
from contracts.units import organisation

STATE: Final = "state"
"""The scope of an override that binds every state office."""

CALENDAR_FILE: Final = "calendar.toml"
OFFICIAL_THROUGH: Final = "official_calendar_through"
"""The setting that names the last year with an official plan of holidays."""

_YEARS: Final = range(1996, 2100)
"""Where the base calendar and its neighbours are known: its lunar tables end in 2100."""
_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_WEEKEND_NAMES: Final = {5: "Thứ bảy", 6: "Chủ nhật"}
_SEARCH_LIMIT_DAYS: Final = 366
"""Nothing in the law is longer in days; a search beyond it is a mistake, not a wait."""


class Override(Row):
    """A day that is not what the base calendar says, and the document that says so."""

    day: date
    is_working: bool
    name: str
    scope: str = STATE
    document: str
    effective_from: date
    is_estimate: bool = False
    question: str = ""


class Switch(Row):
    """Days off of the base calendar that count only while a yes_no setting is on."""

    setting: str
    base_name: str


class DayOff(BaseModel):
    """A day on which offices are closed, with the reason a person would give."""

    model_config = ConfigDict(frozen=True)

    day: date
    name: str
    document: str = ""
    """The official document behind it; empty for weekends and the base calendar."""
    is_estimate: bool = False


class DayTold(BaseModel):
    """One day, with everything that makes it what it is."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    day: date
    is_working: bool
    name: str
    """Why offices are closed, or why they work on a weekend; empty for an ordinary working day."""
    decided_by: Literal["base", "override"]
    """Where it comes from: the base calendar, or an entry with its document."""
    document: str = ""
    scope: str = STATE
    effective_from: date | None = None
    is_estimate: bool = False
    question: str = ""


class WorkingDays:
    """The calendar of one scope. A value: it never changes, and the same parts give the same answers."""

    revision: int = 0
    """How many plans were entered on top of the tables (``contracts.law.plans``); none here."""

    def at(self, revision: int) -> "WorkingDays":  # noqa: ARG002 - there is no other here
        """The calendar as it stood when that many plans were entered."""
        return self

    def changes(self) -> tuple[date | None, ...]:
        """For each earlier revision, the first day that is not what it was then; none when all are."""
        return ()

    def causes(self, since: int, start: date, end: date) -> tuple[CalendarCause, ...]:  # noqa: ARG002 - the same
        """The days after ``start`` up to ``end`` that are not what they were at revision ``since``, and why."""
        return ()

    def __init__(
        self,
        overrides: Iterable[Override] = (),
        *,
        hidden_holidays: Sequence[str] = (),
        official_through: int = date.max.year,
    ) -> None:
        """``hidden_holidays``: names of base holidays that do not count (settings that are off). Public holidays of
        years after ``official_through`` are estimates: no official plan has been entered for them."""
        self._overrides = _newest_by_day(overrides)
        self._hidden = tuple(hidden_holidays)
        self._official_through = official_through

    @classmethod
    def official(
        cls,
        *,
        scope: str = STATE,
        switches: Mapping[str, bool] | None = None,
        extra: Iterable[Override] = (),
        known_on: date | None = None,
        settings: LawSettings | None = None,
        folder: Path = DATA_FOLDER,
    ) -> Self:
        """The calendar of the data file for a scope (``state`` or a province's unit id).

        ``settings``: the installation's; ``switches`` turns single settings on or off on top of them. ``extra`` adds
        overrides that came later; ``known_on`` leaves out what had no effect yet on that day.
        Errors: BadInput("law_data_broken"), BadInput("unknown_setting"), BadInput("wrong_setting").
        """
        chosen = (settings or LawSettings.load(folder)).with_values(switches or {})
        known, hideable = _official(folder, frozenset(chosen.rows))
        return cls(
            (
                override
                for override in (*known, *extra)
                if override.scope in {STATE, scope} and (known_on is None or override.effective_from <= known_on)
            ),
            hidden_holidays=[switch.base_name for switch in hideable if not chosen.is_on(switch.setting)],
            official_through=chosen.number(OFFICIAL_THROUGH),
        )

    def with_overrides(self, extra: Iterable[Override]) -> "WorkingDays":
        """The same calendar with more overrides; of two for one day the later effective wins."""
        return WorkingDays(
            (*self._overrides.values(), *extra),
            hidden_holidays=self._hidden,
            official_through=self._official_through,
        )

    def with_settings(self, settings: LawSettings, folder: Path = DATA_FOLDER) -> "WorkingDays":
        """The same overrides under other settings. Errors: BadInput("wrong_setting")."""
        _, hideable = _official(folder, frozenset(settings.rows))
        return WorkingDays(
            self._overrides.values(),
            hidden_holidays=[switch.base_name for switch in hideable if not settings.is_on(switch.setting)],
            official_through=settings.number(OFFICIAL_THROUGH),
        )

    def is_working_day(self, day: date) -> bool:
        """True when state offices work on that day."""
        override = self._overrides.get(day)
        return override.is_working if override else day not in _base(day.year, self._hidden)

    def day_off(self, day: date) -> DayOff | None:
        """Why offices are closed on that day; none when they work."""
        override = self._overrides.get(day)
        if override:
            return None if override.is_working else _of_override(override)
        name = _base(day.year, self._hidden).get(day)
        return DayOff(day=day, name=name, is_estimate=self._is_guessed(day, name)) if name else None

    def told(self, day: date) -> DayTold:
        """Why that day is worked or not: the name, the document, since when, and what is still asked."""
        override = self._overrides.get(day)
        if override:
            return DayTold(decided_by="override", **override.model_dump())
        name = _base(day.year, self._hidden).get(day, "")
        return DayTold(
            day=day,
            is_working=not name,
            name=name or _name_of_working_weekend(day),
            decided_by="base",
            is_estimate=self._is_guessed(day, name),
        )

    def add_working_days(self, start: date, working_days: int) -> date:
        """The day that is ``working_days`` after ``start``; the start itself is not counted.

        Negative numbers count backward ("at least five working days before").
        """
        step = _ONE_DAY if working_days >= 0 else -_ONE_DAY
        left, day = abs(working_days), start
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def add_calendar_days(self, start: date, calendar_days: int) -> date:
        """The bare count; the start itself is not counted, and the result may fall on a day off."""
        return start + timedelta(days=calendar_days)

    def rolled(self, day: date) -> date:
        """The day itself, or the next working day when offices are closed on it."""
        for rolled in _days_from(day):
            if self.is_working_day(rolled):
                return rolled
        raise BadInput("calendar_gap", f"Không tìm thấy ngày làm việc nào sau ngày {day:%d/%m/%Y}.")

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` is earlier."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working_day(day) for day in _days_between(start, end))

    def days_off_between(self, start: date, end: date) -> tuple[DayOff, ...]:
        """The days off after ``start`` up to and including ``end``, by name, for an explanation."""
        return tuple(off for off in map(self.day_off, _days_between(start, end)) if off)

    def _is_guessed(self, day: date, name: str) -> bool:
        """True for public holidays of years whose official plan is not known yet; weekends are certain."""
        return bool(name) and day.year > self._official_through and name not in _WEEKEND_NAMES.values()


def written_overrides(folder: Path = DATA_FOLDER) -> tuple[Override, ...]:
    """Every override of the data file. Errors: BadInput("law_data_broken")."""
    return _official(folder, frozenset(LawSettings.load(folder).rows))[0]


def switch_names(folder: Path = DATA_FOLDER) -> frozenset[str]:
    """The settings that turn a holiday of every year on or off. Errors as above."""
    return frozenset(switch.setting for switch in _official(folder, frozenset(LawSettings.load(folder).rows))[1])


def _newest_by_day(overrides: Iterable[Override]) -> dict[date, Override]:
    """A province's own entry goes before the state's for the same day; then the later effective one wins."""
    newest: dict[date, Override] = {}
    for override in sorted(overrides, key=lambda one: (one.scope != STATE, one.effective_from)):
        newest[override.day] = override
    return newest


def _of_override(override: Override) -> DayOff:
    return DayOff(day=override.day, name=override.name, document=override.document, is_estimate=override.is_estimate)


def _days_from(day: date) -> Iterator[date]:
    return (day + timedelta(days=number) for number in range(_SEARCH_LIMIT_DAYS))


def _days_between(start: date, end: date) -> Iterator[date]:
    return (start + timedelta(days=number) for number in range(1, (end - start).days + 1))


@lru_cache(maxsize=256)
def _base(year: int, hidden: tuple[str, ...]) -> Mapping[date, str]:
    """Days off of a year by name: weekends and public holidays, less working Saturdays and hidden holidays."""
    table = _package(year)
    closed = {
        day: ", ".join(names)
        for day, joined in table.items()
        if day.year == year and (names := [name for name in joined.split("; ") if not name.startswith(hidden)])
    }
    day = date(year, 1, 1)
    while day.year == year:
        if day.weekday() >= _SATURDAY and day not in table.weekend_workdays:
            closed.setdefault(day, _WEEKEND_NAMES[day.weekday()])
        day += _ONE_DAY
    return closed


def _name_of_working_weekend(day: date) -> str:
    """The day that a working Saturday makes up for; empty for an ordinary working day."""
    table = _package(day.year)
    if day not in table.weekend_workdays:
        return ""
    made_up = (off for off, name in table.items() if f"{day:%d/%m/%Y}" in name)
    return f"Làm bù cho ngày {next(made_up, day):%d/%m/%Y}"


@lru_cache(maxsize=64)
def _package(year: int) -> HolidayBase:
    """The neighbours too: a swap may name a working Saturday of the year before or after."""
    if year not in _YEARS:
        raise BadInput("calendar_gap", f"Lịch làm việc không có năm {year}.", year=year)
    return country_holidays("VN", years=(year - 1, year, year + 1), expand=False, language="vi")


@cache
def _official(folder: Path, setting_names: frozenset[str]) -> tuple[tuple[Override, ...], tuple[Switch, ...]]:
    tables = read_tables(folder / CALENDAR_FILE, {"override": Override, "switch": Switch})
    overrides = rows_of(tables["override"], Override)
    _refuse_overrides(overrides)
    switches = rows_of(tables["switch"], Switch)
    for entry in switches:
        if entry.row.setting not in setting_names:
            raise entry.broken(f"công tắc lạ “{entry.row.setting}”")
    return tuple(entry.row for entry in overrides), tuple(entry.row for entry in switches)


def _refuse_overrides(entries: Sequence[Entry[Override]]) -> None:
    seen: dict[tuple[date, str, date], int] = {}
    for entry in entries:
        row = entry.row
        if row.scope != STATE and organisation().find(row.scope) is None:
            raise entry.broken(f"phạm vi lạ “{row.scope}”: “{STATE}” hoặc mã một đơn vị")
        key = (row.day, row.scope, row.effective_from)
        if key in seen:
            raise entry.broken(
                f"hai dòng cho ngày {row.day:%d/%m/%Y} cùng phạm vi và cùng ngày hiệu lực (dòng {seen[key]})"
            )
        if not row.document and not row.is_estimate:
            raise entry.broken(f"ngày {row.day:%d/%m/%Y} thiếu số văn bản (hoặc is_estimate)")
        if row.day.year not in _YEARS:
            raise entry.broken(f"ngày {row.day:%d/%m/%Y} nằm ngoài các năm có lịch")
        seen[key] = entry.line
