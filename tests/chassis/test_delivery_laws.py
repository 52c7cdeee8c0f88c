"""The laws of an inbox, without a bus: whatever comes, twice, late or broken: one effect for each fact, in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import Conflict, NotFound, Refused, Unavailable
from contracts.facts.envelope import Envelope
from contracts.facts.intake import ContactGiven, PetitionFiled, PetitionWithdrawn
from contracts.streams import CONTACTS, DENUNCIATIONS, PETITIONS, Stream
from services.chassis.bus.broker import partition_of
from services.chassis.clock import SystemClock
from services.chassis.delivery.attempts import Limits, OutOfTime, Poisoned
from services.chassis.delivery.commands import Letters
from services.chassis.delivery.heard import HandlerTable, Heard
from services.chassis.delivery.inbox import Inbox
from services.chassis.delivery.letters import COLLECTIONS, Kind, Reason, Shelf, Standing
from services.chassis.delivery.records import Headers, Record
from services.chassis.ledger.port import Position
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces
from tests.chassis.delivery_bench import DIARY, Diary, a_chain, resealed

QUICK = Limits(first_pause_seconds=0.001, longest_pause_seconds=0.002, handler_seconds=1.0)


class Desk:
    """An inbox with a real ledger, and a box in which dead letters land."""

    def __init__(self, folder: Path, stream: Stream, limits: Limits = QUICK, batch_seconds: float = 5.0) -> None:
        self.engine = SqliteLedger(folder / "desk.db")
        self.stream = stream
        self.diary = Diary(self.engine, stream)
        self.posted: list[tuple[str, bytes | None, bytes | None, dict[str, bytes | None]]] = []
        self.meters = Meters("notify")
        self.limits = limits
        self.batch_seconds = batch_seconds
        self.shelf = Shelf(self.engine)
        self.letters = Letters("notify", self.engine, SystemClock())
        self.inbox = self.restarted()
        self.offset = 0

    def restarted(self, table: HandlerTable | None = None) -> Inbox:
        """The same service after a restart: the ledger is all it remembers."""
        self.inbox = Inbox(
            "notify",
            self.stream,
            table or {PetitionWithdrawn: self.diary.on_fact, ContactGiven: self.diary.on_fact},
            engine=self.engine,
            post=self._post,
            clock=SystemClock(),
            meters=self.meters,
            traces=Traces("notify", ServiceSettings()),
            batch_seconds=self.batch_seconds,
            limits=self.limits,
        )
        return self.inbox

    async def _post(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        self.posted.append((topic, key, value, dict(headers)))

    def record(self, envelope: Envelope, **changed: Any) -> Record:
        self.offset += 1
        parts: dict[str, Any] = {
            "topic": self.stream.name,
            "partition": partition_of(self.stream, envelope.subject),
            "offset": self.offset,
            "key": envelope.subject.encode(),
            "value": envelope.value,
            "headers": tuple(envelope.headers()),
        }
        return Record(**parts | changed)

    async def take(self, *envelopes: Envelope) -> None:
        await self.inbox.take([self.record(envelope) for envelope in envelopes])

    async def sweep(self) -> None:
        await self.inbox.sweep(lambda _: True)

    async def standing(self, envelope: Envelope) -> Standing | None:
        place = f"{self.stream.slug}:{envelope.subject}"
        return (await self.shelf.standings([place])).get(place)

    async def waiting(self, envelope: Envelope) -> list[int]:
        place = f"{self.stream.slug}:{envelope.subject}"
        return [letter.sequence for letter in await self.shelf.waiting(place)]

    def count(self, outcome: str) -> float:
        labels = {"stream": self.stream.name, "group": "notify", "outcome": outcome}
        return self.meters.registry.get_sample_value("tcd_facts_heard_total", labels) or 0

    def gauge(self, name: str, **more: str) -> float:
        labels = {"stream": self.stream.name, "group": "notify", **more}
        return self.meters.registry.get_sample_value(name, labels) or 0


@asynccontextmanager
async def a_desk(folder: Path, stream: Stream = PETITIONS, **changed: Any) -> AsyncIterator[Desk]:
    desk = Desk(folder, stream, **changed)
    await desk.engine.open([DIARY, *COLLECTIONS])
    try:
        yield desk
    finally:
        await desk.engine.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as made:
        yield made


def refusing(sequence: int, error: Exception) -> Any:
    """A handler that cannot handle one sequence number."""

    async def before(heard: Heard[Any]) -> None:
        if heard.envelope.sequence == sequence:
            raise error

    return before


# --- the law of idempotence ---------------------------------------------------------------------------------------


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[int], list[list[tuple[int, int]]]]:
    """Lengths of some chains, and batches of (chain, sequence): any order, any duplicates, everything at least once."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    every = [(chain, sequence) for chain, length in enumerate(lengths) for sequence in range(length)]
    duplicates = draw(st.lists(st.sampled_from(every), max_size=10))
    order = draw(st.permutations([*every, *duplicates]))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)))
    batches = [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return lengths, [batch for batch in batches if batch]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(deliveries())
def test_any_order_with_any_duplicates_in_any_batches_has_the_effect_of_the_plain_log(
    plan: tuple[list[int], list[list[tuple[int, int]]]],
) -> None:
    """handle(L) == handle(L with duplicates) == handle(any mixture): facts that come too early wait for the others."""
    lengths, batches = plan

    async def run() -> None:
        with TemporaryDirectory() as folder:
            async with a_desk(Path(folder)) as desk:
                chains = [a_chain(PETITIONS, length) for length in lengths]
                for batch in batches:
                    await desk.take(*(chains[chain][sequence] for chain, sequence in batch))
                    desk.restarted()
                expected = {chain[0].subject: tuple(range(1, len(chain) + 1)) for chain in chains}
                assert await desk.diary.pages() == expected
                assert len(desk.diary.calls) == sum(lengths), "each handler ran once"
                assert desk.posted == []
                assert [await desk.standing(chain[0]) for chain in chains] == [None] * len(chains)
                assert await desk.shelf.listed(Kind.HELD) == []

    asyncio.run(run())


async def test_order_holds_inside_a_key_while_keys_go_side_by_side(desk: Desk) -> None:
    chains = [a_chain(PETITIONS, 4) for _ in range(10)]
    running: set[str] = set()
    most = 0
    met = asyncio.Event()

    async def before(heard: Heard[Any]) -> None:
        nonlocal most
        assert heard.envelope.subject not in running, "one key is handled by one lane"
        running.add(heard.envelope.subject)
        most = max(most, len(running))
        if most == len(chains):
            met.set()
        await asyncio.wait_for(met.wait(), 5)
        running.discard(heard.envelope.subject)

    desk.diary.before = before
    await desk.take(*(chain[n] for n in range(4) for chain in chains))
    assert most == 10
    for chain in chains:
        assert [n for subject, n in desk.diary.calls if subject == chain[0].subject] == [1, 2, 3, 4]


async def test_no_more_keys_at_a_time_than_there_are_lanes(tmp_path: Path) -> None:
    limits = Limits(lanes=3)
    async with a_desk(tmp_path, limits=limits) as desk:
        running = most = 0

        async def before(_: Heard[Any]) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

        desk.diary.before = before
        await desk.take(*(a_chain(PETITIONS, 1)[0] for _ in range(20)))
        assert most == 3


# --- gaps ----------------------------------------------------------------------------------------------------------


async def test_a_fact_that_comes_too_early_is_held_counted_and_never_skipped(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 5)
    await desk.take(chain[0], chain[2], chain[4])
    assert await desk.diary.page(chain[0].subject) == (1,)
    assert await desk.standing(chain[0]) is Standing.HELD
    assert await desk.waiting(chain[0]) == [3, 5]
    assert desk.gauge("tcd_sequence_gaps_total") == 1
    assert desk.gauge("tcd_keys_held") == 1
    await desk.take(chain[1])
    assert await desk.diary.page(chain[0].subject) == (1, 2, 3)
    assert await desk.standing(chain[0]) is Standing.HELD
    await desk.take(chain[3])
    assert await desk.diary.page(chain[0].subject) == (1, 2, 3, 4, 5)
    assert await desk.standing(chain[0]) is None
    assert desk.gauge("tcd_keys_held") == 0


async def test_a_held_key_holds_nobody_else(desk: Desk) -> None:
    held, free = a_chain(PETITIONS, 3), a_chain(PETITIONS, 3)
    await desk.take(held[2], *free)
    assert await desk.diary.page(free[0].subject) == (1, 2, 3)
    assert await desk.diary.page(held[0].subject) == ()


async def test_a_replay_of_everything_frees_a_held_key_and_repeats_nothing(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 6)
    await desk.take(chain[0], chain[1], chain[4], chain[5])
    desk.restarted()
    await desk.take(*chain)
    assert await desk.diary.page(chain[0].subject) == (1, 2, 3, 4, 5, 6)
    assert len(desk.diary.calls) == 6


async def test_what_another_replica_heard_meanwhile_frees_a_held_key_at_the_next_sweep(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 3)
    await desk.take(chain[0], chain[2])
    await desk.engine.advance("notify", [Position(f"petitions:{chain[0].subject}", 2, chain[1].hash)])
    await desk.sweep()
    assert desk.diary.calls[-1] == (chain[0].subject, 3)
    assert await desk.standing(chain[0]) is None


async def test_a_sweep_leaves_the_keys_of_other_replicas_alone(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 3)
    await desk.take(chain[0], chain[2])
    await desk.engine.advance("notify", [Position(f"petitions:{chain[0].subject}", 2, chain[1].hash)])
    await desk.inbox.sweep(lambda _: False)
    assert await desk.standing(chain[0]) is Standing.HELD


async def test_a_compacted_stream_may_leave_out_what_a_newer_fact_replaces(tmp_path: Path) -> None:
    async with a_desk(tmp_path, CONTACTS) as desk:
        chain = a_chain(CONTACTS, 4)
        await desk.take(chain[2], chain[1], chain[3])
        assert [sequence for _, sequence in desk.diary.calls] == [3, 4]
        assert desk.gauge("tcd_sequence_gaps_total") == 0


# --- letters and parked keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "reason", "code"),
    [
        (Refused("wrong_state", "Không hợp lệ."), Reason.REFUSED, "wrong_state"),
        (NotFound("not_found", "Không tìm thấy."), Reason.NOT_FOUND, "not_found"),
        (Conflict("key_taken", "Đã có."), Reason.REFUSED, "key_taken"),
        (ZeroDivisionError("Nguyễn Văn Thử 0912345678"), Reason.BUG, "ZeroDivisionError"),
    ],
)
async def test_a_poison_fact_parks_its_own_key_and_its_followers_do_not_overtake(
    desk: Desk, error: Exception, reason: Reason, code: str
) -> None:
    poisoned, well = a_chain(PETITIONS, 4), a_chain(PETITIONS, 4)
    desk.diary.before = refusing(2, error)
    well_only = [envelope for envelope in well if envelope.sequence == 1]
    await desk.take(*poisoned, *well_only)
    assert await desk.diary.page(poisoned[0].subject) == (1,)
    assert await desk.diary.page(well[0].subject) == (1,)
    assert await desk.standing(poisoned[0]) is Standing.PARKED
    assert await desk.standing(well[0]) is None
    letters = await desk.letters.listed()
    assert sorted((letter.sequence, letter.why.reason, letter.why.code) for letter in letters) == [
        (2, reason, code),
        (3, Reason.AFTER_A_LETTER, ""),
        (4, Reason.AFTER_A_LETTER, ""),
    ]
    assert [headers["ce_sequence"] for _, _, _, headers in desk.posted] == [b"2", b"3", b"4"]
    assert desk.gauge("tcd_keys_parked") == 1
    assert desk.gauge("tcd_dead_letters_total", reason=str(reason)) == 1


