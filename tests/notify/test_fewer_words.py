"""What notify may leave unread and unwritten, and what it must notice all the same."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.ids import PetitionId
from services.chassis.clock import SystemClock
from services.chassis.ledger.drawer import LedgerDrawer, Stored
from services.chassis.ledger.port import Change
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces
from services.notify.dispatch import Dispatch
from services.notify.domain.dossier import Dossier
from services.notify.domain.notice import Notice
from services.notify.store import DOSSIERS, Notices
from tests.notify.world import Notify, a_filing, an_acceptance, eventually, notify_served

HAPPY = "84912345678"


async def told(notify: Notify, petition_id: PetitionId, template: str) -> Mapping[str, Any]:
    """The notice of this template, once it arrived."""

    async def there() -> Mapping[str, Any] | None:
        found = await notify.notices(petition_id)
        return next((one for one in found if (one["template"], one["state"]) == (template, "delivered")), None)

    notice: Mapping[str, Any] = await eventually(there)
    return notice


def elsewhere(notify: Notify) -> LedgerDrawer[Dossier]:
    """The dossiers as another replica of notify writes them."""
    return LedgerDrawer(notify.chassis.ledger, DOSSIERS, Dossier, lambda _: {}, clock=notify.clock, speaker="notify")


async def test_discretion_that_another_replica_learned_binds_what_this_one_sends(notify: Notify) -> None:
    """This one wrote the dossier last but one, and remembers it as it was."""
    petition_id = await notify.filed(HAPPY)
    await told(notify, petition_id, "T01.2026-07")
    await elsewhere(notify).decide(
        str(petition_id), lambda dossier: (dossier.model_copy(update={"is_discreet": True}), [])
    )
    await notify.hear(an_acceptance(petition_id))
    await notify.simulator.expect(messages=2, within_s=15)
    first, second = await notify.simulator.ledger()
    assert (first["profile"], second["profile"]) == ("zalo", "esms")
    assert second["sender"] == "TTDT-SIM"


async def test_a_contact_that_another_replica_heard_is_used(simulator: httpx.AsyncClient, tmp_path: Path) -> None:
    """This one remembers a dossier without it, which is no reason to let the notice wait."""
    async with notify_served(simulator, tmp_path, notify_recheck_seconds=3600.0) as notify:
        fact = a_filing(wants_notices=True)
        contact = notify.contact(fact.petition_id, HAPPY)
        await notify.hear(fact)
        await eventually(lambda: is_waiting(notify, fact.petition_id))
        await elsewhere(notify).decide(str(fact.petition_id), lambda dossier: (dossier.learn(contact), []))
        await notify.hear(an_acceptance(fact.petition_id))
        await told(notify, fact.petition_id, "T02.2026-07")


async def is_waiting(notify: Notify, petition_id: PetitionId) -> bool:
    return (await notify.states(petition_id)).get("T01.2026-07") == "awaiting_contact"


async def test_what_a_case_teaches_nothing_about_is_not_written(
    notify: Notify, monkeypatch: pytest.MonkeyPatch
) -> None:
    petition_id = await notify.filed(HAPPY)
    await told(notify, petition_id, "T01.2026-07")
    version = await version_of(notify, petition_id)
    envelope = await notify.hear(an_acceptance(petition_id))
    await notify.hear_again(an_acceptance(petition_id), envelope)
    await told(notify, petition_id, "T02.2026-07")
    assert await version_of(notify, petition_id) == version + 1  # that T02 was told, and nothing else


async def version_of(notify: Notify, petition_id: PetitionId) -> int:
    document = await notify.chassis.ledger.read("dossiers", str(petition_id))
    assert document is not None
    return document.version


async def test_a_notice_that_waits_is_sent_when_its_contact_comes_without_being_looked_for(
    simulator: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next look is an hour away; what waits was written down by another replica."""
    async with notify_served(simulator, tmp_path, notify_look_seconds=3600.0, notify_recheck_seconds=3600.0) as notify:
        monkeypatch.setattr(Notices, "_expect", Notices._tell)
        fact = a_filing()
        await notify.hear(fact)
        await eventually(lambda: is_waiting(notify, fact.petition_id))
        await notify.hear(notify.contact(fact.petition_id, HAPPY))
        await told(notify, fact.petition_id, "T01.2026-07")


