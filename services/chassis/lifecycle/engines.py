"""Which engines the settings choose: one line each."""

from contracts.errors import Refused
from services.chassis.clock import Clock, FileClock, SystemClock
from services.chassis.ledger.port import LedgerEngine
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.settings import ServiceSettings
from services.chassis.vault.access import S3Access
from services.chassis.vault.folder import FolderVault
from services.chassis.vault.port import Vault


def ledger_for(service: str, settings: ServiceSettings) -> LedgerEngine:
    """MongoDB when ``mongodb_uri`` is set (a database of this service), else a file of this service."""
    if settings.mongodb_uri is not None:
        # The driver takes 16 MB and 0.1 s; a service on a file does without.
        from services.chassis.ledger.mongo import MongoLedger  # noqa: PLC0415

        return MongoLedger(settings.mongodb_uri, database=f"{settings.mongodb_database}_{service}")
    return SqliteLedger(settings.data_folder / service / "ledger.sqlite")


def vault_for(settings: ServiceSettings, clock: Clock) -> Vault:
    """S3 when ``s3_endpoint`` is set, else a folder.

    S3 judges retention by its own clock, so it is asked with the machine's, whatever the demo's clock says.
    Errors: Refused("s3_without_credentials").
    """
    if settings.s3_endpoint is not None:
        # The same as above: 10 MB and 0.1 s.
        from services.chassis.vault.s3_vault import S3Vault  # noqa: PLC0415

        return S3Vault(s3_access(settings.s3_endpoint, settings), mode=settings.s3_retention_mode)
    return FolderVault(settings.data_folder / "vault", clock=clock)


def s3_access(endpoint: str, settings: ServiceSettings) -> S3Access:
    """Errors: Refused("s3_without_credentials")."""
    if not settings.s3_access_key.get_secret_value() or not settings.s3_secret_key.get_secret_value():
        raise Refused("s3_without_credentials", "Đã đặt S3_ENDPOINT nhưng thiếu S3_ACCESS_KEY hoặc S3_SECRET_KEY.")
    return S3Access(
        endpoint=endpoint,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        bucket=settings.s3_bucket,
        region=settings.s3_region,
        is_secure=settings.s3_secure,
        ca_file=settings.s3_ca_file,
    )


def clock_for(settings: ServiceSettings) -> Clock:
    """The machine's clock, or the movable one of demo and drills."""
    return FileClock(settings.clock_file) if settings.clock_file else SystemClock()
