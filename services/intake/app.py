"""Where intake's objects meet."""

from fastapi import FastAPI

from contracts.law.catalogue import official
from contracts.law.forms import Forms
from contracts.law.settings import LawSettings
from contracts.units import organisation
from services.chassis.lifecycle import Chassis
from services.chassis.seal import KeyRing, StreamKey
from services.intake.api import make_api
from services.intake.candidates_api import make_candidates_api
from services.intake.desk import Desk
from services.intake.domain import Petition, Timeline
from services.intake.handlers import IntakeHandlers
from services.intake.pages import make_pages
from services.intake.papers import BOOKS, Book, Papers, book_keys
from services.intake.papers_api import PaperDesk, make_papers_api
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
    sealing = Sealing(ring, contacts)
    desk = Desk(
        petitions=petitions,
        timelines=timelines,
        documents=Documents(chassis.vault),
        sealing=sealing,
        secret=ReceiptSecret(settings.intake_receipt_secret),
        attempts=Attempts(chassis.clock, settings.lookup_tries, settings.lookup_pause_seconds),
        units=organisation(),
        clock=chassis.clock,
        attachment_max_bytes=settings.attachment_max_bytes,
        is_web_form_signed=LawSettings.load(chosen=settings.law_settings).is_on("vneid_form_is_signed"),
    )
    catalogue = official(LawSettings.load(chosen=settings.law_settings))
    books = chassis.drawer(BOOKS, Book, book_keys)
    forms = Forms.load(catalogue.documents, catalogue.settings)
    papers = PaperDesk(desk=desk, papers=Papers(chassis.vault, ring, sealing, books, forms, desk.units))
    return chassis.app(
        title="Tiếp nhận đơn (intake)",
        routers=[
            make_api(desk, chassis.caller),
            make_candidates_api(desk, chassis.caller),
            make_papers_api(papers, chassis.caller),
            make_pages(desk),
        ],
        handlers=IntakeHandlers(timelines, petitions).table(),
    )