async def test_one_look_at_the_token_serves_all_until_zalo_refuses_it(
    notify: Notify, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, looks = notify.chassis.ledger.read, 0

    async def counted(collection: str, document_id: str) -> Any:
        nonlocal looks
        looks += collection == "zalo_tokens"
        return await read(collection, document_id)

    for number in range(2):
        petition_id = await notify.filed(f"8491234567{number}")
        await told(notify, petition_id, "T01.2026-07")
        if not number:
            monkeypatch.setattr(notify.chassis.ledger, "read", counted)
    assert looks == 0
    await notify.simulator.scenario(
        faults=[{"match": {"profile": "zalo", "nth": 1}, "action": {"error": -124, "accepts": False}}]
    )
    petition_id = await notify.filed("84912345672")
    await told(notify, petition_id, "T01.2026-07")
    assert looks > 0
    assert {one["profile"] for one in await notify.simulator.ledger()} == {"zalo"}


class Shelf:
    """Notices that another process left: found by looking only, a page at a time."""

    def __init__(self, notices: Sequence[Stored[Notice]]) -> None:
        self.news = asyncio.Event()
        self.left = list(notices)

    async def due(self, _: datetime, limit: int) -> list[Stored[Notice]]:
        return self.left[:limit]

    def take_fresh(self, *_: object) -> list[Stored[Notice]]:
        return []


class Taker:
    """Takes each notice through at once."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def take(self, stored: Stored[Notice]) -> None:
        await asyncio.sleep(0)
        self._shelf.left.remove(stored)


async def test_what_a_crash_left_is_looked_for_again_at_once_while_there_is_more(tmp_path: Path) -> None:
    traceless: Any = Traceless()
    shelf = Shelf([Stored(f"notice {number}", 1, traceless, {}) for number in range(41)])
    dispatch = Dispatch(
        shelf,  # type: ignore[arg-type]
        Taker(shelf),  # type: ignore[arg-type]
        clock=SystemClock(),
        meters=Meters("notify"),
        traces=Traces("notify", ServiceSettings(data_folder=tmp_path)),
        concurrency=4,
        look_seconds=3600.0,
    )
    async with asyncio.timeout(20):
        while await dispatch.step():
            continue
    assert shelf.left == []


class Traceless:
    """All that dispatch itself asks of a notice."""

    traceparent = None


@pytest.mark.parametrize("when", ["before", "while it is planned", "after"])
async def test_a_contact_said_with_its_filing_makes_no_notice_wait(
    simulator: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Whichever is heard first: the notice is never written down as waiting, and nobody looks for it."""
    async with notify_served(simulator, tmp_path, notify_look_seconds=3600.0, notify_recheck_seconds=3600.0) as notify:
        fact, ledger = a_filing(), notify.chassis.ledger
        contact = notify.contact(fact.petition_id, HAPPY)
        insert, update, states = ledger.insert, ledger.update, set[str]()

        async def inserting(collection: str, document_id: str, change: Change) -> None:
            if collection == "notices" and when == "while it is planned":
                await notify.hear(contact)
            await insert(collection, document_id, change)

        async def updating(collection: str, document_id: str, expected_version: int, change: Change) -> bool:
            states.add(change.state.get("state", ""))
            return await update(collection, document_id, expected_version, change)

        monkeypatch.setattr(ledger, "insert", inserting)
        monkeypatch.setattr(ledger, "update", updating)
        if when == "before":
            await notify.hear(contact)
        await notify.hear(fact)
        if when == "after":
            await notify.hear(contact)
        await told(notify, fact.petition_id, "T01.2026-07")
        assert "sending" in states
        assert "awaiting_contact" not in states


async def test_a_notice_without_a_contact_is_left_alone_for_a_moment_only(
    simulator: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Then it is written down as waiting, which whoever hears of the contact anywhere finds."""
    async with notify_served(simulator, tmp_path, notify_recheck_seconds=3600.0) as notify:
        fact = a_filing()
        await notify.hear(fact)
        await eventually(lambda: is_waiting(notify, fact.petition_id))
