"""The whole system as processes on this machine: embedded bus, local issuer, gateway simulator, five services."""

import asyncio
import base64
import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

import httpx

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 45.0
STOP_SECONDS: Final = 20.0
_REPLICAS_MAX: Final = 6
_PORTS_PER_REPLICA: Final = 10


FAIR_WEATHER: Final = {"receipt_p50_seconds": 0.3, "receipt_p99_seconds": 1.0}
"""Receipts come soon: a person is watching."""


class CannotStart(Exception):
    """One clear line on why the house does not stand."""


class HasEnded(Exception):
    """A process is not there any more that should be."""


@dataclass(frozen=True)
class Ports:
    """Where everything listens; ``TCD_DEMO_PORT_BASE`` moves all of it."""

    base: int = field(default_factory=lambda: int(os.environ.get("TCD_DEMO_PORT_BASE", "8000")))

    @property
    def services(self) -> Mapping[str, int]:
        """Port of each service."""
        return {
            "intake": self.base + 1,
            "routing": self.base + 2,
            "sessions": self.base + 3,
            "recording": self.base + 4,
            "notify": self.base + 5,
        }

    @property
    def issuer(self) -> int:
        return self.base + 80

    @property
    def simulator(self) -> int:
        return self.base + 90

    @property
    def bus(self) -> int:
        return self.base + 92

    def all(self) -> Mapping[str, int]:
        return {
            **self.services,
            "local issuer": self.issuer,
            "gateway simulator": self.simulator,
            "embedded bus": self.bus,
        }


