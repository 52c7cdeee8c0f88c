"""Who may see a sealed recording, and that every look leaves an entry."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.vocabulary import Role
from tests.recording.world import (
    ARCHIVIST,
    KIM_LIEN,
    PROVINCE,
    PURPOSE,
    VAN_AN,
    Session,
    World,
    a_point,
    bearer,
    device,
    media,
    world,
)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as running:
        yield running


@pytest.fixture
async def session(room: World) -> Session:
    session = await room.begin()
    await room.sealed(session, (9, 4, 2))
    return session


def media_path(session: Session, place: int = 0) -> str:
    return f"/v1/recordings/{session.recording_id}/points/{session.points[place].point_id}/media"


WHOLE = b"".join(media(seq) for seq in range(9))


async def test_the_whole_media_of_a_point_are_downloaded(room: World, session: Session) -> None:
    answer = await room.get(media_path(session))

    assert (answer.status_code, answer.content) == (200, WHOLE)
    assert answer.headers["content-type"] == "video/mp4"
    assert (answer.headers["content-length"], answer.headers["accept-ranges"]) == ("2700", "bytes")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=899-901", 899, 901),
        ("bytes=850-2650", 850, 2650),
        ("bytes=2600-", 2600, 2699),
        ("bytes=-100", 2600, 2699),
        ("bytes=2600-99999", 2600, 2699),
    ],
)
async def test_a_range_gives_exactly_its_bytes(
    room: World, session: Session, asked: str, first: int, last: int
) -> None:
    answer = await room.get(media_path(session), ARCHIVIST | {"range": asked})

    assert (answer.status_code, answer.content) == (206, WHOLE[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/2700"


@pytest.mark.parametrize("asked", ["bytes=2700-", "bytes=2700-2800", "bytes=-0", "bytes=5-4"])
async def test_a_range_outside_is_answered_416(room: World, session: Session, asked: str) -> None:
    answer = await room.get(media_path(session), ARCHIVIST | {"range": asked})

    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */2700")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "nonsense"])
async def test_a_range_that_is_not_one_plain_range_is_ignored(room: World, session: Session, asked: str) -> None:
    answer = await room.get(media_path(session), ARCHIVIST | {"range": asked})

    assert (answer.status_code, answer.content) == (200, WHOLE)


@pytest.mark.parametrize("act", ["media", "manifest", "verify"])
@pytest.mark.parametrize("purpose", [None, "curiosity"])
async def test_nobody_looks_without_a_purpose(room: World, session: Session, act: str, purpose: str | None) -> None:
    path = {"media": media_path(session)}.get(act, f"/v1/recordings/{session.recording_id}/{act}")
    headers = ARCHIVIST | ({"access-purpose": purpose} if purpose else {})

    answer = await room.client.request("POST" if act == "verify" else "GET", path, headers=headers)

    assert answer.status_code == 422


async def test_every_look_leaves_an_entry_with_who_why_and_which_bytes(room: World, session: Session) -> None:
    await room.get(media_path(session), ARCHIVIST | {"range": "bytes=10-19"})
    await room.get(f"/v1/recordings/{session.recording_id}/manifest")
    await room.verify(session)

    log = await room.client.get(f"/v1/recordings/{session.recording_id}/access-log", headers=ARCHIVIST)

    entries = log.json()["entries"]
    assert sorted(entry["act"] for entry in entries) == ["download", "manifest", "verify"]
    assert {(entry["subject"], entry["purpose"]) for entry in entries} == {("archivist-1", "archive_check")}
    download = next(entry for entry in entries if entry["act"] == "download")
    assert (download["first_byte"], download["last_byte"], download["point_id"]) == (
        10,
        19,
        str(session.points[0].point_id),
    )


async def test_a_look_that_was_refused_leaves_no_entry_of_a_download(room: World, session: Session) -> None:
    await room.get(media_path(session), ARCHIVIST | {"range": "bytes=2700-"})

    log = await room.client.get(f"/v1/recordings/{session.recording_id}/access-log", headers=ARCHIVIST)

    assert log.json()["entries"] == []


async def test_a_commune_sees_the_media_of_its_own_point_only(room: World, session: Session) -> None:
    commune = bearer(Role.RECEIVER, unit=KIM_LIEN)

    assert (await room.get(media_path(session, 1), commune)).status_code == 200
    assert (await room.get(media_path(session, 0), commune)).status_code == 404
    assert (await room.get(media_path(session, 2), commune)).status_code == 404


async def test_who_answers_for_the_main_point_sees_every_point(room: World, session: Session) -> None:
    chair = bearer(Role.CHAIR, unit="tinh-40")

    assert [(await room.get(media_path(session, place), chair)).status_code for place in range(3)] == [200] * 3


@pytest.mark.parametrize("act", ["", "/manifest", "/access-log"])
async def test_a_stranger_unit_gets_the_same_404_as_for_nothing(room: World, session: Session, act: str) -> None:
    stranger = bearer(Role.RECORDS_ARCHIVIST, unit="xa-17935")

    not_yours = await room.get(f"/v1/recordings/{session.recording_id}{act}", stranger)
    not_there = await room.get(f"/v1/recordings/{session.session_id}{act}", stranger)

    assert (not_yours.status_code, not_yours.json()) == (404, not_there.json())


SEAT = "btcd-40"
"""A bridge point of the province that is not the province itself."""


async def a_discreet_session(room: World, chaired_by: str | None = PROVINCE) -> Session:
    """The province's office is the main point; Kim Liên and Vạn An take part."""
    points = (a_point(SEAT, is_main=True), a_point(KIM_LIEN), a_point(VAN_AN))
    session = await room.begin(Session(points=points, chaired_by=chaired_by, is_discreet=True))
    await room.sealed(session, (9, 4, 2))
    return session


