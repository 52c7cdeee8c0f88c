"""The table of ministries, departments and desks: complete, dated, and refused when it cannot be right."""

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts.errors import BadInput
from contracts.law.authorities import WITHOUT_DESK, Authorities, SpecialMatter, official_authorities
from contracts.law.source import DATA_FOLDER
from contracts.units import organisation
from contracts.vocabulary import Branch, MatterField, RespondentFunction, SubjectMatter

REFORM = date(2025, 3, 1)
TODAY = date(2026, 9, 7)
FIELDS = [*(field for field in MatterField if field is not MatterField.OTHER), *Branch]
OF_THE_ADMINISTRATION = {
    SubjectMatter.ADMINISTRATIVE_DECISION,
    SubjectMatter.ADMINISTRATIVE_ACT,
    SubjectMatter.DISCIPLINARY_DECISION,
    SubjectMatter.INTERNAL_DECISION,
    SubjectMatter.NORMATIVE_ACT,
    SubjectMatter.STATE_SECRET,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA_FOLDER, tmp_path / "data"))


def refused(folder: Path, old: str, new: str) -> str:
    path = folder / "competence.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match="law_data_broken") as caught:
        Authorities.load(folder)
    line = int(caught.value.facts["line"])
    assert path.read_text(encoding="utf-8").splitlines()[line - 1].startswith("[["), "the line of the entry"
    return caught.value.sentence


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("on", [REFORM - timedelta(days=1), REFORM, TODAY])
def test_every_field_has_a_ministry_that_stands_on_that_day(field: MatterField | Branch, on: date) -> None:
    row = official_authorities().field(field, on)
    assert row is not None
    assert organisation().is_open(row.ministry, on)
    assert row.department is None or organisation().is_open(row.department, on)


@pytest.mark.parametrize(
    ("field", "before", "since"),
    [
        (MatterField.LAND, "bo-tnmt", "bo-nnmt"),
        (MatterField.TRANSPORT, "bo-gtvt", "bo-xd"),
        (MatterField.SOCIAL_POLICY, "bo-ldtbxh", "bo-nv"),
        (Branch.PLANNING_INVESTMENT, "bo-khdt", "bo-tc"),
        (MatterField.HEALTH, "bo-yt", "bo-yt"),
    ],
)
def test_the_ministries_changed_on_the_first_of_march_2025(
    field: MatterField | Branch, before: str, since: str
) -> None:
    rows = [official_authorities().field(field, day) for day in (REFORM - timedelta(days=1), REFORM)]
    assert [row.ministry for row in rows if row] == [before, since]


def test_what_no_row_says_is_not_guessed() -> None:
    assert official_authorities().field(MatterField.OTHER, TODAY) is None
    assert official_authorities().field(MatterField.LAND, date(2014, 6, 30)) is None


@pytest.mark.parametrize("matter", [*SubjectMatter, *RespondentFunction, *SpecialMatter])
def test_every_matter_outside_the_administration_has_a_desk_and_no_other(
    matter: SubjectMatter | RespondentFunction | SpecialMatter,
) -> None:
    row = official_authorities().desk(matter, TODAY)
    assert (row is None) is (matter in OF_THE_ADMINISTRATION)


def test_an_overlap_is_refused(folder: Path) -> None:
    assert "chồng lấn" in refused(folder, "in_force_to = 2025-02-28\n", "")


def test_a_gap_is_refused(folder: Path) -> None:
    assert "hở" in refused(folder, "in_force_to = 2025-02-28", "in_force_to = 2025-02-20")


def test_an_unknown_unit_is_refused(folder: Path) -> None:
    assert "đơn vị lạ “bo-xyz”" in refused(folder, 'ministry = "bo-yt"', 'ministry = "bo-xyz"')


def test_a_unit_that_does_not_stand_as_long_as_the_row_is_refused(folder: Path) -> None:
    assert "không hoạt động suốt" in refused(folder, 'ministry = "bo-yt"', 'ministry = "bo-tnmt"')


def test_an_unknown_field_is_refused(folder: Path) -> None:
    assert "field" in refused(folder, 'field = "health"', 'field = "healing"')


def test_an_unknown_article_is_refused(folder: Path) -> None:
    assert "LTDC" in refused(folder, '"LTCD 12(4)(b)"', '"LTDC 12(4)(b)"')


def test_a_desk_without_units_is_refused(folder: Path) -> None:
    assert "units" in refused(folder, 'units = ["ban-40-ubkt"]', "units = []")


def taken_out(folder: Path, table: str, name: str) -> BadInput:
    """What is said of the table without the rows of that field or matter."""
    path = folder / "competence.toml"
    text = path.read_text(encoding="utf-8")
    column = {"field": "field", "desk": "matter"}[table]
    rows = rf'\[\[{table}\]\]\n{column} = "{name}"\n.*?(?=\n\[\[|\n# |\Z)'
    left, count = re.subn(rows, "", text, flags=re.DOTALL)
    assert count
    path.write_text(left, encoding="utf-8")
    with pytest.raises(BadInput, match="law_data_broken") as caught:
        Authorities.load(folder)
    assert caught.value.facts["file"] == "competence.toml"
    return caught.value


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_nobody_manages_is_refused(folder: Path, field: MatterField | Branch) -> None:
    assert f"thiếu lĩnh vực: {field.value}" in taken_out(folder, "field", field.value).sentence


@pytest.mark.parametrize(
    "matter",
    [*(one for one in SubjectMatter if one not in OF_THE_ADMINISTRATION), *RespondentFunction, *SpecialMatter],
)
def test_a_matter_outside_the_administration_without_a_desk_is_refused(
    folder: Path, matter: SubjectMatter | RespondentFunction | SpecialMatter
) -> None:
    assert f"thiếu nơi nhận nội dung: {matter.value}" in taken_out(folder, "desk", matter.value).sentence


def test_a_desk_for_matters_of_the_administration_is_refused(folder: Path) -> None:
    assert WITHOUT_DESK == OF_THE_ADMINISTRATION
    path = folder / "competence.toml"
    desk = '\n[[desk]]\nmatter = "administrative_decision"\nunits = ["vp-40"]\narticles = ["LKN 7"]\n'
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}{desk}in_force_from = 2014-07-01\nconfidence = "C"\n', encoding="utf-8")
    with pytest.raises(BadInput, match="không có nơi nhận"):
        Authorities.load(folder)


def test_a_field_or_a_desk_that_ends_without_a_successor_is_refused(folder: Path) -> None:
    health = 'department = "so-40-yt"\narticles = ["LKN 23(3)"]\n'
    assert "health: hết hiệu lực" in refused(folder, health, f"{health}in_force_to = 2027-12-31\n")


def test_a_field_or_a_desk_that_begins_too_late_is_refused(folder: Path) -> None:
    assert "agriculture: văn bản" in refused_without_the_first_row(folder, "agriculture")


def refused_without_the_first_row(folder: Path, field: str) -> str:
    return refused(folder, first_row_of(folder, field), "")


def first_row_of(folder: Path, field: str) -> str:
    text = (folder / "competence.toml").read_text(encoding="utf-8")
    found = re.search(rf'\[\[field\]\]\nfield = "{field}"\n.*?\n\n', text, re.DOTALL)
    assert found
    return found[0]


def test_an_unsure_row_needs_its_question(folder: Path) -> None:
    assert "question" in refused(folder, 'confidence = "C"', 'confidence = "U"')
