"""Chunks of 512 KiB through recording to S3, beside minio-py putting the same bytes with as many workers."""

import asyncio
import base64
import hashlib
import io
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final
from uuid import uuid4

import urllib3
from aiokafka import AIOKafkaProducer
from minio import Minio

from contracts.facts.envelope import Envelope
from contracts.facts.sessions import BridgePoint
from contracts.streams import SESSIONS
from contracts.vocabulary import Role
from deploy.demo.clip import CODECS
from deploy.demo.house import House
from deploy.engines.folder import is_built
from deploy.engines.minio import MinioEngine
from deploy.engines.server import Server, free_ports
from tests.bench.figures import Figure, Goal, Row
from tests.bench.place import Place, alternating, memory_mib, servers_of
from tests.chassis.delivery_bench import a_chain
from tests.living import a_token
from tests.recording.world import PROVINCE, START_MS, Session, a_point

CHUNK_BYTES: Final = 524_288
WORKERS: Final = 8
CHUNKS_EACH: Final = 96
"""Of each worker in one measurement: what a camera of 2 Mbit/s makes in three minutes."""
_CHUNKS: Final = WORKERS * CHUNKS_EACH
_MEGABYTES: Final = _CHUNKS * CHUNK_BYTES / 1e6
_WAIT_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.02
_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Store:
    """The store as recording's own environment names it."""

    endpoint: str
    access_key: str
    secret_key: str
    is_secure: bool
    bucket: str

    @classmethod
    def of(cls, told: Mapping[str, str]) -> "Store":
        secure = told.get("S3_SECURE", "true").lower() in {"1", "true", "yes"}
        bucket = told.get("S3_BUCKET", "tiepdan")
        return cls(told["S3_ENDPOINT"], told["S3_ACCESS_KEY"], told["S3_SECRET_KEY"], secure, bucket)

    def client(self) -> Minio:
        """minio-py as it comes, with a connection for each worker."""
        pool = urllib3.PoolManager(maxsize=WORKERS, timeout=urllib3.Timeout(30))
        return Minio(self.endpoint, self.access_key, self.secret_key, secure=self.is_secure, http_client=pool)


@dataclass(frozen=True, slots=True)
class Kept:
    """What one measurement of recording gave."""

    seconds: float
    """From the first PUT until every byte stood in the store."""
    acknowledged_seconds: float
    answers_ms: Sequence[float]
    objects: int
    cpu_ms: Mapping[str, float]
    """Processor time by process, for each chunk."""
    memory_mib: float
    """The most that recording has held so far."""


class Media:
    """The bytes of one measurement: no two chunks alike, the same on both sides."""

    def __init__(self) -> None:
        self._body = os.urandom(CHUNK_BYTES - 16)

    def chunks(self, worker: int) -> Iterator[bytes]:
        for seq in range(CHUNKS_EACH):
            yield worker.to_bytes(8, "big") + seq.to_bytes(8, "big") + self._body


class Sender:
    """A bridge point: declares, sends its stream in order, completes. Blocking: one thread each."""

    def __init__(self, house: House, session: Session, point: BridgePoint, token: Mapping[str, str]) -> None:
        self._http = urllib3.PoolManager(maxsize=1, timeout=urllib3.Timeout(_WAIT_SECONDS), retries=False)
        self._url = f"{house.url('recording')}/v1"
        self._session, self._point, self._token = session, point, dict(token)
        self._stream = f"{self._url}/streams/{session.stream_id(point)}"
        self.answers_ms: list[float] = []

    def declare(self) -> None:
        """As soon as recording has heard of the session. Errors: TimeoutError."""
        said = {"point_id": str(self._point.point_id), "epoch": 1, "codecs": CODECS}
        url = f"{self._url}/recordings/{self._session.recording_id}/streams"
        deadline = time.monotonic() + _WAIT_SECONDS
        while self._http.request("POST", url, json=said, headers=self._token).status != 201:
            if time.monotonic() > deadline:
                raise TimeoutError("recording did not hear of the session")
            time.sleep(_LOOK_SECONDS)

    def send(self, chunks: Iterator[bytes]) -> None:
        """Errors: RuntimeError when one is not acknowledged."""
        for seq, content in enumerate(chunks):
            begun = time.perf_counter()
            digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
            headers = self._token | {
                "content-digest": f"sha-256=:{digest}:",
                "capture-start-ms": str(START_MS + seq * 1000),
                "capture-end-ms": str(START_MS + seq * 1000 + 1000),
                "starts-with-keyframe": "true",
            }
            answer = self._http.request("PUT", f"{self._stream}/chunks/{seq}", body=content, headers=headers)
            self.answers_ms.append((time.perf_counter() - begun) * 1e3)
            if answer.status != 201:
                raise RuntimeError(f"chunk {seq}: {answer.status} {answer.data[:300]!r}")

    def complete(self) -> None:
        said = {"last_seq": CHUNKS_EACH - 1}
        answer = self._http.request("POST", f"{self._stream}/complete", json=said, headers=self._token)
        if answer.status != 200:
            raise RuntimeError(f"not complete: {answer.status} {answer.data[:300]!r}")


