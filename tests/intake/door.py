"""Intake's real app on a real ledger, without a bus: what its door tests call."""

from typing import Any

import httpx

from contracts.vocabulary import Role
from services.chassis.auth.local_issuer import LocalIssuer
from services.chassis.ledger.port import Where
from services.chassis.ledger.sqlite import SqliteLedger
from tests.builders import a_draft

ISSUER = LocalIssuer()


def bearer(*roles: Role, unit: str | None = None, subject: str = "someone") -> dict[str, str]:
    return {"authorization": f"Bearer {ISSUER.mint(*roles, unit=unit, subject=subject)}"}


RECEIVER = bearer(Role.RECEIVER, unit="xa-17971", subject="officer-1")
CITIZEN = bearer(Role.CITIZEN, subject="citizen-1")


def a_body(**said: Any) -> dict[str, Any]:
    return a_draft(**said).model_dump(mode="json")


class Intake:
    def __init__(self, client: httpx.AsyncClient, ledger: SqliteLedger) -> None:
        self.client = client
        self.ledger = ledger

    async def file(
        self, body: dict[str, Any] | None = None, who: dict[str, str] = RECEIVER, key: str | None = None
    ) -> httpx.Response:
        headers = who | ({"idempotency-key": key} if key else {})
        return await self.client.post("/v1/petitions", json=body or a_body(), headers=headers)

    async def petitions(self) -> int:
        return await self.ledger.count("petitions", Where())
