"""Work flows through a house: petitions are filed, some withdrawn, sessions held and recorded; each answer is noted."""

import asyncio
import base64
import hashlib
import random
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

import httpx

from contracts.ids import PetitionId, case_of
from contracts.vocabulary import PointCheck, Role
from deploy.demo.clip import CODECS, CONTAINER, ClipChunk, cut, make_clip
from deploy.demo.house import House
from deploy.demo.people import KIM_LIEN, PROVINCE, QUY_HOP, Person
from services.chassis.clock import VIETNAM, FileClock, move_clock
from tests.builders import a_draft
from tests.chaos.client import Client, code_of

_OPENS_IN: Final = timedelta(minutes=20)
"""A session may be opened half an hour before its hour: this one at once."""
_DAY_MUST_LAST: Final = timedelta(minutes=45)
_NOT_ARMED: Final = frozenset({"no_recording"})
_MORE_PETITIONS_A_SESSION: Final = 3
_CHECKED: Final = {check.value: True for check in PointCheck}


@dataclass(frozen=True)
class Plan:
    """How much happens. Pauses are random, up to these seconds; they spread the flow over the faults."""

    petitions: int
    sessions: int
    at_once: int
    """Petitions under way at the same time."""
    pause_seconds: float = 0.0
    """Before each filing."""
    sessions_at_once: int = 4
    chunks: int = 8
    """Of each point, the init segment included."""
    chunk_bytes: int = 14_000
    """At least; real media, filled up."""
    chunk_pause_seconds: float = 0.5
    withdrawn_every: int = 5
    """Each so many-th petition is withdrawn after it was filed."""
    lost_share: float = 0.05
    """Of the answers: they never reach the client, who asks again."""


@dataclass(frozen=True)
class SentChunk:
    """A chunk the recording door said is durable."""

    recording_id: str
    stream_id: str
    seq: int
    sha256: str
    size_bytes: int


@dataclass
class Acknowledged:
    """What the doors promised."""

    petitions: dict[int, str] = field(default_factory=dict)
    """Petition id by the number of the filing."""
    withdrawn: set[str] = field(default_factory=set)
    recordings: dict[str, str] = field(default_factory=dict)
    """Recording by session: ended, every minute signed, every stream completed."""
    chunks: list[SentChunk] = field(default_factory=list)


