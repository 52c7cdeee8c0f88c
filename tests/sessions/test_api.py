import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.facts.base import Fact
from contracts.facts.envelope import GENESIS, Envelope, first_break, seal
from contracts.facts.recording import RecordingStarted
from contracts.facts.routing import CaseClosed, CaseEscalated, CaseOpened
from contracts.ids import FactId, PointId, PublicCaseId, SessionId, calendar_of
from contracts.streams import SESSIONS as SESSIONS_STREAM
from contracts.vocabulary import (
    ClosingGround,
    EscalationReason,
    MatterField,
    Outcome,
    PetitionKind,
    PointCheck,
    Role,
)
from services.chassis.auth.local_issuer import LocalIssuer
from services.chassis.clock import FrozenClock
from services.chassis.delivery.heard import Heard
from services.chassis.ledger.port import Where
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.lifecycle import Chassis, DeafAndMute
from services.sessions.app import make_app
from services.sessions.domain import Candidate, Claim, ReceptionSession
from services.sessions.handlers import SessionsHandlers, Watcher
from services.sessions.settings import SessionsSettings
from services.sessions.store import (
    CALENDAR,
    CANDIDATES,
    SEATS,
    SESSIONS,
    Calendars,
    Candidates,
    KnownPlans,
    Seat,
    Sessions,
    candidate_keys,
    seat_keys,
    session_keys,
)
from tests.serving import serving
from tests.sessions.planned import (
    AN_HOUR_BEFORE,
    IN_TIME,
    KIM_LIEN,
    MY_LY,
    PROVINCE,
    RECORDING,
    STARTS_AT,
    TEST_DAY,
    case,
    petition,
    scheduling,
)

ISSUER = LocalIssuer()
ANOTHER = "xa-16681"


def bearer(*roles: Role, unit: str | None = None) -> dict[str, str]:
    return ISSUER.bearer(*roles, unit=unit, subject="someone")


RECEIVER = bearer(Role.RECEIVER, unit=PROVINCE)
BOARD = bearer(Role.RECEIVER, unit="btcd-40")
CHAIR = bearer(Role.CHAIR, unit=PROVINCE)
TECHNICIAN = bearer(Role.TECHNICAL_OPERATOR, unit=PROVINCE)
NOTE_TAKER = bearer(Role.NOTE_TAKER, unit=PROVINCE)


def a_plan(**said: Any) -> dict[str, Any]:
    return {
        "kind": "scheduled",
        "ground": "complex",
        "starts_at": STARTS_AT.isoformat(),
        "chaired_by": PROVINCE,
        "points": [{"unit": PROVINCE, "is_main": True}, {"unit": KIM_LIEN}, {"unit": MY_LY}],
        "cases": [{"case_id": str(case(1)), "at_unit": KIM_LIEN}, {"case_id": str(case(2)), "at_unit": MY_LY}],
        **said,
    }


