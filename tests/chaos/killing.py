"""Services are killed with -9 at random moments, and started again."""

import asyncio

from tests.chaos.breaking import Fault, Scene


def kill_services(times_each: int, *, pause_seconds: float = 0.5) -> Fault:
    """Each of the five services so often, in random order, at random moments all along the filing."""

    async def fault(scene: Scene) -> None:
        victims = [name for name in scene.house.ports.services for _ in range(times_each)]
        scene.chance.shuffle(victims)
        plan, known = scene.run.plan, scene.run.acknowledged
        moments = scene.chance.sample(range(1, plan.petitions * 3 // 4), len(victims))
        for name, petitions in zip(victims, sorted(moments), strict=True):
            await scene.until_acknowledged(petitions)
            await asyncio.sleep(scene.chance.uniform(0, pause_seconds))  # the random moment is the test
            await scene.house.kill(name)
            assert len(known.petitions) < plan.petitions, "everything was filed before this kill"
            scene.happened(killed(name))
            await scene.house.start_service(name)
        assert scene.run.flow.client.answers.counts["no answer"], "no client felt it"

    return fault


def killed(service: str) -> str:
    """What such a fault is counted under."""
    return f"kill -9 {service}"
