"""One server process on this machine: started, asked until it answers, frozen, killed, stopped by its pid."""

import abc
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar, Final, Self

HOST: Final = "127.0.0.1"
_POLL_SECONDS: Final = 0.05
_TAIL_LINES: Final = 15
# Below Linux's range for outgoing connections (32768–60999): a client that dials a dead server's port from that very
# range can connect to itself, and then the server cannot come back.
_LOWEST_PORT, _HIGHEST_PORT = 10_240, 32_000


class EngineFailed(Exception):
    """One clear line on what an engine did not do, and the last lines it wrote."""


class Server(abc.ABC):
    """A server that listens on loopback only and keeps everything below ``data``.

    A stopped or killed server can be started again on the same ports and data. Not safe for use by several threads.
    """

    name: ClassVar[str]
    start_seconds: ClassVar[float] = 60.0
    stop_seconds: ClassVar[float] = 30.0

    def __init__(self, data: Path, *ports: int) -> None:
        self.data: Final = data.resolve()
        self.log: Final = self.data / f"{self.name}.log"
        self._ports = ports
        self._process: subprocess.Popen[bytes] | None = None
        self._is_frozen = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def ports(self) -> tuple[int, ...]:
        """Where it listens."""
        return self._ports

    @property
    def pid(self) -> int:
        """Errors: EngineFailed when it was never started."""
        return self._started().pid

    @property
    def is_alive(self) -> bool:
        """The process exists; a frozen one does."""
        return self._process is not None and self._process.poll() is None

    @property
    def rss_bytes(self) -> int:
        """Memory the process holds now (Linux)."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def start(self, *, wait: bool = True) -> Self:
        """Start and, with ``wait``, return when it answers. Errors: EngineFailed, and then nothing is left running."""
        if self.is_alive:
            raise EngineFailed(f"{self.name} is running already, pid {self.pid}")
        for port in self._ports:
            if not is_free(port):
                raise EngineFailed(f"{self.name}: port {port} is taken; stop the other program or choose another port")
        self.data.mkdir(parents=True, exist_ok=True)
        self._prepare()
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._environment(),
                start_new_session=True,  # Ctrl-C is for us; we stop it in order
            )
        self._is_frozen = False
        if wait:
            self.until_ready()
        return self

    def until_ready(self, seconds: float | None = None) -> None:
        """Return when the server answers a question of its own protocol. Errors: EngineFailed, the server stopped."""
        limit = self.start_seconds if seconds is None else seconds
        try:
            until(self._answers_or_died, limit, f"{self.name} does not answer after {limit:.0f} s")
        except EngineFailed as failure:
            self.kill()
            raise EngineFailed(f"{failure}\n{self.log_tail()}") from None

    def stop(self) -> None:
        """Ask it to end, wait, end it by force after ``stop_seconds``; safe to repeat, a frozen one is woken first."""
        if self._process is None or not self.is_alive:
            return
        self.thaw()
        self._process.terminate()
        try:
            self._process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """``kill -9``; returns when the process is gone."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._is_frozen = False

    def freeze(self) -> None:
        """SIGSTOP: connections stay open, nothing is answered. Returns when the process really stands still."""
        os.kill(self._living().pid, signal.SIGSTOP)
        until(self._stands_still, 5.0, f"{self.name} did not freeze")
        self._is_frozen = True

    def thaw(self) -> None:
        """SIGCONT; nothing when it is not frozen."""
        if self._is_frozen:
            self._is_frozen = False
            os.kill(self._living().pid, signal.SIGCONT)

    def log_tail(self, lines: int = _TAIL_LINES) -> str:
        """The last lines it wrote, indented."""
        if not self.log.exists():
            return "    (no log)"
        return "\n".join(f"    {line[:300]}" for line in self.log.read_text(errors="replace").splitlines()[-lines:])

    @abc.abstractmethod
    def _command(self) -> list[str]: ...

    @abc.abstractmethod
    def _answers(self) -> bool:
        """True when the server answers; asked again and again, so it returns within about a second."""

    @abc.abstractmethod
    def _prepare(self) -> None:
        """What has to stand in the data folder before a start; safe to repeat."""

    def _environment(self) -> Mapping[str, str]:
        return {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME") if name in os.environ
        }

    def _answers_or_died(self) -> bool:
        code = self._started().poll()
        if code is not None:
            raise EngineFailed(f"{self.name} ended while starting, code {code}")
        return is_listening(self._ports[0]) and self._answers()

    def _stands_still(self) -> bool:
        stopped = os.waitid(os.P_PID, self._living().pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
        return stopped is not None

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise EngineFailed(f"{self.name} was never started")
        return self._process

    def _living(self) -> "subprocess.Popen[bytes]":
        if not self.is_alive:
            raise EngineFailed(f"{self.name} is not running\n{self.log_tail()}")
        return self._started()


def until(is_true: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Ask again and again. Errors: EngineFailed with ``otherwise`` when it is not true within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise EngineFailed(otherwise)
        time.sleep(_POLL_SECONDS)


def is_listening(port: int) -> bool:
    """Somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def is_free(port: int) -> bool:
    """Nobody listens there, and a server could."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> tuple[int, ...]:
    """Different ports that nobody uses now and no outgoing connection will take by chance."""
    found: set[int] = set()
    for port in random.sample(range(_LOWEST_PORT, _HIGHEST_PORT), 2_000):
        if is_free(port):
            found.add(port)
        if len(found) == count:
            return tuple(found)
    raise EngineFailed("no free ports on this machine")