async def test_a_letter_carries_the_original_and_where_it_came_from_and_no_message_of_an_exception(desk: Desk) -> None:
    (envelope,) = a_chain(PETITIONS, 1)
    desk.diary.before = refusing(1, ZeroDivisionError("Nguyễn Văn Thử 0912345678"))
    record = desk.record(envelope)
    await desk.inbox.take([record])
    ((topic, key, value, headers),) = desk.posted
    assert topic == "tcd.petitions.v1.notify.dlq"
    assert (key, value) == (record.key, record.value)
    assert headers.items() >= dict(record.headers).items()
    assert headers["tcd_origin_topic"] == b"tcd.petitions.v1"
    assert headers["tcd_origin_offset"] == str(record.offset).encode()
    assert headers["tcd_reason"] == b"bug"
    assert "0912345678" not in repr(desk.posted)
    assert "0912345678" not in repr(await desk.letters.shown((await desk.letters.listed())[0].id))


async def test_a_redelivered_poison_fact_is_one_letter_and_not_two(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 3)
    desk.diary.before = refusing(2, Refused("wrong_state", "Không hợp lệ."))
    for _ in range(3):
        await desk.take(*chain)
        desk.restarted()
    assert len(desk.posted) == 2
    assert len(await desk.letters.listed()) == 2


