"""Settings that every service has. One frozen object, made in ``__main__`` and passed down; no module global."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.law.settings import SettingValue
from services.chassis.bus.access import KafkaAccess, OptionalFile


def _named(name: str) -> AliasChoices:
    """The name that others use for it in the environment, and our own."""
    return AliasChoices(name.upper(), name)


class ServiceSettings(KafkaAccess, BaseSettings):
    """From the environment, prefix ``TCD_``; a service adds its own with its own prefix. Units stand in the names.

    Where Kafka is, and who we are to it, stands in ``KafkaAccess``.
    """

    model_config = SettingsConfigDict(frozen=True, env_prefix="TCD_", extra="ignore", populate_by_name=True)

    host: str = "127.0.0.1"
    port: int = 8000
    data_folder: Path = Path("data")
    """Embedded engines and spools live here; real engines leave it alone."""
    province: str = "tinh-40"
    law_settings: dict[str, SettingValue] = {}
    """Where this installation differs from the defaults of ``contracts/law/data/settings.toml``, as JSON:
    ``TCD_LAW_SETTINGS={"culture_day": false}``. An unknown name or a value not allowed is refused at start."""

    bus_profile: Literal["embedded", "kafka"] = "embedded"
    """``embedded`` sets the short timeouts and the replay that the in-memory bus needs."""
    replica: str = "0"
    """The stable name of this replica: with the service's name it is the static group member id."""
    bus_wait_seconds: float = 60.0
    """How long a start waits for the bus before it gives up loudly."""

    mongodb_uri: SecretStr | None = Field(default=None, validation_alias=AliasChoices("MONGODB_URI", "mongodb_uri"))
    """Set: MongoDB through Motor. Not set: an SQLite file below ``data_folder``."""
    mongodb_database: str = Field(
        default="tiepdan", validation_alias=AliasChoices("MONGODB_DATABASE", "mongodb_database")
    )
    """Each service has a database of its own: this name, an underscore, the service."""
    s3_endpoint: str | None = Field(default=None, validation_alias=AliasChoices("S3_ENDPOINT", "s3_endpoint"))
    """Set: S3 with object lock (``host:port``; a scheme in front wins). Not set: a folder below ``data_folder``."""
    s3_access_key: SecretStr = Field(default=SecretStr(""), validation_alias=_named("s3_access_key"))
    s3_secret_key: SecretStr = Field(default=SecretStr(""), validation_alias=_named("s3_secret_key"))
    s3_bucket: str = Field(default="tiepdan", validation_alias=_named("s3_bucket"))
    s3_region: str = Field(default="us-east-1", validation_alias=_named("s3_region"))
    s3_secure: bool = Field(default=True, validation_alias=_named("s3_secure"))
    """TLS, when the endpoint names no scheme."""
    s3_ca_file: OptionalFile = Field(default=None, validation_alias=_named("s3_ca_file"))
    """The authority that signed the store's certificate; not set: those of the system."""
    s3_retention_mode: Literal["COMPLIANCE", "GOVERNANCE"] = Field(
        default="COMPLIANCE", validation_alias=_named("s3_retention_mode")
    )
    """COMPLIANCE: nobody shortens or deletes before the day. GOVERNANCE, outside production: who may bypass can."""

    oidc_issuer: str = "http://127.0.0.1:8080"
    oidc_audience: str = "tiepdan"
    oidc_jwks_url: str | None = None
    """Where the issuer's keys are; found by discovery when not set."""

    clock_file: Path | None = None
    """A file that shifts the clock: demo and drills only."""
    has_docs: bool = True
    """Serve /docs; on by default, for a machine of one's own: the image for production (``deploy/Dockerfile``) turns it
    off with ``TCD_HAS_DOCS=false``."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    otlp_endpoint: str | None = None
    trace_file: Path | None = None
    """Append finished spans here as JSON lines: demo and drills."""

    body_max_bytes: int = 1_048_576
    request_deadline_seconds: float = 20.0
    """How long an answer may take to begin; a route can say otherwise (``web.manners.answers_within``)."""
    stop_grace_seconds: float = 15.0
    ready_off_seconds: float = 0.2
    """How long HTTP stays open after readiness went off; behind a balancer, longer than its probe period."""
    outbox_sweep_seconds: float = 0.5
    outbox_max_pending: int = 1_000
    """Facts one aggregate may have waiting before it takes no more commands."""
