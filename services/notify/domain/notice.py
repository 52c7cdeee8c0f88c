"""The life of one notice: one fact, one recipient, one template. Every step is in one closed table.

    planned ─┬─> awaiting_contact ─┬─> sending ──> accepted ──> delivered
             ├─> held ─────────────┤      │ └───> unknown        undelivered
             └─> queued <──────────┴──────┴──── (retry, other channel)
    anything that waits may end: suppressed, expired, failed. Only ``retry`` (an operator's act) leads back.

Accepted is not delivered. No answer is not refused: it is *unknown*, and is never sent again blindly.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, TypedDict
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.errors import Refused
from contracts.facts.base import Fact
from contracts.facts.notify import NoticeDelivered, NoticeFailed, NoticeSent
from contracts.ids import FactId, NoticeId, PetitionId, SessionId
from contracts.vocabulary import NoticeChannel, NoticeFailure
from services.notify.domain.answers import Answer, AnswerClass
from services.notify.domain.pace import Pace, Urgency


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


class Known(BaseModel):
    """What the sender knows at the moment of sending, without any address."""

    model_config = ConfigDict(frozen=True)

    is_complete: bool
    """Code, wish and discretion are known."""
    is_wanted: bool = True
    has_contact: bool = False
    may_use_zalo: bool = False
    """Allowed by the person, not known to have none, and not discreet."""


def looked_at(notice: Notice, known: Known, now: datetime, pace: Pace) -> Step:
    """A waiting notice that came due: ended, waiting on, or as it was, which means: send it."""
    if known.is_complete and not known.is_wanted:
        return _moved(notice, NoticeState.SUPPRESSED, due_at=None, reason="not_wanted"), []
    if now >= notice.not_after:
        return failed(notice, NoticeFailure.EXPIRED, now)
    if not (known.is_complete and known.has_contact):
        return _awaiting(notice, now, pace)
    if pace.is_quiet(now):
        release = pace.release_of(notice.notice_id, now)
        return _moved(notice, NoticeState.HELD, due_at=release, reason="quiet_hours"), []
    return notice, []


def _awaiting(notice: Notice, now: datetime, pace: Pace) -> Step:
    if now >= notice.planned_at + timedelta(seconds=pace.contact_wait_seconds):
        return failed(notice, NoticeFailure.NO_CONTACT, now)
    later = now + timedelta(seconds=pace.recheck_seconds)
    return _moved(notice, NoticeState.AWAITING_CONTACT, due_at=later, reason="no_contact_yet"), []


def put_off(notice: Notice, until: datetime) -> Step:
    """The provider is being left alone: look again then."""
    return _moved(notice, NoticeState.HELD, due_at=until, reason="provider_away"), []


def channel_for(notice: Notice, known: Known, *, has_zalo_text: bool, is_zalo_open: bool) -> NoticeChannel:
    """Zalo when everything speaks for it, else SMS. Once SMS was chosen, it stays."""
    speaks_for_zalo = known.may_use_zalo and has_zalo_text and is_zalo_open and not notice.is_discreet
    if notice.channel is NoticeChannel.SMS or not speaks_for_zalo:
        return NoticeChannel.SMS
    return NoticeChannel.ZALO


def started(notice: Notice, channel: NoticeChannel, now: datetime, pace: Pace) -> Notice:
    """The attempt, written down before the call is made: a crash after this leaves ``sending``, never a second start.

    The same channel in the same round goes on with the same request id.
    """
    request_id = request_id_of(notice.notice_id, channel, notice.round)
    before = notice.attempt_of(request_id)
    attempt = (
        before.model_copy(update={"tries": before.tries + 1})
        if before
        else Attempt(channel=channel, round=notice.round, request_id=request_id, started_at=now)
    )
    lease_until = now + timedelta(seconds=pace.lease_seconds)
    with_attempt = _with_attempt(notice, attempt)
    return _moved(with_attempt, NoticeState.SENDING, due_at=lease_until, channel=channel, reason=None)


def request_id_of(notice_id: NoticeId, channel: NoticeChannel, round_: int) -> str:
    """What a provider is given to tell one request from another: 48 characters at most, no person in it."""
    return f"n_{notice_id.hex}_{channel.value[0]}{round_}"


def notice_id_in(request_id: str) -> NoticeId | None:
    """The notice that a request id belongs to, or none when it is not one of ours."""
    match = _REQUEST_ID.fullmatch(request_id)
    return NoticeId(UUID(match[1])) if match else None


def answered(notice: Notice, request_id: str, answer: Answer, now: datetime, pace: Pace) -> Step:
    """What a provider's answer makes of the notice. A receipt may have been faster: then only the id is noted."""
    attempt = _noted(notice, request_id, answer)
    notice = _with_attempt(notice, attempt)
    if notice.state not in {NoticeState.SENDING, NoticeState.UNKNOWN} or notice.attempts[-1] is not attempt:
        return notice, []
    return _AFTER_ANSWER.get(answer.kind, _refused)(notice, attempt, answer, now, pace)