async def test_a_released_letter_is_handled_with_all_behind_it_in_order(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 5)
    desk.diary.before = refusing(2, Refused("wrong_state", "Không hợp lệ."))
    await desk.take(*chain[:4])
    desk.diary.before = None
    first = min(await desk.letters.listed(), key=lambda letter: letter.sequence)
    await desk.letters.release(first.id)
    await desk.take(chain[4])
    assert await desk.diary.page(chain[0].subject) == (1,), "what comes before the release is done still waits"
    await desk.sweep()
    assert await desk.diary.page(chain[0].subject) == (1, 2, 3, 4, 5)
    assert await desk.standing(chain[0]) is None
    assert await desk.letters.listed() == []
    assert desk.gauge("tcd_keys_parked") == 0


async def test_a_letter_that_fails_again_stays_a_letter_and_its_key_parked(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 3)
    desk.diary.before = refusing(2, Refused("wrong_state", "Không hợp lệ."))
    await desk.take(*chain)
    first = min(await desk.letters.listed(), key=lambda letter: letter.sequence)
    await desk.letters.release(first.id)
    await desk.sweep()
    assert await desk.standing(chain[0]) is Standing.PARKED
    again = await desk.shelf.get(first.id)
    assert again.tries == 2
    assert await desk.waiting(chain[0]) == [2, 3]
    assert len(desk.posted) == 2, "what is in the dead-letter topic already is not written again"


