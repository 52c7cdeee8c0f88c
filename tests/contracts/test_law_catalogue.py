"""The tables of the law: complete, dated, and refused when they cannot be right."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from contracts.errors import BadInput, Refused
from contracts.facts.base import Article
from contracts.law.catalogue import Catalogue, official
from contracts.law.rows import Topic, Variant
from contracts.law.source import DATA_FOLDER
from contracts.vocabulary import Outcome, PetitionKind

TODAY = date(2026, 9, 7)
WANTED = (
    *(f"R{number}" for number in range(1, 11)),
    *("X1", "X2"),
    *(f"K{number}" for number in range(1, 16)),
    *(f"T{number}" for number in range(1, 14)),
    "D1",
)
"""domain.md §3."""
SECOND_PARTS = ("RB2", "KB8", "TB7", "TB8", "TB11", "TB13", "P1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA_FOLDER, tmp_path / "data"))


def broken_by(folder: Path, file: str, old: str, new: str) -> BadInput:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match="law_data_broken") as refused:
        Catalogue.load(folder)
    assert refused.value.facts["file"] == file
    line = int(refused.value.facts["line"])
    assert path.read_text(encoding="utf-8").splitlines()[line - 1].startswith("[["), "the line of the entry"
    return refused.value


def test_all_rules_stand_with_articles_and_vietnamese_titles() -> None:
    catalogue = official()
    assert catalogue.rule_ids[:22] == tuple(f"R{number:02d}" for number in range(1, 23))
    assert catalogue.rule_ids[22:] == ("R01a", "R07a", "R07c", "R02a", "R07b")
    for rule_id in catalogue.rule_ids:
        rule = catalogue.rule(rule_id, TODAY)
        assert rule.title
        assert all(catalogue.cite(article).startswith("Điều ") for article in rule.articles)


@pytest.mark.parametrize("clock", [*WANTED, *SECOND_PARTS])
def test_every_clock_of_the_law_stands_with_articles_that_facts_can_say(clock: str) -> None:
    row = official().clock(clock, TODAY)
    assert row.title
    assert row.limit
    for article in row.articles:
        assert official().cite(article).startswith("Điều ")
        TypeAdapter(Article).validate_python(article)


def test_no_clock_stands_that_the_reference_does_not_know() -> None:
    assert set(official().clock_ids) == {*WANTED, *SECOND_PARTS}


LIMITS = {
    "R1": "10 ngày làm việc", "R2": "7 ngày làm việc", "R3": "5 ngày làm việc", "R4": "ít nhất 5 ngày làm việc trước",
    "R5": "3 ngày làm việc", "R6": "ít nhất 5 ngày làm việc trước", "R7": "ít nhất 1 ngày làm việc trước",
    "R8": "ít nhất 1 giờ trước", "R10": "45 ngày", "X1": "10 ngày làm việc", "X2": "1 năm", "K1": "90 ngày",
    "K2": "7 ngày làm việc", "K3": "30 ngày", "K4": "3 ngày làm việc", "K5": "30 ngày", "K6": "45 ngày",
    "K7": "7 ngày", "K8": "15 ngày", "K9": "30 ngày", "K10": "ít nhất 5 ngày trước", "K11": "3 ngày làm việc",
    "K12": "không tính vào thời hạn", "K13": "15 ngày", "K14": "30 ngày", "K15": "1 năm", "T1": "7 ngày làm việc",
    "T2": "5 ngày làm việc", "T3": "5 ngày làm việc", "T4": "30 ngày", "T5": "5 ngày làm việc", "T6": "5 ngày làm việc",
    "T7": "7 ngày làm việc", "TB7": "5 ngày làm việc", "T8": "7 ngày làm việc", "T9": "20 ngày", "T10": "20 ngày",
    "T11": "5 ngày làm việc", "TB11": "5 ngày làm việc", "T12": "ngay", "T13": "ngay", "D1": "72 giờ",
}  # fmt: skip


@pytest.mark.parametrize("clock", LIMITS)
def test_the_limits_are_those_of_the_law(clock: str) -> None:
    assert official().clock(clock, TODAY).limit == LIMITS[clock]


@pytest.mark.parametrize(
    ("clock", "variant", "amounts"),
    [
        ("K3", Variant.ORDINARY, [30, 45]),
        ("K3", Variant.REMOTE, [45, 60]),
        ("K6", Variant.ORDINARY, [45, 60]),
        ("K6", Variant.REMOTE, [60, 70]),
        ("K14", Variant.ORDINARY, [30, 45]),
        ("T4", Variant.ORDINARY, [30, 60, 90]),
        ("T1", Variant.SEVERAL_PLACES, [10]),
        ("K5", Variant.REMOTE, [45]),
        ("K9", Variant.REMOTE, [45]),
    ],
)
def test_variants_and_extensions_are_those_of_the_law(clock: str, variant: Variant, amounts: list[int]) -> None:
    row = official().clock(clock, TODAY)
    assert [row.amount_for(variant, number) for number in range(len(row.extension) + 1)] == amounts


def test_a_complaint_may_be_suspended_from_july_2026_also_when_it_was_accepted_before() -> None:
    catalogue, before = official(), date(2026, 6, 15)
    assert not catalogue.may_suspend("K3", event_on=before, on=date(2026, 6, 30))
    assert catalogue.may_suspend("K3", event_on=before, on=date(2026, 7, 1))
    assert catalogue.may_suspend("K3", event_on=TODAY, on=TODAY)
    assert catalogue.may_suspend("T4", event_on=date(2025, 3, 3), on=date(2025, 3, 10)), "denunciations always could"
    assert not catalogue.may_suspend("K2", event_on=TODAY, on=TODAY)


@pytest.mark.parametrize(
    ("accepted", "act", "law"),
    [
        ("2026-06-30", "2026-06-30", "2026-06-30"),
        ("2026-06-30", "2026-07-01", "2026-07-01"),
        ("2026-06-30", "2026-07-02", "2026-07-02"),
        ("2026-07-01", "2026-07-02", "2026-07-01"),
    ],
)
@pytest.mark.parametrize("topic", [Topic.WITHDRAWAL, Topic.SUSPENSION, Topic.DIALOGUE])
def test_c22_the_transition_brings_an_open_complaint_under_the_law_of_the_act(
    accepted: str, act: str, law: str, topic: Topic
) -> None:
    day = official().law_day(
        PetitionKind.COMPLAINT, topic, accepted_on=date.fromisoformat(accepted), act_on=date.fromisoformat(act)
    )
    assert day == date.fromisoformat(law)


def test_c22_the_transition_does_not_reach_the_acceptance_limit_and_says_so() -> None:
    moved = official().transition(
        PetitionKind.COMPLAINT, Topic.SUSPENSION, accepted_on=date(2026, 6, 25), act_on=date(2026, 8, 1)
    )
    assert moved is not None
    assert moved.articles == ("ND155 22(1)",)
    assert moved.unchanged == ("K2",)
    assert official().clock("K2", date(2026, 6, 25)).limit == "10 ngày"


def test_an_open_denunciation_follows_decree_156_but_dialogue_is_none_of_its_topics() -> None:
    before, after = date(2026, 6, 1), date(2026, 7, 20)
    law = official()
    assert law.law_day(PetitionKind.DENUNCIATION, Topic.SETTLEMENT, accepted_on=before, act_on=after) == after
    assert law.law_day(PetitionKind.DENUNCIATION, Topic.DIALOGUE, accepted_on=before, act_on=after) == before
    assert law.law_day(PetitionKind.COMPLAINT, Topic.SETTLEMENT, accepted_on=before, act_on=after) == before


def test_a_rule_is_the_one_of_its_day() -> None:
    catalogue = official()
    assert catalogue.rule("R03", date(2026, 6, 30)).articles == ("LTCD 26(1)(b)",)
    assert "ND154 14(2)" in catalogue.rule("R03", date(2026, 7, 1)).articles
    assert catalogue.rule("R03", TODAY).outcome is Outcome.GUIDE
    with pytest.raises(Refused, match="no_rule_then"):
        catalogue.rule("R07", date(2018, 12, 31))


def test_the_regimes_change_on_their_days() -> None:
    catalogue = official()
    days = [date(2025, 6, 30), date(2025, 7, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [catalogue.regime(day).id for day in days] == ["A", "A2", "A2", "B"]


def test_an_overlap_is_refused(folder: Path) -> None:
    assert "chồng lấn" in broken_by(folder, "clocks.toml", "in_force_to = 2026-06-30", "").sentence


def test_a_gap_is_refused(folder: Path) -> None:
    refused = broken_by(folder, "clocks.toml", "in_force_to = 2026-06-30", "in_force_to = 2026-06-28")
    assert "hở từ 29/06/2026 đến 30/06/2026" in refused.sentence


def test_a_gap_between_rules_is_refused(folder: Path) -> None:
    assert "hở" in broken_by(folder, "rules.toml", "in_force_to = 2026-06-30", "in_force_to = 2026-05-30").sentence


def test_an_unknown_key_is_refused(folder: Path) -> None:
    assert "amuont" in broken_by(folder, "clocks.toml", "amount = 10", "amuont = 10").sentence


def test_a_clock_without_unit_is_refused(folder: Path) -> None:
    assert "unit" in broken_by(folder, "clocks.toml", 'unit = "working_days"', "").sentence


def test_an_unknown_article_is_refused(folder: Path) -> None:
    assert "LTDC 28(1)" in broken_by(folder, "clocks.toml", "LTCD 28(1)", "LTDC 28(1)").sentence


def test_an_article_of_a_law_not_yet_in_force_is_refused(folder: Path) -> None:
    assert "hiệu lực" in broken_by(folder, "clocks.toml", '"LTC 24(1)"', '"ND156 1"').sentence


def test_an_unsure_row_without_its_question_is_refused(folder: Path) -> None:
    assert "question" in broken_by(folder, "clocks.toml", 'confidence = "C"', 'confidence = "U"').sentence


def test_an_extension_that_shortens_is_refused(folder: Path) -> None:
    assert (
        "gia hạn"
        in broken_by(
            folder,
            "clocks.toml",
            "amount = 45\nvariants = { remote = 60 }\ntests",
            "amount = 20\nvariants = { remote = 60 }\ntests",
        ).sentence
    )


def test_a_hole_between_regimes_is_refused(folder: Path) -> None:
    assert "không nối tiếp" in broken_by(folder, "documents.toml", "2025-07-01", "2025-07-02").sentence


def test_a_document_named_twice_is_refused(folder: Path) -> None:
    assert "hai lần" in broken_by(folder, "documents.toml", 'key = "LTC"', 'key = "LKN"').sentence


REFUSED = [
    ("clocks.toml", "amount = 10\nunit", 'amount = "10"\nunit', "amount"),
    ("clocks.toml", "amount = 10\nunit", "amount = true\nunit", "amount"),
    ("clocks.toml", "amount = 10\nunit", "amount = 0\nunit", "amount"),
    ("clocks.toml", "amount = 10\nunit", "amount = -3\nunit", "amount"),
    ("clocks.toml", 'unit = "working_days"', 'unit = "working_day"', "unit"),
    ("clocks.toml", 'unit = "working_days"', 'unit = "at_once"', "không đi với số lượng nào"),
    ("clocks.toml", 'id = "R2"', 'id = "R2x"', "id"),
    ("clocks.toml", 'actor = "receiver"', 'actor = "reciever"', "actor"),
    ("clocks.toml", 'start = "received_at_reception"', "", "start"),
    ("clocks.toml", 'articles = ["LTCD 28(1)"]', "articles = []", "articles"),
    ("clocks.toml", 'articles = ["LTCD 28(1)"]', 'articles = ["LTCD"]', "điều luật lạ"),
    ("clocks.toml", "in_force_from = 2014-07-01", 'in_force_from = "hôm nay"', "in_force_from"),
    ("clocks.toml", "in_force_to = 2026-06-30", "in_force_to = 2010-06-30", "in_force_to"),
    ("clocks.toml", "in_force_to = 2026-06-30", "in_force_to = 2026-07-01", "chồng lấn"),
    ("clocks.toml", '"@processing_article"', '"TT07 8"', "không có hiệu lực suốt thời gian"),
    ("clocks.toml", 'amount_setting = "', 'amount = 5\namount_setting = "', "đúng một trong hai"),
    (
        "clocks.toml",
        "amount = 45\nvariants = { remote = 60 }\ntests",
        "amount = 30\nvariants = { remote = 60 }\ntests",
        "gia hạn phải dài hơn",
    ),
    ("clocks.toml", 'direction = "before"', 'suspended_under = "K12"', "chỉ thời hạn tính theo ngày"),
    ("clocks.toml", 'direction = "before"', "excludes_obstacles = true", "chỉ thời hạn tính theo ngày"),
    ("clocks.toml", 'suspended_under = "K12"', 'suspended_under = "K99"', "không có thời hạn K99"),
    ("clocks.toml", '"@refusal_notice_point"', '"@no_such_point"', "no_such_point"),
    ("clocks.toml", '"@refusal_notice_point"', '"@culture_day"', "culture_day"),
    ("clocks.toml", "conclusion_notice_working_days", "conclusion_notice_days", "conclusion_notice_days"),
    ("clocks.toml", "conclusion_notice_working_days", "recommendation_settlement_days", "tính theo"),
    ("clocks.toml", "acceptance_alarm_on_earlier", "acceptance_alarm", "acceptance_alarm"),
    ("clocks.toml", 'settings = ["law_136_keeps', 'settings = ["law_137_keeps', "law_137_keeps"),
    ("documents.toml", 'settings = ["circular_05_2021_in_force"]', 'settings = ["circular_05"]', "circular_05"),
    ("documents.toml", 'unchanged = ["K2"]', 'unchanged = ["K12"]', "K12 đứng ở cả clocks và unchanged"),
    ("documents.toml", 'unchanged = ["K2"]', 'unchanged = ["K77"]', "không có thời hạn K77"),
    ("documents.toml", '"ND156 10"', '"ND157 10"', "điều luật lạ"),
    ("documents.toml", 'id = "denunciations_2026"', 'id = "complaints_2026"', "hai lần"),
    ("documents.toml", 'topics = ["withdrawal"', 'topics = ["withdrawl"', "topics"),
    ("settings.toml", 'id = "official_calendar_through"', 'id = "culture_day"', "hai lần"),
    ("settings.toml", 'kind = "yes_no"', 'kind = "yesno"', "kind"),
    ("settings.toml", "default = true", 'default = "có"', "default"),
    ("settings.toml", "default = 2026", "default = 1999", "default"),
    ("settings.toml", 'default = "guide"', 'default = "guid"', "phải là một trong"),
    ("settings.toml", "at_most = 30", "", "at_most"),
    ("settings.toml", 'question = "Ngày 24/11', 'queston = "Ngày 24/11', "queston"),
]


@pytest.mark.parametrize(("file", "old", "new", "reason"), REFUSED)
def test_what_cannot_be_right_is_refused_with_file_line_and_reason(
    folder: Path, file: str, old: str, new: str, reason: str
) -> None:
    assert reason in broken_by(folder, file, old, new).sentence


@pytest.mark.parametrize("file", ["clocks.toml", "rules.toml", "documents.toml", "settings.toml"])
def test_a_syntax_error_is_refused_with_its_line(folder: Path, file: str) -> None:
    path = folder / file
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith(("title", "question")))
    lines[number] = lines[number].rstrip('"')
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BadInput, match="TOML") as refused:
        Catalogue.load(folder)
    assert refused.value.facts == {"file": file, "line": number + 1}


def test_a_missing_table_and_a_wrong_encoding_are_refused(folder: Path) -> None:
    clocks = folder / "clocks.toml"
    text = clocks.read_bytes()
    clocks.write_bytes(text.replace("Lằn ranh đỏ".encode(), "Lằn ranh đỏ".encode("utf-16"), 1))
    with pytest.raises(BadInput, match="UTF-8") as refused:
        Catalogue.load(folder)
    line = int(refused.value.facts["line"])
    assert text.decode().splitlines()[line - 1].startswith('title = "Lằn ranh đỏ')
    clocks.unlink()
    with pytest.raises(BadInput, match="không có tệp này"):
        Catalogue.load(folder)
