"""Facts from the bus to their effect, on the embedded bus: real records, real batches, real commits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts.errors import Refused
from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope
from contracts.facts.intake import ContactGiven, PetitionWithdrawn
from contracts.facts.notify import NoticeDelivered
from contracts.facts.recording import RecordingStarted
from contracts.facts.routing import CaseAccepted
from contracts.facts.sessions import SessionCancelled
from contracts.streams import BY_NAME, CASES, CONTACTS, DENUNCIATIONS, NOTICES, PETITIONS, RECORDINGS, SESSIONS, Stream
from services.chassis.bus.broker import partition_of
from services.chassis.clock import SystemClock
from services.chassis.delivery.attempts import Limits
from services.chassis.delivery.commands import Letters
from services.chassis.delivery.heard import Heard
from services.chassis.delivery.letters import Kind, Reason
from services.chassis.delivery.listening import streams_for
from tests.chassis.delivery_bench import READ_BY_SERVICES, Bench, Diary, a_bench, a_chain, eventually, resealed

SMALLEST: dict[str, type[Fact]] = {
    PETITIONS.name: PetitionWithdrawn,
    DENUNCIATIONS.name: PetitionWithdrawn,
    CONTACTS.name: ContactGiven,
    CASES.name: CaseAccepted,
    SESSIONS.name: SessionCancelled,
    RECORDINGS.name: RecordingStarted,
    NOTICES.name: NoticeDelivered,
}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with a_bench(tmp_path) as made:
        yield made


async def letters_of(bench: Bench, count: int) -> list[Reason]:
    """The reasons of the dead letters, once there are so many."""
    letters = Letters(bench.service, bench.engine, SystemClock())

    async def are_there() -> bool:
        return len(await letters.listed()) >= count

    await eventually(are_there)
    return [letter.why.reason for letter in await letters.listed()]


async def test_what_is_said_is_heard_once_and_in_order(bench: Bench) -> None:
    diary = Diary(bench.engine, PETITIONS)
    chains = [a_chain(PETITIONS, 5) for _ in range(20)]
    await bench.listen({PetitionWithdrawn: diary.on_fact})
    for chain in chains:
        await bench.say(chain)
    await diary.until(chains)
    assert sorted(diary.calls) == sorted((e.subject, e.sequence) for chain in chains for e in chain)
    assert bench.heard(PETITIONS, "handled") == 100
    assert bench.sample("tcd_dead_letters_total") == 0


async def test_the_production_profile_hears_and_commits(bench: Bench) -> None:
    """As far as this bus can tell: the mock makes a static member's return wait for its session to end."""
    bench.settings = bench.settings.model_copy(update={"bus_profile": "kafka"})
    diary = Diary(bench.engine, PETITIONS)
    chain = a_chain(PETITIONS, 3)
    ear = await bench.listen({PetitionWithdrawn: diary.on_fact})
    await bench.say(chain)
    await diary.until([chain])
    await ear.stop()
    assert await committed(bench, chain[0]) == 3
    assert len(diary.calls) == 3


async def test_what_was_heard_is_committed_and_a_restart_repeats_no_handler(bench: Bench) -> None:
    diary = Diary(bench.engine, PETITIONS)
    chain = a_chain(PETITIONS, 5)
    ear = await bench.listen({PetitionWithdrawn: diary.on_fact})
    await bench.say(chain[:4])
    await diary.until([chain[:4]])
    await ear.stop()
    await bench.say(chain[4:])
    await bench.listen({PetitionWithdrawn: diary.on_fact})
    await diary.until([chain])
    assert len(diary.calls) == 5


def test_a_service_listens_to_the_streams_it_may_read_of_those_it_has_handlers_for() -> None:
    async def on_fact(_: Heard[Any]) -> None: ...

    routing = {stream.name for stream in streams_for("routing", {PetitionWithdrawn: on_fact})}
    notify = {stream.name for stream in streams_for("notify", {CaseAccepted: on_fact, SessionCancelled: on_fact})}
    assert routing == {PETITIONS.name, DENUNCIATIONS.name}, "never the contacts"
    assert notify == {CASES.name, SESSIONS.name}
    assert streams_for("routing", {}) == ()


