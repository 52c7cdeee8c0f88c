import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader

from contracts.errors import NotFound, Refused
from contracts.law.forms import Filled, Paragraph
from contracts.units import organisation
from contracts.vocabulary import DocumentForm
from services.chassis.clock import FrozenClock
from services.chassis.papers.cabinet import Cabinet
from services.chassis.papers.press import Press
from services.chassis.papers.sheet import DOCX, PDF, Letterhead, Sheet, letterhead
from services.chassis.seal import DataKey, Place
from services.chassis.vault.folder import FolderVault
from tests.routing.given import noon

PRESS = Press()
UNITS = organisation()
DAY = date(2026, 9, 7)
PLACE = Place("routing", "cases", "one", "document/two")


def a_sheet(*texts: str, **head: object) -> Sheet:
    filled = Filled(
        form=DocumentForm.GUIDANCE,
        title="Phiếu hướng dẫn",
        number="Mẫu số 02",
        subject="Về việc thử",
        addressed="Kính gửi: ông (bà) Nguyễn Văn Thử",
        paragraphs=tuple(Paragraph(text=text, is_item=text.startswith("mục")) for text in texts or ("Nội dung.",)),
        signatures=("Chủ tịch UBND xã Kim Liên",),
        recipients=("Như trên;",),
    )
    said = {
        "above": "",
        "body": "Ủy ban nhân dân xã Kim Liên",
        "number": "12/PHD-UBND",
        "place": "Kim Liên",
        "day": DAY,
    }
    return Sheet(head=Letterhead.model_validate({**said, **head}), filled=filled)


def a_book(rows: int) -> Sheet:
    sheet = a_sheet()
    columns = tuple(f"Cột {number}" for number in range(1, 14))
    filled = sheet.filled.model_copy(update={"columns": columns, "signatures": ("Người ghi sổ", "Chủ tịch")})
    row = ("x", *(f"ô {number}" for number in range(2, 14)))
    return Sheet(head=sheet.head, filled=filled, rows=(row,) * rows)


