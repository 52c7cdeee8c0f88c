"""A service with one door and one loop, run as a real process by the lifecycle tests."""

import asyncio
import os
import sys
from typing import Final

from fastapi import APIRouter, FastAPI, Request

from services.chassis.lifecycle import Chassis, Loop, main
from services.chassis.settings import ServiceSettings

SLOW_SECONDS: Final = 0.6


def make_app(settings: ServiceSettings) -> FastAPI:
    chassis = Chassis("notify", settings)
    router = APIRouter(prefix="/v1")

    @router.get("/slow")
    async def slow() -> dict[str, str]:
        sys.stdout.write("slow began\n")
        sys.stdout.flush()
        await asyncio.sleep(SLOW_SECONDS)
        return {"answer": "whole"}

    @router.put("/body")
    async def body(request: Request) -> dict[str, int]:
        content = await request.body()
        if content == b"bug":
            raise ValueError("Nguyễn Văn Mốc")
        return {"size": len(content)}

    async def step() -> bool:
        if os.environ.get("PROBE_LOOP") == "fails":
            raise ValueError("Nguyễn Văn Mốc")
        return False

    return chassis.app(title="Probe", routers=[router], loops=[Loop("probe", 0.05, step)])


if __name__ == "__main__":
    main("notify", make_app, ServiceSettings)
