"""Routing's cabinet: documents drawn up from cases, each under a key of its own."""

from typing import Final

from contracts.errors import NotFound
from contracts.facts.base import MediaType
from contracts.ids import CaseId, DocumentId
from contracts.units import UnitTree
from services.chassis.papers.cabinet import Cabinet
from services.chassis.papers.sheet import Sheet, letterhead
from services.chassis.seal import DataKey, KeyRing, Place
from services.chassis.vault.port import Vault
from services.routing.domain.case import Case, KeptDocument
from services.routing.domain.documents import Draft
from services.routing.store import CASES

_FOLDER: Final = "documents"


class Papers:
    """Sets, keeps and gives out the documents of cases."""

    def __init__(self, vault: Vault, ring: KeyRing) -> None:
        self._cabinet = Cabinet(vault, _FOLDER)
        self._ring = ring

    async def keep(self, case_id: CaseId, draft: Draft, units: UnitTree) -> KeptDocument:
        """The document, set and kept; whoever lists it on the case makes it known. Errors: those of the vault."""
        key, place = DataKey.create(), _place(case_id, draft.document_id)
        head = letterhead(units, draft.letterhead, number=draft.number, day=draft.issued_on)
        files = await self._cabinet.keep(Sheet(head=head, filled=draft.filled), key, place)
        return KeptDocument(
            document_id=draft.document_id,
            form=draft.filled.form,
            number=draft.number,
            issued_on=draft.issued_on,
            issued_by=draft.issued_by,
            files=files,
            wrapped_key=key.wrap(self._ring, place),
        )

    async def read(self, case: Case, document_id: DocumentId, media_type: MediaType) -> tuple[KeptDocument, bytes]:
        """A document of the case and its bytes. Errors: NotFound, also for what another service keeps."""
        kept = next((one for one in case.documents if one.document_id == document_id), None)
        if kept is None or kept.wrapped_key is None:
            raise NotFound("no_document", "Không tìm thấy văn bản này trong vụ việc.")
        file = next((one for one in kept.files if one.media_type == media_type), None)
        if file is None:
            raise NotFound("no_document", "Văn bản này không có ở dạng đó.")
        place = _place(case.case_id, document_id)
        key = DataKey.unwrap(kept.wrapped_key, self._ring, place)
        return kept, await self._cabinet.read(file, key, place)


def _place(case_id: CaseId, document_id: DocumentId) -> Place:
    return Place("routing", CASES.name, str(case_id), f"document/{document_id}")
