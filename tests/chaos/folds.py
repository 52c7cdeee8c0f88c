"""What each consumer keeps of others' facts, beside the fold of all those facts: expected and found, by key."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope
from contracts.facts.intake import ContactGiven, PetitionFact, PetitionFiled, PetitionSupplemented, PetitionWithdrawn
from contracts.facts.notify import NoticeDelivered, NoticeFact, NoticeFailed, NoticeSent
from contracts.facts.recording import (
    RecordingFact,
    RecordingFailed,
    RecordingGapFound,
    RecordingStarted,
    RecordingStored,
)
from contracts.facts.routing import (
    CaseClosed,
    CaseEscalated,
    CaseFact,
    CaseOpened,
    CaseParticularsNoted,
    CaseRerouted,
    CaseSettled,
    CaseTransferred,
    CompetenceDecided,
)
from contracts.facts.sessions import SessionEnded, SessionFact, SessionStarted
from contracts.ids import case_of
from services.intake.handlers import CASE_FACTS, NOTICE_FACTS, SESSION_FACTS
from services.notify.domain.dossier import Dossier
from services.recording.domain.recording import recording_of
from services.sessions.domain import candidate_of, drop, learn, propose, relocate
from services.sessions.domain.candidates import Candidate
from tests.chaos.world import World

F = TypeVar("F", bound=Fact)
Kept = Mapping[str, Any]
Fold = Callable[[World], tuple[Kept, Kept]]


def _facts(world: World, kind: type[F]) -> Iterator[tuple[Envelope, F]]:
    """In the order of each aggregate."""
    for envelope in world.envelopes():
        fact = envelope.fact()
        if isinstance(fact, kind):
            yield envelope, fact


def petitions_in_routing(world: World) -> tuple[Kept, Kept]:
    """A case knows its petition as filed and supplemented, and whether it was withdrawn."""
    expected: dict[str, dict[str, Any]] = {}
    for _, fact in _facts(world, PetitionFact):
        key = str(case_of(fact.petition_id))
        if isinstance(fact, PetitionFiled):
            expected[key] = {"filed": fact.model_dump(mode="json"), "withdrawn": None}
        elif isinstance(fact, PetitionWithdrawn):
            expected.setdefault(key, {})["withdrawn"] = fact.scope.value
        elif isinstance(fact, PetitionSupplemented):
            raise NotImplementedError("these runs supplement nothing")
    found = {
        key: {"filed": state["filed"], "withdrawn": state["withdrawn"]}
        for key, state in world.states("routing.cases").items()
    }
    return expected, found


def cases_by_their_own_facts(world: World) -> tuple[Kept, Kept]:
    """A case stands as its own facts tell."""
    expected: dict[str, dict[str, Any]] = {}
    for _, fact in _facts(world, CaseFact):
        if isinstance(fact, CaseOpened):
            told = fact.model_dump(mode="json", include={"public_id", "held_by", "outcome", "rule", "opened_at"})
            expected[str(fact.case_id)] = told | {"closed_on": None, "status": "open"}
        elif isinstance(fact, CaseClosed):
            closed = {"closed_on": fact.closed_on.isoformat(), "status": "closed"}
            expected.setdefault(str(fact.case_id), {}).update(closed)
    names = ("public_id", "held_by", "outcome", "rule", "opened_at", "closed_on", "status")
    return expected, {
        key: {name: state[name] for name in names} for key, state in world.states("routing.cases").items()
    }


def steps_in_intake(world: World) -> tuple[Kept, Kept]:
    """A petition's timeline holds each fact that was said about it, once."""
    expected: dict[str, set[str]] = defaultdict(set)
    for envelope, fact in _facts(world, Fact):
        for petition_id in _shown_to(fact):
            expected[petition_id].add(str(envelope.id))
    found = {
        key: {step["fact_id"] for step in state["steps"]} if _is_once_each(state) else "twice"
        for key, state in world.states("intake.timelines").items()
    }
    return expected, found


def _shown_to(fact: Fact) -> set[str]:
    if isinstance(fact, SessionFact):
        return {str(case.petition_id) for case in getattr(fact, "cases", ())} if type(fact) in SESSION_FACTS else set()
    if isinstance(fact, CaseFact | NoticeFact) and type(fact) in {*CASE_FACTS, *NOTICE_FACTS}:
        return set() if fact.petition_id is None else {str(fact.petition_id)}
    return set()


def _is_once_each(timeline: Mapping[str, Any]) -> bool:
    ids = [step["fact_id"] for step in timeline["steps"]]
    return len(ids) == len(set(ids))


