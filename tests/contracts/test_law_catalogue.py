"""The tables of the law: complete, dated, and refused when they cannot be right."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from contracts.errors import BadInput, Refused
from contracts.law.catalogue import Catalogue, official
from contracts.law.source import DATA_FOLDER
from contracts.vocabulary import Outcome

TODAY = date(2026, 9, 7)
WANTED = ("R1", "R10", "X1", "K2", "K3", "K5", "K6", "T1", "T2", "T3", "T4")


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
    assert catalogue.rule_ids[22:] == ("R01a", "R07a")
    for rule_id in catalogue.rule_ids:
        rule = catalogue.rule(rule_id, TODAY)
        assert rule.title
        assert all(catalogue.cite(article).startswith("Điều ") for article in rule.articles)


@pytest.mark.parametrize("clock", WANTED)
def test_the_clocks_of_the_live_path_stand(clock: str) -> None:
    row = official().clock(clock, TODAY)
    assert row.title
    assert all(official().cite(article) for article in row.articles)


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