async def test_a_dropped_letter_is_passed_over_and_the_rest_goes_on(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 4)
    desk.diary.before = refusing(2, Refused("wrong_state", "Không hợp lệ."))
    await desk.take(*chain)
    letters = sorted(await desk.letters.listed(), key=lambda letter: letter.sequence)
    with pytest.raises(Refused, match="not_first_letter"):
        await desk.letters.drop(letters[1].id)
    await desk.letters.drop(letters[0].id)
    await desk.sweep()
    assert [sequence for _, sequence in desk.diary.calls] == [1, 3, 4]
    assert await desk.standing(chain[0]) is None
    await desk.take(*chain)
    assert [sequence for _, sequence in desk.diary.calls] == [1, 3, 4], "dropped for good"


async def test_facts_held_for_a_poison_fact_wait_behind_it(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 4)
    desk.diary.before = refusing(2, Refused("wrong_state", "Không hợp lệ."))
    await desk.take(chain[0], chain[2], chain[3])
    await desk.take(chain[1])
    assert await desk.standing(chain[0]) is Standing.PARKED
    assert await desk.waiting(chain[0]) == [2, 3, 4]
    desk.diary.before = None
    await desk.shelf.release((await desk.letters.listed())[0], SystemClock().now())
    await desk.sweep()
    assert await desk.diary.page(chain[0].subject) == (1, 2, 3, 4)


async def test_a_held_fact_cannot_be_dropped(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 3)
    await desk.take(chain[2])
    (held,) = await desk.letters.listed(Kind.HELD)
    with pytest.raises(Conflict, match="not_dead"):
        await desk.letters.drop(held.id)


