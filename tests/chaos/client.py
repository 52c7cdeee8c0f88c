"""A good client on a bad line: it repeats what was not answered, waits as long as it is told to within reason, and
notes answers. Now and then an answer is lost on the way to it, so that what was done has to be asked for again."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from contracts.vocabulary import Role
from deploy.demo.house import House
from deploy.demo.people import People, Person

PATIENCE_SECONDS: Final = 180.0
"""How long a client goes on asking; longer than any fault here lasts."""
ANSWER_SECONDS: Final = 15.0
_RETRY_AFTER_MAX_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = (0.05, 0.3)
_LOST: Final = "answer lost on the way"
NOT_YET: Final = frozenset({"changed_meanwhile"})
"""Refusals that a client always tries again: somebody else was faster."""


class GaveUp(Exception):
    """No answer, or not the one that had to come, in all that time."""


class Unexpected(Exception):
    """A refusal that this client has no reason to get."""


@dataclass
class Answers:
    """What doors answered, counted: ``2xx``, ``503 bus_away`` …, and ``no answer``."""

    counts: Counter[str] = field(default_factory=Counter)

    def note(self, answer: httpx.Response) -> None:
        self.counts["2xx" if answer.is_success else f"{answer.status_code} {code_of(answer)}"] += 1

    @property
    def tries(self) -> int:
        return self.counts.total()

    @property
    def bugs(self) -> int:
        """Answers that say "we have a bug": a fault is no excuse for one."""
        return sum(count for what, count in self.counts.items() if what.startswith("500"))

    def shown(self) -> str:
        return ", ".join(f"{what} {count}" for what, count in sorted(self.counts.items()))


class Client:
    """Calls the doors of one house. ``answers`` counts by service what came back."""

    def __init__(self, house: House, chance: random.Random, *, lost_share: float = 0.0) -> None:
        """``lost_share``: how many of the good answers never arrive."""
        self._house = house
        self._lost_share = lost_share
        self._chance = chance
        self._http = httpx.AsyncClient(timeout=ANSWER_SECONDS)
        self._known: dict[tuple[Role, str], Person] = {}
        self.answers = Answers()

    async def close(self) -> None:
        await self._http.aclose()

    async def who(self, role: Role, unit: str) -> Person:
        """A caller in one function for one unit; the same one each time."""
        if (role, unit) not in self._known:
            people = People(self._house, self._http)
            self._known[role, unit] = await people.of(role, unit=unit, subject=f"chaos-{role.value}-{unit}")
        return self._known[role, unit]

    async def call(
        self,
        who: Person,
        method: str,
        service: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        not_yet: frozenset[str] = frozenset(),
        done: frozenset[str] = frozenset(),
    ) -> httpx.Response:
        """The answer. ``not_yet``: codes of refusals to try again after; ``done``: those that are an answer too.

        Errors: Unexpected for any other refusal; GaveUp.
        """
        url = f"{self._house.url(service)}{path}"
        request = self._http.build_request(
            method, url, json=body, content=content, headers=who.headers | dict(headers or {})
        )

        async def once() -> httpx.Response | None:
            try:
                answer = await self._http.send(request)
            except httpx.TransportError:
                self.answers.counts["no answer"] += 1
                return None
            if answer.is_success and self._chance.random() < self._lost_share:
                self.answers.counts[_LOST] += 1
                return None
            self.answers.note(answer)
            code = code_of(answer)
            if answer.is_success or code in done:
                return answer
            if not (is_passing(answer) or code in not_yet | NOT_YET):
                raise Unexpected(f"{method} {service} {path}: {answer.status_code} {code} {answer.text[:300]}")
            await asyncio.sleep(_asked_to_wait(answer))
            return None

        return await self._until(once, f"{method} {service} {path}")

    async def _until(self, once: Callable[[], Awaitable[httpx.Response | None]], what: str) -> httpx.Response:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        while (answer := await once()) is None:
            if loop.time() > deadline:
                raise GaveUp(f"{what}: {self.answers.shown()}")
            await asyncio.sleep(self._chance.uniform(*_PAUSE_SECONDS))
        return answer


def is_passing(answer: httpx.Response) -> bool:
    """True for refusals that are about now, not about the request."""
    return answer.is_server_error or answer.status_code in {
        httpx.codes.TOO_MANY_REQUESTS,
        httpx.codes.REQUEST_TIMEOUT,
    }


def code_of(answer: httpx.Response) -> str:
    """The code of a problem answer; empty when there is none."""
    if answer.is_success or "json" not in answer.headers.get("content-type", ""):
        return ""
    return str(answer.json().get("code", ""))


def _asked_to_wait(answer: httpx.Response) -> float:
    said = answer.headers.get("retry-after", "0")
    return min(float(said) if said.isdecimal() else 0.0, _RETRY_AFTER_MAX_SECONDS)
