"""Where a store is and who may use it."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class S3Address:
    """A store with object lock. ``endpoint`` is ``host:port``; the keys are not shown in a failure."""

    endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    is_secure: bool = False
    region: str = "us-east-1"
    ca_file: Path | None = None
