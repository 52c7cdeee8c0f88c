"""Where routing's objects meet."""

from typing import Final

from fastapi import FastAPI

from contracts.errors import BadInput
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import official
from contracts.law.settings import LawSettings
from contracts.units import organisation
from services.chassis.lifecycle import Chassis, Loop
from services.routing.api import Desk, make_api
from services.routing.domain.case import Case
from services.routing.domain.law import Law
from services.routing.handlers import RoutingHandlers
from services.routing.settings import RoutingSettings
from services.routing.store import CASES, Cases, case_keys
from services.routing.timers import Timers

SECRET_LEAST_BYTES: Final = 32


def make_app(settings: RoutingSettings, chassis: Chassis | None = None) -> FastAPI:
    """Routing, ready to run. Errors: BadInput when the secret is missing or weak, or a table of the law is broken."""
    key = settings.routing_public_id_secret.get_secret_value().encode()
    if len(key) < SECRET_LEAST_BYTES:
        raise BadInput("weak_secret", "TCD_ROUTING_PUBLIC_ID_SECRET phải có ít nhất 32 byte.")
    chassis = chassis or Chassis("routing", settings)
    law, clock = law_of(settings), chassis.clock
    cases = Cases(chassis.drawer(CASES, Case, case_keys))
    desk = Desk(
        cases=cases,
        law=law,
        clock=clock,
        supplement_answer_working_days=settings.supplement_answer_working_days,
    )
    timers = Timers(cases, law, clock, settings.timer_page)
    return chassis.app(
        title="Phân loại, xử lý đơn (routing)",
        routers=[make_api(desk, chassis.caller)],
        handlers=RoutingHandlers(cases, law, clock, key).table(),
        loops=[Loop("timers", settings.timer_seconds, timers.step)],
    )


def law_of(settings: RoutingSettings) -> Law:
    """The law as the settings switch it."""
    chosen = LawSettings.load(chosen=settings.law_settings)
    calendar = WorkingDays.official(scope=settings.province, settings=chosen)
    return Law(official(chosen), calendar, organisation(), settings.warn_at_percent)