def _noted(notice: Notice, request_id: str, answer: Answer) -> Attempt:
    attempt = notice.attempt_of(request_id)
    if attempt is None:
        raise Refused("no_such_attempt", "Không có lần gửi này.", notice=str(notice.notice_id))
    return attempt.model_copy(
        update={
            "code": answer.code,
            "provider_id": answer.provider_id or attempt.provider_id,
            "unclear": attempt.unclear + (1 if answer.is_maybe_taken else 0),
        }
    )


def _accepted(notice: Notice, attempt: Attempt, _: Answer, now: datetime, pace: Pace) -> Step:
    wait = (
        pace.fallback_seconds(notice.urgency, now, notice.event_at)
        if attempt.channel is NoticeChannel.ZALO
        else pace.receipt_poll_seconds
    )
    notice = _with_attempt(notice, attempt.model_copy(update={"accepted_at": now}))
    notice = _moved(notice, NoticeState.ACCEPTED, due_at=now + timedelta(seconds=wait))
    return notice, [_sent(notice, attempt, now)]


def _repeated(notice: Notice, attempt: Attempt, answer: Answer, now: datetime, pace: Pace) -> Step:
    """The provider knows the request: success after an unclear call, else somebody used our id."""
    if attempt.unclear:
        return _accepted(notice, attempt, answer, now, pace)
    return failed(notice, NoticeFailure.REFUSED_BY_PROVIDER, now)


def _unclear(notice: Notice, now: datetime, pace: Pace) -> Notice:
    later = now + timedelta(seconds=pace.unknown_wait_seconds)
    if notice.state is NoticeState.UNKNOWN:
        return notice
    return _moved(notice, NoticeState.UNKNOWN, due_at=later)


def _no_answer(notice: Notice, _: Attempt, _answer: Answer, now: datetime, pace: Pace) -> Step:
    return _unclear(notice, now, pace), []


def _window_shut(notice: Notice, _: Attempt, _answer: Answer, now: datetime, pace: Pace) -> Step:
    release = pace.release_of(notice.notice_id, now)
    return _moved(notice, NoticeState.HELD, due_at=release, reason="provider_window"), []


def _quota_used_up(notice: Notice, attempt: Attempt, answer: Answer, now: datetime, pace: Pace) -> Step:
    """A status can wait for tomorrow's quota if it lives that long; a session cannot."""
    tomorrow = pace.release_of(notice.notice_id, now + timedelta(days=1))
    if notice.urgency is not Urgency.STATUS or tomorrow >= notice.not_after:
        return _refused(notice, attempt, answer, now, pace)
    return _moved(notice, NoticeState.HELD, due_at=tomorrow, reason="provider_quota"), []


def _again(notice: Notice, attempt: Attempt, answer: Answer, now: datetime, pace: Pace) -> Step:
    if attempt.tries >= pace.tries_max or answer.kind is AnswerClass.REFRESH:
        return _next_channel(notice, attempt, NoticeFailure.PROVIDER_AWAY, now)
    wait = max(pace.backoff_seconds(notice.notice_id, attempt.tries), answer.retry_after_seconds or 0.0)
    return _moved(notice, NoticeState.QUEUED, due_at=now + timedelta(seconds=wait)), []


def _operators_turn(notice: Notice, attempt: Attempt, answer: Answer, now: datetime, pace: Pace) -> Step:
    """Key, money, contract: SMS, the last channel, waits for somebody to put it right; Zalo gives way to SMS."""
    act = _again if attempt.channel is NoticeChannel.SMS else _refused
    return act(notice, attempt, answer, now, pace)


