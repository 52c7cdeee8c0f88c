"""One burst of load from here: the generator in its own process, and what a petition looks like on the wire."""

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import Any, Final

from contracts.vocabulary import Role
from deploy.demo.house import House
from services.intake.domain import PetitionText
from tests.bench.load import Order
from tests.builders import a_draft
from tests.living import a_token

_TEXT: Final = "Tôi không đồng ý với quyết định nêu trên vì chưa đúng diện tích đất đã được đo đạc năm trước. " * 10
"""About one page, invented."""
_NUMBER: Final = "@" * 12


class BenchFailed(Exception):
    """A measurement that would not be one: wrong answers, or none."""


@dataclass(frozen=True, slots=True)
class Burst:
    """What came back. Every answer was the wanted one."""

    per_second: float
    p50_ms: float
    p99_ms: float
    all_answers: int
    all_seconds: float
    """From the first request to the last answer, the warm-up included."""
    client_cpu_share: float


def petition_body() -> str:
    """A page of complaint, with a number in it that the generator replaces: no two petitions are the same."""
    text = PetitionText(summary=f"Khiếu nại giả định số {_NUMBER}", text=_TEXT, requests=("Xem xét lại",))
    return a_draft(content=text).model_dump_json(exclude_none=True)


async def a_receiver(house: House) -> dict[str, str]:
    """Headers of the officer who files them."""
    return await a_token(house, Role.RECEIVER, unit="xa-17971", subject="bench-officer")


class Client:
    """Gives every petition its own number, through all bursts of a row."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers
        self._next_number = 0

    async def burst(self, port: int, connections: int, seconds: float, *, pause_seconds: float = 0.0) -> Burst:
        """File for so long. Errors: BenchFailed when anything but 201 came back, or nothing."""
        order = Order(
            port=port,
            path="/v1/petitions",
            body=petition_body(),
            headers=self._headers,
            connections=connections,
            seconds=seconds,
            first_number=self._next_number,
            pause_seconds=pause_seconds,
        )
        said = await _fired(order)
        self._next_number = said["next_number"]
        if set(said["statuses"]) != {"201"} or not said["answers"]:
            raise BenchFailed(f"answers: {said['statuses']}")
        return Burst(
            said["per_second"],
            said["p50_ms"],
            said["p99_ms"],
            said["all_answers"],
            said["all_seconds"],
            said["client_cpu_seconds"] / said["all_seconds"],
        )


async def _fired(order: Order) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.load", order.to_json(), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode != 0:
        raise BenchFailed(f"the load generator ended with {process.returncode}")
    found: dict[str, Any] = json.loads(out)
    return found
