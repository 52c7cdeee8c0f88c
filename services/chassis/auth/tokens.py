"""The checks of an access token (RFC 9068 profile): algorithm, type, issuer, audience, times, subject, roles, unit.

Whatever fails, the answer is the same 401; the reason is a closed code for the metric, never a piece of the token.
"""

import hashlib
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final, Protocol

import jwt
from jwt import PyJWK

from contracts.errors import TiepdanError
from contracts.vocabulary import Role
from services.chassis.auth.caller import Caller

TOKEN_MAX_BYTES: Final = 8_192
LEEWAY_SECONDS: Final = 30
REMEMBERED_TOKENS: Final = 4_096
_SUBJECT_MAX_CHARACTERS: Final = 255
_TYPES: Final = {"at+jwt", "application/at+jwt"}
_ALGORITHMS: Final = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
_REQUIRED: Final = ["iss", "aud", "exp", "iat", "sub"]
_UNIT: Final = re.compile(r"(?=.{1,40}$)[a-z]+(-[a-z0-9]+)*")
_ROLES: Final = {role.value: role for role in Role}
_REASONS: Final = {
    jwt.ExpiredSignatureError: "expired",
    jwt.ImmatureSignatureError: "not_yet_valid",
    jwt.InvalidAudienceError: "wrong_audience",
    jwt.InvalidIssuerError: "wrong_issuer",
    jwt.MissingRequiredClaimError: "claim_missing",
    jwt.InvalidSignatureError: "wrong_signature",
}


class NotAuthenticated(TiepdanError):
    """No access token, or one that does not hold. ``reason`` is a closed code for the metric, not for the caller."""

    def __init__(self, reason: str) -> None:
        super().__init__("not_authenticated", "Cần đăng nhập bằng tài khoản hợp lệ.")
        self.reason = reason


class Keys(Protocol):
    """Where the issuer's public keys come from."""

    async def key_for(self, key_id: str) -> PyJWK | None:
        """The key of that id, or none when the issuer has none. Errors: Unavailable("issuer_away")."""
        ...


@dataclass(frozen=True, slots=True)
class _Proof:
    """What a checked token proved, under which key, until when."""

    caller: Caller
    key_id: str
    key: PyJWK
    expires_at: float


class Tokens:
    """Turns an ``Authorization`` header into a caller.

    A token whose signature was checked is remembered by its hash: the same one again is asked only whether its key
    still stands and its time is not over.
    """

    def __init__(self, issuer: str, audience: str, keys: Keys) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._proofs: OrderedDict[bytes, _Proof] = OrderedDict()

    async def caller_of(self, authorization: str | None) -> Caller:
        """Who this header proves. Errors: NotAuthenticated; Unavailable("issuer_away")."""
        token = _bearer(authorization)
        digest = hashlib.sha256(token.encode()).digest()
        proof = self._proofs.get(digest)
        if proof is not None and await self._keys.key_for(proof.key_id) is proof.key:
            return self._known(digest, proof)
        key_id = _key_id(token)
        key = await self._keys.key_for(key_id)
        if key is None:
            raise NotAuthenticated("unknown_key")
        claims = self._claims(token, key)
        proof = _Proof(_caller(claims), key_id, key, float(claims["exp"]))
        self._remember(digest, proof)
        return proof.caller

    def _known(self, digest: bytes, proof: _Proof) -> Caller:
        if proof.expires_at <= time.time() - LEEWAY_SECONDS:
            self._proofs.pop(digest, None)
            raise NotAuthenticated("expired")
        return proof.caller

    def _remember(self, digest: bytes, proof: _Proof) -> None:
        self._proofs[digest] = proof
        if len(self._proofs) > REMEMBERED_TOKENS:
            self._proofs.popitem(last=False)

    def _claims(self, token: str, key: PyJWK) -> dict[str, Any]:
        algorithm = algorithm_of(key)
        if algorithm is None:
            raise NotAuthenticated("unusable_key")
        try:
            return jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": _REQUIRED},
            )
        except jwt.InvalidTokenError as error:
            raise NotAuthenticated(_REASONS.get(type(error), "invalid")) from None


def algorithm_of(key: PyJWK) -> str | None:
    """The one algorithm a key is good for: it follows from the key, never from the token."""
    if key.public_key_use not in {None, "sig"}:
        return None
    kind = key.key_type
    curve = key._jwk_data.get("crv") if kind in {"EC", "OKP"} else None  # noqa: SLF001 - PyJWK shows it nowhere else
    return _ALGORITHMS.get((kind or "", curve))


def _bearer(authorization: str | None) -> str:
    if not authorization:
        raise NotAuthenticated("no_token")
    if len(authorization) > TOKEN_MAX_BYTES:
        raise NotAuthenticated("too_long")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated("no_token")
    return token.strip()


def _key_id(token: str) -> str:
    """The key id of a token that claims to be an access token. ``jku``, ``x5u`` and ``jwk`` are never looked at."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise NotAuthenticated("malformed") from None
    if str(header.get("typ", "")).lower() not in _TYPES:
        raise NotAuthenticated("wrong_type")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise NotAuthenticated("no_key_id")
    return key_id


def _caller(claims: dict[str, Any]) -> Caller:
    subject, unit, roles = claims["sub"], claims.get("unit"), claims.get("roles", [])
    if not 0 < len(subject) <= _SUBJECT_MAX_CHARACTERS:
        raise NotAuthenticated("bad_subject")
    if unit is not None and not (isinstance(unit, str) and _UNIT.fullmatch(unit)):
        raise NotAuthenticated("bad_unit")
    if not isinstance(roles, list):
        raise NotAuthenticated("bad_roles")
    known = frozenset(_ROLES[role] for role in roles if isinstance(role, str) and role in _ROLES)
    return Caller(subject=subject, roles=known, unit=unit)
