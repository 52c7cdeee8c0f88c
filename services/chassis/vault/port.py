"""What a vault engine promises. The same contract tests run on every engine."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Kept:
    """One version of one object. ``sha256`` is of the content as first acknowledged."""

    name: str
    version: str
    size_bytes: int
    sha256: str
    kept_at: datetime
    retain_until: datetime | None
    is_held: bool = False
    """Legal hold: not deletable whatever the date."""
    is_marker: bool = False
    """A delete marker and not content: somebody, never we, hid the object. It has no bytes and no hash; only
    ``versions`` shows it, and whoever verifies has to report it."""


def content_name(prefix: str, sha256: str, suffix: str = "") -> str:
    """A content-addressed name: writing the same bytes again is harmless, other bytes have another name."""
    return f"{prefix}/{sha256[:2]}/{sha256}{suffix}"


class Vault(Protocol):
    """Objects with versions and retention.

    Names: ``/``-separated segments of ``[a-z0-9._-]``; do not give an object the name of a folder of others, for there
    are stores that then list only one of them. Errors of every call: Unavailable("vault_away"); after
    a failed put nothing is half-written. Unavailable("vault_full") when there is no room.
    """

    name: str

    async def open(self) -> None:
        """Connect, make the bucket, prove on a probe object that retention holds.

        Errors: Refused("retention_not_kept").
        """
        ...

    async def close(self) -> None:
        """Let go."""
        ...

    async def ping(self) -> None:
        """Return when the vault answers."""
        ...

    async def put(self, name: str, content: bytes, *, sha256: str, retain_until: datetime | None = None) -> Kept:
        """Keep ``content`` under ``name`` as a new version; the same content under the same name answers the version
        there is. Errors: Refused("wrong_hash") when the bytes do not have that SHA-256, and nothing is kept."""
        ...

    async def stat(self, name: str, version: str | None = None) -> Kept:
        """What is known of it (newest version by default). Errors: NotFound("no_object")."""
        ...

    def read(
        self, name: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """Its bytes, in pieces. Errors: NotFound("no_object")."""
        ...

    async def versions(self, prefix: str) -> list[Kept]:
        """Every version below a prefix, oldest first per name, and every delete marker where the engine has such."""
        ...

    async def retain(self, name: str, version: str, until: datetime) -> Kept:
        """Keep at least until then. Errors: Refused("retention_only_grows") when that would shorten it."""
        ...

    async def hold(self, name: str, version: str, held: bool) -> Kept:
        """Put or lift a legal hold."""
        ...

    async def delete(self, name: str, version: str) -> None:
        """Remove one version, never bypassing a lock.

        Errors: Refused("retained") before its day or under a hold; NotFound("no_object").
        """
        ...
