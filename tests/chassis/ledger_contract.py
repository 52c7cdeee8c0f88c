"""What every ledger engine has to keep. An engine's test file subclasses ``LedgerContract`` and adds one fixture."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol, cast
from uuid import UUID, uuid4

import pytest

from contracts.errors import Conflict, NotFound, Refused
from contracts.facts.envelope import GENESIS, Envelope, first_break, seal
from contracts.facts.notify import NoticeSent
from contracts.ids import FactId, NoticeId
from contracts.streams import NOTICES
from contracts.vocabulary import NoticeChannel
from services.chassis.ledger.port import Change, Collection, Head, LedgerEngine, Mark, Position, Said, Where

PAPERS = Collection("papers", keys=("code", "unit", "due_at", "stage"), unique=("code",))
NOTES = Collection("notes")
COLLECTIONS = (PAPERS, NOTES)

START = datetime(2026, 7, 1, 1, 30, 0, 123456, tzinfo=UTC)


def a_chain(
    length: int, *, subject: UUID | None = None, start: datetime = START, after: Envelope | None = None
) -> tuple[Envelope, ...]:
    """So many facts about one notice, chained, a second apart, following ``after``."""
    notice_id = UUID(after.subject) if after else subject or uuid4()
    sequence, prev_hash = (after.sequence, after.hash) if after else (0, GENESIS)
    chain = []
    for step in range(length):
        time = start + timedelta(seconds=step)
        fact = NoticeSent(
            notice_id=NoticeId(notice_id),
            cause=FactId(uuid4()),
            template="T01.2026-07",
            channel=NoticeChannel.SMS,
            sent_at=time,
            attempts=1,
        )
        envelope = seal(
            fact,
            fact_id=uuid4(),
            source="/tiepdan/notify",
            time=time,
            sequence=sequence + step + 1,
            prev_hash=prev_hash,
            traceparent=None,
        )
        prev_hash = envelope.hash
        chain.append(envelope)
    return tuple(chain)


def a_change(state: dict[str, Any] | None = None, **parts: Any) -> Change:
    """A change with nothing but a state, and what the test is about."""
    return Change(**{"state": state or {}, "keys": {}, **parts})


def ids_of(envelopes: Sequence[Envelope]) -> list[str]:
    return [str(envelope.id) for envelope in envelopes]


class LedgerHouse(Protocol):
    """Where a test's ledger stands; several processes can open it."""

    async def open(self, collections: Sequence[Collection]) -> LedgerEngine:
        """One more engine on the same data."""
        ...

    def anew(self) -> "LedgerHouse":
        """An empty one elsewhere, closed by whoever asked for it."""
        ...

    async def close(self) -> None:
        """Close every engine that was opened here."""
        ...


class Around:
    """An engine with something in its way: what a test defines replaces a call, all else goes through."""

    def __init__(self, engine: LedgerEngine) -> None:
        self.engine = engine

    def __getattr__(self, call: str) -> Any:
        return getattr(self.engine, call)

    def as_engine(self) -> LedgerEngine:
        return cast("LedgerEngine", self)


