"""SMS through eSMS.vn (reference/notify.md §2.3). A repeated RequestId is answered 124: the safe way to ask again."""

from collections.abc import Callable
from typing import Any, Final

import httpx
from pydantic import SecretStr

from contracts.vocabulary import NoticeChannel
from services.notify.domain.answers import Answer, AnswerClass, AnswerTable, Provider
from services.notify.senders.letter import Letter
from services.notify.senders.wire import call

_SEND: Final = "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
_STATUS: Final = "/MainService.svc/json/GetSendStatus"
_CUSTOMER_CARE: Final = "2"


class SmsSender:
    """Sends folded text under one of two sender names: the reception office's, or the neutral one."""

    channel = NoticeChannel.SMS
    provider: Provider = "esms"

    def __init__(
        self,
        client: httpx.AsyncClient,
        answers: AnswerTable,
        *,
        key: SecretStr,
        secret: SecretStr,
        brandname: str,
        neutral_brandname: str,
        callback_url: Callable[[str], str],
        within_seconds: float,
    ) -> None:
        self._client = client
        self._answers = answers
        self._key = key
        self._secret = secret
        self._brandname = brandname
        self._neutral_brandname = neutral_brandname
        self._callback_url = callback_url
        self._within_seconds = within_seconds

    async def send(self, letter: Letter) -> Answer:
        """One message; safe to repeat with the same request id on the same day."""
        body = {
            "ApiKey": self._key.get_secret_value(),
            "SecretKey": self._secret.get_secret_value(),
            "Brandname": self._neutral_brandname if letter.is_discreet else self._brandname,
            "SmsType": _CUSTOMER_CARE,
            "Phone": letter.phone.removeprefix("+"),
            "Content": letter.text,
            "IsUnicode": "0",
            "Sandbox": "0",
            "RequestId": letter.request_id,
            "CallbackUrl": self._callback_url(letter.request_id),
        }
        answer = await call(self._client, "POST", _SEND, json=body, within_seconds=self._within_seconds)
        return answer if isinstance(answer, Answer) else self._classified(answer)

    async def is_delivered(self, provider_id: str) -> bool:
        """Asks GetSendStatus."""
        query = {
            "RefId": provider_id,
            "ApiKey": self._key.get_secret_value(),
            "SecretKey": self._secret.get_secret_value(),
        }
        answer = await call(self._client, "GET", _STATUS, params=query, within_seconds=self._within_seconds)
        if isinstance(answer, Answer):
            return False
        return str(answer.get("SendStatus")) == "5" and str(answer.get("SendSuccess")) == "1"

    def _classified(self, body: dict[str, Any]) -> Answer:
        if "CodeResult" not in body:
            return Answer(AnswerClass.UNCLEAR, "unreadable", is_maybe_taken=True)
        code = str(body["CodeResult"])[:12]
        message_id = body.get("SMSID")
        return Answer(self._answers.of("esms", code), code, str(message_id) if message_id else None)