class House:
    """The service with its real ledger, and a way to let it hear facts."""

    def __init__(self, client: httpx.AsyncClient, chassis: Chassis, clock: FrozenClock) -> None:
        self.client = client
        self.clock = clock
        self.ledger = chassis.ledger
        sessions = Sessions(
            chassis.drawer(SESSIONS, ReceptionSession, session_keys), chassis.drawer(SEATS, Seat, seat_keys)
        )
        candidates = Candidates(chassis.drawer(CANDIDATES, Candidate, candidate_keys), sessions)
        self.calendars = Calendars(chassis.drawer(CALENDAR, KnownPlans, lambda _: {}), calendar_of(PROVINCE))
        self.sessions, self.candidates = sessions, candidates
        self.handlers = SessionsHandlers(sessions, candidates, self.calendars, clock)
        self.watcher = Watcher(sessions, clock, SessionsSettings(sessions_recording_patience_seconds=30))
        self._sequences: dict[UUID, int] = {}

    async def hear(self, fact: Fact) -> Envelope:
        """The fact comes, as the next one of its subject."""
        sequence = self._sequences[fact.subject] = self._sequences.get(fact.subject, 0) + 1
        envelope = seal(
            fact,
            fact_id=FactId(uuid4()),
            source="/tiepdan/test",
            time=self.clock.now(),
            sequence=sequence,
            prev_hash=GENESIS,
            traceparent=None,
        )
        await self.hear_again(fact, envelope)
        return envelope

    async def hear_again(self, fact: Fact, envelope: Envelope) -> None:
        await self.handlers.table()[type(fact)](Heard(fact, envelope))

    async def escalated_case(self, number: int, **known: Any) -> None:
        await self.hear(opened(number, **known))
        await self.hear(escalated(number, **({"kind": known["kind"]} if "kind" in known else {})))

    async def post(self, path: str, who: dict[str, str], body: Any = None, **headers: str) -> httpx.Response:
        return await self.client.post(f"/v1/sessions{path}", json=body, headers=who | headers)

    async def get(self, path: str, who: dict[str, str] = RECEIVER) -> httpx.Response:
        return await self.client.get(f"/v1/sessions{path}", headers=who)

    async def schedule(self, **said: Any) -> dict[str, Any]:
        answer = await self.post("", RECEIVER, a_plan(**said))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def ready(self) -> dict[str, Any]:
        session = await self.schedule()
        for moment, act in ((TEST_DAY, "tests"), (AN_HOUR_BEFORE, "connect")):
            self.clock.moment = moment
            for point in session["points"]:
                body = {"checks": dict.fromkeys(PointCheck, True)} if act == "tests" else None
                answer = await self.post(f"/{session['session_id']}/points/{point['point_id']}/{act}", TECHNICIAN, body)
                assert answer.status_code == 200, answer.text
        self.clock.moment = STARTS_AT
        return dict(answer.json())

    async def live(self) -> dict[str, Any]:
        session = await self.ready()
        answer = await self.post(f"/{session['session_id']}/start", CHAIR)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def said(self, session_id: str) -> list[str]:
        """Short types of the session's facts, in order, once the relay has carried them."""
        chain = await self.chain(session_id)
        return [envelope.type.removeprefix("vn.tiepdan.session.").removesuffix(".v1") for envelope in chain]

    async def chain(self, session_id: str) -> list[Envelope]:
        document = await self.ledger.read("sessions", session_id)
        assert document is not None
        told = await self.ledger.history(SESSIONS_STREAM.name, subject=session_id)
        return [*told, *document.pending]


def opened(number: int, **known: Any) -> CaseOpened:
    return CaseOpened(
        **{
            "case_id": case(number),
            "petition_id": petition(number),
            "kind": PetitionKind.COMPLAINT,
            "public_id": PublicCaseId(uuid4()),
            "code": f"HS26-7K4QM{number}",
            "opened_at": IN_TIME,
            "received_on": IN_TIME.date(),
            "matter_field": MatterField.LAND,
            "held_by": KIM_LIEN,
            "competent_authority": KIM_LIEN,
            "outcome": Outcome.ACCEPT_PROPOSE,
            "rule": "R01",
            "articles": ("LKN 17",),
            **known,
        }
    )


def escalated(number: int, **known: Any) -> CaseEscalated:
    return CaseEscalated(
        **{
            "case_id": case(number),
            "petition_id": petition(number),
            "kind": PetitionKind.COMPLAINT,
            "escalated_at": IN_TIME,
            "reasons": (EscalationReason.LARGE_GROUP, EscalationReason.DEADLINE_MISSED),
            "from_unit": KIM_LIEN,
            "to_unit": PROVINCE,
            "signer_count": 12,
            **known,
        }
    )


def closed(number: int) -> CaseClosed:
    return CaseClosed(
        case_id=case(number),
        petition_id=petition(number),
        kind=PetitionKind.COMPLAINT,
        closed_on=IN_TIME.date(),
        ground=ClosingGround.WITHDRAWN,
    )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = FrozenClock(IN_TIME)
    settings = SessionsSettings(data_folder=tmp_path, sessions_watch_seconds=3600, stop_grace_seconds=0.5)
    chassis = Chassis(
        "sessions",
        settings,
        clock=clock,
        ledger=SqliteLedger(tmp_path / "ledger.sqlite"),
        bus=DeafAndMute(),
        issuer=ISSUER,
    )
    async with serving(make_app(settings, chassis)) as client:
        house = House(client, chassis, clock)
        for number in (1, 2):
            await house.escalated_case(number)
        yield house


