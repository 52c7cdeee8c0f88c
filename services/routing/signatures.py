"""Plans of the calendar are signed: a detached Ed25519 signature by a key that this installation lists.

It proves that the holder of the key saw exactly this plan. It is not a qualified digital signature of a person under
the law on e-transactions: whose key it is, the province writes down where it keeps the key.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contracts.errors import BadInput, Refused
from contracts.facts.calendar import CalendarPlan
from services.routing.domain.calendar_book import Signature

_KEY_BYTES: Final = 32
_HEAD: Final = b"tiepdan calendar plan v1\n"


def signed_text(plan: CalendarPlan) -> bytes:
    """What is signed: one line that says what it is, then the plan as JSON with sorted keys and no spaces."""
    said = plan.model_dump(mode="json")
    return _HEAD + json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign(plan: CalendarPlan, private_key: bytes) -> str:
    """The signature of a plan, Base64; ``private_key``: the 32 raw bytes of an Ed25519 key."""
    return b64encode(Ed25519PrivateKey.from_private_bytes(private_key).sign(signed_text(plan))).decode()


def new_key() -> tuple[bytes, str]:
    """A private key, raw, and its public key, Base64, as ``Signers`` wants it."""
    private = Ed25519PrivateKey.generate()
    return private.private_bytes_raw(), b64encode(private.public_key().public_bytes_raw()).decode()


class Signers:
    """Whose signatures count, by the name of the key."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        """``keys``: name → the 32 raw bytes of an Ed25519 public key, Base64. Errors: BadInput("bad_signer_key")."""
        self._keys = {name: _public_key(name, text) for name, text in keys.items()}

    def check(self, plan: CalendarPlan, signer: str, signature: str) -> Signature:
        """The signature, verified. Errors: Refused("unknown_signer"), Refused("bad_signature")."""
        key = self._keys.get(signer)
        if key is None:
            raise Refused("unknown_signer", "Khóa ký này không có trong danh sách khóa được ký lịch làm việc.")
        try:
            raw = b64decode(signature, validate=True)
            key.verify(raw, signed_text(plan))
        except (InvalidSignature, NotBase64) as error:
            raise Refused("bad_signature", "Chữ ký không đúng với nội dung lịch được nhập.") from error
        return Signature(signer=signer, value=signature, sha256=hashlib.sha256(raw).hexdigest())


def _public_key(name: str, text: str) -> Ed25519PublicKey:
    try:
        raw = b64decode(text, validate=True)
    except NotBase64:
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise BadInput("bad_signer_key", f"Khóa ký lịch “{name}” phải là 32 byte Ed25519, dạng Base64.")
    return Ed25519PublicKey.from_public_bytes(raw)
