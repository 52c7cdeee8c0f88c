"""One HTTP call to a provider, with every way it can end named."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import httpx

from services.notify.domain.answers import Answer, AnswerClass

_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_POOL_CONNECTIONS: Final = 50


def make_client(base_url: str, connect_seconds: float, answer_seconds: float) -> httpx.AsyncClient:
    """A provider's own client: no redirects, no proxy from the environment, no retries of its own."""
    return httpx.AsyncClient(
        base_url=base_url,
        timeout=httpx.Timeout(answer_seconds, connect=connect_seconds),
        limits=httpx.Limits(max_connections=_POOL_CONNECTIONS),
        follow_redirects=False,
        trust_env=False,
    )


async def call(
    client: httpx.AsyncClient, method: str, path: str, *, within_seconds: float, **request: Any
) -> dict[str, Any] | Answer:
    """The answer's JSON object, or how the call ended instead.

    What never left may be tried again; what left and got no readable answer is unclear. ``within_seconds`` bounds the
    whole call: a provider that sends a byte a second does not hold us.
    """
    try:
        async with asyncio.timeout(within_seconds):
            response = await client.request(method, path, **request)
    except _NEVER_LEFT:
        return Answer(AnswerClass.RETRY, "no_connection")
    except (httpx.HTTPError, TimeoutError):
        return Answer(AnswerClass.UNCLEAR, "no_answer", is_maybe_taken=True)
    return _read(response)


def _read(response: httpx.Response) -> dict[str, Any] | Answer:
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return Answer(AnswerClass.RETRY, "http_429", retry_after_seconds=_retry_after(response.headers))
    if response.is_server_error:
        return Answer(AnswerClass.RETRY, f"http_{status}", is_maybe_taken=True)
    if not response.is_success:
        return Answer(AnswerClass.OPERATOR, f"http_{status}")
    try:
        body = response.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) else Answer(AnswerClass.UNCLEAR, "unreadable", is_maybe_taken=True)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None
