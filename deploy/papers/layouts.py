"""The two DOCX layouts, made anew: ``python -m deploy.papers layouts``. They may as well be edited in a word processor.

Layout: Decree 30/2020/NĐ-CP, annex I. What stands in ``{{ }}`` and ``{% %}`` is filled by docxtpl.
"""

from pathlib import Path
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

FOLDER: Final = Path(__file__).parents[2] / "services" / "chassis" / "papers"
FONT: Final = "Times New Roman"
_COLUMNS_MM: Final = (11, 20, 30, 26, 40, 15, 14, 21, 14, 23, 23, 26, 18)
_LEFT, _CENTRE, _BOTH = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY


def write_layouts() -> None:
    """Write both."""
    _letter().save(str(FOLDER / "letter.docx"))
    _book().save(str(FOLDER / "book.docx"))


def _letter() -> Any:
    document = _page(is_landscape=False)
    _heading(document, (66, 99))
    _paragraphs(document, indent_mm=12.7)
    _signatures(document, (82, 83))
    return document


def _book() -> Any:
    document = _page(is_landscape=True)
    _heading(document, (133, 134))
    _paragraphs(document, indent_mm=0)
    _rows(document)
    _signatures(document, (133, 134))
    return document


def _page(*, is_landscape: bool) -> Any:
    document = Document()
    for paragraph in list(document.paragraphs):
        paragraph._element.getparent().remove(paragraph._element)
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(297), Mm(210)) if is_landscape else (Mm(210), Mm(297))
    section.orientation = WD_ORIENT.LANDSCAPE if is_landscape else WD_ORIENT.PORTRAIT
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = (Mm(15), Mm(15)) if is_landscape else (Mm(30), Mm(15))
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(14)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
        fonts.attrib.pop(qn(theme), None)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    normal.element.get_or_add_rPr().append(language)
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
    return document


def _say(place: Any, text: str, **looks: Any) -> Any:
    """A paragraph in a document or a cell."""
    paragraph = place.add_paragraph()
    paragraph.alignment = looks.get("align", _LEFT)
    run = paragraph.add_run(text)
    run.bold, run.italic = looks.get("bold", False), looks.get("italic", False)
    run.font.size = Pt(looks.get("size", 14))
    paragraph.paragraph_format.space_after = Pt(looks.get("after", 0))
    if looks.get("indent_mm"):
        paragraph.paragraph_format.first_line_indent = Mm(looks["indent_mm"])
    if looks.get("left_mm"):
        paragraph.paragraph_format.left_indent = Mm(looks["left_mm"])
        paragraph.paragraph_format.first_line_indent = Mm(-4)
    return paragraph


def _rule(paragraph: Any) -> None:
    """A thin line below the text."""
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "5"), ("space", "1"), ("color", "auto")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._element.get_or_add_pPr().append(borders)


def _grid(document: Any, widths_mm: tuple[int, ...], rows: int = 1) -> Any:
    table = document.add_table(rows=rows, cols=len(widths_mm))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)  # what LibreOffice goes by; Word goes by the cells
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths_mm, strict=True):
            cell.width = Mm(width)
    return table


def _emptied(cell: Any) -> Any:
    """The cell without the paragraph that every new cell has."""
    first = cell.paragraphs[0]._element
    first.getparent().remove(first)
    return cell


def _heading(document: Any, widths_mm: tuple[int, int]) -> None:
    _say(document, "{{ filled.number }}", align=WD_ALIGN_PARAGRAPH.RIGHT, italic=True, size=10)
    table = _grid(document, widths_mm, rows=2)
    left, right = (_emptied(cell) for cell in table.rows[0].cells)
    _say(left, "{%p if head.above %}")
    _say(left, "{{ head.above }}", align=_CENTRE, size=12)
    _say(left, "{%p endif %}")
    _say(left, "{%p for line in head.body_lines %}")
    _say(left, "{{ line }}", align=_CENTRE, size=12, bold=True)
    _say(left, "{%p endfor %}")
    _say(left, "_______", align=_CENTRE, size=8, after=4)
    _say(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", align=_CENTRE, size=12, bold=True)
    _say(right, "Độc lập - Tự do - Hạnh phúc", align=_CENTRE, size=13, bold=True)
    _say(right, "_____________________", align=_CENTRE, size=8, after=4)
    left, right = (_emptied(cell) for cell in table.rows[1].cells)
    _say(left, "{% if head.number %}Số: {{ head.number }}{% endif %}", align=_CENTRE, size=13)
    _say(right, "{{ head.dated }}", align=_CENTRE, size=13, italic=True)
    _say(document, "")
    title = _say(document, "{{ filled.title }}", align=_CENTRE, bold=True)
    title.style = document.styles["Normal"]
    _say(document, "{{ filled.subject }}", align=_CENTRE, bold=True)
    _say(document, "_________", align=_CENTRE, size=8, after=6)
    _say(document, "{%p if filled.addressed %}")
    _say(document, "{{ filled.addressed }}", align=_CENTRE, after=6)
    _say(document, "{%p endif %}")


def _paragraphs(document: Any, *, indent_mm: float) -> None:
    _say(document, "{%p for one in filled.paragraphs %}")
    _say(document, "{%p if one.is_item %}")
    _say(document, "– {{ one.text }}", align=_BOTH, left_mm=14, after=6)
    _say(document, "{%p else %}")
    _say(document, "{{ one.text }}", align=_BOTH, indent_mm=indent_mm, after=6)
    _say(document, "{%p endif %}")
    _say(document, "{%p endfor %}")


def _rows(document: Any) -> None:
    table = _grid(document, _COLUMNS_MM, rows=5)
    table.style = document.styles["Table Grid"]
    heading, numbers, begin, row, end = table.rows
    for at, (name, number, cell) in enumerate(zip(heading.cells, numbers.cells, row.cells, strict=True)):
        _say(_emptied(name), f"{{{{ filled.columns[{at}] }}}}", align=_CENTRE, bold=True, size=10)
        _say(_emptied(number), str(at + 1), align=_CENTRE, italic=True, size=10)
        _say(_emptied(cell), f"{{{{ row[{at}] }}}}", size=10)
    for one in (heading, numbers):
        repeated = OxmlElement("w:tblHeader")
        one._tr.get_or_add_trPr().append(repeated)
    begin.cells[0].paragraphs[0].add_run("{%tr for row in rows %}")
    end.cells[0].paragraphs[0].add_run("{%tr endfor %}")
    _say(document, "")


def _signatures(document: Any, widths_mm: tuple[int, int]) -> None:
    _say(document, "", size=8)
    left, right = (_emptied(cell) for cell in _grid(document, widths_mm).rows[0].cells)
    _say(left, "{%p if filled.signatures|length == 2 %}")
    _say(left, "{{ filled.signatures[0] }}", align=_CENTRE, bold=True)
    _say(left, "(Ký, ghi rõ họ tên)", align=_CENTRE, italic=True, size=12)
    _say(left, "{%p elif filled.recipients %}")
    _say(left, "Nơi nhận:", bold=True, italic=True, size=12)
    _say(left, "{%p for one in filled.recipients %}")
    _say(left, "- {{ one }}", size=11)
    _say(left, "{%p endfor %}")
    _say(left, "{%p endif %}")
    _say(left, "", size=8)
    _say(right, "{{ filled.signatures|last }}", align=_CENTRE, bold=True)
    _say(right, "(Ký, ghi rõ họ tên)", align=_CENTRE, italic=True, size=12, after=60)
