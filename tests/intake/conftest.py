from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from contracts.law.settings import SettingValue
from services.chassis.clock import FrozenClock
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.lifecycle import Chassis, DeafAndMute
from services.chassis.seal import ensure_key_file
from services.intake.app import make_app
from services.intake.settings import IntakeSettings
from tests.intake.door import ISSUER, Intake
from tests.serving import serving

NOW = datetime(2026, 9, 7, 3, 0, tzinfo=UTC)


@pytest.fixture
def law_settings() -> dict[str, SettingValue]:
    """Where this installation differs from the law's defaults."""
    return {}


@pytest.fixture
async def intake(tmp_path: Path, law_settings: dict[str, SettingValue]) -> AsyncIterator[Intake]:
    for name in ("intake", "contacts"):
        ensure_key_file(tmp_path / f"{name}.keys")
    settings = IntakeSettings(
        data_folder=tmp_path,
        intake_key_file=tmp_path / "intake.keys",
        contacts_key_file=tmp_path / "contacts.keys",
        intake_receipt_secret=SecretStr("a secret of the tests, long enough to be one"),
        attachment_max_bytes=20_000,
        stop_grace_seconds=0.5,
        law_settings=law_settings,
    )
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    chassis = Chassis("intake", settings, clock=FrozenClock(NOW), ledger=ledger, bus=DeafAndMute(), issuer=ISSUER)
    async with serving(make_app(settings, chassis)) as client:
        yield Intake(client, ledger)
