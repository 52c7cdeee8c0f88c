"""``python -m deploy.engines build | run``."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from deploy.engines.build import build
from deploy.engines.folder import NAMES
from deploy.engines.server import EngineFailed
from deploy.engines.standing import Standing

_CANNOT = 2


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0, or 2 with a clear line on what is missing or failed."""
    parser = argparse.ArgumentParser(prog="python -m deploy.engines", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="fetch and build the engines once")
    building.add_argument("names", nargs="*", choices=[*NAMES, []], default=[], help="all when none is named")
    running = commands.add_parser("run", help="start all three, print addresses, stop at Ctrl-C")
    running.add_argument("--data", type=Path, default=Path("data/engines"), help="kept between runs")
    running.add_argument("--port-base", type=int, default=19_100, help="four ports from here on")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "build":
            build(tuple(chosen.names) or NAMES)
        else:
            _run(chosen.data, chosen.port_base)
    except EngineFailed as failure:
        for line in str(failure).splitlines():
            print(f"engines: {line}", file=sys.stderr)
        return _CANNOT
    return 0


def _run(data: Path, base: int) -> None:
    gone = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: gone.set())
    with Standing(data, base) as standing:
        for name, value in standing.environment.items():
            print(f"export {name}='{value}'", flush=True)
        print("# up; Ctrl-C stops them", flush=True)
        gone.wait()


if __name__ == "__main__":
    raise SystemExit(main())
