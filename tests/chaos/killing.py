"""Petitions flow while every service is killed with -9 at random moments; then everything is counted from outside."""

import asyncio
import os
import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope, first_break
from contracts.facts.intake import PetitionFiled
from contracts.facts.notify import NoticeFailed, NoticeSent
from contracts.facts.routing import CaseOpened
from contracts.ids import case_of
from contracts.streams import spoken_by
from contracts.vocabulary import Role
from deploy.demo.house import House
from deploy.demo.watch import Watch
from services.chassis.ledger.port import LedgerEngine
from tests.builders import a_draft
from tests.living import MakeHouse, a_house, a_token

LedgerOf = Callable[[House, str], LedgerEngine]
"""The ledger of a service, not open yet, wherever the house keeps it."""
SETTLE_SECONDS = 240
SENDS_AT_ONCE = 16
"""What notify may have under way when it is killed."""

IMPATIENT = {
    "TCD_NOTIFY_LEASE_SECONDS": "3",
    "TCD_NOTIFY_UNKNOWN_WAIT_SECONDS": "3",
    "TCD_NOTIFY_RECHECK_SECONDS": "1",
    "TCD_PROVIDER_ANSWER_SECONDS": "2",
    "TCD_PROVIDER_SENDS_PER_SECOND": "200",
}


@dataclass(frozen=True)
class Plan:
    """How much happens; each petition is held back for a random part of ``pause_seconds`` before it is filed."""

    petitions: int
    kills_each: int
    at_once: int
    pause_seconds: float = 0.0


@dataclass
class Run:
    """What was attempted, acknowledged and broken, counted from the outside."""

    plan: Plan
    seed: int
    acknowledged: set[str] = field(default_factory=set)
    tries: int = 0
    kills: Counter[str] = field(default_factory=Counter)

    def report(self, facts: int, notices: int, repeated: int) -> str:
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        return (
            f"\nCHAOS_SEED={self.seed}: kill -9: {kills}; filings tried {self.tries}, acknowledged "
            f"{len(self.acknowledged)}, lost 0, duplicated 0; facts {facts}, all chains whole; "
            f"notices {notices}, failed 0, messages the gateway took twice (outcome unknown to us) {repeated}"
        )


async def kill_while_flowing(data: Path, plan: Plan, *, make: MakeHouse, ledger_of: LedgerOf) -> str:
    """The whole run, checked; its figures in one line. ``CHAOS_SEED`` repeats one."""
    run = Run(plan, seed=int(os.environ.get("CHAOS_SEED", secrets.randbelow(10**9))))
    async with a_house(data, IMPATIENT, make=make) as (house, watch):
        await _flow_and_kill(house, run, random.Random(run.seed))
        for name in house.ports.services:
            await house.until_ready(name)
        await _until_settled(watch, run)
        facts = list(watch.facts())
        messages = await _messages(house)
        histories = await _histories(house, ledger_of)

    assert min(run.kills[name] for name in house.ports.services) >= plan.kills_each, "the faults did not happen"
    _every_filing_has_exactly_one_case(run, facts)
    _every_chain_is_whole(histories)
    notices = _every_notifiable_fact_has_one_notice(run, facts)
    return run.report(sum(map(len, histories.values())), notices, _repeated(run, messages))


async def _flow_and_kill(house: House, run: Run, chance: random.Random) -> None:
    """File everything and kill everyone, both to the end; a client repeats what was not answered."""
    who = await a_token(house, Role.RECEIVER, unit="xa-17971", subject="officer-of-chaos")
    filing = asyncio.create_task(_file_all(house, run, who, random.Random(chance.random())))
    victims = [name for name in house.ports.services for _ in range(run.plan.kills_each)]
    chance.shuffle(victims)
    for name in victims:
        await asyncio.sleep(chance.uniform(0.2, 1.5))  # the random moment is the test, not a wait for something
        await house.kill(name)
        run.kills[name] += 1
        await house.start_service(name)
    await filing


async def _file_all(house: House, run: Run, who: dict[str, str], chance: random.Random) -> None:
    gate = asyncio.Semaphore(run.plan.at_once)
    async with httpx.AsyncClient(base_url=house.url("intake"), timeout=10) as client:

        async def file(number: int) -> None:
            async with gate:
                await asyncio.sleep(chance.uniform(0, run.plan.pause_seconds))  # spreads the flow over the kills
                run.acknowledged.add(await _file_until_answered(client, run, who, number))

        await asyncio.gather(*(file(number) for number in range(run.plan.petitions)))


