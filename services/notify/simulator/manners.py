"""How a provider answers apart from what it says: late, never, cut short, or with somebody else's page."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from services.notify.simulator import recipients as magic
from services.notify.simulator.settings import Action, Profile
from services.notify.simulator.world import World

Payload = dict[str, Any]
Accept = Callable[[], Awaitable[Payload]]

_ERROR_FIELD: Final = {"zalo": "error", "esms": "CodeResult"}


class Manners:
    """The transport's behaviour, by the scenario's faults and the recipient's number."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def before(self, profile: Profile, phone: str, template: str, accept: Accept) -> Response | None:
        """An answer that comes instead of the provider's judgement, or none."""
        nth = self._world.nth(profile, phone)
        fault = self._world.fault_for(profile, phone, template, nth)
        if fault:
            return await self._strike(profile, fault.action, accept)
        return await self._recipient(profile, magic.magic_of(phone), phone, nth, accept)

    async def after(self, profile: Profile, phone: str, request_id: str, payload: Payload) -> Response:
        """The provider's answer, as this recipient gets it."""
        await self._linger(profile, phone, request_id)
        self._world.codes[f"{profile}:{payload[_ERROR_FIELD[profile]]}"] += 1
        match magic.magic_of(phone):
            case magic.CUT_JSON:
                return Response(json.dumps(payload)[:-9], media_type="application/json")
            case magic.HTML_PAGE:
                return HTMLResponse("<html><body>Bad gateway page with status 200</body></html>")
            case magic.SLOW_BYTES:
                return StreamingResponse(_slowly(json.dumps(payload).encode()), media_type="application/json")
            case magic.ODD_TYPES:
                return JSONResponse(_odd(payload))
            case _:
                return JSONResponse(payload)

    async def _strike(self, profile: Profile, action: Action, accept: Accept) -> Response | None:
        await asyncio.sleep(action.delay_ms / 1000)
        if action.accepts:
            await accept()
        if action.close:
            return _cut_off()
        if action.error is not None:
            code: int | str = action.error if profile == "zalo" else str(action.error)
            self._world.codes[f"{profile}:{code}"] += 1
            return JSONResponse({_ERROR_FIELD[profile]: code, "message": "fault", "ErrorMessage": "fault"})
        return Response(status_code=action.status) if action.status else None

    async def _recipient(
        self, profile: Profile, number: int | None, phone: str, nth: int, accept: Accept
    ) -> Response | None:
        if number in {magic.SILENT, magic.SILENT_DELIVERS} and (number == magic.SILENT or nth == 1):
            if number == magic.SILENT_DELIVERS:
                await accept()
            await asyncio.sleep(magic.SILENCE_SECONDS)
            return Response(status_code=504)
        match number:
            case 500 | 502 | 503:
                return Response(status_code=number)
            case magic.THROTTLED if nth <= magic.THROTTLED_TIMES:
                return Response(status_code=429, headers={"Retry-After": "2"})
            case magic.FLAPS if profile == "esms" and nth <= magic.FLAPS_TIMES:
                return Response(status_code=500)
            case magic.RESET if nth == 1:
                if self._world.chance("reset", profile, phone) < 0.5:  # noqa: PLR2004 - a coin
                    await accept()
                return _cut_off()
            case _:
                return None

    async def _linger(self, profile: Profile, phone: str, request_id: str) -> None:
        scenario = self._world.scenario
        latency_ms = self._world.lognormal(
            scenario.latency_p50_ms, scenario.latency_p99_ms, "latency", profile, phone, request_id
        )
        await asyncio.sleep(latency_ms / 1000)


def _cut_off() -> Response:
    """An answer that promises more bytes than it has: the server drops the connection."""
    return Response(b"", headers={"Content-Length": "100"})


async def _slowly(body: bytes) -> AsyncIterator[bytes]:
    for position in range(len(body)):
        yield body[position : position + 1]
        await asyncio.sleep(1)


def _odd(payload: Payload) -> Payload:
    """Numbers as texts and texts as numbers: both providers have been seen to do it."""
    odd = dict(payload)
    if "error" in odd:
        odd["error"] = str(odd["error"])
    if "CodeResult" in odd:
        odd["CodeResult"] = int(odd["CodeResult"])
    return odd