def bad_records(stream: Stream) -> list[tuple[Reason, bytes | None, Sequence[tuple[str, bytes | None]], bytes | None]]:
    """Whatever else may stand on a topic: value, headers, key."""
    (envelope,) = a_chain(stream, 1)
    good, headers, key = envelope.value, envelope.headers(), envelope.subject.encode()

    def but(name: str, value: bytes | None) -> list[tuple[str, bytes | None]]:
        return [(each, value if each == name else was) for each, was in headers]

    structured = [("content-type", b"application/cloudevents+json")]
    return [
        (Reason.NO_VALUE, None, headers, key),
        (Reason.NOT_CLOUDEVENTS, good, [], key),
        (Reason.NOT_CLOUDEVENTS, good, but("ce_specversion", b"0.3"), key),
        (Reason.HEADER_NOT_TEXT, good, but("ce_id", b"\xff\xfe"), key),
        (Reason.HEADER_NOT_TEXT, good, but("ce_type", None), key),
        (Reason.BAD_ATTRIBUTE, good, but("ce_id", b"not-a-uuid"), key),
        (Reason.BAD_ATTRIBUTE, good, but("ce_sequence", b"0"), key),
        (Reason.BAD_ATTRIBUTE, good, but("ce_sequence", b"9" * 40), key),
        (Reason.BAD_ATTRIBUTE, good, but("ce_time", b"yesterday"), key),
        (Reason.BAD_ATTRIBUTE, good, but("ce_subject", b"a.b$c"), b"a.b$c"),
        (Reason.MISSING_ATTRIBUTE, good, [pair for pair in headers if pair[0] != "ce_hash"], key),
        (Reason.INVALID_JSON, b"{", structured, key),
        (Reason.INVALID_JSON, b"[" * 200_000, structured, key),
        (Reason.WRONG_KEY, good, headers, b"another"),
        (Reason.WRONG_KEY, good, headers, None),
    ]


@pytest.mark.parametrize("stream", READ_BY_SERVICES, ids=lambda stream: stream.slug)
async def test_malformed_unknown_and_duplicated_facts_stop_nothing_on_any_stream(
    tmp_path: Path, stream: Stream
) -> None:
    reader = next(reader for reader in stream.readers if reader != "external")
    async with a_bench(tmp_path, reader) as bench:
        diary = Diary(bench.engine, stream)
        await bench.listen({SMALLEST[stream.name]: diary.on_fact})
        well = a_chain(stream, 3)
        strange = resealed(a_chain(stream, 1)[0], type="vn.tiepdan.nobody.knows.v1")
        strange = resealed(strange, hash=hash_again(strange))
        partition = partition_of(stream, well[0].subject)
        malformed = bad_records(stream)
        await bench.say([well[0], strange])
        for _, value, headers, key in malformed:
            await bench.raw(stream, value, headers, key=key, partition=partition)
        await bench.say([well[0], well[1], well[0], well[1], well[2]])
        await diary.until([well])
        assert sorted(await letters_of(bench, len(malformed))) == sorted(reason for reason, *_ in malformed)
        assert bench.heard(stream, "handled") == 3
        assert bench.heard(stream, "unknown_type") == 1
        assert bench.heard(stream, "duplicate") == 3
        records = await bench.dead_letters(stream, len(malformed))
        assert len(records) == len(malformed)
        assert {dict(record.headers)["tcd_origin_topic"] for record in records} == {stream.name.encode()}


def hash_again(envelope: Envelope) -> str:
    from contracts.facts.envelope import hash_of  # noqa: PLC0415 - only forgers need it

    return hash_of(
        envelope.prev_hash, envelope.id, envelope.type, envelope.source, envelope.subject, envelope.time,
        envelope.sequence, envelope.value,
    )  # fmt: skip


