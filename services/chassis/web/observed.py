"""Every request is one span and two measures, by route template; what nobody caught becomes a 500 problem here."""

import asyncio
import time
from contextlib import suppress
from typing import Any, Final

from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.telemetry import Meters, Traces, get_log
from services.chassis.web import problems
from services.chassis.web.pages import page_if_wanted

TRACE_HEADER: Final = "x-trace-id"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET: Final = frozenset({"/livez", "/readyz", "/metrics"})
_PLAIN_TEXT: Final = "text/plain"
_TOO_LARGE: Final = 413
_THROWN_AWAY_MAX_BYTES: Final = 16 * 1024 * 1024
_THROWN_AWAY_SECONDS: Final = 5.0

log = get_log()


def route_of(scope: Scope) -> str:
    """The template of the route that was met, such as ``/v1/petitions/{petition_id}``; never the path itself."""
    included = scope.get("fastapi", {}).get("effective_route_context")
    for route in (getattr(included, "starlette_route", None), included, scope.get("route")):
        template = getattr(route, "path_format", None) or getattr(route, "path", None)
        if template:
            return str(template)
    return "(none)"


class Observed:
    """Span, metrics, trace id header, catch-all. The outermost middleware but one."""

    def __init__(self, app: ASGIApp, *, meters: Meters, traces: Traces) -> None:
        self._app = app
        self._meters = meters
        self._traces = traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        parent = Headers(scope=scope).get("traceparent")
        with self._traces.span(method, kind=SpanKind.SERVER, parent=parent) as span:
            await self._measured(scope, _Exchange(receive, send, span), method, span)

    async def _measured(self, scope: Scope, exchange: "_Exchange", method: str, span: Span) -> None:
        started = time.perf_counter()
        self._meters.http_in_flight.inc()
        try:
            await self._caught(scope, exchange)
        finally:
            self._meters.http_in_flight.dec()
            route, status = route_of(scope), exchange.status
            trace_id = {"trace_id": f"{span.get_span_context().trace_id:032x}"}
            self._meters.http_seconds.labels(route).observe(time.perf_counter() - started, trace_id)
            self._meters.http_requests.labels(route, method, str(status)).inc()
            span.update_name(f"{method} {route}")
            span.set_attributes({"http.route": route, "http.request.method": method})
            span.set_attribute("http.response.status_code", status)
            if status >= problems.SERVER_ERROR:
                span.set_status(StatusCode.ERROR)

    async def _caught(self, scope: Scope, exchange: "_Exchange") -> None:
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            self._meters.bugs.labels("http").inc()
            log.exception("http.bug", exc_info=error, method=scope["method"])
            if exchange.has_started:
                raise  # half an answer is out: only a broken connection is honest
            await page_if_wanted(scope, problems.of_bug())(scope, exchange.receive, exchange.send)


class _Exchange:
    """Request and answer on their way: remembers the status, adds the trace id, says the framework's plain 413 well."""

    def __init__(self, receive: Receive, send: Send, span: Span) -> None:
        self._receive = receive
        self._send = send
        self._trace_id = f"{span.get_span_context().trace_id:032x}"
        self._replaced: bytes | None = None
        self.status = problems.SERVER_ERROR
        self.has_started = False
        self._is_all_received = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._is_all_received = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            self.status = message["status"]
            message = self._start(message)
        elif self.status == _TOO_LARGE and message["type"] == "http.response.body":
            body = message.get("body", b"") if self._replaced is None else self._replaced
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
            await self._throw_away()
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    async def _throw_away(self) -> None:
        """Read on for a while: a connection closed on a client that still sends is reset, and the 413 lost with it."""
        left_bytes = _THROWN_AWAY_MAX_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(_THROWN_AWAY_SECONDS):
                while left_bytes > 0 and not self._is_all_received:
                    left_bytes -= len((await self.receive()).get("body", b""))

    def _start(self, message: Message) -> Message:
        headers = MutableHeaders(raw=list(message.get("headers", [])))
        if self.status == _TOO_LARGE and headers.get("content-type", "").startswith(_PLAIN_TEXT):
            refusal = problems.of_status(_TOO_LARGE)
            self._replaced = bytes(refusal.body)
            headers = MutableHeaders(raw=list(refusal.raw_headers))
        if self.status == _TOO_LARGE:
            headers["connection"] = "close"  # the rest of the body is not read
        headers[TRACE_HEADER] = self._trace_id
        started: dict[str, Any] = {**message, "headers": headers.raw}
        return started
