import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from pydantic import BaseModel, ConfigDict

from contracts.errors import Conflict, NotFound, Refused, Unavailable
from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope, first_break
from contracts.facts.public import PublicCaseSuspended
from contracts.facts.routing import CaseOpened, CaseSuspended
from contracts.ids import CaseId, PetitionId, PublicCaseId
from contracts.streams import CASES, PUBLIC_CASES
from contracts.vocabulary import PetitionKind, SuspensionGround
from services.chassis.clock import FrozenClock
from services.chassis.ledger.drawer import LedgerDrawer, Stored
from services.chassis.ledger.port import Collection, LedgerEngine, Mark, Where
from services.chassis.telemetry import Meters
from tests.chassis.ledger_contract import Around, LedgerHouse

START = datetime(2026, 7, 1, 1, 30, tzinfo=UTC)
CASES_KEPT = Collection("cases", keys=("stage", "code"), unique=("code",))


class Case(BaseModel):
    """What a service might keep: counts what it said, remembers by whom it was told."""

    model_config = ConfigDict(frozen=True)

    case_id: UUID
    public_id: UUID
    said: int = 0
    told_by: tuple[str, ...] = ()
    opened_at: datetime = START
    code: str | None = None


def suspended(case: Case) -> CaseSuspended:
    return CaseSuspended(
        case_id=CaseId(case.case_id),
        petition_id=PetitionId(UUID(int=7)),
        kind=PetitionKind.COMPLAINT,
        suspended_on=date(2026, 7, 1),
        ground=SuspensionGround.FORCE_MAJEURE,
        document_number="12/QĐ-UBND",
        days_used=case.said,
    )


def twin(case: Case) -> PublicCaseSuspended:
    return PublicCaseSuspended(public_id=PublicCaseId(case.public_id), suspended_on=date(2026, 7, 1))


def say(case: Case, count: int = 1, told_by: str = "") -> tuple[Case, Sequence[Fact]]:
    """A decision that says ``count`` facts on the internal stream, and a twin of each on the public one."""
    facts = [fact for _ in range(count) for fact in (suspended(case), twin(case))]
    heard = (*case.told_by, told_by) if told_by else case.told_by
    return case.model_copy(update={"said": case.said + count, "told_by": heard}), facts


class Desk:
    """A drawer of cases on a real ledger."""

    def __init__(self, ledger: LedgerEngine, *, outbox_max_pending: int = 1_000) -> None:
        self.ledger = ledger
        self.clock = FrozenClock(START)
        self.meters = Meters("routing")
        self.woken: list[tuple[str, str, tuple[Envelope, ...]]] = []
        self.cases = LedgerDrawer(
            ledger,
            CASES_KEPT,
            Case,
            lambda case: {"stage": case.said, "code": case.code},
            clock=self.clock,
            speaker="routing",
            wake=lambda collection, document_id, facts: self.woken.append((collection, document_id, tuple(facts))),
            outbox_max_pending=outbox_max_pending,
            meters=self.meters,
        )

    async def open_case(self, code: str | None = None) -> Stored[Case]:
        case = Case(case_id=uuid4(), public_id=uuid4(), code=code)
        return await self.cases.add(str(case.case_id), case, [])

    async def waiting(self, document_id: str) -> list[Envelope]:
        document = await self.ledger.read("cases", document_id)
        assert document is not None
        return list(document.pending)

    async def carry(self, document_id: str, count: int) -> None:
        """What the relay does with facts the bus has acknowledged."""
        said = (await self.waiting(document_id))[:count]
        await self.ledger.remember(said)
        await self.ledger.forget_pending("cases", document_id, [str(fact.id) for fact in said])

    async def everything_said(self, case: Case) -> tuple[list[Envelope], list[Envelope]]:
        """The internal and the public chain: what is remembered, then what waits."""
        waiting = await self.waiting(str(case.case_id))
        chains = []
        for stream, subject in ((CASES, case.case_id), (PUBLIC_CASES, case.public_id)):
            remembered = await self.ledger.history(stream.name, subject=str(subject))
            chains.append(remembered + [fact for fact in waiting if fact.stream == stream.name])
        return chains[0], chains[1]


@pytest.fixture
async def desk(house: LedgerHouse) -> Desk:
    return Desk(await house.open([CASES_KEPT]))


