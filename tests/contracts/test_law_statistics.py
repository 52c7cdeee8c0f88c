"""The table of statistical forms: in statutory order, and refused with file and line when it cannot be right."""

from pathlib import Path

import pytest

from contracts.errors import BadInput, NotFound
from contracts.facts.routing import SettlementEffects
from contracts.law.source import DATA_FOLDER
from contracts.law.statistics import EFFECTS, STATISTICS_FILE, official_forms

SUMS = {
    "01-tcd": ["1=4+13+22", "2=5+14+23", "3=6+7+15+16+24+25"],
    "02-tcd": ["2=4+5+6=7+8+9=10+11+12+13"],
    "01-xld": ["1=2+3+4+5+6+7", "9=11+12+13=14+15+16+17=18+22", "18=19+20+21", "22=23+24+25"],
    "02-xld": ["1=2+3+4+5+6+7", "9=11+12+13+14=15+16+17+18=19+22", "19=20+21", "22=23+24+25"],
    "03-xld": ["1=2+3+4+5+6+7", "9=15+16+17+18=19+22", "19=20+21", "22=23+24+25"],
    "04-xld": ["1=2+3+4+5+6+7", "9=11+12+13=14+15+16+17=18+21", "18=19+20", "21=22+23+24"],
    "01-kqgq": ["1=2+3", "5=14+15+16=19+20"],
    "02-kqgq": ["1=2+3", "5=14+15+16=19+20"],
    "03-kqgq": ["1=2+3", "5=14+15+16=19+20"],
    "04-kqgq": ["1=2+3", "4=7+8"],
}
"""What domain.md §5.3 says of 01/XLD; of the others, what the order of their columns comes to."""


def test_all_ten_forms_are_there_with_their_sums() -> None:
    found = {form.id: [column.rule for column in form.columns if column.rule] for form in official_forms().values()}
    assert found == SUMS
    assert len(official_forms()["01-xld"].columns) == 27
    assert len(official_forms()["01-tcd"].columns) == 30


def test_what_a_settlement_brings_in_is_what_the_fact_says() -> None:
    assert set(EFFECTS) == set(SettlementEffects.model_fields)


def test_a_column_without_facts_says_why_and_shows_so() -> None:
    empty = [column for form in official_forms().values() for column in form.columns if not column.count]
    assert {column.heading for column in empty} == {"Ghi chú", "Trong đó: tham nhũng"}
    assert all(column.note for column in empty)


def test_a_column_that_the_form_does_not_have_is_not_found() -> None:
    with pytest.raises(NotFound):
        official_forms()["02-tcd"].column(15)


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ('count = "sessions"', 'count = "coffee"', "không đếm được"),
        ('by = "head", is_repeat = false', 'by = "boss", is_repeat = false', "không có giá trị boss"),
        ('by = "head", is_repeat = false', 'colour = "red", is_repeat = false', "không có giá trị red"),
        ("sums = [[4, 13, 22]]", "sums = [[4, 13, 44]]", "tổng của cột không có trong biểu"),
        ("{ number = 2, heading", "{ number = 3, heading", "đánh số"),
        (', note = "Ghi chú do đơn vị', ', count = "", why = "Ghi chú do đơn vị', "why"),
        ('question = "Đối chiếu số cột của Biểu 01/TCD với Công báo"', "", "phải có question"),
        ('id = "02-tcd"', 'id = "01-tcd"', "hai lần"),
        ('id = "02-tcd"', 'id = "2-tcd"', "id"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(tmp_path: Path, right: str, wrong: str, reason: str) -> None:
    text = (DATA_FOLDER / STATISTICS_FILE).read_text(encoding="utf-8")
    assert right in text
    (tmp_path / STATISTICS_FILE).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        official_forms(tmp_path)
    assert refused.value.code == "law_data_broken"
    assert reason in refused.value.sentence
