"""``make demo``: the main job, end to end. ``make run``: the same house, left up until Ctrl-C."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import httpx

from contracts.law.calendar import WorkingDays
from contracts.vocabulary import Role
from deploy.demo.clockwork import Clockwork
from deploy.demo.house import CannotStart, House, Ports, Say, standing
from deploy.demo.people import BOARD, KIM_LIEN, PROVINCE, People, Unexpected
from deploy.demo.real import chosen_house
from deploy.demo.story import Figures, Story, WentWrong
from deploy.demo.telling import timeline_of
from deploy.demo.watch import NotHeard, Watch
from services.chassis.bus.access import KafkaAccess

DATA: Final = Path(os.environ.get("TCD_DEMO_DATA", "data"))
CLOSED_CASES: Final = 2
_A_PETITION: Final = {
    "kind": "complaint",
    "channel": "counter",
    "received_by": KIM_LIEN,
    "matter_field": "land",
    "matter_unit": KIM_LIEN,
    "respondent_unit": KIM_LIEN,
    "respondent_post": "head",
    "petitioner": {"full_name": "Nguyễn Văn Thử", "phone": "0987654321"},
    "content": {"summary": "Đơn thử", "text": "Nội dung giả định."},
}
ROOT: Final = Path(__file__).parents[2]


async def demo() -> None:
    """Walk the story and tell what happened. Errors: CannotStart, NotHeard, Unexpected, WentWrong."""
    say = Say()
    house = chosen_house(DATA, Ports())
    _end_on_sigterm()
    async with standing(house, say=say), httpx.AsyncClient(timeout=30) as client:
        async with listening(house) as (watch, heard_path):
            clockwork = Clockwork(house.data / "clock.json", WorkingDays.official(scope=PROVINCE))
            story = Story(People(house, client), watch, clockwork, say, run_name=uuid4().hex[:8])
            figures = await story.walk()
            await _until_public_heard(heard_path)
        _tell(house, watch, figures, heard_path)
        say("xong; đang dừng các tiến trình (done; stopping the processes)")


@contextlib.asynccontextmanager
async def listening(house: House) -> AsyncIterator[tuple[Watch, Path]]:
    """An onlooker of ours and a stranger's program, both on the bus; the stranger's output goes to a file."""
    watch = Watch(KafkaAccess.told(house.bus_environment))
    await watch.start()
    stranger, heard_path = await _stranger(house)
    try:
        yield watch, heard_path
    finally:
        if stranger.returncode is None:
            stranger.terminate()
        await stranger.wait()
        await watch.stop()


async def run() -> None:
    """Leave the house up, with something to try."""
    say = Say()
    house = chosen_house(DATA, Ports())
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with standing(house, say=say), httpx.AsyncClient(timeout=30) as client:
        await _invite(house, People(house, client))
        fallen = asyncio.create_task(house.first_fallen())
        asked = asyncio.create_task(stop.wait())
        await asyncio.wait({fallen, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            name = fallen.result()
            raise CannotStart(f"{name} đã dừng ngoài ý muốn (ended by itself)\n{house.log_tail(name)}")
        fallen.cancel()
        say("đang dừng (stopping)")


def _end_on_sigterm() -> None:
    """Whoever ends us ends all that we started, too: a time limit, a container that stops."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def _stranger(house: House) -> tuple[asyncio.subprocess.Process, Path]:
    """A program of somebody else, that knows ``contracts`` and Kafka only."""
    path = house.data / "logs" / "stranger.log"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("KAFKA_")}
    environment = {**plain, **house.bus_environment, "PYTHONPATH": str(ROOT)}
    with path.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(ROOT / "examples" / "subscriber.py"), stdout=out, stderr=out, env=environment
        )
    return process, path


async def _until_public_heard(path: Path) -> None:
    deadline = asyncio.get_running_loop().time() + 20
    while asyncio.get_running_loop().time() < deadline:
        if (await asyncio.to_thread(path.read_text)).count("Kết thúc") >= CLOSED_CASES:
            return
        await asyncio.sleep(0.1)
    raise NotHeard("chương trình của người ngoài không nghe đủ (the stranger's program did not hear everything)")


