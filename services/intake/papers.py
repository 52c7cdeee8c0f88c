"""Intake's cabinet: receipts under the key of their petition, books of receptions under keys of their own."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import NotFound
from contracts.facts.base import VIETNAM, KeptFile, MediaType
from contracts.ids import DocumentId, UnitId, derived
from contracts.law.forms import Forms
from contracts.units import UnitTree
from contracts.vocabulary import DocumentForm
from services.chassis.ledger.drawer import Drawer
from services.chassis.ledger.port import Collection, Scalar, Where
from services.chassis.papers.cabinet import Cabinet
from services.chassis.papers.sheet import Sheet, letterhead, rows_of
from services.chassis.seal import DataKey, KeyRing, Place
from services.chassis.vault.port import Vault
from services.intake.domain import Petition, Petitioner, Receipt
from services.intake.register import RegisterRow, book_values, receipt_values
from services.intake.store import PETITIONS, Sealing

BOOKS: Final = Collection("books", keys=("unit", "issued_by"))
_FOLDER: Final = "documents"


class Book(BaseModel):
    """A book of receptions that was issued: which days of which place, and where it is kept."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    document_id: DocumentId
    unit: UnitId
    from_on: date
    to_on: date
    issued_by: UnitId
    """Whose officer printed it, with what that unit may know: no other unit reads it."""
    issued_on: date
    row_count: int
    has_sealed_rows: bool
    """Receptions of denouncers: for who receives them only."""
    files: tuple[KeptFile, ...]
    wrapped_key: str


def book_keys(book: Book) -> Mapping[str, Scalar]:
    return {"unit": book.unit, "issued_by": book.issued_by}


class Papers:
    """Draws up, keeps and gives out receipts and books."""

    def __init__(
        self, vault: Vault, ring: KeyRing, sealing: Sealing, books: Drawer[Book], forms: Forms, units: UnitTree
    ) -> None:
        self._cabinet = Cabinet(vault, _FOLDER)
        self._ring = ring
        self._sealing = sealing
        self._books = books
        self._forms = forms
        self._units = units

    async def receipt(
        self, petition: Petition, person: Petitioner | None, items: tuple[str, ...], officer: str, now: datetime
    ) -> Receipt:
        """The receipt, set and kept. ``person``: none where identity is sealed.

        Errors: Refused("no_form_then"); those of the vault.
        """
        day = now.astimezone(VIETNAM).date()
        number = len(petition.receipts) + 1
        document_id = DocumentId(derived("receipt", petition.id, number, *items))
        unit = petition.filed.received_by
        row = self._forms.form(DocumentForm.RECEIPT, day)
        filled = self._forms.filled(
            row, receipt_values(petition, person, items, officer=officer, at=now, units=self._units)
        )
        sheet = Sheet(head=letterhead(self._units, unit, number="", day=day), filled=filled)
        key, place = self._sealing.key_of(petition), _receipt_place(petition, document_id)
        files = await self._cabinet.keep(sheet, key, place)
        return Receipt(document_id=document_id, issued_on=day, item_count=len(items), files=files)

    async def read_receipt(self, petition: Petition, document_id: DocumentId, media_type: MediaType) -> bytes:
        """Errors: NotFound("no_document")."""
        receipt = next((one for one in petition.receipts if one.document_id == document_id), None)
        file = _file(receipt.files if receipt else (), media_type)
        return await self._cabinet.read(file, self._sealing.key_of(petition), _receipt_place(petition, document_id))

    async def book(
        self, unit: UnitId, first: date, last: date, rows: tuple[RegisterRow, ...], issued_by: UnitId, now: datetime
    ) -> Book:
        """The book of a place over some days, set, kept and listed. Errors: Refused("no_form_then")."""
        day = now.astimezone(VIETNAM).date()
        document_id = DocumentId(derived("book", unit, first, last, issued_by, now.isoformat()))
        form = self._forms.form(DocumentForm.REGISTER, last)
        filled = self._forms.filled(form, book_values(self._units.get(unit, last), first, last, rows))
        sheet = Sheet(
            head=letterhead(self._units, unit, number="", day=day),
            filled=filled,
            rows=rows_of([row.cells for row in rows]),
        )
        key, place = DataKey.create(), _book_place(document_id)
        book = Book(
            document_id=document_id,
            unit=unit,
            from_on=first,
            to_on=last,
            issued_by=issued_by,
            issued_on=day,
            row_count=len(rows),
            has_sealed_rows=any(row.is_sealed for row in rows),
            files=await self._cabinet.keep(sheet, key, place),
            wrapped_key=key.wrap(self._ring, place),
        )
        await self._books.add(str(document_id), book, [])
        return book

    async def books_of(self, unit: UnitId, issued_by: UnitId, *, limit: int, after: str | None) -> list[Book]:
        """A page, by id, of the books of a place that this unit printed."""
        where = Where(equal={"unit": unit, "issued_by": issued_by})
        return [stored.state for stored in await self._books.select(where, limit=limit, after=after)]

    async def read_book(
        self, document_id: DocumentId, issued_by: UnitId, media_type: MediaType, *, with_sealed_rows: bool
    ) -> bytes:
        """A book that this unit printed. Errors: NotFound("no_document"), the same for not there and not yours."""
        stored = await self._books.find(str(document_id))
        if stored is None or stored.state.issued_by != issued_by:
            raise _no_document()
        if stored.state.has_sealed_rows and not with_sealed_rows:
            raise _no_document()
        place = _book_place(document_id)
        key = DataKey.unwrap(stored.state.wrapped_key, self._ring, place)
        return await self._cabinet.read(_file(stored.state.files, media_type), key, place)


def _file(files: tuple[KeptFile, ...], media_type: MediaType) -> KeptFile:
    file = next((one for one in files if one.media_type == media_type), None)
    if file is None:
        raise _no_document()
    return file


def _receipt_place(petition: Petition, document_id: DocumentId) -> Place:
    return Place("intake", PETITIONS.name, str(petition.id), f"receipt/{document_id}")


def _book_place(document_id: DocumentId) -> Place:
    return Place("intake", BOOKS.name, str(document_id), "book")


def _no_document() -> NotFound:
    return NotFound("no_document", "Không tìm thấy văn bản này.")
