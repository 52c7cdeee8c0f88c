"""What routing adds to the settings of every service."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from contracts.law.settings import LawSettings
from services.chassis.settings import ServiceSettings


class RoutingSettings(ServiceSettings):
    """From the environment, prefix ``TCD_``. Units stand in the names."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="TCD_", extra="ignore", populate_by_name=True)

    port: int = 8002
    routing_public_id_secret: SecretStr = SecretStr("")
    """Derives public case ids, so that nobody outside can join them with ours; at least 32 bytes, never changed."""
    routing_key_file: Path = Path("data/keys/routing.keys")
    """Key-encryption keys for the documents that are drawn up here, one ``id:base64`` a line; the last one seals."""
    routing_calendar_signers: Mapping[str, str] = Field(default_factory=dict)
    """Whose signatures under plans of the calendar count, as JSON: name of the key → Ed25519 public key (32 bytes,
    Base64). Empty: no plan can be entered."""
    recount_seconds: float = Field(default=2.0, gt=0)
    """How often routing looks whether a plan was entered elsewhere and whether a case is still counted without it."""
    recount_page: int = Field(default=500, gt=0)
    warn_at_percent: tuple[int, ...] = (50, 75, 90)
    """How much of a clock's time is used when its holder is warned; ascending."""
    timer_seconds: float = Field(default=2.0, gt=0)
    """How often routing looks for cases to which time alone has brought something."""
    timer_page: int = Field(default=200, gt=0)

    @property
    def supplement_answer_working_days(self) -> int:
        """How long a petitioner has to complete a petition. No number in the law: a setting of its table."""
        return LawSettings.load(chosen=self.law_settings).number("supplement_answer_working_days")