@pytest.mark.parametrize(
    "bad", [("x-note", b"\xff\xfe"), ("x-note", None), ("ce_id", b"\xff"), ("traceparent", None)], ids=str
)
async def test_one_bad_header_among_ten_records_loses_none_of_the_others(
    bench: Bench, bad: tuple[str, bytes | None]
) -> None:
    """FastStream by itself skips the whole batch, whatever the policy."""
    diary = Diary(bench.engine, PETITIONS)
    chain = a_chain(PETITIONS, 9)
    key, partition = chain[0].subject.encode(), partition_of(PETITIONS, chain[0].subject)
    (other,) = a_chain(PETITIONS, 1)
    headers: list[tuple[str, bytes | None]] = [pair for pair in other.headers() if pair[0] != bad[0]]
    await bench.say(chain[:5])
    await bench.raw(PETITIONS, other.value, [*headers, bad], key=other.subject.encode(), partition=partition)
    await bench.say(chain[5:])
    await bench.listen({PetitionWithdrawn: diary.on_fact})
    await diary.until([chain])
    assert key.decode() in {subject for subject, _ in diary.calls}
    if bad[0] == "ce_id":
        assert await letters_of(bench, 1) == [Reason.HEADER_NOT_TEXT]
        (record,) = await bench.dead_letters(PETITIONS, 1)
        assert dict(record.headers)["ce_id"] == b"\xff", "the letter has the header as it came"
    else:
        await diary.until([[other]])


async def test_a_poison_fact_parks_its_own_key_until_it_is_released_by_command(bench: Bench) -> None:
    diary = Diary(bench.engine, PETITIONS)
    poisoned, well = a_chain(PETITIONS, 4), a_chain(PETITIONS, 4)

    async def before(heard: Heard[Any]) -> None:
        if heard.envelope.subject == poisoned[0].subject and heard.envelope.sequence == 2:
            raise Refused("wrong_state", "Không hợp lệ.")

    diary.before = before
    ear = await bench.listen({PetitionWithdrawn: diary.on_fact})
    await bench.say([envelope for pair in zip(poisoned, well, strict=True) for envelope in pair])
    await diary.until([well])
    assert sorted(await letters_of(bench, 3)) == [Reason.AFTER_A_LETTER, Reason.AFTER_A_LETTER, Reason.REFUSED]
    assert await diary.page(poisoned[0].subject) == (1,)
    assert ear.unready == (), "one parked key is no reason to stop"
    diary.before = None
    letters = Letters(bench.service, bench.engine, SystemClock())
    await letters.release(min(await letters.listed(), key=lambda letter: letter.sequence).id)
    await diary.until([poisoned])


async def test_a_held_key_goes_on_when_the_missing_facts_are_said_again(bench: Bench) -> None:
    diary = Diary(bench.engine, PETITIONS)
    chain, other = a_chain(PETITIONS, 6), a_chain(PETITIONS, 2)
    await bench.listen({PetitionWithdrawn: diary.on_fact})
    await bench.say([*chain[:2], *chain[4:], *other])
    await diary.until([other, chain[:2]])
    letters = Letters(bench.service, bench.engine, SystemClock())

    async def is_held() -> bool:
        return [letter.sequence for letter in await letters.listed(Kind.HELD)] == [5, 6]

    await eventually(is_held)
    assert bench.sample("tcd_sequence_gaps_total", stream=PETITIONS.name, group="notify") == 1
    assert await diary.page(chain[0].subject) == (1, 2)
    await bench.say(chain)
    await diary.until([chain])
    assert [n for subject, n in diary.calls if subject == chain[0].subject] == [1, 2, 3, 4, 5, 6]


async def test_when_most_facts_are_bad_the_service_stops_taking_and_says_it_is_not_ready(bench: Bench) -> None:
    diary = Diary(bench.engine, PETITIONS)

    async def before(_: Heard[Any]) -> None:
        raise Refused("wrong_state", "Không hợp lệ.")

    diary.before = before
    ear = await bench.listen({PetitionWithdrawn: diary.on_fact}, Limits(window=20, bad_of_window=10))
    await bench.say([a_chain(PETITIONS, 1)[0] for _ in range(40)])

    async def is_stopped() -> bool:
        return "stopped_by_bad_facts" in ear.unready

    await eventually(is_stopped)
    assert len(await letters_of(bench, 10)) == 10
    view = next(view for view in ear.views() if view.stream == PETITIONS.name)
    assert view.is_poisoned
    assert view.assigned == PETITIONS.partitions, "it keeps its partitions, or another member would pour them out"
    await ear.stop()
    diary.before = None
    await bench.listen({PetitionWithdrawn: diary.on_fact})

    async def is_through() -> bool:
        return len(await diary.pages()) == 30

    await eventually(is_through)


