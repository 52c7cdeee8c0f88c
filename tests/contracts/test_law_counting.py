"""Ten years of dates against a slow, obvious counter that knows nothing of our arithmetic: one day after the other."""

import calendar as months
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import BadInput, Refused
from contracts.facts.base import vietnam_day
from contracts.facts.routing import ClockReading
from contracts.law import clocks
from contracts.law.calendar import Override, WorkingDays
from contracts.law.catalogue import official
from contracts.law.clocks import ExcludedTime
from contracts.law.rows import ClockRow, RuleRow, Unit, Variant
from contracts.vocabulary import ObstacleGround

CATALOGUE = official()
CALENDAR = WorkingDays.official()
DAYS = st.dates(date(2026, 7, 1), date(2036, 6, 30))
ONE_DAY = timedelta(days=1)
UNDATED = {Unit.HOURS, Unit.NOT_COUNTED}
RUNNING = [one for one in CATALOGUE.clock_ids if CATALOGUE.clock(one, date(2026, 7, 1)).unit not in UNDATED]
STRETCHABLE = [one for one in RUNNING if CATALOGUE.clock(one, date(2026, 7, 1)).is_suspendable]
LIMITATIONS = [one for one in RUNNING if CATALOGUE.clock(one, date(2026, 7, 1)).excludes_obstacles]

unhurried = settings(deadline=None)
"""The first look into a year builds its holidays: how long that takes is not under test."""

IsWorking = Callable[[date], bool]


def walk(start: date, step: int) -> Iterator[date]:
    day = start
    while True:
        day += step * ONE_DAY
        yield day


def slow_raw(row: ClockRow, start: date, amount: int, works: IsWorking) -> date:
    """Day by day. A period of months or years ends on the day of the same number, or on the last of a shorter month."""
    if amount == 0:
        return start
    step = 1 if row.direction == "after" else -1
    if row.unit in {Unit.MONTHS, Unit.YEARS}:
        wanted = start.month - 1 + amount * (1 if row.unit is Unit.MONTHS else 12)
        year, month = start.year + wanted // 12, wanted % 12 + 1
        return next(
            day
            for day in walk(start, step)
            if (day.year, day.month) == (year, month)
            and (day.day == start.day or (day.day < start.day and day.day == months.monthrange(year, month)[1]))
        )
    counted = 0
    for day in walk(start, step):
        counts = works(day) if row.unit is Unit.WORKING_DAYS else True
        counted += counts
        if counted == amount:
            return day
    raise AssertionError


def slow_rolled(day: date, works: IsWorking) -> date:
    while not works(day):
        day += ONE_DAY
    return day


def read(clock: str, start: date, calendar: WorkingDays = CALENDAR, **of: object) -> ClockReading:
    return clocks.reading(clock, start, catalogue=CATALOGUE, calendar=calendar, **of)  # type: ignore[arg-type]  # table


@settings(deadline=None, max_examples=600)
@given(clock=st.sampled_from(RUNNING), start=DAYS, variant=st.sampled_from(Variant), data=st.data())
def test_every_clock_agrees_with_the_slow_counter(
    clock: str, start: date, variant: Variant, data: st.DataObject
) -> None:
    row = CATALOGUE.clock(clock, start)
    extensions = data.draw(st.integers(0, len(row.extension)))
    result = read(clock, start, variant=variant, extensions=extensions)
    raw = slow_raw(row, start, row.amount_for(variant, extensions), CALENDAR.is_working_day)
    assert result.raw_due == raw
    assert result.rolled_due == (slow_rolled(raw, CALENDAR.is_working_day) if row.direction == "after" else raw)


@unhurried
@given(
    start=st.dates(date(2026, 7, 1), date(2026, 12, 31)),
    flipped=st.dictionaries(st.dates(date(2026, 7, 1), date(2027, 3, 31)), st.booleans(), max_size=40),
    clock=st.sampled_from(RUNNING),
)
def test_any_overrides_are_counted_as_the_slow_counter_counts_them(
    start: date, flipped: dict[date, bool], clock: str
) -> None:
    extra = [
        Override(day=day, is_working=works, name="Bù", document="1/QĐ-UBND", effective_from=date(2026, 6, 1))
        for day, works in flipped.items()
    ]

    def works(day: date) -> bool:
        return flipped[day] if day in flipped else CALENDAR.is_working_day(day)

    row = CATALOGUE.clock(clock, start)
    result = read(clock, start, WorkingDays.official(extra=extra))
    assert result.raw_due == slow_raw(row, start, row.amount, works)
    assert result.rolled_due == (slow_rolled(result.raw_due, works) if row.direction == "after" else result.raw_due)