class House:
    """Starts, watches and stops the processes. ``data`` is kept between runs."""

    def __init__(self, data: Path, ports: Ports, more: Mapping[str, str] | None = None) -> None:
        """``more``: further settings of the services, as environment."""
        self.data = data.resolve()
        self.more = dict(more or {})
        self.more_of: dict[str, dict[str, str]] = {}
        """Further settings of one service, for its next start."""
        self.ports = ports
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self._replicas: dict[str, int] = {}
        self._logs: dict[str, Path] = {}
        self._held: TextIO | None = None

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.ports.bus}"

    @property
    def bus_environment(self) -> Mapping[str, str]:
        """What a client of the bus is told, by variable: where it is, and TLS and user where it has them."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap}

    def url(self, service: str) -> str:
        """Base address of a service, a further replica, the issuer or the simulator."""
        return f"http://{HOST}:{self._port(service)}"

    @property
    def bus_line(self) -> str:
        """What is started first, for a person."""
        return "bus nhúng (embedded bus)"

    @property
    def promise(self) -> str:
        """What a person may expect of a house that is left up."""
        return (
            "Bus nhúng chỉ giữ trong bộ nhớ, tối đa 5 MiB mỗi phân vùng: dùng để thử, vài nghìn đơn; khi bus mất, các\n"
            "dịch vụ tự phát lại lịch sử (for trying out only)."
        )

    def listeners(self) -> Mapping[str, int]:
        """Every port this house opens, by who listens there."""
        return self.ports.all()

    def check_ports(self) -> None:
        """Errors: CannotStart naming every busy port."""
        busy = []
        for name, port in self.listeners().items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError:
                    busy.append(f"{port} ({name})")
        if busy:
            raise CannotStart(
                f"cổng đang bận: {', '.join(busy)}; hãy dừng chương trình kia hoặc đặt TCD_DEMO_PORT_BASE "
                "(ports are busy; stop the other program or set TCD_DEMO_PORT_BASE)."
            )

    def prepare(self) -> None:
        """Folders and keys; what is there stays."""
        for folder in ("logs", "keys", "traces"):
            (self.data / folder).mkdir(parents=True, exist_ok=True)
        for name in ("intake", "routing", "contacts"):
            path = self.data / "keys" / f"{name}.keys"
            if not path.exists():
                _write_private(path, f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}\n")
        path = self.data / "keys" / "secrets.json"
        if not path.exists():
            names = ("TCD_INTAKE_RECEIPT_SECRET", "TCD_ROUTING_PUBLIC_ID_SECRET", "TCD_NOTIFY_RECEIPT_SECRET")
            _write_private(path, json.dumps({name: secrets.token_urlsafe(48) for name in names}, indent=1))

    def take(self) -> None:
        """This house alone uses the data until its process ends. Errors: CannotStart when another house does."""
        held = (self.data / "house.lock").open("a")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held.close()
            raise CannotStart(
                f"thư mục {self.data.name}/ đang được một hệ thống khác dùng (another house is using this data)."
            ) from None
        self._held = held

    async def first_fallen(self) -> str:
        """Wait until a process ends by itself; its name."""
        waiting = {asyncio.create_task(process.wait()): name for name, process in self.processes.items()}
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        return waiting[done.pop()]

    def environment(self, service: str) -> dict[str, str]:
        """What a service needs to know, over the caller's environment."""
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        own: dict[str, str] = json.loads((self.data / "keys" / "secrets.json").read_text())
        return {
            **keep,
            **own,
            "PYTHONPATH": os.environ.get("PYTHONPATH", str(Path.cwd())),
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # as in the image: glibc otherwise keeps what recording's threads gave back
            "TCD_PORT": str(self.ports.services[service]),
            "TCD_DATA_FOLDER": str(self.data),
            **self.bus_environment,
            "TCD_OIDC_ISSUER": self.url("local issuer"),
            "TCD_CLOCK_FILE": str(self.data / "clock.json"),
            "TCD_TRACE_FILE": str(self.data / "traces" / f"{service}.jsonl"),
            "TCD_INTAKE_KEY_FILE": str(self.data / "keys" / "intake.keys"),
            "TCD_ROUTING_KEY_FILE": str(self.data / "keys" / "routing.keys"),
            "TCD_CONTACTS_KEY_FILE": str(self.data / "keys" / "contacts.keys"),
            "TCD_NOTIFY_PUBLIC_URL": self.url("notify"),
            "TCD_NOTIFY_HAS_QUIET_HOURS": "false",
            "TCD_ZALO_OAUTH_URL": f"{self.url('gateway simulator')}/zalo-oauth",
            "TCD_ZALO_BIZ_URL": f"{self.url('gateway simulator')}/zalo-biz",
            "TCD_ESMS_URL": f"{self.url('gateway simulator')}/esms",
            **self.more,
        }

    async def start_bus(self) -> None:
        await self._spawn(
            "embedded bus", ["-m", "services.chassis.bus.embedded", "--port", str(self.ports.bus)], self._plain()
        )
        await self._until_listening("embedded bus")

    async def kill_bus(self) -> None:
        """``kill -9`` of the bus alone."""
        await self.kill("embedded bus")

    async def restart_bus(self) -> None:
        """The bus again, after it was killed."""
        await self.start_bus()

    async def start_neighbours(self) -> None:
        """The issuer and the simulator: stand-ins for what a province has."""
        keys = str(self.data / "keys" / "issuer.pem")
        issuer = ["-m", "services.chassis.auth.local_issuer", "--port", str(self.ports.issuer), "--key-file", keys]
        simulator = ["-m", "services.notify.simulator", "--port", str(self.ports.simulator)]
        await self._spawn("local issuer", issuer, self._plain())
        await self._spawn("gateway simulator", simulator, self._plain() | self.simulator_environment())
        await self._until_listening("local issuer")
        await self._until_listening("gateway simulator")
        async with httpx.AsyncClient() as client:
            weather = await client.put(f"{self.url('gateway simulator')}/__sim/scenario", json=FAIR_WEATHER)
            weather.raise_for_status()

    def simulator_environment(self) -> dict[str, str]:
        return {"SIM_WEBHOOK_ZALO": f"{self.url('notify')}/v1/receipts/zalo"}

    async def start_service(self, name: str) -> None:
        await self._spawn(name, ["-m", f"services.{name}"], self.environment(name) | self.more_of.get(name, {}))

    async def start_replica(self, name: str, number: int) -> str:
        """One more process of a service, on its ledger and vault, with a port of its own; 1 is the first after 0.

        Returns what it is called here: ``kill``, ``url`` and ``until_ready`` know it by that. Calling it again after
        its process ended starts it again as the same member. Errors: ValueError for numbers that have no port.
        """
        if not 1 <= number <= _REPLICAS_MAX:
            raise ValueError(f"replicas of a service are 1 … {_REPLICAS_MAX}")
        called = f"{name} {number}"
        self._replicas[called] = self.ports.services[name] + number * _PORTS_PER_REPLICA
        own = {
            "TCD_PORT": str(self._replicas[called]),
            "TCD_REPLICA": str(number),
            "TCD_TRACE_FILE": str(self.data / "traces" / f"{name}-{number}.jsonl"),
        }
        await self._spawn(called, ["-m", f"services.{name}"], self.environment(name) | own)
        return called

    async def until_ready(self, name: str) -> None:
        """Errors: CannotStart with the last lines of its log."""
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        async with httpx.AsyncClient(timeout=2) as client:
            while asyncio.get_running_loop().time() < deadline:
                self._must_live(name)
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.url(name)}/readyz")).status_code == httpx.codes.OK:
                        return
                await asyncio.sleep(0.1)
        raise CannotStart(
            f"{name} không sẵn sàng sau {START_SECONDS:.0f} giây (not ready in time)\n{self.log_tail(name)}"
        )

    async def stop(self) -> None:
        """Services first, then neighbours, then the bus; whoever does not go in time is ended."""
        for names in ([*self.ports.services, *self._replicas], ["gateway simulator", "local issuer"], ["embedded bus"]):
            going = [self.processes[name] for name in names if name in self.processes]
            for process in going:
                if process.returncode is None:
                    process.send_signal(signal.SIGTERM)
            await asyncio.gather(*(self._gone(process) for process in going))
        if self._held is not None:
            self._held.close()

    async def kill(self, name: str) -> None:
        """``kill -9``. Errors: HasEnded when it ended by itself before: that is no kill."""
        process = self.processes[name]
        if process.returncode is None:
            process.kill()
        if await process.wait() != -signal.SIGKILL:
            raise HasEnded(f"{name} ended by itself, code {process.returncode}\n{self.log_tail(name)}")

    def log_tail(self, name: str, lines: int = 12) -> str:
        """The last lines a process wrote."""
        path = self._logs.get(name)
        if path is None or not path.exists():
            return ""
        return "\n".join(f"    {line[:300]}" for line in path.read_text(errors="replace").splitlines()[-lines:])

    def _port(self, name: str) -> int:
        return self._replicas[name] if name in self._replicas else self.ports.all()[name]

    def _plain(self) -> dict[str, str]:
        return {**os.environ, "PYTHONUNBUFFERED": "1", "TCD_CLOCK_FILE": str(self.data / "clock.json")}

    async def _spawn(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> None:
        log = self.data / "logs" / f"{name.replace(' ', '-')}.log"
        self._logs[name] = log
        with log.open("ab") as out:
            self.processes[name] = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdout=out, stderr=out, env=dict(environment), start_new_session=True
            )

    async def _until_listening(self, name: str) -> None:
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            self._must_live(name)
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, self.ports.all()[name])
                writer.close()
                return
            await asyncio.sleep(0.05)
        raise CannotStart(f"{name} không trả lời (does not answer)\n{self.log_tail(name)}")

    def _must_live(self, name: str) -> None:
        code = self.processes[name].returncode
        if code is not None:
            raise CannotStart(f"{name} đã dừng, mã {code} (ended)\n{self.log_tail(name)}")

    @staticmethod
    async def _gone(process: asyncio.subprocess.Process) -> None:
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def standing(house: House, *, say: "Say") -> AsyncIterator[House]:
    """The house, up and ready; taken down at the end whatever happens."""
    house.check_ports()
    house.prepare()
    house.take()
    try:
        say(house.bus_line)
        await house.start_bus()
        say("nhà phát hành token, cổng SMS/Zalo mô phỏng (issuer, gateway simulator)")
        await house.start_neighbours()
        names = list(house.ports.services)
        for name in names:
            await house.start_service(name)
        for name in names:
            await house.until_ready(name)
            say(f"{name} sẵn sàng (ready) {house.url(name)}")
        yield house
    finally:
        await house.stop()


class Say:
    """Progress for a person: one line at a time, with the seconds since the start."""

    def __init__(self) -> None:
        self._started = asyncio.get_running_loop().time()

    def __call__(self, line: str) -> None:
        print(f"[{asyncio.get_running_loop().time() - self._started:6.1f}s] {line}", flush=True)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
