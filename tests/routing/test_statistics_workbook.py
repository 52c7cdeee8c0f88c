"""The workbook of a form: opened as a reader opens it, and compared cell by cell with the figures."""

import io
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from contracts.ids import UnitId
from contracts.law.statistics import Column, official_forms
from contracts.units import organisation
from services.routing.domain.statistics.entries import World
from services.routing.table_views import TableView, table_view
from services.routing.workbook import HEADER_AT, NUMBERS, workbook
from tests.routing.counted import counted, petition_world, records, session
from tests.routing.given import KIM_LIEN, PROVINCE, day, filed
from tests.routing.house import officer, running

TOP: Final = HEADER_AT + 1
"""The first row of headings, as a reader counts."""


def view_of(form: str, unit: UnitId = PROVINCE, on: str = "2026-12-20") -> TableView:
    told = records(petition_world())
    world = World(told.cases, [session(1, "2026-10-15")])
    made = counted(form, world, unit=unit)
    return table_view(made, unit, day(on), name_of=organisation().name_of, cases_at=lambda line: f"/{line or ''}")


def sheet_of(file: bytes) -> Worksheet:
    book = openpyxl.load_workbook(io.BytesIO(file))
    (sheet,) = book.worksheets
    return sheet


def depth_of(columns: tuple[Column, ...]) -> int:
    return 1 + max(len(column.groups) for column in columns)


@pytest.mark.parametrize("form_id", official_forms())
def test_every_cell_is_the_figure_and_every_heading_stands_above_its_column(form_id: str) -> None:
    view, form = view_of(form_id), official_forms()[form_id]
    sheet, depth = sheet_of(workbook(view)), depth_of(form.columns)
    numbers = TOP + depth
    for place, column in enumerate(form.columns, start=2):
        assert sheet.cell(numbers, place).value == (column.rule or str(column.number))
        assert heading(sheet, numbers - 1, place) == column.heading
        for level, group in enumerate(column.groups):
            assert heading(sheet, TOP + level, place) == group
    for row, line in enumerate((*view.lines, view.total), start=numbers + 1):
        assert sheet.cell(row, 1).value == line.name
        for place, column in enumerate(form.columns, start=2):
            assert sheet.cell(row, place).value == line.figures[column.number], (line.name, column.number)
    notes = [sheet.cell(row, 1).value for row in range(numbers + len(view.lines) + 2, sheet.max_row + 1)]
    assert [note for note in notes if note][: len(view.notes)] == list(view.notes)


def heading(sheet: Worksheet, row: int, column: int) -> Any:
    """What a reader sees there: merged cells show what stands in their first one."""
    for merged in sheet.merged_cells.ranges:
        if (row, column) in set(merged.cells):
            return sheet.cell(merged.min_row, merged.min_col).value
    return sheet.cell(row, column).value


def test_it_names_form_unit_and_period_and_says_when_the_period_still_runs() -> None:
    sheet = sheet_of(workbook(view_of("01-xld", KIM_LIEN)))
    assert [sheet.cell(row, 1).value for row in (1, 2, 3)] == [
        "Biểu 01/XLD",
        "TỔNG HỢP KẾT QUẢ XỬ LÝ ĐƠN",
        "Đơn vị: Xã Kim Liên. Kỳ báo cáo: Quý IV năm 2026 (từ 15/09/2026 đến 14/12/2026)",
    ]
    running_one = sheet_of(workbook(view_of("01-xld", KIM_LIEN, on="2026-12-14")))
    assert str(running_one.cell(3, 1).value).endswith("(kỳ chưa kết thúc)")


def test_headings_stay_in_sight_and_it_prints_on_a4_across() -> None:
    view = view_of("01-tcd")
    sheet = sheet_of(workbook(view))
    numbers = TOP + depth_of(official_forms()["01-tcd"].columns)
    assert sheet.freeze_panes == f"B{numbers + 1}"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage, "one page wide, which is what is not said otherwise"
    assert sheet.page_setup.fitToHeight == 0, "as many pages high as need be"
    assert sheet.print_title_rows == f"${TOP}:${numbers}"
    assert sheet.cell(numbers + 1, 2).number_format == NUMBERS


def test_the_same_figures_make_the_same_bytes() -> None:
    assert workbook(view_of("01-xld")) == workbook(view_of("01-xld"))
    assert workbook(view_of("01-xld")) != workbook(view_of("01-xld", KIM_LIEN))


async def test_the_door_gives_the_workbook_of_the_table_that_it_gives(tmp_path: Path) -> None:
    async with running(tmp_path, on="2026-09-07") as house:
        await house.opened(filed("2026-09-07"))
        await house.hear_itself()
        path, asked = "/v1/statistics/01-xld", {"period": "2026-Q3"}
        file = await house.client.get(f"{path}.xlsx", params=asked, headers=officer(KIM_LIEN))
        table = (await house.client.get(path, params=asked, headers=officer(KIM_LIEN))).json()
    assert file.headers["content-disposition"] == ('attachment; filename="01-xld-xa-17971-2026-06-15-2026-09-14.xlsx"')
    assert file.content == workbook(TableView.model_validate(table))
