"""Named settings: one table, asked by tables and code; what is not allowed is refused, what is open is said."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from contracts.errors import BadInput
from contracts.law import clocks
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import Catalogue, official
from contracts.law.rows import Unit
from contracts.law.settings import LawSettings, SettingValue
from contracts.law.source import DATA_FOLDER
from services.chassis.settings import ServiceSettings

SETTINGS = LawSettings.load()
CALENDAR = WorkingDays.official()
MONDAY = date(2026, 9, 7)


def with_value(name: str, value: SettingValue) -> Catalogue:
    return official(SETTINGS.with_values({name: value}))


def due(catalogue: Catalogue, clock: str, start: date) -> tuple[date, date, date]:
    read = clocks.reading(clock, start, catalogue=catalogue, calendar=CALENDAR)
    return read.raw_due, read.rolled_due, read.alarm_on


def test_every_setting_has_a_title_an_effect_a_question_and_a_source() -> None:
    assert len(SETTINGS.rows) >= 15
    for row in SETTINGS.rows.values():
        assert row.title
        assert row.effect
        assert row.question
        assert row.source
        assert not row.refusal(row.default)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("culture_day", 1),
        ("culture_day", "yes"),
        ("conclusion_notice_working_days", 0),
        ("conclusion_notice_working_days", 31),
        ("conclusion_notice_working_days", True),
        ("conclusion_notice_working_days", "5"),
        ("forwarded_complaint", "burn"),
        ("refusal_notice_point", "ND154 4(1)(z)"),
        ("remote_units", "xa-keng-du"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused(name: str, value: SettingValue) -> None:
    with pytest.raises(BadInput, match="wrong_setting") as refused:
        SETTINGS.with_values({name: value})
    assert refused.value.facts == {"setting": name}


def test_an_unknown_setting_is_refused_wherever_it_is_named() -> None:
    with pytest.raises(BadInput, match="unknown_setting"):
        SETTINGS.with_values({"culture_dya": False})
    with pytest.raises(BadInput, match="unknown_setting"):
        SETTINGS.is_on("culture_dya")
    with pytest.raises(BadInput, match="wrong_setting"):
        SETTINGS.number("culture_day")


def test_an_installation_chooses_by_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "TCD_LAW_SETTINGS",
        '{"culture_day": false, "conclusion_notice_working_days": 3, "remote_units": ["xa-16876"]}',
    )
    chosen = LawSettings.load(chosen=ServiceSettings().law_settings)
    assert not chosen.is_on("culture_day")
    assert chosen.number("conclusion_notice_working_days") == 3
    assert chosen.units("remote_units") == ("xa-16876",)
    assert WorkingDays.official(settings=chosen).is_working_day(date(2026, 11, 24))
    assert due(official(chosen), "R9", MONDAY)[0] == date(2026, 9, 10)


def test_an_environment_that_is_no_setting_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCD_LAW_SETTINGS", '{"culture_day": {"is": false}}')
    with pytest.raises(ValidationError):
        ServiceSettings()


# ---- what each setting changes ----


def test_f11_where_the_law_has_no_number_the_setting_is_the_amount() -> None:
    assert due(official(), "R9", date(2026, 10, 20))[0] == date(2026, 10, 27)
    assert due(with_value("conclusion_notice_working_days", 2), "R9", date(2026, 10, 20))[0] == date(2026, 10, 22)
    assert due(official(), "P1", MONDAY)[0] == date(2026, 10, 7)
    assert due(with_value("recommendation_settlement_days", 15), "P1", MONDAY)[0] == date(2026, 9, 22)


def test_the_second_count_of_the_acceptance_clock_can_be_left_out() -> None:
    over_tet = date(2027, 1, 27)
    assert due(official(), "K2", over_tet)[2] == date(2027, 2, 6)
    assert due(with_value("acceptance_alarm_on_earlier", value=False), "K2", over_tet)[2] == date(2027, 2, 12)


@pytest.mark.parametrize(
    ("source", "recorded", "listed", "counts"),
    [
        ("recorded_in_case", True, False, True),
        ("recorded_in_case", False, True, False),
        ("listed", True, False, False),
        ("listed", False, True, True),
        ("either", True, False, True),
        ("either", False, True, True),
        ("either", False, False, False),
    ],
)
def test_what_makes_a_place_remote_is_a_setting(source: str, *, recorded: bool, listed: bool, counts: bool) -> None:
    units = ("xa-16876",) if listed else ("xa-17971",)
    chosen = SETTINGS.with_values({"remote_flag_source": source, "remote_units": units})
    assert chosen.counts_as_remote("xa-16876", is_recorded=recorded) is counts


def test_limits_of_the_state_can_be_left_where_they_fall_those_of_citizens_always_roll() -> None:
    raw = with_value("state_limits_roll", value=False)
    assert due(official(), "K6", date(2026, 10, 28))[1] == date(2026, 12, 14)
    assert due(raw, "K6", date(2026, 10, 28))[1] == date(2026, 12, 12), "C06, raw"
    assert due(raw, "K1", date(2026, 8, 3))[1] == date(2026, 11, 2), "C01: a citizen's last day still rolls"


def test_a_claim_that_is_denied_makes_its_rows_unsure() -> None:
    kept, changed = official(), with_value("law_136_keeps_settlement_periods", value=False)
    assert kept.clock("K3", MONDAY).confidence == "C"
    assert changed.clock("K3", MONDAY).confidence == "U"
    assert changed.clock("K3", date(2026, 6, 30)).confidence == "C", "only from the day Law 136 is in force"
    assert "Luật 136" in kept.clock("K3", MONDAY).question


def test_a_document_in_doubt_puts_every_row_that_cites_it_in_doubt() -> None:
    doubted = with_value("circular_05_2021_in_force", value=False)
    for catalogue, confidences in ((official(), {"C", "K"}), (doubted, {"U"})):
        rows = [catalogue.clock("X1", MONDAY), catalogue.clock("X2", MONDAY), catalogue.rule("R14", MONDAY)]
        assert {row.confidence for row in rows} <= confidences
    assert doubted.clock("K3", MONDAY).confidence == "C"


def test_a_switch_of_an_alarm_claims_nothing_about_the_law() -> None:
    assert with_value("acceptance_alarm_on_earlier", value=False).clock("K2", MONDAY).confidence == "C"


def test_the_place_of_an_article_is_a_setting() -> None:
    assert "ND154 4(1)(h)" in official().clock("R5", MONDAY).articles
    moved = with_value("refusal_notice_point", "ND154 4(1)(g)")
    assert "ND154 4(1)(g)" in moved.clock("R5", MONDAY).articles
    with pytest.raises(BadInput, match="điều luật lạ"):
        with_value("processing_article", "TT99 8")


def test_an_answered_question_no_longer_stands_beside_the_row(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA_FOLDER, tmp_path / "data"))
    table = folder / "settings.toml"
    text = table.read_text(encoding="utf-8")
    source = 'source = "155/2026 Điều 10'
    assert "7 ngày làm việc" in Catalogue.load(folder).clock("K2", MONDAY).question
    answered = tmp_path / "answered"
    shutil.copytree(folder, answered)
    (answered / "settings.toml").write_text(
        text.replace(source, f'answered_by = "12/TTCP-PC"\n{source}', 1), encoding="utf-8"
    )
    assert Catalogue.load(answered).clock("K2", MONDAY).question == ""


def test_24_november_is_one_setting_for_calendar_and_installation() -> None:
    off = WorkingDays.official(settings=SETTINGS.with_values({"culture_day": False}))
    assert off.is_working_day(date(2026, 11, 24))
    assert not CALENDAR.is_working_day(date(2026, 11, 24))


def test_holidays_without_an_official_plan_are_estimates() -> None:
    def is_estimate(day: date, calendar: WorkingDays = CALENDAR) -> bool:
        off = calendar.day_off(day)
        assert off is not None
        return off.is_estimate

    assert not is_estimate(date(2026, 9, 2))
    assert is_estimate(date(2027, 9, 2))
    assert not is_estimate(date(2027, 9, 4)), "a Saturday is certain"
    entered = WorkingDays.official(settings=SETTINGS.with_values({"official_calendar_through": 2027}))
    assert not is_estimate(date(2027, 9, 2), entered)


def test_units_without_amount_and_units_with_one_are_told_apart() -> None:
    by_unit = {official().clock(one, MONDAY).unit for one in official().clock_ids}
    assert by_unit == set(Unit) - {Unit.MONTHS}, "every unit but months has a clock today"