@unhurried
@given(clock=st.sampled_from(RUNNING), start=DAYS, variant=st.sampled_from(Variant))
def test_no_clock_ends_before_it_starts_and_rolled_is_never_before_raw(
    clock: str, start: date, variant: Variant
) -> None:
    row = CATALOGUE.clock(clock, start)
    result = read(clock, start, variant=variant)
    if row.direction == "before":
        assert result.raw_due < start
        assert result.rolled_due == result.raw_due, "a last day before an event never moves towards the event"
        return
    assert start <= result.raw_due <= result.rolled_due
    assert CALENDAR.is_working_day(result.rolled_due)
    assert result.alarm_on <= result.raw_due


@unhurried
@given(clock=st.sampled_from(RUNNING), start=DAYS, later=st.integers(0, 400))
def test_a_later_start_never_ends_earlier(clock: str, start: date, later: int) -> None:
    first, second = read(clock, start), read(clock, start + later * ONE_DAY)
    assert first.raw_due <= second.raw_due
    assert first.rolled_due <= second.rolled_due


@unhurried
@given(clock=st.sampled_from(RUNNING), start=DAYS)
def test_reading_twice_changes_nothing(clock: str, start: date) -> None:
    assert read(clock, start) == read(clock, start)
    again = WorkingDays.official().with_overrides([])
    assert read(clock, start, again) == read(clock, start), "the same parts, the same answers"
    told = clocks.explanation(clock, start, catalogue=CATALOGUE, calendar=CALENDAR)
    assert told.reading == read(clock, start), "explained by the same function"


@unhurried
@given(
    clock=st.sampled_from(STRETCHABLE),
    start=DAYS,
    stretches=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 60)), min_size=1, max_size=4),
    variant=st.sampled_from(Variant),
)
def test_suspension_never_shortens_and_gives_back_exactly_what_it_took(
    clock: str, start: date, stretches: list[tuple[int, int]], variant: Variant
) -> None:
    amount = CATALOGUE.clock(clock, start).amount_for(variant)
    without = read(clock, start, variant=variant)
    used, running_from, paused = 0, start, 0
    for ran, stood in stretches:
        used, paused = used + min(ran, amount - used), paused + stood
        running_from = start + (used + paused) * ONE_DAY
    after = read(clock, running_from, variant=variant, used_days=used, event_on=start)
    assert after.raw_due == without.raw_due + paused * ONE_DAY
    assert after.rolled_due >= without.rolled_due


@unhurried
@given(clock=st.sampled_from(STRETCHABLE), start=DAYS, variant=st.sampled_from(Variant))
def test_every_extension_lengthens(clock: str, start: date, variant: Variant) -> None:
    count = len(CATALOGUE.clock(clock, start).extension)
    ends = [read(clock, start, variant=variant, extensions=number).raw_due for number in range(count + 1)]
    assert ends == sorted(set(ends))


OBSTACLES = st.lists(
    st.builds(
        lambda obstacle, first, length: ExcludedTime(
            obstacle=obstacle, from_day=first, to_day=first + timedelta(days=length)
        ),
        st.sampled_from(ObstacleGround),
        st.dates(date(2026, 6, 1), date(2027, 12, 31)),
        st.integers(0, 90),
    ),
    max_size=5,
)


@unhurried
@given(clock=st.sampled_from(LIMITATIONS), start=st.dates(date(2026, 7, 1), date(2027, 6, 30)), excluded=OBSTACLES)
def test_days_of_an_obstacle_do_not_count(clock: str, start: date, excluded: list[ExcludedTime]) -> None:
    left = CATALOGUE.clock(clock, start).amount
    day, lost = start, 0
    while left:
        day += ONE_DAY
        if any(one.from_day <= day <= one.to_day for one in excluded):
            lost += 1
        else:
            left -= 1
    told = clocks.explanation(clock, start, catalogue=CATALOGUE, calendar=CALENDAR, excluded=excluded)
    assert told.reading.raw_due == day
    assert sum(one.days for one in told.excluded) == lost, "every day taken out stands in the explanation, once"
    named = [one.from_day + number * ONE_DAY for one in told.excluded for number in range(one.days)]
    assert named == sorted(set(named))


def test_c08b_61_days_in_hospital_move_the_last_day_to_31_july() -> None:
    in_hospital = ExcludedTime(obstacle=ObstacleGround.SICKNESS, from_day=date(2026, 5, 1), to_day=date(2026, 6, 30))
    told = clocks.explanation("K1", date(2026, 3, 2), catalogue=CATALOGUE, calendar=CALENDAR, excluded=[in_hospital])
    assert told.reading.raw_due == told.reading.rolled_due == date(2026, 7, 31)
    assert [(one.name, one.from_day, one.to_day, one.days) for one in told.excluded] == [
        ("ốm đau", date(2026, 5, 1), date(2026, 6, 30), 61)
    ]


