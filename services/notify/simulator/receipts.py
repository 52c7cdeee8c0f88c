"""Receipts out: Zalo's signed webhook with its retries, eSMS's plain GET."""

import hashlib
import json
import urllib.parse
from typing import Any, Final

import httpx

from services.notify.simulator import recipients as magic
from services.notify.simulator.settings import Account, Mac
from services.notify.simulator.world import Message, World

ANSWER_WITHIN_SECONDS: Final = 2.0
RETRY_AFTER_SECONDS: Final = (30.0, 300.0, 900.0, 1800.0, 3600.0)
_ESMS_TRIES: Final = 5


def mac_of(variant: Mac, account: Account, body: bytes, timestamp: str) -> str:
    """Zalo's signature: SHA-256 of an id, the raw body, the timestamp and a secret; not an HMAC."""
    first, last = variant.split("_")
    identity = account.app_id if first == "app" else account.oa_id
    secret = account.app_secret if last == "appsecret" else account.oa_secret
    return hashlib.sha256(identity.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


class Receipts:
    """Plans and sends what providers tell about delivery."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self._world = world
        self._client = client

    async def plan(self, message: Message) -> None:
        """Put the receipts of a message on the agenda, as its recipient wants them."""
        number = magic.magic_of(message.phone)
        if number == magic.EARLY_RECEIPT:
            await self._send(message, 0)
            return
        if number in {magic.NO_RECEIPT, magic.SILENT} or not self._world.scenario.has_receipts:
            return
        if not message.will_be_delivered:
            return
        copies = 3 if number == magic.THREE_RECEIPTS else 1
        for _ in range(copies):
            self._world.agenda.add(self._delay(message, number), lambda: self._send(message, 0))

    def _delay(self, message: Message, number: int | None) -> float:
        if number == magic.LATE_RECEIPT:
            return magic.LATE_SECONDS
        scenario = self._world.scenario
        if number == magic.AT_ONCE:
            return min(1.0, scenario.receipt_p50_seconds)
        p50, p99 = scenario.receipt_p50_seconds, scenario.receipt_p99_seconds
        return self._world.lognormal(p50, p99, "receipt", message.phone, message.request_id)

    async def _send(self, message: Message, try_number: int) -> None:
        if not message.delivered:
            message.delivered_at = self._world.clock.now()
        message.delivered += 0 if try_number else 1
        send = self._send_zalo if message.profile == "zalo" else self._send_esms
        await send(message, try_number)
        await self._world.tell()

    async def _send_zalo(self, message: Message, try_number: int) -> None:
        target = self._world.scenario.webhook_zalo
        if target is None or self._world.is_webhook_disabled:
            return
        body, timestamp = self._zalo_body(message)
        mac = mac_of(self._world.scenario.mac, self._world.account, body, timestamp)
        if magic.magic_of(message.phone) == magic.FORGED_RECEIPT and try_number == 0:
            await self._post(target, body, "0" * 64, try_number)
        if await self._post(target, body, mac, try_number):
            message.receipts += 1
        elif try_number < len(RETRY_AFTER_SECONDS):
            wait = RETRY_AFTER_SECONDS[try_number]
            self._world.agenda.add(wait, lambda: self._send(message, try_number + 1))
        else:
            self._world.is_webhook_disabled = True
            self._world.findings["webhook_disabled"] += 1

    def _zalo_body(self, message: Message) -> tuple[bytes, str]:
        moment = message.delivered_at or self._world.clock.now()
        timestamp = str(int(moment.timestamp() * 1000))
        event: dict[str, Any] = {
            "sender": {"id": self._world.account.oa_id},
            "recipient": {"id": message.phone},
            "event_name": "user_received_message",
            "message": {
                "delivery_time": timestamp,
                "msg_id": message.message_id,
                "tracking_id": message.request_id,
            },
            "app_id": self._world.account.app_id,
            "timestamp": timestamp,
        }
        return json.dumps(event, separators=(",", ":")).encode(), timestamp

    async def _post(self, target: str, body: bytes, mac: str, try_number: int) -> bool:
        headers = {
            "Content-Type": "application/json",
            "X-ZEvent-Signature": f"mac={mac}",
            "X-ZEvent-Server": "ZNS",
            "num_retry": str(try_number),
        }
        try:
            answer = await self._client.post(target, content=body, headers=headers, timeout=ANSWER_WITHIN_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        self._world.findings[f"webhook_answer_{answer.status_code}"] += 1
        return answer.status_code == httpx.codes.OK

    async def _send_esms(self, message: Message, try_number: int) -> None:
        if not message.callback:
            return
        query = {
            "SMSID": message.message_id,
            "SendStatus": "5",
            "SendSuccess": "1",
            "SendFailed": "0",
            "RequestId": message.request_id,
            "TypeId": "2",
            "telcoid": "1",
            "phonenumber": message.phone,
            "TotalPrice": "350",
        }
        if magic.magic_of(message.phone) == magic.FORGED_RECEIPT and try_number == 0:
            await self._get(_without_token(message.callback), query)
        if await self._get(message.callback, query):
            message.receipts += 1
        elif try_number + 1 < _ESMS_TRIES:
            self._world.agenda.add(30.0, lambda: self._send(message, try_number + 1))

    async def _get(self, target: str, query: dict[str, str]) -> bool:
        try:
            answer = await self._client.get(target, params=query, timeout=ANSWER_WITHIN_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        self._world.findings[f"callback_answer_{answer.status_code}"] += 1
        return answer.is_success


def _without_token(callback: str) -> str:
    parts = urllib.parse.urlsplit(callback)
    return urllib.parse.urlunsplit(parts._replace(path=parts.path.rsplit("/", 1)[0] + "/0"))
