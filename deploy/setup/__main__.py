"""Make what ``deploy/compose.yaml`` must be given and no repository may hold: ``python -m deploy.setup``.

``deploy/.env`` (passwords and derivation secrets) and ``deploy/secrets/`` (keys that seal person data). What is there
stays: losing a key is losing what it sealed, so keep a copy of both where the province keeps such things.
"""

import base64
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parents[1]
KEY_FILES: Final = ("intake.keys", "routing.keys", "contacts.keys")
_MADE: Final[Mapping[str, Callable[[], str]]] = {
    "S3_ACCESS_KEY": lambda: f"tiepdan-{secrets.token_hex(4)}",
    "S3_SECRET_KEY": lambda: secrets.token_urlsafe(32),
    "TCD_INTAKE_RECEIPT_SECRET": lambda: secrets.token_urlsafe(48),
    "TCD_ROUTING_PUBLIC_ID_SECRET": lambda: secrets.token_urlsafe(48),
    "TCD_NOTIFY_RECEIPT_SECRET": lambda: secrets.token_urlsafe(48),
}


def main(folder: Path = HERE) -> int:
    """Say what was made and what was there."""
    made = [_environment(folder / ".env"), *(_key(folder / "secrets", name) for name in KEY_FILES)]
    for path, is_new in made:
        print(f"setup: {path.relative_to(folder)} {'made' if is_new else 'is there, left alone'}")
    return 0


def _environment(path: Path) -> tuple[Path, bool]:
    text = "".join(f"{name}={make()}\n" for name, make in _MADE.items())
    return path, _written(path, text, mode=0o600)


def _key(folder: Path, name: str) -> tuple[Path, bool]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}\n"
    return folder / name, _written(folder / name, text, mode=0o600)


def _written(path: Path, text: str, mode: int) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    return True


if __name__ == "__main__":
    sys.exit(main())
