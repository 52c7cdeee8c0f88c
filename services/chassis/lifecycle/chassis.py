"""What a service is built from. Made once, in ``app.py``; the only maker of its engines, drawers and web app."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from opentelemetry.sdk.trace.export import SpanExporter
from pydantic import BaseModel

from contracts.streams import Speaker
from services.chassis.auth.caller import Caller
from services.chassis.auth.keys import RemoteKeys
from services.chassis.auth.local_issuer import LocalIssuer
from services.chassis.auth.tokens import Tokens
from services.chassis.clock import Clock
from services.chassis.delivery.heard import HandlerTable
from services.chassis.health import Health, health_routes
from services.chassis.ledger.drawer import Drawer, KeysOf, LedgerDrawer
from services.chassis.ledger.port import Collection, LedgerEngine
from services.chassis.ledger.relay import Relay
from services.chassis.lifecycle.engines import clock_for, ledger_for, vault_for
from services.chassis.lifecycle.kafka import KafkaBus
from services.chassis.lifecycle.life import Life, Place
from services.chassis.lifecycle.loops import Loop
from services.chassis.lifecycle.mouth_and_ear import DeafAndMute, MouthAndEar
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces
from services.chassis.vault.port import Vault
from services.chassis.web.app import include, make_web
from services.chassis.web.ops import ops_routes
from services.chassis.web.pages import static_routes

S = TypeVar("S", bound=BaseModel)

_BEARER = HTTPBearer(auto_error=False, description="Mã truy cập OIDC của cơ quan (Bearer).")


class Chassis:
    """Engines chosen by settings; every collaborator can be given by keyword, so that a test app is the real app.

    ``issuer``: an issuer in this process, instead of the one the settings name. ``bus``: ``DeafAndMute()`` for none.
    """

    def __init__(
        self,
        service: Speaker,
        settings: ServiceSettings,
        *,
        clock: Clock | None = None,
        ledger: LedgerEngine | None = None,
        vault: Vault | None = None,
        bus: MouthAndEar | None = None,
        issuer: LocalIssuer | None = None,
        spans: SpanExporter | None = None,
    ) -> None:
        self.service = service
        self.settings = settings
        self.clock = clock or clock_for(settings)
        self.ledger = ledger or ledger_for(service, settings)
        self.vault = vault or vault_for(settings, self.clock)
        self.meters = Meters(service)
        self.traces = Traces(service, settings, spans)
        self.health = Health(self.meters)
        self.collections: list[Collection] = []
        self._bus = bus
        self._tokens = _tokens(settings, issuer)
        self._drawers: list[LedgerDrawer[BaseModel]] = []

    def drawer(self, collection: Collection, model: type[S], keys_of: KeysOf[S]) -> Drawer[S]:
        """A drawer of this service; its facts go out on this service's streams."""
        made = LedgerDrawer(
            self.ledger,
            collection,
            model,
            keys_of,
            clock=self.clock,
            speaker=self.service,
            outbox_max_pending=self.settings.outbox_max_pending,
        )
        self._drawers.append(made)  # type: ignore[arg-type] # kept only to give each its wake-up call
        self.collections.append(collection)
        return made

    async def caller(
        self, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)] = None
    ) -> Caller:
        """Who is calling: ``Depends(chassis.caller)``. Errors: NotAuthenticated; Unavailable("issuer_away")."""
        return await self._tokens.caller_of(request.headers.get("authorization"))

    def app(
        self,
        *,
        title: str,
        routers: Sequence[APIRouter],
        handlers: HandlerTable | None = None,
        loops: Sequence[Loop] = (),
        places: Sequence[Place] = (),
        tags: Mapping[str, str] | None = None,
    ) -> FastAPI:
        """The service as one web app with its whole life inside: doors, ear, loops, health, metrics, docs.

        ``places`` are taken before the doors open and given back at the end.
        """
        bus = self._bus or self._kafka(handlers or {})
        relay = self._relay(bus)
        life = Life(
            self.settings,
            ledger=self.ledger,
            vault=self.vault,
            bus=bus,
            relay=relay,
            collections=self.collections,
            loops=loops,
            places=places,
            health=self.health,
            meters=self.meters,
            traces=self.traces,
        )
        self._watch(bus)

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            await life.begin()
            try:
                yield
            finally:
                await life.end()

        web = make_web(self.settings, title=title, lifespan=lifespan, meters=self.meters, traces=self.traces, tags=tags)
        web.state.chassis = self
        web.state.life = life
        own = (
            health_routes(self.health, self.meters),
            static_routes(),
            ops_routes(self.service, self.ledger, self.clock, self._tokens.caller_of),
        )
        for router in (*routers, *own):
            include(web, router, self.settings.body_max_bytes)
        return web

    def _relay(self, bus: MouthAndEar) -> Relay:
        relay = Relay(
            self.ledger,
            self.collections,
            bus.publish,
            clock=self.clock,
            meters=self.meters,
            sweep_seconds=self.settings.outbox_sweep_seconds,
        )
        for drawer in self._drawers:
            drawer.wake = relay.wake
        return relay

    def _kafka(self, handlers: HandlerTable) -> MouthAndEar:
        return KafkaBus(
            self.service,
            handlers,
            ledger=self.ledger,
            settings=self.settings,
            clock=self.clock,
            meters=self.meters,
            traces=self.traces,
        )

    def _watch(self, bus: MouthAndEar) -> None:
        self.health.watch("ledger", self.ledger.ping)
        self.health.watch("vault", self.vault.ping)
        if not isinstance(bus, DeafAndMute):
            self.health.watch("bus", bus.check, bus.detail)


def _tokens(settings: ServiceSettings, issuer: LocalIssuer | None) -> Tokens:
    if issuer is not None:
        return Tokens(issuer.issuer, issuer.audience, issuer)
    keys = RemoteKeys(settings.oidc_issuer, settings.oidc_jwks_url)
    return Tokens(settings.oidc_issuer, settings.oidc_audience, keys)
