"""Services are killed with -9 at random moments, and started again."""

import asyncio

from tests.chaos.breaking import Fault, Scene


def kill_services(times_each: int, *, pause_seconds: tuple[float, float] = (0.2, 1.5)) -> Fault:
    """Each of the five services so often, in random order, after random pauses."""

    async def fault(scene: Scene) -> None:
        await scene.until_acknowledged(petitions=1)
        victims = [name for name in scene.house.ports.services for _ in range(times_each)]
        scene.chance.shuffle(victims)
        for name in victims:
            await asyncio.sleep(scene.chance.uniform(*pause_seconds))  # the random moment is the test
            await scene.house.kill(name)
            scene.happened(killed(name))
            await scene.house.start_service(name)

    return fault


def killed(service: str) -> str:
    """What such a fault is counted under."""
    return f"kill -9 {service}"