# --- the chain -----------------------------------------------------------------------------------------------------


async def test_an_altered_fact_is_a_letter_and_parks_its_key_until_the_true_one_comes(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 3)
    forged = resealed(chain[1], value=chain[1].value.replace(b"whole", b"partial"))
    await desk.take(chain[0], forged, chain[2])
    assert await desk.diary.page(chain[0].subject) == (1,)
    assert await desk.standing(chain[0]) is Standing.PARKED
    letter = min(await desk.letters.listed(), key=lambda each: each.sequence)
    assert letter.why.reason is Reason.BROKEN_CHAIN
    await desk.letters.drop(letter.id)
    await desk.sweep()
    await desk.take(chain[1])
    assert await desk.diary.page(chain[0].subject) == (1, 2, 3)


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_fact_that_follows_another_past_than_ours_is_a_letter_also_after_a_restart(
    desk: Desk, is_restarted: bool
) -> None:
    chain = a_chain(PETITIONS, 2)
    other = a_chain(
        PETITIONS,
        3,
        subject=None,
        said=[chain[0].fact(), chain[1].fact(), chain[1].fact()],  # type: ignore[list-item] # known types
    )
    await desk.take(*chain)
    if is_restarted:
        desk.restarted()
    foreign = resealed(other[2], prev_hash=other[0].hash)
    whole = resealed(foreign, hash=_hash(foreign))
    await desk.take(whole)
    assert [letter.why.reason for letter in await desk.letters.listed()] == [Reason.BROKEN_CHAIN]
    assert await desk.diary.page(chain[0].subject) == (1, 2)


async def test_another_fact_in_the_place_of_one_that_was_heard_is_a_letter(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 1)
    await desk.take(*chain)
    other = resealed(chain[0], value=chain[0].value.replace(b"whole", b"partial"))
    await desk.take(resealed(other, hash=_hash(other)))
    assert [letter.why.reason for letter in await desk.letters.listed()] == [Reason.BROKEN_CHAIN]


async def test_a_first_fact_with_a_past_is_a_letter(desk: Desk) -> None:
    (first,) = a_chain(PETITIONS, 1)
    false = resealed(first, prev_hash="a" * 64)
    await desk.take(resealed(false, hash=_hash(false)))
    assert [letter.why.reason for letter in await desk.letters.listed()] == [Reason.BROKEN_CHAIN]


def _hash(envelope: Envelope) -> str:
    from contracts.facts.envelope import hash_of  # noqa: PLC0415 - only forgers need it

    return hash_of(
        envelope.prev_hash,
        envelope.id,
        envelope.type,
        envelope.source,
        envelope.subject,
        envelope.time,
        envelope.sequence,
        envelope.value,
    )


# --- what is not for us --------------------------------------------------------------------------------------------


async def test_an_unknown_type_is_counted_passed_by_and_does_not_stop_its_key(desk: Desk) -> None:
    chain = a_chain(PETITIONS, 1)
    strange = resealed(chain[0], type="vn.tiepdan.petition.praised.v9")
    strange = resealed(strange, hash=_hash(strange))
    later = resealed(a_chain(PETITIONS, 2, chain[0].fact().subject)[1], prev_hash=strange.hash)  # type: ignore[union-attr] # known type
    later = resealed(later, hash=_hash(later))
    await desk.take(strange, later)
    assert desk.count("unknown_type") == 1
    assert desk.diary.calls == [(chain[0].subject, 2)]


async def test_a_fact_nobody_here_handles_is_passed_by(desk: Desk) -> None:
    desk.restarted({PetitionFiled: desk.diary.on_fact})
    await desk.take(*a_chain(PETITIONS, 2))
    assert desk.count("ignored") == 2
    assert desk.diary.calls == []


async def test_a_fact_on_the_wrong_stream_is_a_letter(desk: Desk) -> None:
    """A denunciation among the petitions would be read by those who may not."""
    denounced = a_chain(DENUNCIATIONS, 1)[0]
    await desk.take(resealed(denounced, stream=PETITIONS.name))
    assert [letter.why.reason for letter in await desk.letters.listed()] == [Reason.WRONG_PLACE]