async def test_escalated_cases_are_proposed_until_they_are_over(house: House) -> None:
    await house.hear(opened(3))
    proposals = (await house.get("/proposals")).json()
    assert {one["case_id"] for one in proposals} == {str(case(1)), str(case(2))}
    assert [reason["value"] for reason in proposals[0]["reasons"]] == ["large_group", "deadline_missed"]
    assert proposals[0]["unit"] == {"unit": PROVINCE, "name": "Tỉnh Nghệ An"}
    assert proposals[0]["signer_count"] == 12
    await house.hear(closed(1))
    assert [one["case_id"] for one in (await house.get("/proposals")).json()] == [str(case(2))]


async def test_a_fact_heard_twice_changes_nothing(house: House) -> None:
    fact = opened(4)
    first = await house.hear(fact)
    await house.hear(escalated(4))
    before = await house.ledger.read("candidates", str(case(4)))
    await house.hear_again(fact, first)
    assert await house.ledger.read("candidates", str(case(4))) == before


async def test_proposals_show_at_the_unit_that_has_the_case_and_above_only(house: House) -> None:
    for who, seen in (
        (bearer(Role.RECEIVER, unit="btcd-40"), 2),
        (bearer(Role.RECEIVER, unit=KIM_LIEN), 0),
        (bearer(Role.CITIZEN), None),
    ):
        answer = await house.get("/proposals", who)
        assert (len(answer.json()) if seen is not None else answer.status_code) == (403 if seen is None else seen)


async def test_the_whole_way_from_schedule_to_signed_minutes(house: House) -> None:
    session = await house.live()
    path = f"/{session['session_id']}"
    points = {point["unit"]["unit"]: point["point_id"] for point in session["points"]}
    assert session["connected_in_time"] is True
    assert {one["clock"]: one["is_met"] for one in session["deadlines"]} == {"R4": True, "R6": True, "R7": True}
    await house.hear(
        RecordingStarted(
            recording_id=RECORDING,
            session_id=SessionId(UUID(session["session_id"])),
            started_at=STARTS_AT,
            point_id=PointId(UUID(points[PROVINCE])),
        )
    )
    seen = (await house.get(path, CHAIR)).json()
    assert seen["recording"]["status"] == {"value": "running", "label": "đang ghi"}
    for step, body in (("pause", {"cause": "break"}), ("resume", None), ("end", {})):
        answer = await house.post(f"{path}/{step}", CHAIR, body)
        assert answer.status_code == 200, answer.text
    counted = await house.post(
        f"{path}/points/{points[KIM_LIEN]}/attendance", NOTE_TAKER, {"present": {"citizen": 3, "point_delegate": 1}}
    )
    assert counted.status_code == 200
    for point_id in points.values():
        signed = await house.post(f"{path}/points/{point_id}/minutes", NOTE_TAKER, {"minutes_sha256": "a" * 64})
        assert signed.status_code == 200, signed.text
    assert signed.json()["status"]["value"] == "signed"
    assert await house.said(session["session_id"]) == [
        "scheduled",
        *["point_tested"] * 3,
        *["point_connected"] * 3,
        *["started", "paused", "resumed", "ended", "attendance_taken"],
        *["minutes_signed"] * 3,
    ]
    assert first_break(await house.chain(session["session_id"])) is None


async def test_a_session_is_answered_with_labels_names_and_what_may_come_next(house: House) -> None:
    session = await house.schedule()
    assert session["status"] == {"value": "scheduled", "label": "đã lên lịch"}
    assert session["points"][1]["unit"]["name"] == "Xã Kim Liên"
    assert "start" not in session["next_acts"]
    assert {blocker["obstacle"]["value"] for blocker in session["blockers"]} == {"not_tested", "not_connected"}
    assert session["counts_as_heads_own"] is True


async def test_too_little_notice_is_a_409_with_the_last_day(house: House) -> None:
    house.clock.moment = STARTS_AT - timedelta(days=2)
    answer = await house.post("", RECEIVER, a_plan())
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["due"]) == ("notice_too_short", "2026-10-13")