def _tell(house: House, watch: Watch, figures: Figures, heard_path: Path) -> None:
    heard = list(watch.facts())
    for name, receipt in figures.petitions.items():
        print(f"\n── {receipt['code']} · {name} " + "─" * 40)
        for line in timeline_of(UUID(receipt["petition_id"]), heard):
            print(line)
    print("\n── người ngoài nghe được (a stranger's program, examples/subscriber.py) " + "─" * 20)
    print("\n".join(f"  {line}" for line in heard_path.read_text().splitlines()[-12:]))
    stored = figures.recording
    kinds = Counter(envelope.stream for envelope, _ in heard)
    print("\n── số liệu của lượt chạy (figures of this run) " + "─" * 30)
    print(f"  dữ kiện trên bus (facts): {len(heard)} ({', '.join(f'{s} {n}' for s, n in sorted(kinds.items()))})")
    if stored is not None:
        seconds = ", ".join(f"{value:.1f}" for value in figures.decoded_seconds.values())
        rate = stored.size_bytes / max(figures.upload_seconds, 0.001) / 1e6
        print(f"  bản ghi (recording): {figures.chunks} đoạn, {stored.size_bytes:,} byte, {rate:.1f} MB/s; ", end="")
        print(f"giải mã {seconds} s; kiểm chứng {figures.verdict}; giữ đến {stored.retain_until:%d/%m/%Y}")
    print(f"  dữ liệu (files): {_shown(house.data)}  ·  nhật ký (logs): {_shown(house.data / 'logs')}  ·  ", end="")
    print(f"vết (traces): {_shown(house.data / 'traces')}")


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


async def _invite(house: House, people: People) -> None:
    tokens = {
        "người tiếp công dân xã Kim Liên": await people.of(Role.RECEIVER, unit=KIM_LIEN, subject="can-bo-kim-lien"),
        "Ban Tiếp công dân tỉnh": await people.of(Role.RECEIVER, Role.PETITION_OFFICER, unit=BOARD, subject="btcd"),
        "chủ tịch UBND tỉnh": await people.of(
            Role.CHAIR, Role.SETTLING_AUTHORITY, unit=PROVINCE, subject="chu-tich-tinh"
        ),
        "người vận hành": await people.of(Role.SYSTEM_OPERATOR, unit=PROVINCE, subject="van-hanh"),
    }
    print(f"\nHệ thống đang chạy, Ctrl-C để dừng (up until Ctrl-C). {house.promise}")
    for name in house.ports.services:
        print(f"  {name:<10} {house.url(name)}/docs   /livez /readyz /metrics")
    print(f"  {'tra cứu':<10} {house.url('intake')}/tra-cuu")
    print(f"  {'thư chết':<10} {house.url('routing')}/ops/letters   (mã của người vận hành)")
    print(f"  {'Kafka':<10} {house.bootstrap}")
    print("\nMã truy cập, hạn 10 giờ (ready-made tokens):")
    for name, person in tokens.items():
        print(f"  # {name}\n  {person.headers['authorization'].removeprefix('Bearer ')}")
    officer = tokens["người tiếp công dân xã Kim Liên"].headers["authorization"]
    print("\nBa lệnh đáng thử (three things to try):")
    print(
        f"  curl -s {house.url('intake')}/v1/petitions -H 'Authorization: {officer}' "
        f"-H 'Content-Type: application/json' -d '{json.dumps(_A_PETITION, ensure_ascii=False)}'"
    )
    print(f"  curl -s {house.url('routing')}/v1/cases -H 'Authorization: {officer}'")
    print(f"  curl -s {house.url('routing')}/readyz", flush=True)


def main() -> int:
    """Exit codes: 0 done, 1 the story went wrong, 2 the house cannot stand, 130 interrupted, 143 ended."""
    wanted = run if sys.argv[1:] == ["run"] else demo
    try:
        asyncio.run(wanted())
    except KeyboardInterrupt:
        return 130
    except asyncio.CancelledError:
        return 143
    except (CannotStart, NotHeard, Unexpected, WentWrong, ExceptionGroup) as error:
        return _excuse(error)
    return 0


def _excuse(error: Exception) -> int:
    """One clear line per known mishap; anything else is a bug and shows its traceback."""
    if isinstance(error, ExceptionGroup):
        known, unknown = error.split((CannotStart, NotHeard, Unexpected, WentWrong))
        if unknown is not None:
            raise unknown
        return max(_excuse(one) for one in known.exceptions) if known else 1
    print(f"tiepdan: {error}", file=sys.stderr)
    return 2 if isinstance(error, CannotStart) else 1


if __name__ == "__main__":
    sys.exit(main())
