"""``make bench``: measure, keep the raw figures in docs/performance.json, write docs/performance.md from them.

python -m tests.bench                       all rows, on embedded and on real engines
python -m tests.bench --only filing growth  these rows; the others stay as they were measured
python -m tests.bench --page                no measurement: the page again, from the kept figures
"""

import argparse
import asyncio
import importlib
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.engines.folder import NAMES, is_built
from tests.bench import kept, page
from tests.bench.figures import Row
from tests.bench.place import ENGINES, Engines, Place

MODULES: Final = ("filing", "delivery", "latency", "recording", "growth", "start", "recount", "explain")
"""In the order of the page. Each has ``ROWS``."""


def rows() -> list[Row]:
    """Every row of the bench."""
    found: list[Row] = []
    for name in MODULES:
        if importlib.util.find_spec(f"tests.bench.{name}") is not None:
            found += getattr(importlib.import_module(f"tests.bench.{name}"), "ROWS", ())
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 measured (goals met or not: the page says), 2 for a row that does not exist."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", nargs="*", default=[], metavar="ROW")
    parser.add_argument("--engines", nargs="*", default=[], choices=ENGINES)
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--try-out", action="store_true", help="print the figures, keep nothing")
    chosen = parser.parse_args(arguments)
    known = rows()
    unknown = set(chosen.only) - {row.name for row in known}
    if unknown:
        print(f"no such row: {', '.join(sorted(unknown))}; there are: {', '.join(row.name for row in known)}")
        return 2
    wanted = [row for row in known if not chosen.only or row.name in chosen.only]
    for row in [] if chosen.page else wanted:
        for engines in _engines(chosen.engines):
            _measured(row, engines, chosen)
    if not chosen.try_out:
        page.write(known)
        print(f"{page.PATH.relative_to(Path.cwd())} written")
    return 0


def _measured(row: Row, engines: Engines, chosen: argparse.Namespace) -> None:
    print(f"{row.name} on {engines} engines: {row.work}", flush=True)
    found = kept.Circumstances.now()
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{row.name}-"))
    try:
        place = Place(engines, folder, chosen.repetitions, chosen.seconds)
        figures = asyncio.run(row.measure(place))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for figure in figures:
        print(f"  {figure.line()}", flush=True)
    if figures and not chosen.try_out:  # a row of one kind of engines has nothing to say of the other
        kept.keep(row.name, engines, figures, found)


def _engines(wanted: Sequence[Engines]) -> list[Engines]:
    """Those that are asked for, or all that stand on this machine."""
    if wanted:
        return list(wanted)
    lacking = [name for name in NAMES if not is_built(name)]
    if lacking:
        print(f"real engines are left out: {', '.join(lacking)} not built (make engines)")
        return ["embedded"]
    return list(ENGINES)


if __name__ == "__main__":
    sys.exit(main())
