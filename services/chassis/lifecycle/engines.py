"""Which engines the settings choose: one line each."""

from contracts.errors import Refused
from services.chassis.clock import Clock, FileClock, SystemClock
from services.chassis.ledger.port import LedgerEngine
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.settings import ServiceSettings
from services.chassis.vault.folder import FolderVault
from services.chassis.vault.port import Vault


def ledger_for(service: str, settings: ServiceSettings) -> LedgerEngine:
    """MongoDB when ``mongodb_uri`` is set, else a file of this service. Errors: Refused("engine_not_built")."""
    if settings.mongodb_uri is not None:
        raise _not_built("MongoDB", "MONGODB_URI")
    return SqliteLedger(settings.data_folder / service / "ledger.sqlite")


def vault_for(settings: ServiceSettings, clock: Clock) -> Vault:
    """S3 when ``s3_endpoint`` is set, else a folder. Errors: Refused("engine_not_built")."""
    if settings.s3_endpoint is not None:
        raise _not_built("S3", "S3_ENDPOINT")
    return FolderVault(settings.data_folder / "vault", clock=clock)


def clock_for(settings: ServiceSettings) -> Clock:
    """The machine's clock, or the movable one of demo and drills."""
    return FileClock(settings.clock_file) if settings.clock_file else SystemClock()


def _not_built(engine: str, variable: str) -> Refused:
    return Refused(
        "engine_not_built", f"Chưa có bộ nối {engine} trong bản này: bỏ {variable} để dùng bộ lưu trữ nhúng sẵn."
    )