async def measure(place: Place) -> Sequence[Figure]:
    """Both sides in turns. Nothing where no store is built."""
    if place.engines == "embedded" and not is_built("minio"):
        place.say("left out: MinIO is not built (make engines)")
        return ()
    ours: list[Kept] = []
    beside: list[float] = []
    async with _a_house(place) as (house, watched):
        store = Store.of(house.environment("recording"))
        for number, side in alternating(place.repetitions, "ours", "beside"):
            if side == "ours":
                ours.append(await _through_recording(house, store, watched))
            else:
                beside.append(await asyncio.to_thread(_straight, store))
            last = ours[-1].seconds if side == "ours" else beside[-1]
            place.say(f"{number + 1}. {side}: {_MEGABYTES / last:.0f} MB/s")
    return _figures(ours, beside)


@asynccontextmanager
async def _a_house(place: Place) -> AsyncIterator[tuple[House, Mapping[str, int]]]:
    """Recording on a real store, and the processes whose time is counted."""
    own = MinioEngine(place.folder / "minio", *free_ports(1)) if place.engines == "embedded" else None
    more = {"S3_RETENTION_MODE": "GOVERNANCE"}
    if own is not None:
        await asyncio.to_thread(own.start)
        keys = own.credentials
        more |= {"S3_ENDPOINT": own.endpoint, "S3_SECURE": "false"}
        more |= {"S3_ACCESS_KEY": keys.access_key, "S3_SECRET_KEY": keys.secret_key}
    try:
        async with place.house("recording", more=more) as house:
            servers: Sequence[Server] = (*servers_of(house), *((own,) if own else ()))
            watched = {server.name: server.pid for server in servers if server.name != "kafka"}
            yield house, watched | {"recording": house.processes["recording"].pid, "client": os.getpid()}
    finally:
        if own is not None:
            await asyncio.to_thread(own.stop)


async def _through_recording(house: House, store: Store, watched: Mapping[str, int]) -> Kept:
    media = Media()
    session = Session(points=tuple(a_point(PROVINCE, is_main=number == 0) for number in range(WORKERS)))
    started, ended = a_chain(SESSIONS, 2, session.session_id, [session.started().fact, session.ended().fact])
    token = await a_token(house, Role.POINT_DEVICE, unit=PROVINCE)
    senders = [Sender(house, session, point, token) for point in session.points]
    async with AIOKafkaProducer(bootstrap_servers=house.bootstrap, enable_idempotence=False) as producer:
        await _said(producer, started)
        for sender in senders:
            await asyncio.to_thread(sender.declare)
        before = {name: cpu_seconds(pid) for name, pid in watched.items()}
        begun = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            loop = asyncio.get_running_loop()
            sending = [
                loop.run_in_executor(pool, sender.send, media.chunks(number)) for number, sender in enumerate(senders)
            ]
            await asyncio.gather(*sending)
        acknowledged = time.perf_counter() - begun
        for sender in senders:
            await asyncio.to_thread(sender.complete)
        await _said(producer, ended)
        objects = await asyncio.to_thread(_until_kept, store, session)
        seconds = time.perf_counter() - begun
    used = {name: (cpu_seconds(pid) - before[name]) * 1e3 / _CHUNKS for name, pid in watched.items()}
    answers = [one for sender in senders for one in sender.answers_ms]
    await asyncio.to_thread(_until_sealed, senders[0], house, session, token)
    return Kept(seconds, acknowledged, answers, objects, used, memory_mib(watched["recording"], "VmHWM"))


async def _said(producer: AIOKafkaProducer, envelope: Envelope) -> None:
    key = str(envelope.subject).encode()
    await producer.send_and_wait(SESSIONS.name, envelope.value, key=key, headers=envelope.headers())


def _straight(store: Store) -> float:
    """minio-py alone: one object a chunk; seconds from the first PUT to the last answer."""
    client, media, prefix = store.client(), Media(), f"straight/{uuid4().hex}"

    def put(worker: int) -> None:
        for seq, content in enumerate(media.chunks(worker)):
            client.put_object(store.bucket, f"{prefix}/{worker}/{seq}", io.BytesIO(content), len(content))

    begun = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(put, range(WORKERS)))
    return time.perf_counter() - begun