class LedgerContract:
    """The fixture an engine gives: ``ledger``, open with ``COLLECTIONS`` and empty."""

    # documents

    async def test_what_was_written_is_read_back(self, ledger: LedgerEngine) -> None:
        chain = a_chain(2)
        state = {"summary": "Khiếu nại", "parts": [{"n": 1, "is_open": True, "at": None}], "ratio": 0.25}
        change = Change(
            state=state,
            keys={"code": "HS26-7K4QM9", "unit": "xa-17971", "stage": 3},
            heads={"notices": Head(2, chain[-1].hash)},
            pending=chain,
            mark=Mark("cases:4f0e", 7),
        )
        await ledger.insert("papers", "a", change)
        document = await ledger.read("papers", "a")
        assert document is not None
        assert (document.id, document.version, document.state) == ("a", 1, state)
        assert dict(document.keys) == {"code": "HS26-7K4QM9", "unit": "xa-17971", "stage": 3}
        assert dict(document.heads) == {"notices": Head(2, chain[-1].hash)}
        assert dict(document.applied) == {"cases:4f0e": 7}
        assert document.pending == chain

    async def test_a_document_that_is_not_there_is_none(self, ledger: LedgerEngine) -> None:
        assert await ledger.read("papers", "nobody") is None

    async def test_vietnamese_text_comes_back_code_point_for_code_point(self, ledger: LedgerEngine) -> None:
        composed, decomposed = "Nguyễn Thị Ngưỡng, xã Đại Huệ 🏛 𠊛", "Nguyễn"
        state = {"text": composed, "tên": decomposed, "quoted": "\"\\\n\t\u2028'%_"}
        await ledger.insert("papers", "đơn-1", a_change(state, keys={"unit": composed}))
        document = await ledger.read("papers", "đơn-1")
        assert document is not None
        assert document.state == state
        assert [found.id for found in await ledger.select("papers", Where(equal={"unit": composed}))] == ["đơn-1"]

    async def test_several_are_read_at_once_and_absent_ones_left_out(self, ledger: LedgerEngine) -> None:
        for name in ("a", "b", "c"):
            await ledger.insert("papers", name, a_change({"name": name}))
        found = await ledger.read_many("papers", ["a", "c", "zz"])
        assert {name: document.state["name"] for name, document in found.items()} == {"a": "a", "c": "c"}
        assert await ledger.read_many("papers", []) == {}

    async def test_an_id_is_taken_once(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change({"n": 1}, keys={"code": "X"}))
        with pytest.raises(Conflict) as refusal:
            await ledger.insert("papers", "a", a_change({"n": 2}, keys={"code": "X"}))
        assert refusal.value.code == "exists"
        document = await ledger.read("papers", "a")
        assert document is not None
        assert document.state == {"n": 1}

    async def test_the_same_filing_a_hundred_times_at_once_is_one_document(self, ledger: LedgerEngine) -> None:
        tries = [ledger.insert("papers", "a", a_change({"n": n})) for n in range(100)]
        answers = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(answer is None for answer in answers) == 1
        assert {answer.code for answer in answers if isinstance(answer, Conflict)} == {"exists"}

    async def test_collections_do_not_know_each_other(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change({"n": 1}))
        assert await ledger.read("notes", "a") is None

    async def test_opening_again_keeps_everything(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change({"n": 1}))
        await ledger.open(COLLECTIONS)
        await ledger.ping()
        assert await ledger.read("papers", "a") is not None

    async def test_a_document_can_be_removed_unless_it_has_something_to_say(self, ledger: LedgerEngine) -> None:
        chain = a_chain(1)
        await ledger.insert("notes", "a", a_change({}, pending=chain))
        with pytest.raises(Conflict, match="has_pending"):
            await ledger.delete("notes", "a")
        await ledger.forget_pending("notes", "a", ids_of(chain))
        await ledger.delete("notes", "a")
        await ledger.delete("notes", "a")
        assert await ledger.read("notes", "a") is None

    # the one update

    async def test_an_update_needs_the_version_it_was_decided_on(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change({"n": 1}))
        assert await ledger.update("papers", "a", 1, a_change({"n": 2}))
        assert not await ledger.update("papers", "a", 1, a_change({"n": 3}))
        assert not await ledger.update("papers", "nobody", 1, a_change({"n": 3}))
        document = await ledger.read("papers", "a")
        assert document is not None
        assert (document.version, document.state) == (2, {"n": 2})

    async def test_eight_writers_at_once_lose_nothing(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change({"said": []}))

        async def write(writer: int) -> None:
            done = 0
            while done < 25:
                document = await ledger.read("papers", "a")
                assert document is not None
                said = [*document.state["said"], f"{writer}:{done}"]
                done += await ledger.update("papers", "a", document.version, a_change({"said": said}))

        await asyncio.gather(*[write(writer) for writer in range(8)])
        document = await ledger.read("papers", "a")
        assert document is not None
        assert document.version == 201
        assert sorted(document.state["said"]) == sorted(f"{w}:{n}" for w in range(8) for n in range(25))

    async def test_a_mark_is_applied_once_and_never_goes_back(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change({"n": 0}, mark=Mark("cases:one", 2)))
        assert not await ledger.update("papers", "a", 1, a_change({"n": 1}, mark=Mark("cases:one", 1)))
        assert not await ledger.update("papers", "a", 1, a_change({"n": 2}, mark=Mark("cases:one", 2)))
        assert await ledger.update("papers", "a", 1, a_change({"n": 3}, mark=Mark("cases:one", 3)))
        assert await ledger.update("papers", "a", 2, a_change({"n": 4}, mark=Mark("cases:two", 1)))
        assert await ledger.update("papers", "a", 3, a_change({"n": 5}))
        document = await ledger.read("papers", "a")
        assert document is not None
        assert dict(document.applied) == {"cases:one": 3, "cases:two": 1}

    async def test_a_unique_key_is_held_by_one_document(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change(keys={"code": "HS26-AAAAAA"}))
        with pytest.raises(Conflict, match="key_taken"):
            await ledger.insert("papers", "b", a_change(keys={"code": "HS26-AAAAAA"}))
        assert await ledger.read("papers", "b") is None
        await ledger.insert("papers", "b", a_change(keys={"code": "HS26-BBBBBB"}))
        with pytest.raises(Conflict, match="key_taken"):
            await ledger.update("papers", "b", 1, a_change(keys={"code": "HS26-AAAAAA"}))
        assert await ledger.update("papers", "a", 1, a_change(keys={"code": "HS26-CCCCCC"}))
        assert await ledger.update("papers", "b", 1, a_change(keys={"code": "HS26-AAAAAA"}))

    async def test_a_unique_key_without_a_value_is_held_by_nobody(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change(keys={"code": None}))
        await ledger.insert("papers", "b", a_change(keys={"code": None}))
        await ledger.insert("papers", "c", a_change())
        assert await ledger.count("papers", Where(equal={"code": None})) == 3

    async def test_a_refused_update_leaves_no_trace(self, ledger: LedgerEngine) -> None:
        chain = a_chain(3)
        await ledger.insert("papers", "holder", a_change(keys={"code": "X"}))
        await ledger.insert("papers", "a", a_change({"n": 1}, pending=chain[:1], heads={"notices": Head(1, "1" * 64)}))
        before = await ledger.read("papers", "a")
        more: dict[str, Any] = {
            "pending": chain[1:],
            "heads": {"notices": Head(3, "3" * 64)},
            "mark": Mark("cases:s", 1),
        }
        with pytest.raises(Conflict):
            await ledger.update("papers", "a", 1, a_change({"n": 2}, keys={"code": "X"}, **more))
        assert not await ledger.update("papers", "a", 9, a_change({"n": 2}, **more))
        assert await ledger.read("papers", "a") == before
        assert await ledger.pending_stats("papers") == (1, START)

    async def test_one_refusal_does_not_touch_its_neighbours(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "taken", a_change())
        names = [name for pair in zip("abcdefgh", ["taken"] * 8, strict=True) for name in pair]
        writes = [ledger.insert("papers", name, a_change()) for name in names]
        answers = await asyncio.gather(*writes, return_exceptions=True)
        assert [answer is None for answer in answers] == [True, False] * 8
        assert await ledger.count("papers", Where()) == 9

    async def test_heads_of_other_streams_stay_as_they_are(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change(heads={"cases": Head(1, "a" * 64), "pub_cases": Head(1, "b" * 64)}))
        await ledger.update("papers", "a", 1, a_change(heads={"cases": Head(2, "c" * 64)}))
        document = await ledger.read("papers", "a")
        assert document is not None
        assert dict(document.heads) == {"cases": Head(2, "c" * 64), "pub_cases": Head(1, "b" * 64)}

    @pytest.mark.parametrize(
        "change",
        [
            a_change({"tcd.cases.v1": 1}),
            a_change({"inner": [{"$set": 1}]}),
            a_change({"": 1}),
            a_change({"big": 2**63}),
            a_change(keys={"unknown": 1}),
            a_change(heads={"tcd.cases.v1": Head()}),
            a_change(mark=Mark("tcd.cases.v1:x", 1)),
        ],
    )
    async def test_what_one_engine_could_not_keep_is_refused_by_all(self, ledger: LedgerEngine, change: Change) -> None:
        with pytest.raises(ValueError, match=r"."):
            await ledger.insert("papers", "a", change)
        assert await ledger.read("papers", "a") is None

    async def test_what_is_too_large_is_refused_and_leaves_no_trace(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change({"n": 1}))
        huge = a_change({"text": "x" * 17_000_000})
        for write in (ledger.insert("papers", "b", huge), ledger.update("papers", "a", 1, huge)):
            with pytest.raises(Refused, match="document_too_large"):
                await write
        assert await ledger.read("papers", "b") is None
        document = await ledger.read("papers", "a")
        assert document is not None
        assert (document.version, document.state) == (1, {"n": 1})

    # searching

    async def test_searches_combine(self, ledger: LedgerEngine) -> None:
        for number, (unit, stage) in enumerate(itertools.product(("xa-1", "xa-2", "tinh-40"), (1, 2, None))):
            keys = {"unit": unit, "stage": stage, "due_at": f"2026-07-{number + 1:02}"}
            await ledger.insert("papers", f"p{number}", a_change(keys=keys))

        async def found(where: Where) -> str:
            ids = [document.id for document in await ledger.select("papers", where)]
            assert await ledger.count("papers", where) == len(ids)
            return " ".join(ids)

        assert await found(Where()) == "p0 p1 p2 p3 p4 p5 p6 p7 p8"
        assert await found(Where(equal={"unit": "xa-2"})) == "p3 p4 p5"
        assert await found(Where(equal={"unit": "xa-2", "stage": None})) == "p5"
        assert await found(Where(one_of={"stage": [1]})) == "p0 p3 p6"
        assert await found(Where(one_of={"stage": [2, None]}, equal={"unit": "tinh-40"})) == "p7 p8"
        assert await found(Where(one_of={"stage": []})) == ""
        assert await found(Where(at_most={"stage": 1})) == "p0 p3 p6"
        assert await found(Where(at_most={"due_at": "2026-07-02"})) == "p0 p1"
        assert await found(Where(prefix={"unit": "xa-"})) == "p0 p1 p2 p3 p4 p5"
        assert await found(Where(prefix={"unit": ""}, at_most={"due_at": "2026-07-01"})) == "p0"

    async def test_a_prefix_is_taken_literally(self, ledger: LedgerEngine) -> None:
        for name, unit in {"a": "x%y", "b": "xay", "c": "x%", "d": "x.y", "e": "xỹ", "f": "x\ud7ff", "g": "y"}.items():
            await ledger.insert("papers", name, a_change(keys={"unit": unit}))
        for prefix, ids in {"x%": "ac", "x.": "d", "x": "abcdef", "xỹ": "e", "x\ud7ff": "f", "X": ""}.items():
            found = await ledger.select("papers", Where(prefix={"unit": prefix}))
            assert "".join(document.id for document in found) == ids

    async def test_order_is_by_key_with_ties_by_id_and_missing_values_first(self, ledger: LedgerEngine) -> None:
        keys = {"d": "2026-07-02", "a": "2026-07-03", "c": "2026-07-02", "b": None, "e": "2026-07-01"}
        for name, due_at in keys.items():
            await ledger.insert("papers", name, a_change(keys={"due_at": due_at}))
        found = await ledger.select("papers", Where(), order_by="due_at")
        assert "".join(document.id for document in found) == "becda"
        found = await ledger.select("papers", Where(at_most={"due_at": "2026-07-02"}), order_by="due_at", limit=2)
        assert "".join(document.id for document in found) == "ec"

    async def test_pages_by_id_meet_every_document_once(self, ledger: LedgerEngine) -> None:
        for name in "hgfedcba":
            await ledger.insert("papers", name, a_change(keys={"stage": 1}))
        pages, after = [], None
        while page := await ledger.select("papers", Where(equal={"stage": 1}), limit=3, after=after):
            pages.append("".join(document.id for document in page))
            after = page[-1].id
        assert pages == ["abc", "def", "gh"]

    async def test_a_search_follows_an_update(self, ledger: LedgerEngine) -> None:
        await ledger.insert("papers", "a", a_change(keys={"stage": 1, "unit": "xa-1"}))
        await ledger.update("papers", "a", 1, a_change(keys={"stage": 2}))
        assert await ledger.count("papers", Where(equal={"stage": 1})) == 0
        assert await ledger.count("papers", Where(equal={"stage": 2, "unit": None})) == 1

    async def test_a_search_by_what_is_no_key_is_a_bug(self, ledger: LedgerEngine) -> None:
        with pytest.raises(ValueError, match="not searched"):
            await ledger.select("papers", Where(equal={"summary": "x"}))
        with pytest.raises(ValueError, match="not searched"):
            await ledger.select("papers", Where(), order_by="summary")
        with pytest.raises(ValueError, match="ordered by id"):
            await ledger.select("papers", Where(), order_by="due_at", after="a")

    # the outbox

    async def test_pending_is_appended_and_exactly_forgotten(self, ledger: LedgerEngine) -> None:
        chain = a_chain(5)
        await ledger.insert("papers", "a", a_change({"n": 1}, pending=chain[:2]))
        await ledger.update("papers", "a", 1, a_change({"n": 2}))
        await ledger.update("papers", "a", 2, a_change({"n": 3}, pending=chain[2:]))
        assert await ledger.pending_stats("papers") == (5, chain[0].time)
        assert await ledger.forget_pending("papers", "a", [*ids_of(chain[:3]), str(uuid4())]) == 3
        document = await ledger.read("papers", "a")
        assert document is not None
        assert (document.version, document.state, document.pending) == (3, {"n": 3}, chain[3:])
        assert await ledger.pending_stats("papers") == (2, chain[3].time)
        assert await ledger.forget_pending("papers", "a", ids_of(chain)) == 2
        assert await ledger.forget_pending("papers", "a", ids_of(chain)) == 0
        assert await ledger.forget_pending("papers", "nobody", ids_of(chain)) == 0
        assert await ledger.pending_stats("papers") == (0, None)
        assert await ledger.with_pending("papers", 10) == []

    async def test_a_relay_that_forgets_while_others_write_loses_no_fact(self, ledger: LedgerEngine) -> None:
        chain = a_chain(200)
        await ledger.insert("papers", "a", a_change({"n": 0}))
        is_written = asyncio.Event()
        forgotten: list[str] = []

        async def write() -> None:
            for number, envelope in enumerate(chain):
                assert await ledger.update("papers", "a", number + 1, a_change({"n": number}, pending=(envelope,)))
            is_written.set()

        async def forget() -> None:
            while not is_written.is_set() or len(forgotten) < len(chain):
                document = await ledger.read("papers", "a")
                assert document is not None
                ids = ids_of(document.pending)
                assert await ledger.forget_pending("papers", "a", ids) == len(ids)
                forgotten.extend(ids)

        await asyncio.gather(write(), forget())
        assert forgotten == ids_of(chain)
        assert await ledger.pending_stats("papers") == (0, None)

    async def test_two_relays_forgetting_the_same_facts_count_them_once(self, ledger: LedgerEngine) -> None:
        chain = a_chain(10)
        await ledger.insert("papers", "a", a_change(pending=chain))
        counts = await asyncio.gather(*[ledger.forget_pending("papers", "a", ids_of(chain)) for _ in range(5)])
        assert sum(counts) == 10

    async def test_what_many_documents_said_is_settled_together(self, ledger: LedgerEngine) -> None:
        chains = {name: a_chain(3) for name in ("a", "b", "c")}
        note = a_chain(1)
        for name, chain in chains.items():
            await ledger.insert("papers", name, a_change({"is": name}, pending=chain))
        await ledger.insert("notes", "a", a_change(pending=note))
        said = [
            Said("papers", "a", chains["a"]),
            Said("papers", "b", chains["b"][:2]),
            Said("notes", "a", note),
            Said("papers", "nobody", a_chain(1)),
        ]
        for _ in range(2):
            await ledger.settle(said)
            left = await ledger.read_many("papers", ["a", "b", "c"])
            assert [left[name].pending for name in ("a", "b", "c")] == [(), chains["b"][2:], chains["c"]]
            assert left["a"].version == 1
            assert left["a"].state == {"is": "a"}
            assert await ledger.pending_stats("papers") == (4, START)
            assert await ledger.pending_stats("notes") == (0, None)
            remembered = [fact for each in said for fact in each.facts]
            assert await ledger.history(NOTICES.name) == remembered
        await ledger.settle([Said("papers", name, chain) for name, chain in chains.items()])
        await ledger.settle([])
        assert await ledger.pending_stats("papers") == (0, None)
        for chain in chains.values():
            assert await ledger.history(NOTICES.name, subject=chain[0].subject) == list(chain)

    async def test_what_the_history_refuses_is_not_forgotten(self, ledger: LedgerEngine) -> None:
        chain, free = a_chain(1), a_chain(2)
        await ledger.remember(a_chain(1, subject=UUID(chain[0].subject)))
        await ledger.insert("papers", "a", a_change(pending=chain))
        await ledger.insert("papers", "b", a_change(pending=free))
        clash, other = Said("papers", "a", chain), Said("papers", "b", free)
        for group in ([clash, other], [other, clash], [clash]):
            with pytest.raises(Conflict, match="history_clash"):
                await ledger.settle(group)
            left = await ledger.read_many("papers", ["a", "b"])
            assert (left["a"].pending, left["b"].pending) == (chain, free)
        await ledger.settle([other])
        assert await ledger.history(NOTICES.name, subject=free[0].subject) == list(free)
        assert (await ledger.pending_stats("papers"))[0] == 1

    async def test_a_relay_that_settles_while_others_write_loses_no_fact(self, ledger: LedgerEngine) -> None:
        chains = {name: a_chain(60) for name in ("a", "b", "c")}
        for name in chains:
            await ledger.insert("papers", name, a_change({"n": 0}))
        is_written = asyncio.Event()

        async def write(name: str) -> None:
            for number, envelope in enumerate(chains[name]):
                assert await ledger.update("papers", name, number + 1, a_change({"n": number}, pending=(envelope,)))

        async def settle() -> None:
            while not is_written.is_set() or (await ledger.pending_stats("papers"))[0]:
                found = await ledger.with_pending("papers", 10)
                await ledger.settle([Said("papers", document.id, document.pending) for document in found])

        settling = asyncio.create_task(settle())
        await asyncio.gather(*[write(name) for name in chains])
        is_written.set()
        await settling
        for chain in chains.values():
            assert await ledger.history(NOTICES.name, subject=chain[0].subject) == list(chain)

    async def test_the_longest_waiting_come_first_page_by_page(self, ledger: LedgerEngine) -> None:
        for number, name in enumerate(("c", "a", "b", "e", "d")):
            chain = a_chain(2, start=START + timedelta(minutes=number // 2))
            await ledger.insert("papers", name, a_change({}, pending=chain))
        await ledger.insert("papers", "silent", a_change())
        first = await ledger.with_pending("papers", 3)
        assert [document.id for document in first] == ["a", "c", "b"]
        assert all(len(document.pending) == 2 for document in first)
        rest = await ledger.with_pending("papers", 3, after=first[-1])
        assert [document.id for document in rest] == ["e", "d"]
        assert await ledger.with_pending("papers", 3, after=rest[-1]) == []

    # history

    async def test_history_keeps_the_first_and_refuses_another(self, ledger: LedgerEngine) -> None:
        chain = a_chain(3)
        await ledger.remember(chain[:2])
        await ledger.remember(chain)
        await ledger.remember([])
        assert await ledger.history(NOTICES.name, subject=chain[0].subject) == list(chain)
        assert await ledger.history(NOTICES.name) == list(chain)
        assert await ledger.has_history(NOTICES.name)
        forged = a_chain(1, subject=UUID(chain[0].subject))
        with pytest.raises(Conflict, match="history_clash"):
            await ledger.remember(forged)
        assert await ledger.history(NOTICES.name) == list(chain)

    async def test_history_is_told_in_the_order_it_was_remembered(self, ledger: LedgerEngine) -> None:
        one, two = a_chain(12), a_chain(3)
        said = [*one[:2], *two[:1], *one[2:], *two[1:]]
        for envelope in said:
            await ledger.remember([envelope])
        assert await ledger.history(NOTICES.name) == said
        pages, after = [], None
        while page := await ledger.history(NOTICES.name, after=after, limit=4):
            pages.append(page)
            after = str(page[-1].id)
        assert [len(page) for page in pages] == [4, 4, 4, 3]
        assert [envelope for page in pages for envelope in page] == said

    async def test_the_history_of_one_subject_is_its_whole_chain(self, ledger: LedgerEngine) -> None:
        one, two = a_chain(11), a_chain(2)
        await ledger.remember([*two, *one])
        found = await ledger.history(NOTICES.name, subject=one[0].subject)
        assert found == list(one)
        assert first_break(found) is None
        page = await ledger.history(NOTICES.name, subject=one[0].subject, after=str(one[8].id), limit=5)
        assert page == list(one[9:])

    async def test_streams_have_histories_of_their_own(self, ledger: LedgerEngine) -> None:
        await ledger.remember(a_chain(2))
        assert await ledger.history("tcd.cases.v1") == []
        assert not await ledger.has_history("tcd.cases.v1")

    async def test_a_history_that_should_begin_after_an_unknown_fact_is_refused(self, ledger: LedgerEngine) -> None:
        with pytest.raises(NotFound, match="no_fact"):
            await ledger.history(NOTICES.name, after=str(uuid4()))

    async def test_times_keep_their_moment_and_are_utc(self, ledger: LedgerEngine) -> None:
        hanoi = datetime(2026, 7, 1, 8, 30, 0, 123456, tzinfo=timezone(timedelta(hours=7)))
        chain = a_chain(1, start=hanoi)
        await ledger.insert("papers", "a", a_change(pending=chain))
        await ledger.remember(chain)
        (document,), (remembered,) = await ledger.with_pending("papers", 1), await ledger.history(NOTICES.name)
        for envelope in (document.pending[0], remembered):
            assert envelope.time == START
            assert envelope.time.utcoffset() == timedelta()
            assert envelope.is_whole()
        assert await ledger.pending_stats("papers") == (1, START)

    # positions

    async def test_positions_only_move_forward(self, ledger: LedgerEngine) -> None:
        await ledger.advance("routing", [Position("petitions:a", 3, "3" * 64), Position("petitions:b", 1)])
        await ledger.advance("routing", [Position("petitions:a", 2, "2" * 64), Position("petitions:c", 5)])
        await ledger.advance("notify", [Position("petitions:a", 9)])
        await ledger.advance("routing", [])
        heard = await ledger.positions("routing", ["petitions:a", "petitions:b", "petitions:c", "petitions:zz"])
        assert heard == {
            "petitions:a": Position("petitions:a", 3, "3" * 64),
            "petitions:b": Position("petitions:b", 1),
            "petitions:c": Position("petitions:c", 5),
        }
        assert await ledger.positions("routing", []) == {}

    async def test_positions_moved_by_many_at_once_end_at_the_highest(self, ledger: LedgerEngine) -> None:
        moves = [ledger.advance("routing", [Position("petitions:a", n % 40 + 1)]) for n in range(0, 200, 7)]
        await asyncio.gather(*moves)
        heard = await ledger.positions("routing", ["petitions:a"])
        assert heard["petitions:a"].sequence == max(n % 40 + 1 for n in range(0, 200, 7))
