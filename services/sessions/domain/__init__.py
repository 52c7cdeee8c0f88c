"""Decisions about reception sessions: pure functions from state and time to state and facts.

``session``     the state and the closed table of transitions
``candidates``  cases that may be heard           ``schedule``  setting up, moving, cancelling
``readiness``   tests and connections             ``conduct``   start to signed minutes
``recorded``    what recording says, and what silence of it means
"""

from services.sessions.domain.candidates import (
    Candidate,
    CandidateStatus,
    Claim,
    candidate_of,
    claim,
    drop,
    learn,
    propose,
    release,
    relocate,
)
from services.sessions.domain.conduct import end, pause, resume, sign_minutes, start, take_attendance
from services.sessions.domain.readiness import Blocker, Obstacle, blockers, connect, lose, record_test
from services.sessions.domain.recorded import see_failed, see_gap, see_started, see_stored, watch
from services.sessions.domain.schedule import Law, NewDay, PlannedCase, PlannedPoint, SessionPlan, cancel, reschedule
from services.sessions.domain.schedule import schedule as schedule_session
from services.sessions.domain.session import (
    STANDING,
    TRANSITIONS,
    Act,
    AgendaItem,
    Point,
    PointRecording,
    ReceptionSession,
    RecordingStatus,
    SessionStatus,
)

__all__ = [
    "STANDING",
    "TRANSITIONS",
    "Act",
    "AgendaItem",
    "Blocker",
    "Candidate",
    "CandidateStatus",
    "Claim",
    "Law",
    "NewDay",
    "Obstacle",
    "PlannedCase",
    "PlannedPoint",
    "Point",
    "PointRecording",
    "ReceptionSession",
    "RecordingStatus",
    "SessionPlan",
    "SessionStatus",
    "blockers",
    "cancel",
    "candidate_of",
    "claim",
    "connect",
    "drop",
    "end",
    "learn",
    "lose",
    "pause",
    "propose",
    "record_test",
    "release",
    "relocate",
    "reschedule",
    "resume",
    "schedule_session",
    "see_failed",
    "see_gap",
    "see_started",
    "see_stored",
    "sign_minutes",
    "start",
    "take_attendance",
    "watch",
]
