"""The recording service in a process of its own, to be killed: ``python -m tests.recording.crash_child <folder>``.

Prints its port. The clock stands still, nobody is on the bus, custody works without pause.
"""

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn

from services.chassis.auth.local_issuer import LocalIssuer
from services.recording.app import make_app
from tests.recording.world import a_chassis


def main(folder: Path) -> None:
    issuer = LocalIssuer.from_file(folder / "issuer.pem")
    settings, chassis = a_chassis(folder, issuer=issuer, recording_work_seconds=0.005)
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server = uvicorn.Server(uvicorn.Config(make_app(settings, chassis), log_level="error", access_log=False))
    asyncio.run(server.serve([listener]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
