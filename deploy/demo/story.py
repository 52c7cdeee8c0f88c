"""The main job, walked through over HTTP and Kafka: petitions, cases, an escalation, a session, a sealed recording."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from contracts.facts.base import Fact
from contracts.facts.intake import PetitionSupplemented
from contracts.facts.notify import NoticeDelivered, NoticeSent
from contracts.facts.public import PublicCaseOpened
from contracts.facts.recording import RecordingStored
from contracts.facts.routing import (
    CaseAccepted,
    CaseClosed,
    CaseDecisionReceived,
    CaseEscalated,
    CaseGuided,
    CaseOpened,
    CaseSettled,
    CaseTransferred,
    DeadlineMissed,
)
from contracts.facts.sessions import SessionEnded, SessionScheduled, SessionStarted
from contracts.vocabulary import NoticeChannel, PointCheck, Role
from deploy.demo.clip import CODECS, CONTAINER, ClipChunk, cut, decoded, make_clip
from deploy.demo.clockwork import Clockwork
from deploy.demo.people import BOARD, DO_LUONG, KIM_LIEN, PROVINCE, QUY_HOP, ROADS, People, Person, Unexpected
from deploy.demo.watch import Watch
from services.chassis.clock import VIETNAM

CLIP_SECONDS: Final = 6
GROUP: Final = 12
DECODED_WITHIN_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 20.0
POINTS: Final = (PROVINCE, KIM_LIEN, QUY_HOP)
NAMES: Final = {
    "group": "Nguyễn Văn Thử",
    "web": "Bùi Mô Phỏng",
    "bypass": "Trần Thị Mẫu",
    "denouncer": "Phạm Giả Định",
}
PHONES: Final = {"group": "0987654321", "bypass": "0987654322", "denouncer": "0987654323"}
PERSONAL_NUMBER: Final = "040085000123"
WORDS: Final = "Nội dung giả định, không về vụ việc thật."
PHONE_WITHOUT_ZALO: Final = "0990000118"
"""The simulator answers -118 for it: no Zalo account."""
WARNED_NUMBER: Final = "12345"


class WentWrong(Exception):
    """Something the story proves did not hold."""


@dataclass
class Figures:
    """What the run measured, for the end."""

    petitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Receipt by the story's name for it."""
    session_id: str = ""
    recording: RecordingStored | None = None
    verdict: str = ""
    decoded_seconds: dict[str, float] = field(default_factory=dict)
    chunks: int = 0
    upload_seconds: float = 0.0


