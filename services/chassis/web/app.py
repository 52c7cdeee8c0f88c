"""The FastAPI factory: every service's doors behave alike."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces
from services.chassis.web import problems
from services.chassis.web.docs import docs_routes
from services.chassis.web.manners import Deadline, SecurityHeaders
from services.chassis.web.observed import Observed

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_web(
    settings: ServiceSettings,
    *,
    title: str,
    lifespan: Lifespan,
    meters: Meters,
    traces: Traces,
    tags: Mapping[str, str] | None = None,
) -> FastAPI:
    """An app with headers, measures, problem answers and docs, and no routes of its own yet.

    A route that takes longer than ``settings.request_deadline_seconds`` is marked with ``@answers_within(seconds)``.
    """
    app: FastAPI

    def this() -> FastAPI:
        return app

    app = FastAPI(
        title=title,
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.has_docs else None,
        openapi_tags=[{"name": name, "description": text} for name, text in (tags or {}).items()],
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry=_OFF,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Observed, meters=meters, traces=traces),
            Middleware(Deadline, seconds=settings.request_deadline_seconds, web=this),
        ],
    )
    problems.add_problem_answers(app, meters)
    if settings.has_docs:
        app.include_router(docs_routes(app))
    return app


def include(web: FastAPI, router: APIRouter, body_max_bytes: int) -> None:
    """Add doors. Bodies are at most so long; a route that takes more says so: ``@router.put(…, max_body_size=…)``.

    The limit stands at the router, not at the app, for there it would answer outside of our own middlewares.
    """
    web.include_router(router, max_body_size=body_max_bytes, responses=problems.DESCRIBED)


_OFF: Any = {
    # The framework's own spans carry paths, client addresses and query texts; ours do not.
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