async def test_a_denunciation_that_says_nothing_about_protection_is_not_online(house: House) -> None:
    await house.escalated_case(5, kind=PetitionKind.DENUNCIATION)
    answer = await house.post(
        "",
        RECEIVER,
        a_plan(
            ground="denunciation_confidential",
            is_confidentiality_assured=True,
            complexity=["several_agencies"],
            cases=[{"case_id": str(case(5)), "at_unit": KIM_LIEN}],
        ),
    )
    assert (answer.status_code, answer.json()["finding"]) == (409, "identity_protection")


@pytest.mark.parametrize(
    ("kind", "asks", "may_be_online"),
    [
        (PetitionKind.MIXED, True, False),
        (PetitionKind.MIXED, None, False),
        (PetitionKind.MIXED, False, True),
        (PetitionKind.DENUNCIATION, None, False),
        (PetitionKind.COMPLAINT, None, True),
    ],
)
async def test_a_proposal_says_whether_it_may_be_heard_online(
    house: House, kind: PetitionKind, *, asks: bool | None, may_be_online: bool
) -> None:
    await house.escalated_case(5, kind=kind, asks_identity_protection=asks)
    [proposal] = [one for one in (await house.get("/proposals")).json() if one["case_id"] == str(case(5))]
    assert proposal["may_be_online"] is may_be_online


async def test_a_confidential_session_is_seen_only_where_it_takes_place(house: House) -> None:
    await house.escalated_case(5, kind=PetitionKind.DENUNCIATION, asks_identity_protection=False)
    session = await house.schedule(
        ground="denunciation_confidential",
        is_confidentiality_assured=True,
        complexity=["several_agencies"],
        points=[{"unit": PROVINCE, "is_main": True}, {"unit": KIM_LIEN}],
        cases=[{"case_id": str(case(5)), "at_unit": KIM_LIEN}],
    )
    for unit, status in ((PROVINCE, 200), (KIM_LIEN, 200), (MY_LY, 404), ("tw-btcd", 404)):
        who = bearer(Role.RECEIVER, unit=unit)
        assert (await house.get(f"/{session['session_id']}", who)).status_code == status
        listed = (await house.get("", who)).json()
        assert [one["session_id"] for one in listed] == ([session["session_id"]] if status == 200 else [])


DENOUNCED = {"kind": PetitionKind.DENUNCIATION, "asks_identity_protection": False, "never_at": KIM_LIEN}


async def test_the_accused_unit_gets_no_point_in_the_session_that_hears_its_denunciation(house: House) -> None:
    await house.escalated_case(5, **DENOUNCED, held_by=PROVINCE)
    wanted = a_plan(
        ground="denunciation_confidential",
        is_confidentiality_assured=True,
        complexity=["several_agencies"],
        cases=[{"case_id": str(case(5)), "at_unit": MY_LY}],
    )
    refused = await house.post("", RECEIVER, wanted)
    assert (refused.status_code, refused.json()["code"]) == (409, "point_near_accused")
    apart = [{"unit": PROVINCE, "is_main": True}, {"unit": MY_LY}]
    session = await house.schedule(**(wanted | {"points": apart}))
    assert "never_at" not in str(session)
    moved = {"starts_at": (STARTS_AT + timedelta(days=14)).isoformat(), "reason": "point_not_ready"}
    refused = await house.post(
        f"/{session['session_id']}/reschedule", RECEIVER, moved | {"points": [*apart, {"unit": KIM_LIEN}]}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "point_near_accused")


async def test_a_session_that_seats_the_accused_unit_all_the_same_stays_hidden_from_it(house: House) -> None:
    session, _ = scheduling()
    cases = tuple(one.model_copy(update={"is_discreet": True, "never_at": KIM_LIEN}) for one in session.cases)
    await house.sessions.add(session.with_(cases=cases), [])
    for unit, status in ((KIM_LIEN, 404), (MY_LY, 200), ("btcd-40", 200)):
        who = bearer(Role.RECEIVER, unit=unit)
        assert (await house.get(f"/{session.session_id}", who)).status_code == status
        assert len((await house.get("", who)).json()) == (1 if status == 200 else 0)


