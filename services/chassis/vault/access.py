"""Where an S3 store is and who we are to it; knows no driver."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

Mode = Literal["COMPLIANCE", "GOVERNANCE"]
"""Of retention: nobody shortens it, or whoever may bypass can."""


@dataclass(frozen=True, slots=True)
class S3Access:
    """``endpoint`` is ``host:port``; a scheme in front of it wins over ``is_secure``."""

    endpoint: str
    access_key: SecretStr
    secret_key: SecretStr
    bucket: str
    region: str = "us-east-1"
    is_secure: bool = True
    ca_file: Path | None = None

    @property
    def host(self) -> str:
        """``host:port``."""
        return self.endpoint.rstrip("/").rpartition("://")[2]

    @property
    def has_tls(self) -> bool:
        scheme, found, _ = self.endpoint.rpartition("://")
        return scheme == "https" if found else self.is_secure
