"""The life of one notice: one fact, one recipient, one template. Every step is in one closed table.

    planned ─┬─> awaiting_contact ─┬─> sending ──> accepted ──> delivered
             ├─> held ─────────────┤      │ └───> unknown        undelivered
             └─> queued <──────────┴──────┴──── (retry, other channel)
    anything that waits may end: suppressed, expired, failed. Only ``retry`` (an operator's act) leads back.

Accepted is not delivered. No answer is not refused: it is *unknown*, and is never sent again blindly.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, TypedDict
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.errors import Refused
from contracts.facts.base import Fact
from contracts.facts.notify import NoticeFailed, NoticeSent
from contracts.ids import FactId, NoticeId, PetitionId, SessionId
from contracts.vocabulary import NoticeChannel, NoticeFailure
from services.notify.domain.pace import Urgency


class NoticeState(StrEnum):
    PLANNED = "planned"
    AWAITING_CONTACT = "awaiting_contact"
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"


_REQUEST_ID: Final = re.compile(r"n_([0-9a-f]{32})_[a-z][0-9]{1,3}")

_S = NoticeState
WAITING: Final = frozenset({_S.PLANNED, _S.AWAITING_CONTACT, _S.HELD, _S.QUEUED})
"""Nothing is under way; the next step is to look whether it may be sent."""
_ENDS_UNTOLD: Final = frozenset({_S.FAILED, _S.EXPIRED})

NEXT: Final[Mapping[NoticeState, frozenset[NoticeState]]] = {
    _S.PLANNED: frozenset({_S.AWAITING_CONTACT, _S.HELD, _S.SENDING, _S.SUPPRESSED}) | _ENDS_UNTOLD,
    _S.AWAITING_CONTACT: frozenset({_S.AWAITING_CONTACT, _S.HELD, _S.SENDING, _S.SUPPRESSED}) | _ENDS_UNTOLD,
    _S.HELD: frozenset({_S.AWAITING_CONTACT, _S.HELD, _S.SENDING, _S.SUPPRESSED}) | _ENDS_UNTOLD,
    _S.QUEUED: frozenset({_S.AWAITING_CONTACT, _S.HELD, _S.SENDING, _S.SUPPRESSED, _S.DELIVERED}) | _ENDS_UNTOLD,
    _S.SENDING: frozenset({_S.ACCEPTED, _S.UNKNOWN, _S.QUEUED, _S.HELD, _S.DELIVERED, _S.FAILED}),
    _S.UNKNOWN: frozenset({_S.ACCEPTED, _S.QUEUED, _S.HELD, _S.DELIVERED, _S.FAILED}),
    _S.ACCEPTED: frozenset({_S.DELIVERED, _S.QUEUED, _S.UNDELIVERED}),
    _S.DELIVERED: frozenset(),
    _S.UNDELIVERED: frozenset({_S.QUEUED}),
    _S.FAILED: frozenset({_S.QUEUED}),
    _S.EXPIRED: frozenset({_S.QUEUED}),
    _S.SUPPRESSED: frozenset(),
}
"""Every legal step. Steps back to queued from an end are the operator's retry, and only that."""


class Recipient(BaseModel):
    """Who is told: the petitioner of a petition, or a post on the duty list. Never a number, never a name."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["petitioner", "duty"]
    of: str
    """The petition's id, or the id of the post."""

    @property
    def key(self) -> str:
        """What makes the recipient one and the same in derived ids."""
        return f"{self.kind}:{self.of}"


class Attempt(BaseModel):
    """Everything tried on one channel in one round under one request id."""

    model_config = ConfigDict(frozen=True)

    channel: NoticeChannel
    round: int
    request_id: str
    started_at: datetime
    tries: int = 1
    unclear: int = 0
    """How often the request left and no readable answer came."""
    code: str | None = None
    """The last answer, in the provider's code."""
    provider_id: str | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    refused_at: datetime | None = None


