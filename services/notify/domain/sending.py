"""Before and during the call: may it be sent, on which channel, and what an answer makes of it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import Refused
from contracts.vocabulary import NoticeChannel, NoticeFailure
from services.notify.domain.answers import Answer, AnswerClass
from services.notify.domain.notice import (
    Attempt,
    Notice,
    NoticeState,
    Step,
    failed,
    moved,
    next_channel,
    request_id_of,
    sent,
    with_attempt,
)
from services.notify.domain.pace import Pace, Urgency


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
        return moved(notice, NoticeState.SUPPRESSED, due_at=None, reason="not_wanted"), []
    if now >= notice.not_after:
        return failed(notice, NoticeFailure.EXPIRED, now)
    if not (known.is_complete and known.has_contact):
        return _awaiting(notice, now, pace)
    if pace.is_quiet(now):
        release = pace.release_of(notice.notice_id, now)
        return moved(notice, NoticeState.HELD, due_at=release, reason="quiet_hours"), []
    return notice, []


def _awaiting(notice: Notice, now: datetime, pace: Pace) -> Step:
    if now >= notice.planned_at + timedelta(seconds=pace.contact_wait_seconds):
        return failed(notice, NoticeFailure.NO_CONTACT, now)
    later = now + timedelta(seconds=pace.recheck_seconds)
    return moved(notice, NoticeState.AWAITING_CONTACT, due_at=later, reason="no_contact_yet"), []


def put_off(notice: Notice, until: datetime, reason: str = "provider_away") -> Step:
    """The provider is being left alone, or would refuse this text so soon after the same one: look again then."""
    return moved(notice, NoticeState.HELD, due_at=until, reason=reason), []


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
    begun = with_attempt(notice, attempt)
    return moved(begun, NoticeState.SENDING, due_at=lease_until, channel=channel, reason=None)


def answered(notice: Notice, request_id: str, answer: Answer, now: datetime, pace: Pace) -> Step:
    """What a provider's answer makes of the notice. A receipt may have been faster: then only the id is noted."""
    attempt = _noted(notice, request_id, answer)
    notice = with_attempt(notice, attempt)
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
    notice = with_attempt(notice, attempt.model_copy(update={"accepted_at": now}))
    notice = moved(notice, NoticeState.ACCEPTED, due_at=now + timedelta(seconds=wait))
    return notice, [sent(notice, attempt, now)]


def _repeated(notice: Notice, attempt: Attempt, answer: Answer, now: datetime, pace: Pace) -> Step:
    """The provider knows the request: success after an unclear call, else somebody used our id."""
    if attempt.unclear:
        return _accepted(notice, attempt, answer, now, pace)
    return failed(notice, NoticeFailure.REFUSED_BY_PROVIDER, now)


def _unclear(notice: Notice, now: datetime, pace: Pace) -> Notice:
    later = now + timedelta(seconds=pace.unknown_wait_seconds)
    if notice.state is NoticeState.UNKNOWN:
        return notice
    return moved(notice, NoticeState.UNKNOWN, due_at=later)


def _no_answer(notice: Notice, _: Attempt, _answer: Answer, now: datetime, pace: Pace) -> Step:
    return _unclear(notice, now, pace), []


def _window_shut(notice: Notice, _: Attempt, _answer: Answer, now: datetime, pace: Pace) -> Step:
    release = pace.release_of(notice.notice_id, now)
    return moved(notice, NoticeState.HELD, due_at=release, reason="provider_window"), []


def _quota_used_up(notice: Notice, attempt: Attempt, answer: Answer, now: datetime, pace: Pace) -> Step:
    """A status can wait for tomorrow's quota if it lives that long; a session cannot."""
    tomorrow = pace.release_of(notice.notice_id, now + timedelta(days=1))
    if notice.urgency is not Urgency.STATUS or tomorrow >= notice.not_after:
        return _refused(notice, attempt, answer, now, pace)
    return moved(notice, NoticeState.HELD, due_at=tomorrow, reason="provider_quota"), []


def _again(notice: Notice, attempt: Attempt, answer: Answer, now: datetime, pace: Pace) -> Step:
    if attempt.tries >= pace.tries_max or answer.kind is AnswerClass.REFRESH:
        return next_channel(notice, attempt, NoticeFailure.PROVIDER_AWAY, now)
    wait = max(pace.backoff_seconds(notice.notice_id, attempt.tries), answer.retry_after_seconds or 0.0)
    return moved(notice, NoticeState.QUEUED, due_at=now + timedelta(seconds=wait)), []


def _operators_turn(notice: Notice, attempt: Attempt, answer: Answer, now: datetime, pace: Pace) -> Step:
    """Key, money, contract: SMS, the last channel, waits for somebody to put it right; Zalo gives way to SMS."""
    act = _again if attempt.channel is NoticeChannel.SMS else _refused
    return act(notice, attempt, answer, now, pace)


def _refused(notice: Notice, attempt: Attempt, answer: Answer, now: datetime, _: Pace) -> Step:
    refused = attempt.model_copy(update={"refused_at": now})
    bad_address = answer.kind is AnswerClass.BAD_ADDRESS
    failure = NoticeFailure.BAD_ADDRESS if bad_address else NoticeFailure.REFUSED_BY_PROVIDER
    return next_channel(with_attempt(notice, refused), refused, failure, now)


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
    notice = with_attempt(notice, last.model_copy(update={"unclear": last.unclear + 1, "code": "lease_expired"}))
    return _unclear(notice, now, pace)


def unknown_resolved(notice: Notice, now: datetime, pace: Pace, *, is_repeat_ok: bool) -> Step:
    """No receipt told what became of an unknown send. SMS repeats the same request id, which the provider knows again;
    Zalo is asked once more only where the template allows it, else the message goes by SMS."""
    last = notice.attempts[-1]
    if last.channel is NoticeChannel.ZALO and (not is_repeat_ok or last.unclear > 1):
        return moved(notice, NoticeState.QUEUED, due_at=now, channel=NoticeChannel.SMS), []
    if last.tries >= pace.tries_max:
        return failed(notice, NoticeFailure.PROVIDER_AWAY, now)
    return moved(notice, NoticeState.QUEUED, due_at=now, channel=last.channel), []
