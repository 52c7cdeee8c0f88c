"""What notify adds to the settings of every service. The defaults of addresses and keys are the simulator's."""

from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings
from services.notify.domain.compose import House
from services.notify.domain.pace import Pace


class NotifySettings(ServiceSettings):
    """From the environment; what is notify's own starts with ``TCD_NOTIFY_``, ``TCD_ZALO_`` or ``TCD_ESMS_``."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="TCD_", extra="ignore", populate_by_name=True)

    port: int = 8005
    contacts_key_file: Path = Path("data/keys/contacts.keys")
    """The keys shared with intake; they also seal Zalo's tokens at rest."""
    notify_receipt_secret: SecretStr = SecretStr("")
    """Makes the paths of SMS receipts unguessable; at least 32 characters."""
    notify_public_url: str = "http://127.0.0.1:8005"
    """Where providers reach this service: the base of the SMS receipt address."""

    notify_province_name: str = "Nghệ An"
    notify_portal: str = "tcd.nghean.gov.vn"
    notify_neutral_portal: str = "nghean.gov.vn"
    """The address in discreet notices: the province's portal, since the reception office's own would disclose."""
    notify_hotline: str = "02383840840"
    """The reception office's telephone, printed in notices; never a person's."""
    notify_duty_file: Path | None = None
    """TOML: who is on duty where (``[[duty]] post, unit, role, phone, allows_zalo``). None: officers get no notices."""

    notify_has_quiet_hours: bool = True
    """Nothing is sent between 21:30 and 06:30 in Vietnam; off for demo and drills."""
    notify_concurrency: int = 16
    """How many notices are under way at once."""
    notify_look_seconds: float = 0.2
    """How often due notices are looked for."""
    notify_contact_wait_seconds: float = 3600.0
    notify_recheck_seconds: float = 5.0
    notify_lease_seconds: float = 60.0
    notify_unknown_wait_seconds: float = 90.0
    notify_backoff_base_seconds: float = 2.0
    notify_status_fallback_seconds: float = 7200.0
    notify_session_fallback_seconds: float = 3600.0
    notify_receipt_poll_seconds: float = 600.0
    notify_no_zalo_days: int = 30

    provider_connect_seconds: float = 3.0
    provider_answer_seconds: float = 10.0
    """How long a provider may take for its whole answer; keep it well below the lease."""
    provider_sends_per_second: float = 20.0

    zalo_oauth_url: str = "http://127.0.0.1:8090/zalo-oauth"
    zalo_biz_url: str = "http://127.0.0.1:8090/zalo-biz"
    zalo_app_id: str = "1000000000000000001"
    zalo_app_secret: SecretStr = SecretStr("sim-app-secret")
    zalo_oa_id: str = "2000000000000000002"
    zalo_oa_secret: SecretStr = SecretStr("sim-oa-secret")
    zalo_refresh_token: SecretStr = SecretStr("sim-refresh-0")
    """Pasted once after an administrator's consent; a new one here replaces the stored pair."""
    zalo_mac: Literal["auto", "app_appsecret", "app_oasecret", "oa_appsecret", "oa_oasecret"] = "auto"
    """How Zalo signs receipts; ``auto`` tries all four and logs which one fits: then pin it."""

    esms_url: str = "http://127.0.0.1:8090/esms"
    esms_key: SecretStr = SecretStr("sim-esms-key")
    esms_secret: SecretStr = SecretStr("sim-esms-secret")
    esms_brandname: str = "TCD-SIM"
    esms_neutral_brandname: str = "TTDT-SIM"
    """The sender of discreet notices: the province's portal, since a reception office's name would disclose."""

    def pace(self) -> Pace:
        """The clocks of sending."""
        return Pace(
            has_quiet_hours=self.notify_has_quiet_hours,
            contact_wait_seconds=self.notify_contact_wait_seconds,
            recheck_seconds=self.notify_recheck_seconds,
            lease_seconds=self.notify_lease_seconds,
            unknown_wait_seconds=self.notify_unknown_wait_seconds,
            backoff_base_seconds=self.notify_backoff_base_seconds,
            status_fallback_seconds=self.notify_status_fallback_seconds,
            session_fallback_seconds=self.notify_session_fallback_seconds,
            session_today_fallback_seconds=min(600.0, self.notify_session_fallback_seconds),
            receipt_poll_seconds=self.notify_receipt_poll_seconds,
            no_zalo_seconds=self.notify_no_zalo_days * 86_400.0,
        )

    def house(self) -> House:
        """The values of templates that are the same in every notice."""
        return House(self.notify_province_name, self.notify_portal, self.notify_neutral_portal, self.notify_hotline)
