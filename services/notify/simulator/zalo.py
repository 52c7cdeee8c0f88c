"""ZBS template messages by phone: requests are judged in the order in which Zalo judges them (§6.2)."""

import json
import re
import time
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.notify.simulator import recipients as magic
from services.notify.simulator.manners import Manners, Payload
from services.notify.simulator.receipts import Receipts
from services.notify.simulator.tokens import Tokens
from services.notify.simulator.world import World

_TRACKING: Final = re.compile(r"[A-Za-z0-9_]{1,48}")

Registered = Mapping[str, Mapping[str, int]]
"""Template id → parameter → longest value."""


class Refusal(Exception):
    """A provider's no: its code and words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Zalo:
    """The ZBS host."""

    def __init__(
        self, world: World, tokens: Tokens, receipts: Receipts, manners: Manners, registered: Registered
    ) -> None:
        self._world = world
        self._tokens = tokens
        self._receipts = receipts
        self._manners = manners
        self.registered = registered
        self.disabled: set[str] = set()

    async def send(self, request: Request) -> Response:
        """POST /message/template."""
        started = time.perf_counter()
        raw = await request.body()
        glance = _glance(raw)
        phone = magic.normal(str(glance.get("phone", ""))) or ""
        token = request.headers.get("access_token", "")

        async def accept() -> Payload:
            return await self._accept(raw, token)

        template = str(glance.get("template_id", ""))
        instead = await self._manners.before("zalo", phone, template, accept)
        if instead is not None:
            return instead
        answer = await self._manners.after("zalo", phone, str(glance.get("tracking_id", "")), await accept())
        self._world.timings_ms.append((time.perf_counter() - started) * 1000)
        return answer

    async def status(self, request: Request) -> Response:
        """GET /message/status: -1 unknown, 0 pushed, 1 delivered."""
        if not self._tokens.is_good(request.headers.get("access_token", "")):
            return JSONResponse({"error": -124, "message": "Access token invalid"})
        wanted = request.query_params.get("message_id")
        message = next((one for one in self._world.messages if one.message_id == wanted), None)
        status = -1 if message is None else int(message.delivered > 0)
        delivered_at = message.delivered_at if message else None
        delivery_time = str(int(delivered_at.timestamp() * 1000)) if delivered_at else ""
        return JSONResponse(
            {"error": 0, "message": "Success", "data": {"status": status, "delivery_time": delivery_time}}
        )

    async def quota(self, request: Request) -> Response:
        """GET /message/quota."""
        if not self._tokens.is_good(request.headers.get("access_token", "")):
            return JSONResponse({"error": -124, "message": "Access token invalid"})
        return JSONResponse({"error": 0, "message": "Success", "data": self._quota()})

    def _quota(self) -> dict[str, str]:
        per_day = self._world.scenario.quota_per_day
        left = max(0, per_day - self._world.sent_today("zalo"))
        return {"dailyQuota": str(per_day), "remainingQuota": str(left)}

    async def _accept(self, raw: bytes, token: str) -> Payload:
        try:
            body = self._judged(raw, token)
        except Refusal as refusal:
            return {"error": refusal.code, "message": refusal.message}
        message = self._world.take(
            "zalo",
            request_id=body["tracking_id"],
            phone=magic.normal(body["phone"]) or "",
            template=body["template_id"],
            text=json.dumps(body["template_data"], ensure_ascii=False, sort_keys=True),
            sender=self._world.account.oa_id,
            callback="",
        )
        await self._receipts.plan(message)
        await self._world.tell()
        data = {
            "msg_id": message.message_id,
            "sent_time": str(int(message.at.timestamp() * 1000)),
            "sending_mode": "1",
            "quota": self._quota(),
        }
        return {"error": 0, "message": "Success", "data": data}

    def _judged(self, raw: bytes, token: str) -> dict[str, Any]:
        body = _read(raw)
        if not self._tokens.is_good(token):
            raise Refusal(-124, "Access token invalid")
        phone = magic.normal(str(body.get("phone", "")))
        if phone is None:
            raise Refusal(-108, "Phone number invalid")
        self._judge_template(body)
        self._judge_means()
        self._judge_recipient(phone)
        return body

    def _judge_template(self, body: Mapping[str, Any]) -> None:
        template = str(body.get("template_id", ""))
        if template not in self.registered:
            raise Refusal(-109, "Template ID invalid")
        if template in self.disabled:
            raise Refusal(-131, "Template not approved")
        if not _TRACKING.fullmatch(str(body.get("tracking_id", ""))):
            raise Refusal(-121, "Tracking id invalid")
        data = body.get("template_data")
        if not isinstance(data, dict) or not data:
            raise Refusal(-111, "Template data empty")
        limits = self.registered[template]
        if limits.keys() - data.keys():
            raise Refusal(-1122, "Template data missing a parameter")
        if data.keys() - limits.keys():
            raise Refusal(-112, "Template data has an undeclared parameter")
        for name, value in data.items():
            _judge_value(str(value), limits[name])

    def _judge_means(self) -> None:
        scenario = self._world.scenario
        if scenario.refuses_at_night and self._world.is_night():
            raise Refusal(-133, "Not sent at night")
        if scenario.wallet <= 0:
            raise Refusal(-137, "Wallet empty")
        if self._world.sent_today("zalo") >= scenario.quota_per_day:
            raise Refusal(-144, "Daily quota used up")
        if self._world.sent_last_minute("zalo") >= scenario.rate_per_minute:
            self._world.findings["rate_breaches"] += 1
            raise Refusal(-32, "Too many requests")

    def _judge_recipient(self, phone: str) -> None:
        number = magic.magic_of(phone)
        if number in magic.ZALO_ERRORS:
            raise Refusal(-(number or 0), "Recipient rule")
        if number in magic.ESMS_ERRORS:
            raise Refusal(-118, "Zalo account not existed")
        calls = self._world.calls[f"zalo:{phone}"]
        if number == magic.FLAPS and calls <= magic.FLAPS_TIMES:
            raise Refusal(-100, "Unknown error, try again")
        if number == magic.CHANGES_MIND and calls > 1:
            raise Refusal(-141, "User refuses messages")


def _read(raw: bytes) -> dict[str, Any]:
    if not raw:
        raise Refusal(-121, "Body empty")
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refusal(-122, "Body is not JSON") from None
    if not isinstance(body, dict):
        raise Refusal(-122, "Body is not an object")
    return body


def _glance(raw: bytes) -> dict[str, Any]:
    try:
        return _read(raw)
    except Refusal:
        return {}


def _judge_value(value: str, limit: int) -> None:
    if not value:
        raise Refusal(-1122, "Template data empty parameter")
    if len(value) > limit or value != unicodedata.normalize("NFC", value):
        raise Refusal(-1121, "Template data parameter too long")
