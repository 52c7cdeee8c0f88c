"""Zalo's tokens: the refresh token works once, so one writer at a time, and the new pair is kept before it is used.

Kept sealed. One replica refreshes under a short lease on the document; the others wait for what it writes.
"""

import asyncio
import hashlib
from datetime import datetime, timedelta
from typing import Final

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

from contracts.errors import Conflict, Unavailable
from services.chassis.clock import Clock
from services.chassis.ledger.drawer import Drawer, Stored
from services.chassis.ledger.port import Collection
from services.chassis.seal import KeyRing
from services.notify.domain.answers import Answer
from services.notify.senders.wire import call

ZALO_TOKENS: Final = Collection("zalo_tokens")

_PURPOSE: Final = "zalo-token"
_USED_SHARE: Final = 0.8
"""Refreshed when this share of its life is over."""
_LEASE: Final = timedelta(seconds=15)
_WAIT_SECONDS: Final = 20.0
_LOOK_AGAIN_SECONDS: Final = 0.25


class TokenPair(BaseModel):
    """The pair as it is kept: both sealed. ``origin`` tells which pasted token it grew from."""

    model_config = ConfigDict(frozen=True)

    key_id: str
    access: str
    refresh: str
    refresh_at: datetime
    generation: int
    origin: str
    lease_until: datetime | None = None


class ZaloTokens:
    """Hands out a good access token; refreshes single-flight."""

    def __init__(
        self,
        drawer: Drawer[TokenPair],
        ring: KeyRing,
        client: httpx.AsyncClient,
        clock: Clock,
        *,
        oa_id: str,
        app_id: str,
        app_secret: SecretStr,
        first_refresh_token: SecretStr,
        within_seconds: float,
    ) -> None:
        self._drawer = drawer
        self._ring = ring
        self._client = client
        self._clock = clock
        self._oa_id = oa_id
        self._app_id = app_id
        self._app_secret = app_secret
        self._first = first_refresh_token
        self._within_seconds = within_seconds
        self._lock = asyncio.Lock()
        self._held: tuple[str, datetime] | None = None
        """The token read last and until when it is good: every send reading it, one after the other, was a queue."""

    async def good(self, instead_of: str | None = None) -> str:
        """An access token that is not ``instead_of``. Errors: Unavailable("zalo_token_away").

        One that was read is handed out until its time is over or Zalo refuses it: another replica's refresh ends it.
        """
        if (held := self._still_held(instead_of)) is not None:
            return held
        async with self._lock:
            try:
                async with asyncio.timeout(_WAIT_SECONDS):
                    return await self._good(instead_of)
            except TimeoutError:
                raise _away() from None

    def _still_held(self, instead_of: str | None) -> str | None:
        if self._held is None or self._held[0] == instead_of or self._clock.now() >= self._held[1]:
            return None
        return self._held[0]

    async def _good(self, instead_of: str | None) -> str:
        while (held := self._still_held(instead_of)) is None:
            try:
                stored = await self._stored()
                token = self._usable(stored.state, instead_of)
                if token is not None:
                    return token
                leased = await self._leased(stored)
            except Conflict:  # another replica wrote first: read what it wrote
                leased = None
            if leased is not None:
                return await self._refreshed(leased)
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        return held

    def _usable(self, pair: TokenPair, instead_of: str | None) -> str | None:
        if pair.generation == 0 or self._clock.now() >= pair.refresh_at:
            return None
        token = self._opened(pair, "access")
        if token == instead_of:
            return None
        self._held = (token, pair.refresh_at)
        return token

    async def _stored(self) -> Stored[TokenPair]:
        stored = await self._drawer.find(self._oa_id)
        origin = hashlib.sha256(self._first.get_secret_value().encode()).hexdigest()
        if stored is not None and stored.state.origin == origin:
            return stored
        pair = self._sealed("", self._first.get_secret_value(), self._clock.now(), 0, origin)
        if stored is None:
            return await self._drawer.add(self._oa_id, pair, [])
        return await self._drawer.save(stored, pair, [])

    async def _leased(self, stored: Stored[TokenPair]) -> Stored[TokenPair] | None:
        now = self._clock.now()
        if stored.state.lease_until is not None and now < stored.state.lease_until:
            return None
        return await self._drawer.save(stored, stored.state.model_copy(update={"lease_until": now + _LEASE}), [])

    async def _refreshed(self, stored: Stored[TokenPair]) -> str:
        answer = await call(
            self._client,
            "POST",
            "/v4/oa/access_token",
            data={
                "refresh_token": self._opened(stored.state, "refresh"),
                "app_id": self._app_id,
                "grant_type": "refresh_token",
            },
            headers={"secret_key": self._app_secret.get_secret_value()},
            within_seconds=self._within_seconds,
        )
        if isinstance(answer, Answer) or not (answer.get("access_token") and answer.get("refresh_token")):
            raise _away()
        life = timedelta(seconds=int(answer["expires_in"]) * _USED_SHARE)
        pair = self._sealed(
            str(answer["access_token"]),
            str(answer["refresh_token"]),
            self._clock.now() + life,
            stored.state.generation + 1,
            stored.state.origin,
        )
        await self._drawer.save(stored, pair, [])  # kept before it is used
        token = str(answer["access_token"])
        self._held = (token, pair.refresh_at)
        return token

    def _sealed(self, access: str, refresh: str, refresh_at: datetime, generation: int, origin: str) -> TokenPair:
        key_id, sealed_access = self._ring.seal(access.encode(), _PURPOSE, self._oa_id, "access")
        _, sealed_refresh = self._ring.seal(refresh.encode(), _PURPOSE, self._oa_id, "refresh")
        return TokenPair(
            key_id=key_id,
            access=sealed_access,
            refresh=sealed_refresh,
            refresh_at=refresh_at,
            generation=generation,
            origin=origin,
        )

    def _opened(self, pair: TokenPair, which: str) -> str:
        box = pair.access if which == "access" else pair.refresh
        return self._ring.open(pair.key_id, box, _PURPOSE, self._oa_id, which).decode()


def _away() -> Unavailable:
    return Unavailable("zalo_token_away", "Chưa lấy được mã truy cập Zalo.", 30)