def test_an_obstacle_after_the_last_day_moves_nothing_and_one_on_it_does() -> None:
    def due(first: date, last: date) -> date:
        excluded = [ExcludedTime(obstacle=ObstacleGround.DISASTER, from_day=first, to_day=last)]
        return read("K1", date(2026, 3, 2), excluded=excluded).raw_due

    assert due(date(2026, 6, 1), date(2026, 6, 20)) == date(2026, 5, 31)
    assert due(date(2026, 5, 31), date(2026, 5, 31)) == date(2026, 6, 1)
    assert due(date(2026, 1, 1), date(2026, 3, 2)) == date(2026, 5, 31), "the first day is not counted anyway"


def test_only_a_limitation_excludes_obstacles() -> None:
    sick = [ExcludedTime(obstacle=ObstacleGround.SICKNESS, from_day=date(2026, 9, 8), to_day=date(2026, 9, 9))]
    with pytest.raises(BadInput, match="no_excluded_time"):
        read("K3", date(2026, 9, 7), excluded=sick)


# ---- borders of the law: the day before, the day, the day after ----

BORDERS = [
    ("2026-06-30", Unit.CALENDAR_DAYS, "2026-07-10"),
    ("2026-07-01", Unit.WORKING_DAYS, "2026-07-10"),
    ("2026-07-02", Unit.WORKING_DAYS, "2026-07-13"),
]


@pytest.mark.parametrize(("received", "unit", "raw"), BORDERS)
def test_the_acceptance_limit_changes_with_regime_b_to_the_day(received: str, unit: Unit, raw: str) -> None:
    day = date.fromisoformat(received)
    assert CATALOGUE.clock("K2", day).unit is unit
    assert read("K2", day).raw_due == date.fromisoformat(raw)


ROWS = [
    *((one, row) for one in CATALOGUE.clock_ids for row in CATALOGUE.rows_of_clock(one)),
    *((one, row) for one in CATALOGUE.rule_ids for row in CATALOGUE.rows_of_rule(one)),
]


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[f"{name}-{row.in_force_from}" for name, row in ROWS])
def test_every_row_counts_from_its_day_to_its_last_day_and_not_a_day_more(name: str, row: ClockRow | RuleRow) -> None:
    def at(day: date) -> ClockRow | RuleRow | None:
        if isinstance(row, ClockRow):
            return CATALOGUE.find_clock(name, day)
        return next((one for one in CATALOGUE.rows_of_rule(name) if one.is_in_force(day)), None)

    first, last = row.in_force_from, row.in_force_to
    assert [at(first - ONE_DAY) == row, at(first) == row, at(first + ONE_DAY) == row] == [False, True, True]
    if last is not None:
        assert [at(last - ONE_DAY) == row, at(last) == row, at(last + ONE_DAY) == row] == [True, True, False]
        assert at(last + ONE_DAY) is not None, "nothing that was law ends without a successor"


def test_the_law_stays_that_of_the_event_whenever_the_clock_runs_on() -> None:
    before, resumed = date(2026, 6, 20), date(2026, 7, 15)
    old = read("K3", resumed, used_days=5, event_on=before, extensions=1)
    new = read("K3", resumed, used_days=5, event_on=date(2026, 7, 1), extensions=1)
    assert old.articles == ("LKN 28",)
    assert "ND155 2" in new.articles, "the seven tests of Decree 155"


@pytest.mark.parametrize("clock", ["R5", "R6", "R7", "R8", "R9", "R10", "P1", "K10", "K11", "K12"])
def test_what_regime_b_brought_is_not_there_the_day_before(clock: str) -> None:
    assert CATALOGUE.find_clock(clock, date(2026, 6, 30)) is None
    assert CATALOGUE.find_clock(clock, date(2026, 7, 1)) is not None
    assert CATALOGUE.find_clock(clock, date(2026, 7, 2)) is not None


@pytest.mark.parametrize(
    ("moment", "day", "regime"),
    [
        (datetime(2025, 6, 30, 16, 59, tzinfo=UTC), date(2025, 6, 30), "A"),
        (datetime(2025, 6, 30, 17, 1, tzinfo=UTC), date(2025, 7, 1), "A2"),
        (datetime(2025, 7, 1, 16, 59, tzinfo=UTC), date(2025, 7, 1), "A2"),
        (datetime(2025, 7, 1, 17, 1, tzinfo=UTC), date(2025, 7, 2), "A2"),
        (datetime(2026, 6, 30, 16, 59, tzinfo=UTC), date(2026, 6, 30), "A2"),
        (datetime(2026, 6, 30, 17, 1, tzinfo=UTC), date(2026, 7, 1), "B"),
        (datetime(2026, 7, 1, 16, 59, tzinfo=UTC), date(2026, 7, 1), "B"),
        (datetime(2026, 7, 1, 17, 1, tzinfo=UTC), date(2026, 7, 2), "B"),
    ],
)
def test_2359_and_0001_in_vietnam_are_different_days_whatever_utc_says(
    moment: datetime, day: date, regime: str
) -> None:
    assert vietnam_day(moment) == day
    assert CATALOGUE.regime(vietnam_day(moment)).id == regime
    unit = Unit.WORKING_DAYS if day >= date(2026, 7, 1) else Unit.CALENDAR_DAYS
    assert CATALOGUE.clock("K2", vietnam_day(moment)).unit is unit


