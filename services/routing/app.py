"""Where routing's objects meet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Final

from fastapi import FastAPI

from contracts.errors import BadInput
from contracts.facts.base import Fact
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import official
from contracts.law.forms import Forms
from contracts.law.settings import LawSettings
from contracts.units import organisation
from services.chassis.ledger.port import LedgerEngine
from services.chassis.lifecycle import Chassis, Loop
from services.chassis.seal import KeyRing
from services.routing.api import Desk, make_api
from services.routing.asking import describe_situation, make_asking
from services.routing.calendar_api import CalendarDesk, make_calendar_api
from services.routing.documents_api import DocumentDesk, make_documents_api
from services.routing.domain.calendar_book import CalendarBook
from services.routing.domain.case import Case
from services.routing.domain.handing_over import handed_over
from services.routing.domain.law import Law
from services.routing.domain.recompute import recounted
from services.routing.domain.statistics.record import CaseRecord, SessionRecord
from services.routing.handlers import RoutingHandlers, StatisticsHandlers
from services.routing.papers import Papers
from services.routing.publication import Publication
from services.routing.records import CASE_RECORDS, SESSION_RECORDS, Records, case_record_keys, session_record_keys
from services.routing.recount import Recount
from services.routing.settings import RoutingSettings
from services.routing.signatures import Signers
from services.routing.standing import StandingLaw
from services.routing.statistics_api import StatisticsDesk, make_statistics_api
from services.routing.store import CALENDAR, CASES, Calendars, Cases, case_keys
from services.routing.timers import Timers

SECRET_LEAST_BYTES: Final = 32


def make_app(settings: RoutingSettings, chassis: Chassis | None = None) -> FastAPI:
    """Routing, ready to run. Errors: BadInput when the secret is missing or weak, or a table of the law is broken."""
    key = settings.routing_public_id_secret.get_secret_value().encode()
    if len(key) < SECRET_LEAST_BYTES:
        raise BadInput("weak_secret", "TCD_ROUTING_PUBLIC_ID_SECRET phải có ít nhất 32 byte.")
    chassis = chassis or Chassis("routing", settings)
    law, clock = standing_law_of(settings), chassis.clock
    cases, calendars, records = cases_of(chassis, law), calendars_of(chassis, settings), records_of(chassis)
    recount = Recount(cases, calendars, law, page=settings.recount_page, meters=chassis.meters)
    desk = Desk(
        cases=cases,
        standing=law,
        clock=clock,
        supplement_answer_working_days=settings.supplement_answer_working_days,
    )
    timers = Timers(cases, law, clock, settings.timer_page)
    app = chassis.app(
        title="Phân loại, xử lý đơn (routing)",
        routers=[
            make_api(desk, chassis.caller),
            make_calendar_api(
                CalendarDesk(desk, calendars, recount, Signers(settings.routing_calendar_signers)), chassis.caller
            ),
            make_documents_api(documents_of(chassis, settings, desk), chassis.caller),
            make_statistics_api(
                StatisticsDesk(desk, records, Publication(records, law, clock, settings.province)), chassis.caller
            ),
            make_asking(lambda: law.now, settings.supplement_answer_working_days, chassis.caller),
        ],
        handlers={**RoutingHandlers(cases, law, clock, key).table(), **StatisticsHandlers(records).table()},
        loops=[
            Loop("timers", settings.timer_seconds, timers.step),
            Loop("recount", settings.recount_seconds, recount.step),
        ],
    )
    describe_situation(app)
    return app


def standing_law_of(settings: RoutingSettings) -> StandingLaw:
    """The law as the settings switch it, before any plan of the calendar."""
    chosen = LawSettings.load(chosen=settings.law_settings)
    return StandingLaw(law_of(settings), province=settings.province, settings=chosen)


def law_of(settings: RoutingSettings) -> Law:
    """The law as the settings switch it."""
    chosen = LawSettings.load(chosen=settings.law_settings)
    calendar = WorkingDays.official(scope=settings.province, settings=chosen)
    return Law(official(chosen), calendar, organisation(), settings.warn_at_percent)


@asynccontextmanager
async def open_cases(settings: RoutingSettings) -> AsyncIterator[tuple[Cases, StandingLaw, date]]:
    """For a command beside the running service: its cases, the law with the plans that are entered, and today."""
    chassis = Chassis("routing", settings)
    law = standing_law_of(settings)
    cases = cases_of(chassis, law)
    calendars = calendars_of(chassis, settings)
    await chassis.ledger.open(chassis.collections)
    try:
        law.learn((await calendars.get()).plans)
        yield cases, law, chassis.clock.today()
    finally:
        await chassis.ledger.close()


@asynccontextmanager
async def open_records(settings: RoutingSettings) -> AsyncIterator[tuple[Records, LedgerEngine]]:
    """For a command beside the running service: what statistics are counted from, and the history it comes from."""
    chassis = Chassis("routing", settings)
    records = records_of(chassis)
    await chassis.ledger.open([*chassis.collections, CASES])
    try:
        yield records, chassis.ledger
    finally:
        await chassis.ledger.close()


def cases_of(chassis: Chassis, law: StandingLaw) -> Cases:
    """The drawer of cases, whose decisions are made on clocks of the present calendar, in the hands of who stands."""

    def present(case: Case) -> tuple[Case, list[Fact]]:
        today = chassis.clock.today()
        counted, moved = recounted(case, law.now, today)
        held, told = handed_over(counted, today, law.now)
        return held, [*moved, *told]

    return Cases(chassis.drawer(CASES, Case, case_keys), present)


def documents_of(chassis: Chassis, settings: RoutingSettings, desk: Desk) -> DocumentDesk:
    """Where documents are drawn up. Errors: Refused when the key file is missing; BadInput for a broken table."""
    catalogue = desk.law.catalogue
    papers = Papers(chassis.vault, KeyRing.from_file(settings.routing_key_file))
    return DocumentDesk(desk=desk, papers=papers, forms=Forms.load(catalogue.documents, catalogue.settings))


def calendars_of(chassis: Chassis, settings: RoutingSettings) -> Calendars:
    """The drawer of the calendar book."""
    return Calendars(chassis.drawer(CALENDAR, CalendarBook, lambda _: {}), settings.province)


def records_of(chassis: Chassis) -> Records:
    """The drawer of what statistics are counted from."""
    return Records(
        chassis.drawer(CASE_RECORDS, CaseRecord, case_record_keys),
        chassis.drawer(SESSION_RECORDS, SessionRecord, session_record_keys),
    )
