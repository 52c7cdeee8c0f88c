"""What a bridge point may send, and what it is told."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.facts.recording import RecordingStarted
from tests.recording.world import KIM_LIEN, START_MS, Session, World, device, digest, media, world


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as running:
        yield running


async def test_a_chunk_that_was_answered_is_on_the_disk_and_in_the_have_ranges(room: World) -> None:
    session = await room.begin()

    answer = await room.put(session, 0)

    assert answer.status_code == 201
    assert answer.json()["outcome"] == "new"
    [file] = (room.folder / "recording" / "spool").rglob("*.chunk")
    assert file.read_bytes() == media(0)
    have = await room.have(session)
    assert (have["ranges"], have["size_bytes"]) == ([[0, 0]], 300)


async def test_the_same_chunk_again_is_answered_200_and_counted_once(room: World) -> None:
    session = await room.begin()
    await room.put(session, 0)

    again = await room.put(session, 0)

    assert (again.status_code, again.json()["outcome"]) == (200, "same_again")
    assert (await room.have(session))["chunk_count"] == 1


async def test_the_same_chunk_sent_many_times_at_once_is_kept_once(room: World) -> None:
    session = await room.begin()

    answers = await asyncio.gather(*(room.put(session, 0) for _ in range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len(list((room.folder / "recording" / "spool").rglob("*.chunk"))) == 1


async def test_other_bytes_for_a_seq_are_refused_and_both_are_kept_aside(room: World) -> None:
    session = await room.begin()
    await room.put(session, 0)

    contest = await room.put(session, 0, b"other bytes")

    assert (contest.status_code, contest.json()["code"]) == (409, "other_bytes")
    aside = {file.read_bytes() for file in (room.folder / "recording" / "spool").rglob("aside/*")}
    assert aside == {media(0), b"other bytes"}
    assert (await room.have(session))["refused_count"] == 1
    assert (await room.put(session, 0)).status_code == 200


async def test_of_two_different_chunks_for_one_seq_at_the_same_moment_exactly_one_is_kept(room: World) -> None:
    session = await room.begin()

    answers = await asyncio.gather(*(room.put(session, 0, media(0, salt=str(n))) for n in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    won = next(n for n, answer in enumerate(answers) if answer.status_code == 201)
    [file] = (room.folder / "recording" / "spool").rglob("*.chunk")
    assert file.read_bytes() == media(0, salt=str(won))


async def test_an_altered_chunk_is_refused_and_nothing_of_it_is_kept(room: World) -> None:
    session = await room.begin()

    answer = await room.put(session, 0, media(1), digest_of=media(0))

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_hash")
    assert (await room.have(session))["ranges"] == []
    assert [path for path in (room.folder / "recording" / "spool").rglob("*") if path.is_file()] == []


async def test_a_stream_with_three_altered_chunks_is_flagged(room: World) -> None:
    session = await room.begin()
    for seq in range(3):
        await room.put(session, seq, media(seq), digest_of=b"x")

    assert (await room.have(session))["is_flagged"] is True


async def test_a_chunk_cut_short_is_refused_as_altered(room: World) -> None:
    session = await room.begin()

    answer = await room.put(session, 0, media(0)[:-1], digest_of=media(0))

    assert answer.json()["code"] == "wrong_hash"


async def test_an_empty_chunk_is_refused(room: World) -> None:
    session = await room.begin()

    assert (await room.put(session, 0, b"")).json()["code"] == "chunk_empty"


@pytest.mark.parametrize("header", ["", "sha-512=:AAAA:", "sha-256=:AAAA:", "md5"])
async def test_a_chunk_without_a_sha256_is_refused(room: World, header: str) -> None:
    session = await room.begin()

    answer = await room.put(session, 0, headers={"content-digest": header})

    assert (answer.status_code, answer.json()["code"]) == (422, "digest_missing")


async def test_a_digest_among_others_is_found(room: World) -> None:
    session = await room.begin()

    answer = await room.put(session, 0, headers={"content-digest": f"sha-512=:AA==:, {digest(media(0))}"})

    assert answer.status_code == 201


async def test_a_capture_that_ends_before_it_starts_is_refused(room: World) -> None:
    session = await room.begin()

    answer = await room.put(session, 0, times=(START_MS, START_MS - 1))

    assert (answer.status_code, answer.json()["code"]) == (422, "capture_times_wrong")


async def test_chunks_in_any_order_make_the_same_stream(room: World) -> None:
    session = await room.begin()
    forward, backward = session.points[0], session.points[1]

    await room.put_all(session, range(6), forward)
    await room.put_all(session, [5, 3, 4, 0, 2, 1], backward)

    assert (await room.have(session, forward))["ranges"] == (await room.have(session, backward))["ranges"] == [[0, 5]]


async def test_missing_chunks_are_holes_in_the_have_ranges(room: World) -> None:
    session = await room.begin()

    await room.put_all(session, [0, 1, 4, 7])

    assert (await room.have(session))["ranges"] == [[0, 1], [4, 4], [7, 7]]


async def test_a_chunk_that_is_too_big_is_answered_413(tmp_path: Path) -> None:
    async with world(tmp_path, recording_chunk_max_bytes=1_000) as room:
        session = await room.begin()

        answer = await room.put(session, 0, media(0, 1_001))

        assert answer.status_code == 413
        assert (await room.put(session, 0, media(0, 1_000))).status_code == 201


async def test_a_full_spool_asks_the_point_to_wait_and_loses_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, recording_spool_max_bytes=700) as room:
        session = await room.begin()
        await room.put_all(session, [0, 1])

        full = await room.put(session, 2)

        assert (full.status_code, full.json()["code"]) == (507, "spool_full")
        assert int(full.headers["retry-after"]) > 0
        assert (await room.have(session))["ranges"] == [[0, 1]]
        assert room.rooms.capture.used_bytes == 600


async def test_the_first_chunk_is_said_once_whichever_point_it_came_from(room: World) -> None:
    session = await room.begin()

    await asyncio.gather(*(room.put(session, seq, point=point) for point in session.points for seq in range(3)))

    [fact] = await room.said(session)
    assert isinstance(fact, RecordingStarted)
    assert (await room.recording(session)).status == "recording"


async def test_a_stream_must_be_declared_before_its_first_chunk(room: World) -> None:
    session = Session()
    await room.hear(session.started())

    answer = await room.put(session, 0)

    assert (answer.status_code, answer.json()["code"]) == (409, "stream_not_declared")


async def test_the_same_declaration_again_is_fine_and_another_one_is_refused(room: World) -> None:
    session = await room.begin()
    point = session.points[0]
    other = {"point_id": str(point.point_id), "codecs": "vp9,opus"}

    assert (await room.declare(session, point)).status_code == 201
    answer = await room.client.post(
        f"/v1/recordings/{session.recording_id}/streams", json=other, headers=device(point.unit)
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "stream_declared")


async def test_a_sender_that_starts_anew_opens_the_next_epoch_and_cannot_skip_one(room: World) -> None:
    session = await room.begin()
    point = session.points[0]

    assert (await room.declare(session, point, epoch=3)).json()["code"] == "epoch_skipped"
    assert (await room.declare(session, point, epoch=2)).status_code == 201
    assert (await room.put(session, 0, epoch=2)).status_code == 201


async def test_a_device_of_another_unit_sees_the_same_404_as_for_nothing(room: World) -> None:
    session = await room.begin()
    path = f"/v1/streams/{session.stream_id()}/chunks"

    strange = await room.client.get(path, headers=device(KIM_LIEN))
    nothing = await room.client.get(f"/v1/streams/{session.session_id}/chunks", headers=device(KIM_LIEN))

    assert (strange.status_code, strange.json()["code"]) == (404, "no_stream")
    assert strange.json() == nothing.json()


async def test_a_device_cannot_declare_the_stream_of_another_point(room: World) -> None:
    session = Session()
    await room.hear(session.started())
    body = {"point_id": str(session.points[0].point_id), "codecs": "avc1,opus"}

    answer = await room.client.post(
        f"/v1/recordings/{session.recording_id}/streams", json=body, headers=device(KIM_LIEN)
    )

    assert answer.status_code == 404


async def test_completing_with_holes_is_refused_with_the_missing_runs(room: World) -> None:
    session = await room.begin()
    await room.put_all(session, [0, 1, 4, 6])

    answer = await room.complete(session, 8)

    assert (answer.status_code, answer.json()["code"]) == (409, "chunks_missing")
    assert answer.json()["missing"] == "2-3, 5, 7-8"


async def test_completing_with_holes_declared_lost_is_accepted(room: World) -> None:
    session = await room.begin()
    await room.put_all(session, [0, 1, 4])

    answer = await room.complete(session, 4, lost=[{"from_seq": 2, "to_seq": 3, "cause": "network"}])

    assert (answer.status_code, answer.json()["is_complete"]) == (200, True)


async def test_a_chunk_declared_lost_may_still_come_but_none_after_the_last(room: World) -> None:
    session = await room.begin()
    await room.put_all(session, [0, 2])
    await room.complete(session, 2, lost=[{"from_seq": 1, "to_seq": 1}])

    assert (await room.put(session, 1)).status_code == 201
    assert (await room.put(session, 3)).json()["code"] == "after_last_chunk"


async def test_completing_before_a_chunk_that_came_is_refused(room: World) -> None:
    session = await room.begin()
    await room.put_all(session, [0, 1, 2])

    assert (await room.complete(session, 1)).json()["code"] == "after_last_chunk"


async def test_the_points_own_chain_head_is_compared(room: World) -> None:
    session = await room.begin()
    await room.put_all(session, [0, 1])
    head = (await room.have(session))["chain_head"]

    wrong = await room.complete(session, 1, head="0" * 64)
    right = await room.complete(session, 1, head=head)

    assert (wrong.status_code, wrong.json()["code"]) == (409, "head_differs")
    assert right.status_code == 200


async def test_completing_twice_with_the_same_words_is_fine_and_with_others_refused(room: World) -> None:
    session = await room.begin()
    await room.put_all(session, [0, 1])
    await room.complete(session, 1)

    assert (await room.complete(session, 1)).status_code == 200
    assert (await room.complete(session, 2)).json()["code"] == "stream_completed"


async def test_have_ranges_survive_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path) as room:
        session = await room.begin()
        await room.put_all(session, [0, 1, 5])
        before = await room.have(session)

    async with world(tmp_path) as room:
        assert await room.have(session) == before
        assert (await room.put(session, 5)).status_code == 200


async def test_a_chunk_whose_file_is_gone_is_not_said_to_be_there_and_may_come_again(tmp_path: Path) -> None:
    async with world(tmp_path) as room:
        session = await room.begin()
        await room.put_all(session, [0, 1, 2])
    next((tmp_path / "recording" / "spool").rglob("0000001.*.chunk")).unlink()

    async with world(tmp_path) as room:
        assert (await room.have(session))["ranges"] == [[0, 0], [2, 2]]
        assert (await room.put(session, 1, b"other bytes")).json()["code"] == "other_bytes"
        assert (await room.put(session, 1)).status_code == 200
        assert (await room.have(session))["ranges"] == [[0, 2]]


async def test_what_a_crash_left_half_written_is_removed_and_what_was_whole_is_kept(tmp_path: Path) -> None:
    async with world(tmp_path) as room:
        session = await room.begin()
        await room.put_all(session, [0])
    [whole] = (tmp_path / "recording" / "spool").rglob("*.chunk")
    (whole.parent / "0123.part").write_bytes(b"half")
    unanswered = digest_name(whole, 1)
    unanswered.write_bytes(media(1))

    async with world(tmp_path) as room:
        assert (await room.have(session))["ranges"] == [[0, 1]]
        assert list((tmp_path / "recording" / "spool").rglob("*.part")) == []


async def test_a_file_whose_bytes_are_not_what_its_name_says_is_not_recovered(tmp_path: Path) -> None:
    async with world(tmp_path) as room:
        session = await room.begin()
        await room.put_all(session, [0])
    [whole] = (tmp_path / "recording" / "spool").rglob("*.chunk")
    digest_name(whole, 1).write_bytes(b"torn")

    async with world(tmp_path) as room:
        assert (await room.have(session))["ranges"] == [[0, 0]]
        assert (await room.put(session, 1)).status_code == 201


def digest_name(beside: Path, seq: int) -> Path:
    """A whole chunk's file, as a crash between rename and ledger leaves it."""
    _, start, end, mark, _, _ = beside.name.split(".")
    sha256 = hashlib.sha256(media(seq)).hexdigest()
    return beside.with_name(f"{seq:07d}.{start}.{end}.{mark}.{sha256}.chunk")


async def test_a_seq_whose_bytes_were_lost_takes_back_the_same_bytes_and_no_others(room: World) -> None:
    session = await room.begin()
    await room.put_all(session, range(2))
    [file] = (room.folder / "recording" / "spool").rglob("0000000.*.chunk")
    file.unlink()
    assert await room.rooms.capture.content(session.stream_id(), [0, 1]) is None
    assert (await room.have(session))["ranges"] == [[1, 1]]

    other = await room.put(session, 0, b"other bytes")
    same = await room.put(session, 0)
    found = await room.rooms.capture.content(session.stream_id(), [0, 1])

    assert (other.status_code, other.json()["code"]) == (409, "other_bytes")
    assert b"other bytes" in {path.read_bytes() for path in file.parent.glob("aside/*")}
    assert same.status_code == 200
    assert found is not None
    assert found.content == media(0) + media(1)