async def looks(room: World, session: Session, who: dict[str, str], place: int = 1) -> list[tuple[int, str]]:
    """What the doors for reading, verifying and downloading answer."""
    recording, purpose = f"/v1/recordings/{session.recording_id}", who | PURPOSE
    answers = [
        await room.client.get(recording, headers=who),
        await room.client.get(f"/v1/sessions/{session.session_id}/recording", headers=who),
        await room.client.get(f"{recording}/manifest", headers=purpose),
        await room.client.post(f"{recording}/verify", headers=purpose),
        await room.client.get(media_path(session, place), headers=purpose),
    ]
    return [(answer.status_code, answer.json()["code"] if answer.is_error else "") for answer in answers]


@pytest.mark.parametrize("unit", [PROVINCE, "tw-ttcp", "xa-17935"])
@pytest.mark.parametrize("role", [Role.CHAIR, Role.RECEIVER])
async def test_a_discreet_recording_is_not_there_for_units_that_took_no_part_even_above_the_points(
    room: World, unit: str, role: Role
) -> None:
    session = await a_discreet_session(room)

    assert await looks(room, session, bearer(role, unit=unit)) == [(404, "no_recording")] * 5


async def test_an_auditor_of_a_higher_unit_that_did_not_hold_the_session_sees_no_discreet_recording(
    room: World,
) -> None:
    session = await a_discreet_session(room, chaired_by=None)

    for role in (Role.RECORDS_ARCHIVIST, Role.INSPECTORATE_MONITOR):
        assert await looks(room, session, bearer(role, unit=PROVINCE)) == [(404, "no_recording")] * 5
        log = await room.client.get(
            f"/v1/recordings/{session.recording_id}/access-log", headers=bearer(role, unit=PROVINCE)
        )
        assert log.status_code == 404


@pytest.mark.parametrize("role", [Role.RECORDS_ARCHIVIST, Role.INSPECTORATE_MONITOR])
async def test_the_chairing_units_archivist_and_inspectorate_see_every_point_of_a_discreet_recording(
    room: World, role: Role
) -> None:
    session = await a_discreet_session(room)

    for place in range(3):
        assert await looks(room, session, bearer(role, unit=PROVINCE), place) == [(200, "")] * 5


async def test_a_unit_that_took_part_sees_its_own_point_of_a_discreet_recording_only(room: World) -> None:
    session = await a_discreet_session(room)
    commune = bearer(Role.RECEIVER, unit=KIM_LIEN)

    assert await looks(room, session, commune, 1) == [(200, "")] * 5
    assert (await looks(room, session, commune, 2))[-1] == (404, "no_point")


async def test_an_open_recording_is_seen_by_the_unit_above_its_points(room: World, session: Session) -> None:
    assert await looks(room, session, bearer(Role.CHAIR, unit=PROVINCE), 2) == [(200, "")] * 5


@pytest.mark.parametrize("role", [Role.POINT_DEVICE, Role.CITIZEN, Role.SYSTEM_OPERATOR, Role.PETITION_OFFICER])
async def test_other_functions_do_not_download(room: World, session: Session, role: Role) -> None:
    answer = await room.get(media_path(session), bearer(role, unit="tinh-40"))

    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_function")


async def test_only_a_points_device_uploads(room: World) -> None:
    session = await room.begin()

    answer = await room.put(session, 0, headers=ARCHIVIST)

    assert answer.status_code == 403


async def test_nobody_without_a_token_gets_in(room: World, session: Session) -> None:
    assert (await room.client.get(media_path(session), headers=PURPOSE)).status_code == 401


async def test_what_is_not_sealed_is_not_shown(room: World) -> None:
    session = await room.begin()
    await room.put_all(session, range(2))

    answer = await room.get(media_path(session))

    assert (answer.status_code, answer.json()["code"]) == (409, "not_sealed")


async def test_the_recording_is_found_by_its_session_with_its_state_in_words(room: World, session: Session) -> None:
    answer = await room.client.get(f"/v1/sessions/{session.session_id}/recording", headers=device(VAN_AN))

    shown = answer.json()
    assert (shown["recording_id"], shown["status"]) == (str(session.recording_id), "sealed")
    assert shown["status_label"] == "đã niêm phong"
    assert len(shown["streams"]) == 3


async def test_chunks_spool_and_verifications_are_measured(room: World, session: Session) -> None:
    await room.put(session, 0)
    await room.verify(session)
    await room.care()

    shown = (await room.client.get("/metrics")).text

    assert 'tcd_recording_chunks_total{outcome="new"} 15.0' in shown
    assert 'tcd_recording_chunks_total{outcome="same_again"} 1.0' in shown
    assert 'tcd_recording_verifications_total{result="valid"} 2.0' in shown
    assert "tcd_recording_spool_bytes 0.0" in shown
