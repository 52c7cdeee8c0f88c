"""What is done to a ledger server while work flows: killed with -9 at random moments, frozen for a while."""

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from deploy.demo.house import House
from deploy.engines.mongo import MongoEngine
from tests.chaos.breaking import Fault, Scene

KILLED: Final = "ledger kill -9"
FROZEN: Final = "ledger frozen for 20 s"
FROZEN_SECONDS: Final = 20.0

CALL_SECONDS: Final = 5.0
"""What one call to the ledger may take (``MongoLedger``); a request ends with the first call that hangs."""
QUEUE_SECONDS: Final = 10.0
"""What a decision waits for others about the same aggregate in this process (``LedgerDrawer``) before its own call."""
SLACK_SECONDS: Final = 2.0
"""What two shared cores may add."""
ANSWERED_WITHIN_SECONDS: Final = CALL_SECONDS + QUEUE_SECONDS + SLACK_SECONDS
"""The promise for any door while the ledger hangs; below the request deadline of 20 s, which stands behind it."""
FILED_WITHIN_SECONDS: Final = CALL_SECONDS + SLACK_SECONDS
"""The promise for filing: nobody else decides about a petition that is only now coming in."""
ALIVE_WITHIN_SECONDS: Final = 2.0
_AWAY: Final = frozenset({"ledger_away", "too_slow"})
_READY_AGAIN_SECONDS: Final = 30.0


def kill_ledger(engine: MongoEngine, times: int) -> Fault:
    """At random numbers of acknowledged filings; each time it stays away for a random while."""

    async def fault(scene: Scene) -> None:
        answers = scene.run.flow.client.answers.counts
        started = processes(scene.house)
        for number in sorted(scene.chance.sample(range(1, scene.run.plan.petitions * 4 // 5), times)):
            await scene.until_acknowledged(petitions=number)
            refused = answers["503 ledger_away"]
            await asyncio.to_thread(engine.kill)
            assert not engine.is_alive
            async with asyncio.timeout(30):
                while answers["503 ledger_away"] == refused:  # noqa: ASYNC110 - until somebody at a door has noticed
                    await asyncio.sleep(0.05)
            await asyncio.sleep(scene.chance.uniform(0, 2))  # how long it is away is part of the schedule
            await asyncio.to_thread(engine.start)
            scene.happened(KILLED)
        assert processes(scene.house) == started, "a service ended because its ledger was away"

    return fault


@dataclass
class Seen:
    """What every service answered while the ledger stood still."""

    house: House
    began: float = float("inf")
    ended: float = float("inf")
    answers: list[tuple[str, float, httpx.Response]] = field(default_factory=list)
    """Door, seconds, answer: of requests that began and ended within the freeze."""

    def watch(self, client: httpx.AsyncClient) -> None:
        """Look over the shoulder of the flow's client."""
        client.event_hooks = {"request": [self._sent], "response": [self._answered]}

    async def _sent(self, request: httpx.Request) -> None:
        request.extensions["began"] = time.monotonic()

    async def _answered(self, response: httpx.Response) -> None:
        await response.aread()
        began, now = response.request.extensions.get("began", 0.0), time.monotonic()
        names = {port: name for name, port in self.house.ports.services.items()}
        service = names.get(response.request.url.port or 0)
        if service is not None and self.began <= began and now <= self.ended:
            self.answers.append((f"{response.request.method} {service}", now - began, response))

    def must_be_refusals_in_time(self) -> None:
        """Every one of them: 503, a problem with a code, a sentence and when to come again, within the bound."""
        assert {door.split()[1] for door, _, _ in self.answers} >= {"intake", "sessions"}
        slowest: Counter[str] = Counter()
        for door, seconds, answer in self.answers:
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, (door, answer.status_code, answer.text)
            must_be_clear(answer, _AWAY)
            slowest[door] = max(slowest[door], seconds)  # type: ignore[assignment] # seconds, not a count
        assert slowest["POST intake"] < FILED_WITHIN_SECONDS, slowest
        assert max(slowest.values()) < ANSWERED_WITHIN_SECONDS, slowest
        shown = ", ".join(f"{door} {seconds:.1f} s" for door, seconds in sorted(slowest.items()))
        print(f"\nfrozen: {len(self.answers)} requests refused, slowest: {shown}")


def freeze_ledger(engine: MongoEngine) -> Fault:
    """Once, in the middle of the flow. Services stay alive, say that they are not ready, refuse, and recover alone."""

    async def fault(scene: Scene) -> None:
        house, started = scene.house, processes(scene.house)
        await scene.until_acknowledged(petitions=scene.run.plan.petitions // 3)
        seen = Seen(house)
        seen.watch(scene.run.flow.client._http)
        await asyncio.to_thread(engine.freeze)
        seen.began = time.monotonic()
        try:
            await _alive_and_not_ready(house, until=seen.began + FROZEN_SECONDS)
        finally:
            seen.ended = time.monotonic()
            engine.thaw()
        scene.happened(FROZEN)
        await ready_again(house)
        assert processes(house) == started, "a service was restarted"
        seen.must_be_refusals_in_time()

    return fault


def must_be_clear(answer: httpx.Response, codes: Collection[str]) -> None:
    """A problem with one of these codes, a sentence for people, and when to come again."""
    problem: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] in codes, problem
    assert problem["status"] == answer.status_code
    assert problem["detail"].endswith("."), problem
    assert int(answer.headers["retry-after"]) > 0


async def _alive_and_not_ready(house: House, *, until: float) -> None:
    """Asked again and again: alive at once, and not ready for the reason that it is."""
    looks = 0
    async with httpx.AsyncClient(timeout=ALIVE_WITHIN_SECONDS * 3) as client:
        while time.monotonic() < until:
            for name in house.ports.services:
                began = time.monotonic()
                alive = await client.get(f"{house.url(name)}/livez")
                assert alive.status_code == httpx.codes.OK
                assert time.monotonic() - began < ALIVE_WITHIN_SECONDS, name
            for name, answer in (await _readiness(client, house)).items():
                if time.monotonic() < until:
                    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, (name, answer.text)
                    assert _part(answer, "ledger")["ok"] is False, (name, answer.text)
            looks += 1
            await asyncio.sleep(1)
    assert looks > 1


async def ready_again(house: House) -> None:
    """Without anybody's help. Errors: TimeoutError."""
    async with httpx.AsyncClient(timeout=10) as client, asyncio.timeout(_READY_AGAIN_SECONDS):
        while any(not answer.is_success for answer in (await _readiness(client, house)).values()):  # noqa: ASYNC110 - asks
            await asyncio.sleep(0.2)


async def _readiness(client: httpx.AsyncClient, house: House) -> Mapping[str, httpx.Response]:
    names = list(house.ports.services)
    answers = await asyncio.gather(*(client.get(f"{house.url(name)}/readyz") for name in names))
    return dict(zip(names, answers, strict=True))


def _part(answer: httpx.Response, name: str) -> Mapping[str, Any]:
    parts: Sequence[Mapping[str, Any]] = answer.json()["parts"]
    return next(part for part in parts if part["part"] == name)


def processes(house: House) -> Mapping[str, tuple[int, int | None]]:
    """Pid and exit code of each service: the same as before means that none ended."""
    return {name: (house.processes[name].pid, house.processes[name].returncode) for name in house.ports.services}
