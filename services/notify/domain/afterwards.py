"""After the call: receipts, receipts that do not come, what is taken back, what an operator sends again."""

from datetime import datetime, timedelta

from contracts.errors import Refused
from contracts.facts.notify import NoticeDelivered
from contracts.vocabulary import NoticeChannel, NoticeFailure
from services.notify.domain.notice import (
    NEXT,
    WAITING,
    Attempt,
    Notice,
    NoticeState,
    Step,
    about,
    failed,
    moved,
    next_channel,
    sent,
    with_attempt,
)
from services.notify.domain.pace import Pace


def receipt_missing(notice: Notice, now: datetime, pace: Pace) -> Step:
    """An accepted notice whose receipt did not come, and whose provider, asked, does not say "delivered"."""
    last = notice.attempts[-1]
    accepted_at = last.accepted_at or last.started_at
    if last.channel is NoticeChannel.ZALO and now < notice.not_after:
        return moved(notice, NoticeState.QUEUED, due_at=now, channel=NoticeChannel.SMS), []
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
    notice = with_attempt(notice, attempt)
    if NoticeState.DELIVERED not in NEXT[notice.state]:
        return notice, []
    notice = moved(notice, NoticeState.DELIVERED, due_at=None, reason=None)
    delivered = NoticeDelivered(**about(notice), channel=attempt.channel, delivered_at=at)
    return notice, [sent(notice, attempt, at), delivered] if is_first_word else [delivered]


def _undelivered(notice: Notice, attempt: Attempt, at: datetime) -> Step:
    attempt = attempt.model_copy(update={"refused_at": at})
    notice = with_attempt(notice, attempt)
    is_current = notice.attempts[-1] is attempt
    if not is_current or notice.state not in {NoticeState.SENDING, NoticeState.UNKNOWN, NoticeState.ACCEPTED}:
        return notice, []
    return next_channel(notice, attempt, NoticeFailure.REFUSED_BY_PROVIDER, at)


def superseded(notice: Notice) -> Step:
    """An invitation or reminder whose session was moved or cancelled is not sent; one that has left stays as it is."""
    if notice.state not in WAITING or notice.attempts:
        return notice, []
    return moved(notice, NoticeState.SUPPRESSED, due_at=None, reason="superseded"), []


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
    return moved(notice, NoticeState.QUEUED, due_at=now, channel=None, reason=None, **changes), []
