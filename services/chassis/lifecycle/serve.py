"""One process, one port: uvicorn without its own signals, exit codes that mean something.

0 stopped as asked · 1 could not start · 2 the port cannot be used or the settings do not fit
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NoReturn, TypeVar

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from contracts.errors import TiepdanError
from contracts.streams import Speaker
from services.chassis.delivery import commands
from services.chassis.lifecycle.life import Life
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import configure_logs, get_log
from services.chassis.unfit import unfit

Settings = TypeVar("Settings", bound=ServiceSettings)

STOPPED: Final = 0
FAILED: Final = 1
UNUSABLE: Final = 2
_HTTP_SHARE: Final = 0.25
_WATCHDOG_EXTRA_SECONDS: Final = 2.0
_KEEP_ALIVE_SECONDS: Final = 30
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

log = get_log()


def main(
    service: Speaker,
    make_app: Callable[[Settings], FastAPI],
    settings_class: Callable[[], Settings],
    arguments: Sequence[str] | None = None,
) -> NoReturn:
    """``python -m services.<service>``: read settings, make the app, run it; or do an operator's command."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        settings = settings_class()
        app = make_app(settings)
    except ValidationError as error:
        _say(f"{service} cannot start: settings: {unfit(error)}")
        sys.exit(UNUSABLE)
    except TiepdanError as error:
        _say(f"{service} cannot start: {error.sentence}")
        sys.exit(FAILED)
    if words:
        sys.exit(_command(app, service, words))
    sys.exit(run(app, settings))


def run(app: FastAPI, settings: ServiceSettings) -> int:
    """Serve until SIGTERM or SIGINT; the exit code."""
    service = app.state.chassis.service
    configure_logs(service, settings.log_level, app.state.chassis.meters.log_fields_dropped.inc)
    try:
        listener = _listener(settings.host, settings.port)
    except OSError as error:
        _say(_unusable_port(service, settings, error))
        return UNUSABLE
    config = _config(app, settings)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        return runner.run(_serve(app, settings, config, listener))


async def _serve(app: FastAPI, settings: ServiceSettings, config: uvicorn.Config, listener: socket.socket) -> int:
    life: Life = app.state.life
    server = _Server(config)
    stop = _Stop(server, life, settings)
    life.on_failure = server.leave
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.asked, number)
    log.info("service.starting", port=listener.getsockname()[1], host=settings.host, pid=os.getpid())
    try:
        await server.serve([listener])
    except SystemExit:
        pass  # uvicorn's own word for a failed start; ours is below
    except OSError as error:  # somebody else began to listen between our bind and our listen
        _say(_unusable_port(app.state.chassis.service, settings, error))
        return UNUSABLE
    stop.in_time()
    if life.failure:
        _say(f"{app.state.chassis.service} {life.failure.line}")
        return FAILED
    return STOPPED


class _Server(uvicorn.Server):
    """Uvicorn that leaves signals to us: its own handling ends a clean stop with exit code 143."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def leave(self) -> None:
        self.should_exit = True


class _Stop:
    """What a signal starts: not ready, a short wait for the balancer, then the server ends. A second one hurries."""

    def __init__(self, server: _Server, life: Life, settings: ServiceSettings) -> None:
        self._server = server
        self._life = life
        self._settings = settings
        self._watchdog = threading.Timer(settings.stop_grace_seconds + _WATCHDOG_EXTRA_SECONDS, _end_hard)
        self._watchdog.daemon = True
        self._is_asked = False

    def asked(self, number: signal.Signals) -> None:
        """A signal came."""
        log.info("service.stopping", signal=number.name)
        if self._is_asked:
            self._server.force_exit = True
            self._server.should_exit = True
            return
        self._is_asked = True
        self._watchdog.start()
        self._life.leave()
        asyncio.get_running_loop().call_later(self._settings.ready_off_seconds, self._server.leave)

    def in_time(self) -> None:
        """All is stopped."""
        self._watchdog.cancel()


def _end_hard() -> None:
    _say("stop took too long; ending the process: the outbox and the bus will repeat what was unfinished")
    os._exit(FAILED)


def _config(app: FastAPI, settings: ServiceSettings) -> uvicorn.Config:
    options: dict[str, Any] = {
        "log_config": None,
        "log_level": "critical",
        "access_log": False,
        "server_header": False,
        "lifespan": "on",
        "timeout_keep_alive": _KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": max(1, round(settings.stop_grace_seconds * _HTTP_SHARE)),
    }
    return uvicorn.Config(app, **options)


def _listener(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def _command(app: FastAPI, service: str, words: list[str]) -> int:
    """What an operator wants done beside the running service."""
    if words[0] not in {*commands.COMMANDS, "-h", "--help"}:
        _say(f"{service}: unknown command {words[0]!r}; known: {', '.join(commands.COMMANDS)}")
        return UNUSABLE
    chassis = app.state.chassis
    configure_logs(service, "warning", chassis.meters.log_fields_dropped.inc)
    return commands.run(service, words, engine=chassis.ledger, settings=chassis.settings, clock=chassis.clock)


def _unusable_port(service: str, settings: ServiceSettings, error: OSError) -> str:
    return f"{service} cannot start: port {settings.port} on {settings.host} cannot be used: {error.strerror}"


def _say(line: str) -> None:
    """One line for a person at a terminal or in a log, whatever the log format."""
    sys.stderr.write(line + "\n")
