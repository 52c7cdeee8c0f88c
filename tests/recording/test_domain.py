from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import NotFound, Refused
from contracts.ids import PointId, SessionId
from contracts.vocabulary import EndedBy
from services.recording.domain import decisions as domain
from services.recording.domain.chunks import cut
from services.recording.domain.evidence import inclusion_path, is_included, leaf_hash, merkle_root
from services.recording.domain.ranges import Gap, Known, gaps, missing, ranges_of, without
from services.recording.domain.recording import (
    TRANSITIONS,
    Completion,
    Point,
    Recording,
    Status,
    recording_of,
    stream_of,
)

NOW = datetime(2026, 9, 7, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
POINT = Point(point_id=PointId(uuid4()), unit="tinh-40", is_main=True, is_required=True)
GUEST = Point(point_id=PointId(uuid4()), unit="xa-17971", is_main=False, is_required=False)


def armed(*points: Point) -> Recording:
    made, _ = domain.arm(SessionId(uuid4()), points or (POINT,), started_at=NOW, retain_until=date(2036, 9, 7))
    return made


def standing(status: Status) -> Recording:
    return armed().model_copy(update={"status": status})


def ended(recording: Recording) -> Recording:
    return domain.end(recording, ended_at=NOW, ended_by=EndedBy.CHAIR, upload_deadline=LATER)[0]


MOVES = {
    Status.RECORDING: lambda known: domain.begin(known, POINT.point_id, first_chunk_at=NOW),
    Status.DRAINING: lambda known: domain.end(known, ended_at=NOW, ended_by=EndedBy.CHAIR, upload_deadline=LATER),
    Status.SEALING: lambda known: domain.start_sealing(known, NOW),
    Status.FAILED: lambda known: domain.fail(known, "no_media", NOW),
}


@pytest.mark.parametrize(("before", "after"), list(product(Status, MOVES)))
def test_a_recording_moves_only_as_the_table_says(before: Status, after: Status) -> None:
    known = standing(before)
    if after in TRANSITIONS[before]:
        assert MOVES[after](known)[0].status is after
    elif after is Status.RECORDING and before in {Status.RECORDING, Status.DRAINING, Status.SEALING}:
        assert MOVES[after](known)[0].status is before  # a chunk is taken, and the recording stays where it is
    else:
        with pytest.raises(Refused):
            MOVES[after](known)


def test_every_recording_can_reach_an_end_and_no_end_can_be_left() -> None:
    ends = {status for status in Status if not TRANSITIONS[status]}
    assert ends == {Status.SEALED, Status.SEALED_WITH_GAPS, Status.FAILED, Status.CANCELLED}
    for status in Status:
        reached, frontier = {status}, {status}
        while frontier:
            frontier = {after for known in frontier for after in TRANSITIONS[known]} - reached
            reached |= frontier
        assert reached & ends


def test_a_session_cancelled_before_any_media_leaves_nothing() -> None:
    cancelled, facts = domain.cancel(armed(), now=NOW, upload_deadline=LATER)

    assert (cancelled.status, facts) == (Status.CANCELLED, [])
    with pytest.raises(Refused):
        domain.begin(cancelled, POINT.point_id, first_chunk_at=NOW)


def test_media_already_taken_are_never_thrown_away_by_a_cancellation() -> None:
    begun, _ = domain.begin(armed(), POINT.point_id, first_chunk_at=NOW)

    assert domain.cancel(begun, now=NOW, upload_deadline=LATER)[0].status is Status.DRAINING


def test_sealing_waits_for_every_due_stream_or_for_the_deadline() -> None:
    over = ended(armed())
    [stream] = over.streams

    assert not domain.may_seal(over, LATER - timedelta(seconds=1))
    assert domain.may_seal(over, LATER)
    said = Completion(completed_at=NOW, last_seq=-1, head=None, lost=())
    done, _ = domain.complete(over, stream.stream_id, said, present=[], head="0" * 64)
    assert domain.may_seal(done, NOW)


def test_a_running_session_is_never_sealed() -> None:
    assert not domain.may_seal(armed(), LATER)


def test_a_point_that_was_not_required_and_never_spoke_is_not_waited_for() -> None:
    assert [stream.point_id for stream in domain.due_streams(armed(POINT, GUEST))] == [POINT.point_id]


def test_a_guest_point_that_declared_its_stream_is_waited_for() -> None:
    spoken, _ = domain.declare(armed(POINT, GUEST), GUEST.point_id, epoch=1, container="video/mp4", codecs="avc1")

    assert len(domain.due_streams(spoken)) == 2


def test_a_point_of_another_session_is_not_found() -> None:
    with pytest.raises(NotFound):
        domain.declare(armed(POINT), GUEST.point_id, epoch=1, container="video/mp4", codecs="avc1")


def test_the_same_session_point_and_epoch_have_the_same_stream_id_for_ever() -> None:
    session = SessionId(uuid4())
    one, two = recording_of(session), recording_of(session)

    assert stream_of(one, POINT.point_id, 1) == stream_of(two, POINT.point_id, 1)
    assert stream_of(one, POINT.point_id, 1) != stream_of(one, POINT.point_id, 2)


def test_a_hole_has_the_cause_the_sender_gave_then_ours_then_none() -> None:
    known = [Known(2, 3, "network"), Known(3, 5, "chunk_refused")]

    assert gaps([0, 1, 8], last=9, known=known) == [
        Gap(2, 3, "network"),
        Gap(4, 5, "chunk_refused"),
        Gap(6, 7, "chunk_missing"),
        Gap(9, 9, "chunk_missing"),
    ]


def test_a_sender_that_never_said_where_it_stopped_leaves_an_open_end() -> None:
    assert gaps([0, 1], last=None) == [Gap(2, 2, "sender_dead", is_open_ended=True)]
    assert gaps([], last=None) == [Gap(0, 0, "sender_dead", is_open_ended=True)]


def test_a_sender_that_made_nothing_and_said_so_leaves_no_gap() -> None:
    assert gaps([], last=-1) == []


@given(st.sets(st.integers(0, 60)), st.integers(-1, 70))
def test_what_is_there_and_what_is_missing_make_the_whole(present: set[int], last: int) -> None:
    there = {seq for seq in present if seq <= last}
    holes = {seq for first, end in missing(there, last) for seq in range(first, end + 1)}

    assert holes == set(range(last + 1)) - there
    assert {seq for first, end in ranges_of(present) for seq in range(first, end + 1)} == present


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_taking_runs_out_of_runs_leaves_exactly_the_rest(runs: set[int], taken: set[int]) -> None:
    left = without(ranges_of(runs), ranges_of(taken))

    assert {seq for first, last in left for seq in range(first, last + 1)} == runs - taken


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 100))
def test_chunks_are_cut_in_order_and_no_object_is_larger_than_it_has_to_be(sizes: list[int], limit: int) -> None:
    numbered = list(enumerate(sizes))

    groups = cut(numbered, limit_bytes=limit, is_last=True)

    assert [seq for group in groups for seq in group] == [seq for seq, _ in numbered]
    assert all(len(group) == 1 or sum(sizes[seq] for seq in group) <= limit for group in groups)
    assert cut(numbered, limit_bytes=limit, is_last=False) == groups[:-1]


def test_the_merkle_root_is_the_one_of_rfc_6962() -> None:
    # The reference vectors of the Certificate Transparency log implementation.
    leaves = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    leaves.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))

    assert merkle_root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle_root(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle_root(leaves[:3]).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert merkle_root(leaves[:7]).hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
    assert merkle_root(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_one_leaf_can_be_shown_without_the_others(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = inclusion_path(leaves, index), merkle_root(leaves)

    assert is_included(leaves[index], index=index, size=len(leaves), path=path, root=root)
    assert not is_included(leaves[index] + b"x", index=index, size=len(leaves), path=path, root=root)
    assert not is_included(leaves[index], index=index, size=len(leaves), path=[*path, root], root=root)


def test_a_node_cannot_pass_for_a_leaf() -> None:
    inner = leaf_hash(b"a") + leaf_hash(b"b")

    assert merkle_root([inner]) != merkle_root([b"a", b"b"])
