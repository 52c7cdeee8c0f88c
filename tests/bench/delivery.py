"""Facts through delivery, alone and with a durable write for each, beside loops written by hand.

A backlog of facts as intake says them (``PetitionFiled``) stands on the bus; then each side reads it with a group of
its own, one after the other, in this process, on uvloop as the services run. Cold keys: each fact is another petition.
Hot keys: eight petitions with many facts each.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID, uuid4

import uvloop
from aiokafka import AIOKafkaProducer
from pydantic import BaseModel, ConfigDict, SecretStr

from contracts.facts.envelope import GENESIS, Envelope, seal
from contracts.facts.intake import PetitionFiled
from contracts.ids import PetitionId
from contracts.streams import PETITIONS
from contracts.vocabulary import PetitionKind
from deploy.demo.house import House
from services.chassis.bus.broker import partition_of
from services.chassis.bus.profiles import profile_of
from services.chassis.bus.speaker import MEMORY, Speaker
from services.chassis.clock import SystemClock
from services.chassis.delivery.heard import Handler, Heard, Together
from services.chassis.delivery.letters import COLLECTIONS
from services.chassis.delivery.listening import Delivery
from services.chassis.ledger.drawer import Decision, LedgerDrawer
from services.chassis.ledger.mongo import MongoLedger
from services.chassis.ledger.port import Collection, LedgerEngine
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.ledger.together import Effect, decide_together
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces
from tests.bench import hand_written
from tests.bench.figures import Figure, Goal, Row
from tests.bench.place import Place, alternating

Keys = Literal["cold", "hot"]
KEYS: Final[Sequence[Keys]] = ("cold", "hot")
PAGES: Final = Collection("pages")
_HOT_SUBJECTS: Final = 8
_WITH_LEDGER_FACTS: Final = 3_000
_ALONE_FACTS: Final = 12_000
_PATIENCE_SECONDS: Final = 120.0
_SAMPLE: Final = Path("contracts/samples/vn.tiepdan.petition.filed.v1.json")
_NUMBERS: Final = count()


class Page(BaseModel):
    """What is kept of one petition."""

    model_config = ConfigDict(frozen=True)

    petition_id: PetitionId
    kind: PetitionKind
    code: str
    heard: int


@dataclass(frozen=True)
class Ground:
    """Where one measurement stands: a backlog of facts on a bus, and where a ledger may be opened."""

    folder: Path
    settings: ServiceSettings
    count: int

    @property
    def bootstrap(self) -> str:
        return self.settings.kafka_bootstrap_servers

    def ledger(self) -> LedgerEngine:
        """A new and empty one."""
        name = f"bench_{next(_NUMBERS)}"
        if self.settings.mongodb_uri is None:
            return SqliteLedger(self.folder / f"{name}.sqlite")
        return MongoLedger(self.settings.mongodb_uri, database=name)

    def by_hand(self, *, is_bulk: bool) -> hand_written.EachBatch:
        """The write of a hand-written loop, into the same engine."""
        name = f"bench_{next(_NUMBERS)}"
        if self.settings.mongodb_uri is None:
            return hand_written.into_sqlite(self.folder / f"{name}.sqlite", is_bulk=is_bulk)
        return hand_written.into_mongodb(self.settings.mongodb_uri.get_secret_value(), name, is_bulk=is_bulk)


Side = Callable[[Ground], Coroutine[Any, Any, float]]
"""Reads the whole backlog; facts a second."""


async def measure_with_ledger(place: Place) -> Sequence[Figure]:
    """Delivery, our drawer and one write a fact; beside it the same write by hand, one by one and in bulk."""
    sides: Mapping[str, Side] = {"ours": _ours_with_ledger, "by hand": _by_hand, "in bulk": _in_bulk}
    rates = await _rates(place, sides, _WITH_LEDGER_FACTS)
    at_least = Goal("ratio_at_least", 0.8)
    figures = [
        Figure(f"{keys} keys, delivery + ledger", "facts/s", rates[keys, "ours"], rates[keys, "by hand"], at_least)
        for keys in KEYS
    ]
    bulk_note = "beside a loop that writes a whole batch at once: what no handler of one fact can do"
    return figures + [
        Figure(
            f"{keys} keys, delivery + ledger, beside bulk writes",
            "facts/s",
            rates[keys, "ours"],
            rates[keys, "in bulk"],
            note=bulk_note,
        )
        for keys in KEYS
    ]


async def measure_alone(place: Place) -> Sequence[Figure]:
    """Delivery with a handler that does nothing; beside it getmany and JSON."""
    rates = await _rates(place, {"ours": _ours_alone, "json": _only_json}, _ALONE_FACTS)
    at_least = Goal("ratio_at_least", 0.3)
    return [
        Figure(f"{keys} keys, delivery alone", "facts/s", rates[keys, "ours"], rates[keys, "json"], at_least)
        for keys in KEYS
    ]


async def _rates(place: Place, sides: Mapping[str, Side], facts: int) -> dict[tuple[Keys, str], list[float]]:
    rates: dict[tuple[Keys, str], list[float]] = defaultdict(list)
    for keys in KEYS:
        turns = alternating(place.repetitions, *sides)
        async with aclosing(_grounds(place, keys, facts)) as grounds:
            for number in range(place.repetitions):
                ground = await anext(grounds)
                for name in [side for at, side in turns if at == number]:
                    rate = await asyncio.to_thread(_on_uvloop, sides[name], ground)
                    rates[keys, name].append(rate)
                    place.say(f"{keys} keys, {number + 1}/{place.repetitions}, {name}: {rate:.0f} facts/s")
    return rates


def _on_uvloop(side: Side, ground: Ground) -> float:
    """A measurement on a loop of its own, as the services have it."""
    return uvloop.run(side(ground))


async def _grounds(place: Place, keys: Keys, facts: int) -> AsyncGenerator[Ground]:
    """A backlog for each repetition: on a new embedded bus, which gives all it has to every reader; or on one Kafka,
    where each group goes on behind what it has read."""
    while True:
        async with place.house(name=f"{keys}-{next(_NUMBERS)}") as house:
            while True:
                yield await _with_backlog(place, house, keys, facts)
                if place.engines == "embedded":
                    break


async def _with_backlog(place: Place, house: House, keys: Keys, facts: int) -> Ground:
    told = house.environment("notify")
    uri = told.get("MONGODB_URI")
    settings = ServiceSettings(
        kafka_bootstrap_servers=house.bootstrap,
        bus_profile="kafka" if place.engines == "real" else "embedded",
        mongodb_uri=SecretStr(uri) if uri else None,
    )
    subjects = facts if keys == "cold" else _HOT_SUBJECTS
    backlog = _facts(subjects, facts // subjects)
    async with AIOKafkaProducer(bootstrap_servers=house.bootstrap, linger_ms=5, max_batch_size=131_072) as producer:
        sent = [
            await producer.send(
                PETITIONS.name,
                value=envelope.value,
                key=envelope.subject.encode(),
                partition=partition_of(PETITIONS, envelope.subject),
                headers=envelope.headers(),
            )
            for envelope in backlog
        ]
        await asyncio.gather(*sent)
    return Ground(place.folder, settings, len(backlog))


def _facts(subjects: int, length: int) -> list[Envelope]:
    """So many chains of the same length, interleaved as they would come."""
    kept = json.loads(_SAMPLE.read_text(encoding="utf-8"))
    sample = PetitionFiled.model_validate(kept["value"])
    now = SystemClock().now()
    chains: list[list[Envelope]] = []
    for number in range(subjects):
        subject = _subject_on(number % PETITIONS.partitions)
        fact = sample.model_copy(update={"petition_id": PetitionId(subject)})
        chain: list[Envelope] = []
        for sequence in range(1, length + 1):
            envelope = seal(
                fact,
                fact_id=uuid4(),
                source="/tiepdan/intake",
                time=now,
                sequence=sequence,
                prev_hash=chain[-1].hash if chain else GENESIS,
                traceparent=kept["headers"]["traceparent"],
            )
            chain.append(envelope)
        chains.append(chain)
    return [chain[place] for place in range(length) for chain in chains]


def _subject_on(partition: int) -> UUID:
    """Evenly on all partitions: the embedded bus silently drops what goes beyond 5 MiB in one."""
    while partition_of(PETITIONS, str(subject := uuid4())) != partition:
        continue
    return subject


async def _ours_alone(ground: Ground) -> float:
    async def nothing(_: Heard[PetitionFiled]) -> None: ...

    return await _delivered(ground, "routing", lambda _: nothing)


async def _ours_with_ledger(ground: Ground) -> float:
    return await _delivered(ground, "notify", _keeper)


def _keeper(engine: LedgerEngine) -> Handler:
    """One durable, idempotent write a fact, as the handlers of the house do it."""
    pages = LedgerDrawer(engine, PAGES, Page, lambda _: {}, clock=SystemClock(), speaker="notify")

    async def keep(heard: Sequence[Heard[PetitionFiled]]) -> None:
        first, subject = heard[0].fact, heard[0].envelope.subject
        page = Page(petition_id=first.petition_id, kind=first.kind, code=first.code, heard=0)
        effects = [Effect(_heard(one.envelope.sequence), one.mark) for one in heard]
        if len(effects) > 1:
            await decide_together(pages, subject, effects, new=page)
        elif heard[0].envelope.sequence == 1:
            await pages.add(subject, *effects[0].decision(page), effects[0].mark)
        else:
            await pages.decide(subject, effects[0].decision, effects[0].mark)

    return Together(keep)


def _heard(sequence: int) -> Decision[Page]:
    return lambda page: (page.model_copy(update={"heard": sequence}), [])


async def _delivered(ground: Ground, service: str, handler_on: Callable[[LedgerEngine], Handler]) -> float:
    """From the assignment until the last batch is durable; the same end as a commit of the loop by hand."""
    engine = ground.ledger()
    await engine.open([PAGES, MEMORY, *COLLECTIONS])
    handler, left, all_heard = handler_on(engine), ground.count, asyncio.Event()

    async def counted(heard: Sequence[Heard[Any]]) -> None:
        nonlocal left
        await (handler.work(heard) if isinstance(handler, Together) else handler(heard[0]))
        left -= len(heard)
        if not left:
            all_heard.set()

    async def one_counted(heard: Heard[Any]) -> None:
        await counted((heard,))

    mouth = Speaker(service, engine, ground.settings)
    delivery = Delivery(
        service,
        {PetitionFiled: Together(counted) if isinstance(handler, Together) else one_counted},
        engine=engine,
        post=mouth.post,
        settings=ground.settings,
        clock=SystemClock(),
        meters=Meters(service),
        traces=Traces(service, ground.settings),
    )
    await delivery.start()
    # The end of a batch shows nowhere else.
    ears = [ear for ear in delivery._ears if ear.inbox.stream is PETITIONS]
    try:
        while not ears[0].view().assigned:  # noqa: ASYNC110 - no event says it
            await asyncio.sleep(0.001)
        began = time.perf_counter()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await all_heard.wait()
            await ears[0].inbox.idle()
        return ground.count / (time.perf_counter() - began)
    finally:
        await delivery.stop()
        await mouth.stop()
        await engine.close()


async def _only_json(ground: Ground) -> float:
    return await _read_by_hand(ground, "json", hand_written.only_json)


async def _by_hand(ground: Ground) -> float:
    return await _read_by_hand(ground, "by-hand", ground.by_hand(is_bulk=False))


async def _in_bulk(ground: Ground) -> float:
    return await _read_by_hand(ground, "in-bulk", ground.by_hand(is_bulk=True))


async def _read_by_hand(ground: Ground, group: str, each_batch: hand_written.EachBatch) -> float:
    profile = profile_of(ground.settings)
    took = await hand_written.seconds_to_read(ground.bootstrap, profile, group, ground.count, each_batch)
    return ground.count / took


ROWS: Final = (
    Row(
        name="delivery",
        work="facts/s through delivery + ledger, cold and hot keys",
        beside="a hand-written aiokafka batch loop with the same single write",
        goal="≥ 0.8",
        method=(
            f"A backlog of {_WITH_LEDGER_FACTS:,} PetitionFiled is read from the assignment until the last batch is"
            " durable. The handler keeps a small document through the drawer: one durable, idempotent write a fact. By"
            " hand: getmany of as many records, json, one upsert a fact with the same durability, one commit a batch."
            f" Cold keys: a petition a fact; hot keys: {_HOT_SUBJECTS} petitions."
        ),
        findings=(
            "On SQLite the lanes share commits, so that 32 petitions at once beat the loop that commits each alone. On"
            " MongoDB every fact costs a round trip through Motor, on both sides; ours adds the position of a cold key,"
            " in bulk. Our process takes about half a core meanwhile: the rest is waiting for the engine, which on two"
            " cores answers lanes side by side hardly faster than a loop that asks one thing at a time (4 lanes, 32"
            " lanes or a shorter switch of the interpreter made no difference beyond the noise)."
            " Before tuning a hot key was read before every write; now what was written here last is gone on with"
            " unread, and the version filter says whether it still stands. A handler may now take facts of one subject"
            " that follow each other in a batch together (the bench's does, and intake's for a case on its timeline):"
            " they have their effect in one compare-and-set under the last mark, and come one at a time when that"
            " fails. Hot keys on MongoDB went from about 0.5 of the loop by hand, which writes each fact, to several"
            " times its rate; cold keys have nothing to take together, and what they gain they owe to lanes. The loop"
            " in bulk shows what checking every fact alone costs; with cold keys no handler can have it."
        ),
        measure=measure_with_ledger,
    ),
    Row(
        name="delivery_alone",
        work="facts/s through delivery alone (handler does nothing)",
        beside="aiokafka getmany + json",
        goal="≥ 0.3",
        method=(
            f"A backlog of {_ALONE_FACTS:,} PetitionFiled; the handler returns at once. Delivery still reads and checks"
            " every envelope and its chain, validates the fact, keeps order, and keeps how far each subject was heard,"
            " durably, before it commits. Beside: getmany and json.loads, a commit a batch."
        ),
        findings=(
            "About 25 µs a fact in the inbox measured alone; 35 to 75 µs of processor in the whole process, which took"
            " 115 before tuning. In the inbox: envelope 4, its hash and chain 3, validation 2.5, handler's"
            " time limit 2, metrics 2, the trace's parent 2, records and positions the rest; outside it, unpacking in"
            " aiokafka 5 and a batch's durable positions and commit. Gone are: spans that nobody keeps (90 µs; with an"
            " exporter they are made and cost that again), decoding every header twice, a timer a call, label look-ups,"
            " strftime. With cold keys on MongoDB the upsert of each position (about 0.1 ms in bulk) is the limit."
        ),
        measure=measure_alone,
    ),
)
