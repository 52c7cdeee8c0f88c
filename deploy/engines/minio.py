"""MinIO without containers: an S3 store with versions, object lock and four drives in one folder."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Final

import httpx

from deploy.engines.folder import engine_folder
from deploy.engines.server import HOST, Server

VERSION: Final = "MinIO 2026-02-12 (7aac2a2c5b7c)"
DRIVES: Final = 4
_ASK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of one store; made once, kept beside its data, readable by its owner only."""

    access_key: str
    secret_key: str

    @classmethod
    def of_folder(cls, data: Path) -> "Credentials":
        path = data / "credentials.json"
        if path.exists():
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        made = cls(f"tiepdan-{secrets.token_hex(4)}", secrets.token_urlsafe(24))
        data.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(made)), encoding="utf-8")
        return made


class MinioEngine(Server):
    """An S3 store; drives are ``data/drives/o1`` … ``o4``: erasure coding stands the loss of two for reading."""

    name: ClassVar[str] = "minio"
    settings: ClassVar[str] = f"{DRIVES} drives in one folder"

    def __init__(self, data: Path, port: int) -> None:
        super().__init__(data, port)
        self.port: Final = port
        self.credentials: Final = Credentials.of_folder(data)

    @property
    def endpoint(self) -> str:
        """``host:port``; plain HTTP, for it never leaves this machine."""
        return f"{HOST}:{self.port}"

    def _answers(self) -> bool:
        """It can write, which is more than being up."""
        try:
            url = f"http://{self.endpoint}/minio/health/cluster"
            return httpx.get(url, timeout=_ASK_SECONDS, trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _prepare(self) -> None:
        for number in range(1, DRIVES + 1):
            (self.data / "drives" / f"o{number}").mkdir(parents=True, exist_ok=True)

    def _command(self) -> list[str]:
        drives = f"{self.data}/drives/o{{1...{DRIVES}}}"
        return [str(engine_folder("minio") / "minio"), "server", "--quiet", "--address", self.endpoint, drives]

    def _environment(self) -> Mapping[str, str]:
        return {
            **super()._environment(),
            "MINIO_ROOT_USER": self.credentials.access_key,
            "MINIO_ROOT_PASSWORD": self.credentials.secret_key,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            "MINIO_CI_CD": "1",  # the drives may share one disk
        }