async def test_a_state_comes_back_as_it_was_and_is_found_by_its_keys(desk: Desk) -> None:
    opened = await desk.open_case("HS26-7K4QM9")
    assert await desk.cases.get(opened.id) == opened
    assert await desk.cases.select(Where(equal={"code": "HS26-7K4QM9"})) == [opened]
    assert await desk.cases.count(Where(equal={"stage": 0})) == 1
    assert await desk.cases.find("nobody") is None
    with pytest.raises(NotFound):
        await desk.cases.get("nobody")


async def test_facts_are_sealed_with_the_state_in_one_write(desk: Desk) -> None:
    opened = await desk.open_case()
    saved = await desk.cases.save(opened, *say(opened.state, 2))
    assert saved == await desk.cases.get(opened.id)
    internal, public = await desk.everything_said(saved.state)
    assert [fact.sequence for fact in internal] == [fact.sequence for fact in public] == [1, 2]
    assert first_break(internal) is first_break(public) is None
    first = internal[0]
    assert (first.source, first.time, first.stream) == ("/tiepdan/routing", START, "tcd.cases.v1")
    assert (first.id.version, first.id.int >> 80) == (7, int(START.timestamp() * 1_000))
    assert first.fact() == suspended(opened.state)
    assert desk.woken == [("cases", opened.id, tuple(await desk.waiting(opened.id)))]


async def test_the_relay_is_handed_the_facts_only_when_no_others_wait(desk: Desk, house: LedgerHouse) -> None:
    elsewhere = Desk(await house.open([CASES_KEPT]))
    opened = await desk.open_case()
    await elsewhere.cases.decide(opened.id, say)
    await desk.cases.decide(opened.id, say)
    assert desk.woken == [("cases", opened.id, ())]  # first has to go out what another process wrote
    await desk.carry(opened.id, 4)
    await desk.cases.save(await desk.cases.get(opened.id), *say(opened.state))
    assert desk.woken[1:] == [("cases", opened.id, tuple(await desk.waiting(opened.id)))]
    await desk.cases.decide(opened.id, say)
    assert desk.woken[2:] == [("cases", opened.id, ())]


async def test_the_chain_goes_on_after_the_outbox_was_emptied(desk: Desk) -> None:
    opened = await desk.open_case()
    for _ in range(3):
        await desk.cases.decide(opened.id, say)
        await desk.carry(opened.id, 2)
    internal, public = await desk.everything_said(opened.state)
    assert [fact.sequence for fact in internal] == [1, 2, 3]
    assert first_break(internal) is first_break(public) is None


async def test_the_trace_of_the_write_travels_with_the_fact(desk: Desk) -> None:
    opened = await desk.open_case()
    with TracerProvider().get_tracer("test").start_as_current_span("door") as span:
        saved = await desk.cases.save(opened, *say(opened.state))
    await desk.cases.save(saved, *say(saved.state))
    inside, _, outside, _ = await desk.waiting(opened.id)
    context = span.get_span_context()
    assert inside.traceparent is not None
    assert inside.traceparent.startswith(f"00-{context.trace_id:032x}-{context.span_id:016x}-")
    assert outside.traceparent is None


async def test_of_two_officers_who_act_at_once_one_wins(desk: Desk) -> None:
    opened = await desk.open_case()
    acts = [desk.cases.save(opened, *say(opened.state)) for _ in range(2)]
    answers = await asyncio.gather(*acts, return_exceptions=True)
    refusals = [answer for answer in answers if isinstance(answer, Conflict)]
    assert [refusal.code for refusal in refusals] == ["changed_meanwhile"]
    assert (await desk.cases.get(opened.id)).state.said == 1


async def test_decisions_that_race_are_all_taken_one_after_the_other(desk: Desk) -> None:
    opened = await desk.open_case()
    await asyncio.gather(*[desk.cases.decide(opened.id, say) for _ in range(100)])
    stored = await desk.cases.get(opened.id)
    assert (stored.version, stored.state.said) == (101, 100)
    internal, _ = await desk.everything_said(stored.state)
    assert [fact.sequence for fact in internal] == list(range(1, 101))
    assert first_break(internal) is None


async def test_decisions_of_two_processes_race_and_none_is_lost(desk: Desk) -> None:
    opened, neighbour = await desk.open_case(), Desk(desk.ledger)
    await asyncio.gather(*[each.cases.decide(opened.id, say) for _ in range(40) for each in (desk, neighbour)])
    assert (await desk.cases.get(opened.id)).state.said == 80
    races = [
        each.meters.registry.get_sample_value("tcd_version_races_total", {"collection": "cases"}) or 0
        for each in (desk, neighbour)
    ]
    assert sum(races) > 0


