"""Writes one sample envelope per fact and version into contracts/samples, and its checksum beside it.

``python -m deploy.samples``. A sample that exists is never written again: it has to parse for ever. A new fact gets its
line in ``story.py`` first.
"""

import hashlib
import sys
from pathlib import Path
from typing import Final

from contracts.schemas.documents import as_text
from deploy.samples.story import sealed_story

SAMPLES: Final = Path(__file__).parents[2] / "contracts" / "samples"
SUMS: Final = "SHA256SUMS"


def write_missing(folder: Path) -> list[str]:
    """Write the samples that are not there yet; the names of those written."""
    written = []
    for type_, sample in sealed_story().items():
        path = folder / f"{type_}.json"
        if not path.exists():
            path.write_text(as_text(sample), encoding="utf-8")
            written.append(path.name)
    with (folder / SUMS).open("a", encoding="utf-8") as sums:
        for name in written:
            sums.write(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n")
    return written


def main() -> int:
    written = write_missing(SAMPLES)
    print(f"samples written: {', '.join(written) or 'none, all are there'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
