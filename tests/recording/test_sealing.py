"""From the end of a session to a sealed recording, or to a plain word that there is none."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import Refused, Unavailable
from contracts.facts.recording import RecordingFailed, RecordingGapFound, RecordingStarted, RecordingStored
from contracts.vocabulary import GapCause
from services.chassis.vault.port import Kept
from services.recording.domain.recording import Status
from tests.recording.world import NOW, START_MS, Session, World, a_point, media, world


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as running:
        yield running


async def manifest_of(room: World, session: Session) -> dict[str, object]:
    found: dict[str, object] = json.loads(await room.rooms.archive.manifest(await room.recording(session)))
    return found


async def test_a_session_recorded_at_three_points_is_sealed_and_said(room: World) -> None:
    session = await room.begin()

    recording = await room.sealed(session, (12, 5, 1))

    assert recording.status is Status.SEALED
    started, stored = await room.said(session)
    assert isinstance(started, RecordingStarted)
    assert isinstance(stored, RecordingStored)
    assert [stream.chunk_count for stream in stored.streams] == [12, 5, 1]
    assert (stored.size_bytes, stored.duration_milliseconds, stored.gap_count) == (18 * 300, 11_000, 0)
    assert stored.retain_until == (NOW + timedelta(days=3_653)).date()
    assert (await room.verify(session))["result"] == "valid"


async def test_the_media_of_a_point_are_the_exact_concatenation_of_its_chunks(room: World) -> None:
    session = await room.begin()
    await room.sealed(session, (12, 1, 1))

    answer = await room.get(f"/v1/recordings/{session.recording_id}/points/{session.points[0].point_id}/media")

    assert answer.content == b"".join(media(seq) for seq in range(12))


async def test_full_objects_go_to_the_vault_while_the_session_runs(room: World) -> None:
    session = await room.begin()
    await room.put_all(session, range(11))

    await room.care()

    objects = await room.rooms.capture.objects(session.stream_id())
    assert [stored.runs for stored in objects] == [((0, 2),), ((3, 5),), ((6, 8),)]
    assert (await room.have(session))["ranges"] == [[0, 10]]


async def test_the_disk_is_cleared_only_after_the_sealed_recording_is_verified(room: World) -> None:
    session = await room.begin()
    for point in session.points:
        await room.put_all(session, range(3), point)
        await room.complete(session, 2, point)
    spool = room.folder / "recording" / "spool"
    await room.hear(session.ended())

    while (await room.recording(session)).status is not Status.SEALED:
        assert len(list(spool.rglob("*.chunk"))) == 9
        await room.rooms.custody.step()

    await room.care()
    assert list(spool.rglob("*.chunk")) == []
    assert (await room.recording(session)).is_spool_clear
    assert (await room.have(session))["ranges"] == [[0, 2]]


async def test_missing_chunks_are_said_and_stand_in_the_sealed_manifest(room: World) -> None:
    session = await room.begin()
    first, second, third = session.points
    await room.put_all(session, [0, 1, 4], first)
    await room.complete(
        session, 5, first, lost=[{"from_seq": 2, "to_seq": 3, "cause": "network"}, {"from_seq": 5, "to_seq": 5}]
    )
    await room.put_all(session, [0, 2], second)
    await room.put(session, 1, media(1), digest_of=b"x", point=second)
    await room.put_all(session, [0], third)
    await room.hear(session.ended())
    await room.care()
    assert (await room.recording(session)).status is Status.DRAINING

    room.clock.advance(hours=74)
    await room.care()

    assert (await room.recording(session)).status is Status.SEALED_WITH_GAPS
    said = [fact for fact in await room.said(session) if isinstance(fact, RecordingGapFound)]
    assert [(fact.point_id, fact.from_chunk, fact.to_chunk, fact.cause) for fact in said] == [
        (first.point_id, 2, 3, GapCause.NETWORK),
        (first.point_id, 5, 5, GapCause.CHUNK_MISSING),
        (second.point_id, 1, 1, GapCause.CHUNK_REFUSED),
        (second.point_id, 3, 3, GapCause.SENDER_DEAD),
        (third.point_id, 1, 1, GapCause.SENDER_DEAD),
    ]
    verdict = await room.verify(session)
    assert (verdict["result"], verdict["gap_count"]) == ("valid_with_gaps", 5)


async def test_late_chunks_are_taken_until_the_deadline_and_none_after_sealing_began(room: World) -> None:
    session = await room.begin()
    await room.hear(session.ended())
    await room.put_all(session, [0])

    room.clock.advance(hours=74)
    await room.care()

    assert (await room.put(session, 1)).json()["code"] == "recording_closed"
    assert (await room.put(session, 0)).status_code == 200


async def test_a_chunk_on_its_way_when_sealing_begins_is_in_the_sealed_recording(room: World) -> None:
    session = Session(points=(a_point("tinh-40", is_main=True),))
    await room.begin(session)
    await room.hear(session.ended())
    is_half_sent, may_go_on = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield media(0)[:100]
        is_half_sent.set()
        await may_go_on.wait()
        yield media(0)[100:]

    sending = asyncio.create_task(room.put(session, 0, body=body()))
    await is_half_sent.wait()
    room.clock.advance(hours=74)
    await room.care()
    assert (await room.recording(session)).status is Status.SEALING
    may_go_on.set()
    assert (await sending).status_code == 201
    await room.care()

    started, _, stored = await room.said(session)
    assert isinstance(started, RecordingStarted)
    assert isinstance(stored, RecordingStored)
    assert stored.size_bytes == len(media(0))


async def test_a_session_without_any_media_is_declared_failed(room: World) -> None:
    session = await room.begin()
    await room.hear(session.ended())

    room.clock.advance(hours=74)
    await room.care()

    recording = await room.recording(session)
    assert (recording.status, recording.failure) == (Status.FAILED, "no_media")
    [failed] = await room.said(session)
    assert isinstance(failed, RecordingFailed)


async def test_points_that_all_say_they_made_nothing_fail_at_once(room: World) -> None:
    session = await room.begin()
    for point in session.points:
        await room.complete(session, -1, point)
    await room.hear(session.ended())

    await room.care()

    assert (await room.recording(session)).status is Status.FAILED


async def test_a_session_cancelled_before_media_keeps_nothing(room: World) -> None:
    session = await room.begin()
    await room.hear(session.cancelled())

    await room.care()

    assert (await room.recording(session)).status is Status.CANCELLED
    assert (await room.put(session, 0)).json()["code"] == "recording_closed"
    assert list((room.folder / "recording" / "spool").rglob("*.chunk")) == []


async def test_a_session_cancelled_before_it_started_is_nothing_to_recording(room: World) -> None:
    session = Session()

    await room.hear(session.cancelled())

    assert await room.rooms.recordings.find_by_session(session.session_id) is None


async def test_the_same_fact_heard_twice_has_one_effect(room: World) -> None:
    session = Session()
    started, ended = session.started(), session.ended()

    for heard in (started, started, ended, ended, started):
        await room.hear(heard)

    assert (await room.recording(session)).status is Status.DRAINING


async def test_a_point_that_was_not_required_and_never_came_leaves_no_gap(room: World) -> None:
    session = Session(points=(a_point("tinh-40", is_main=True), a_point("xa-17971", is_required=False)))
    await room.hear(session.started())
    await room.declare(session, session.points[0])
    await room.put_all(session, range(2))
    await room.complete(session, 1)
    await room.hear(session.ended())

    await room.care()

    assert (await room.recording(session)).status is Status.SEALED


async def test_two_epochs_of_a_point_are_two_streams_of_the_recording(room: World) -> None:
    session = Session(points=(a_point("tinh-40", is_main=True),))
    await room.begin(session)
    await room.put_all(session, range(2))
    await room.declare(session, session.points[0], epoch=2)
    await room.put(session, 0, media(0, salt="2"), epoch=2)
    await room.hear(session.ended())
    room.clock.advance(hours=74)

    await room.care()

    path = f"/v1/recordings/{session.recording_id}/points/{session.points[0].point_id}/media"
    assert (await room.get(path)).content == media(0) + media(1)
    assert (await room.get(f"{path}?epoch=2")).content == media(0, salt="2")


async def test_a_chunk_that_rotted_on_the_disk_becomes_a_gap_and_never_reaches_the_vault(room: World) -> None:
    session = Session(points=(a_point("tinh-40", is_main=True),))
    await room.begin(session)
    await room.put_all(session, range(3))
    await room.complete(session, 2)
    file = next((room.folder / "recording" / "spool").rglob("0000001.*.chunk"))
    file.write_bytes(b"rotten")
    await room.hear(session.ended())

    await room.care()

    assert (await room.recording(session)).status is Status.SEALED_WITH_GAPS
    assert (await room.verify(session))["result"] == "valid_with_gaps"


async def test_sealing_twice_gives_the_same_manifest(room: World) -> None:
    session = await room.begin()
    for point in session.points:
        await room.put_all(session, range(4), point)
        await room.complete(session, 3, point)
    await room.hear(session.ended())
    decide = room.rooms.recordings.decide

    async def cut_off(*_: object) -> None:
        raise Unavailable("ledger_away", "…")

    await room.rooms.custody.step()
    room.rooms.recordings.decide = cut_off  # type: ignore[assignment, method-assign]  # the last write of sealing fails
    with pytest.raises(Unavailable):
        await room.rooms.custody.step()
    room.rooms.recordings.decide = decide  # type: ignore[method-assign]
    await room.care()

    assert (await room.recording(session)).status is Status.SEALED
    manifests = [kept for kept in await room.vault.versions("recordings") if kept.name.endswith(".manifest.json")]
    assert len(manifests) == 1


async def test_a_vault_that_is_away_delays_sealing_and_loses_nothing(
    room: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await room.begin()

    async def away(*_: object, **__: object) -> Kept:
        raise Unavailable("vault_away", "…")

    with monkeypatch.context() as patched:
        patched.setattr(room.vault, "put", away)
        for point in session.points:
            await room.put_all(session, range(8), point)
            await room.complete(session, 7, point)
        await room.hear(session.ended())
        with pytest.raises(Unavailable):
            await room.care()

    await room.care()
    assert (await room.recording(session)).status is Status.SEALED
    assert (await room.verify(session))["result"] == "valid"


async def test_a_vault_that_will_never_take_it_fails_aloud_and_the_chunks_stay_on_the_disk(
    room: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await room.begin()
    for point in session.points:
        await room.put_all(session, range(2), point)
        await room.complete(session, 1, point)
    await room.hear(session.ended())

    async def refusing(*_: object, **__: object) -> Kept:
        raise Refused("wrong_hash", "…")

    monkeypatch.setattr(room.vault, "put", refusing)
    await room.care()

    assert (await room.recording(session)).failure == "vault_refused"
    assert isinstance((await room.said(session))[-1], RecordingFailed)
    assert len(list((room.folder / "recording" / "spool").rglob("*.chunk"))) == 6


async def test_what_is_sealed_cannot_be_deleted_before_its_day(room: World) -> None:
    session = await room.begin()
    await room.sealed(session)

    kept = await room.vault.versions(f"recordings/{session.recording_id}")

    assert len(kept) == 4
    for one in kept:
        with pytest.raises(Refused):
            await room.vault.delete(one.name, one.version)


async def test_the_manifest_holds_what_an_offline_verifier_needs(room: World) -> None:
    session = await room.begin()
    await room.sealed(session, (4, 1, 1))

    document = await manifest_of(room, session)

    assert document["format"] == "tiepdan-recording/1"
    streams = document["streams"]
    assert isinstance(streams, list)
    assert [chunk["seq"] for chunk in streams[0]["chunks"]] == [0, 1, 2, 3]
    assert streams[0]["chunks"][1]["capture_start_ms"] == START_MS
    assert sum(stored["chunk_count"] for stored in streams[0]["objects"]) == 4


async def test_an_unfinished_recording_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path) as room:
        session = await room.begin()
        for point in session.points:
            await room.put_all(session, range(5), point)
            await room.complete(session, 4, point)
        await room.care()
        await room.hear(session.ended())
        await room.rooms.custody.step()
        assert (await room.recording(session)).status is Status.SEALING

    async with world(tmp_path) as room:
        await room.care()
        assert (await room.recording(session)).status is Status.SEALED
        assert (await room.verify(session))["result"] == "valid"


async def test_a_stream_that_cannot_be_shipped_does_not_hold_up_the_others(
    room: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await room.begin()
    put, unlucky = room.vault.put, str(session.stream_id(session.points[0]))

    async def away_for_one(name: str, *rest: Any, **more: Any) -> Kept:
        if unlucky in name:
            raise Unavailable("vault_away", "…")
        return await put(name, *rest, **more)

    for point in session.points:
        await room.put_all(session, range(8), point)
    with monkeypatch.context() as patched:
        patched.setattr(room.vault, "put", away_for_one)
        with pytest.raises(Unavailable, match="vault_away"):
            await room.rooms.custody.step()
    shipped = [len(await room.rooms.capture.objects(session.stream_id(point))) for point in session.points]

    assert shipped == [0, 2, 2]
