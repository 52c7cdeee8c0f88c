"""An issuer for ``make run``, the demo and tests: it gives anybody any role, so it listens on loopback only.

    python -m services.chassis.auth.local_issuer --port 8080 --key-file data/issuer.pem
    curl -d '{"roles": ["petition_officer"], "unit": "xa-17971"}' http://127.0.0.1:8080/token

Tests mint without a server: ``issuer = LocalIssuer(); Chassis(..., issuer=issuer); issuer.bearer(Role.CITIZEN)``.
"""

import argparse
import ipaddress
import json
import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import jwt
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm
from pydantic import BaseModel, Field

from contracts.ids import derived
from contracts.vocabulary import Role

DEFAULT_ISSUER: Final = "http://127.0.0.1:8080"
_MINUTE_SECONDS: Final = 60
_BUSY: Final = 2
_CONTAINER_MARKS: Final = (Path("/.dockerenv"), Path("/run/.containerenv"))


class LocalIssuer:
    """Keys and tokens of an issuer that exists in this process. Also a ``Keys`` for ``Tokens``."""

    def __init__(
        self, issuer: str = DEFAULT_ISSUER, audience: str = "tiepdan", key: ec.EllipticCurvePrivateKey | None = None
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self._key = key or ec.generate_private_key(ec.SECP256R1())
        jwk = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self.key_id = str(derived("local-key", jwk["x"]))
        self._jwk = {**jwk, "kid": self.key_id, "use": "sig", "alg": "ES256"}
        self._public_key = PyJWK(self._jwk)

    @classmethod
    def from_file(cls, path: Path, issuer: str = DEFAULT_ISSUER, audience: str = "tiepdan") -> "LocalIssuer":
        """The issuer whose key is kept in a file (made when missing), so that tokens survive a restart."""
        if not path.exists():
            _write_key(path, ec.generate_private_key(ec.SECP256R1()))
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{path} does not hold an elliptic curve key")
        return cls(issuer, audience, key)

    def mint(
        self,
        *roles: Role,
        unit: str | None = None,
        subject: str | None = None,
        minutes: float = 60,
        claims: dict[str, Any] | None = None,
        header: dict[str, Any] | None = None,
    ) -> str:
        """An access token. ``claims`` and ``header`` override, with None to leave one out: for tests of refusal."""
        now = int(time.time())
        payload: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject or f"local-{uuid4()}",
            "iat": now,
            "exp": now + round(minutes * _MINUTE_SECONDS),
            "roles": [role.value for role in roles],
        } | ({"unit": unit} if unit else {})
        return jwt.encode(
            _without_none(payload | (claims or {})),
            self._key,
            algorithm="ES256",
            headers=_without_none({"typ": "at+jwt", "kid": self.key_id} | (header or {})),
        )

    def bearer(self, *roles: Role, unit: str | None = None, subject: str | None = None) -> dict[str, str]:
        """Request headers of a caller with these roles."""
        return {"Authorization": f"Bearer {self.mint(*roles, unit=unit, subject=subject)}"}

    def jwks(self) -> dict[str, Any]:
        """The public key, as the issuer publishes it."""
        return {"keys": [self._jwk]}

    async def key_for(self, key_id: str) -> PyJWK | None:
        return self._public_key if key_id == self.key_id else None


class TokenRequest(BaseModel):
    """What a token shall say."""

    roles: list[Role] = Field(min_length=1)
    unit: str | None = None
    subject: str | None = Field(default=None, max_length=255)
    minutes: float = Field(default=60, gt=0, le=24 * 60)


def make_issuer_app(issuer: LocalIssuer) -> FastAPI:
    """Discovery, keys and ``POST /token``."""
    app = FastAPI(title="Local issuer", docs_url=None, redoc_url=None, telemetry={"tracing": False, "metrics": False})

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return {
            "issuer": issuer.issuer,
            "jwks_uri": f"{issuer.issuer}/jwks.json",
            "token_endpoint": f"{issuer.issuer}/token",
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    @app.get("/jwks.json")
    async def keys() -> dict[str, Any]:
        return issuer.jwks()

    @app.post("/token")
    async def token(wanted: TokenRequest) -> dict[str, Any]:
        minted = issuer.mint(*wanted.roles, unit=wanted.unit, subject=wanted.subject, minutes=wanted.minutes)
        return {"access_token": minted, "token_type": "Bearer", "expires_in": round(wanted.minutes * _MINUTE_SECONDS)}

    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM. Exit codes: 2 for a busy port or an address that others could reach."""
    parser = argparse.ArgumentParser(prog="python -m services.chassis.auth.local_issuer")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--key-file", type=Path, default=Path("data/issuer.pem"))
    parser.add_argument("--audience", default="tiepdan")
    parser.add_argument("--in-container", metavar="URL", help="its address for the other containers of one network")
    options = parser.parse_args(arguments)
    if options.in_container:
        if not any(mark.exists() for mark in _CONTAINER_MARKS):
            return _refuse("--in-container is for a container: this is none")
        options.host = "0.0.0.0"  # noqa: S104 - a container's own network; compose shows it on the machine's loopback
    elif not _is_loopback(options.host):
        return _refuse(f"the local issuer gives anybody any role: it listens on loopback only, not on {options.host}")
    listener = socket.socket(socket.AF_INET6 if ":" in options.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host, options.port))
    except OSError as error:
        return _refuse(f"port {options.port} cannot be used: {error.strerror}")
    address = options.in_container or f"http://{options.host}:{listener.getsockname()[1]}"
    issuer = LocalIssuer.from_file(options.key_file, address, options.audience)
    sys.stderr.write(json.dumps({"event": "issuer.listening", "port": listener.getsockname()[1]}) + "\n")
    uvicorn.Server(uvicorn.Config(make_issuer_app(issuer), log_level="warning", access_log=False)).run([listener])
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(reason + "\n")
    return _BUSY


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(pem)


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
