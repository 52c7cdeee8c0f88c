"""Sealing: person data are encrypted field by field before they reach a drawer or the bus.

A petition has its own ``DataKey``; a ``KeyRing`` of key-encryption keys wraps it; forgetting the data key makes its
fields unreadable for ever. ``StreamKey`` seals what one service says for one other service's eyes. What was sealed
for one place opens nowhere else. AES-256-GCM with a random 96-bit nonce; the first byte of a box names the algorithm.

A key file has one key a line, ``id:base64``; the last one seals, all of them open. To rotate: append a key, restart
the readers, then the writers; wrap data keys anew (``needs_rewrap``); remove the old line when nothing needs it.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Never
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from contracts.errors import Refused, Unavailable
from contracts.streams import Stream

KEY_BYTES: Final = 32

_AES_256_GCM: Final = b"\x01"
_NONCE_BYTES: Final = 12
_DISTINCT_BYTES_MIN: Final = 16
"""32 random bytes have about 30 different values; fewer than 16 never happens by chance."""
_KEY_LINE: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,31}):([A-Za-z0-9+/=]+)")
_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value belongs. It is bound into the box, so a value moved to another place does not open."""

    service: str
    collection: str
    document_id: str
    field: str

    def parts(self) -> tuple[str, str, str, str]:
        """As it is bound into the box."""
        return self.service, self.collection, self.document_id, self.field


class KeyRing:
    """Key-encryption keys by id; the last one given is the newest and seals. Shows no key in any text of itself."""

    __slots__ = ("_derived", "_keys", "newest_id")

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        """Errors: Refused("no_key"), Refused("weak_key"), Refused("key_named_twice")."""
        if not keys:
            raise Refused("no_key", "Chưa có khóa mã hóa dữ liệu.")
        for number, (_, key) in enumerate(keys, start=1):
            _check_strength(key, number)
        if len(dict(keys)) != len(keys) or len({key for _, key in keys}) != len(keys):
            raise Refused("key_named_twice", "Khóa mã hóa bị trùng mã hoặc trùng nội dung.")
        self._keys = dict(keys)
        self._derived: dict[tuple[str, str], bytes] = {}
        self.newest_id = keys[-1][0]

    @classmethod
    def from_secrets(cls, secret_lines: Iterable[SecretStr]) -> "KeyRing":
        """From settings: each ``id:base64``, the newest last."""
        return cls(_parsed(line.get_secret_value() for line in secret_lines))

    @classmethod
    def from_file(cls, path: Path) -> "KeyRing":
        """From a key file that only its owner may read.

        Errors: Refused("no_key"), Refused("key_file_open_to_others"), Refused("bad_key_line"), and those of the keys.
        """
        try:
            lines, mode = path.read_text().splitlines(), path.stat().st_mode
        except FileNotFoundError:
            raise Refused("no_key", f"Không có tệp khóa mã hóa {path.name}.") from None
        if mode & _OTHERS:
            raise Refused("key_file_open_to_others", f"Tệp khóa {path.name} phải chỉ chủ sở hữu đọc được (0600).")
        return cls(_parsed(line for line in lines if line.strip() and not line.startswith("#")))

    def seal(self, plaintext: bytes, purpose: str, *place: str) -> tuple[str, str]:
        """Key id and box; the key id is bound to the box as well."""
        key_id = self.newest_id
        return key_id, _seal(self._key(key_id, purpose), plaintext, (purpose, key_id, *place))

    def open(self, key_id: str, box: str, purpose: str, *place: str) -> bytes:
        """Errors: Unavailable("key_unknown") when the ring lacks that key; Refused("not_openable")."""
        return _open(self._key(key_id, purpose), box, (purpose, key_id, *place))

    def _key(self, key_id: str, purpose: str) -> bytes:
        derived = self._derived.get((key_id, purpose))
        if derived is None:
            key = self._keys.get(key_id)
            if key is None:
                raise Unavailable("key_unknown", "Khóa mã hóa của dữ liệu này chưa được cấu hình.", 60)
            derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"tiepdan/" + purpose.encode()).derive(key)
            self._derived[key_id, purpose] = derived
        return derived

    def __repr__(self) -> str:
        return f"KeyRing({len(self._keys)} keys, newest {self.newest_id})"

    def __reduce__(self) -> Never:
        raise TypeError("keys are not copied out of the process")