async def test_a_denunciation_is_never_proposed_to_the_accused_unit(house: House) -> None:
    for number, never_at in ((5, KIM_LIEN), (6, MY_LY)):
        await house.hear(opened(number, **(DENOUNCED | {"never_at": never_at})))
        await house.hear(escalated(number, kind=PetitionKind.DENUNCIATION, to_unit=KIM_LIEN))
    proposed = (await house.get("/proposals?limit=1", bearer(Role.RECEIVER, unit=KIM_LIEN))).json()
    assert [one["case_id"] for one in proposed] == [str(case(6))]


async def test_a_case_that_may_hold_a_denunciation_is_proposed_to_its_own_unit_only(house: House) -> None:
    await house.hear(opened(5, kind=PetitionKind.MIXED))
    await house.hear(escalated(5, kind=PetitionKind.MIXED, to_unit=KIM_LIEN))
    shown = [one["case_id"] for one in (await house.get("/proposals", RECEIVER)).json()]
    assert str(case(5)) not in shown
    [own] = (await house.get("/proposals", bearer(Role.RECEIVER, unit=KIM_LIEN))).json()
    assert own["case_id"] == str(case(5))


async def test_a_session_shows_at_its_points_and_above_and_nowhere_else(house: House) -> None:
    session = await house.schedule()
    for unit, status in ((PROVINCE, 200), ("btcd-40", 200), (KIM_LIEN, 200), (MY_LY, 200), (ANOTHER, 404)):
        who = bearer(Role.RECEIVER, unit=unit)
        answer = await house.get(f"/{session['session_id']}", who)
        assert answer.status_code == status
        assert len((await house.get("", who)).json()) == (1 if status == 200 else 0)
    nowhere = await house.get(f"/{uuid4()}", bearer(Role.RECEIVER, unit=ANOTHER))
    assert nowhere.json()["code"] == answer.json()["code"]


async def test_lists_come_in_pages_and_by_status(house: House) -> None:
    await house.escalated_case(3)
    for number in (1, 2, 3):
        await house.schedule(cases=[{"case_id": str(case(number)), "at_unit": KIM_LIEN}])
    all_of_them = [one["session_id"] for one in (await house.get("")).json()]
    assert len(all_of_them) == 3
    pages, after = [], ""
    while page := (await house.get(f"?limit=1{after}")).json():
        pages += [one["session_id"] for one in page]
        after = f"&after={pages[-1]}"
    assert pages == all_of_them
    await house.post(f"/{all_of_them[0]}/cancel", RECEIVER, {"reason": "disaster"})
    cancelled = (await house.get("?status=cancelled")).json()
    assert [one["session_id"] for one in cancelled] == all_of_them[:1]


@pytest.mark.parametrize(
    ("step", "who", "code"),
    [
        ("start", TECHNICIAN, "wrong_function"),
        ("start", bearer(Role.CHAIR, unit=KIM_LIEN), "not_the_chair"),
        ("cancel", CHAIR, "wrong_function"),
        ("cancel", bearer(Role.RECEIVER, unit=KIM_LIEN), "not_your_unit"),
        ("points/main/connect", CHAIR, "wrong_function"),
        ("points/main/connect", bearer(Role.TECHNICAL_OPERATOR, unit=KIM_LIEN), "not_your_point"),
    ],
)
async def test_everyone_does_only_what_is_theirs(house: House, step: str, who: dict[str, str], code: str) -> None:
    session = await house.schedule()
    main = next(point["point_id"] for point in session["points"] if point["is_main"])
    body = {"reason": "other"} if step == "cancel" else None
    answer = await house.post(f"/{session['session_id']}/{step.replace('main', main)}", who, body)
    assert (answer.status_code, answer.json()["code"]) == (403, code)


async def test_a_commune_connects_its_own_point(house: House) -> None:
    session = await house.schedule()
    own = next(point["point_id"] for point in session["points"] if point["unit"]["unit"] == KIM_LIEN)
    who = bearer(Role.TECHNICAL_OPERATOR, unit=KIM_LIEN)
    answer = await house.post(f"/{session['session_id']}/points/{own}/connect", who)
    assert answer.status_code == 200


async def test_the_reception_board_sets_up_the_provinces_sessions_and_a_commune_does_not(house: House) -> None:
    assert (await house.post("", BOARD, a_plan())).status_code == 201
    answer = await house.post("", bearer(Role.RECEIVER, unit=KIM_LIEN), a_plan())
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_unit")


