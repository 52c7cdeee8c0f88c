"""Intake's door to paper: the receipt for documents handed in (02/TCD) and the book of receptions (03/TCD)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.errors import BadInput, Conflict, Forbidden
from contracts.facts.base import KeptFile, MediaType
from contracts.ids import DocumentId, PetitionId, UnitId
from contracts.law.forms import TO_FILL_IN
from contracts.vocabulary import Channel, Role
from services.chassis.auth.caller import Caller
from services.chassis.papers.sheet import DOCX, PDF
from services.intake.desk import Desk, scope_of
from services.intake.domain import Petition, Receipt, issue_receipt
from services.intake.papers import Book, Papers
from services.intake.register import RegisterRow, is_sealed, row_of

RECEIVERS: Final = (Role.RECEIVER, Role.PETITION_OFFICER)
LONGEST_BOOK_DAYS: Final = 366
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Format = Literal["pdf", "docx"]
_MEDIA_TYPES: Final[dict[Format, MediaType]] = {"pdf": PDF, "docx": DOCX}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDesk:
    """Everything the door works with."""

    desk: Desk
    papers: Papers


class Item(BaseModel):
    """One document handed in, as the receipt describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    title: Line
    sheet_count: Annotated[int, Field(ge=1, le=10_000)] | None = None
    is_original: bool = False

    @property
    def line(self) -> str:
        kind = "bản gốc" if self.is_original else "bản sao"
        sheets = "" if self.sheet_count is None else f", {self.sheet_count:02d} tờ"
        return f"{self.title}, {kind}{sheets}"


class ReceiptDrawing(BaseModel):
    """What was handed in, and who took it. Goes into the sealed receipt and nowhere else."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)

    items: Annotated[tuple[Item, ...], Field(max_length=100)] | None = None
    """Left out: the files that were handed in with the petition, by kind and hash."""
    officer_name: Line | None = None
    """Left out: a gap to fill in by hand."""


class ReceiptView(BaseModel):
    """A receipt of a petition."""

    document_id: DocumentId
    issued_on: date
    item_count: int
    files: tuple[KeptFile, ...]


class BookDrawing(BaseModel):
    """Which days of which place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: UnitId
    from_on: date
    to_on: date


class BookView(BaseModel):
    """A book of receptions that was issued."""

    document_id: DocumentId
    unit: UnitId
    unit_name: str
    from_on: date
    to_on: date
    issued_on: date
    row_count: int
    files: tuple[KeptFile, ...]


def make_papers_api(papers: PaperDesk, caller: Callable[..., Any]) -> APIRouter:
    """The routes of receipts and books."""
    api = APIRouter(prefix="/v1", tags=["intake"])
    _add_receipts(api, papers, caller)
    _add_books(api, papers, caller)
    return api


def _add_receipts(api: APIRouter, papers: PaperDesk, caller: Callable[..., Any]) -> None:
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made per service

    @api.post(
        "/petitions/{petition_id}/receipts",
        status_code=status.HTTP_201_CREATED,
        summary="Lập giấy biên nhận thông tin, tài liệu (Mẫu 02/TCD)",
    )
    async def draw_up(petition_id: PetitionId, drawing: ReceiptDrawing, who: Who) -> ReceiptView:
        who.must_be(*RECEIVERS)
        return _receipt_view(await _drawn_up(papers, petition_id, drawing, who))

    @api.get("/petitions/{petition_id}/receipts", summary="Các giấy biên nhận của đơn")
    async def listed(petition_id: PetitionId, who: Who) -> Sequence[ReceiptView]:
        who.must_be(*RECEIVERS)
        petition = await papers.desk.petitions.in_scope(petition_id, scope_of(papers.desk, who))
        return [_receipt_view(receipt) for receipt in petition.receipts]

    @api.get("/petitions/{petition_id}/receipts/{document_id}", summary="Tải giấy biên nhận", response_class=Response)
    async def fetch(petition_id: PetitionId, document_id: DocumentId, who: Who, format: Format = "pdf") -> Response:  # noqa: A002
        who.must_be(*RECEIVERS)
        petition = await papers.desk.petitions.in_scope(petition_id, scope_of(papers.desk, who))
        content = await papers.papers.read_receipt(petition, document_id, _MEDIA_TYPES[format])
        return _file(content, f"receipt-{petition.code}", format)


def _add_books(api: APIRouter, papers: PaperDesk, caller: Callable[..., Any]) -> None:
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made per service

    @api.get("/register", summary="Sổ tiếp công dân (Mẫu 03/TCD), từng lượt")
    async def rows(who: Who, unit: UnitId, from_on: date, to_on: date) -> Sequence[RegisterRow]:
        who.must_be(*RECEIVERS)
        return await _rows(papers, BookDrawing(unit=unit, from_on=from_on, to_on=to_on), who)

    @api.post("/registers", status_code=status.HTTP_201_CREATED, summary="In sổ tiếp công dân, lưu vào kho")
    async def issue(drawing: BookDrawing, who: Who) -> BookView:
        found, now = await _rows(papers, drawing, _receiver(who)), papers.desk.clock.now()
        book = await papers.papers.book(drawing.unit, drawing.from_on, drawing.to_on, found, _unit_of(who), now)
        return _book_view(papers, book)

    @api.get("/registers", summary="Các sổ đã in của một nơi tiếp công dân")
    async def issued(
        who: Who, unit: UnitId, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: DocumentId | None = None
    ) -> Sequence[BookView]:
        _must_be_ours(papers, unit, _receiver(who))
        page = None if after is None else str(after)
        found = await papers.papers.books_of(unit, _unit_of(who), limit=limit, after=page)
        return [_book_view(papers, book) for book in found]

    @api.get("/registers/{document_id}", summary="Tải sổ đã in", response_class=Response)
    async def fetch(document_id: DocumentId, who: Who, format: Format = "pdf") -> Response:  # noqa: A002
        unit = _unit_of(_receiver(who))
        content = await papers.papers.read_book(
            document_id, unit, _MEDIA_TYPES[format], with_sealed_rows=Role.RECEIVER in who.roles
        )
        return _file(content, f"register-{document_id}", format)


