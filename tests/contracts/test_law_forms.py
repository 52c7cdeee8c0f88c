"""The table of forms: complete, dated, its words filled from what is known and refused when they cannot be right."""

import re
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from contracts.errors import BadInput, Refused
from contracts.law.catalogue import official
from contracts.law.forms import NAMES, Filled, FormRow, Forms, Value, Wording, official_forms
from contracts.law.rows import Document
from contracts.law.source import DATA_FOLDER
from contracts.vocabulary import DocumentForm
from services.routing.domain.documents import FORMS

TODAY = date(2026, 9, 7)
GUIDANCE = DocumentForm.GUIDANCE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA_FOLDER, tmp_path / "data"))


def load(folder: Path) -> Forms:
    catalogue = official()
    return Forms.load(catalogue.documents, catalogue.settings, folder)


def changed(folder: Path, old: str, new: str, after: str = "") -> Path:
    """The table with one place changed, the first after a text."""
    path = folder / "forms.toml"
    text = path.read_text(encoding="utf-8")
    head, mark, tail = text.partition(after) if after else ("", "", text)
    assert old in tail
    path.write_text(head + mark + tail.replace(old, new, 1), encoding="utf-8")
    return path


def filled(body: str, values: Mapping[str, Value], *, subject: str = "") -> Filled:
    """These words on a form of their own, filled."""
    row = FormRow(
        id=GUIDANCE, title="Phiếu", wording="words", articles=("TT05 6",), in_force_from=date(2021, 11, 15),
        confidence="C",
    )  # fmt: skip
    words = Wording(
        id="words", subject=subject, body=body, signatures=("{post}",), recipients=("{respondent};", "Lưu.")
    )
    return Forms([row], [words]).filled(row, values)


def paragraphs(body: str, **values: Value) -> list[str]:
    return [one.text for one in filled(body, values).paragraphs]


@pytest.mark.parametrize("form", DocumentForm)
def test_every_form_stands_with_a_title_and_articles_that_can_be_cited(form: DocumentForm) -> None:
    row = official_forms().form(form, TODAY)
    assert row.title
    assert official_forms().wording_of(row).body
    assert all(official().cite(article).startswith("Điều ") for article in row.articles)


def test_every_form_that_routing_draws_up_stands_from_today_on() -> None:
    assert set(FORMS) <= set(official_forms().ids)
    assert all(official_forms().rows_of(form)[-1].in_force_to is None for form in FORMS)


def test_the_words_use_names_of_the_closed_list_and_every_name_is_used() -> None:
    forms = official_forms()
    texts = [text for form in forms.ids for row in forms.rows_of(form) for text in forms.wording_of(row).said]
    used = {name for text in texts for name in re.findall(r"\{\??([^{}]*)\}", text)}
    assert used == set(NAMES)


def test_a_form_is_the_one_of_its_day() -> None:
    form = DocumentForm.ACCEPTANCE_COMPLAINT
    before, since = (official_forms().form(form, day) for day in (date(2026, 6, 30), date(2026, 7, 1)))
    assert (before.number, "ND155 10" in before.articles) == ("Mẫu số 03 (124/2020/NĐ-CP)", False)
    assert ("155/2026" in since.number, "ND155 10" in since.articles) == (True, True)
    with pytest.raises(Refused, match="no_form_then"):
        official_forms().form(DocumentForm.REFUSAL, date(2026, 6, 30))


REFUSED = [
    ('wording = "refusal"', 'wording = "refused"', "", "không có lời văn refused"),
    ('id = "receipt"\nsubject', 'id = "refusal"\nsubject', "", "lời văn refusal có hai lần"),
    ('wording = "receipt"', 'wording = "refusal"', "", "lời văn receipt không mẫu nào dùng"),
    ("{citations}", "{citation}", "", "tên lạ “{citation}”"),
    ("{?no_items}", "{?noitems}", "", "tên lạ “{noitems}”"),
    ('addressed = "Kính gửi: {person}"', 'addressed = "Kính gửi: {who}"', "", "tên lạ “{who}”"),
    ("{elements}", "{elements", "", "thành cặp"),
    ('signatures = ["{post}"]', "signatures = []", "", "signatures"),
    ('signatures = ["{post}"]', 'signatures = ["a", "b", "c"]', "", "signatures"),
    ('body = """', 'bodi = """', "", "bodi"),
    ('title = "Thông báo"', "", "", "title"),
    ('id = "split"', 'id = "splitting"', "", "id"),
    ("in_force_to = 2026-06-30", "in_force_to = 2026-06-28", "", "hở từ 29/06/2026 đến 30/06/2026"),
    ("in_force_to = 2026-06-30\n", "", "", "chồng lấn"),
    ("in_force_from = 2026-07-01\n", "in_force_from = 2026-07-01\nin_force_to = 2027-12-31\n", "", "repealed_by"),
    ('"TT05 6"', '"TT06 6"', "", "điều luật lạ"),
    ('"TT05 6"', '"TT05 6666"', "", "không có điều, khoản, điểm nào"),
    ('"LTCD 25(3)"', '"ND154 14(4)"', "", "không có hiệu lực suốt thời gian"),
    ('confidence = "C"', 'confidence = "U"', 'wording = "receipt"', "question"),
]


