"""A service as its operator meets it: a process, a port, an exit code, one clear line."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from services.chassis.bus.embedded import EmbeddedBus

DEADLINE_SECONDS = 30.0


@dataclass
class Service:
    """The probe service as a child process; ``lines`` is what it has said on stderr so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    port: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        assert self.process.stderr is not None
        async for raw in self.process.stderr:
            async with self._news:
                self.lines.append(raw.decode().rstrip())
                self._news.notify_all()

    async def says(self, wanted: Callable[[str], bool]) -> str:
        async with self._news:
            await self._news.wait_for(lambda: any(map(wanted, self.lines)))
        return next(filter(wanted, self.lines))

    async def says_event(self, event: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(await self.says(lambda line: f'"event":"{event}"' in line))
        return found

    async def exit_code(self) -> int:
        return await self.process.wait()

    def plain_lines(self) -> list[str]:
        """The lines for a person."""
        return [line for line in self.lines if not line.startswith("{")]


@pytest.fixture
async def bus() -> AsyncIterator[EmbeddedBus]:
    embedded = EmbeddedBus()
    await embedded.start()
    yield embedded
    await embedded.stop()


@asynccontextmanager
async def a_service(folder: Path, bus_address: str, *words: str, **settings: str) -> AsyncIterator[Service]:
    environment = {
        **os.environ,
        "TCD_DATA_FOLDER": str(folder),
        "TCD_PORT": "0",
        "KAFKA_BOOTSTRAP_SERVERS": bus_address,
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.chassis.probe_service",
        *words,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    service = Service(process)
    reading = asyncio.create_task(service.read())
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            yield service
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def port_of(service: Service) -> int:
    started = await service.says_event("service.starting")
    return int(str(started["port"]))


async def test_sigterm_finishes_the_request_in_hand_and_exits_with_0(tmp_path: Path, bus: EmbeddedBus) -> None:
    async with a_service(tmp_path, bus.address) as service:
        port = await port_of(service)
        await service.says_event("service.ready")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            asking = asyncio.create_task(client.get("/v1/slow"))
            assert service.process.stdout is not None
            await service.process.stdout.readline()  # the request has begun
            service.process.send_signal(signal.SIGTERM)
            await service.says_event("service.stopping")
            readiness = await client.get("/readyz")
            answer = await asking
        code = await service.exit_code()

    assert (readiness.status_code, readiness.json()["state"]) == (503, "stopping")
    assert answer.json() == {"answer": "whole"}
    assert code == 0
    assert "service.stopped" in service.lines[-1]
    assert service.plain_lines() == []


async def test_a_busy_port_is_one_clear_line_and_exit_code_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with a_service(tmp_path, "127.0.0.1:9", TCD_PORT=str(port)) as service:
            code = await service.exit_code()

    assert code == 2
    assert service.lines == [f"notify cannot start: port {port} on 127.0.0.1 cannot be used: Address already in use"]


async def test_a_bus_that_does_not_come_ends_the_process_loudly(tmp_path: Path) -> None:
    async with a_service(tmp_path, "127.0.0.1:9", TCD_BUS_WAIT_SECONDS="0.5") as service:
        code = await service.exit_code()

    assert code == 1
    assert service.plain_lines() == ["notify cannot start: bus: Chưa kết nối được Kafka tại 127.0.0.1:9."]


async def test_http_answers_while_the_bus_is_awaited_but_is_not_ready(tmp_path: Path) -> None:
    async with a_service(tmp_path, "127.0.0.1:9") as service:
        port = await port_of(service)
        await service.says_event("bus.awaited")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            liveness, readiness = await client.get("/livez"), await client.get("/readyz")
        service.process.send_signal(signal.SIGTERM)
        code = await service.exit_code()

    assert (liveness.status_code, readiness.status_code, code) == (200, 503, 0)


async def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "notify").write_text("a file where the folder should be")

    async with a_service(tmp_path, "127.0.0.1:9") as service:
        code = await service.exit_code()

    assert code == 1
    assert len(service.plain_lines()) == 1
    assert service.plain_lines()[0].startswith("notify cannot start: ledger: ")


async def test_wrong_settings_are_named_without_their_values(tmp_path: Path) -> None:
    async with a_service(tmp_path, "127.0.0.1:9", TCD_PORT="secret-port") as service:
        code = await service.exit_code()

    assert code == 2
    assert service.lines == ["notify cannot start: settings: port"]


async def test_an_unknown_command_is_refused_and_the_known_are_named(tmp_path: Path) -> None:
    async with a_service(tmp_path, "127.0.0.1:9", "dance") as service:
        code = await service.exit_code()

    assert code == 2
    assert service.lines == ["notify: unknown command 'dance'; known: letters, replay"]


async def test_an_operator_lists_letters_without_a_bus_and_replays_with_one(tmp_path: Path, bus: EmbeddedBus) -> None:
    async with a_service(tmp_path, "127.0.0.1:9", "letters", "list") as listing:
        listed = await listing.exit_code()
    async with a_service(tmp_path, bus.address, "replay", "--from", "start") as replaying:
        replayed = await replaying.exit_code()

    assert (listed, listing.lines) == (0, [])
    assert (replayed, replaying.lines) == (0, [])


async def test_a_body_that_is_too_large_gets_its_answer_and_one_without_end_is_cut_off(tmp_path: Path) -> None:
    async def pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"x" * 65_536

    async with a_service(tmp_path, "127.0.0.1:9", TCD_BODY_MAX_BYTES="200000") as service:
        port = await port_of(service)
        await service.says_event("bus.awaited")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            announced = await client.put("/v1/body", content=b"x" * 10_000_000)
            chunked = await client.put("/v1/body", content=pieces(150))
            with pytest.raises(httpx.TransportError):
                await client.put("/v1/body", content=pieces(10**9))

    assert (announced.status_code, announced.json()["code"]) == (413, "body_too_large")
    assert (chunked.status_code, chunked.json()["code"]) == (413, "body_too_large")


async def test_a_failing_loop_and_a_bug_leave_no_words_of_theirs_in_the_log(tmp_path: Path, bus: EmbeddedBus) -> None:
    async with a_service(tmp_path, bus.address, PROBE_LOOP="fails") as service:
        port = await port_of(service)
        failed = await service.says_event("loop.step_failed")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            answer = await client.put("/v1/body", content=b"bug")
        bug = await service.says_event("http.bug")

    assert (failed["error"], failed["loop"], answer.status_code) == ("ValueError", "probe", 500)
    assert bug["error"] == "ValueError"
    assert str(bug["place"]).startswith("tests/chassis/probe_service.py:")
    assert "Mốc" not in "\n".join(service.lines)


async def test_two_signals_hurry_the_stop(tmp_path: Path, bus: EmbeddedBus) -> None:
    async with a_service(tmp_path, bus.address, TCD_READY_OFF_SECONDS="3600", TCD_STOP_GRACE_SECONDS="3600") as service:
        await service.says_event("service.ready")
        service.process.send_signal(signal.SIGTERM)
        await service.says_event("service.stopping")
        service.process.send_signal(signal.SIGTERM)
        code = await service.exit_code()

    assert code == 0