async def test_a_value_that_does_not_fit_its_type_parks_its_key_and_an_unreadable_record_does_not(desk: Desk) -> None:
    (unfit,) = a_chain(PETITIONS, 1)
    unfit = resealed(unfit, value=b'{"kind": 7}')
    (well,) = a_chain(PETITIONS, 1)
    broken = desk.record(well, headers=(("ce_specversion", b"1.0"),))
    await desk.inbox.take([desk.record(resealed(unfit, hash=_hash(unfit))), broken, desk.record(well)])
    assert await desk.standing(unfit) is Standing.PARKED
    assert await desk.diary.page(well.subject) == (1,)
    assert {letter.why.reason for letter in await desk.letters.listed()} == {
        Reason.INVALID_VALUE,
        Reason.MISSING_ATTRIBUTE,
    }


async def test_a_released_record_without_a_key_is_read_again_and_stays_if_it_is_still_unreadable(desk: Desk) -> None:
    (well,) = a_chain(PETITIONS, 1)
    await desk.inbox.take([desk.record(well, headers=())])
    (letter,) = await desk.letters.listed()
    assert letter.place == ""
    await desk.letters.release(letter.id)
    await desk.sweep()
    (again,) = await desk.letters.listed()
    assert (again.id, again.tries) == (letter.id, 2)
    await desk.letters.drop(letter.id)
    assert await desk.letters.listed() == []


async def test_the_shown_view_has_no_sealed_contact_and_no_unread_bytes(tmp_path: Path) -> None:
    async with a_desk(tmp_path, CONTACTS) as desk:
        (given,) = a_chain(CONTACTS, 1)
        desk.diary.before = refusing(1, Refused("wrong_state", "Không hợp lệ."))
        await desk.take(given)
        await desk.inbox.take([desk.record(given, headers=(), value="Nguyễn Văn Thử".encode(), key=b"0912345678")])
        for letter in await desk.letters.listed():
            view = repr(await desk.letters.shown(letter.id))
            assert "c2VhbGVk" not in view
            assert "Nguyễn" not in view
            assert "0912345678" not in view


async def test_the_shown_view_of_a_fact_of_the_house_says_what_it_was(desk: Desk) -> None:
    (fact,) = a_chain(PETITIONS, 1)
    desk.diary.before = refusing(1, Refused("wrong_state", "Không hợp lệ."))
    await desk.take(fact)
    view = await desk.letters.shown((await desk.letters.listed())[0].id)
    assert view["fact"]["scope"] == "whole"
    assert view["code"] == "wrong_state"


# --- retries, budgets, limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [Unavailable("ledger_away", "Chờ."), Conflict("changed_meanwhile", "Đã đổi."), ZeroDivisionError()]
)
async def test_a_passing_error_is_tried_again_in_place(desk: Desk, error: Exception) -> None:
    chain = a_chain(PETITIONS, 2)
    failures = [error, error]

    async def before(_: Heard[Any]) -> None:
        if failures:
            raise failures.pop()

    desk.diary.before = before
    await desk.take(*chain)
    assert await desk.diary.page(chain[0].subject) == (1, 2)
    assert await desk.letters.listed() == []


async def test_a_neighbour_that_stays_away_gives_the_batch_back_with_what_was_done_remembered(tmp_path: Path) -> None:
    async with a_desk(tmp_path, batch_seconds=0.3) as desk:
        stuck, free = a_chain(PETITIONS, 3), a_chain(PETITIONS, 3)

        async def before(heard: Heard[Any]) -> None:
            if (heard.envelope.subject, heard.envelope.sequence) == (stuck[0].subject, 2):
                raise Unavailable("vault_away", "Chờ.")

        desk.diary.before = before
        with pytest.raises(OutOfTime):
            await desk.take(*stuck, *free)
        assert await desk.diary.page(stuck[0].subject) == (1,)
        assert await desk.diary.page(free[0].subject) == (1, 2, 3)
        assert await desk.letters.listed() == [], "being away is nobody's fault"
        desk.diary.before = None
        await desk.take(*stuck, *free)
        assert await desk.diary.page(stuck[0].subject) == (1, 2, 3)
        assert len(desk.diary.calls) == 6


