"""docs/law.md: nothing of the tables is left out, and the tests beside a rule are those that speak of it."""

import shutil
from pathlib import Path

import pytest

from contracts.errors import BadInput
from contracts.law.catalogue import official
from contracts.law.settings import LawSettings
from contracts.law.source import DATA_FOLDER
from deploy.law import __main__ as command
from deploy.law.book import ROOT, book, evidence_of
from deploy.law.evidence import Evidence, Proof

MODULE = """
TABLE = [("C01", "K2"), ("C02", "T1")]

def test_c03_is_guided():
    assert case.rule == "R03"

@pytest.mark.parametrize(("case", "clock"), TABLE)
def test_dates(case, clock):
    assert read(clock)

async def test_the_red_line():
    with pytest.raises(Refused):
        read("R10")

def test_anonymous():
    assert (case.rule, case.outcome) == ("R10", "inspect")

def test_c08b_is_not_c08():
    assert "K1"

def helper():
    return "K2"
"""


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    file = tmp_path / "tests" / "test_made_up.py"
    file.parent.mkdir()
    file.write_text(MODULE, encoding="utf-8")
    return Evidence(tmp_path, [file])


def names(tests: list[Proof]) -> list[str]:
    return [test.name for test in tests]


def test_a_case_is_found_in_names_and_in_the_tables_a_test_uses(evidence: Evidence) -> None:
    assert names(evidence.of_case("C03")) == ["test_c03_is_guided"]
    assert names(evidence.of_case("C01")) == ["test_dates"]
    assert names(evidence.of_case("C08")) == []
    assert names(evidence.of_case("C08b")) == ["test_c08b_is_not_c08"]


def test_a_rule_and_a_clock_of_the_same_name_are_told_apart(evidence: Evidence) -> None:
    assert names(evidence.of_rule("R10", ["R10"])) == ["test_anonymous"]
    assert names(evidence.of_clock("R10")) == ["test_the_red_line"]
    assert names(evidence.of_rule("R03", ["R10"])) == ["test_c03_is_guided"]


def test_only_tests_are_evidence(evidence: Evidence) -> None:
    assert names(evidence.of_clock("K2")) == ["test_dates"]
    assert names(evidence.of_clock("K9")) == []


def test_every_rule_clock_setting_and_document_stands_in_the_book(evidence: Evidence) -> None:
    catalogue = official()
    text = book(catalogue, evidence)
    for name in (*catalogue.rule_ids, *catalogue.clock_ids):
        assert f"\n| {name} | " in text
    for name in LawSettings.load().rows:
        assert f"\n| `{name}` | " in text
    for document in catalogue.documents:
        assert f"\n| {document.key} | {document.title} | {document.number} |" in text
    for clock_id in catalogue.clock_ids:
        for row in catalogue.rows_of_clock(clock_id):
            assert all(catalogue.cite(article) in text for article in row.articles)
            assert row.question in text


def test_the_worked_cases_of_the_book_are_proved_by_tests_of_ours() -> None:
    found = evidence_of(ROOT)
    assert any(test.file == "tests/contracts/test_law_clocks.py" for test in found.of_case("C22"))
    assert any(test.file.startswith("tests/routing/") for test in found.of_rule("R03", official().clock_ids))


BROKEN = [
    ("clocks.toml", 'articles = ["LKN 32"]\n', 'articles = ["LKN 32"]\nin_force_to = 2026-12-31\n', "K4: hết hiệu lực"),
    ("clocks.toml", 'articles = ["LKN 41(1)"]', 'articles = ["LKN 999999"]', "LKN 999999"),
    ("rules.toml", 'id = "R13"', 'id = "R33"', "thiếu quy tắc: R13"),
    ("competence.toml", 'field = "health"', 'field = "education"', "thiếu lĩnh vực: health"),
    ("documents.toml", 'unchanged = ["K2"]', 'unchanged = ["K77"]', "không có thời hạn K77"),
    ("settings.toml", "default = 2026", "default = 1990", "default"),
    ("calendar.toml", 'scope = "state"', 'scope = "tinh-99x"', "phạm vi lạ"),
    ("forms.toml", "{citations}", "{citation}", "tên lạ"),
]


@pytest.mark.parametrize(("table", "old", "new", "reason"), BROKEN)
def test_make_law_check_refuses_every_table_that_the_services_refuse(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    table: str,
    old: str,
    new: str,
    reason: str,
) -> None:
    folder = Path(shutil.copytree(DATA_FOLDER, tmp_path / "data"))
    text = (folder / table).read_text(encoding="utf-8")
    assert old in text
    (folder / table).write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(command, "TABLES", folder)
    assert command.main(["--check"]) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"{table}, dòng ")
    assert reason in said


def test_a_stale_book_and_a_broken_table_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "BOOK", tmp_path / "law.md")
    assert command.main(["--check"]) == 1
    assert command.main([]) == 0
    assert command.main(["--check"]) == 0
    command.BOOK.write_text("stale", encoding="utf-8")
    assert command.main(["--check"]) == 1

    def broken() -> None:
        raise BadInput("law_data_broken", "clocks.toml, dòng 7: hở")

    monkeypatch.setattr(command, "official", broken)
    capsys.readouterr()
    assert command.main([]) == 1
    assert capsys.readouterr().out == "clocks.toml, dòng 7: hở\n"
