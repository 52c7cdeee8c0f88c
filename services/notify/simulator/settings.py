"""What a simulator is started with, and what ``PUT /__sim/scenario`` may change while it runs."""

from datetime import time
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Mac = Literal["app_appsecret", "app_oasecret", "oa_appsecret", "oa_oasecret"]
Profile = Literal["zalo", "esms"]

NIGHT_FROM: Final = time(22, 0)
NIGHT_TO: Final = time(6, 0)


class Account(BaseModel):
    """Who we are to the simulated providers. None of it is secret: it opens nothing but the simulator."""

    model_config = ConfigDict(frozen=True)

    app_id: str = "1000000000000000001"
    app_secret: str = "sim-app-secret"  # noqa: S105 - opens nothing but the simulator
    oa_id: str = "2000000000000000002"
    oa_secret: str = "sim-oa-secret"  # noqa: S105 - opens nothing but the simulator
    esms_key: str = "sim-esms-key"
    esms_secret: str = "sim-esms-secret"  # noqa: S105 - opens nothing but the simulator
    brandnames: tuple[str, ...] = ("TCD-SIM", "TTDT-SIM")


class Match(BaseModel):
    """Which calls a fault hits; nothing given matches everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Profile | None = None
    phone: str | None = None
    template: str | None = None
    nth: int | None = None


class Action(BaseModel):
    """What a fault does: wait, then answer with a status or a provider's code, or close without an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: int | None = None
    error: int | None = None
    delay_ms: int = 0
    close: bool = False
    accepts: bool = False
    """The message is taken and delivered although the answer says otherwise."""
    times: int | None = None
    """How often it strikes; none = always."""


class Fault(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    match: Match = Match()
    action: Action


class Scenario(BaseModel):
    """The weather. ``PUT /__sim/scenario`` replaces what it names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency_p50_ms: float = 20.0
    latency_p99_ms: float = 200.0
    receipt_p50_seconds: float = 2.0
    receipt_p99_seconds: float = 60.0
    never_delivered_share: float = Field(default=0.0, ge=0, le=1)
    has_receipts: bool = True
    quota_per_day: int = 20_000
    wallet: int = 1_000_000
    rate_per_minute: int = 4_000
    token_ttl_seconds: int = 90_000
    mac: Mac = "app_oasecret"
    refuses_at_night: bool = False
    checks_registered_texts: bool = True
    webhook_zalo: str | None = None
    faults: tuple[Fault, ...] = ()
