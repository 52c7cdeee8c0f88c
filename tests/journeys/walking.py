"""The demo's story walked once through a house of real processes, and what it left behind."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope
from contracts.law.calendar import WorkingDays
from deploy.demo.clockwork import Clockwork
from deploy.demo.house import House
from deploy.demo.people import PROVINCE, People
from deploy.demo.story import Figures, Story
from tests.living import MakeHouse, a_house


@dataclass(frozen=True)
class Walked:
    """What the walk left: facts, raw records, logs, spans, metrics, and what the simulated providers took."""

    figures: Figures
    facts: Sequence[tuple[Envelope, Fact]]
    records: Sequence[bytes]
    data: Path
    metrics: dict[str, str]
    messages: Sequence[dict[str, Any]]

    def spans(self, service: str) -> list[dict[str, Any]]:
        """The finished spans of a service."""
        return [json.loads(line) for line in (self.data / "traces" / f"{service}.jsonl").read_text().splitlines()]


async def walk(data: Path, make: MakeHouse = House) -> Walked:
    """Walk, look at everything, take the house down."""
    async with a_house(data, make=make) as (house, watch), httpx.AsyncClient(timeout=30) as client:
        clockwork = Clockwork(house.data / "clock.json", WorkingDays.official(scope=PROVINCE))
        figures = await Story(People(house, client), watch, clockwork, lambda _: None, "journey").walk()
        metrics = {name: (await client.get(f"{house.url(name)}/metrics")).text for name in house.ports.services}
        messages = await _messages(house, client)
        records = [piece for record in watch.records for piece in record]
        return Walked(figures, list(watch.facts()), records, house.data, metrics, messages)


async def _messages(house: House, client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get(f"{house.url('gateway simulator')}/__sim/ledger")
    answer.raise_for_status()
    said = answer.json()
    return list(said if isinstance(said, list) else said["messages"])
