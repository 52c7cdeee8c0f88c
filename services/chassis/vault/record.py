"""What a folder vault writes down of one version of an object, and where it stands."""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from services.chassis.vault.port import Kept

_VERSION: Final = re.compile(r"\d{8}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one version of one object stands."""

    folder: Path
    version: str

    @property
    def content(self) -> Path:
        return self.folder / f"{self.version}.bin"

    @property
    def record(self) -> Path:
        return self.folder / f"{self.version}.json"


def is_version(text: str) -> bool:
    return _VERSION.fullmatch(text) is not None


def next_version(newest: Kept | None) -> str:
    """Later versions sort later; the random part keeps a deleted version's id from coming back."""
    number = int(newest.version.split("-")[0]) + 1 if newest else 1
    return f"{number:08d}-{secrets.token_hex(4)}"


def written(kept: Kept) -> bytes:
    """The record of a version."""
    known = {
        "name": kept.name,
        "size_bytes": kept.size_bytes,
        "sha256": kept.sha256,
        "kept_at": kept.kept_at.isoformat(),
        "retain_until": kept.retain_until.isoformat() if kept.retain_until else None,
        "is_held": kept.is_held,
    }
    return json.dumps(known, indent=1).encode()


def read(record: bytes, version: str) -> Kept:
    """What a record says. Errors: ValueError, KeyError, TypeError when it is none."""
    known = json.loads(record)
    return Kept(
        name=known["name"],
        version=version,
        size_bytes=known["size_bytes"],
        sha256=known["sha256"],
        kept_at=datetime.fromisoformat(known["kept_at"]),
        retain_until=datetime.fromisoformat(known["retain_until"]) if known["retain_until"] else None,
        is_held=known["is_held"],
    )