@pytest.mark.parametrize(("old", "new", "after", "reason"), REFUSED)
def test_what_cannot_be_right_is_refused_with_file_line_and_reason(
    folder: Path, old: str, new: str, after: str, reason: str
) -> None:
    path = changed(folder, old, new, after)
    with pytest.raises(BadInput, match="law_data_broken") as refused:
        load(folder)
    assert reason in refused.value.sentence
    assert refused.value.facts["file"] == "forms.toml"
    line = int(refused.value.facts["line"])
    assert path.read_text(encoding="utf-8").splitlines()[line - 1].startswith("[["), "the line of the entry"


def test_a_form_that_services_draw_up_and_the_table_lacks_is_refused(folder: Path) -> None:
    text = (folder / "forms.toml").read_text(encoding="utf-8")
    begin, end = text.index('[[form]]\nid = "split"'), text.index('[[form]]\nid = "transfer"\n')
    (folder / "forms.toml").write_text(text[:begin] + text[end:], encoding="utf-8")
    with pytest.raises(BadInput, match="thiếu mẫu split") as refused:
        load(folder)
    assert refused.value.facts["file"] == "forms.toml"


def test_a_form_that_ended_for_good_says_by_which_article(folder: Path) -> None:
    ended = "in_force_from = 2014-07-01\nin_force_to = 2026-06-30\n"
    changed(folder, "in_force_from = 2014-07-01\n", f'{ended}repealed_by = "ND154 4"\n')
    with pytest.raises(Refused, match="no_form_then"):
        load(folder).form(DocumentForm.SPLIT, TODAY)


def test_a_syntax_error_is_refused_with_its_line(folder: Path) -> None:
    changed(folder, 'title = "Thông báo"', 'title = "Thông báo')
    with pytest.raises(BadInput, match="TOML") as refused:
        load(folder)
    line = int(refused.value.facts["line"])
    assert (folder / "forms.toml").read_text(encoding="utf-8").splitlines()[line - 1] == 'title = "Thông báo'


def test_paragraphs_are_parted_by_an_empty_line_and_items_begin_with_a_dash() -> None:
    given = filled("Một\nhai.\n\n- Ba {code}.\n", {"code": "HS26"}).paragraphs
    assert [(one.text, one.is_item) for one in given] == [("Một hai.", False), ("Ba HS26.", True)]


@pytest.mark.parametrize("absent", [{}, {"answer_by": None}])
def test_a_paragraph_with_a_name_that_has_no_value_is_left_out(absent: dict[str, Value]) -> None:
    assert paragraphs("Mã {code}.\n\nTrước ngày {answer_by}, mã {code}.\n\nHết.", code="HS26", **absent) == [
        "Mã HS26.",
        "Hết.",
    ]


@pytest.mark.parametrize(("items", "printed"), [((), []), (("a",), ["Nhận a."]), (("a", "b"), ["Nhận a.", "Nhận b."])])
def test_a_paragraph_with_a_name_of_several_values_is_repeated_for_each(
    items: tuple[str, ...], printed: list[str]
) -> None:
    given = filled("- Nhận {items}.", {"items": items}).paragraphs
    assert [one.text for one in given] == printed
    assert all(one.is_item for one in given)


@pytest.mark.parametrize(
    ("value", "printed"), [(None, []), ("", ["Không có tài liệu."]), ("1", ["Không có tài liệu."])]
)
def test_a_condition_prints_its_paragraph_when_it_holds_and_nothing_of_itself(
    value: str | None, printed: list[str]
) -> None:
    assert paragraphs("{?no_items}Không có tài liệu.", no_items=value) == printed


@pytest.mark.parametrize("value", ["{code}", "{?no_items}", "{", "}", "{{post}}", "\\g<1>"])
def test_a_value_with_braces_is_never_expanded_again(value: str) -> None:
    assert paragraphs("Về {why}: {code}.", why=value, code="HS26") == [f"Về {value}: HS26."]
    assert paragraphs("- {items} ({code})", items=[value, "b"], code="HS26") == [f"{value} (HS26)", "b (HS26)"]


def test_a_signature_a_recipient_and_a_subject_without_a_value_are_left_out() -> None:
    unknown = filled("Hết.", {}, subject="Về {kind}")
    assert (unknown.subject, unknown.signatures, unknown.recipients) == ("", (), ("Lưu.",))
    known = filled("Hết.", {"kind": "khiếu nại", "post": "CHỦ TỊCH", "respondent": "UBND"}, subject="Về {kind}")
    assert (known.subject, known.signatures, known.recipients) == ("Về khiếu nại", ("CHỦ TỊCH",), ("UBND;", "Lưu."))


def test_the_documents_that_forms_cite_are_those_of_the_catalogue(folder: Path) -> None:
    catalogue = official()
    without: list[Document] = [one for one in catalogue.documents if one.key != "TT05"]
    with pytest.raises(BadInput, match="TT05 6"):
        Forms.load(without, catalogue.settings, folder)
