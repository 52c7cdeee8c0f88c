"""Routing's door to statistics: the forms as figures and workbook, the cases behind a figure, the public tables."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel

from contracts.errors import BadInput, NotFound
from contracts.ids import UnitId
from contracts.law.statistics import Form, official_forms
from contracts.vocabulary import Role
from services.chassis.auth.caller import Caller
from services.chassis.web.manners import answers_within
from services.routing.api import READERS, Desk, may_see, reach_of
from services.routing.domain.statistics import tables
from services.routing.domain.statistics.entries import Entry, World
from services.routing.domain.statistics.periods import Period, between, statutory
from services.routing.domain.statistics.tables import Scope
from services.routing.publication import Publication, PublicTable
from services.routing.records import Records
from services.routing.store import Reach
from services.routing.table_views import BehindView, TableView, columns_of, entry_view, table_view
from services.routing.workbook import MEDIA_TYPE, workbook

COUNTERS: Final = (*READERS, Role.RECORDS_ARCHIVIST)
"""Who may read figures; the cases behind them only who may read cases."""

ANSWER_SECONDS: Final = 60.0
"""A year of a whole province is some ten thousand cases."""

FormId = Annotated[str, Path(pattern=r"^0[1-4]-(tcd|xld|kqgq)$", description="01-tcd, 01-xld, 03-kqgq …")]


@dataclass(frozen=True, slots=True)
class StatisticsDesk:
    """Everything the door works with."""

    desk: Desk
    records: Records
    publication: Publication


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which units and days; as it came."""

    unit: UnitId | None
    is_alone: bool
    first: date | None
    last: date | None
    period: str | None


@dataclass(frozen=True, slots=True)
class Answerable:
    """What was asked, as far as the caller may ask it."""

    form: Form
    unit: UnitId
    period: Period
    scope: Scope
    reach: Reach
    world: World


class FormName(BaseModel):
    """One of the forms."""

    id: str
    number: str
    title: str


def make_statistics_api(made: StatisticsDesk, caller: Callable[..., Any]) -> APIRouter:
    """The routes below /v1/statistics and /v1/public/statistics. Errors: BadInput when the table of forms is broken."""
    api = APIRouter(tags=["statistics"])
    _add_tables(api, made, caller)
    _add_behind(api, made, caller)

    @api.get("/v1/public/statistics", summary="Số liệu công bố theo kỳ thống kê đã kết thúc")
    @answers_within(ANSWER_SECONDS)
    async def public(
        period: Annotated[str | None, Query(max_length=7, description="2026-Q3, 2026-6M, 2026-9M, 2026")] = None,
    ) -> PublicTable:
        return await made.publication.table(period)

    return api


def _add_tables(api: APIRouter, made: StatisticsDesk, caller: Callable[..., Any]) -> None:
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made per service
    Question = Annotated[Asked, Depends(_asked)]  # noqa: N806 - the same

    names = [FormName(id=form.id, number=form.number, title=form.title) for form in official_forms().values()]

    @api.get("/v1/statistics", summary="Các biểu thống kê")
    async def forms(who: Who) -> list[FormName]:
        who.must_be(*COUNTERS)
        return names

    @api.get("/v1/statistics/{form}.xlsx", summary="Biểu thống kê, bảng tính", response_class=Response)
    @answers_within(ANSWER_SECONDS)
    async def as_workbook(form: FormId, question: Question, who: Who) -> Response:
        view = await _filled_in(made, form, question, who)
        name = f"{form}-{view.unit}-{view.first_day}-{view.last_day}.xlsx"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(workbook(view), media_type=MEDIA_TYPE, headers=headers)

    @api.get("/v1/statistics/{form}", summary="Biểu thống kê: đơn vị, kỳ bất kỳ")
    @answers_within(ANSWER_SECONDS)
    async def as_figures(form: FormId, question: Question, who: Who) -> TableView:
        return await _filled_in(made, form, question, who)


