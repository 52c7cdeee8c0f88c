import tomllib
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from contracts.errors import BadInput
from services.notify.domain.templates import Catalogue, LintError, read_catalogue, worst_case
from services.notify.domain.text import fold, is_gsm7, parts, septets

TEMPLATES = Path("services/notify/templates/2026-07.toml")
TEXT = TEMPLATES.read_text()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue([TEXT])


def test_vietnamese_folds_to_plain_letters() -> None:
    assert fold("Đơn của ông/bà được thụ lý, hướng dẫn “rõ” – xong…") == (
        'Don cua ong/ba duoc thu ly, huong dan "ro" - xong...'
    )


def test_decomposed_and_composed_spellings_fold_alike() -> None:
    assert fold(unicodedata.normalize("NFD", "Nghệ An")) == fold("Nghệ An") == "Nghe An"


def test_what_cannot_be_folded_shows_as_a_question_mark() -> None:
    assert fold("số ☎ 5") == "so ? 5"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("a" + "€" * 80, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # the double character may not straddle: it moves to the second part
        ("ợ" * 70, 1),
        ("ợ" * 71, 2),
        ("ợ" * 134, 2),
        ("ợ" * 135, 3),
        ("😀" * 67, 3),  # surrogate pairs stay together
    ],
)
def test_parts_are_counted_as_operators_bill_them(text: str, count: int) -> None:
    assert parts(text) == count


def test_one_vietnamese_letter_more_than_doubles_the_price() -> None:
    assert is_gsm7("a" * 150)
    assert not is_gsm7("a" * 149 + "ợ")
    assert (parts("a" * 150), parts("a" * 149 + "ợ")) == (1, 3)
    assert septets("a{b}") == 6


def test_every_template_has_the_length_that_was_registered(catalogue: Catalogue) -> None:
    """The worst cases of reference/notify.md §7, counted there with another counter."""
    budgets = tomllib.loads(TEXT)["budgets"]
    registered = {
        "T01": 145, "T02": 159, "T03": 155, "T04": 158, "T06": 151, "T07": 114, "T08": 190, "T09": 146, "T10": 150,
        "T12": 139, "T13": 147, "T15": 117, "D01": 111, "D02": 103, "D03": 122, "D04": 115, "O01": 92, "O02": 81,
        "O03": 97,
    }  # fmt: skip
    counted = {one.id: len(worst_case(one, budgets)) for one in catalogue if one.id in registered}
    assert counted == registered


def test_every_notice_but_the_invitation_is_one_part(catalogue: Catalogue) -> None:
    assert {one.id for one in catalogue if one.max_parts > 1} == {"T08"}


def test_an_accented_text_is_sent_folded(catalogue: Catalogue) -> None:
    values = {"tinh": "Nghệ An", "ma": "HS26-7K4QM9", "url": "tcd.nghean.gov.vn"}
    assert catalogue.find("D02", date(2026, 11, 23)).sms(values) == (
        "Cong TTDT Nghe An: Ho so HS26-7K4QM9 co cap nhat moi. Vui long dang nhap tcd.nghean.gov.vn de xem."
    )


def test_a_missing_value_is_refused_not_sent_as_a_gap(catalogue: Catalogue) -> None:
    with pytest.raises(BadInput, match="value_missing"):
        catalogue.find("D02", date(2026, 11, 23)).sms({"tinh": "Nghệ An"})


def test_zalo_values_are_cut_to_their_registered_length(catalogue: Catalogue) -> None:
    template = catalogue.find("T02", date(2026, 11, 23))
    data = template.zalo_data({"ma": "HS26-7K4QM9", "ngay": "23/11/2026", "cq": "x" * 300})
    assert {name: len(value) for name, value in data.items()} == {
        "ma_ho_so": 11, "trang_thai": 9, "co_quan": 200, "thoi_gian": 10,
    }  # fmt: skip


def test_the_version_in_force_on_the_day_is_used() -> None:
    later = TEXT.replace('version = "2026-07"', 'version = "2027-01"').replace(
        "valid_from = 2026-07-01", "valid_from = 2027-01-01"
    )
    catalogue = read_catalogue([later, TEXT])
    assert catalogue.find("T01", date(2026, 12, 31)).reference == "T01.2026-07"
    assert catalogue.find("T01", date(2027, 1, 1)).reference == "T01.2027-01"
    with pytest.raises(BadInput, match="no_template"):
        catalogue.find("T01", date(2026, 6, 30))


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("Đã nhận đơn của ông/bà lúc", "Đã nhận đơn của ông/bà lúc lúc lúc lúc lúc", "2 parts"),
        ("Mã tra cứu: {ma}.", "Mã tra cứu: {ma} {ten}.", "without a budget"),
        ("Theo dõi tại {url}", "Theo dõi & tra cứu tại {url}", "signs that operators refuse"),
        ("Hồ sơ {ma} có cập nhật mới.", "Hồ sơ tố cáo {ma} có cập nhật.", "may not say"),
        ("Hồ sơ {ma} có cập nhật mới.", "Đơn {ma} có cập nhật mới.", "may not say"),
        ("Hồ sơ {ma} có cập nhật mới.", "Hồ sơ {ma} có cập nhật {ngay}.", "may not carry"),
        ("gio = 5", "gio = 5\nho_ten = 30", "no notice may carry"),
        ('han_nop = "{han}"', 'han_nop = "{han}"\nkhac = "{ma}"', "not the parameters registered"),
        ('discreet_as = "D01"', 'discreet_as = "T02"', "not a neutral text"),
    ],
)
def test_the_linter_refuses_what_must_never_be_sent(before: str, after: str, reason: str) -> None:
    assert before in TEXT
    with pytest.raises(LintError, match=reason):
        read_catalogue([TEXT.replace(before, after)])
