"""The proof that a vault keeps retention, asked of every engine at its start."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from contracts.errors import Refused
from services.chassis.vault.port import Kept, Vault

PROBE_NAME: Final = "probe/retention"
"""Where the probe object stands; it is written once and its retention grows with every start."""

_CONTENT: Final = b"tiepdan: this object must not be deletable before its day\n"
_KEPT_FOR: Final = timedelta(minutes=10)


async def prove_retention(vault: Vault, now: datetime) -> None:
    """Keep a probe object, then try to shorten its retention and to delete it: both must be refused.

    Errors: Refused("retention_not_kept") when the vault lets one of them happen, or forgets the date.
    """
    until = now + _KEPT_FOR
    await vault.put(PROBE_NAME, _CONTENT, sha256=hashlib.sha256(_CONTENT).hexdigest(), retain_until=until)
    kept = await vault.stat(PROBE_NAME)
    if kept.retain_until is None or kept.retain_until < until:
        raise _not_kept("date_forgotten")
    if not await _refuses_to_shorten(vault, kept, now):
        raise _not_kept("date_shortened")
    if not await _refuses_to_delete(vault, kept):
        raise _not_kept("object_deleted")


async def _refuses_to_shorten(vault: Vault, kept: Kept, now: datetime) -> bool:
    try:
        await vault.retain(PROBE_NAME, kept.version, now + timedelta(seconds=1))
    except Refused:
        return True
    return False


async def _refuses_to_delete(vault: Vault, kept: Kept) -> bool:
    try:
        await vault.delete(PROBE_NAME, kept.version)
    except Refused:
        return True
    return False


def _not_kept(finding: str) -> Refused:
    return Refused("retention_not_kept", "Kho lưu trữ không bảo đảm thời hạn lưu, không được dùng.", finding=finding)