def _add_behind(api: APIRouter, made: StatisticsDesk, caller: Callable[..., Any]) -> None:
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - the same
    Question = Annotated[Asked, Depends(_asked)]  # noqa: N806 - the same

    @api.get("/v1/statistics/{form}/cases", summary="Các vụ việc đằng sau một số liệu")
    @answers_within(ANSWER_SECONDS)
    async def behind(
        form: FormId,
        column: Annotated[int, Query(ge=1, le=99)],
        question: Question,
        who: Who,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[str | None, Query(max_length=120, description="Trường next của trang trước.")] = None,
    ) -> BehindView:
        who.must_be(*READERS)
        asked = await _answerable(made, form, question, who)
        wanted = asked.form.column(column)
        entries = await asyncio.to_thread(tables.behind, asked.form, wanted, asked.world, asked.period, asked.scope)
        later = [entry for entry in entries if after is None or entry.place > after]
        shown: list[Entry] = []
        for entry in later:
            if len(shown) > limit:
                break
            if await _may_be_shown(made.desk, entry, asked.reach):
                shown.append(entry)
        return BehindView(
            form=asked.form.number,
            column=columns_of(asked.form)[column - 1],
            entries=tuple(entry_view(entry, wanted.count) for entry in shown[:limit]),
            next=shown[limit - 1].place if len(shown) > limit else None,
        )


def _asked(
    unit: Annotated[
        UnitId | None, Query(max_length=40, description="Đơn vị và tất cả cấp dưới; mặc định: của người gọi.")
    ] = None,
    alone: Annotated[bool, Query(description="Chỉ riêng đơn vị đó.")] = False,
    first: Annotated[date | None, Query(alias="from", description="Ngày đầu.")] = None,
    last: Annotated[date | None, Query(alias="to", description="Ngày cuối.")] = None,
    period: Annotated[str | None, Query(max_length=7, description="Thay cho from, to: 2026-Q3, 2026-6M, 2026.")] = None,
) -> Asked:
    return Asked(unit, alone, first, last, period)


async def _filled_in(made: StatisticsDesk, form: str, question: Asked, who: Caller) -> TableView:
    who.must_be(*COUNTERS)
    asked = await _answerable(made, form, question, who)
    table = await asyncio.to_thread(tables.table, asked.form, asked.world, asked.period, asked.scope)

    def cases_at(line: UnitId | None) -> str:
        days = {"from": asked.period.first.isoformat(), "to": asked.period.last.isoformat()}
        lines = {"unit": asked.unit} if line is None else {"unit": line, "alone": "true"}
        if line is None and question.is_alone:
            lines["alone"] = "true"
        return f"/v1/statistics/{form}/cases?{urlencode({**lines, **days})}&column="

    units = made.desk.law.units
    return table_view(table, asked.unit, made.desk.clock.today(), name_of=units.name_of, cases_at=cases_at)


async def _answerable(made: StatisticsDesk, form_id: str, question: Asked, who: Caller) -> Answerable:
    """What was asked, with all that may count in it and that the caller may know of.

    Errors: NotFound("no_form"); NotFound("no_unit") for a unit outside the caller's reach; BadInput("wrong_period").
    """
    form = official_forms().get(form_id)
    if form is None:
        raise NotFound("no_form", "Không có biểu thống kê này.")
    law, reach = made.desk.law, reach_of(made.desk, who)
    period = _period(question, law.catalogue.settings.choice("statistics_year_begins"))
    day = min(period.last, made.desk.clock.today())
    unit = law.body_of(question.unit or reach.body, day)
    if unit not in reach.unit_ids:
        raise NotFound("no_unit", "Không tìm thấy đơn vị này trong phạm vi của người gọi.")
    scope = tables.scope_below(unit, law.units, day, is_alone=question.is_alone)
    world = await made.records.concerning(period, frozenset(scope.line_of))
    known = World(tables.unguarded(world.cases, reach.never), world.sessions)
    return Answerable(form, unit, period, scope, reach, known)


async def _may_be_shown(desk: Desk, entry: Entry, reach: Reach) -> bool:
    """True for a case that the caller may see, and for a session as such, which names no case."""
    if entry.case_id is None:
        return True
    try:
        stored = await desk.cases.get(entry.case_id)
    except NotFound:
        return False
    return may_see(stored.state, reach)


def _period(question: Asked, year_begins: str) -> Period:
    if question.period is not None:
        if question.first is not None or question.last is not None:
            raise BadInput("wrong_period", "Nêu hoặc period, hoặc from và to.")
        return statutory(question.period, year_begins)
    if question.first is None or question.last is None:
        raise BadInput("wrong_period", "Cần nêu kỳ báo cáo: period, hoặc from và to.")
    return between(question.first, question.last)
