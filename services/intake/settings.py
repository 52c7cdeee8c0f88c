"""What intake adds to the settings of every service."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """From the environment; what is intake's own starts with ``TCD_INTAKE_``."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="TCD_", extra="ignore", populate_by_name=True)

    port: int = 8001
    intake_key_file: Path = Path("data/keys/intake.keys")
    """Key-encryption keys for person data, one ``id:base64`` a line; the last one seals, all of them open."""
    contacts_key_file: Path = Path("data/keys/contacts.keys")
    """The keys shared with notify, for contact cards only."""
    intake_receipt_secret: SecretStr = SecretStr("")
    """Derives lookup codes, access keys and content hashes; at least 32 bytes, and never changed."""
    attachment_max_bytes: int = 26_214_400
    lookup_tries: int = 10
    """Wrong access keys for one code before it answers nothing for a while."""
    lookup_pause_seconds: int = 900