def _refused(notice: Notice, attempt: Attempt, answer: Answer, now: datetime, _: Pace) -> Step:
    refused = attempt.model_copy(update={"refused_at": now})
    bad_address = answer.kind is AnswerClass.BAD_ADDRESS
    failure = NoticeFailure.BAD_ADDRESS if bad_address else NoticeFailure.REFUSED_BY_PROVIDER
    return _next_channel(_with_attempt(notice, refused), refused, failure, now)


def _next_channel(notice: Notice, attempt: Attempt, failure: NoticeFailure, now: datetime) -> Step:
    if attempt.channel is NoticeChannel.ZALO:
        return _moved(notice, NoticeState.QUEUED, due_at=now, channel=NoticeChannel.SMS), []
    return failed(notice, failure, now)


_AFTER_ANSWER: Final[Mapping[AnswerClass, Callable[[Notice, Attempt, Answer, datetime, Pace], Step]]] = {
    AnswerClass.OK: _accepted,
    AnswerClass.REPEATED: _repeated,
    AnswerClass.UNCLEAR: _no_answer,
    AnswerClass.WINDOW: _window_shut,
    AnswerClass.QUOTA: _quota_used_up,
    AnswerClass.RETRY: _again,
    AnswerClass.UNMAPPED: _again,
    AnswerClass.REFRESH: _again,
    AnswerClass.OPERATOR: _operators_turn,
    AnswerClass.MONEY: _operators_turn,
}
"""Every other class is a refusal of this message: the next channel, or the end."""


def lease_expired(notice: Notice, now: datetime, pace: Pace) -> Notice:
    """A send that never came back: the process died between the attempt and the answer."""
    last = notice.attempts[-1]
    notice = _with_attempt(notice, last.model_copy(update={"unclear": last.unclear + 1, "code": "lease_expired"}))
    return _unclear(notice, now, pace)


def unknown_resolved(notice: Notice, now: datetime, pace: Pace, *, is_repeat_ok: bool) -> Step:
    """No receipt told what became of an unknown send. SMS repeats the same request id, which the provider knows again;
    Zalo is asked once more only where the template allows it, else the message goes by SMS."""
    last = notice.attempts[-1]
    if last.channel is NoticeChannel.ZALO and (not is_repeat_ok or last.unclear > 1):
        return _moved(notice, NoticeState.QUEUED, due_at=now, channel=NoticeChannel.SMS), []
    if last.tries >= pace.tries_max:
        return failed(notice, NoticeFailure.PROVIDER_AWAY, now)
    return _moved(notice, NoticeState.QUEUED, due_at=now, channel=last.channel), []


def receipt_missing(notice: Notice, now: datetime, pace: Pace) -> Step:
    """An accepted notice whose receipt did not come, and whose provider, asked, does not say "delivered"."""
    last = notice.attempts[-1]
    accepted_at = last.accepted_at or last.started_at
    if last.channel is NoticeChannel.ZALO and now < notice.not_after:
        return _moved(notice, NoticeState.QUEUED, due_at=now, channel=NoticeChannel.SMS), []
    sweep_at = accepted_at + timedelta(seconds=pace.receipt_sweep_seconds)
    if now >= sweep_at:
        return failed(notice, NoticeFailure.NO_RECEIPT, now)
    waited = max(pace.receipt_poll_seconds, (now - accepted_at).total_seconds())
    return notice.model_copy(update={"due_at": min(sweep_at, now + timedelta(seconds=waited))}), []


def receipted(notice: Notice, request_id: str, *, is_delivered: bool, provider_id: str | None, at: datetime) -> Step:
    """A provider's receipt. The second one of a kind changes nothing; one that comes before the answer counts.

    Errors: Refused("no_such_attempt"), Refused("foreign_receipt") when the provider's own id is not the one it gave us.
    """
    attempt = notice.attempt_of(request_id)
    if attempt is None:
        raise Refused("no_such_attempt", "Không có lần gửi này.", notice=str(notice.notice_id))
    if provider_id and attempt.provider_id and provider_id != attempt.provider_id:
        raise Refused("foreign_receipt", "Báo nhận không khớp với lần gửi.", notice=str(notice.notice_id))
    if attempt.delivered_at or (attempt.refused_at and not is_delivered):
        return notice, []
    return _delivered(notice, attempt, at) if is_delivered else _undelivered(notice, attempt, at)