def candidates_in_sessions(world: World) -> tuple[Kept, Kept]:
    """A candidate is what the facts of its case amount to; which session claims it is sessions' own affair."""
    expected: dict[str, Candidate] = {}
    for _, fact in _facts(world, CaseFact):
        key = str(fact.case_id)
        if isinstance(fact, CaseOpened):
            expected[key] = candidate_of(fact)
        elif isinstance(fact, CaseEscalated) and key in expected:
            expected[key] = propose(expected[key], fact)[0]
        elif isinstance(fact, CaseParticularsNoted) and key in expected:
            expected[key] = learn(expected[key], fact)[0]
        elif isinstance(fact, CaseRerouted | CaseTransferred | CompetenceDecided) and key in expected:
            expected[key] = relocate(expected[key], fact)[0]
        elif isinstance(fact, CaseSettled | CaseClosed) and key in expected:
            expected[key] = drop(expected[key], fact)[0]
    found = {
        key: Candidate.model_validate(state).model_copy(update={"claim": None})
        for key, state in world.states("sessions.candidates").items()
    }
    return expected, found


def recordings_seen_by_sessions(world: World) -> tuple[Kept, Kept]:
    """A session knows of its recording what recording said last."""
    expected: dict[str, dict[str, Any]] = {
        key: {"recording_id": None, "status": "not_heard", "gap_count": 0} for key in world.states("sessions.sessions")
    }
    for _, fact in _facts(world, RecordingFact):
        seen = expected.setdefault(str(fact.session_id), {"gap_count": 0})
        seen["recording_id"] = str(fact.recording_id)
        if isinstance(fact, RecordingGapFound):
            seen["gap_count"] += 1
        elif isinstance(fact, RecordingStarted):
            seen["status"] = "running"
        elif isinstance(fact, RecordingStored):
            seen |= {"status": "stored", "gap_count": fact.gap_count}
        elif isinstance(fact, RecordingFailed):
            seen["status"] = "failed"
    found = {
        key: {name: state["recording"][name] for name in ("recording_id", "status", "gap_count")}
        for key, state in world.states("sessions.sessions").items()
    }
    return expected, found


def sessions_in_recording(world: World) -> tuple[Kept, Kept]:
    """A recording stands for one session that started, with its points, and ended when that ended."""
    expected: dict[str, dict[str, Any]] = {}
    for _, fact in _facts(world, SessionFact):
        key = str(recording_of(fact.session_id))
        if isinstance(fact, SessionStarted):
            expected[key] = {
                "session_id": str(fact.session_id),
                "points": {str(point.point_id): point.unit for point in fact.points},
                "session_started_at": fact.model_dump(mode="json")["started_at"],
                "session_ended_at": None,
            }
        elif isinstance(fact, SessionEnded):
            expected.setdefault(key, {})["session_ended_at"] = fact.model_dump(mode="json")["ended_at"]
    found = {
        key: {
            "session_id": state["session_id"],
            "points": {point["point_id"]: point["unit"] for point in state["points"]},
            "session_started_at": state["session_started_at"],
            "session_ended_at": state["session_ended_at"],
        }
        for key, state in world.states("recording.recordings").items()
    }
    return expected, found


def dossiers_in_notify(world: World) -> tuple[Kept, Kept]:
    """A dossier is what the facts about its petition teach, in whatever order they came."""
    expected: dict[str, Dossier] = {}
    for _, fact in _facts(world, Fact):
        if isinstance(fact, PetitionFact | ContactGiven | CaseFact):
            key = str(fact.petition_id)
            expected[key] = expected.get(key, Dossier(petition_id=fact.petition_id)).learn(fact)
    own = {"told": (), "no_zalo_until": None}
    found = {
        key: Dossier.model_validate(state).model_copy(update=own)
        for key, state in world.states("notify.dossiers").items()
    }
    return expected, found


def notices_by_their_own_facts(world: World) -> tuple[Kept, Kept]:
    """A notice stands where its own facts tell: accepted, delivered or failed."""
    stands = {NoticeSent: "accepted", NoticeDelivered: "delivered", NoticeFailed: "failed"}
    expected = {str(fact.notice_id): stands[type(fact)] for _, fact in _facts(world, NoticeFact)}
    return expected, {key: state["state"] for key, state in world.states("notify.notices").items()}


CONSUMERS: Final[Mapping[str, Fold]] = {
    "routing on petitions": petitions_in_routing,
    "routing on its cases": cases_by_their_own_facts,
    "intake's timelines": steps_in_intake,
    "sessions' candidates": candidates_in_sessions,
    "sessions on recordings": recordings_seen_by_sessions,
    "recording on sessions": sessions_in_recording,
    "notify's dossiers": dossiers_in_notify,
    "notify on its notices": notices_by_their_own_facts,
}