async def test_readiness_follows_the_ears(bench: Bench) -> None:
    diary = Diary(bench.engine, PETITIONS)
    ear = await bench.listen({PetitionWithdrawn: diary.on_fact})
    assert list(ear.unready) == []
    assert {view.stream for view in ear.views()} == {PETITIONS.name, DENUNCIATIONS.name, CONTACTS.name}
    assert bench.sample("tcd_assigned_partitions", group="notify") == 24
    chain = a_chain(PETITIONS, 3)
    await bench.say(chain)
    await diary.until([chain])

    async def has_no_lag() -> bool:
        return all(view.lag == 0 for view in ear.views())

    await eventually(has_no_lag)
    await ear.stop()
    assert ear.unready == ("not_listening",)


async def test_a_stop_in_the_middle_of_a_batch_finishes_and_commits_it(bench: Bench) -> None:
    diary = Diary(bench.engine, PETITIONS)
    chain = a_chain(PETITIONS, 3)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def before(_: Heard[Any]) -> None:
        begun.set()
        await go_on.wait()

    diary.before = before
    await bench.say(chain)
    ear = await bench.listen({PetitionWithdrawn: diary.on_fact})
    await asyncio.wait_for(begun.wait(), 10)
    stopping = asyncio.create_task(ear.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    go_on.set()
    await asyncio.wait_for(stopping, 8)
    finished = await diary.page(chain[0].subject)
    assert finished == tuple(range(1, len(finished) + 1))
    assert len(finished) == await committed(bench, chain[0]) > 0
    await bench.listen({PetitionWithdrawn: diary.on_fact})
    await diary.until([chain])
    assert len(diary.calls) == 3, "no handler ran twice"


async def committed(bench: Bench, envelope: Envelope) -> int:
    """How far the group has committed the partition of a fact."""
    from aiokafka import TopicPartition  # noqa: PLC0415 - used here only
    from aiokafka.admin import AIOKafkaAdminClient  # noqa: PLC0415 - the same

    stream = BY_NAME[envelope.stream]
    admin = AIOKafkaAdminClient(bootstrap_servers=bench.bus.address)
    await admin.start()
    place = TopicPartition(stream.name, partition_of(stream, envelope.subject))
    offsets = await admin.list_consumer_group_offsets(f"{bench.service}.{stream.slug}", partitions=[place])
    await admin.close()
    return int(offsets[place].offset)


async def test_a_stop_does_not_wait_for_a_handler_that_hangs(bench: Bench) -> None:
    diary = Diary(bench.engine, PETITIONS)
    chain = a_chain(PETITIONS, 2)
    begun = asyncio.Event()

    async def before(heard: Heard[Any]) -> None:
        if heard.envelope.sequence == 2 and not begun.is_set():
            begun.set()
            await asyncio.Event().wait()

    diary.before = before
    await bench.say(chain)
    ear = await bench.listen({PetitionWithdrawn: diary.on_fact}, Limits(handler_seconds=60))
    await asyncio.wait_for(begun.wait(), 10)
    await asyncio.wait_for(ear.stop(2.0), 4)
    await bench.listen({PetitionWithdrawn: diary.on_fact})
    await diary.until([chain])
    assert diary.calls == [(chain[0].subject, 1), (chain[0].subject, 2)], (
        "what was done before the stop is not repeated"
    )


async def test_the_letters_command_lists_and_shows(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    from services.chassis.delivery.commands import _letters, _parser  # noqa: PLC0415 - the inside of the command

    diary = Diary(bench.engine, PETITIONS)
    await bench.listen({PetitionWithdrawn: diary.on_fact})
    await bench.raw(PETITIONS, b"Nguyen Van Thu", [], key=str(uuid4()).encode())
    await letters_of(bench, 1)
    letters = Letters(bench.service, bench.engine, SystemClock())
    (letter,) = await letters.listed()
    said: list[str] = []
    for words in (["list"], ["show", letter.id], ["replay", letter.id], ["drop", letter.id]):
        await _letters(letters, _parser("notify").parse_args(["letters", *words]), said.append)
    told = "\n".join(said)
    assert letter.id in told
    assert "not_cloudevents" in told
    assert "Nguyen" not in told
    assert await letters.listed() == []