def test_one_minute_before_and_after_midnight_start_the_clock_on_different_days() -> None:
    before, after = (datetime(2026, 9, 7, hour, minute, tzinfo=UTC) for hour, minute in ((16, 59), (17, 1)))
    assert read("R1", vietnam_day(before)).raw_due == date(2026, 9, 21)
    assert read("R1", vietnam_day(after)).raw_due == date(2026, 9, 22)


# ---- leap years, Tết, swaps, ends of months and years ----


@pytest.mark.parametrize(
    ("clock", "start", "raw"),
    [
        ("X2", "2028-02-29", "2029-02-28"),
        ("X2", "2027-02-28", "2028-02-28"),
        ("K15", "2026-12-31", "2027-12-31"),
        ("K3", "2028-01-30", "2028-02-29"),
        ("K3", "2027-01-30", "2027-03-01"),
        ("K6", "2026-12-20", "2027-02-03"),
        ("K4", "2026-12-30", "2027-01-05"),  # 31/12, 4/1, 5/1: 1/1 and the weekend are off
        ("T2", "2026-08-20", "2026-08-26"),  # Saturday 22/8 is worked (swap with 31/8)
        ("T2", "2026-08-28", "2026-09-09"),  # over 31/8 (swap), 1–2/9 and a weekend, into the next month
        ("T2", "2025-12-31", "2026-01-09"),  # 1/1 and 2/1 off
        ("T2", "2026-01-07", "2026-01-13"),  # Saturday 10/1 is worked (for 2/1)
        ("R1", "2026-02-12", "2026-03-05"),  # over the week of Tết 2026
    ],
)
def test_leap_days_tet_swaps_and_ends_of_months_and_years(clock: str, start: str, raw: str) -> None:
    assert read(clock, date.fromisoformat(start)).raw_due == date.fromisoformat(raw)


# ---- clocks that are no days ----


def test_hours_run_from_moment_to_moment_and_never_as_days() -> None:
    found = datetime(2026, 9, 7, 3, 30, tzinfo=UTC)
    assert clocks.moment_reading("D1", found, catalogue=CATALOGUE).due_at == found + timedelta(hours=72)
    starts = datetime(2026, 10, 20, 1, 0, tzinfo=UTC)
    assert clocks.moment_reading("R8", starts, catalogue=CATALOGUE).due_at == starts - timedelta(hours=1), "F01: 07:00"
    with pytest.raises(BadInput, match="counted_in_hours"):
        read("D1", date(2026, 9, 7))
    with pytest.raises(BadInput, match="counted_in_days"):
        clocks.moment_reading("K3", found, catalogue=CATALOGUE)


def test_hours_too_follow_the_law_of_their_vietnamese_day() -> None:
    with pytest.raises(Refused, match="no_clock_then"):
        clocks.moment_reading("R8", datetime(2026, 6, 30, 16, 59, tzinfo=UTC), catalogue=CATALOGUE)
    late = datetime(2026, 6, 30, 17, 1, tzinfo=UTC)
    assert clocks.moment_reading("R8", late, catalogue=CATALOGUE).due_at == late - timedelta(hours=1)


def test_time_that_is_not_counted_has_no_last_day() -> None:
    with pytest.raises(BadInput, match="not_counted"):
        read("K12", date(2026, 9, 7))


@pytest.mark.parametrize("clock", ["RB2", "T12", "T13", "TB13"])
def test_at_once_is_the_same_day_and_reads_as_people_say_it(clock: str) -> None:
    told = clocks.explanation(clock, date(2026, 9, 7), catalogue=CATALOGUE, calendar=CALENDAR)
    assert (told.limit, told.counted) == ("ngay", 0)
    assert told.reading.raw_due == told.reading.rolled_due == date(2026, 9, 7)
    assert read(clock, date(2026, 9, 5)).rolled_due == date(2026, 9, 7), "found on a Saturday: the next working day"


@pytest.mark.parametrize(
    ("variant", "raw"),
    [
        (Variant.ORDINARY, "2026-09-22"),
        (Variant.SECOND_INSTANCE, "2026-09-17"),
        (Variant.SECOND_ON_DISMISSAL, "2026-10-07"),
    ],
)
def test_a_disciplinary_complaint_has_15_10_or_30_days(variant: Variant, raw: str) -> None:
    assert read("K13", date(2026, 9, 7), variant=variant).raw_due == date.fromisoformat(raw)
