"""The operators' pages: what could not be handled, why, and a button to try again. Role: system operator.

A browser signs in with an access token, kept in a cookie that no script reads and no other site sends; a program may
send the token as it does everywhere.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from contracts.streams import STREAMS
from contracts.vocabulary import Role
from services.chassis.auth.caller import Caller
from services.chassis.auth.tokens import TOKEN_MAX_BYTES, NotAuthenticated
from services.chassis.clock import Clock
from services.chassis.delivery.commands import Letters
from services.chassis.delivery.letters import Kind, Shelf, Standing
from services.chassis.ledger.port import LedgerEngine
from services.chassis.telemetry import get_log
from services.chassis.web.pages import Pages, from_own_page

CallerOf = Callable[[str | None], Awaitable[Caller]]
"""Who an ``Authorization`` header proves."""

COOKIE: Final = "tcd_ops"
_LABELS: Final = {
    Standing.HELD: "chờ dữ kiện còn thiếu",
    Standing.PARKED: "dừng sau một thư chết",
    Standing.RELEASED: "sẽ thử lại",
}
_SHOWN_MAX: Final = 200

log = get_log()


@dataclass(frozen=True, slots=True)
class _WaitingKey:
    place: str
    label: str


def ops_routes(service: str, ledger: LedgerEngine, clock: Clock, caller_of: CallerOf) -> APIRouter:
    """/ops: sign in, list, look, try again."""
    pages = Pages()
    router = APIRouter(prefix="/ops", include_in_schema=False)
    _add_sign_in(router, pages, caller_of)
    _add_letters(router, pages, Letters(service, ledger, clock), Shelf(ledger), service, _operator(caller_of))
    return router


def _operator(caller_of: CallerOf) -> Callable[[Request], Awaitable[Caller]]:
    async def operator(request: Request) -> Caller:
        cookie = request.cookies.get(COOKIE)
        header = request.headers.get("authorization") or (f"Bearer {cookie}" if cookie else None)
        caller = await caller_of(header)
        caller.must_be(Role.SYSTEM_OPERATOR)
        return caller

    return operator


def _add_sign_in(router: APIRouter, pages: Pages, caller_of: CallerOf) -> None:
    @router.get("/sign-in")
    async def sign_in_page() -> HTMLResponse:
        return pages.render("ops_sign_in.html", refused=None)

    @router.post("/sign-in", dependencies=[Depends(from_own_page)])
    async def sign_in(request: Request, token: Annotated[str, Form(max_length=TOKEN_MAX_BYTES)]) -> Response:
        try:
            caller = await caller_of(f"Bearer {token.strip()}")
        except NotAuthenticated as error:
            return pages.render("ops_sign_in.html", 401, refused=error.sentence)
        caller.must_be(Role.SYSTEM_OPERATOR)
        answer = RedirectResponse("/ops/letters", 303)
        is_secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, token.strip(), path="/ops", httponly=True, samesite="strict", secure=is_secure)
        return answer

    @router.post("/sign-out", dependencies=[Depends(from_own_page)])
    async def sign_out() -> Response:
        answer = RedirectResponse("/ops/sign-in", 303)
        answer.delete_cookie(COOKIE, path="/ops")
        return answer


def _add_letters(
    router: APIRouter,
    pages: Pages,
    letters: Letters,
    shelf: Shelf,
    service: str,
    operator: Callable[[Request], Awaitable[Caller]],
) -> None:
    Operator = Annotated[Caller, Depends(operator)]  # noqa: N806 - a type

    @router.get("/letters")
    async def listed(_: Operator, again: str | None = None) -> HTMLResponse:
        return pages.render(
            "ops_letters.html",
            service=service,
            notice="Đã yêu cầu thử lại." if again else None,
            dead=await letters.listed(Kind.DEAD, limit=_SHOWN_MAX),
            held=await letters.listed(Kind.HELD, limit=_SHOWN_MAX),
            keys=await _waiting_keys(shelf, service),
        )

    @router.get("/letters/{letter_id}")
    async def shown(_: Operator, letter_id: str) -> HTMLResponse:
        return pages.render("ops_letter.html", letter=await letters.shown(letter_id))

    @router.post("/letters/{letter_id}/replay", dependencies=[Depends(from_own_page)])
    async def replay(_: Operator, letter_id: str) -> Response:
        letter = await letters.release(letter_id)
        log.info("ops.letter_released", letter_id=letter.id, stream=letter.stream)
        return RedirectResponse("/ops/letters?again=1", 303)


async def _waiting_keys(shelf: Shelf, service: str) -> list[_WaitingKey]:
    heard = [stream for stream in STREAMS if service in stream.readers]
    found = [await shelf.places(stream, *Standing, limit=_SHOWN_MAX) for stream in heard]
    return [_WaitingKey(place, _LABELS[standing]) for places in found for place, standing in sorted(places.items())]
