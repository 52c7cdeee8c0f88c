"""Headers that every answer carries, and the time that a request may take until its answer begins."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import MutableHeaders
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import Unavailable
from services.chassis.web import problems
from services.chassis.web.pages import page_if_wanted

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_MARK: Final = "tcd_deadline_seconds"


class SecurityHeaders:
    """Adds what an answer does not say itself: nothing is cached, framed, sniffed or fetched from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", [])))
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                message = {**message, "headers": headers.raw}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def answers_within(seconds: float) -> Callable[[Endpoint], Endpoint]:
    """An endpoint that may take longer, or less long, than the usual deadline until its answer begins."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, seconds)
        return endpoint

    return mark


class Deadline:
    """Gives up on a request whose answer has not begun in time: 503, try again. A running download is left alone."""

    def __init__(self, app: ASGIApp, *, seconds: float, web: Callable[[], FastAPI]) -> None:
        self._app = app
        self._seconds = seconds
        self._web = web
        self._marked: list[tuple[Any, frozenset[str], float]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False
        deadline = asyncio.timeout(self._seconds_for(scope))

        async def send_in_time(message: Message) -> None:
            nonlocal has_started
            has_started = True
            deadline.reschedule(None)
            await send(message)

        try:
            async with deadline:
                await self._app(scope, receive, send_in_time)
        except TimeoutError:
            if has_started or not deadline.expired():
                raise
            await page_if_wanted(scope, problems.of_refusal(_too_slow()))(scope, receive, send)

    def _seconds_for(self, scope: Scope) -> float:
        if self._marked is None:
            self._marked = list(_marked_routes(self._web()))
        for pattern, methods, seconds in self._marked:
            if scope["method"] in methods and pattern.match(scope["path"]):
                return seconds
        return self._seconds


def _marked_routes(app: FastAPI) -> list[tuple[Any, frozenset[str], float]]:
    found = []
    for route in iter_route_contexts(app.routes):
        seconds = getattr(getattr(route, "endpoint", None), _MARK, None)
        if seconds is not None and route.path:
            found.append((compile_path(route.path)[0], frozenset(route.methods or ()), seconds))
    return found


def _too_slow() -> Unavailable:
    return Unavailable("too_slow", "Hệ thống đang xử lý chậm; xin thử lại sau.", 10)
