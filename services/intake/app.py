"""Where intake's objects meet."""

from fastapi import FastAPI

from contracts.law.settings import LawSettings
from contracts.units import organisation
from services.chassis.lifecycle import Chassis
from services.chassis.seal import KeyRing, StreamKey
from services.intake.api import make_api
from services.intake.desk import Desk
from services.intake.domain import Petition, Timeline
from services.intake.handlers import IntakeHandlers
from services.intake.pages import make_pages
from services.intake.settings import IntakeSettings
from services.intake.store import (
    PETITIONS,
    TIMELINES,
    Attempts,
    Documents,
    Petitions,
    ReceiptSecret,
    Sealing,
    Timelines,
    petition_keys,
)


def make_app(settings: IntakeSettings, chassis: Chassis | None = None) -> FastAPI:
    """Intake, ready to run. Errors: Refused when a key file or the receipt secret is missing or weak."""
    chassis = chassis or Chassis("intake", settings)
    timelines = Timelines(chassis.drawer(TIMELINES, Timeline, lambda _: {}))
    petitions = Petitions(chassis.drawer(PETITIONS, Petition, petition_keys))
    ring = KeyRing.from_file(settings.intake_key_file)
    contacts = StreamKey(KeyRing.from_file(settings.contacts_key_file))
    desk = Desk(
        petitions=petitions,
        timelines=timelines,
        documents=Documents(chassis.vault),
        sealing=Sealing(ring, contacts),
        secret=ReceiptSecret(settings.intake_receipt_secret),
        attempts=Attempts(chassis.clock, settings.lookup_tries, settings.lookup_pause_seconds),
        units=organisation(),
        clock=chassis.clock,
        attachment_max_bytes=settings.attachment_max_bytes,
        is_web_form_signed=LawSettings.load(chosen=settings.law_settings).is_on("vneid_form_is_signed"),
    )
    return chassis.app(
        title="Tiếp nhận đơn (intake)",
        routers=[make_api(desk, chassis.caller), make_pages(desk)],
        handlers=IntakeHandlers(timelines, petitions).table(),
    )