class Flow:
    """One run of a plan. Everything is repeated until it is answered."""

    def __init__(self, house: House, plan: Plan, *, name: str, chance: random.Random) -> None:
        """``name`` parts this run's idempotency keys from another's."""
        self._house = house
        self._plan = plan
        self._name = name
        self._chance = chance
        self._client = Client(house, chance, lost_share=plan.lost_share)
        self._clock = FileClock(house.data / "clock.json")
        self._filed: dict[int, asyncio.Event] = {}
        self.acknowledged = Acknowledged()
        self.grown = asyncio.Event()
        """Set with each petition and chunk that is acknowledged."""

    @property
    def client(self) -> Client:
        return self._client

    async def run(self, until: asyncio.Event) -> None:
        """All of it, to the end; and when everything is filed a little more, one after the other, until whatever is
        done to the house is over: a fault never meets doors at rest, also while sessions wait for it to end.
        Errors: Unexpected, GaveUp.
        """
        self._let_the_day_last()
        plan = self._plan
        self._filed = {number: asyncio.Event() for number in range(plan.petitions)}
        heard = [number for number in self._filed if not self._is_withdrawn(number)]
        sessions_gate = asyncio.Semaphore(plan.sessions_at_once)
        filing_gate = asyncio.Semaphore(plan.at_once)
        try:
            async with asyncio.TaskGroup() as tasks:
                for number in self._filed:
                    tasks.create_task(self._one(filing_gate, number))
                for number in range(plan.sessions):
                    tasks.create_task(self._hold(sessions_gate, heard[number * len(heard) // plan.sessions], number))
                tasks.create_task(self._a_little_more(until, tasks))
        finally:
            await self._client.close()

    async def _a_little_more(self, until: asyncio.Event, tasks: asyncio.TaskGroup) -> None:
        for filed in list(self._filed.values()):
            await filed.wait()
        alone, in_session = asyncio.Semaphore(1), asyncio.Semaphore(1)
        while not until.is_set():
            number = len(self._filed)
            self._filed[number] = asyncio.Event()
            await self._one(alone, number)
            is_heard = number % _MORE_PETITIONS_A_SESSION == 0 and not self._is_withdrawn(number)
            if self._plan.sessions and is_heard and not in_session.locked():
                tasks.create_task(self._hold(in_session, number, number))

    def _let_the_day_last(self) -> None:
        """A session is opened on its day only: near midnight the house's clock goes on into the next one."""
        now = self._clock.now().astimezone(VIETNAM)
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), VIETNAM)
        if midnight - now < _DAY_MUST_LAST:
            shift = (midnight - datetime.now(UTC)).total_seconds()
            move_clock(self._house.data / "clock.json", shift + 60)

    def _is_withdrawn(self, number: int) -> bool:
        return number % self._plan.withdrawn_every == self._plan.withdrawn_every - 1

    async def _one(self, gate: asyncio.Semaphore, number: int) -> None:
        async with gate:
            await asyncio.sleep(self._chance.uniform(0, self._plan.pause_seconds))
            who = await self._client.who(Role.RECEIVER, KIM_LIEN)
            body = a_draft(phone=f"09{number + 12_000_000:08d}").model_dump(mode="json")
            key = {"idempotency-key": f"chaos-{self._name}-{number}"}
            answer = await self._client.call(who, "POST", "intake", "/v1/petitions", body, headers=key)
            petition_id = str(answer.json()["petition_id"])
            self.acknowledged.petitions[number] = petition_id
            self._filed[number].set()
            self.grown.set()
            if self._is_withdrawn(number):
                await self._withdraw(who, petition_id)

    async def _withdraw(self, who: Person, petition_id: str) -> None:
        path = f"/v1/petitions/{petition_id}/withdrawal"
        said = {"scope": "whole", "document_number": "01/GDN"}
        await self._client.call(who, "POST", "intake", path, said, done=frozenset({"already_withdrawn"}))
        self.acknowledged.withdrawn.add(petition_id)

    async def _hold(self, gate: asyncio.Semaphore, heard: int, number: int) -> None:
        async with gate:
            await self._filed[heard].wait()
            case_id = str(case_of(PetitionId(UUID(self.acknowledged.petitions[heard]))))
            units = (PROVINCE, KIM_LIEN, QUY_HOP)[: 2 + number % 2]
            session = await self._scheduled(case_id, units)
            root = f"/v1/sessions/{session['session_id']}"
            points = {point["unit"]["unit"]: point["point_id"] for point in session["points"]}
            for unit, point_id in points.items():
                await self._ready(root, unit, point_id)
            chair = await self._client.who(Role.CHAIR, PROVINCE)
            await self._stepped(chair, root, "start")
            recording_id, last_seqs = await self._recorded(session["session_id"], points)
            await self._signed(root, points, chair)
            for unit, (stream_id, last_seq) in last_seqs.items():
                device = await self._client.who(Role.POINT_DEVICE, unit)
                path = f"/v1/streams/{stream_id}/complete"
                await self._client.call(device, "POST", "recording", path, {"last_seq": last_seq})
            self.acknowledged.recordings[session["session_id"]] = recording_id

    async def _scheduled(self, case_id: str, units: tuple[str, ...]) -> dict[str, Any]:
        """The session of this case. An answer that was lost is found again: the case is taken, by ours."""
        office = await self._client.who(Role.RECEIVER, PROVINCE)
        while True:
            plan = {
                "kind": "ad_hoc",
                "ground": "emergency",
                "starts_at": (self._clock.now() + _OPENS_IN).isoformat(),
                "chaired_by": PROVINCE,
                "points": [{"unit": unit, "is_main": unit == PROVINCE} for unit in units],
                "cases": [{"case_id": case_id, "at_unit": KIM_LIEN}],
            }
            answer = await self._client.call(
                office,
                "POST",
                "sessions",
                "/v1/sessions",
                plan,
                not_yet=frozenset({"unknown_case"}),
                done=frozenset({"case_already_scheduled"}),
            )
            if answer.is_success:
                return dict(answer.json())
            path = f"/v1/sessions/{answer.json()['session_id']}"
            found = await self._client.call(office, "GET", "sessions", path, done=frozenset({"no_session"}))
            if found.is_success:
                return dict(found.json())
            await asyncio.sleep(1)  # taken by a session that was never kept: the case is free again after a minute

    async def _ready(self, root: str, unit: str, point_id: str) -> None:
        technician = await self._client.who(Role.TECHNICAL_OPERATOR, unit)
        at = f"{root}/points/{point_id}"
        await self._client.call(technician, "POST", "sessions", f"{at}/tests", {"checks": _CHECKED})
        await self._client.call(technician, "POST", "sessions", f"{at}/connect", {})

    async def _stepped(self, chair: Person, root: str, step: str) -> None:
        """``not_now``: it was taken before, and the answer was lost; the session says so itself."""
        answer = await self._client.call(chair, "POST", "sessions", f"{root}/{step}", {}, done=frozenset({"not_now"}))
        if code_of(answer) == "not_now":
            session = (await self._client.call(chair, "GET", "sessions", root)).json()
            taken = "started_at" if step == "start" else "ended_at"
            assert session[taken] is not None, (step, session["status"])

    async def _recorded(self, session_id: str, points: dict[str, str]) -> tuple[str, dict[str, tuple[str, int]]]:
        device = await self._client.who(Role.POINT_DEVICE, PROVINCE)
        path = f"/v1/sessions/{session_id}/recording"
        found = await self._client.call(device, "GET", "recording", path, not_yet=_NOT_ARMED)
        recording_id = str(found.json()["recording_id"])
        async with asyncio.TaskGroup() as sending:
            sent = {
                unit: sending.create_task(self._sent(recording_id, unit, point_id, shade))
                for shade, (unit, point_id) in enumerate(points.items())
            }
        return recording_id, {unit: task.result() for unit, task in sent.items()}

    async def _sent(self, recording_id: str, unit: str, point_id: str, shade: int) -> tuple[str, int]:
        device = await self._client.who(Role.POINT_DEVICE, unit)
        declared = {"point_id": point_id, "container": CONTAINER, "codecs": CODECS}
        path = f"/v1/recordings/{recording_id}/streams"
        stream_id = str((await self._client.call(device, "POST", "recording", path, declared)).json()["stream_id"])
        began_ms = int(self._clock.now().timestamp() * 1000)
        chunks = clip_of(self._plan.chunks - 1, shade)
        for seq, chunk in enumerate(chunks):
            await asyncio.sleep(self._chance.uniform(0, self._plan.chunk_pause_seconds))
            content = filled(chunk.content, f"{stream_id} {seq} ".encode(), self._plan.chunk_bytes)
            await self._put(device, recording_id, stream_id, seq, content, chunk, began_ms)
        return stream_id, len(chunks) - 1

    async def _put(
        self, who: Person, recording_id: str, stream_id: str, seq: int, content: bytes, chunk: ClipChunk, began_ms: int
    ) -> httpx.Response:
        digest = hashlib.sha256(content)
        headers = {
            "content-digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
            "capture-start-ms": str(began_ms + chunk.start_ms),
            "capture-end-ms": str(began_ms + chunk.end_ms),
            "starts-with-keyframe": str(chunk.starts_with_keyframe).lower(),
        }
        path = f"/v1/streams/{stream_id}/chunks/{seq}"
        answer = await self._client.call(who, "PUT", "recording", path, headers=headers, content=content)
        sent = SentChunk(recording_id, stream_id, seq, str(answer.json()["sha256"]), len(content))
        assert sent.sha256 == digest.hexdigest(), (path, answer.text)
        self.acknowledged.chunks.append(sent)
        self.grown.set()
        return answer

    async def _signed(self, root: str, points: dict[str, str], chair: Person) -> None:
        for unit, point_id in points.items():
            clerk = await self._client.who(Role.NOTE_TAKER, unit)
            at = f"{root}/points/{point_id}"
            await self._client.call(clerk, "POST", "sessions", f"{at}/attendance", {"present": {"receiver": 1}})
        await self._stepped(chair, root, "end")
        minutes = {"minutes_sha256": hashlib.sha256(root.encode()).hexdigest()}
        for unit, point_id in points.items():
            clerk = await self._client.who(Role.NOTE_TAKER, unit)
            path = f"{root}/points/{point_id}/minutes"
            done = frozenset({"already_signed", "not_now"})  # not_now: signed everywhere, the answer was lost
            await self._client.call(clerk, "POST", "sessions", path, minutes, done=done)


@cache
def clip_of(seconds: int, shade: int) -> tuple[ClipChunk, ...]:
    """A point's media, made once."""
    return tuple(cut(make_clip(seconds, shade=40 * shade)))


def filled(content: bytes, name: bytes, size_bytes: int) -> bytes:
    """The chunk with a free box of its own at its end: no two chunks are alike, and players skip it."""
    payload = name.ljust(max(size_bytes - len(content) - 8, len(name)), b".")
    return content + struct.pack(">I4s", 8 + len(payload), b"free") + payload