class Story:
    """One walk. ``say`` tells a person what is going on."""

    def __init__(
        self, people: People, watch: Watch, clockwork: Clockwork, say: Callable[[str], None], run_name: str
    ) -> None:
        self._people = people
        self._watch = watch
        self._clockwork = clockwork
        self._say = say
        self._run_name = run_name
        self.figures = Figures()

    async def walk(self) -> Figures:
        """Everything, in order. Errors: NotHeard, Unexpected, WentWrong."""
        await self._move_to(*self._clockwork.next_morning())
        self._say(f"đồng hồ của hệ thống đặt vào {_spoken(self._clockwork.now())} (the clock is moved)")
        await self._file()
        group = await self._routed()
        await self._first_steps(group)
        escalated = await self._overdue(group)
        session = await self._scheduled(escalated)
        await self._tested(session)
        await self._held(session)
        await self._settled(group)
        return self.figures

    async def _file(self) -> None:
        receiver = await self._people.of(Role.RECEIVER, unit=KIM_LIEN, subject="can-bo-kim-lien")
        board = await self._people.of(Role.RECEIVER, unit=BOARD, subject="can-bo-btcd")
        citizen = await self._people.of(Role.CITIZEN, subject=f"cong-dan-{self._run_name}")
        await self._filed("đoàn đông người", receiver, self._group_complaint())
        await self._filed("kiến nghị trên web", citizen, self._web_recommendation())
        await self._signed("kiến nghị trên web", receiver)
        await self._filed("vượt cấp", board, self._bypass_complaint())
        await self._filed("tố cáo", board, self._denunciation())

    async def _filed(self, name: str, who: Person, body: dict[str, Any]) -> None:
        receipt = await self._people.post(who, "intake", "/v1/petitions", body)
        self.figures.petitions[name] = receipt
        warned = "".join(f"; lưu ý: {warning['sentence']}" for warning in receipt["warnings"])
        self._say(f"nộp đơn ({name}): mã tra cứu {receipt['code']}{warned}")

    async def _signed(self, name: str, receiver: Person) -> None:
        """A web form is a registration until it is signed, here before the officer of the citizen's commune."""
        petition_id = self.figures.petitions[name]["petition_id"]
        await self._people.post(receiver, "intake", f"/v1/petitions/{petition_id}/signature")
        await self._watch.until(
            PetitionSupplemented, lambda fact: str(fact.petition_id) == petition_id and fact.is_signed is True
        )
        self._say(f"đơn ({name}) đã ký tại nơi tiếp công dân xã Kim Liên (signed at the commune)")

    async def _routed(self) -> CaseOpened:
        cases = {name: await self._case_of(name) for name in self.figures.petitions}
        for name, case in cases.items():
            clocks = ", ".join(f"{clock.clock} {clock.rolled_due:%d/%m/%Y}" for clock in case.clocks)
            self._say(f"mở vụ việc ({name}): {case.outcome.label}, {case.rule}; thời hạn {clocks or 'chưa có'}")
        for name in cases:
            await self._told(name, "D01" if name == "tố cáo" else "T01")
        _must(cases["vượt cấp"].is_bypass_level, "the bypass-level petition was not seen as one")
        _must(cases["đoàn đông người"].is_large_group, "the large group was not seen as one")
        _must(cases["tố cáo"].held_by != DO_LUONG, "the denunciation is held by the accused's unit")
        return cases["đoàn đông người"]

    async def _case_of(self, name: str) -> CaseOpened:
        petition_id = UUID(self.figures.petitions[name]["petition_id"])
        return await self._watch.until(CaseOpened, lambda fact: fact.petition_id == petition_id)

    async def _first_steps(self, group: CaseOpened) -> None:
        await self._move_to(self._clockwork.working_days_from_now(2), 9)
        board = await self._people.of(Role.PETITION_OFFICER, unit=BOARD, subject="can-bo-btcd")
        commune = await self._people.of(Role.SETTLING_AUTHORITY, unit=KIM_LIEN, subject="chu-tich-kim-lien")
        officer = await self._people.of(Role.PETITION_OFFICER, unit=KIM_LIEN, subject="can-bo-kim-lien")
        bypass, road, secret = [await self._case_of(n) for n in ("vượt cấp", "kiến nghị trên web", "tố cáo")]

        await self._order(commune, group.case_id, "accept", representative_count=3, request_count=1)
        accepted = await self._watch.until(CaseAccepted, lambda fact: fact.case_id == group.case_id)
        due = max(clock.rolled_due for clock in accepted.clocks)
        self._say(f"UBND xã Kim Liên thụ lý đơn đoàn đông người; hạn giải quyết {due:%d/%m/%Y}")
        await self._order(board, bypass.case_id, "guide", document_number="12/HD-BTCD")
        await self._watch.until(CaseGuided, lambda fact: fact.case_id == bypass.case_id)
        self._say("Ban Tiếp công dân tỉnh hướng dẫn đơn vượt cấp về đúng nơi; không chuyển đơn (R03)")
        await self._order(board, bypass.case_id, "close", ground="guided")
        await self._order(officer, road.case_id, "transfer", to=ROADS)
        await self._watch.until(CaseTransferred, lambda fact: fact.case_id == road.case_id)
        self._say("kiến nghị ngoài thẩm quyền được chuyển đến Sở Xây dựng (R13)")
        await self._road_answered(road)
        await self._denunciation_settled(secret)
        for name, template in (("đoàn đông người", "T02"), ("kiến nghị trên web", "T13"), ("vượt cấp", "T04")):
            await self._told(name, template)
        await self._told("tố cáo", "D02", times=2)
        self._say("mọi người gửi đơn đã nhận tin: Zalo, SMS; tố cáo chỉ có câu trung tính (notices delivered)")

    async def _road_answered(self, road: CaseOpened) -> None:
        director = await self._people.of(Role.SETTLING_AUTHORITY, unit=ROADS, subject="giam-doc-so-xay-dung")
        await self._order(director, road.case_id, "accept")
        await self._order(
            director,
            road.case_id,
            "settle",
            result="answered",
            document_number="318/SXD-HT",
            legal_grounds=["LTCD 26(2)"],
            answers=[{"request": 1, "answer": "explained"}],
            request_count=1,
        )
        officer = await self._people.of(Role.PETITION_OFFICER, unit=KIM_LIEN, subject="can-bo-kim-lien")
        told = {"document_number": "319/SXD-HT"}
        await self._order(director, road.case_id, "confirm", act="sender_told", **told)
        await self._order(officer, road.case_id, "confirm", act="petitioner_told", document_number="41/UBND-TD")
        await self._order(director, road.case_id, "close", ground="settled")
        await self._watch.until(CaseClosed, lambda fact: fact.case_id == road.case_id)

    async def _denunciation_settled(self, secret: CaseOpened) -> None:
        head = await self._people.of(Role.SETTLING_AUTHORITY, unit=PROVINCE, subject="chu-tich-tinh")
        await self._order(head, secret.case_id, "accept")
        await self._order(head, secret.case_id, "confirm", act="acceptance_told", document_number="06/TB-UBND")
        await self._told("tố cáo", "D02")
        await self._move_to(self._clockwork.working_days_from_now(1), 9)
        await self._order(
            head,
            secret.case_id,
            "settle",
            result="partly_right",
            document_number="07/KL-UBND",
            legal_grounds=["LTC 35"],
            answers=[{"request": 1, "answer": "partly_granted"}],
            request_count=1,
        )
        await self._order(head, secret.case_id, "confirm", act="result_sent", document_number="08/CV-UBND")
        await self._watch.until(CaseSettled, lambda fact: fact.case_id == secret.case_id)
        self._say("tố cáo do Chủ tịch UBND tỉnh giải quyết; không nơi nào thấy người tố cáo")

    async def _overdue(self, group: CaseOpened) -> CaseEscalated:
        accepted = await self._watch.until(CaseAccepted, lambda fact: fact.case_id == group.case_id)
        due = max(clock.rolled_due for clock in accepted.clocks)
        await self._move_to(due + timedelta(days=1), 8, 5)
        self._say(
            f"đồng hồ chuyển sang {_spoken(self._clockwork.now())}: quá hạn giải quyết (the clock moves past the day)"
        )
        missed = await self._watch.until(DeadlineMissed, lambda fact: fact.case_id == group.case_id)
        escalated = await self._watch.until(
            CaseEscalated,
            lambda fact: fact.case_id == group.case_id and fact.missed_clock is not None,
        )
        reasons = ", ".join(reason.label for reason in escalated.reasons)
        self._say(f"quá hạn {missed.clock.clock} → báo cáo UBND tỉnh: {reasons}")
        return escalated

    async def _scheduled(self, escalated: CaseEscalated) -> SessionScheduled:
        office = await self._people.of(Role.RECEIVER, unit=PROVINCE, subject="van-phong-tinh")
        day = self._clockwork.working_days_from_now(7)
        plan = {
            "kind": "scheduled",
            "ground": "complex",
            "starts_at": datetime.combine(day, time(8), VIETNAM).isoformat(),
            "chaired_by": PROVINCE,
            "points": [{"unit": unit, "is_main": unit == PROVINCE} for unit in POINTS],
            "cases": [{"case_id": str(escalated.case_id), "at_unit": KIM_LIEN}],
        }
        session = await _patiently(lambda: self._people.post(office, "sessions", "/v1/sessions", plan))
        self.figures.session_id = session["session_id"]
        scheduled = await self._watch.until(
            SessionScheduled, lambda fact: str(fact.session_id) == session["session_id"]
        )
        await self._told("đoàn đông người", "T08")
        self._say(f"xếp lịch phiên trực tuyến {_spoken(scheduled.starts_at)}, ba điểm cầu (province, two communes)")
        return scheduled

    async def _tested(self, session: SessionScheduled) -> None:
        day = session.starts_at.astimezone(VIETNAM).date()
        await self._move_to(self._clockwork.calendar.add_working_days(day, -2), 14)
        everything = {check.value: True for check in PointCheck}
        for point in session.points:
            technician = await self._people.of(
                Role.TECHNICAL_OPERATOR, unit=point.unit, subject=f"ky-thuat-{point.unit}"
            )
            path = f"/v1/sessions/{session.session_id}/points/{point.point_id}/tests"
            if point.unit == QUY_HOP:
                await self._people.post(technician, "sessions", path, {"checks": everything | {"sound": False}})
                self._say(
                    "thử điểm cầu xã Quỳ Hợp: không đạt âm thanh; sửa rồi thử lại (a failed test blocks the start)"
                )
            await self._people.post(technician, "sessions", path, {"checks": everything})
        self._say("ba điểm cầu đã thử nghiệm đạt")

    async def _held(self, session: SessionScheduled) -> None:
        day = session.starts_at.astimezone(VIETNAM).date()
        await self._move_to(day - timedelta(days=1), 8, 10)
        await self._told("đoàn đông người", "T09")
        self._say("trước một ngày: người gửi đơn được nhắc lịch (the day before: a reminder)")
        await self._move_to(day, 6, 45)
        root = f"/v1/sessions/{session.session_id}"
        for point in session.points:
            technician = await self._people.of(
                Role.TECHNICAL_OPERATOR, unit=point.unit, subject=f"ky-thuat-{point.unit}"
            )
            await self._people.post(technician, "sessions", f"{root}/points/{point.point_id}/connect", {})
        await self._move_to(day, 8)
        chair = await self._people.of(Role.CHAIR, unit=PROVINCE, subject="chu-tich-tinh")
        await self._people.post(chair, "sessions", f"{root}/start", {})
        await self._watch.until(SessionStarted, lambda fact: fact.session_id == session.session_id)
        self._say("khai mạc phiên; ba điểm cầu gửi hình và tiếng từng đoạn (each point sends its chunks)")
        await self._recorded(session, chair, root)

    async def _recorded(self, session: SessionScheduled, chair: Person, root: str) -> None:
        devices = {
            str(point.point_id): await self._people.of(
                Role.POINT_DEVICE, unit=point.unit, subject=f"may-ghi-{point.unit}"
            )
            for point in session.points
        }
        any_device = next(iter(devices.values()))
        path = f"/v1/sessions/{session.session_id}/recording"
        recording = await _patiently(lambda: self._people.get(any_device, "recording", path))
        recording_id = recording["recording_id"]
        clip_of = {point_id: cut(make_clip(CLIP_SECONDS, shade=40 * n)) for n, point_id in enumerate(devices)}
        started = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as points:
            sending = [
                points.create_task(self._sent(device, recording_id, point_id, clip_of[point_id]))
                for point_id, device in devices.items()
            ]
        self.figures.upload_seconds = asyncio.get_running_loop().time() - started
        await self._signed_off(session, chair, root)
        for task in sending:
            device, stream_id, last_seq = task.result()
            await self._people.post(device, "recording", f"/v1/streams/{stream_id}/complete", {"last_seq": last_seq})
        stored = await self._watch.until(RecordingStored, lambda fact: str(fact.recording_id) == recording_id)
        self.figures.recording = stored
        self._say(f"bản ghi đã niêm phong: {stored.size_bytes:,} byte, gốc Merkle {stored.merkle_root[:16]}…")
        await self._proved(stored, list(devices))

    async def _sent(
        self, device: Person, recording_id: str, point_id: str, chunks: list[ClipChunk]
    ) -> tuple[Person, str, int]:
        stream = await self._people.post(
            device,
            "recording",
            f"/v1/recordings/{recording_id}/streams",
            {"point_id": point_id, "container": CONTAINER, "codecs": CODECS},
        )
        began_ms = int(self._clockwork.now().timestamp() * 1000)
        for seq, chunk in enumerate(chunks):
            digest = base64.b64encode(hashlib.sha256(chunk.content).digest()).decode()
            await self._people.put(
                device,
                "recording",
                f"/v1/streams/{stream['stream_id']}/chunks/{seq}",
                chunk.content,
                content_digest=f"sha-256=:{digest}:",
                capture_start_ms=str(began_ms + chunk.start_ms),
                capture_end_ms=str(began_ms + chunk.end_ms),
                starts_with_keyframe=str(chunk.starts_with_keyframe).lower(),
            )
            self.figures.chunks += 1
        return device, stream["stream_id"], len(chunks) - 1

    async def _signed_off(self, session: SessionScheduled, chair: Person, root: str) -> None:
        for point in session.points:
            clerk = await self._people.of(Role.NOTE_TAKER, unit=point.unit, subject=f"thu-ky-{point.unit}")
            present = {"receiver": 1, "citizen": 3} if point.unit == KIM_LIEN else {"receiver": 1}
            await self._people.post(
                clerk, "sessions", f"{root}/points/{point.point_id}/attendance", {"present": present}
            )
        await self._people.post(chair, "sessions", f"{root}/end", {})
        await self._watch.until(SessionEnded, lambda fact: fact.session_id == session.session_id)
        minutes = hashlib.sha256(f"biên bản {session.session_id}".encode()).hexdigest()
        for point in session.points:
            clerk = await self._people.of(Role.NOTE_TAKER, unit=point.unit, subject=f"thu-ky-{point.unit}")
            await self._people.post(
                clerk, "sessions", f"{root}/points/{point.point_id}/minutes", {"minutes_sha256": minutes}
            )
        self._say("kết thúc phiên; điểm danh và ký biên bản tại từng điểm cầu")

    async def _proved(self, stored: RecordingStored, point_ids: list[str]) -> None:
        archivist = await self._people.of(Role.RECORDS_ARCHIVIST, unit=PROVINCE, subject="luu-tru-tinh")
        root = f"/v1/recordings/{stored.recording_id}"
        purpose = {"Access-Purpose": "archive_check"}
        verdict = await self._people.post(archivist, "recording", f"{root}/verify", **purpose)
        self.figures.verdict = verdict["result"]
        _must(verdict["result"].lower() == "valid", f"the recording verifies as {verdict['result']}")
        for point_id in point_ids:
            media = await self._people.content(archivist, "recording", f"{root}/points/{point_id}/media", **purpose)
            seen = decoded(media)
            self.figures.decoded_seconds[point_id] = seen.duration_seconds
            _must(
                abs(seen.duration_seconds - CLIP_SECONDS) < DECODED_WITHIN_SECONDS, f"decoded {seen.duration_seconds} s"
            )
        self._say(
            f"tải về và giải mã cả ba điểm cầu: {CLIP_SECONDS} giây mỗi điểm; chuỗi băm đúng ({verdict['result']})"
        )

    async def _settled(self, group: CaseOpened) -> None:
        head = await self._people.of(Role.SETTLING_AUTHORITY, unit=KIM_LIEN, subject="chu-tich-kim-lien")
        await self._order(
            head,
            group.case_id,
            "settle",
            result="right",
            document_number="125/QĐ-UBND",
            legal_grounds=["LKN 31"],
            answers=[{"request": 1, "answer": "granted"}],
        )
        await self._watch.until(CaseSettled, lambda fact: fact.case_id == group.case_id)
        fallen = UUID(self.figures.petitions["kiến nghị trên web"]["petition_id"])
        sent = await self._watch.until(
            NoticeSent, lambda fact: fact.petition_id == fallen and fact.channel is NoticeChannel.SMS
        )
        await self._told("đoàn đông người", "T13")
        await self._order(head, group.case_id, "confirm", act="result_sent", document_number="126/CV-UBND")
        today = self._clockwork.now().date().isoformat()
        await self._order(head, group.case_id, "decision-received", received_on=today)
        received = await self._watch.until(CaseDecisionReceived, lambda fact: fact.case_id == group.case_id)
        again = received.clocks[0].rolled_due
        self._say(
            f"đã nhận quyết định; được khiếu nại lần hai đến hết ngày {again:%d/%m/%Y} (K5), hiệu lực tính theo K9"
        )
        self._say(f"thông báo {sent.template} đến số không có Zalo: đã gửi bằng SMS (fallback)")
        await self._watch.until(PublicCaseOpened, lambda fact: fact.public_id == group.public_id)
        await self._tracked()

    async def _move_to(self, day: date, hour: int, minute: int = 0) -> None:
        """Move the services' clock, and the simulated providers' as far."""
        before = self._clockwork.now()
        after = self._clockwork.move_to(day, hour, minute)
        passed = {"advance_s": max((after - before).total_seconds(), 0.0)}
        await self._people.post(None, "gateway simulator", "/__sim/clock", passed)

    async def _told(self, name: str, template: str, times: int = 1) -> None:
        """Until the provider reported that so many notices by this template of this petition arrived."""
        petition_id = UUID(self.figures.petitions[name]["petition_id"])

        def is_one(fact: Fact) -> bool:
            return (
                isinstance(fact, NoticeDelivered)
                and fact.petition_id == petition_id
                and fact.template.startswith(template)
            )

        await self._watch.until(
            NoticeDelivered, lambda _: sum(is_one(fact) for _, fact in self._watch.facts()) >= times
        )

    async def _tracked(self) -> None:
        receipt = self.figures.petitions["đoàn đông người"]
        lookup = {"code": receipt["code"], "access_key": receipt["access_key"]}
        tracking = await self._people.post(None, "intake", "/v1/tracking", lookup)
        self._say(f"người dân tra cứu {receipt['code']}: {len(tracking['steps'])} bước (no account needed)")

    async def _order(self, who: Person, case_id: UUID, order: str, **said: Any) -> dict[str, Any]:
        return await self._people.post(who, "routing", f"/v1/cases/{case_id}/{order}", said)

    def _group_complaint(self) -> dict[str, Any]:
        return self._petition(
            "complaint",
            "counter",
            KIM_LIEN,
            "land",
            name=NAMES["group"],
            phone=PHONES["group"],
            number=WARNED_NUMBER,
            respondent_unit=KIM_LIEN,
            respondent_post="head",
            signer_count=GROUP,
            has_representatives=True,
            decision_known_on=self._days_ago(10),
        )

    def _web_recommendation(self) -> dict[str, Any]:
        return self._petition(
            "recommendation",
            "web",
            KIM_LIEN,
            "transport",
            name=NAMES["web"],
            phone=PHONE_WITHOUT_ZALO,
            respondent_unit=ROADS,
        )

    def _bypass_complaint(self) -> dict[str, Any]:
        return self._petition(
            "complaint",
            "counter",
            BOARD,
            "land",
            name=NAMES["bypass"],
            phone=PHONES["bypass"],
            matter_unit=QUY_HOP,
            respondent_unit=QUY_HOP,
            respondent_post="head",
            decision_known_on=self._days_ago(20),
        )

    def _denunciation(self) -> dict[str, Any]:
        return self._petition(
            "denunciation",
            "counter",
            BOARD,
            "civil_service",
            name=NAMES["denouncer"],
            phone=PHONES["denouncer"],
            matter_unit=DO_LUONG,
            respondent_unit=DO_LUONG,
            respondent_post="head",
            wants_notices=True,
        )

    def _petition(
        self, kind: str, channel: str, at: str, matter_field: str, *, name: str, phone: str, **said: Any
    ) -> dict[str, Any]:
        person = {"full_name": name, "phone": phone, "personal_number": said.pop("number", PERSONAL_NUMBER)}
        words = {
            "summary": f"Đơn thử nghiệm, lượt {self._run_name}",
            "text": WORDS,
        }
        return {
            "kind": kind,
            "channel": channel,
            "received_by": at,
            "matter_field": matter_field,
            "matter_unit": at,
            "petitioner": person,
            "content": words,
            **said,
        }

    def _days_ago(self, days: int) -> str:
        return (self._clockwork.today() - timedelta(days=days)).isoformat()


async def _patiently(call: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Call until it is answered: what another service has to hear first takes its moment on the bus."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        try:
            return await call()
        except Unexpected:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.1)


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise WentWrong(otherwise)


def _spoken(moment: datetime | date) -> str:
    if isinstance(moment, datetime):
        return f"{moment.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
    return f"{moment:%d/%m/%Y}"
