"""A small world in which everything holds: two petitions, one withdrawn and one heard in a recorded session."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from contracts.facts.base import Fact
from contracts.facts.envelope import GENESIS, Envelope, seal
from contracts.facts.intake import ContactGiven, PetitionFiled, PetitionWithdrawn
from contracts.facts.notify import NoticeSent
from contracts.facts.recording import RecordingStarted, RecordingStored, SealedStream
from contracts.facts.sessions import BridgePoint, HeardCase, SessionEnded, SessionScheduled, SessionStarted
from contracts.ids import FactId, NoticeId, PointId, SessionId, derived
from contracts.vocabulary import EndedBy, NoticeChannel, OnlineGround, SessionKind, WithdrawalScope
from services.chassis.ledger.port import Document, Head
from services.notify.domain.dossier import Dossier
from services.notify.domain.notice import request_id_of
from services.recording.domain.recording import recording_of, stream_of
from services.routing.domain.opening import on_withdrawn
from services.sessions.domain import candidate_of, drop
from tests.chaos.flow import Acknowledged, SentChunk
from tests.chaos.world import Json, Subject, World
from tests.routing.given import LAW, filed, opened, petition

NOW = datetime(2026, 9, 7, 3, tzinfo=UTC)
SESSION = SessionId(UUID(int=99))
POINT = BridgePoint(point_id=PointId(UUID(int=98)), unit="tinh-40", is_main=True)
RECORDING = recording_of(SESSION)
STREAM = stream_of(RECORDING, POINT.point_id, 1)
MEDIA = tuple(bytes([seq]) * (100 + seq) for seq in range(3))
CHUNKS = tuple(
    SentChunk(str(RECORDING), str(STREAM), seq, sha256(media).hexdigest(), len(media))
    for seq, media in enumerate(MEDIA)
)


@dataclass
class Sound:
    """The world's parts while it is put together, and while a test breaks it."""

    histories: dict[Subject, list[Envelope]] = field(default_factory=dict)
    documents: dict[str, dict[str, Document]] = field(default_factory=dict)
    messages: list[Json] = field(default_factory=list)
    manifests: dict[str, Json] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)
    acknowledged: Acknowledged = field(default_factory=Acknowledged)

    def say(self, fact: Fact) -> Envelope:
        """Put it into the history of its subject."""
        chain = self.histories.setdefault((fact.stream.slug, str(fact.subject)), [])
        place = f"{fact.stream.slug}/{fact.subject}/{len(chain) + 1}"
        chain.append(
            seal(
                fact,
                fact_id=uuid5(UUID(int=5), place),
                source="test",
                time=NOW + timedelta(seconds=len(chain)),
                sequence=len(chain) + 1,
                prev_hash=chain[-1].hash if chain else GENESIS,
                traceparent=None,
            )
        )
        return chain[-1]

    def keep(self, where: str, key: object, state: Json, *speaks_in: str) -> None:
        """A document, with the heads of the chains it speaks."""
        chains = {slug: self.histories[slug, subject] for slug, _, subject in (one.partition(":") for one in speaks_in)}
        heads = {slug: Head(len(chain), chain[-1].hash) for slug, chain in chains.items()}
        self.documents.setdefault(where, {})[str(key)] = Document(str(key), 1, state, heads=heads)

    def state(self, where: str) -> Json:
        """The state of some document there, to be broken."""
        return next(iter(self.documents[where].values())).state

    def world(self) -> World:
        """What stands now, heard on the bus as it was said."""
        heard = {
            (slug, subject, one.sequence): one for (slug, subject), chain in self.histories.items() for one in chain
        }
        kept = (self.manifests, self.verdicts, self.stored)
        return World(self.acknowledged, self.histories, self.documents, heard, self.messages, *kept)


def a_sound_world() -> Sound:
    """Everything in it holds."""
    sound = Sound()
    _petition(sound, 1, is_withdrawn=True)
    _petition(sound, 2, is_withdrawn=False)
    _session(sound)
    _notices(sound)
    _timelines(sound)
    return sound


def _petition(sound: Sound, number: int, *, is_withdrawn: bool) -> None:
    fact = filed(petition_id=petition(number), code=f"HS26-7K4QM{number}")
    contact = ContactGiven(petition_id=fact.petition_id, is_discreet=False, key_id="k1", sealed="AAAA" * 20)
    case, said = opened(fact)
    candidate = candidate_of(said[0])  # type: ignore[arg-type] # the first word about a case is that it is open
    for one in (fact, contact, *said):
        sound.say(one)
    if is_withdrawn:
        word = PetitionWithdrawn(
            petition_id=fact.petition_id, kind=fact.kind, scope=WithdrawalScope.WHOLE, withdrawn_at=NOW
        )
        case, closing = on_withdrawn(case, word, LAW)
        candidate = drop(candidate, closing[0])[0]  # type: ignore[arg-type] # it is closed by that
        for one in (word, *closing):
            sound.say(one)
        sound.acknowledged.withdrawn.add(str(fact.petition_id))
    sound.acknowledged.petitions[number] = str(fact.petition_id)
    dossier = Dossier(petition_id=fact.petition_id).learn(contact).learn(fact).learn(said[0])
    speaks = (f"petitions:{fact.petition_id}", f"contacts:{fact.petition_id}")
    sound.keep("intake.petitions", fact.petition_id, {}, *speaks)
    speaks = (f"cases:{case.case_id}", f"pub_cases:{case.public_id}")
    sound.keep("routing.cases", case.case_id, case.model_dump(mode="json"), *speaks)
    sound.keep("sessions.candidates", case.case_id, candidate.model_dump(mode="json"))
    sound.keep("notify.dossiers", fact.petition_id, dossier.model_dump(mode="json"))