async def test_a_decision_that_refuses_changes_nothing(desk: Desk) -> None:
    opened = await desk.open_case()

    def refuse(_: Case) -> tuple[Case, Sequence[Fact]]:
        raise Refused("already_closed", "Vụ việc đã đóng.")

    with pytest.raises(Refused, match="already_closed"):
        await desk.cases.decide(opened.id, refuse)
    with pytest.raises(NotFound):
        await desk.cases.decide("nobody", say)
    assert await desk.cases.get(opened.id) == opened


async def test_what_is_refused_on_an_old_state_is_decided_on_the_one_that_stands(desk: Desk) -> None:
    opened, neighbour = await desk.open_case(), Desk(desk.ledger)
    await desk.cases.decide(opened.id, say)  # from here on this process remembers: one thing said
    await neighbour.cases.decide(opened.id, say)

    def only_after_two(case: Case) -> tuple[Case, Sequence[Fact]]:
        if case.said < 2:
            raise Refused("too_early", "Chưa đến lúc.")
        return say(case)

    assert (await desk.cases.decide(opened.id, only_after_two)).state.said == 3


async def test_what_was_written_here_is_gone_on_with_unread_and_is_what_stands(house: LedgerHouse) -> None:
    engine = _Counted(await house.open([CASES_KEPT]))
    desk = Desk(engine.as_engine(), outbox_max_pending=8)
    opened = await desk.open_case()
    for _ in range(3):
        decided = await desk.cases.decide(opened.id, say)
    assert engine.reads == 0
    assert decided == await desk.cases.get(opened.id)
    await desk.carry(opened.id, 4)
    before = engine.reads
    assert (await desk.cases.decide(opened.id, lambda case: say(case, 2))).state.said == 5, "the relay made room"
    assert engine.reads > before


class _Counted(Around):
    """Counts reads."""

    reads = 0

    async def read(self, *where: str) -> Any:
        self.reads += 1
        return await self.engine.read(*where)


class _AlwaysLate(Around):
    """Somebody else is always faster."""

    async def update(self, *_: object) -> bool:
        return False


async def test_a_decision_that_never_wins_gives_up(house: LedgerHouse) -> None:
    desk = Desk(_AlwaysLate(await house.open([CASES_KEPT])).as_engine())
    opened = await desk.open_case()
    with pytest.raises(Conflict, match="changed_meanwhile"):
        await desk.cases.decide(opened.id, say)


# marks: a fact has its effect once


async def test_a_fact_heard_twice_has_one_effect(desk: Desk) -> None:
    opened = await desk.open_case()
    mark = Mark("petitions:7", 1)
    once = await desk.cases.decide(opened.id, say, mark)
    assert await desk.cases.decide(opened.id, say, mark) == once
    assert await desk.cases.save(once, *say(once.state), mark=mark) == once
    assert await desk.cases.save(opened, *say(opened.state), mark=mark) == once
    assert once.has_heard(mark)
    assert once.state.said == 1
    later = await desk.cases.decide(opened.id, say, Mark("petitions:7", 2))
    assert later.state.said == 2


async def test_a_fact_heard_by_many_at_once_has_one_effect(desk: Desk) -> None:
    opened = await desk.open_case()
    mark = Mark("petitions:7", 1)
    answers = await asyncio.gather(*[desk.cases.decide(opened.id, say, mark) for _ in range(12)])
    assert {answer.state.said for answer in answers} == {1}


async def test_opening_again_by_the_same_fact_answers_what_stands(desk: Desk) -> None:
    case, mark = Case(case_id=uuid4(), public_id=uuid4()), Mark("petitions:7", 1)
    opened = await desk.cases.add(str(case.case_id), *say(case), mark=mark)
    moved_on = await desk.cases.decide(opened.id, say)
    assert await desk.cases.add(opened.id, *say(case), mark=mark) == moved_on
    with pytest.raises(Conflict, match="exists"):
        await desk.cases.add(opened.id, *say(case), mark=Mark("petitions:8", 1))
    with pytest.raises(Conflict, match="exists"):
        await desk.cases.add(opened.id, *say(case))
    internal, _ = await desk.everything_said(case)
    assert len(internal) == 2