def words_of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def words_of_docx(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(one.text for one in [*document.paragraphs, *cells])


def bare(text: str) -> str:
    """Without what a line break does to it."""
    return re.sub(r"\s+", "", text)


def test_a_pdf_is_pdf_a_2b_with_its_fonts_inside_and_says_no_person_of_itself() -> None:
    reader: Any = PdfReader(io.BytesIO(PRESS.pdf(a_sheet())))
    about = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in about
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in about
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    kinds = [font.get_object()["/DescendantFonts"][0].get_object() for font in fonts]
    assert kinds
    assert all("/FontFile2" in kind["/FontDescriptor"].get_object() for kind in kinds)
    assert reader.trailer["/Root"]["/Lang"] == "vi"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "Phiếu hướng dẫn 12/PHD-UBND" in about
    assert "Nguyễn Văn Thử" not in about


def test_every_vietnamese_letter_is_set_as_itself() -> None:
    letters = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
    marked = "áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
    text = " ".join([*letters, *marked, *letters.upper(), *marked.upper()])
    sheet = a_sheet(text + ".")
    assert bare(text) in bare(words_of_pdf(PRESS.pdf(sheet)))
    assert bare(text) in bare(words_of_docx(PRESS.docx(sheet)))


def test_the_same_sheet_gives_the_same_bytes_and_another_gives_others() -> None:
    for set_as in (PRESS.pdf, PRESS.docx):
        assert set_as(a_sheet()) == set_as(a_sheet())
        assert set_as(a_sheet()) != set_as(a_sheet("Khác."))


def test_several_threads_set_what_one_sets() -> None:
    sheets = [a_sheet(f"Nội dung {number}.") for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(PRESS.pdf, sheets)) == [PRESS.pdf(sheet) for sheet in sheets]


@pytest.mark.parametrize(
    "text", ["{{ 7*7 }} {% for x in y %}", "#set page(fill: red) $x$ [a] *b*", "<w:t>&amp;</w:t> \"'"]
)
def test_what_is_filled_in_is_never_taken_for_a_template(text: str) -> None:
    sheet = a_sheet(f"{text}.")
    assert bare(text) in bare(words_of_pdf(PRESS.pdf(sheet))).replace("’", "'").replace("”", '"').replace("“", '"')
    assert bare(text) in bare(words_of_docx(PRESS.docx(sheet)))


def test_the_letterhead_is_that_of_decree_30() -> None:
    commune = letterhead(UNITS, "xa-17971", number="1/TB-UBND", day=DAY)
    department = letterhead(UNITS, "so-40-xd", number="1/TB-SXD", day=DAY)
    office = letterhead(UNITS, "btcd-40", number="1/PC-BTCD", day=DAY)
    assert (commune.above, commune.body, commune.place) == ("", "Ủy ban nhân dân xã Kim Liên", "Kim Liên")
    assert (department.above, department.body, department.place) == ("UBND tỉnh Nghệ An", "Sở Xây dựng", "Nghệ An")
    assert (office.above, office.body) == ("UBND tỉnh Nghệ An", "Ban Tiếp công dân tỉnh Nghệ An")
    assert Sheet(head=commune, filled=a_sheet().filled).body_lines == ("Ủy ban nhân dân", "xã Kim Liên")


@pytest.mark.parametrize(
    ("day", "written"),
    [(date(2026, 2, 3), "ngày 03 tháng 02 năm 2026"), (date(2026, 11, 23), "ngày 23 tháng 11 năm 2026")],
)
def test_days_and_months_are_written_as_decree_30_wants_them(day: date, written: str) -> None:
    sheet = a_sheet(day=day)
    assert bare(f"Kim Liên, {written}") in bare(words_of_pdf(PRESS.pdf(sheet)))
    assert bare(f"Kim Liên, {written}") in bare(words_of_docx(PRESS.docx(sheet)))


def test_a_book_goes_on_over_pages_with_its_heading_on_each() -> None:
    pages = PdfReader(io.BytesIO(PRESS.pdf(a_book(60)))).pages
    assert len(pages) > 1
    assert all("Cột 5" in page.extract_text() for page in pages if "ô 5" in page.extract_text())
    assert pages[0].mediabox.width > pages[0].mediabox.height
    assert bare(words_of_docx(PRESS.docx(a_book(60)))).count("ô13") == 60


def test_a_docx_says_no_machine_no_hour_and_no_person_of_itself() -> None:
    content = PRESS.docx(a_sheet())
    about = Document(io.BytesIO(content)).core_properties
    assert (about.author, about.title) == ("Ủy ban nhân dân xã Kim Liên", "Phiếu hướng dẫn 12/PHD-UBND")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"python-docx" not in packed.read("docProps/core.xml")


async def test_a_kept_document_is_sealed_comes_back_whole_and_opens_nowhere_else(tmp_path: Path) -> None:
    vault = FolderVault(tmp_path / "vault", clock=FrozenClock(noon("2026-09-07")))
    await vault.open()
    cabinet, key, sheet = Cabinet(vault, "documents"), DataKey.create(), a_sheet()
    files = await cabinet.keep(sheet, key, PLACE)
    assert [file.media_type for file in files] == [PDF, DOCX]
    assert await cabinet.read(files[0], key, PLACE) == PRESS.pdf(sheet)
    assert await cabinet.read(files[1], key, PLACE) == PRESS.docx(sheet)
    for kept in (path for path in (tmp_path / "vault").rglob("*") if path.is_file()):
        assert b"%PDF" not in kept.read_bytes()
        assert b"PK\x03\x04" not in kept.read_bytes()
    with pytest.raises(Refused, match="not_openable"):
        await cabinet.read(files[0], key, Place("routing", "cases", "another", PLACE.field))
    with pytest.raises(Refused, match="not_openable"):
        await cabinet.read(files[0].model_copy(update={"media_type": DOCX}), key, PLACE)
    with pytest.raises(NotFound):
        await cabinet.read(files[0].model_copy(update={"sha256": "0" * 64}), key, PLACE)
    await vault.close()
