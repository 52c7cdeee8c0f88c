"""Whose time it is: what the profiles promise a group, and that batches, sweeps and stops keep it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import Refused, Unavailable
from contracts.facts.envelope import Unreadable
from contracts.facts.intake import PetitionWithdrawn
from contracts.streams import PETITIONS
from services.chassis.bus.broker import consumer_options
from services.chassis.bus.profiles import EMBEDDED, KAFKA, BusProfile
from services.chassis.delivery import listening
from services.chassis.delivery.attempts import Budget, Limits, OutOfTime
from services.chassis.delivery.ear import Ear
from services.chassis.delivery.heard import Heard
from services.chassis.delivery.shifts import Shifts
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters
from tests.chassis.delivery_bench import Diary, a_bench, a_chain, eventually
from tests.chassis.test_delivery_laws import Desk, a_desk

LONG_SECONDS = 3600.0
SOON_SECONDS = 0.05
PATIENCE_SECONDS = 10.0
COMMIT_SECONDS = 5.0
"""What a commit may take on top: the longest call of a ledger, and more than one of a bus that answers."""


async def for_ever(_: object = None) -> None:
    await asyncio.Event().wait()


# --- the numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [EMBEDDED, KAFKA])
def test_the_worst_batch_ends_before_the_group_gives_up_on_its_reader(profile: BusProfile) -> None:
    """Rules 6 and 9: a sweep in hand, then a batch, each cut off only at its wall, and the pause before the return."""
    worst = profile.sweep_seconds + profile.over_seconds + profile.batch_seconds + profile.over_seconds
    assert profile.worst_batch_seconds >= worst + 0.5
    assert profile.worst_batch_seconds + COMMIT_SECONDS < profile.poll_interval_seconds / 3
    assert profile.worst_batch_seconds + COMMIT_SECONDS < profile.rebalance_seconds


@pytest.mark.parametrize("profile", [EMBEDDED, KAFKA])
def test_partitions_that_go_wait_longer_than_what_is_hurried_can_take_and_less_than_the_group(
    profile: BusProfile,
) -> None:
    assert profile.drain_seconds >= profile.hurry_seconds + 2 * profile.over_seconds
    assert profile.drain_seconds + COMMIT_SECONDS < profile.rebalance_seconds


def test_readers_state_one_assignor_and_it_is_the_same_for_all() -> None:
    options = consumer_options(ServiceSettings(), "notify", PETITIONS)
    assert [assignor.name for assignor in options["partition_assignment_strategy"]] == ["roundrobin"]


# --- a call of a handler -------------------------------------------------------------------------------------------


async def ended_by_its_time(budget: Budget) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS) as patience:
        with pytest.raises(TimeoutError):
            await budget.call(for_ever, None, LONG_SECONDS)  # type: ignore[arg-type] # it hears nothing
    assert not patience.expired()


async def test_a_call_that_begins_after_the_batch_was_hurried_ends_with_the_batch() -> None:
    budget = Budget(LONG_SECONDS)
    budget.hurry(SOON_SECONDS)
    await ended_by_its_time(budget)
    assert not budget.left_seconds


async def test_a_call_never_outlasts_its_batch() -> None:
    await ended_by_its_time(Budget(SOON_SECONDS))


# --- shifts --------------------------------------------------------------------------------------------------------


async def test_what_begins_after_partitions_were_said_to_go_has_no_more_time_than_what_was_in_hand() -> None:
    shifts, at_work, go_on = Shifts(LONG_SECONDS), asyncio.Event(), asyncio.Event()

    async def sweep() -> None:
        async with shifts.one(LONG_SECONDS):
            at_work.set()
            await go_on.wait()

    async def batch() -> float:
        async with shifts.one(LONG_SECONDS) as budget:
            return budget.left_seconds

    sweeping = asyncio.create_task(sweep())
    await at_work.wait()
    waiting = asyncio.create_task(batch())
    shifts.hurry(60)
    go_on.set()
    await sweeping
    assert await waiting <= 60
    assert await batch() <= 60, "until partitions are assigned again"
    shifts.calm()
    assert await batch() > 60


async def test_nothing_begins_once_the_time_of_a_rebalance_is_over() -> None:
    shifts = Shifts(LONG_SECONDS)
    shifts.hurry(0)
    with pytest.raises(OutOfTime):
        async with shifts.one(LONG_SECONDS):
            pytest.fail("it began")


async def test_a_stop_is_for_good() -> None:
    shifts = Shifts(LONG_SECONDS)
    shifts.stop(0)
    shifts.calm()
    with pytest.raises(OutOfTime):
        async with shifts.one(LONG_SECONDS):
            pytest.fail("it began")


@pytest.mark.parametrize("how", ["its own end", "a hurry before it", "a hurry in it", "a stop in it"])
async def test_a_shift_that_does_not_look_at_the_time_is_cut_off(how: str) -> None:
    shifts = Shifts(SOON_SECONDS)
    if how == "a hurry before it":
        shifts.hurry(SOON_SECONDS)

    async def at_work() -> None:
        async with shifts.one(SOON_SECONDS if how == "its own end" else LONG_SECONDS):
            if how == "a hurry in it":
                shifts.hurry(SOON_SECONDS)
            if how == "a stop in it":
                shifts.stop(SOON_SECONDS)
            await for_ever()

    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(OutOfTime):
            await at_work()
        await shifts.idle()


async def test_an_error_that_says_timeout_but_is_not_the_wall_is_left_as_it_is() -> None:
    with pytest.raises(TimeoutError):
        async with Shifts(LONG_SECONDS).one(LONG_SECONDS):
            raise TimeoutError


# --- an inbox ------------------------------------------------------------------------------------------------------


async def test_a_letter_that_is_never_posted_does_not_keep_a_batch_beyond_its_wall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_desk(tmp_path, batch_seconds=SOON_SECONDS) as desk:
        (fact,) = a_chain(PETITIONS, 1)
        monkeypatch.setattr(desk.inbox, "_shifts", Shifts(SOON_SECONDS))
        monkeypatch.setattr(desk.inbox._aside, "_post", lambda *_: for_ever())
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(OutOfTime):
                await desk.inbox.take([desk.record(fact, headers=())])


@pytest.mark.parametrize("is_readable", [True, False])
async def test_nothing_new_is_begun_once_the_time_of_a_batch_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_readable: bool
) -> None:
    """Letters do not look at the time while they are posted; 500 slow ones would add up."""
    async with a_desk(tmp_path, batch_seconds=LONG_SECONDS, limits=Limits(lanes=1)) as desk:
        facts = [a_chain(PETITIONS, 1)[0] for _ in range(2)]
        posted: list[object] = []

        async def slowly(*letter: object) -> None:
            posted.append(letter)
            desk.inbox.hurry(0)

        async def before(_: Heard[Any]) -> None:
            raise Refused("wrong_state", "Không hợp lệ.")

        desk.diary.before = before
        monkeypatch.setattr(desk.inbox, "_shifts", Shifts(LONG_SECONDS))
        monkeypatch.setattr(desk.inbox._aside, "_post", slowly)
        changed = {} if is_readable else {"headers": ()}
        with pytest.raises(OutOfTime):
            await desk.inbox.take([desk.record(fact, **changed) for fact in facts])
        assert len(posted) == 1


async def test_a_fact_that_waits_behind_a_letter_is_not_begun_once_the_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_desk(tmp_path, batch_seconds=LONG_SECONDS) as desk:
        chain = a_chain(PETITIONS, 3)
        posted: list[object] = []

        async def slowly(*letter: object) -> None:
            posted.append(letter)
            desk.inbox.hurry(0)

        async def before(_: Heard[Any]) -> None:
            raise Refused("wrong_state", "Không hợp lệ.")

        desk.diary.before = before
        monkeypatch.setattr(desk.inbox._aside, "_post", slowly)
        with pytest.raises(OutOfTime):
            await desk.take(*chain)
        assert len(posted) == 1


async def test_a_sweep_has_little_time_of_its_own_and_does_not_spend_it_on_the_same_key_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_desk(tmp_path, batch_seconds=LONG_SECONDS) as desk:
        subjects = await released(desk, 2)
        monkeypatch.setattr(desk.inbox, "_sweep_seconds", SOON_SECONDS)
        stuck: list[str] = []

        async def before(heard: Heard[Any]) -> None:
            stuck.append(heard.envelope.subject)
            if heard.envelope.subject == stuck[0]:
                await for_ever()

        desk.diary.before = before

        async def is_the_other_free() -> bool:
            with suppress(OutOfTime):
                await desk.sweep()
            return [await desk.diary.page(subject) for subject in subjects if subject != stuck[0]] == [(1,)]

        await eventually(is_the_other_free, PATIENCE_SECONDS)
        assert await desk.diary.page(stuck[0]) == ()


async def test_a_record_that_is_read_again_has_no_more_time_than_a_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_desk(tmp_path, batch_seconds=LONG_SECONDS) as desk:
        (fact,) = a_chain(PETITIONS, 1)

        def cannot_read(*_: object) -> None:
            raise Unreadable("missing_attribute")

        with monkeypatch.context() as an_older_release:
            an_older_release.setattr("services.chassis.delivery.inbox.read", cannot_read)
            await desk.take(fact)
        for letter in await desk.letters.listed():
            await desk.letters.release(letter.id)
        monkeypatch.setattr(desk.inbox, "_sweep_seconds", SOON_SECONDS)
        desk.diary.before = for_ever
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(OutOfTime):
                await desk.sweep()
        desk.diary.before = None
        monkeypatch.setattr(desk.inbox, "_sweep_seconds", LONG_SECONDS)
        await desk.sweep()
        assert await desk.diary.page(fact.subject) == (1,)


async def released(desk: Desk, count: int) -> list[str]:
    """Subjects whose first fact became a letter and was released."""
    facts = [a_chain(PETITIONS, 1)[0] for _ in range(count)]

    async def before(_: Heard[Any]) -> None:
        raise ZeroDivisionError

    desk.diary.before = before
    await desk.take(*facts)
    for letter in await desk.letters.listed():
        await desk.letters.release(letter.id)
    return [fact.subject for fact in facts]


# --- ears ----------------------------------------------------------------------------------------------------------


class FalseInbox:
    """An inbox that says what it was told."""

    stream = PETITIONS
    moves = 0
    is_poisoned = False

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.told: list[object] = []

    async def take(self, _: Sequence[object]) -> None:
        if self.error:
            raise self.error

    def hurry(self, within_seconds: float) -> None:
        self.told.append(within_seconds)

    def calm(self) -> None:
        self.told.append("calm")

    async def idle(self) -> None:
        self.told.append("idle")


def an_ear(inbox: FalseInbox) -> Ear:
    return Ear("notify", inbox, KAFKA, Meters("notify"))  # type: ignore[arg-type] # it only hears what it is told


async def test_partitions_that_go_hurry_the_inbox_until_others_come() -> None:
    inbox = FalseInbox()
    ear = an_ear(inbox)
    await ear.on_partitions_revoked({object()})
    await ear.on_partitions_assigned(set())
    assert inbox.told == [KAFKA.hurry_seconds, "idle", "calm"]


@pytest.mark.parametrize("error", [OutOfTime(), Unavailable("ledger_away", "Chờ.")])
async def test_a_batch_that_is_given_back_rests_first_for_faststream_does_not(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    monkeypatch.setattr("services.chassis.delivery.ear.asyncio.sleep", rest)
    with pytest.raises(type(error)):
        await an_ear(FalseInbox(error))._take([])
    assert rests == [0.5]


async def test_readiness_says_when_a_stream_with_something_to_hear_does_not_get_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler's neighbour that stays away: every batch is given back, which looks busy and is none the better."""
    quick = replace(EMBEDDED, batch_seconds=0.1, sweep_seconds=0.1, over_seconds=0.1)
    monkeypatch.setattr(listening, "profile_of", lambda _: quick)
    monkeypatch.setattr(listening, "_TEND_SECONDS", 0.05)
    async with a_bench(tmp_path) as bench:
        diary = Diary(bench.engine, PETITIONS)
        is_away = True

        async def before(_: Heard[Any]) -> None:
            if is_away:
                raise Unavailable("vault_away", "Chờ.")

        diary.before = before
        ear = await bench.listen({PetitionWithdrawn: diary.on_fact}, Limits(first_pause_seconds=0.01))
        chain = a_chain(PETITIONS, 2)
        await bench.say(chain)

        async def does_not_get_on() -> bool:
            return ear.unready == ("no_progress",)

        async def is_well() -> bool:
            return ear.unready == ()

        await eventually(does_not_get_on)
        is_away = False
        await diary.until([chain])
        await eventually(is_well)