def _session(sound: Sound) -> None:
    case, _ = opened(filed(petition_id=petition(2)))
    agenda = (HeardCase(case_id=case.case_id, petition_id=petition(2), point_id=POINT.point_id),)
    hall: dict[str, Any] = {"session_id": SESSION, "points": (POINT,), "cases": agenda}
    sound.say(
        SessionScheduled(
            **hall, kind=SessionKind.AD_HOC, ground=OnlineGround.EMERGENCY, starts_at=NOW, chaired_by="tinh-40"
        )
    )
    sound.say(SessionStarted(**hall, started_at=NOW))
    sound.say(SessionEnded(**hall, ended_at=NOW + timedelta(hours=1), ended_by=EndedBy.CHAIR, duration_seconds=3600))
    film: dict[str, Any] = {"recording_id": RECORDING, "session_id": SESSION}
    sound.say(RecordingStarted(**film, started_at=NOW, point_id=POINT.point_id))
    sound.say(_stored(film))
    seen = {"recording_id": str(RECORDING), "status": "stored", "gap_count": 0}
    sound.keep("sessions.sessions", SESSION, {"recording": seen}, f"sessions:{SESSION}")
    kept = {
        "session_id": str(SESSION),
        "points": [{"point_id": str(POINT.point_id), "unit": POINT.unit}],
        "session_started_at": "2026-09-07T03:00:00Z",
        "session_ended_at": "2026-09-07T04:00:00Z",
    }
    sound.keep("recording.recordings", RECORDING, kept, f"recordings:{RECORDING}")
    chunks = [{"seq": one.seq, "sha256": one.sha256, "size_bytes": one.size_bytes} for one in CHUNKS]
    objects = [{"sha256": sha256(content).hexdigest()} for content in (MEDIA[0] + MEDIA[1], MEDIA[2])]
    sound.stored |= {sha256(content).hexdigest(): content for content in (MEDIA[0] + MEDIA[1], MEDIA[2])}
    sound.manifests[str(RECORDING)] = {
        "streams": [{"stream_id": str(STREAM), "chunks": chunks, "objects": objects}],
    }
    sound.verdicts[str(RECORDING)] = "valid"
    sound.acknowledged.recordings[str(SESSION)] = str(RECORDING)
    sound.acknowledged.chunks += CHUNKS


def _stored(film: dict[str, Any]) -> RecordingStored:
    measure: dict[str, Any] = {"size_bytes": 303, "duration_milliseconds": 2_000}
    stream = SealedStream(stream_id=STREAM, point_id=POINT.point_id, chunk_count=3, chain_head="a" * 64, **measure)
    return RecordingStored(
        **film,
        **measure,
        stored_at=NOW,
        streams=(stream,),
        manifest_name="recordings/manifest.json",
        manifest_sha256="b" * 64,
        merkle_root="c" * 64,
        gap_count=0,
        retain_until=NOW.date(),
    )


def _notices(sound: Sound) -> None:
    told = {PetitionFiled.TYPE, PetitionWithdrawn.TYPE, SessionScheduled.TYPE}
    causes = [one for chain in list(sound.histories.values()) for one in chain if one.type in told]
    for cause in causes:
        notice_id = NoticeId(derived("notice", cause.id))
        fact = cause.fact()
        about = petition(2) if isinstance(fact, SessionScheduled) else getattr(fact, "petition_id", None)
        sound.say(
            NoticeSent(
                notice_id=notice_id,
                cause=FactId(cause.id),
                petition_id=about,
                template="T01.2026-07",
                channel=NoticeChannel.SMS,
                sent_at=NOW,
                attempts=1,
            )
        )
        state = {"state": "accepted", "cause": str(cause.id), "attempts": [{"unclear": 0}]}
        sound.keep("notify.notices", notice_id, state, f"notices:{notice_id}")
        sound.messages.append({"request_id": request_id_of(notice_id, NoticeChannel.SMS, 1)})


def _timelines(sound: Sound) -> None:
    for number in (1, 2):
        shown = [
            {"fact_id": str(one.id)}
            for chain in sound.histories.values()
            for one in chain
            if _is_shown(one, str(petition(number)))
        ]
        sound.keep("intake.timelines", petition(number), {"steps": shown})


def _is_shown(envelope: Envelope, petition_id: str) -> bool:
    """Cases, sessions and notices are shown to whose petition they name."""
    return envelope.stream in {"tcd.cases.v1", "tcd.sessions.v1", "tcd.notices.v1"} and petition_id.encode() in (
        envelope.value
    )
