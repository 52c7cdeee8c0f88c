"""Zalo: ZBS template messages by phone (reference/notify.md §1.3). HTTP 200 says nothing; ``error`` does."""

from typing import Any, Final

import httpx

from contracts.errors import Unavailable
from contracts.vocabulary import NoticeChannel
from services.notify.domain.answers import Answer, AnswerClass, AnswerTable, Provider
from services.notify.senders.letter import Letter
from services.notify.senders.tokens import ZaloTokens
from services.notify.senders.wire import call

_DELIVERED: Final = "1"


class ZaloSender:
    """Sends with a token that it refreshes when Zalo says so, once."""

    channel = NoticeChannel.ZALO
    provider: Provider = "zalo"

    def __init__(
        self, client: httpx.AsyncClient, tokens: ZaloTokens, answers: AnswerTable, *, within_seconds: float
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._answers = answers
        self._within_seconds = within_seconds

    async def send(self, letter: Letter) -> Answer:
        """One message; a token that Zalo calls bad is refreshed and the message sent once more."""
        body = {
            "phone": letter.phone.removeprefix("+"),
            "template_id": letter.zalo_template_id,
            "template_data": dict(letter.zalo_data),
            "tracking_id": letter.request_id,
        }
        try:
            token = await self._tokens.good()
            answer = await self._send(body, token)
            if answer.kind is AnswerClass.REFRESH:
                token = await self._tokens.good(instead_of=token)
                answer = await self._send(body, token)
        except Unavailable as error:
            return Answer(AnswerClass.OPERATOR, error.code)
        return answer

    async def is_delivered(self, provider_id: str) -> bool:
        """Asks /message/status."""
        try:
            token = await self._tokens.good()
        except Unavailable:
            return False
        answer = await call(
            self._client,
            "GET",
            "/message/status",
            params={"message_id": provider_id},
            headers={"access_token": token},
            within_seconds=self._within_seconds,
        )
        if isinstance(answer, Answer):
            return False
        data = answer.get("data")
        return isinstance(data, dict) and str(data.get("status")) == _DELIVERED

    async def _send(self, body: dict[str, Any], token: str) -> Answer:
        answer = await call(
            self._client,
            "POST",
            "/message/template",
            json=body,
            headers={"access_token": token},
            within_seconds=self._within_seconds,
        )
        return answer if isinstance(answer, Answer) else self._classified(answer)

    def _classified(self, body: dict[str, Any]) -> Answer:
        if "error" not in body:
            return Answer(AnswerClass.UNCLEAR, "unreadable", is_maybe_taken=True)
        code = str(body["error"])[:12]
        data = body.get("data")
        message_id = data.get("msg_id") if isinstance(data, dict) else None
        return Answer(self._answers.of("zalo", code), code, str(message_id) if message_id else None)
