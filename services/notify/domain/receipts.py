"""Reading providers' receipts: is it theirs, and what does it say (reference/notify.md §1.6, §2.3).

Zalo signs with SHA-256 over an id, the raw body, the timestamp and a secret; which id and which secret, the sources
disagree. All four are known here; one is pinned by settings. SMS receipts are not signed: their path is the proof.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from contracts.errors import BadInput, Forbidden

MacTerms = Literal["app_appsecret", "app_oasecret", "oa_appsecret", "oa_oasecret"]

OLDEST: Final = timedelta(hours=24)
"""Providers repeat for about two hours; what is a day old is replayed by somebody."""

_DELIVERY_EVENT: Final = "user_received_message"
_REFUSED: Final = "4"
_DONE: Final = "5"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says of one request. ``is_delivered`` none: nothing final yet."""

    request_id: str
    provider_id: str | None
    is_delivered: bool | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ZaloSecrets:
    """The terms that may enter Zalo's signature; shows none of them."""

    terms: Mapping[MacTerms, tuple[bytes, bytes]]

    @classmethod
    def of(cls, app_id: str, app_secret: str, oa_id: str, oa_secret: str) -> "ZaloSecrets":
        """All four combinations."""
        return cls(
            {
                "app_oasecret": (app_id.encode(), oa_secret.encode()),
                "app_appsecret": (app_id.encode(), app_secret.encode()),
                "oa_oasecret": (oa_id.encode(), oa_secret.encode()),
                "oa_appsecret": (oa_id.encode(), app_secret.encode()),
            }
        )

    def matching(self, raw: bytes, timestamp: str, signature: str, pinned: MacTerms | None) -> MacTerms | None:
        """The combination that gives this signature, compared in constant time; none when none does."""
        given = signature.removeprefix("mac=").strip().lower().encode()
        found: MacTerms | None = None
        for name, (identity, secret) in self.terms.items():
            if pinned not in {None, name}:
                continue
            digest = hashlib.sha256(identity + raw + timestamp.encode() + secret).hexdigest().encode()
            if hmac.compare_digest(digest, given):
                found = name
        return found

    def __repr__(self) -> str:
        return "ZaloSecrets(…)"


def zalo_event(
    raw: bytes, signature: str, secrets: ZaloSecrets, pinned: MacTerms | None, now: datetime
) -> tuple[Receipt | None, MacTerms]:
    """The receipt inside a signed event, and how it was signed; no receipt when the event is of another kind.

    Errors: BadInput("unreadable_receipt"); Forbidden("bad_signature"), Forbidden("stale_receipt").
    """
    event = _object(raw)
    timestamp = str(event.get("timestamp", ""))
    terms = secrets.matching(raw, timestamp, signature, pinned)
    if terms is None:
        raise Forbidden("bad_signature", "Chữ ký của báo nhận không đúng.")
    sent_at = _moment(timestamp)
    if sent_at is None or now - sent_at > OLDEST:
        raise Forbidden("stale_receipt", "Báo nhận quá cũ.")
    return _zalo_receipt(event), terms


def _zalo_receipt(event: Mapping[str, Any]) -> Receipt | None:
    if event.get("event_name") != _DELIVERY_EVENT:
        return None
    inner = event.get("message")
    message: Mapping[str, Any] = inner if isinstance(inner, dict) else event  # a flat variant has been seen
    provider_id = message.get("msg_id")
    return Receipt(
        request_id=str(message.get("tracking_id", "")),
        provider_id=str(provider_id) if provider_id else None,
        is_delivered=True,
        at=_moment(str(message.get("delivery_time", ""))),
    )


def sms_receipt(query: Mapping[str, str]) -> Receipt:
    """What eSMS says in its query: done (5) with success or failure, refused (4), or not final yet."""
    status = query.get("SendStatus", "")
    is_delivered: bool | None = None
    if status == _DONE:
        is_delivered = query.get("SendSuccess") not in {None, "", "0"}
    elif status == _REFUSED:
        is_delivered = False
    return Receipt(query.get("RequestId", ""), query.get("SMSID") or None, is_delivered, None)


def receipt_token(secret: str, request_id: str) -> str:
    """The unguessable end of the address that eSMS calls for this request."""
    return hmac.digest(secret.encode(), b"sms-receipt/" + request_id.encode(), hashlib.sha256).hex()[:40]


def is_receipt_token(secret: str, request_id: str, token: str) -> bool:
    """True when the address was given out for this request; constant time."""
    return hmac.compare_digest(receipt_token(secret, request_id).encode(), token.encode())


def _object(raw: bytes) -> dict[str, Any]:
    try:
        event = json.loads(raw)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise BadInput("unreadable_receipt", "Không đọc được báo nhận.")
    return event


def _moment(milliseconds: str) -> datetime | None:
    if not (milliseconds.isascii() and milliseconds.isdigit()):
        return None
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
