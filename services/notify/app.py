"""Where notify's objects meet."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import httpx
from fastapi import FastAPI

from contracts.errors import Refused
from contracts.ids import UnitId
from contracts.units import UnitTree, organisation
from contracts.vocabulary import NoticeChannel
from services.chassis.lifecycle import Chassis, Loop
from services.chassis.seal import KeyRing, StreamKey
from services.notify.api import Desk, make_api
from services.notify.dispatch import Dispatch
from services.notify.domain.answers import AnswerTable
from services.notify.domain.compose import Composer
from services.notify.domain.dossier import Dossier
from services.notify.domain.notice import Notice
from services.notify.domain.receipts import ZaloSecrets, receipt_token
from services.notify.handlers import NotifyHandlers
from services.notify.senders import SmsSender, ZaloSender
from services.notify.senders.circuit import Bucket, Circuit
from services.notify.senders.tokens import ZALO_TOKENS, TokenPair, ZaloTokens
from services.notify.senders.wire import make_client
from services.notify.settings import NotifySettings
from services.notify.steps import Steps, Wire
from services.notify.store import DOSSIERS, NOTICES, Contacts, Dossiers, DutyBook, Notices, notice_keys
from services.notify.templates import load_answers, load_templates

_RECEIPT_SECRET_MIN: Final = 32


def make_app(settings: NotifySettings, chassis: Chassis | None = None) -> FastAPI:
    """Notify, ready to run. Errors: Refused when keys or the receipt secret are missing; LintError for a bad text."""
    if len(settings.notify_receipt_secret.get_secret_value()) < _RECEIPT_SECRET_MIN:
        raise Refused("no_receipt_secret", "Chưa đặt TCD_NOTIFY_RECEIPT_SECRET (ít nhất 32 ký tự).")
    chassis = chassis or Chassis("notify", settings)
    ring = KeyRing.from_file(settings.contacts_key_file)
    catalogue, units, pace = load_templates(), organisation(), settings.pace()
    notices = Notices(chassis.drawer(NOTICES, Notice, notice_keys))
    dossiers = Dossiers(chassis.drawer(DOSSIERS, Dossier, lambda _: {}))
    duty_book = DutyBook.from_file(settings.notify_duty_file)
    composer = Composer(catalogue, lambda unit: short_name(units, unit), duty_book.duties(), pace)
    clients = _clients(settings)
    steps = Steps(
        notices,
        dossiers,
        Contacts(StreamKey(ring)),
        duty_book,
        catalogue,
        _wires(settings, chassis, ring, clients),
        pace=pace,
        house=settings.house(),
        clock=chassis.clock,
        meters=chassis.meters,
    )
    dispatch = Dispatch(
        notices,
        steps,
        clock=chassis.clock,
        meters=chassis.meters,
        traces=chassis.traces,
        concurrency=settings.notify_concurrency,
        look_seconds=settings.notify_look_seconds,
    )
    desk = Desk(
        notices=notices,
        dossiers=dossiers,
        catalogue=catalogue,
        units=units,
        clock=chassis.clock,
        pace=pace,
        house=settings.house(),
        zalo_secrets=_zalo_secrets(settings),
        zalo_terms=None if settings.zalo_mac == "auto" else settings.zalo_mac,
        receipt_secret=settings.notify_receipt_secret.get_secret_value(),
    )
    app = chassis.app(
        title="Thông báo (notify)",
        routers=[make_api(desk, chassis.caller)],
        handlers=NotifyHandlers(composer, notices, dossiers, chassis.clock).table(),
        loops=[Loop("dispatch", settings.notify_look_seconds, dispatch.step, notices.news)],
        tags={"Thông báo": "Đã báo cho ai, bằng cách nào.", "Báo nhận": "Dành cho Zalo và eSMS."},
    )
    return _closing(app, clients)


def short_name(units: UnitTree, unit_id: UnitId) -> str:
    """The body's name as notices write it: the usual abbreviations, so that it fits its budget."""
    unit = units.find(unit_id)
    name = unit.body if unit else unit_id
    for long, short in (
        ("Ủy ban nhân dân", "UBND"),
        ("Ban Tiếp công dân", "Ban TCD"),
        ("Trụ sở Tiếp công dân", "TSTCD"),
    ):
        name = name.replace(long, short)
    return name


class _Clients:
    """One client per host."""

    def __init__(self, oauth: httpx.AsyncClient, biz: httpx.AsyncClient, esms: httpx.AsyncClient) -> None:
        self.oauth, self.biz, self.esms = oauth, biz, esms


def _clients(settings: NotifySettings) -> _Clients:
    connect, answer = settings.provider_connect_seconds, settings.provider_answer_seconds
    return _Clients(
        make_client(settings.zalo_oauth_url, connect, answer),
        make_client(settings.zalo_biz_url, connect, answer),
        make_client(settings.esms_url, connect, answer),
    )


def _wires(settings: NotifySettings, chassis: Chassis, ring: KeyRing, clients: _Clients) -> dict[NoticeChannel, Wire]:
    answers = load_answers()
    zalo = _zalo(settings, chassis, ring, clients, answers)
    sms = _sms(settings, clients, answers)
    return {
        gateway.channel: Wire(gateway, Circuit(chassis.clock), Bucket(settings.provider_sends_per_second))
        for gateway in (zalo, sms)
    }


def _zalo(
    settings: NotifySettings, chassis: Chassis, ring: KeyRing, clients: _Clients, answers: AnswerTable
) -> ZaloSender:
    tokens = ZaloTokens(
        chassis.drawer(ZALO_TOKENS, TokenPair, lambda _: {}),
        ring,
        clients.oauth,
        chassis.clock,
        oa_id=settings.zalo_oa_id,
        app_id=settings.zalo_app_id,
        app_secret=settings.zalo_app_secret,
        first_refresh_token=settings.zalo_refresh_token,
        within_seconds=settings.provider_answer_seconds,
    )
    return ZaloSender(clients.biz, tokens, answers, within_seconds=settings.provider_answer_seconds)


def _sms(settings: NotifySettings, clients: _Clients, answers: AnswerTable) -> SmsSender:
    secret = settings.notify_receipt_secret.get_secret_value()
    base = f"{settings.notify_public_url.rstrip('/')}/v1/receipts/esms/"
    return SmsSender(
        clients.esms,
        answers,
        key=settings.esms_key,
        secret=settings.esms_secret,
        brandname=settings.esms_brandname,
        neutral_brandname=settings.esms_neutral_brandname,
        callback_url=lambda request_id: base + receipt_token(secret, request_id),
        within_seconds=settings.provider_answer_seconds,
    )


def _zalo_secrets(settings: NotifySettings) -> ZaloSecrets:
    return ZaloSecrets.of(
        settings.zalo_app_id,
        settings.zalo_app_secret.get_secret_value(),
        settings.zalo_oa_id,
        settings.zalo_oa_secret.get_secret_value(),
    )


def _closing(app: FastAPI, clients: _Clients) -> FastAPI:
    """The app, letting go of its connections after everything else has stopped."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(web: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for client in (clients.oauth, clients.biz, clients.esms):
                stack.push_async_callback(client.aclose)
            async with inner(web):
                yield

    app.router.lifespan_context = lifespan
    return app