def _until_kept(store: Store, session: Session) -> int:
    """Wait until the store lists every byte; the number of objects they are. Errors: TimeoutError."""
    client, prefix = store.client(), f"recordings/{session.recording_id}/"
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        listed = client.list_objects(store.bucket, prefix, recursive=True)
        found = [one.size or 0 for one in listed if (one.object_name or "").endswith(".media")]
        if sum(found) == _CHUNKS * CHUNK_BYTES:
            return len(found)
        if time.monotonic() > deadline:
            raise TimeoutError(f"{sum(found)} bytes of {_CHUNKS * CHUNK_BYTES} are kept")
        time.sleep(_LOOK_SECONDS)


def _until_sealed(sender: Sender, house: House, session: Session, token: Mapping[str, str]) -> None:
    """What follows, reading all back and clearing the disk, shall not run into the next measurement."""
    url = f"{house.url('recording')}/v1/recordings/{session.recording_id}"
    spool = house.data / "recording" / "spool"
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        status = sender._http.request("GET", url, headers=dict(token)).json()["status"]
        if status == "sealed" and not any(spool.rglob("*.chunk")):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"not sealed and cleared: {status}")
        time.sleep(_LOOK_SECONDS)


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used (Linux)."""
    used = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def _figures(ours: Sequence[Kept], beside: Sequence[float]) -> Sequence[Figure]:
    rates = [_MEGABYTES / seconds for seconds in beside]
    spent = {name: median(one.cpu_ms[name] for one in ours) for name in ours[0].cpu_ms}
    said = ", ".join(f"{name} {milliseconds:.1f}" for name, milliseconds in spent.items())
    return (
        Figure(
            "kept in the store", "MB/s", [_MEGABYTES / one.seconds for one in ours], rates, Goal("ratio_at_least", 0.7)
        ),
        Figure("acknowledged", "MB/s", [_MEGABYTES / one.acknowledged_seconds for one in ours], rates),
        Figure("answer to one chunk, p50", "ms", [median(one.answers_ms) for one in ours]),
        Figure("answer to one chunk, p99", "ms", [quantiles(one.answers_ms, n=_PERCENT)[-1] for one in ours]),
        Figure("memory at most, with eight points sending", "MiB", [one.memory_mib for one in ours]),
        Figure("objects put for 100 chunks", "", [one.objects * _PERCENT / _CHUNKS for one in ours]),
        Figure("processor time of recording for one chunk", "ms", [one.cpu_ms["recording"] for one in ours], note=said),
    )


ROWS: Final = (
    Row(
        name="recording",
        work="chunks of 512 KiB through recording to S3",
        beside="minio-py `put_object` of the same bytes, one object a chunk, with as many workers",
        goal="≥ 0.7 of its MB/s",
        method=f"""
One process of recording, its bus, its ledger and MinIO (four drives in one folder, erasure coded). {WORKERS} workers,
each a bridge point that sends {CHUNKS_EACH} chunks in order and waits for every answer; an answer means: on the disk,
synced, and in the ledger. *Kept* ends when the store itself lists every byte, the last part of each stream included,
which is shipped when the session has ended. The other side puts each chunk as an object into the same bucket and keeps
no entry and no order. The sender's hashing is counted on both sides; reading everything back and verifying it, which
sealing does afterwards, on neither.
""",
        findings="""
Where the time goes: before the path was shortened recording took 5.2–6.8 ms of processor time a chunk, now 4.1–4.7 on a
busier machine; the store takes 2.4 and the sender 1.0. By perf, before: interpreter 34 % (FastAPI, middlewares, handing
work between threads), kernel 31 % (sockets, files, threads), SHA-256 25 % (each byte five times: on arrival, when
it is read back from the disk, over the whole object, in the vault before it is sent, in minio-py's signature
over HTTP), SQLite 1 %. The disk is not the limit: write, sync, name and sync of the folder take 0.6 ms.
Taken out: three of four ledger reads a chunk (the unique id answers, a stream's index is remembered) and three of four
visits to a thread for the file. The streams of a recording are shipped beside each other: when they waited for one
another, half of the time passed after the last answer. Memory under this load is above 150 MiB: four objects of 8 MiB
are in hand at once and glibc keeps what was freed. `MALLOC_ARENA_MAX=2` brought 260 MiB down to 200 at no cost that was
seen, `MALLOC_MMAP_THRESHOLD_=131072` to 175 at a cost in processor time.
""",
        measure=measure,
    ),
)
