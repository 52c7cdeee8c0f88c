"""Who acts in the demo, and how they call. Invented people; real communes of Nghệ An only as places."""

from dataclasses import dataclass
from typing import Any, Final

import httpx

from contracts.vocabulary import Role
from deploy.demo.house import House

KIM_LIEN: Final = "xa-17971"
QUY_HOP: Final = "xa-17035"
DO_LUONG: Final = "xa-17662"
PROVINCE: Final = "tinh-40"
BOARD: Final = "btcd-40"
ROADS: Final = "so-40-xd"


class Unexpected(Exception):
    """A service answered otherwise than the story goes."""


@dataclass(frozen=True)
class Person:
    """Somebody with a token."""

    headers: dict[str, str]


class People:
    """Makes callers, and calls for them."""

    def __init__(self, house: House, client: httpx.AsyncClient) -> None:
        self._house = house
        self._client = client

    async def of(self, *roles: Role, unit: str | None = None, subject: str) -> Person:
        """A caller from the local issuer, for ten hours."""
        wanted: dict[str, Any] = {"roles": list(roles), "subject": subject, "minutes": 600}
        if unit is not None:
            wanted["unit"] = unit
        answer = await self._client.post(f"{self._house.url('local issuer')}/token", json=wanted)
        return Person({"authorization": f"Bearer {_said(answer)['access_token']}"})

    async def post(self, who: Person | None, service: str, path: str, body: Any = None, **more: str) -> dict[str, Any]:
        """POST JSON, with ``more`` headers. Errors: Unexpected with the problem's sentence."""
        headers = (who.headers if who else {}) | more
        answer = await self._client.post(f"{self._house.url(service)}{path}", json=body, headers=headers)
        return _said(answer)

    async def get(self, who: Person, service: str, path: str, **headers: str) -> dict[str, Any]:
        """GET JSON."""
        answer = await self._client.get(f"{self._house.url(service)}{path}", headers=who.headers | headers)
        return _said(answer)

    async def content(self, who: Person, service: str, path: str, **headers: str) -> bytes:
        """GET bytes."""
        answer = await self._client.get(f"{self._house.url(service)}{path}", headers=who.headers | headers)
        if answer.is_error:
            _said(answer)
        return answer.content

    async def put(self, who: Person, service: str, path: str, content: bytes, **headers: str) -> int:
        """PUT bytes; the status."""
        sent = who.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self._client.put(f"{self._house.url(service)}{path}", content=content, headers=sent)
        _said(answer)
        return answer.status_code


def _said(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise Unexpected(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:600]}")
    said: dict[str, Any] = answer.json()
    return said