class Notice(BaseModel):
    """One notice. It holds no address and no person; the text is made when it is sent."""

    model_config = ConfigDict(frozen=True)

    notice_id: NoticeId
    cause: FactId
    recipient: Recipient
    about: PetitionId
    """The petition whose code the text carries."""
    session_id: SessionId | None = None
    template: str
    """Id and version: ``T02.2026-07``; the neutral one once discretion is known."""
    values: dict[str, str]
    urgency: Urgency
    is_discreet: bool
    planned_at: datetime
    not_after: datetime
    event_at: datetime | None = None
    state: NoticeState = NoticeState.PLANNED
    due_at: datetime | None
    """When it has to be looked at again; none when it has ended."""
    reason: str | None = None
    """Why it is held or suppressed: a code."""
    channel: NoticeChannel | None = None
    """The channel that comes next, once that is decided."""
    round: int = 1
    """Raised by every retry of an operator: another round is another request to the provider."""
    attempts: tuple[Attempt, ...] = ()
    failure: NoticeFailure | None = None
    traceparent: str | None = None
    """Where the trace of its cause stood, so that sending belongs to it."""

    @property
    def petition_id(self) -> PetitionId | None:
        """The petition, as facts name it: only where the petitioner is told."""
        return self.about if self.recipient.kind == "petitioner" else None

    @property
    def tries(self) -> int:
        """Calls made to providers so far."""
        return sum(attempt.tries for attempt in self.attempts)

    def attempt_of(self, request_id: str) -> Attempt | None:
        """The attempt that used this request id."""
        return next((one for one in self.attempts if one.request_id == request_id), None)


Step = tuple[Notice, Sequence[Fact]]


def request_id_of(notice_id: NoticeId, channel: NoticeChannel, round_: int) -> str:
    """What a provider is given to tell one request from another: 48 characters at most, no person in it."""
    return f"n_{notice_id.hex}_{channel.value[0]}{round_}"


def notice_id_in(request_id: str) -> NoticeId | None:
    """The notice that a request id belongs to, or none when it is not one of ours."""
    match = _REQUEST_ID.fullmatch(request_id)
    return NoticeId(UUID(match[1])) if match else None


def failed(notice: Notice, failure: NoticeFailure, now: datetime) -> Step:
    """The end of a notice that was not told, said aloud: somebody has to tell the person another way."""
    state = {NoticeFailure.EXPIRED: NoticeState.EXPIRED}.get(failure, NoticeState.FAILED)
    if notice.state is NoticeState.ACCEPTED:
        state = NoticeState.UNDELIVERED
    notice = moved(notice, state, due_at=None, failure=failure)
    return notice, [NoticeFailed(**about(notice), failed_at=now, reason=failure, attempts=notice.tries)]


def next_channel(notice: Notice, attempt: Attempt, failure: NoticeFailure, now: datetime) -> Step:
    """After Zalo comes SMS; after SMS there is nothing."""
    if attempt.channel is NoticeChannel.ZALO:
        return moved(notice, NoticeState.QUEUED, due_at=now, channel=NoticeChannel.SMS), []
    return failed(notice, failure, now)


def moved(notice: Notice, state: NoticeState, **changes: object) -> Notice:
    """The notice in another state. Errors: Refused("illegal_notice_step") when the table has no such step."""
    if state not in NEXT[notice.state]:
        raise Refused(
            "illegal_notice_step",
            "Thông báo không thể chuyển sang trạng thái này.",
            notice=str(notice.notice_id),
            from_state=notice.state.value,
            to_state=state.value,
        )
    return notice.model_copy(update={"state": state, **changes})


def with_attempt(notice: Notice, attempt: Attempt) -> Notice:
    """The notice with this attempt written down, in place of what stood there under its request id."""
    if notice.attempt_of(attempt.request_id) is None:
        return notice.model_copy(update={"attempts": (*notice.attempts, attempt)})
    attempts = tuple(attempt if one.request_id == attempt.request_id else one for one in notice.attempts)
    return notice.model_copy(update={"attempts": attempts})


class _About(TypedDict):
    """What every fact about a notice says."""

    notice_id: NoticeId
    cause: FactId
    petition_id: PetitionId | None
    template: str


def about(notice: Notice) -> _About:
    """What every fact about this notice says."""
    return _About(
        notice_id=notice.notice_id, cause=notice.cause, petition_id=notice.petition_id, template=notice.template
    )


def sent(notice: Notice, attempt: Attempt, at: datetime) -> NoticeSent:
    """The fact that a provider took it."""
    first = next(one for one in notice.attempts if one.round == attempt.round)
    return NoticeSent(
        **about(notice),
        channel=attempt.channel,
        sent_at=at,
        attempts=notice.tries,
        is_fallback=first.channel is not attempt.channel,
    )
