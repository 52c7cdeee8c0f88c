"""Clocks against the dates of cases.md, and against what no date may ever do."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import BadInput, Refused
from contracts.facts.routing import ClockReading
from contracts.law import clocks
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import official
from contracts.law.rows import Unit, Variant

CATALOGUE = official()
CALENDAR = WorkingDays.official()
WITHOUT_CULTURE_DAY = WorkingDays.official(switches={"culture_day": False})
DAYS = st.dates(date(2026, 7, 1), date(2034, 12, 31))
UNDATED = {Unit.HOURS, Unit.NOT_COUNTED}
RUNNING = [one for one in CATALOGUE.clock_ids if CATALOGUE.clock(one, date(2026, 7, 1)).unit not in UNDATED]


def day(text: str) -> date:
    return date.fromisoformat(text)


def read(clock: str, start: str, *, calendar: WorkingDays = CALENDAR, **of: object) -> ClockReading:
    return clocks.reading(clock, day(start), catalogue=CATALOGUE, calendar=calendar, **of)  # type: ignore[arg-type]  # test table


CASES = [
    ("C01", "K1", "2026-08-03", {}, "2026-11-01", "2026-11-02"),
    ("C01", "R1", "2026-09-07", {}, "2026-09-21", "2026-09-21"),
    ("C01", "K2", "2026-09-07", {}, "2026-09-16", "2026-09-16"),
    ("C01", "K3", "2026-09-14", {}, "2026-10-14", "2026-10-14"),
    ("C01", "K3", "2026-09-14", {"extensions": 1}, "2026-10-29", "2026-10-29"),
    ("C01", "K4", "2026-10-12", {}, "2026-10-15", "2026-10-15"),
    ("C01", "K5", "2026-10-16", {}, "2026-11-15", "2026-11-16"),
    ("C02", "K3", "2026-09-14", {"variant": Variant.REMOTE}, "2026-10-29", "2026-10-29"),
    ("C02", "K3", "2026-09-14", {"variant": Variant.REMOTE, "extensions": 1}, "2026-11-13", "2026-11-13"),
    ("C02", "K5", "2026-10-16", {"variant": Variant.REMOTE}, "2026-11-30", "2026-11-30"),
    ("C03", "R1", "2026-09-08", {}, "2026-09-22", "2026-09-22"),
    ("C05", "K3", "2026-08-10", {}, "2026-09-09", "2026-09-09"),
    ("C05", "R1", "2026-09-21", {}, "2026-10-05", "2026-10-05"),
    ("C05b", "K5", "2026-09-09", {}, "2026-10-09", "2026-10-09"),
    ("C05b", "K2", "2026-09-21", {}, "2026-09-30", "2026-09-30"),
    ("C06", "K5", "2026-10-05", {}, "2026-11-04", "2026-11-04"),
    ("C06", "K2", "2026-10-20", {}, "2026-10-29", "2026-10-29"),
    ("C06", "K6", "2026-10-28", {}, "2026-12-12", "2026-12-14"),
    ("C06", "K6", "2026-10-28", {"extensions": 1}, "2026-12-27", "2026-12-28"),
    ("C06", "K7", "2026-12-10", {}, "2026-12-17", "2026-12-17"),
    ("C06", "K8", "2026-12-10", {}, "2026-12-25", "2026-12-25"),
    ("C06", "K9", "2026-12-10", {}, "2027-01-09", "2027-01-11"),
    ("C08", "K1", "2026-03-02", {}, "2026-05-31", "2026-06-01"),
    ("C08", "K2", "2026-09-07", {}, "2026-09-16", "2026-09-16"),
    ("C13", "K2", "2026-10-12", {}, "2026-10-21", "2026-10-21"),
    ("C18", "K11", "2026-10-19", {}, "2026-10-22", "2026-10-22"),
    ("C19", "K3", "2026-08-17", {}, "2026-09-16", "2026-09-16"),
    ("C19", "K11", "2026-08-28", {}, "2026-09-07", "2026-09-07"),
    ("C19", "K11", "2026-09-21", {}, "2026-09-24", "2026-09-24"),
    ("C19", "K3", "2026-09-21", {"used_days": 11, "event_on": date(2026, 8, 17)}, "2026-10-10", "2026-10-12"),
    ("C22", "K2", "2026-06-25", {}, "2026-07-05", "2026-07-06"),
    ("C24", "K2", "2027-01-27", {}, "2027-02-12", "2027-02-12"),
    ("C24", "R1", "2027-01-27", {}, "2027-02-17", "2027-02-17"),
    ("D01", "T2", "2026-08-24", {}, "2026-09-03", "2026-09-03"),
    ("D03", "R1", "2026-09-22", {}, "2026-10-06", "2026-10-06"),
    ("D06", "T1", "2026-09-07", {}, "2026-09-16", "2026-09-16"),
    ("D06", "T1", "2026-09-07", {"variant": Variant.SEVERAL_PLACES}, "2026-09-21", "2026-09-21"),
    ("D06", "T3", "2026-09-16", {}, "2026-09-23", "2026-09-23"),
    ("D06", "T4", "2026-09-16", {}, "2026-10-16", "2026-10-16"),
    ("D06", "T4", "2026-09-16", {"extensions": 1}, "2026-11-15", "2026-11-16"),
    ("D06", "T4", "2026-09-16", {"extensions": 2}, "2026-12-15", "2026-12-15"),
    ("D06", "T6", "2026-10-16", {}, "2026-10-23", "2026-10-23"),
    ("D06", "T7", "2026-10-16", {}, "2026-10-27", "2026-10-27"),
    ("D06", "T8", "2026-10-16", {}, "2026-10-27", "2026-10-27"),
    ("D06", "TB8", "2026-10-27", {}, "2026-11-11", "2026-11-11"),
    ("D10", "R1", "2026-09-15", {}, "2026-09-29", "2026-09-29"),
    ("D13", "R1", "2026-10-07", {}, "2026-10-21", "2026-10-21"),
    ("D20", "T11", "2026-10-07", {}, "2026-10-14", "2026-10-14"),
    ("D20", "TB11", "2026-10-14", {}, "2026-10-21", "2026-10-21"),
    ("E03", "R1", "2026-10-06", {}, "2026-10-20", "2026-10-20"),
    ("E05", "R1", "2026-11-04", {}, "2026-11-18", "2026-11-18"),
    ("D20", "T10", "2026-10-07", {}, "2026-10-27", "2026-10-27"),
    ("D22", "T1", "2026-11-16", {}, "2026-11-26", "2026-11-26"),
    ("D22", "R1", "2026-11-16", {}, "2026-12-01", "2026-12-01"),
    ("D22", "T1", "2026-11-16", {"calendar": WITHOUT_CULTURE_DAY}, "2026-11-25", "2026-11-25"),
    ("D22", "R1", "2026-11-16", {"calendar": WITHOUT_CULTURE_DAY}, "2026-11-30", "2026-11-30"),
    ("E01", "R1", "2026-10-05", {}, "2026-10-19", "2026-10-19"),
    ("E10", "R5", "2026-11-20", {}, "2026-11-26", "2026-11-26"),
    ("E10", "R5", "2026-11-20", {"calendar": WITHOUT_CULTURE_DAY}, "2026-11-25", "2026-11-25"),
    ("E17", "R10", "2026-09-07", {}, "2026-10-22", "2026-10-22"),
    ("F01", "R4", "2026-10-20", {}, "2026-10-13", "2026-10-13"),
    ("F01", "R6", "2026-10-20", {}, "2026-10-13", "2026-10-13"),
    ("F01", "R7", "2026-10-20", {}, "2026-10-19", "2026-10-19"),
    ("C04", "X2", "2026-09-30", {}, "2027-09-30", "2027-09-30"),
]


@pytest.mark.parametrize(("case", "clock", "start", "of", "raw", "rolled"), CASES, ids=lambda value: str(value)[:10])
def test_the_worked_cases_come_out_to_the_day(
    case: str, clock: str, start: str, of: dict[str, object], raw: str, rolled: str
) -> None:
    result = read(clock, start, **of)  # type: ignore[arg-type]  # test table
    assert (result.raw_due, result.rolled_due) == (day(raw), day(rolled)), case


def test_the_acceptance_clock_sounds_the_alarm_on_the_earlier_of_both_counts() -> None:
    assert read("K2", "2026-09-07").alarm_on == day("2026-09-16"), "C01: 7 working days end before 10 days"
    over_tet = read("K2", "2027-01-27")
    assert over_tet.alarm_on == day("2027-02-06"), "around Tết ten calendar days end first"
    assert over_tet.alarm_on < over_tet.rolled_due


def test_a_petition_of_before_july_2026_keeps_the_old_limit_and_has_no_red_line() -> None:
    assert read("K2", "2026-06-30").raw_due == day("2026-07-10")
    assert read("K2", "2026-07-01").raw_due == day("2026-07-10")
    assert CATALOGUE.clock("K2", day("2026-06-30")).unit is Unit.CALENDAR_DAYS
    with pytest.raises(Refused, match="no_clock_then"):
        read("R10", "2026-06-30")


def test_no_more_extensions_than_the_law_gives() -> None:
    with pytest.raises(Refused, match="no_more_extensions"):
        read("K3", "2026-09-14", extensions=2)
    with pytest.raises(Refused, match="no_more_extensions"):
        read("T4", "2026-09-16", extensions=3)


def test_a_clock_that_cannot_be_suspended_refuses_used_days() -> None:
    with pytest.raises(BadInput, match="not_suspendable"):
        read("K2", "2026-09-07", used_days=3)


def test_an_explanation_names_the_skipped_days_and_the_articles_in_full() -> None:
    told = clocks.explanation("T2", day("2026-08-24"), catalogue=CATALOGUE, calendar=CALENDAR)
    assert told.reading == read("T2", "2026-08-24")
    assert [off.day for off in told.skipped] == [
        day(text) for text in ("2026-08-29", "2026-08-30", "2026-08-31", "2026-09-01", "2026-09-02")
    ]
    assert told.counted == 5
    assert told.articles == ("Điều 24(2) Luật Tố cáo (25/2018/QH14)",)


def test_an_explanation_of_calendar_days_names_only_the_days_it_rolled_over() -> None:
    told = clocks.explanation("K6", day("2026-10-28"), catalogue=CATALOGUE, calendar=CALENDAR)
    assert [off.name for off in told.skipped] == ["Thứ bảy", "Chủ nhật"]


def test_a_year_from_a_leap_day_ends_on_the_last_day_of_february() -> None:
    assert read("X2", "2028-02-29").raw_due == day("2029-02-28")


@given(clock=st.sampled_from(RUNNING), start=DAYS, variant=st.sampled_from(Variant))
def test_no_clock_ends_before_it_starts_and_rolling_never_goes_back(clock: str, start: date, variant: Variant) -> None:
    result = clocks.reading(clock, start, catalogue=CATALOGUE, calendar=CALENDAR, variant=variant)
    if CATALOGUE.clock(clock, start).direction == "before":
        assert result.raw_due < start
        return
    is_at_once = CATALOGUE.clock(clock, start).unit is Unit.AT_ONCE
    assert start <= result.raw_due <= result.rolled_due
    assert (result.raw_due == start) is is_at_once
    assert result.alarm_on <= result.raw_due
    assert CALENDAR.is_working_day(result.rolled_due)


@given(start=DAYS, pause=st.integers(0, 60), used=st.integers(0, 30))
def test_a_suspension_never_shortens(start: date, pause: int, used: int) -> None:
    without = clocks.reading("K3", start, catalogue=CATALOGUE, calendar=CALENDAR)
    resumed = start + timedelta(days=used + pause)
    after = clocks.reading("K3", resumed, catalogue=CATALOGUE, calendar=CALENDAR, used_days=used, event_on=start)
    assert after.raw_due == without.raw_due + timedelta(days=pause)


@given(start=DAYS)
def test_working_day_clocks_agree_with_counting_one_by_one(start: date) -> None:
    due, left = start, 10
    while left:
        due += timedelta(days=1)
        left -= CALENDAR.is_working_day(due)
    assert clocks.reading("R1", start, catalogue=CATALOGUE, calendar=CALENDAR).raw_due == due
