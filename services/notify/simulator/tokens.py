"""Zalo's OAuth for an OA: access tokens that age, refresh tokens that work once."""

import hashlib
import hmac
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.notify.simulator.world import World

FIRST_REFRESH_TOKEN: Final = "sim-refresh-0"  # noqa: S105 - opens nothing but the simulator
"""What an administrator would paste after consent."""

_BAD_REFRESH: Final = -14014
_BAD_SECRET: Final = -14004
_BAD_GRANT: Final = -14002


class Tokens:
    """Tokens prove themselves (a keyed hash of the seed), so a restarted simulator still knows those it gave."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def grant(self, request: Request) -> Response:
        """POST /v4/oa/access_token."""
        form = await request.form()
        account = self._world.account
        secret = request.headers.get("secret_key", "")
        if not hmac.compare_digest(secret, account.app_secret) or form.get("app_id") != account.app_id:
            return _error(_BAD_SECRET, "Invalid app secret.")
        if form.get("grant_type") != "refresh_token":
            return _error(_BAD_GRANT, "Invalid grant type.")
        token = str(form.get("refresh_token", ""))
        generation = self._generation(token)
        if generation is None:
            return _error(_BAD_REFRESH, "Invalid refresh token.")
        if token in self._world.used_refresh:
            self._world.findings["refresh_reuse"] += 1
            return _error(_BAD_REFRESH, "Invalid refresh token.")
        self._world.used_refresh.add(token)
        return JSONResponse(self._pair(generation + 1))

    def is_good(self, token: str) -> bool:
        """True for an access token that we gave, that has not expired and was not revoked."""
        pieces = token.split(".")
        if len(pieces) != 4 or token in self._world.revoked:  # noqa: PLR2004 - a, generation, expiry, proof
            return False
        kind, generation, expiry, proof = pieces
        fits = hmac.compare_digest(proof, self._proof(kind, generation, expiry))
        return kind == "a" and fits and int(expiry) > self._world.clock.now().timestamp()

    def _pair(self, generation: int) -> dict[str, str]:
        ttl = self._world.scenario.token_ttl_seconds
        expiry = int((self._world.clock.now() + timedelta(seconds=ttl)).timestamp())
        return {
            "access_token": f"a.{generation}.{expiry}.{self._proof('a', str(generation), str(expiry))}",
            "refresh_token": f"r.{generation}.{self._proof('r', str(generation))}",
            "expires_in": str(ttl),
        }

    def _generation(self, refresh_token: str) -> int | None:
        if refresh_token == FIRST_REFRESH_TOKEN:
            return 0
        kind, _, rest = refresh_token.partition(".")
        generation, _, proof = rest.partition(".")
        fits = kind == "r" and hmac.compare_digest(proof, self._proof("r", generation))
        return int(generation) if fits else None

    def _proof(self, *parts: str) -> str:
        return hmac.digest(self._world.seed.encode(), "/".join(parts).encode(), hashlib.sha256).hex()[:32]


def _error(code: int, name: str) -> Response:
    return JSONResponse({"error": code, "error_name": name})
