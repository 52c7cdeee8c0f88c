"""Plans of the calendar for tests, and the law that knows them. All documents are invented."""

from base64 import b64encode
from dataclasses import replace
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.facts.calendar import CalendarDay, CalendarPlan, CalendarSwitch
from contracts.law.plans import PlannedDays
from contracts.law.settings import LawSettings
from contracts.vocabulary import DayReason
from services.routing.domain.law import Law
from services.routing.signatures import sign
from tests.routing.given import LAW, day

SIGNER: Final = "lich-2026-1"
PRIVATE_KEY: Final = bytes(range(32))
PUBLIC_KEY: Final = b64encode(
    Ed25519PrivateKey.from_private_bytes(PRIVATE_KEY).public_key().public_bytes_raw()
).decode()


def off(text: str, reason: DayReason = DayReason.TET) -> CalendarDay:
    return CalendarDay(day=day(text), is_working=False, reason=reason)


def worked(text: str) -> CalendarDay:
    return CalendarDay(day=day(text), is_working=True, reason=DayReason.SWAPPED_ON)


def plan(*days: CalendarDay, document: str | None = "4521/TB-BNV", effective: str = "2026-09-01") -> CalendarPlan:
    return CalendarPlan(scope="state", effective_from=day(effective), document=document, days=days)


def switched(*, is_on: bool, document: str = "88/NQ-CP", effective: str = "2026-09-01") -> CalendarPlan:
    switch = CalendarSwitch(id="culture_day", is_on=is_on)
    return CalendarPlan(scope="state", effective_from=day(effective), document=document, switches=(switch,))


TET: Final = plan(off("2027-02-03"), off("2027-02-11"), worked("2027-02-13"), document="5511/TB-BNV")
"""An official plan that gives two days more than the estimate, and a Saturday to make up for one."""


def knowing(*plans: CalendarPlan) -> Law:
    """The law of the tests with these plans entered, in this order."""
    return replace(LAW, calendar=PlannedDays.of(plans, scope="tinh-40", settings=LawSettings.load()))


def signed(one: CalendarPlan) -> dict[str, Any]:
    """The body of the door."""
    return {"plan": one.model_dump(mode="json"), "signer": SIGNER, "signature": sign(one, PRIVATE_KEY)}
