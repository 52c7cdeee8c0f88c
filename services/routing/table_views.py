"""A statistical table as it goes out: the same view as JSON and as workbook."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.ids import CaseId, LookupCode, SessionId, UnitId
from contracts.law.statistics import Form
from services.routing.domain.statistics.entries import Entry
from services.routing.domain.statistics.tables import Figure, Line, Table

TOTAL_NAME: Final = "Tổng cộng"
GUARDED: Final = "Có thể không gồm một số vụ việc được bảo vệ theo Luật Tố cáo mà người xem không được biết đến."
LATE_FACTS: Final = "Tính từ các dữ kiện của các ngày đến hết kỳ; đơn nhập muộn vào ngày trong kỳ làm thay đổi số liệu."


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ColumnView(_View):
    """One column, as the form has it."""

    number: int
    heading: str
    groups: tuple[str, ...]
    rule: str
    """Which columns it is the sum of: ``1=2+3``."""
    confidence: str
    note: str


class LineView(_View):
    """The figures of one unit, or of all; by column number. None: no fact tells, see the notes."""

    unit: UnitId
    name: str
    figures: dict[int, Figure]
    cases: str
    """Where the cases behind a figure are: add the number of the column."""


class SourceView(_View):
    """What the figures come from: the same source, the same figures."""

    case_count: int
    fact_count: int
    fingerprint: str


class TableView(_View):
    """A form filled in for a unit and a period."""

    form: str
    title: str
    confidence: str
    unit: UnitId
    unit_name: str
    first_day: date
    last_day: date
    period: str
    is_over: bool
    """False: the period still runs, and its figures grow."""
    columns: tuple[ColumnView, ...]
    lines: tuple[LineView, ...]
    total: LineView
    notes: tuple[str, ...]
    source: SourceView


class EntryView(_View):
    """One thing behind a figure."""

    unit: UnitId
    case_id: CaseId | None
    session_id: SessionId | None
    code: LookupCode | None
    adds: int | None
    """What it adds to the figure; none: nobody has said."""


class BehindView(_View):
    """A page of what is behind one figure, as far as the caller may know of it."""

    form: str
    column: ColumnView
    entries: tuple[EntryView, ...]
    note: str = GUARDED
    next: str | None = None
    """For ``after``: the page that follows."""


def table_view(
    table: Table,
    unit: UnitId,
    today: date,
    *,
    name_of: Callable[[UnitId], str],
    cases_at: Callable[[UnitId | None], str],
) -> TableView:
    """The table for a reader. ``cases_at``: the address of the cases of one line; of none, of all lines."""
    return TableView(
        form=table.form.number,
        title=table.form.title,
        confidence=table.form.confidence,
        unit=unit,
        unit_name=name_of(unit),
        first_day=table.period.first,
        last_day=table.period.last,
        period=table.period.label,
        is_over=table.period.last < today,
        columns=columns_of(table.form),
        lines=tuple(_line(line, name_of(line.unit), cases_at(line.unit)) for line in table.lines),
        total=_line(Line(unit, table.total), TOTAL_NAME, cases_at(None)),
        notes=_notes(table),
        source=SourceView(
            case_count=table.source.cases, fact_count=table.source.facts, fingerprint=table.source.fingerprint
        ),
    )


def columns_of(form: Form) -> tuple[ColumnView, ...]:
    """The columns in their statutory order."""
    return tuple(
        ColumnView(
            number=column.number,
            heading=column.heading,
            groups=column.groups,
            rule=column.rule,
            confidence=form.confidence_of(column),
            note=column.note,
        )
        for column in form.columns
    )


def entry_view(entry: Entry, count: str) -> EntryView:
    """What is told of one entry: where, which, how much."""
    return EntryView(
        unit=entry.unit,
        case_id=entry.case_id,
        session_id=entry.session_id,
        code=entry.code,
        adds=entry.amounts[count],
    )


def _line(line: Line, name: str, cases: str) -> LineView:
    figures = dict(enumerate(line.figures, start=1))
    return LineView(unit=line.unit, name=name, figures=figures, cases=cases)


def _notes(table: Table) -> tuple[str, ...]:
    form = table.form
    found = [*form.notes, *(f"Cột {column.number}: {column.note}" for column in form.columns if column.note)]
    if table.unsaid:
        found.append(f"{table.unsaid} vụ việc đã giải quyết chưa được nhập kết quả thu hồi, trả lại, kiến nghị xử lý.")
    if table.undated and form.counts_from in {"receptions", "petitions_at_reception"}:
        found.append(f"{table.undated} đơn trong kỳ không ghi cách nộp đơn nên không nằm trong biểu này.")
    return (*found, *_doubts(form), GUARDED, LATE_FACTS)


def _doubts(form: Form) -> Sequence[str]:
    return [f"Cần xác minh: {form.question}."] if form.question else []
