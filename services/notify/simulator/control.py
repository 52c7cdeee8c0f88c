"""The control plane, ``/__sim``: look into the ledger, change the weather, assert in one call."""

import asyncio
import dataclasses
import hmac
import statistics
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notify.simulator.settings import Scenario
from services.notify.simulator.world import Message, World
from services.notify.simulator.zalo import Zalo

_LONGEST_WAIT_SECONDS: Final = 60.0
_ENOUGH_FOR_QUANTILES: Final = 2


class Expectation(BaseModel):
    """What must hold; ``within_s`` waits for it that long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    no_duplicates: bool = False
    none_at_night: bool = False
    max_rps: int | None = None
    messages: int | None = None
    delivered: int | None = None
    phone: str | None = None
    profile: str | None = None
    within_s: float = 0.0


class Control:
    """Only for tests and the demo: it shows telephone numbers and texts."""

    def __init__(self, world: World, zalo: Zalo, key: str | None) -> None:
        self._world = world
        self._zalo = zalo
        self._key = key
        self._start = world.scenario

    def routes(self) -> list[Route]:
        """The control plane's doors."""
        doors = [
            ("/reset", self.reset, "POST"),
            ("/clock", self.clock, "POST"),
            ("/scenario", self.scenario, "PUT"),
            ("/templates", self.templates, "PUT"),
            ("/token/revoke", self.revoke, "POST"),
            ("/ledger", self.ledger, "GET"),
            ("/stats", self.stats, "GET"),
            ("/expect", self.expect, "POST"),
        ]
        return [Route(path, self._guarded(door), methods=[method]) for path, door, method in doors]

    def _guarded(self, door: Any) -> Any:
        async def guarded(request: Request) -> Response:
            if self._key and not hmac.compare_digest(request.headers.get("x-sim-key", ""), self._key):
                return JSONResponse({"error": "key"}, status_code=403)
            try:
                answer: Response = await door(request)
            except ValidationError as error:
                return JSONResponse({"error": error.errors(include_url=False)}, status_code=422)
            return answer

        return guarded

    async def reset(self, _: Request) -> Response:
        """Forget everything; the scenario of the start is back."""
        self._world.forget()
        self._world.scenario = self._start
        self._zalo.disabled.clear()
        return JSONResponse({"is_reset": True})

    async def clock(self, request: Request) -> Response:
        """Move the simulated time on: ``{"advance_s": 7200}``."""
        self._world.clock.advance(float((await request.json())["advance_s"]))
        return JSONResponse({"now": self._world.clock.now().isoformat()})

    async def scenario(self, request: Request) -> Response:
        """Change the weather: what is named is replaced."""
        changed = {**self._world.scenario.model_dump(), **await request.json()}
        self._world.scenario = Scenario.model_validate(changed)
        self._world.strikes.clear()
        return JSONResponse(self._world.scenario.model_dump())

    async def templates(self, request: Request) -> Response:
        """Switch templates off or on: ``{"disabled": ["400001"]}``."""
        self._zalo.disabled = set((await request.json())["disabled"])
        return JSONResponse({"disabled": sorted(self._zalo.disabled)})

    async def revoke(self, request: Request) -> Response:
        """An access token stops working before its time."""
        self._world.revoked.add((await request.json())["access_token"])
        return JSONResponse({"revoked": len(self._world.revoked)})

    async def ledger(self, request: Request) -> Response:
        """Every accepted message, oldest first; by phone, request id or profile."""
        query = request.query_params
        found = self._select(query.get("phone"), query.get("profile"), query.get("tracking_id"))
        return JSONResponse([_shown(message) for message in found])

    async def stats(self, _: Request) -> Response:
        """Counts by code, latencies, peaks and findings."""
        timings = sorted(self._world.timings_ms)
        has_quantiles = len(timings) >= _ENOUGH_FOR_QUANTILES
        cuts = statistics.quantiles(timings, n=100) if has_quantiles else [0.0] * 99
        return JSONResponse(
            {
                "messages": len(self._world.messages),
                "delivered": sum(1 for one in self._world.messages if one.delivered),
                "duplicates": self._world.duplicates(),
                "codes": dict(self._world.codes),
                "findings": dict(self._world.findings),
                "peak_per_second": max(self._world.seconds.values(), default=0),
                "p50_ms": cuts[49],
                "p99_ms": cuts[98],
                "is_webhook_disabled": self._world.is_webhook_disabled,
            }
        )

    async def expect(self, request: Request) -> Response:
        """200 when everything holds, else 409 with the differences."""
        wanted = Expectation.model_validate(await request.json())
        try:
            async with asyncio.timeout(min(wanted.within_s, _LONGEST_WAIT_SECONDS)), self._world.changed:
                await self._world.changed.wait_for(lambda: not self._differences(wanted))
        except TimeoutError:
            pass  # said below, with what is missing
        differences = self._differences(wanted)
        return JSONResponse({"differences": differences}, status_code=409 if differences else 200)

    def _differences(self, wanted: Expectation) -> dict[str, Any]:
        found = self._select(wanted.phone, wanted.profile, None)
        peak = max(self._world.seconds.values(), default=0)
        delivered = sum(1 for one in found if one.delivered)
        checks = {
            "duplicates": (wanted.no_duplicates and self._world.duplicates() > 0, self._world.duplicates()),
            "night_sends": (wanted.none_at_night and self._world.findings["night_sends"] > 0, "sent at night"),
            "peak_per_second": (wanted.max_rps is not None and peak > wanted.max_rps, peak),
            "messages": (wanted.messages is not None and len(found) != wanted.messages, len(found)),
            "delivered": (wanted.delivered is not None and delivered != wanted.delivered, delivered),
        }
        return {name: found_ for name, (is_wrong, found_) in checks.items() if is_wrong}

    def _select(self, phone: str | None, profile: str | None, request_id: str | None) -> list[Message]:
        return [
            one
            for one in self._world.messages
            if phone in {None, one.phone} and profile in {None, one.profile} and request_id in {None, one.request_id}
        ]


def _shown(message: Message) -> dict[str, Any]:
    shown = dataclasses.asdict(message)
    delivered_at = message.delivered_at.isoformat() if message.delivered_at else None
    return {**shown, "at": message.at.isoformat(), "delivered_at": delivered_at}
