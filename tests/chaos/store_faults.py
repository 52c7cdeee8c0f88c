"""What is done to the S3 store while sessions are recorded: killed with -9, filled up."""

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import httpx

from contracts.facts.recording import RecordingStored
from contracts.vocabulary import Role
from deploy.demo.people import KIM_LIEN, PROVINCE, Person
from deploy.engines.minio import MinioEngine
from services.recording.domain.recording import Status
from tests.chaos.breaking import Fault, Scene
from tests.chaos.ledger_faults import must_be_clear, processes, ready_again

if TYPE_CHECKING:
    from tests.chaos.small_disk import Disk

WHILE_UPLOADING: Final = "store kill -9 while chunks came"
WHILE_SEALING: Final = "store kill -9 while a recording was being sealed"
FULL: Final = "store full"
ATTACHMENT_REFUSED: Final = "attachment refused for it"

_PATIENCE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.003
_TAKEN_WITHOUT_STORE: Final = 5
_SPOOL_FULL: Final = "507 spool_full"
_PDF: Final = b"%PDF-1.7\n" + b"%" * 200_000


def kill_store(store: MinioEngine, times: int) -> Fault:
    """While chunks come, so many times at random moments; then once when a recording is seen to be in sealing."""

    async def fault(scene: Scene) -> None:
        started = processes(scene.house)
        chunks = scene.run.plan.sessions * scene.run.plan.chunks  # half of all, or less: sealing is still to come
        for number in sorted(scene.chance.sample(range(1, chunks), times)):
            await scene.until_acknowledged(chunks=number)
            await asyncio.to_thread(store.kill)
            assert not store.is_alive
            before = len(scene.run.acknowledged.chunks)
            await scene.until_acknowledged(chunks=before + _TAKEN_WITHOUT_STORE)  # recording goes on without it
            await _again(scene, store)
            scene.happened(WHILE_UPLOADING)
        await _kill_in_sealing(scene, store)
        await ready_again(scene.house)
        assert processes(scene.house) == started, "a service ended because its store was away"

    return fault


async def _kill_in_sealing(scene: Scene, store: MinioEngine) -> None:
    tried: set[str] = set(scene.run.acknowledged.recordings.values())
    async with httpx.AsyncClient(base_url=scene.house.url("recording"), timeout=10) as client:
        who = await scene.run.flow.client.who(Role.RECORDS_ARCHIVIST, PROVINCE)
        while True:
            recording_id = await _next(scene, tried)
            if not await _is_seen_sealing(client, who, recording_id):
                continue
            await asyncio.to_thread(store.kill)
            assert not store.is_alive
            if await _status(client, who, recording_id) is not Status.SEALING:
                await asyncio.to_thread(store.start)  # it was done a moment before: another one
                continue
            await _again(scene, store)
            scene.happened(WHILE_SEALING)
            return


async def _next(scene: Scene, tried: set[str]) -> str:
    """A recording whose streams are complete since a moment. Errors: AssertionError when there is none to come."""
    known = scene.run.acknowledged.recordings
    while True:
        for recording_id in list(known.values()):
            if recording_id not in tried:
                tried.add(recording_id)
                return recording_id
        assert len(tried) < scene.run.plan.sessions, "no recording was seen in sealing: give the plan more sessions"
        await asyncio.sleep(_LOOK_SECONDS)


async def _is_seen_sealing(client: httpx.AsyncClient, who: Person, recording_id: str) -> bool:
    """False when it was sealed between two looks."""
    while True:
        status = await _status(client, who, recording_id)
        if status is Status.SEALING:
            return True
        if status in {Status.SEALED, Status.SEALED_WITH_GAPS, Status.FAILED}:
            return False
        await asyncio.sleep(_LOOK_SECONDS)


async def _status(client: httpx.AsyncClient, who: Person, recording_id: str) -> Status:
    answer = await client.get(f"/v1/recordings/{recording_id}", headers=who.headers)
    answer.raise_for_status()
    return Status(answer.json()["status"])


async def _again(scene: Scene, store: MinioEngine) -> None:
    await asyncio.sleep(scene.chance.uniform(0, 3))  # how long it is away is part of the schedule
    await asyncio.to_thread(store.start)


def fill_store(disk: "Disk") -> Fault:
    """Until recording refuses chunks because what it cannot hand on fills its own limit; intake is asked meanwhile."""

    async def fault(scene: Scene) -> None:
        started, counts = processes(scene.house), scene.run.flow.client.answers.counts
        refusals = _refusals(scene)
        await scene.until_acknowledged(petitions=1, chunks=scene.chance.randint(4, 12))
        disk.fill()
        try:
            refused = await _attachment(scene)
            sealed = _sealed(scene)
            began = time.monotonic()
            while counts[_SPOOL_FULL] < len(scene.house.ports.services):
                assert time.monotonic() - began < _PATIENCE_SECONDS, dict(counts)
                disk.fill()  # what becomes free is taken too
                await asyncio.sleep(0.1)
            assert _sealed(scene) == sealed, "sealed while nothing could be kept"
            scene.happened(FULL)
        finally:
            disk.free()
        await ready_again(scene.house)
        assert processes(scene.house) == started, "a service ended because the store was full"
        must_be_clear(refused, frozenset({"vault_full"}))
        for refusal in refusals:
            must_be_clear(refusal, frozenset({"vault_full", "spool_full"}))

    return fault


async def _attachment(scene: Scene) -> httpx.Response:
    """A paper handed in at intake: refused, and told so."""
    petition_id = next(iter(scene.run.acknowledged.petitions.values()))
    who = await scene.run.flow.client.who(Role.RECEIVER, KIM_LIEN)
    async with httpx.AsyncClient(base_url=scene.house.url("intake"), timeout=30) as client:
        url, headers = f"/v1/petitions/{petition_id}/attachments", who.headers | {"content-type": "application/pdf"}
        answer = await client.post(url, content=_PDF, headers=headers)
        assert answer.status_code == httpx.codes.INSUFFICIENT_STORAGE, (answer.status_code, answer.text)
        shown: dict[str, Any] = (await client.get(f"/v1/petitions/{petition_id}", headers=who.headers)).json()
    assert shown["attachments"] == []
    scene.happened(ATTACHMENT_REFUSED)
    return answer


def _sealed(scene: Scene) -> int:
    return sum(isinstance(fact, RecordingStored) for _, fact in scene.watch.facts())


def _refusals(scene: Scene) -> list[httpx.Response]:
    """Grows with every answer of recording from here on that is a server's refusal."""
    refusals: list[httpx.Response] = []

    async def answered(response: httpx.Response) -> None:
        await response.aread()
        if response.is_server_error and response.request.url.port == scene.house.ports.services["recording"]:
            refusals.append(response)

    scene.run.flow.client._http.event_hooks = {"response": [answered]}
    return refusals
