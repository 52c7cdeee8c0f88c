"""A whole house of real processes for one test: free ports, its own data, stopped at the end."""

import random
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from contracts.vocabulary import Role
from deploy.demo.house import HOST, CannotStart, House, Ports
from deploy.demo.watch import Watch

NOTHING: Mapping[str, str] = {}
_LOWEST_PORT, _HIGHEST_PORT = 12_000, 32_000
"""Below Linux's range for outgoing connections (32768–60999): else somebody's client takes the port of a service that
was killed and is about to be started again."""
MakeHouse = Callable[[Path, Ports, Mapping[str, str]], House]
"""Which engines a house stands on: ``House`` itself, or one on real servers."""


def free_ports() -> Ports:
    """Ports of a house that nobody listens on now."""
    for base in random.sample(range(_LOWEST_PORT, _HIGHEST_PORT, 100), 100):
        ports = Ports(base)
        try:
            House(Path(), ports).check_ports()
        except CannotStart:
            continue
        return ports
    raise RuntimeError("no free ports for a house")


@asynccontextmanager
async def a_house(
    data: Path, settings: Mapping[str, str] = NOTHING, *, make: MakeHouse = House
) -> AsyncIterator[tuple[House, Watch]]:
    """The house, ready, with an onlooker on its bus."""
    house = make(data, free_ports(), settings)
    house.prepare()
    watch = Watch(house.bootstrap)
    try:
        await house.start_bus()
        await house.start_neighbours()
        for name in house.ports.services:
            await house.start_service(name)
        for name in house.ports.services:
            await house.until_ready(name)
        await watch.start()
        yield house, watch
    finally:
        await watch.stop()
        await house.stop()


async def a_token(house: House, *roles: Role, unit: str | None = None, subject: str = "test") -> dict[str, str]:
    """Request headers of a caller, from the house's issuer."""
    async with httpx.AsyncClient() as client:
        wanted = {"roles": list(roles), "subject": subject} | ({"unit": unit} if unit else {})
        answer = await client.post(f"{house.url('local issuer')}/token", json=wanted)
        answer.raise_for_status()
        return {"authorization": f"Bearer {answer.json()['access_token']}"}


def is_listening(port: int) -> bool:
    """True when somebody answers there."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
