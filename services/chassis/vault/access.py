"""Where an S3 store is and who we are to it; knows no driver."""

import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import SecretStr

from contracts.errors import Refused

Mode = Literal["COMPLIANCE", "GOVERNANCE"]
"""Of retention: nobody shortens it, or whoever may bypass can."""
_ENDPOINT: Final = re.compile(r"(?:https?://)?(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?/?")
_PORT_MAX: Final = 65_535


@dataclass(frozen=True, slots=True)
class S3Access:
    """``endpoint`` is ``host:port``; a scheme in front of it wins over ``is_secure``.

    Errors: Refused("bad_s3_endpoint"), ("s3_file_unreadable"), naming the variable and never what it holds.
    """

    endpoint: str
    access_key: SecretStr
    secret_key: SecretStr
    bucket: str
    region: str = "us-east-1"
    is_secure: bool = True
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        found = _ENDPOINT.fullmatch(self.endpoint)
        if found is None or int(found[1] or 0) > _PORT_MAX:
            raise Refused(
                "bad_s3_endpoint",
                "S3_ENDPOINT không đúng dạng https://máy:cổng (không đường dẫn, không tên người dùng).",
            )
        if self.ca_file is not None:
            _must_be_readable(self.ca_file)

    @property
    def host(self) -> str:
        """``host:port``."""
        return self.endpoint.rstrip("/").rpartition("://")[2]

    @property
    def has_tls(self) -> bool:
        scheme, found, _ = self.endpoint.rpartition("://")
        return scheme == "https" if found else self.is_secure


def _must_be_readable(ca_file: Path) -> None:
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        why = "không phải PEM hợp lệ" if isinstance(error, ssl.SSLError) else error.strerror
        raise Refused("s3_file_unreadable", f"Không đọc được tệp của S3_CA_FILE: {why}.") from error