async def test_without_a_token_nothing_is_told(house: House) -> None:
    assert (await house.client.get("/v1/sessions")).status_code == 401


async def test_two_officers_who_schedule_one_case_at_once_get_one_session(house: House) -> None:
    answers = await asyncio.gather(*(house.post("", RECEIVER, a_plan()) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {
        "case_already_scheduled",
        "changed_meanwhile",
    }
    assert await house.ledger.count("sessions", Where()) == 1


async def test_of_a_refused_plan_no_case_stays_taken(house: House) -> None:
    await house.schedule(cases=[{"case_id": str(case(2)), "at_unit": KIM_LIEN}])
    both = await house.post("", RECEIVER, a_plan())
    assert (both.status_code, both.json()["code"]) == (409, "case_already_scheduled")
    await house.schedule(cases=[{"case_id": str(case(1)), "at_unit": KIM_LIEN}])


async def test_a_case_of_a_cancelled_session_may_be_scheduled_again(house: House) -> None:
    session = await house.schedule()
    cancelled = await house.post(f"/{session['session_id']}/cancel", RECEIVER, {"reason": "chair_absent"})
    assert cancelled.json()["status"]["value"] == "cancelled"
    assert (await house.schedule())["session_id"] != session["session_id"]


async def test_a_claim_whose_session_never_came_binds_nobody_for_long(house: House) -> None:
    died_before_its_second_write = Claim(session_id=SessionId(uuid4()), claimed_at=house.clock.now())
    await house.candidates.claim_all([case(1)], died_before_its_second_write)
    assert (await house.post("", RECEIVER, a_plan())).status_code == 409
    house.clock.advance(minutes=2)
    assert (await house.post("", RECEIVER, a_plan())).status_code == 201


async def test_of_many_chairs_who_start_at_once_one_wins(house: House) -> None:
    session = await house.ready()
    answers = await asyncio.gather(*(house.post(f"/{session['session_id']}/start", CHAIR) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert (await house.said(session["session_id"])).count("started") == 1


async def test_of_two_officers_who_move_a_session_at_once_one_wins(house: House) -> None:
    session = await house.schedule()
    moves = [
        {"starts_at": (STARTS_AT + timedelta(days=days)).isoformat(), "reason": "chair_absent"} for days in (14, 21)
    ]
    answers = await asyncio.gather(*(house.post(f"/{session['session_id']}/reschedule", RECEIVER, m) for m in moves))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_step_from_an_outdated_view_is_refused(house: House) -> None:
    session = await house.schedule()
    path, seen = f"/{session['session_id']}", (await house.get(f"/{session['session_id']}")).headers["etag"]
    move = {"starts_at": (STARTS_AT + timedelta(days=14)).isoformat(), "reason": "chair_absent"}
    assert (await house.post(f"{path}/reschedule", RECEIVER, move, **{"If-Match": seen})).status_code == 200
    late = await house.post(f"{path}/cancel", RECEIVER, {"reason": "other"}, **{"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    nonsense = await house.post(f"{path}/cancel", RECEIVER, {"reason": "other"}, **{"If-Match": "abc"})
    assert nonsense.status_code == 422


async def test_all_points_may_connect_at_the_same_moment(house: House) -> None:
    session = await house.schedule()
    answers = await asyncio.gather(
        *(
            house.post(f"/{session['session_id']}/points/{point['point_id']}/connect", TECHNICIAN)
            for point in session["points"]
        )
    )
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    seen = (await house.get(f"/{session['session_id']}")).json()
    assert all(point["connected_at"] for point in seen["points"])


async def test_a_moved_session_frees_the_cases_it_drops_and_shows_at_its_new_point(house: House) -> None:
    session = await house.schedule()
    moved = await house.post(
        f"/{session['session_id']}/reschedule",
        RECEIVER,
        {
            "starts_at": (STARTS_AT + timedelta(days=14)).isoformat(),
            "reason": "point_not_ready",
            "points": [{"unit": PROVINCE, "is_main": True}, {"unit": ANOTHER}],
            "cases": [{"case_id": str(case(1)), "at_unit": ANOTHER}],
        },
    )
    assert moved.status_code == 200, moved.text
    assert len((await house.get("", bearer(Role.RECEIVER, unit=ANOTHER))).json()) == 1
    assert (await house.get("", bearer(Role.RECEIVER, unit=MY_LY))).json() == []
    await house.schedule(cases=[{"case_id": str(case(2)), "at_unit": KIM_LIEN}])


async def test_a_case_that_is_over_shows_on_the_agenda_and_goes_into_no_new_session(house: House) -> None:
    session = await house.schedule()
    await house.hear(closed(1))
    assert (await house.get(f"/{session['session_id']}")).json()["cases_over"] == [str(case(1))]
    await house.post(f"/{session['session_id']}/cancel", RECEIVER, {"reason": "case_closed"})
    again = await house.post("", RECEIVER, a_plan())
    assert (again.status_code, again.json()["code"]) == (409, "case_over")


async def test_the_watch_pauses_a_session_that_nobody_records(house: House) -> None:
    session = await house.live()
    await house.watcher.step()
    assert (await house.get(f"/{session['session_id']}")).json()["status"]["value"] == "live"
    house.clock.advance(seconds=31)
    await house.watcher.step()
    await house.watcher.step()
    seen = (await house.get(f"/{session['session_id']}")).json()
    assert (seen["status"]["value"], seen["pause_cause"]["value"]) == ("paused", "recording_failed")
    assert (await house.said(session["session_id"]))[-1] == "paused"
    resumed = await house.post(f"/{session['session_id']}/resume", CHAIR)
    assert (resumed.status_code, resumed.json()["code"]) == (409, "not_recording")


async def test_without_a_conference_server_joining_says_so(house: House) -> None:
    session = await house.schedule()
    point_id = session["points"][0]["point_id"]
    answer = await house.get(f"/{session['session_id']}/points/{point_id}/join", TECHNICIAN)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_rooms")


@pytest.mark.parametrize(
    "broken",
    [
        {"starts_at": "2026-10-20T08:00:00"},
        {"kind": "weekly"},
        {"points": []},
        {"points": [{"unit": "Xã Kim Liên", "is_main": True}]},
        {"petitioner": "somebody"},
        {"cases": [{"case_id": "not-an-id", "at_unit": KIM_LIEN}]},
    ],
)
async def test_a_plan_that_does_not_fit_is_a_422_and_changes_nothing(house: House, broken: dict[str, Any]) -> None:
    answer = await house.post("", RECEIVER, a_plan(**broken))
    assert answer.status_code == 422
    assert await house.ledger.count("sessions", Where()) == 0


async def test_a_case_of_another_unit_cannot_be_put_on_an_agenda(house: House) -> None:
    plan = a_plan(
        chaired_by=KIM_LIEN,
        points=[{"unit": KIM_LIEN, "is_main": True}],
        cases=[{"case_id": str(case(1)), "at_unit": KIM_LIEN}],
    )
    answer = await house.post("", bearer(Role.RECEIVER, unit=KIM_LIEN), plan)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_case")


@pytest.mark.parametrize("accused", ["btcd-40", "vp-40"])
async def test_the_board_neither_sees_nor_joins_the_session_that_hears_what_accuses_it_or_its_office(
    house: House, accused: str
) -> None:
    board, wanted = bearer(Role.RECEIVER, unit="btcd-40"), {"ground": "denunciation_confidential"}
    await house.escalated_case(5, **(DENOUNCED | {"never_at": accused, "held_by": PROVINCE}))
    assert str(case(5)) not in (await house.get("/proposals", board)).text
    plan = wanted | {"is_confidentiality_assured": True, "complexity": ["several_agencies"]}
    plan |= {"cases": [{"case_id": str(case(5)), "at_unit": MY_LY}]}
    with_board = [{"unit": "btcd-40", "is_main": True}, {"unit": MY_LY}]
    refused = await house.post("", RECEIVER, a_plan(**plan, points=with_board))
    assert (refused.status_code, refused.json()["code"]) == (409, "point_near_accused")
    session = await house.schedule(**plan, points=[{"unit": PROVINCE, "is_main": True}, {"unit": MY_LY}])
    assert (await house.get(f"/{session['session_id']}", board)).status_code == 404
    assert (await house.get(f"/{session['session_id']}", bearer(Role.RECEIVER, unit=PROVINCE))).status_code == 200