async def _file_until_answered(client: httpx.AsyncClient, run: Run, who: dict[str, str], number: int) -> str:
    body = a_draft(phone=f"09{number + 12_000_000:08d}").model_dump(mode="json")
    headers = who | {"idempotency-key": f"chaos-{run.seed}-{number}"}
    while True:
        run.tries += 1
        try:
            answer = await client.post("/v1/petitions", json=body, headers=headers)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code in {httpx.codes.OK, httpx.codes.CREATED}:
            return str(answer.json()["petition_id"])
        assert answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR, answer.text
        await asyncio.sleep(0.1)


async def _until_settled(watch: Watch, run: Run) -> None:
    """Until every acknowledged filing has a case and the end of its notice, or the time is up: then asserts speak."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SETTLE_SECONDS
    while loop.time() < deadline:
        filed = {str(fact.petition_id): envelope for envelope, fact in watch.facts() if isinstance(fact, PetitionFiled)}
        told = {fact.cause for _, fact in watch.facts() if isinstance(fact, NoticeSent | NoticeFailed)}
        opened = {str(fact.petition_id) for _, fact in watch.facts() if isinstance(fact, CaseOpened)}
        done = run.acknowledged <= opened and all(envelope.id in told for envelope in filed.values())
        if done and run.acknowledged <= filed.keys():
            return
        await asyncio.sleep(0.5)


async def _histories(house: House, ledger_of: LedgerOf) -> dict[tuple[str, str], list[Envelope]]:
    """Every subject's history, read from the ledgers of the five services after the end."""
    subjects: dict[tuple[str, str], list[Envelope]] = defaultdict(list)
    for service in house.ports.services:
        ledger = ledger_of(house, service)
        await ledger.open([])
        for stream in spoken_by(service):
            after = None
            while page := await ledger.history(stream.name, after=after, limit=500):
                for envelope in page:
                    subjects[stream.slug, envelope.subject].append(envelope)
                after = str(page[-1].id)
        await ledger.close()
    return subjects


def _every_filing_has_exactly_one_case(run: Run, facts: Sequence[tuple[Envelope, Fact]]) -> None:
    filed = Counter(str(fact.petition_id) for _, fact in facts if isinstance(fact, PetitionFiled))
    cases = Counter(str(fact.petition_id) for _, fact in facts if isinstance(fact, CaseOpened))

    assert len(run.acknowledged) == run.plan.petitions
    assert set(filed) == run.acknowledged
    assert cases == filed == Counter(dict.fromkeys(run.acknowledged, 1))
    assert all(fact.case_id == case_of(fact.petition_id) for _, fact in facts if isinstance(fact, CaseOpened))


def _every_chain_is_whole(histories: dict[tuple[str, str], list[Envelope]]) -> None:
    broken = {key: first_break(chain) for key, chain in histories.items() if first_break(chain) is not None}

    assert histories
    assert not broken


def _every_notifiable_fact_has_one_notice(run: Run, facts: Sequence[tuple[Envelope, Fact]]) -> int:
    filed = {envelope.id for envelope, fact in facts if isinstance(fact, PetitionFiled)}
    ends = Counter((fact.cause, fact.template) for _, fact in facts if isinstance(fact, NoticeSent | NoticeFailed))

    assert [key for key, count in ends.items() if count != 1] == []
    assert {cause for cause, _ in ends} >= filed
    assert len(filed) == len(run.acknowledged)
    assert not [fact for _, fact in facts if isinstance(fact, NoticeFailed)]
    return len(ends)


async def _messages(house: House) -> Counter[str]:
    """How many messages the simulated providers took, by number."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{house.url('gateway simulator')}/__sim/ledger")
        answer.raise_for_status()
        return Counter(message["phone"] for message in answer.json())


def _repeated(run: Run, messages: Counter[str]) -> int:
    """Numbers that got a message more than once: only where a kill hid the provider's answer from us."""
    repeated = sum(count - 1 for count in messages.values())

    assert len(messages) == run.plan.petitions, "somebody was told nothing, or somebody else was told"
    assert repeated <= run.kills["notify"] * SENDS_AT_ONCE
    return repeated