async def test_having_nothing_to_hear_for_a_long_time_is_no_complaint_and_neither_is_a_bus_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.chassis.delivery.ear.is_connected", lambda _: True)
    ear = an_ear(FalseInbox())
    ear._partitions = frozenset({1})
    ear._progressed_at = asyncio.get_running_loop().time() - LONG_SECONDS
    assert "no_progress" not in ear.complaints()
    await ear.look()
    ear._busy_since = asyncio.get_running_loop().time()
    assert "no_progress" not in ear.complaints(), "the first batch after a long silence has its whole time"
    ear._progressed_at -= LONG_SECONDS
    assert "no_progress" in ear.complaints()
    monkeypatch.setattr("services.chassis.delivery.ear.is_connected", lambda _: False)
    assert "no_progress" not in ear.complaints()


async def test_an_ear_that_is_slow_or_broken_does_not_keep_another_from_being_tended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "_TEND_SECONDS", 0.01)
    tended: dict[str, int] = {}
    steps = {"slow": for_ever, "broken": broken, "cancelled": cancelled}

    async with a_bench(tmp_path) as bench:
        ear = listening.Delivery(
            "notify", {PetitionWithdrawn: for_ever}, engine=bench.engine, post=bench.mouth.post,
            settings=bench.settings, clock=None, meters=bench.meters, traces=bench.traces,  # type: ignore[arg-type]
        )  # fmt: skip
        assert len(ear._ears) >= 2
        how = list(steps.values())

        async def tend(name: str, number: int) -> None:
            tended[name] = tended.get(name, 0) + 1
            if number < 1:
                await how[tended[name] % 2 + 1]()
            elif name.endswith("sweep"):
                await for_ever()

        for number, one in enumerate(ear._ears):
            for step in ("revive", "sweep", "look"):
                monkeypatch.setattr(one, step, lambda name=f"{number} {step}", n=number: tend(name, n))
        await ear.start()

        async def is_tended() -> bool:
            return min(tended.get(name, 0) for name in ("0 revive", "0 sweep", "1 revive", "1 look")) >= 5

        await eventually(is_tended)
        assert tended["1 sweep"] == 1
        assert "not_tended" not in ear.unready
        task = ear._tending[0]
        task.cancel()
        await asyncio.wait({task})
        assert "not_tended" in ear.unready
        await ear.stop()


