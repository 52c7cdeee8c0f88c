"""The simulator's one process: routes, agenda, client."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from services.notify.simulator.control import Control
from services.notify.simulator.esms import Esms
from services.notify.simulator.manners import Manners
from services.notify.simulator.receipts import Receipts
from services.notify.simulator.settings import Account, Scenario
from services.notify.simulator.tokens import Tokens
from services.notify.simulator.world import World
from services.notify.simulator.zalo import Registered, Zalo


def make_simulator(
    registered: Registered,
    *,
    seed: str = "1",
    account: Account | None = None,
    scenario: Scenario | None = None,
    control_key: str | None = None,
) -> Starlette:
    """The application. ``registered``: the templates that the simulated Zalo knows."""
    client = httpx.AsyncClient(follow_redirects=False)
    world = World(seed=seed, account=account or Account(), scenario=scenario or Scenario())
    receipts, manners, tokens = Receipts(world, client), Manners(world), Tokens(world)
    zalo = Zalo(world, tokens, receipts, manners, registered)
    esms = Esms(world, receipts, manners)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        agenda = asyncio.create_task(world.agenda.run())
        try:
            yield
        finally:
            agenda.cancel()
            await asyncio.gather(agenda, return_exceptions=True)
            await client.aclose()

    return Starlette(
        routes=[
            Route("/livez", _alive),
            Route("/zalo-oauth/v4/oa/access_token", tokens.grant, methods=["POST"]),
            Route("/zalo-biz/message/template", zalo.send, methods=["POST"]),
            Route("/zalo-biz/message/status", zalo.status),
            Route("/zalo-biz/message/quota", zalo.quota),
            Route("/esms/MainService.svc/json/SendMultipleMessage_V4_post_json/", esms.send, methods=["POST"]),
            Route("/esms/MainService.svc/json/GetSendStatus", esms.status),
            Mount("/__sim", routes=Control(world, zalo, control_key).routes()),
        ],
        lifespan=lifespan,
    )


async def _alive(_: Request) -> Response:
    return JSONResponse({"is_alive": True})
