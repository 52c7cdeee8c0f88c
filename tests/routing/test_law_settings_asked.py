"""Decisions ask the table of settings: another value, another outcome, and no line of code changed."""

from typing import Any

import pytest
from pydantic import SecretStr

from contracts.errors import BadInput
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import official
from contracts.law.settings import LawSettings, SettingValue
from contracts.units import organisation
from contracts.vocabulary import Instance, Outcome
from services.routing.app import make_app
from services.routing.domain.law import Law
from services.routing.domain.outcome import route
from services.routing.settings import RoutingSettings
from tests.routing.given import KIM_LIEN, OFFICE, QUY_HOP, day, filed


def law_with(**chosen: SettingValue) -> Law:
    settings = LawSettings.load(chosen=chosen)
    return Law(official(settings), WorkingDays.official(scope="tinh-40", settings=settings), organisation())


SECOND: dict[str, Any] = {
    "received_by": OFFICE,
    "instance": Instance.SECOND,
    "earlier_decision_received_on": day("2026-10-05"),
}


@pytest.mark.parametrize(
    ("chosen", "outcome"),
    [
        ({}, Outcome.DECLINE),
        ({"remote_units": (KIM_LIEN,)}, Outcome.DECLINE),
        ({"remote_flag_source": "listed", "remote_units": (QUY_HOP,)}, Outcome.DECLINE),
        ({"remote_flag_source": "listed", "remote_units": (KIM_LIEN,)}, Outcome.ACCEPT_PROPOSE),
        ({"remote_flag_source": "either", "remote_units": (KIM_LIEN,)}, Outcome.ACCEPT_PROPOSE),
    ],
)
def test_c02_a_listed_remote_commune_has_45_days_for_its_second_complaint(
    chosen: dict[str, SettingValue], outcome: Outcome
) -> None:
    forty_days_later = filed("2026-11-14", **SECOND)
    assert route(forty_days_later, law_with(**chosen)).outcome is outcome


@pytest.mark.parametrize(
    ("chosen", "code"),
    [({"culture_dya": False}, "unknown_setting"), ({"forwarded_complaint": "burn"}, "wrong_setting")],
)
def test_a_house_with_a_setting_that_cannot_be_does_not_start(chosen: dict[str, SettingValue], code: str) -> None:
    secret = SecretStr("a secret of the tests, long enough to be one")
    with pytest.raises(BadInput, match=code):
        make_app(RoutingSettings(routing_public_id_secret=secret, law_settings=chosen))
