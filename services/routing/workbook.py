"""A statistical table as a workbook (XLSX): the statutory columns with their headings, ready to be printed on A4.

The same table gives the same bytes.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.routing.table_views import ColumnView, LineView, TableView

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

HEADER_AT: Final = 4
"""The first row of the headings, from 0: above it form, title, unit and period."""

NUMBERS: Final = '#,##0;-#,##0;"-"'
"""Nought is shown as a dash, as statistics print it; what no fact tells is empty."""

_MADE_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Inside the file stands always this moment: when it was made is no part of the figures."""
_A4: Final = 9
_UNIT_WIDTH: Final = 27
_FIGURE_WIDTH: Final = 6.6
_MONEY_WIDTH: Final = 14
_MONEY: Final = "đồng"
_HEADING_HEIGHT: Final = 92
_GROUP_HEIGHT: Final = 30
_NOTE_HEIGHT: Final = 15
_NOTE_CHARACTERS: Final = 170
"""About as many as one line of notes holds, for each 27 columns."""
_BOX: Final[dict[str, Any]] = {"font_name": "Times New Roman", "font_size": 10, "border": 1, "valign": "vcenter"}


@dataclass(frozen=True, slots=True)
class _Looks:
    title: Format
    plain: Format
    heading: Format
    number: Format
    name: Format
    figure: Format
    total_name: Format
    total: Format
    note: Format


def workbook(view: TableView) -> bytes:
    """The file."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{view.form} {view.title}", "created": _MADE_AT.replace(tzinfo=None)})
    sheet = book.add_worksheet(view.form.replace("/", "-"))
    looks = _looks(book)
    _write_top(sheet, view, looks)
    depth = _write_headings(sheet, view.columns, looks)
    below = _write_lines(sheet, HEADER_AT + depth + 1, view, looks)
    _write_notes(sheet, below + 1, view, looks)
    _set_up(sheet, view, depth, below)
    book.close()
    return file.getvalue()


def _looks(book: xlsxwriter.Workbook) -> _Looks:
    text = {"font_name": "Times New Roman", "font_size": 11}
    centred = {**_BOX, "align": "center", "text_wrap": True}
    number = {**_BOX, "num_format": NUMBERS, "align": "right"}
    return _Looks(
        title=book.add_format({**text, "font_size": 13, "bold": True}),
        plain=book.add_format(text),
        heading=book.add_format({**centred, "bold": True, "bg_color": "#EDEDED"}),
        number=book.add_format({**centred, "italic": True, "font_size": 8}),
        name=book.add_format({**_BOX, "text_wrap": True}),
        figure=book.add_format(number),
        total_name=book.add_format({**_BOX, "bold": True}),
        total=book.add_format({**number, "bold": True}),
        note=book.add_format({**text, "font_size": 9, "text_wrap": True, "valign": "top"}),
    )


def _write_top(sheet: Worksheet, view: TableView, looks: _Looks) -> None:
    running = "" if view.is_over else " (kỳ chưa kết thúc)"
    sheet.write_string(0, 0, f"Biểu {view.form}", looks.plain)
    sheet.write_string(1, 0, view.title.upper(), looks.title)
    sheet.write_string(2, 0, f"Đơn vị: {view.unit_name}. Kỳ báo cáo: {view.period}{running}", looks.plain)


def _write_headings(sheet: Worksheet, columns: Sequence[ColumnView], looks: _Looks) -> int:
    """Groups merged above their columns, then the row of numbers and sums; how many rows the headings take."""
    depth = 1 + max(len(column.groups) for column in columns)
    _box(sheet, (HEADER_AT, 0, HEADER_AT + depth - 1, 0), "Đơn vị", looks.heading)
    for level in range(depth - 1):
        for first, last, name in _groups(columns, level):
            _box(sheet, (HEADER_AT + level, first, HEADER_AT + level, last), name, looks.heading)
    for place, column in enumerate(columns, start=1):
        top = HEADER_AT + len(column.groups)
        _box(sheet, (top, place, HEADER_AT + depth - 1, place), column.heading, looks.heading)
    numbers = HEADER_AT + depth
    sheet.write_string(numbers, 0, "A", looks.number)
    for place, column in enumerate(columns, start=1):
        sheet.write_string(numbers, place, column.rule or str(column.number), looks.number)
    for row in range(HEADER_AT, numbers - 1):
        sheet.set_row(row, _GROUP_HEIGHT)
    sheet.set_row(numbers - 1, _HEADING_HEIGHT)
    return depth


def _groups(columns: Sequence[ColumnView], level: int) -> Iterator[tuple[int, int, str]]:
    """Neighbours under the same heading of that level: first and last place, and the heading."""
    placed = enumerate(columns, start=1)
    for path, members in groupby(placed, lambda one: one[1].groups[: level + 1]):
        places = [place for place, _ in members]
        if len(path) > level:
            yield places[0], places[-1], path[level]


def _box(sheet: Worksheet, where: tuple[int, int, int, int], text: str, look: Format) -> None:
    top, left, bottom, right = where
    if (top, left) == (bottom, right):
        sheet.write_string(top, left, text, look)
    else:
        sheet.merge_range(top, left, bottom, right, text, look)


def _write_lines(sheet: Worksheet, row: int, view: TableView, looks: _Looks) -> int:
    """The units, then the total; the row that follows."""
    for line in view.lines:
        _write_line(sheet, row, line, looks.name, looks.figure)
        row += 1
    _write_line(sheet, row, view.total, looks.total_name, looks.total)
    return row + 1


def _write_line(sheet: Worksheet, row: int, line: LineView, name: Format, look: Format) -> None:
    sheet.write_string(row, 0, line.name, name)
    for number, figure in line.figures.items():
        if figure is None:
            sheet.write_blank(row, number, None, look)
        else:
            sheet.write_number(row, number, figure, look)


def _write_notes(sheet: Worksheet, row: int, view: TableView, looks: _Looks) -> None:
    last = len(view.columns)
    fits = _NOTE_CHARACTERS * max(last, 1) // 27
    made_from = view.source
    source = f"Nguồn: {made_from.case_count} vụ việc, {made_from.fact_count} dữ kiện; {made_from.fingerprint}"
    for text in (*view.notes, source):
        sheet.merge_range(row, 0, row, last, text, looks.note)
        sheet.set_row(row, _NOTE_HEIGHT * (1 + len(text) // fits))
        row += 1


def _set_up(sheet: Worksheet, view: TableView, depth: int, below: int) -> None:
    """Widths, what stands still on the screen, and A4 across, as many pages high as need be."""
    numbers = HEADER_AT + depth
    sheet.set_column(0, 0, _UNIT_WIDTH)
    for place, column in enumerate(view.columns, start=1):
        sheet.set_column(place, place, _MONEY_WIDTH if _MONEY in column.heading else _FIGURE_WIDTH)
    sheet.set_row(numbers, 3 * _NOTE_HEIGHT)
    sheet.freeze_panes(numbers + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_AT, numbers)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L&8{view.form}&R&8&P/&N")
    sheet.print_area(0, 0, below + len(view.notes) + 1, len(view.columns))
