"""Sessions hear routing's calendar: sessions that are set up afterwards are set up by the new days."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts.facts.calendar import CalendarDay, CalendarOverridden, CalendarPlan
from contracts.facts.envelope import GENESIS, seal
from contracts.ids import FactId, calendar_of
from contracts.law.clocks import reading
from contracts.law.settings import LawSettings
from contracts.vocabulary import DayReason, Role
from services.chassis.clock import FrozenClock
from services.chassis.delivery.heard import Heard
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.lifecycle import Chassis, DeafAndMute
from services.sessions.handlers import SessionsHandlers
from services.sessions.settings import SessionsSettings
from services.sessions.standing import StandingLaw
from services.sessions.store import CALENDAR, Calendars, KnownPlans
from tests.sessions.planned import IN_TIME, LAW

SESSION_DAY = date(2026, 10, 20)


def overridden(revision: int, *days: date, province: str = "tinh-40", is_working: bool = False) -> CalendarOverridden:
    return CalendarOverridden(
        calendar_id=calendar_of(province),
        revision=revision,
        plan=CalendarPlan(
            scope="state",
            effective_from=date(2026, 9, revision),
            document=f"{revision}/TB-BNV",
            days=tuple(CalendarDay(day=day, is_working=is_working, reason=DayReason.OTHER_HOLIDAY) for day in days),
        ),
        entered_at=datetime(2026, 10, 1, tzinfo=UTC),
        entered_by=province,
        entered_as=Role.SYSTEM_OPERATOR,
        signer="lich-2026-1",
        signature_sha256="0" * 64,
    )


def heard(fact: CalendarOverridden) -> Heard[Any]:
    envelope = seal(
        fact,
        fact_id=FactId(uuid4()),
        source="/tiepdan/routing",
        time=IN_TIME,
        sequence=fact.revision,
        prev_hash=GENESIS,
        traceparent=None,
    )
    return Heard(fact, envelope)


@dataclass
class Ears:
    """The handlers and two replicas' laws on one ledger."""

    hear: Any
    here: StandingLaw
    elsewhere: StandingLaw


@pytest.fixture
async def ears(tmp_path: Path) -> AsyncIterator[Ears]:
    chassis = Chassis(
        "sessions",
        SessionsSettings(data_folder=tmp_path),
        clock=FrozenClock(IN_TIME),
        ledger=SqliteLedger(tmp_path / "ledger.sqlite"),
        bus=DeafAndMute(),
    )
    calendars = Calendars(chassis.drawer(CALENDAR, KnownPlans, lambda _: {}), calendar_of("tinh-40"))
    await chassis.ledger.open([CALENDAR])
    nothing: Any = None
    handlers = SessionsHandlers(nothing, nothing, calendars, chassis.clock)
    laws = [StandingLaw(LAW, calendars, province="tinh-40", settings=LawSettings.load()) for _ in range(2)]
    yield Ears(handlers.table()[CalendarOverridden], *laws)
    await chassis.ledger.close()


def last_day_of_notice(law: StandingLaw) -> date:
    """R7: the test is done at least one working day before the session."""
    return reading("R7", SESSION_DAY, catalogue=law.now.catalogue, calendar=law.now.calendar).raw_due


async def test_the_days_before_a_session_follow_the_calendar_in_every_replica(ears: Ears) -> None:
    assert last_day_of_notice(ears.here) == date(2026, 10, 19)
    await ears.hear(heard(overridden(1, date(2026, 10, 19))))
    for law in (ears.here, ears.elsewhere):
        assert await law.step() is False
        assert last_day_of_notice(law) == date(2026, 10, 16)


async def test_plans_are_heard_once_each_and_in_order(ears: Ears) -> None:
    first, second = heard(overridden(1, date(2026, 10, 19))), heard(overridden(2, date(2026, 10, 19), is_working=True))
    for one in (first, second, first, second, second):
        await ears.hear(one)
    await ears.here.step()
    assert ears.here.now.calendar.revision == 2
    assert last_day_of_notice(ears.here) == date(2026, 10, 19), "the later document gives the day back"


async def test_another_provinces_calendar_is_none_of_ours(ears: Ears) -> None:
    await ears.hear(heard(overridden(1, date(2026, 10, 19), province="tinh-38")))
    await ears.here.step()
    assert ears.here.now.calendar.revision == 0