class FalseSubscriber:
    """A subscriber whose libraries changed."""

    consumer = None
    running = True

    async def stop(self) -> None:
        await broken()


async def test_an_ear_that_cannot_be_started_again_for_whatever_reason_stays_deaf_and_is_tried_again() -> None:
    ear = an_ear(FalseInbox())
    ear._subscriber = FalseSubscriber()  # type: ignore[assignment] # all that is used of one
    ear._is_deaf = True
    await ear.revive()
    assert ear._is_deaf


async def broken() -> None:
    raise AssertionError("aiokafka's insides changed")


async def cancelled() -> None:
    raise asyncio.CancelledError


# --- a stop --------------------------------------------------------------------------------------------------------


async def test_each_deadline_of_a_stop_is_longer_than_those_inside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = (listening._BATCH_SHARE, listening._HANDLER_SHARE, listening._CLOSING_SHARE, 1.0)
    assert list(shares) == sorted(set(shares))
    async with a_bench(tmp_path) as bench:
        ear = await bench.listen({PetitionWithdrawn: for_ever})
        broker = ear._broker
        assert broker is not None
        await ear.stop(4.0)
        graces = {one._subscriber._outer_config.graceful_timeout for one in ear._ears if one._subscriber}
        assert graces == {4.0 * listening._HANDLER_SHARE}

        never = asyncio.Event()
        monkeypatch.setattr(broker, "stop", never.wait)
        ear._broker = broker
        async with asyncio.timeout(PATIENCE_SECONDS):
            await ear.stop(0.1)
