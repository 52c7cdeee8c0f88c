"""Where set documents are kept: in the vault, sealed, for their words may name a person."""

import asyncio
import hashlib
from typing import Final

from contracts.facts.base import KeptFile, MediaType
from services.chassis.papers.press import Press
from services.chassis.papers.sheet import DOCX, PDF, Sheet
from services.chassis.seal import DataKey, Place
from services.chassis.vault.port import Vault, content_name

MEDIA_TYPES: Final[tuple[MediaType, ...]] = (PDF, DOCX)
"""In what a document is kept: to be read and proved, and to be worked on."""


class Cabinet:
    """Sets sheets, seals them and keeps them. ``folder``: where in the vault."""

    def __init__(self, vault: Vault, folder: str) -> None:
        self._vault = vault
        self._folder = folder
        self._press = Press()

    async def keep(self, sheet: Sheet, key: DataKey, place: Place) -> tuple[KeptFile, ...]:
        """The sheet as PDF and as DOCX, each sealed for its place. Errors: those of ``Vault.put``."""
        return tuple([await self._keep(sheet, media_type, key, place) for media_type in MEDIA_TYPES])

    async def read(self, file: KeptFile, key: DataKey, place: Place) -> bytes:
        """The document as it was set. Errors: NotFound("no_object"), Refused("not_openable") when it was changed."""
        pieces = [piece async for piece in self._vault.read(content_name(self._folder, file.sha256))]
        return key.open(b"".join(pieces).decode(), _of(place, file.media_type))

    async def _keep(self, sheet: Sheet, media_type: MediaType, key: DataKey, place: Place) -> KeptFile:
        content = await asyncio.to_thread(self._press.set, sheet, media_type)
        box = key.seal(content, _of(place, media_type)).encode()
        digest = hashlib.sha256(box).hexdigest()
        await self._vault.put(content_name(self._folder, digest), box, sha256=digest)
        return KeptFile(media_type=media_type, sha256=digest, size_bytes=len(content))


def _of(place: Place, media_type: MediaType) -> Place:
    return Place(place.service, place.collection, place.document_id, f"{place.field}/{media_type}")