async def test_a_lookup_code_belongs_to_one_case(desk: Desk) -> None:
    await desk.open_case("HS26-7K4QM9")
    with pytest.raises(Conflict, match="key_taken"):
        await desk.open_case("HS26-7K4QM9")


# what a drawer does not let pass


async def test_a_full_outbox_takes_no_more_facts_until_the_relay_has_carried_some(house: LedgerHouse) -> None:
    desk = Desk(await house.open([CASES_KEPT]), outbox_max_pending=4)
    opened = await desk.open_case()
    full = await desk.cases.save(opened, *say(opened.state, 2))
    with pytest.raises(Unavailable, match="outbox_full"):
        await desk.cases.save(full, *say(full.state))
    with pytest.raises(Unavailable, match="outbox_full"):
        await desk.cases.decide(opened.id, say)
    assert (await desk.cases.save(full, full.state.model_copy(update={"said": 9}), [])).state.said == 9
    await desk.carry(opened.id, 2)
    assert (await desk.cases.decide(opened.id, say)).waiting == 4


async def test_nobody_speaks_on_the_stream_of_another_or_about_two_subjects(desk: Desk) -> None:
    opened = await desk.open_case()
    stranger = LedgerDrawer(desk.ledger, CASES_KEPT, Case, lambda _: {}, clock=desk.clock, speaker="intake")
    with pytest.raises(ValueError, match="own streams"):
        await stranger.save(opened, *say(opened.state))
    other = suspended(opened.state).model_copy(update={"case_id": CaseId(uuid4())})
    with pytest.raises(ValueError, match="one subject"):
        await desk.cases.save(opened, opened.state, [suspended(opened.state), other])
    assert await desk.cases.get(opened.id) == opened


async def test_a_fact_the_bus_would_never_take_is_refused_at_once(desk: Desk) -> None:
    opened = await desk.open_case()
    said: dict[str, Any] = {"case_id": opened.state.case_id, "articles": ("x" * 1_000,) * 300}
    endless = CaseOpened.model_construct(**said)
    with pytest.raises(Refused, match="fact_too_large"):
        await desk.cases.save(opened, opened.state, [endless])
    assert await desk.cases.get(opened.id) == opened


# any interleaving

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 3)),
        st.tuples(st.just("race"), st.integers(2, 4)),
        st.tuples(st.just("stale"), st.integers(1, 2)),
        st.tuples(st.just("carry"), st.integers(1, 5)),
        st.tuples(st.just("hear"), st.integers(1, 4)),
    ),
    max_size=12,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_any_interleaving_keeps_the_chains_whole(house: LedgerHouse, steps: list[tuple[str, int]]) -> None:
    asyncio.run(_walk(house.anew(), steps))  # each walk starts in an empty house


async def _walk(house: LedgerHouse, steps: list[tuple[str, int]]) -> None:
    try:
        await _walked(Desk(await house.open([CASES_KEPT])), steps)
    finally:
        await house.close()


async def _walked(desk: Desk, steps: list[tuple[str, int]]) -> None:
    first = await desk.open_case()
    stale = first
    for kind, number in steps:
        before = await desk.cases.get(first.id)
        await _step(desk, kind, number, stale)
        stale = before
    case = (await desk.cases.get(first.id)).state
    internal, public = await desk.everything_said(case)
    assert [fact.sequence for fact in internal] == list(range(1, case.said + 1))
    assert [fact.sequence for fact in public] == list(range(1, case.said + 1))
    assert first_break(internal) is first_break(public) is None
    assert len(set(case.told_by)) == len(case.told_by)


async def _step(desk: Desk, kind: str, number: int, stale: Stored[Case]) -> None:
    cases, document_id = desk.cases, stale.id
    if kind == "say":
        await cases.decide(document_id, lambda case: say(case, number))
    elif kind == "race":
        races = [cases.decide(document_id, say) for _ in range(number)]
        await asyncio.gather(*races, desk.carry(document_id, number))
    elif kind == "stale":
        await asyncio.gather(cases.save(stale, *say(stale.state, number)), return_exceptions=True)
    elif kind == "carry":
        await desk.carry(document_id, number)
    elif kind == "hear":
        mark = Mark("petitions:7", number)
        hears = [cases.decide(document_id, lambda case: say(case, 1, f"{number}"), mark) for _ in range(2)]
        await asyncio.gather(*hears)
