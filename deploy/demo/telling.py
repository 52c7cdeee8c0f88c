"""What the demo prints at its end: one timeline per case from the facts, and the figures of the run."""

from collections.abc import Iterable, Iterator
from typing import Final
from uuid import UUID

from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope
from contracts.facts.lines import line_of
from contracts.facts.recording import RecordingFact
from contracts.facts.sessions import SessionFact, SessionScheduled
from contracts.streams import BY_NAME, PUBLIC_CASES
from contracts.units import organisation
from services.chassis.clock import VIETNAM

Heard = tuple[Envelope, Fact]
_TYPE_PREFIX: Final = "vn.tiepdan."


def timeline_of(petition_id: UUID, heard: Iterable[Heard]) -> Iterator[str]:
    """The lines of one petition: its own facts, its case's, its sessions', their recordings' and its notices'."""
    heard = list(heard)
    sessions = {
        fact.session_id for _, fact in heard if isinstance(fact, SessionScheduled) and _hears(fact, petition_id)
    }
    for envelope, fact in heard:
        in_session = isinstance(fact, SessionFact | RecordingFact) and fact.session_id in sessions
        if envelope.stream != PUBLIC_CASES.name and (in_session or getattr(fact, "petition_id", None) == petition_id):
            yield _line(envelope, fact)


def _hears(scheduled: SessionScheduled, petition_id: UUID) -> bool:
    return any(case.petition_id == petition_id for case in scheduled.cases)


def _line(envelope: Envelope, fact: Fact) -> str:
    at = envelope.time.astimezone(VIETNAM)
    speaker = BY_NAME[envelope.stream].speaker
    name = envelope.type.removeprefix(_TYPE_PREFIX)
    return f"  {at:%d/%m/%Y %H:%M:%S}  {speaker:<9}  {name:<30}  {line_of(fact, organisation().name_of)}"