async def _drawn_up(papers: PaperDesk, petition_id: PetitionId, drawing: ReceiptDrawing, who: Caller) -> Receipt:
    desk = papers.desk
    petition = await desk.petitions.in_scope(petition_id, scope_of(desk, who))
    items = _attached(petition) if drawing.items is None else tuple(item.line for item in drawing.items)
    person = None if is_sealed(petition) else desk.sealing.open_person(petition)
    receipt = await papers.papers.receipt(petition, person, items, drawing.officer_name or TO_FILL_IN, desk.clock.now())

    def issuing(current: Petition) -> Any:
        if len(current.receipts) != len(petition.receipts):
            raise Conflict("changed_meanwhile", "Hồ sơ vừa được người khác thay đổi; xin xem lại rồi làm tiếp.")
        return issue_receipt(current, receipt)

    await desk.petitions.decide(petition_id, issuing)
    return receipt


def _attached(petition: Petition) -> tuple[str, ...]:
    """The files handed in, by kind and the beginning of their hash."""
    return tuple(
        f"Tài liệu {number}: tệp {one.media_type}, {one.size_bytes} byte, mã băm SHA-256 {one.sha256[:16]}…"
        for number, one in enumerate(petition.attachments, start=1)
    )


async def _rows(papers: PaperDesk, drawing: BookDrawing, who: Caller) -> tuple[RegisterRow, ...]:
    """Every reception at the counter of that place on those days that the caller may know of."""
    desk = papers.desk
    _must_be_ours(papers, drawing.unit, who)
    if not timedelta(0) <= drawing.to_on - drawing.from_on < timedelta(days=LONGEST_BOOK_DAYS):
        raise BadInput("wrong_days", f"Sổ gồm từ một đến {LONGEST_BOOK_DAYS} ngày, ngày đầu không sau ngày cuối.")
    scope = scope_of(desk, who)
    here = replace(scope, equal={**scope.equal, "received_by": drawing.unit})
    found: list[RegisterRow] = []
    for number in range((drawing.to_on - drawing.from_on).days + 1):
        for petition in await desk.petitions.received_on(drawing.from_on + timedelta(days=number), here):
            if petition.filed.channel is Channel.COUNTER:
                found.append(await _row(papers, len(found) + 1, petition))
    return tuple(found)


async def _row(papers: PaperDesk, number: int, petition: Petition) -> RegisterRow:
    desk, sealed = papers.desk, is_sealed(petition)
    return row_of(
        number,
        petition,
        None if sealed else desk.sealing.open_person(petition),
        None if sealed else desk.sealing.open_content(petition),
        steps=(await desk.timelines.of(petition.id)).steps,
        body=desk.units.body_of(petition.filed.received_by, desk.clock.today()),
        name_of=desk.units.name_of,
    )


def _receiver(who: Caller) -> Caller:
    who.must_be(*RECEIVERS)
    return who


def _unit_of(who: Caller) -> UnitId:
    """Errors: Forbidden("not_your_unit") for who acts for no unit."""
    if who.unit is None:
        raise Forbidden("not_your_unit", "Không xem được sổ của đơn vị khác.")
    return who.unit


def _must_be_ours(papers: PaperDesk, unit: UnitId, who: Caller) -> None:
    """Errors: Forbidden("not_your_unit"), the same for a place that is not there."""
    desk = papers.desk
    today = desk.clock.today()
    if not desk.units.covers(desk.units.body_of(_unit_of(who), today), unit, today):
        raise Forbidden("not_your_unit", "Không xem được sổ của đơn vị khác.")


def _file(content: bytes, name: str, format: Format) -> Response:  # noqa: A002 - as the caller says it
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"', "Cache-Control": "no-store"}
    return Response(content, media_type=_MEDIA_TYPES[format], headers=headers)


def _receipt_view(receipt: Receipt) -> ReceiptView:
    return ReceiptView(
        document_id=receipt.document_id,
        issued_on=receipt.issued_on,
        item_count=receipt.item_count,
        files=receipt.files,
    )


def _book_view(papers: PaperDesk, book: Book) -> BookView:
    return BookView(
        document_id=book.document_id,
        unit=book.unit,
        unit_name=papers.desk.units.name_of(book.unit),
        from_on=book.from_on,
        to_on=book.to_on,
        issued_on=book.issued_on,
        row_count=book.row_count,
        files=book.files,
    )