class DataKey:
    """The key of one document's person data. Wrapped, it is stored beside them; bare, it lives in memory only."""

    __slots__ = ("_key",)

    _PURPOSE: Final = "data-key"

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def create(cls) -> "DataKey":
        """A new random key."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def unwrap(cls, wrapped: str, ring: KeyRing, owner: Place) -> "DataKey":
        """Errors: Unavailable("key_unknown"); Refused("not_openable") when it was wrapped for another owner."""
        key_id, _, box = wrapped.partition(":")
        return cls(ring.open(key_id, box, cls._PURPOSE, *owner.parts()))

    def wrap(self, ring: KeyRing, owner: Place) -> str:
        """The key under the ring's newest key, as ``key id:box``; ``owner`` is where the text will stand."""
        return ":".join(ring.seal(self._key, self._PURPOSE, *owner.parts()))

    def seal(self, plaintext: bytes, place: Place) -> str:
        """The box as base64, to be stored in exactly that place."""
        return _seal(self._key, plaintext, ("field", *place.parts()))

    def open(self, box: str, place: Place) -> bytes:
        """Errors: Refused("not_openable") when the box was changed, moved, or sealed with another key."""
        return _open(self._key, box, ("field", *place.parts()))

    def __repr__(self) -> str:
        return "DataKey(…)"

    def __reduce__(self) -> Never:
        raise TypeError("keys are not copied out of the process")


class StreamKey:
    """Seals what one service says on a stream so that only one other service, holding the same ring, can read it.

    Used for ``tcd.contacts.v1``: intake seals, notify opens. Stream, subject and key id are bound to the box.
    """

    __slots__ = ("_ring",)

    _PURPOSE: Final = "stream"

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def seal(self, plaintext: bytes, stream: Stream, subject: UUID) -> tuple[str, str]:
        """Key id and box (base64): the fields ``key_id`` and ``sealed`` of the fact."""
        return self._ring.seal(plaintext, self._PURPOSE, stream.name, str(subject))

    def open(self, key_id: str, box: str, stream: Stream, subject: UUID) -> bytes:
        """Errors: Unavailable("key_unknown") until this reader gets the new key; Refused("not_openable")."""
        return self._ring.open(key_id, box, self._PURPOSE, stream.name, str(subject))

    def __repr__(self) -> str:
        return f"StreamKey({self._ring!r})"


def needs_rewrap(wrapped: str, ring: KeyRing) -> bool:
    """True when a wrapped data key stands under an older key of the ring."""
    return wrapped.partition(":")[0] != ring.newest_id


def new_key_line(key_id: str) -> str:
    """A fresh line for a key file."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def ensure_key_file(path: Path, key_id: str = "k1") -> None:
    """The key file exists, with one fresh key if it had to be made, readable by its owner only. For demo and run.

    Safe when several processes do it at once: one file wins, whole.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(new_key_line(key_id) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass  # another process made it first: its key is the key
    finally:
        temporary.unlink()


def _parsed(lines: Iterable[str]) -> list[tuple[str, bytes]]:
    return [_parsed_line(line.strip(), number) for number, line in enumerate(lines, start=1)]


def _parsed_line(line: str, number: int) -> tuple[str, bytes]:
    match = _KEY_LINE.fullmatch(line)
    try:
        if match:
            return match[1], base64.b64decode(match[2], validate=True)
    except binascii.Error:
        pass  # said below, without the line: it may hold most of a key
    raise Refused("bad_key_line", "Dòng khóa mã hóa phải có dạng mã:base64.", line=number)


def _check_strength(key: bytes, number: int) -> None:
    steps = {(second - first) % 256 for first, second in pairwise(key)}
    if len(key) != KEY_BYTES or len(set(key)) < _DISTINCT_BYTES_MIN or len(steps) == 1 or key.isascii():
        raise Refused(
            "weak_key", "Khóa mã hóa phải là 32 byte ngẫu nhiên, không dùng khóa mẫu hay mật khẩu.", key=number
        )


def _seal(key: bytes, plaintext: bytes, place: tuple[str, ...]) -> str:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    box = AESGCM(key).encrypt(nonce, plaintext, _bound(_AES_256_GCM, place))
    return base64.b64encode(_AES_256_GCM + nonce + box).decode()


def _open(key: bytes, box: str, place: tuple[str, ...]) -> bytes:
    try:
        raw = base64.b64decode(box, validate=True)
        if raw[:1] != _AES_256_GCM:
            raise _not_openable()
        nonce, sealed = raw[1 : 1 + _NONCE_BYTES], raw[1 + _NONCE_BYTES :]
        return AESGCM(key).decrypt(nonce, sealed, _bound(_AES_256_GCM, place))
    except (InvalidTag, ValueError):  # ValueError: not base64, or too short to be a box
        raise _not_openable() from None


def _bound(algorithm: bytes, place: tuple[str, ...]) -> bytes:
    """The associated data: each part with its length before it, so that no two places read the same."""
    parts = [part.encode() for part in place]
    return algorithm + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _not_openable() -> Refused:
    return Refused("not_openable", "Dữ liệu mã hóa không mở được: đã bị thay đổi hoặc không thuộc vị trí này.")
