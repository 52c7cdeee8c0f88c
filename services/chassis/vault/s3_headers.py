"""How what we know of an object stands in S3 headers: written with it, read with it. Knows no driver."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from services.chassis.vault.access import Mode
from services.chassis.vault.port import Kept
from services.chassis.vault.words import damaged

MARKER: Final = "x-amz-delete-marker"
LOCK_MODE: Final = "x-amz-object-lock-mode"

_SHA256: Final = "x-amz-meta-sha256"
_KEPT_AT: Final = "x-amz-meta-kept-at"
_CHECKSUM: Final = "x-amz-checksum-sha256"
_UNTIL: Final = "x-amz-object-lock-retain-until-date"
_HOLD: Final = "x-amz-object-lock-legal-hold"


def headers_of(sha256: str, kept_at: datetime, until: datetime | None, mode: Mode) -> dict[str, str]:
    """What travels with the bytes: their hash as the store's checksum and as our note, and until when they are kept."""
    headers = {
        "Content-Type": "application/octet-stream",
        "x-amz-sdk-checksum-algorithm": "SHA256",
        _CHECKSUM: _base64_of(sha256),
        _SHA256: sha256,
        _KEPT_AT: kept_at.isoformat(),
    }
    if until:
        headers[LOCK_MODE] = mode
        headers[_UNTIL] = f"{until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return headers


def kept_of(name: str, version: str, size_bytes: int, known: Mapping[str, str]) -> Kept:
    """What the store says of a version. Errors: Unavailable("vault_damaged") when it has no note of ours, or the note
    and the store's checksum do not agree."""
    sha256, checksum = known.get(_SHA256), known.get(_CHECKSUM)
    if sha256 is None or (checksum is not None and checksum != _base64_of(sha256)):
        raise damaged(name)
    until = known.get(_UNTIL)
    return Kept(
        name,
        version,
        size_bytes,
        sha256,
        datetime.fromisoformat(known[_KEPT_AT]),
        datetime.fromisoformat(until) if until else None,
        known.get(_HOLD) == "ON",
    )


def _base64_of(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()