async def test_a_handler_that_hangs_is_cut_off_and_tried_again(tmp_path: Path) -> None:
    limits = Limits(handler_seconds=0.1, first_pause_seconds=0.001)
    async with a_desk(tmp_path, limits=limits) as desk:
        (fact,) = a_chain(PETITIONS, 1)
        hangs = [True]

        async def before(_: Heard[Any]) -> None:
            if hangs:
                hangs.pop()
                await asyncio.Event().wait()

        desk.diary.before = before
        await desk.take(fact)
        assert await desk.diary.page(fact.subject) == (1,)


async def test_a_stop_ends_a_hanging_batch_in_the_time_it_is_given(tmp_path: Path) -> None:
    limits = Limits(handler_seconds=60)
    async with a_desk(tmp_path, limits=limits, batch_seconds=60) as desk:
        chain = a_chain(PETITIONS, 2)
        hanging = asyncio.Event()

        async def before(heard: Heard[Any]) -> None:
            if heard.envelope.sequence == 2:
                hanging.set()
                await asyncio.Event().wait()

        desk.diary.before = before
        batch = asyncio.create_task(desk.take(*chain))
        await asyncio.wait_for(hanging.wait(), 5)
        desk.inbox.hurry(0.1)
        with pytest.raises(OutOfTime):
            await asyncio.wait_for(batch, 2)
        assert (await desk.engine.positions("notify", [f"petitions:{chain[0].subject}"])).popitem()[1].sequence == 1


async def test_when_most_facts_are_bad_the_stream_stops_instead_of_pouring_into_the_letters(tmp_path: Path) -> None:
    limits = Limits(window=20, bad_of_window=10, first_pause_seconds=0.001)
    async with a_desk(tmp_path, limits=limits) as desk:
        desk.diary.before = refusing(1, Refused("wrong_state", "Không hợp lệ."))
        facts: Sequence[Envelope] = [a_chain(PETITIONS, 1)[0] for _ in range(40)]
        with pytest.raises(Poisoned):
            await desk.take(*facts)
        assert len(desk.posted) == 10
        with pytest.raises(Poisoned):
            await desk.take(*facts)
        desk.diary.before = None
        desk.restarted()
        await desk.take(*facts)
        assert len(desk.diary.calls) == 30, "a better release goes on where the bad one stopped"


async def test_a_ledger_that_goes_away_in_a_batch_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = a_chain(PETITIONS, 3)
    away = Unavailable("ledger_away", "Chờ.")

    async def cannot(*_: object) -> None:
        raise away

    with monkeypatch.context() as patched:
        patched.setattr(desk.engine, "advance", cannot)
        with pytest.raises(Unavailable):
            await desk.take(*chain)
    await desk.take(*chain)
    assert await desk.diary.page(chain[0].subject) == (1, 2, 3)
    assert len(desk.diary.calls) == 6, "handlers ran again"


# --- traces --------------------------------------------------------------------------------------------------------


async def test_what_a_handler_does_belongs_to_the_trace_of_the_fact(tmp_path: Path) -> None:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: PLC0415

    from services.chassis.telemetry import current_traceparent  # noqa: PLC0415

    spans = InMemorySpanExporter()
    async with a_desk(tmp_path) as desk:
        desk.inbox._traces = Traces("notify", ServiceSettings(), spans)
        said_in = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        inside: list[str | None] = []

        async def before(_: Heard[Any]) -> None:
            inside.append(current_traceparent())

        desk.diary.before = before
        await desk.take(resealed(a_chain(PETITIONS, 1)[0], traceparent=said_in))
    (span,) = spans.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"
    assert inside[0] is not None
    assert "0af7651916cd43dd8448eb211c80319c" in inside[0]
    assert span.attributes is not None
    assert span.attributes["messaging.destination.name"] == "tcd.petitions.v1"
