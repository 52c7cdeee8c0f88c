"""The raw figures, kept beside the page: every row with the time, the commit and the machine of its own measurement."""

import json
import os
import platform
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

from deploy.engines import kafka, minio, mongo
from tests.bench.figures import Figure
from tests.bench.place import Engines

PATH: Final = Path("docs/performance.json").resolve()
_PACKAGES: Final = (
    "aiokafka", "confluent-kafka", "cryptography", "fastapi", "faststream", "minio", "motor", "orjson", "pydantic",
    "pydantic-core", "pymongo", "starlette", "uvicorn", "uvloop",
)  # fmt: skip


def load() -> dict[str, Any]:
    """All that was ever measured; empty at first."""
    found: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {"rows": {}}
    return found


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When a row was measured, and what else the machine was doing just before."""

    started: float
    load_before: float
    """Processes that wanted a core, on average of the last minute: above zero, somebody else worked too."""

    @classmethod
    def now(cls) -> Self:
        return cls(time.time(), os.getloadavg()[0])


def keep(row: str, engines: Engines, figures: Sequence[Figure], found: Circumstances) -> None:
    """Put one measurement in the place of the last one of this row on these engines."""
    all_kept = load()
    all_kept["rows"].setdefault(row, {})[engines] = {
        "measured_at": datetime.fromtimestamp(found.started, UTC).isoformat(timespec="seconds"),
        "took_seconds": round(time.time() - found.started, 1),
        "load_before": round(found.load_before, 1),
        "commit": _commit(),
        "machine": machine(),
        "versions": versions(),
        "figures": [figure.to_json() for figure in figures],
    }
    PATH.write_text(json.dumps(all_kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def machine() -> Mapping[str, str]:
    """What it ran on; no name of it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": _processor(),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
    }


def versions() -> Mapping[str, str]:
    """Everything that takes part."""
    packages = {name: version(name) for name in _PACKAGES}
    engines = {"Apache Kafka": kafka.VERSION, "MongoDB wire engine": mongo.VERSION, "MinIO": minio.VERSION}
    own = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    return own | engines | packages


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    asked = [git, "describe", "--always", "--dirty", "--abbrev=10"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    return done.stdout.strip() or "unknown"
