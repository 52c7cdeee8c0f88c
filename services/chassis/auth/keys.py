"""The issuer's public keys over HTTP: found by discovery, kept, refreshed, and trusted only for so long.

An issuer that is away does not lock anybody out at once: known keys hold for ``KEEP_SECONDS``, then every token is
refused with 503 (fail closed). An unknown key id asks the issuer again, at most every ``RETRY_SECONDS``.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jwt
from jwt import PyJWK

from contracts.errors import Unavailable
from services.chassis.auth.tokens import algorithm_of
from services.chassis.telemetry.logs import fault_of, get_log

REFRESH_SECONDS: Final = 600.0
KEEP_SECONDS: Final = 4 * 3600.0
RETRY_SECONDS: Final = 15.0
_ANSWER_MAX_BYTES: Final = 262_144
_TIMEOUT_SECONDS: Final = 3.0
_KEYS_MAX: Final = 32

log = get_log()


class RemoteKeys:
    """Keys of one issuer. ``jwks_url`` unset: asked from ``<issuer>/.well-known/openid-configuration``."""

    def __init__(
        self,
        issuer: str,
        jwks_url: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._transport = transport
        self._seconds = seconds
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._one_at_a_time = asyncio.Lock()

    async def key_for(self, key_id: str) -> PyJWK | None:
        """The key, from memory if it is fresh. Errors: Unavailable("issuer_away") when what is known is too old."""
        if key_id not in self._keys or self._age() > REFRESH_SECONDS:
            await self._refresh(key_id)
        if self._age() > KEEP_SECONDS:
            raise Unavailable("issuer_away", "Chưa kiểm tra được đăng nhập; xin thử lại sau ít phút.")
        return self._keys.get(key_id)

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._seconds() - self._fetched_at

    def _may_try(self) -> bool:
        return self._tried_at is None or self._seconds() - self._tried_at >= RETRY_SECONDS

    async def _refresh(self, key_id: str) -> None:
        async with self._one_at_a_time:
            if (key_id in self._keys and self._age() <= REFRESH_SECONDS) or not self._may_try():
                return
            self._tried_at = self._seconds()
            try:
                self._keys = await self._fetch()
                self._fetched_at = self._seconds()
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                log.warning("auth.keys_not_refreshed", **fault_of(error))

    async def _fetch(self) -> dict[str, PyJWK]:
        async with httpx.AsyncClient(transport=self._transport, timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            url = self._jwks_url or await self._discover(client)
            document = await _get_json(client, url)
        listed = document["keys"]
        if not isinstance(listed, list):
            raise TypeError("the issuer's keys are not a list")
        usable = [key for raw in listed[:_KEYS_MAX] if (key := _usable(raw))]
        keys = {key.key_id: key for key in usable if key.key_id}
        if not keys:
            raise ValueError("the issuer shows no usable key: rather keep those we know")
        return keys

    async def _discover(self, client: httpx.AsyncClient) -> str:
        document = await _get_json(client, self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if document["issuer"] != self._issuer:
            raise ValueError("the discovery document belongs to another issuer")
        url = str(document["jwks_uri"])
        if urlsplit(self._issuer).scheme == "https" and urlsplit(url).scheme != "https":
            raise ValueError("keys of an https issuer are fetched by https")
        return url


async def _get_json(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    async with client.stream("GET", url, follow_redirects=False) as answer:
        answer.raise_for_status()
        body = b""
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > _ANSWER_MAX_BYTES:
                raise ValueError("the issuer's answer is too long")
    document = httpx.Response(200, content=body).json()
    if not isinstance(document, dict):
        raise TypeError("the issuer's answer is not an object")
    return document


def _usable(raw: Any) -> PyJWK | None:
    """A public signing key of a pinned algorithm; everything else (``oct`` above all) is left out."""
    try:
        key = PyJWK(raw)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError):
        return None
    return key if algorithm_of(key) else None
