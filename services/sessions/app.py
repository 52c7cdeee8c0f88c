"""Where sessions' objects meet."""

from fastapi import FastAPI

from contracts.ids import calendar_of
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import official
from contracts.law.settings import LawSettings
from contracts.units import organisation
from services.chassis.lifecycle import Chassis, Loop
from services.sessions.api import Desk, make_api
from services.sessions.bridge import NoRooms, Rooms
from services.sessions.domain import Candidate, Law, ReceptionSession
from services.sessions.handlers import SessionsHandlers, Watcher
from services.sessions.settings import SessionsSettings
from services.sessions.standing import StandingLaw
from services.sessions.store import (
    CALENDAR,
    CANDIDATES,
    SEATS,
    SESSIONS,
    Calendars,
    Candidates,
    KnownPlans,
    Seat,
    Sessions,
    candidate_keys,
    seat_keys,
    session_keys,
)


def make_app(settings: SessionsSettings, chassis: Chassis | None = None, rooms: Rooms | None = None) -> FastAPI:
    """Sessions, ready to run."""
    chassis = chassis or Chassis("sessions", settings)
    chosen = LawSettings.load(chosen=settings.law_settings)
    sessions = Sessions(
        chassis.drawer(SESSIONS, ReceptionSession, session_keys), chassis.drawer(SEATS, Seat, seat_keys)
    )
    candidates = Candidates(chassis.drawer(CANDIDATES, Candidate, candidate_keys), sessions)
    calendars = Calendars(chassis.drawer(CALENDAR, KnownPlans, lambda _: {}), calendar_of(settings.province))
    days = WorkingDays.official(scope=settings.province, settings=chosen)
    law = Law(official(chosen), days, organisation())
    standing = StandingLaw(law, calendars, province=settings.province, settings=chosen)
    desk = Desk(
        sessions=sessions,
        candidates=candidates,
        rooms=rooms or NoRooms(),
        standing=standing,
        clock=chassis.clock,
    )
    watcher = Watcher(sessions, chassis.clock, settings)
    return chassis.app(
        title="Phiên tiếp công dân (sessions)",
        routers=[make_api(desk, chassis.caller)],
        handlers=SessionsHandlers(sessions, candidates, calendars, chassis.clock).table(),
        loops=[
            Loop("sessions-watch", settings.sessions_watch_seconds, watcher.step),
            Loop("calendar", settings.sessions_calendar_seconds, standing.step),
        ],
    )