def _delivered(notice: Notice, attempt: Attempt, at: datetime) -> Step:
    is_first_word = attempt.accepted_at is None
    attempt = attempt.model_copy(update={"delivered_at": at, "accepted_at": attempt.accepted_at or at})
    notice = _with_attempt(notice, attempt)
    if NoticeState.DELIVERED not in NEXT[notice.state]:
        return notice, []
    notice = _moved(notice, NoticeState.DELIVERED, due_at=None, reason=None)
    delivered = NoticeDelivered(**_about(notice), channel=attempt.channel, delivered_at=at)
    return notice, [_sent(notice, attempt, at), delivered] if is_first_word else [delivered]


def _undelivered(notice: Notice, attempt: Attempt, at: datetime) -> Step:
    attempt = attempt.model_copy(update={"refused_at": at})
    notice = _with_attempt(notice, attempt)
    is_current = notice.attempts[-1] is attempt
    if not is_current or notice.state not in {NoticeState.SENDING, NoticeState.UNKNOWN, NoticeState.ACCEPTED}:
        return notice, []
    return _next_channel(notice, attempt, NoticeFailure.REFUSED_BY_PROVIDER, at)


def failed(notice: Notice, failure: NoticeFailure, now: datetime) -> Step:
    """The end of a notice that was not told, said aloud: somebody has to tell the person another way."""
    state = {NoticeFailure.EXPIRED: NoticeState.EXPIRED}.get(failure, NoticeState.FAILED)
    if notice.state is NoticeState.ACCEPTED:
        state = NoticeState.UNDELIVERED
    notice = _moved(notice, state, due_at=None, failure=failure)
    return notice, [NoticeFailed(**_about(notice), failed_at=now, reason=failure, attempts=notice.tries)]


def superseded(notice: Notice) -> Step:
    """An invitation or reminder whose session was moved or cancelled is not sent; one that has left stays as it is."""
    if notice.state not in WAITING or notice.attempts:
        return notice, []
    return _moved(notice, NoticeState.SUPPRESSED, due_at=None, reason="superseded"), []


def woken(notice: Notice, now: datetime) -> Step:
    """What it waited for may have come: look at once."""
    if notice.state is not NoticeState.AWAITING_CONTACT:
        return notice, []
    return notice.model_copy(update={"due_at": now}), []


def retried(notice: Notice, now: datetime, pace: Pace) -> Step:
    """An operator sends it again, in a new round. Errors: Refused("notice_not_failed")."""
    if notice.state not in {NoticeState.FAILED, NoticeState.UNDELIVERED, NoticeState.EXPIRED}:
        raise Refused(
            "notice_not_failed",
            "Chỉ gửi lại được thông báo đã thất bại.",
            notice=str(notice.notice_id),
            state=notice.state.value,
        )
    not_after = max(notice.not_after, now + timedelta(seconds=pace.status_lifetime_seconds))
    changes = {"round": notice.round + 1, "planned_at": now, "not_after": not_after, "failure": None}
    return _moved(notice, NoticeState.QUEUED, due_at=now, channel=None, reason=None, **changes), []


def _moved(notice: Notice, state: NoticeState, **changes: object) -> Notice:
    if state not in NEXT[notice.state]:
        raise Refused(
            "illegal_notice_step",
            "Thông báo không thể chuyển sang trạng thái này.",
            notice=str(notice.notice_id),
            from_state=notice.state.value,
            to_state=state.value,
        )
    return notice.model_copy(update={"state": state, **changes})


def _with_attempt(notice: Notice, attempt: Attempt) -> Notice:
    if notice.attempt_of(attempt.request_id) is None:
        return notice.model_copy(update={"attempts": (*notice.attempts, attempt)})
    attempts = tuple(attempt if one.request_id == attempt.request_id else one for one in notice.attempts)
    return notice.model_copy(update={"attempts": attempts})


class _About(TypedDict):
    notice_id: NoticeId
    cause: FactId
    petition_id: PetitionId | None
    template: str


def _about(notice: Notice) -> _About:
    return _About(
        notice_id=notice.notice_id, cause=notice.cause, petition_id=notice.petition_id, template=notice.template
    )


def _sent(notice: Notice, attempt: Attempt, at: datetime) -> NoticeSent:
    first = next(one for one in notice.attempts if one.round == attempt.round)
    return NoticeSent(
        **_about(notice),
        channel=attempt.channel,
        sent_at=at,
        attempts=notice.tries,
        is_fallback=first.channel is not attempt.channel,
    )
