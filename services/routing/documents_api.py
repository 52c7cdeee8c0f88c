"""Routing's door to documents: draw up on the form of the day, list, fetch as PDF or DOCX."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Response, status
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.errors import Conflict, NotFound
from contracts.facts.base import DocumentNumber, KeptFile, MediaType
from contracts.ids import CaseId, DocumentId, UnitId
from contracts.law.forms import Forms
from contracts.vocabulary import DocumentForm, Role
from services.chassis.auth.caller import Caller
from services.chassis.ledger.drawer import Stored
from services.chassis.papers.sheet import DOCX, PDF
from services.routing.api import READERS, Desk, may_see, reach_of
from services.routing.domain.acts import Decided
from services.routing.domain.case import Case, KeptDocument
from services.routing.domain.documents import Draft, Person, draft, keep
from services.routing.papers import Papers

DRAWERS_UP: Final = (
    Role.RECEIVER,
    Role.PETITION_OFFICER,
    Role.ADVISING_UNIT,
    Role.SETTLING_AUTHORITY,
    Role.CHAIR,
)
"""Who prepares documents; what gives one authority is the signature on it."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Format = Literal["pdf", "docx"]
_MEDIA_TYPES: Final[dict[Format, MediaType]] = {"pdf": PDF, "docx": DOCX}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDesk:
    """Everything the door works with."""

    desk: Desk
    papers: Papers
    forms: Forms


class Addressee(BaseModel):
    """Whom the document is for. Goes into the sealed document and nowhere else; left out: a gap to fill in by hand."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)

    full_name: Line
    address: Line | None = None


class Drawing(BaseModel):
    """What is to be drawn up."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    form: DocumentForm
    document_number: DocumentNumber | None = None
    """Which act it tells of, where there are several; or the number of a document that bears its own."""
    addressee: Addressee | None = Field(default=None, repr=False)
    """Refused where the petitioner's identity is sealed."""

    @property
    def person(self) -> Person | None:
        named = self.addressee
        return None if named is None else Person(full_name=named.full_name, address=named.address)


class DocumentView(BaseModel):
    """A document of a case."""

    document_id: DocumentId
    form: DocumentForm
    form_label: str
    document_number: str | None
    issued_on: date
    issued_by: UnitId
    issued_by_name: str
    files: tuple[KeptFile, ...]
    """What is kept, sealed: the hash proves it unchanged."""
    is_kept_here: bool
    """False for what intake keeps: receipts."""


def make_documents_api(papers: DocumentDesk, caller: Callable[..., Any]) -> APIRouter:
    """The routes of documents below a case."""
    api = APIRouter(prefix="/v1/cases/{case_id}/documents", tags=["routing"])
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made per service

    @api.post("", status_code=status.HTTP_201_CREATED, summary="Lập văn bản từ vụ việc, theo mẫu của ngày ban hành")
    async def draw_up(case_id: CaseId, drawing: Drawing, who: Who) -> DocumentView:
        who.must_be(*DRAWERS_UP)
        return _view(papers, await _drawn_up(papers, case_id, drawing, who))

    @api.get("", summary="Văn bản của vụ việc")
    async def listed(case_id: CaseId, who: Who) -> Sequence[DocumentView]:
        return [_view(papers, kept) for kept in (await _seen(papers, case_id, who)).state.documents]

    @api.get(
        "/{document_id}",
        summary="Tải văn bản",
        response_class=Response,
        responses={200: {"content": {media_type: {} for media_type in _MEDIA_TYPES.values()}}},
    )
    async def fetch(case_id: CaseId, document_id: DocumentId, who: Who, format: Format = "pdf") -> Response:  # noqa: A002
        case = (await _seen(papers, case_id, who)).state
        kept, content = await papers.papers.read(case, document_id, _MEDIA_TYPES[format])
        named = f"{kept.form}-{case.filed.code}.{format}"
        headers = {"Content-Disposition": f'attachment; filename="{named}"', "Cache-Control": "no-store"}
        return Response(content, media_type=_MEDIA_TYPES[format], headers=headers)

    return api


async def _drawn_up(papers: DocumentDesk, case_id: CaseId, drawing: Drawing, who: Caller) -> KeptDocument:
    """Filled from the case as it stands, set, kept, then listed; the case must not have changed meanwhile."""
    desk, on = papers.desk, papers.desk.clock.today()
    by = reach_of(desk, who).body
    case = (await _seen(papers, case_id, who)).state

    def filled(one: Case) -> Draft:
        return draft(
            one,
            drawing.form,
            forms=papers.forms,
            law=desk.law,
            by=by,
            on=on,
            number=drawing.document_number,
            person=drawing.person,
        )

    drafted = filled(case)
    kept = await papers.papers.keep(case_id, drafted, desk.law.units)

    def listing(one: Case) -> Decided:
        if filled(one) != drafted:
            raise Conflict("changed_meanwhile", "Hồ sơ vừa được người khác thay đổi; xin xem lại rồi làm tiếp.")
        return keep(one, kept, desk.law)

    await desk.cases.act(case_id, listing, None)
    return kept


async def _seen(papers: DocumentDesk, case_id: CaseId, who: Caller) -> Stored[Case]:
    """The case, if the caller may know of it. Errors: NotFound, the same for not there and not yours."""
    who.must_be(*READERS)
    desk = papers.desk
    reach, stored = reach_of(desk, who), await desk.cases.get(case_id)
    if not may_see(stored.state, reach):
        raise NotFound("no_case", "Không tìm thấy vụ việc.")
    return stored


def _view(papers: DocumentDesk, kept: KeptDocument) -> DocumentView:
    return DocumentView(
        document_id=kept.document_id,
        form=kept.form,
        form_label=kept.form.label,
        document_number=kept.number,
        issued_on=kept.issued_on,
        issued_by=kept.issued_by,
        issued_by_name=papers.desk.law.units.name_of(kept.issued_by),
        files=kept.files,
        is_kept_here=kept.wrapped_key is not None,
    )
