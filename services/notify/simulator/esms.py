"""eSMS.vn: send, status, and two rules that bite (§2.3): a RequestId works once a day, a text once in five minutes."""

import json
import time
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.notify.simulator import recipients as magic
from services.notify.simulator.manners import Manners, Payload
from services.notify.simulator.receipts import Receipts
from services.notify.simulator.world import World, day_of

_REQUEST_ID_MAX: Final = 50
_SAME_TEXT: Final = timedelta(minutes=5)
_STATUS_UNKNOWN_FOR: Final = timedelta(seconds=5)
_LONGEST_TEXT: Final = 480
_FORBIDDEN_SIGNS: Final = frozenset("%#&[]{}\\<@")

OK: Final = "100"


class Esms:
    """The eSMS host."""

    def __init__(self, world: World, receipts: Receipts, manners: Manners) -> None:
        self._world = world
        self._receipts = receipts
        self._manners = manners

    async def send(self, request: Request) -> Response:
        """POST /MainService.svc/json/SendMultipleMessage_V4_post_json/."""
        started = time.perf_counter()
        body = _read(await request.body())
        phone = magic.normal(str(body.get("Phone", ""))) or ""

        async def accept() -> Payload:
            return await self._accept(body, phone)

        instead = await self._manners.before("esms", phone, "", accept)
        if instead is not None:
            return instead
        answer = await self._manners.after("esms", phone, str(body.get("RequestId", "")), await accept())
        self._world.timings_ms.append((time.perf_counter() - started) * 1000)
        return answer

    async def status(self, request: Request) -> Response:
        """GET /MainService.svc/json/GetSendStatus by RefId, which is the SMSID."""
        query = request.query_params
        if not self._knows(query.get("ApiKey"), query.get("SecretKey")):
            return JSONResponse({"CodeResponse": "101", "ErrorMessage": "Authorize Failed"})
        message = next((one for one in self._world.messages if one.message_id == query.get("RefId")), None)
        if message is None or self._world.clock.now() - message.at < _STATUS_UNKNOWN_FOR:
            return JSONResponse({"CodeResponse": "105", "ErrorMessage": "Not found yet"})
        sent = 1 if message.delivered else 0
        return JSONResponse(
            {
                "CodeResponse": OK,
                "SMSID": message.message_id,
                "SendStatus": 5 if sent else 7,
                "SendSuccess": sent,
                "SendFailed": 0,
                "TotalReceiver": 1,
                "TotalSent": 1,
            }
        )

    async def _accept(self, body: dict[str, Any], phone: str) -> Payload:
        code = self._judged(body, phone)
        if code != OK:
            return {"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": "Refused"}
        message = self._world.take(
            "esms",
            request_id=str(body["RequestId"]),
            phone=phone,
            template="",
            text=str(body["Content"]),
            sender=str(body["Brandname"]),
            callback=str(body.get("CallbackUrl", "")),
        )
        await self._receipts.plan(message)
        await self._world.tell()
        return {"CodeResult": OK, "CountRegenerate": 0, "SMSID": message.message_id}

    def _judged(self, body: dict[str, Any], phone: str) -> str:
        if not self._knows(body.get("ApiKey"), body.get("SecretKey")):
            return "101"
        if body.get("Brandname") not in self._world.account.brandnames:
            return "104"
        if not phone:
            return "108"
        return self._by_form(body) or self._by_recipient(phone) or self._by_memory(body, phone) or OK

    def _by_form(self, body: dict[str, Any]) -> str | None:
        text, request_id = str(body.get("Content", "")), str(body.get("RequestId", ""))
        if not request_id or len(request_id) > _REQUEST_ID_MAX or body.get("SmsType") != "2":
            return "118"
        if not text or len(text) > _LONGEST_TEXT or not text.isascii() or _FORBIDDEN_SIGNS & set(text):
            return "146"
        return None

    def _by_recipient(self, phone: str) -> str | None:
        number = magic.magic_of(phone)
        if number in magic.ESMS_ERRORS:
            return str(number)
        if number == magic.CHANGES_MIND and self._world.calls[f"esms:{phone}"] > 1:
            return "99"
        return None

    def _by_memory(self, body: dict[str, Any], phone: str) -> str | None:
        now = self._world.clock.now()
        asked = self._world.requests.get(("esms", str(body["RequestId"])), [])
        if any(day_of(at) == day_of(now) for at in asked):
            return "124"
        same_text_at = self._world.texts.get((phone, str(body["Content"])))
        if same_text_at is not None and now - same_text_at < _SAME_TEXT:
            self._world.findings["same_text_in_five_minutes"] += 1
            return "146"
        return None

    def _knows(self, key: object, secret: object) -> bool:
        return key == self._world.account.esms_key and secret == self._world.account.esms_secret


def _read(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
