"""The working-day calendar against cases.md "Calendar used" and against an obvious day-by-day counter."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import BadInput
from contracts.law.calendar import Override, WorkingDays
from contracts.law.source import DATA_FOLDER

CALENDAR = WorkingDays.official()
WITHOUT_CULTURE_DAY = WorkingDays.official(switches={"culture_day": False})
DAYS = st.dates(date(2025, 1, 1), date(2034, 12, 31))

OFF_BY_CASES = {
    *(date(2026, 1, day) for day in (1, 2)),
    *(date(2026, 2, day) for day in range(16, 21)),
    date(2026, 4, 27),
    date(2026, 4, 30),
    date(2026, 5, 1),
    date(2026, 8, 31),
    date(2026, 9, 1),
    date(2026, 9, 2),
    date(2026, 11, 24),
    date(2027, 1, 1),
    *(date(2027, 2, day) for day in (4, 5, 8, 9, 10)),
    date(2027, 4, 16),
    date(2027, 4, 30),
    date(2027, 5, 3),
}
WORKING_SATURDAYS = {date(2026, 1, 10), date(2026, 8, 22)}


def every_day(start: date, end: date) -> list[date]:
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def test_the_calendar_of_the_worked_cases_comes_out_exactly() -> None:
    days = every_day(date(2026, 1, 1), date(2027, 8, 31))
    off_in_the_week = {day for day in days if day.weekday() < 5 and not CALENDAR.is_working_day(day)}
    working_at_the_weekend = {day for day in days if day.weekday() >= 5 and CALENDAR.is_working_day(day)}
    assert off_in_the_week == OFF_BY_CASES
    assert working_at_the_weekend == WORKING_SATURDAYS


def test_the_swap_of_2025_is_in_the_base() -> None:
    assert CALENDAR.is_working_day(date(2025, 4, 26))
    assert not CALENDAR.is_working_day(date(2025, 5, 2))


def test_24_november_is_a_switch() -> None:
    assert not CALENDAR.is_working_day(date(2026, 11, 24))
    assert WITHOUT_CULTURE_DAY.is_working_day(date(2026, 11, 24))
    assert not CALENDAR.is_working_day(date(2029, 11, 26)), "the substitute day goes with it"
    assert WITHOUT_CULTURE_DAY.is_working_day(date(2029, 11, 26))


def test_an_unknown_switch_is_refused() -> None:
    with pytest.raises(BadInput, match="unknown_setting"):
        WorkingDays.official(switches={"culture_dya": False})


def test_a_day_off_says_its_name_and_document() -> None:
    swap = CALENDAR.day_off(date(2026, 1, 2))
    assert swap is not None
    assert (swap.name, swap.document) == ("Ngày nghỉ (thay cho ngày 10/01/2026)", "12729/VPCP-KGVX")
    saturday = CALENDAR.day_off(date(2026, 9, 12))
    assert saturday is not None
    assert saturday.name == "Thứ bảy"
    tet = CALENDAR.day_off(date(2027, 2, 5))
    assert tet is not None
    assert tet.is_estimate
    assert CALENDAR.day_off(date(2026, 1, 10)) is None


def test_skipped_days_are_listed_in_order() -> None:
    skipped = CALENDAR.days_off_between(date(2026, 8, 28), date(2026, 9, 7))
    assert [off.day.day for off in skipped] == [29, 30, 31, 1, 2, 5, 6]
    assert [off.name for off in skipped[2:5]] == ["Ngày nghỉ (thay cho ngày 22/08/2026)", "Quốc khánh", "Quốc khánh"]


def test_five_working_days_before_a_session_are_counted_backward() -> None:
    assert CALENDAR.add_working_days(date(2026, 10, 20), -5) == date(2026, 10, 13)
    assert CALENDAR.add_working_days(date(2026, 10, 20), -1) == date(2026, 10, 19)


@pytest.mark.parametrize(
    ("day", "is_working", "name", "document"),
    [
        ("2026-01-02", False, "Ngày nghỉ (thay cho ngày 10/01/2026)", "12729/VPCP-KGVX"),
        ("2026-01-10", True, "Làm bù cho ngày 02/01/2026", "12729/VPCP-KGVX"),
        ("2026-08-22", True, "Làm bù cho ngày 31/08/2026", ""),
        ("2026-08-31", False, "Ngày nghỉ (thay cho ngày 22/08/2026)", ""),
        ("2026-09-12", False, "Thứ bảy", ""),
        ("2026-09-02", False, "Quốc khánh", ""),
        ("2026-09-07", True, "", ""),
    ],
)
def test_every_day_explains_itself(day: str, is_working: bool, name: str, document: str) -> None:
    told = CALENDAR.told(date.fromisoformat(day))
    assert (told.is_working, told.name, told.document) == (is_working, name, document)
    assert told.is_working is CALENDAR.is_working_day(told.day)
    assert told.decided_by == ("override" if document else "base")


def test_an_estimate_says_so_and_names_its_question() -> None:
    told = CALENDAR.told(date(2027, 2, 8))
    assert (told.is_estimate, told.is_working) == (True, False)
    assert "2027" in told.question


def test_the_official_plan_takes_the_place_of_the_estimate_without_touching_it() -> None:
    plan = [
        Override(day=day, is_working=works, name=name, document="1/TB-BNV", effective_from=date(2026, 12, 1))
        for day, works, name in (
            (date(2027, 2, 10), True, "Làm việc"),
            (date(2027, 2, 3), False, "28 Tết"),
            (date(2027, 2, 20), True, "Làm bù cho ngày 03/02/2027"),
        )
    ]
    after = WorkingDays.official(extra=plan)
    assert not CALENDAR.is_working_day(date(2027, 2, 10))
    assert after.is_working_day(date(2027, 2, 10))
    assert after.is_working_day(date(2027, 2, 20))
    before = WorkingDays.official(extra=plan, known_on=date(2026, 11, 30))
    assert not before.is_working_day(date(2027, 2, 10)), "what was not known then did not count then"


def test_a_province_goes_before_the_state_for_its_own_days() -> None:
    day = date(2026, 10, 5)
    extra = [
        storm(day, is_working=True, effective=date(2026, 6, 1)),
        storm(day, scope="state", effective=date(2026, 9, 1)),
    ]
    assert WorkingDays.official(scope="tinh-40", extra=extra).is_working_day(day)
    told = WorkingDays.official(scope="tinh-40", extra=extra).told(day)
    assert (told.scope, told.effective_from) == ("tinh-40", date(2026, 6, 1))
    assert not WorkingDays.official(scope="tinh-38", extra=extra).is_working_day(day)


def storm(
    day: date, *, is_working: bool = False, scope: str = "tinh-40", effective: date = date(2026, 6, 1)
) -> Override:
    return Override(
        day=day, is_working=is_working, name="Bù", scope=scope, document="1/UBND-VP", effective_from=effective
    )


def test_an_override_of_a_province_binds_only_there() -> None:
    extra = [storm(date(2026, 10, 5))]
    assert not WorkingDays.official(scope="tinh-40", extra=extra).is_working_day(date(2026, 10, 5))
    assert WorkingDays.official(scope="tinh-38", extra=extra).is_working_day(date(2026, 10, 5))


def test_the_later_effective_override_of_a_day_wins() -> None:
    day = date(2026, 10, 5)
    extra = [storm(day, is_working=True, effective=date(2026, 9, 2)), storm(day, effective=date(2026, 9, 1))]
    assert WorkingDays.official(scope="tinh-40", extra=extra).is_working_day(day)


def test_an_override_does_not_count_before_it_is_known() -> None:
    day = date(2026, 1, 2)
    assert WorkingDays.official(known_on=date(2025, 11, 30)).is_working_day(day)
    assert not WorkingDays.official(known_on=date(2025, 12, 1)).is_working_day(day)


def test_a_calendar_without_any_working_day_is_refused_and_not_waited_for() -> None:
    extra = [storm(day, scope="state") for day in every_day(date(2026, 1, 1), date(2027, 12, 31))]
    with pytest.raises(BadInput, match="calendar_gap"):
        WorkingDays(extra).rolled(date(2026, 1, 1))


def test_a_year_outside_the_tables_is_refused() -> None:
    with pytest.raises(BadInput, match="calendar_gap"):
        CALENDAR.is_working_day(date(2150, 1, 1))


ROW = """[[override]]
day = 2026-01-02
is_working = {is_working}
name = "x"
document = "{document}"
effective_from = 2026-01-01
"""


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[[override]]\nday = 2026-01-02\nis_workin = false\n", 1, "is_workin"),
        ("\n\n[[overide]]\nday = 2026-01-02\n", 3, "overide"),
        (ROW.format(document="", is_working="false"), 1, "thiếu số văn bản"),
        (ROW.format(document="1", is_working="false") + ROW.format(document="2", is_working="true"), 7, "hai dòng"),
        ("\n" + ROW.format(document="1", is_working="false") + 'scope = "tinh-99x"\n', 2, "phạm vi lạ “tinh-99x”"),
        (
            ROW.format(document="1", is_working="false") + '[[switch]]\nsetting = "x"\nbase_name = "y"\n',
            7,
            "công tắc lạ",
        ),
        ("\n[override]\nday = 2026-01-02\n", 2, "hai ngoặc vuông"),
        ("\noverride = 3\n", 2, "hai ngoặc vuông"),
        ("[[override]\n", 1, "TOML"),
        ('[[override]]\nday = 2026-01-02\nname = "x\n', 3, "TOML"),
    ],
)
def test_a_broken_table_is_refused_with_file_line_and_reason(tmp_path: Path, text: str, line: int, reason: str) -> None:
    folder = Path(shutil.copytree(DATA_FOLDER, tmp_path / "data"))
    (folder / "calendar.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="law_data_broken") as refused:
        WorkingDays.official(folder=folder)
    assert refused.value.facts == {"file": "calendar.toml", "line": line}
    assert reason in refused.value.sentence


@given(start=DAYS, count=st.integers(0, 90))
def test_adding_working_days_agrees_with_counting_one_by_one(start: date, count: int) -> None:
    end = CALENDAR.add_working_days(start, count)
    assert CALENDAR.working_days_between(start, end) == count
    assert count == 0 or CALENDAR.is_working_day(end)


@given(day=DAYS)
def test_rolling_never_goes_back_and_ends_on_a_working_day(day: date) -> None:
    rolled = CALENDAR.rolled(day)
    assert rolled >= day
    assert CALENDAR.is_working_day(rolled)
    assert all(not CALENDAR.is_working_day(between) for between in every_day(day, rolled)[:-1])


@given(start=DAYS, length=st.integers(0, 120))
def test_every_day_is_either_worked_or_off_with_a_name(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    off = CALENDAR.days_off_between(start, end)
    assert len(off) + CALENDAR.working_days_between(start, end) == length
    assert all(one.name for one in off)
