import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from contracts.errors import Conflict, Unavailable
from services.chassis.ledger import sqlite_rows
from services.chassis.ledger.port import Said, Where
from services.chassis.ledger.sqlite import SqliteLedger
from tests.chassis.ledger_contract import COLLECTIONS, NOTES, LedgerContract, a_chain, a_change

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqliteLedger]:
    opened = SqliteLedger(tmp_path / "ledger.db")
    await opened.open(COLLECTIONS)
    yield opened
    await opened.close()


class TestSqliteLedger(LedgerContract):
    async def test_it_says_which_engine_it_is(self, ledger: SqliteLedger) -> None:
        assert ledger.name == f"sqlite {sqlite3.sqlite_version}"

    async def test_the_history_cannot_be_rewritten_even_by_sql(self, ledger: SqliteLedger, tmp_path: Path) -> None:
        await ledger.remember(a_chain(1))
        stranger = sqlite3.connect(tmp_path / "ledger.db")
        for statement in ("UPDATE history SET envelope = '{}'", "DELETE FROM history"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                stranger.execute(statement)
        stranger.close()

    async def test_every_commit_reaches_the_disk_before_it_is_acknowledged(self, ledger: SqliteLedger) -> None:
        def asked(connection: sqlite3.Connection) -> tuple[str, int]:
            journal, level = (
                connection.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous")
            )
            return journal[0], level[0]

        full = 2
        assert await ledger._file.write(asked) == ("wal", full)

    async def test_a_job_that_fails_in_its_middle_is_undone_alone(self, ledger: SqliteLedger) -> None:
        taken, (fresh,) = a_chain(1), a_chain(1)
        await ledger.remember(taken)
        (clash,) = a_chain(1, subject=UUID(taken[0].subject))
        writes = [
            ledger.insert("papers", "a", a_change()),
            ledger.remember([fresh, clash]),
            ledger.insert("papers", "b", a_change()),
        ]
        answers = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(answer) for answer in answers] == [type(None), Conflict, type(None)]
        assert await ledger.history(taken[0].stream) == list(taken)
        assert await ledger.count("papers", Where()) == 2

    async def test_remembering_and_forgetting_are_one_commit(
        self, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chains = [a_chain(2), a_chain(2)]
        for chain in chains:
            await ledger.insert("papers", chain[0].subject, a_change(pending=chain))
        await ledger.update("papers", chains[1][0].subject, 1, a_change(pending=a_chain(1)))  # forgotten one by one
        said = [Said("papers", chain[0].subject, chain) for chain in chains]

        def fail(*_: object) -> None:
            raise KeyError("a bug")

        with monkeypatch.context() as fault:
            fault.setattr(sqlite_rows, "forget", fail)
            with pytest.raises(KeyError, match="a bug"):
                await ledger.settle(said)
        assert (await ledger.pending_stats("papers"))[0] == 5
        assert not await ledger.has_history(chains[0][0].stream)
        await ledger.settle(said)
        assert (await ledger.pending_stats("papers"))[0] == 1
        assert await ledger.history(chains[0][0].stream) == [fact for chain in chains for fact in chain]

    async def test_a_fact_stands_at_one_place_of_the_history_only(self, ledger: SqliteLedger) -> None:
        first, second = a_chain(2)
        await ledger.remember([first])
        with pytest.raises(Conflict, match="history_clash"):
            await ledger.remember([replace(second, id=first.id)])
        assert await ledger.history(first.stream) == [first]

    async def test_closing_finishes_what_was_accepted(self, ledger: SqliteLedger, tmp_path: Path) -> None:
        writes = [asyncio.create_task(ledger.insert("papers", f"p{n}", a_change())) for n in range(300)]
        await asyncio.sleep(0)
        await ledger.close()
        await asyncio.gather(*writes)
        with pytest.raises(Unavailable, match="ledger_away"):
            await ledger.read("papers", "p1")
        again = SqliteLedger(tmp_path / "ledger.db")
        await again.open(COLLECTIONS)
        assert await again.count("papers", Where()) == 300
        await again.close()

    async def test_a_key_declared_later_is_searchable_in_what_is_written_from_then(self, tmp_path: Path) -> None:
        old, new = SqliteLedger(tmp_path / "grown.db"), SqliteLedger(tmp_path / "grown.db")
        await old.open([NOTES])
        await old.insert("notes", "a", a_change())
        await old.close()
        grown = type(NOTES)("notes", keys=("code",), unique=("code",))
        await new.open([grown])
        await new.insert("notes", "b", a_change(keys={"code": "X"}))
        assert [found.id for found in await new.select("notes", Where(equal={"code": "X"}))] == ["b"]
        assert await new.count("notes", Where(equal={"code": None})) == 1
        await new.close()


@pytest.mark.parametrize(
    ("where", "order_by", "after", "index"),
    [
        (Where(at_most={"due_at": "2026-01-01"}), None, None, "by_due_at (key_due_at<?)"),
        (Where(at_most={"due_at": "2026-01-01"}), None, "p9", "by_due_at (key_due_at<?)"),
        (Where(at_most={"due_at": "2026-01-01"}), "due_at", None, "by_due_at (key_due_at<?)"),
        (Where(prefix={"unit": "u-1"}), None, "p9", "by_unit (key_unit>? AND key_unit<?)"),
        (Where(equal={"unit": "u-1"}), None, "p9", "by_unit (key_unit=? AND id>?)"),
        (Where(equal={"code": "C"}), None, None, "_code (key_code=?)"),
        (Where(), None, "p9", "sqlite_autoindex_documents_papers_1 (id>?)"),
    ],
)
async def test_what_a_page_reads_does_not_grow_with_the_ledger(
    tmp_path: Path, where: Where, order_by: str | None, after: str | None, index: str
) -> None:
    """The very statement of a search is asked how it would be answered: by a narrow index, not along all ids."""
    said: list[str] = []
    ledger = SqliteLedger(tmp_path / "ledger.db", readers=1)
    await ledger.open(COLLECTIONS)
    await ledger._file.read(lambda reader: reader.set_trace_callback(said.append))
    await ledger.select("papers", where, order_by=order_by, limit=100, after=after)
    asked = next(statement for statement in said if "LIMIT" in statement)
    plan = await ledger._file.read(lambda reader: reader.execute(f"EXPLAIN QUERY PLAN {asked}").fetchall())
    await ledger.close()
    assert index in str(plan[0])
    assert "SCAN" not in str(plan)


async def test_searches_and_the_outbox_go_by_index(ledger: SqliteLedger, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "ledger.db")
    table = "documents_papers"
    questions = {
        "key_unit IS ? ORDER BY id": f"{table}_by_unit",
        "key_due_at <= ? ORDER BY key_due_at, id": f"{table}_by_due_at",
        "key_unit >= ? AND key_unit < 'y'": f"{table}_by_unit",
        "key_stage IN (?, 2)": f"{table}_by_stage",
        "pending_since IS NOT NULL AND (pending_since, id) > (?, '') ORDER BY pending_since, id": f"{table}_pending",
    }
    for question, index in questions.items():
        asked = f"EXPLAIN QUERY PLAN SELECT id, state FROM {table} WHERE {question}"  # noqa: S608 - ours
        plan = connection.execute(asked, ["x"]).fetchall()
        steps = " / ".join(str(step[3]) for step in plan)
        assert index in steps
        assert "TEMP B-TREE" not in steps
    stats = f"SELECT sum(pending_count), min(pending_since) FROM {table} WHERE pending_since IS NOT NULL"  # noqa: S608
    plan = connection.execute(f"EXPLAIN QUERY PLAN {stats}").fetchall()
    assert f"USING COVERING INDEX {table}_pending" in str(plan)
    connection.close()


async def test_a_grown_ledger_is_searched_by_the_narrower_of_two_keys(ledger: SqliteLedger, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.executemany(
        "INSERT INTO documents_papers (id, version, keys, pending_count, applied, heads, pending, state)"
        " VALUES (?, 1, ?, 0, '{}', '{}', '[]', '{}')",
        ((f"p{n}", f'{{"unit":"xa-{n % 130}","stage":{n % 3}}}') for n in range(20_000)),
    )
    connection.commit()
    await ledger.open(COLLECTIONS)
    connection.close()
    connection = sqlite3.connect(tmp_path / "ledger.db")
    for question in ("key_unit IS 'xa-7' AND key_stage IS 2", "key_stage IS 2 AND key_unit IS 'xa-7'"):
        asked = f"EXPLAIN QUERY PLAN SELECT count(*) FROM documents_papers WHERE {question}"  # noqa: S608 - ours
        assert "documents_papers_by_unit" in str(connection.execute(asked).fetchall())
    connection.close()


async def test_readers_do_not_wait_while_somebody_writes(ledger: SqliteLedger, tmp_path: Path) -> None:
    await ledger.insert("papers", "a", a_change({"n": 1}))
    stranger = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    write = asyncio.create_task(ledger.update("papers", "a", 1, a_change({"n": 2})))
    document = await ledger.read("papers", "a")
    assert document is not None
    assert document.state == {"n": 1}
    assert not write.done()
    stranger.execute("ROLLBACK")
    stranger.close()
    assert await write
    document = await ledger.read("papers", "a")
    assert document is not None
    assert document.state == {"n": 2}


async def test_many_writes_at_once_share_a_commit(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    await ledger.open(COLLECTIONS)
    gate, entered = threading.Event(), threading.Event()

    def hold(_: sqlite3.Connection) -> None:
        entered.set()
        gate.wait(10)

    held = asyncio.create_task(ledger._file.write(hold))
    await asyncio.to_thread(entered.wait, 10)
    connection = ledger._file._writer
    assert connection is not None
    seen: list[str] = []
    connection.set_trace_callback(seen.append)
    writes = [asyncio.create_task(ledger.insert("papers", f"p{n}", a_change())) for n in range(100)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(held, *writes)
    assert seen.count("COMMIT") == 2
    await ledger.close()


async def test_a_locked_file_is_unavailable_and_nothing_is_half_written(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db", timeout_seconds=0.4)
    await ledger.open(COLLECTIONS)
    await ledger.insert("papers", "a", a_change({"n": 1}))
    stranger = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="ledger_away"):
        await ledger.update("papers", "a", 1, a_change({"n": 2}, pending=a_chain(1)))
    stranger.execute("ROLLBACK")
    stranger.close()
    document = await ledger.read("papers", "a")
    assert document is not None
    assert (document.version, document.state, document.pending) == (1, {"n": 1}, ())
    assert await ledger.update("papers", "a", 1, a_change({"n": 3}))
    await ledger.close()


async def test_a_write_that_nobody_waits_for_any_more_is_not_begun(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db", timeout_seconds=0.3)
    await ledger.open(COLLECTIONS)
    gate, entered = threading.Event(), threading.Event()

    def hold(_: sqlite3.Connection) -> None:
        entered.set()
        gate.wait(10)

    held = asyncio.create_task(ledger._file.write(hold))
    await asyncio.to_thread(entered.wait, 10)
    with pytest.raises(Unavailable, match="ledger_away"):
        await ledger.insert("papers", "late", a_change())
    gate.set()
    with pytest.raises(Unavailable, match="ledger_away"):
        await held
    await ledger.insert("papers", "next", a_change())
    assert await ledger.read("papers", "late") is None
    await ledger.close()


async def test_an_endless_question_is_ended(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db", timeout_seconds=0.3, readers=1)
    await ledger.open(COLLECTIONS)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(Unavailable, match="ledger_away"):
        await ledger._file.read(lambda connection: connection.execute(endless).fetchall())
    await ledger.close()


async def test_a_full_disk_is_said_so_and_nothing_is_half_written(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db", page_limit=80)
    await ledger.open(COLLECTIONS)
    writes = [
        ledger.insert("papers", f"p{number}", a_change({"text": "đ" * 4_000}, pending=a_chain(1)))
        for number in range(90)
    ]
    kept = 0
    with pytest.raises(Unavailable, match="ledger_full"):  # noqa: PT012 - which write is the first too many is open
        for write in writes:
            await write
            kept += 1
    for write in writes[kept + 1 :]:
        write.close()
    assert 0 < kept < 89
    await ledger.ping()
    assert await ledger.count("papers", Where()) == kept
    assert (await ledger.pending_stats("papers"))[0] == kept
    with pytest.raises(Unavailable, match="ledger_full"):
        await ledger.update("papers", "p0", 1, a_change({"text": "đ" * 400_000}))
    document = await ledger.read("papers", "p0")
    assert document is not None
    assert document.version == 1
    await ledger.close()
    roomy = SqliteLedger(tmp_path / "ledger.db")
    await roomy.open(COLLECTIONS)
    await roomy.insert("papers", f"p{kept}", a_change({"text": "đ" * 4_000}))
    assert await roomy.count("papers", Where()) == kept + 1
    await roomy.close()


async def test_a_file_that_is_no_ledger_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"not a database" * 1_000)
    ledger = SqliteLedger(tmp_path / "ledger.db")
    with pytest.raises(Unavailable, match="ledger_away"):
        await ledger.open(COLLECTIONS)
    await ledger.close()


FILLER = """
import asyncio, resource, sys
from pathlib import Path
from contracts.errors import Unavailable
from services.chassis.ledger.port import Where
from services.chassis.ledger.sqlite import SqliteLedger
from tests.chassis.ledger_contract import COLLECTIONS, a_change, a_chain

async def main(path):
    ledger = SqliteLedger(path)
    await ledger.open(COLLECTIONS)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, most))
    kept, refusal = [], ""
    while not refusal:
        name = f"p{len(kept)}"
        try:
            await ledger.insert("papers", name, a_change({"text": "x" * 20_000}, pending=a_chain(1)))
            kept.append(name)
        except Unavailable as error:
            refusal = error.code
    assert refusal in ("ledger_away", "ledger_full")
    assert kept and sorted(await ledger.read_many("papers", [*kept, name])) == sorted(kept)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    await ledger.insert("papers", name, a_change({"text": "x" * 20_000}, pending=a_chain(1)))
    assert (await ledger.pending_stats("papers"))[0] == len(kept) + 1
    assert await ledger.count("papers", Where()) == len(kept) + 1
    await ledger.close()
    print("kept", len(kept))

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_a_disk_that_refuses_a_write_costs_that_write_only(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        FILLER,
        str(tmp_path / "ledger.db"),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    said, _ = await child.communicate()
    assert child.returncode == 0
    assert said.startswith(b"kept ")


WRITER = """
import asyncio, sys
from pathlib import Path
from services.chassis.ledger.sqlite import SqliteLedger
from tests.chassis.ledger_contract import COLLECTIONS, a_chain, a_change

async def main(path):
    ledger = SqliteLedger(path)
    await ledger.open(COLLECTIONS)
    async def write(lane):
        number = 0
        while True:
            chain = a_chain(1)
            await ledger.insert("papers", f"{lane}-{number}", a_change({"text": "đơn" * 100}, pending=chain))
            await ledger.remember(chain)
            print(f"{lane}-{number} {chain[0].subject}", flush=True)
            number += 1
    await asyncio.gather(*[write(lane) for lane in range(8)])

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("line_count", [60, 151, 247])
async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, line_count: int) -> None:
    path = tmp_path / "ledger.db"
    child = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program; its lines are read in a thread
        [sys.executable, "-c", WRITER, str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    acknowledged = await asyncio.to_thread(_killed_after, child, line_count)
    ledger = SqliteLedger(path)
    await ledger.open(COLLECTIONS)
    found = await ledger.read_many("papers", list(acknowledged))
    assert sorted(found) == sorted(acknowledged)
    assert all(document.pending and document.pending[0].is_whole() for document in found.values())
    for subject in acknowledged.values():
        assert len(await ledger.history("tcd.notices.v1", subject=subject)) == 1
    await ledger.close()


def _killed_after(child: "subprocess.Popen[str]", line_count: int) -> dict[str, str]:
    """Document and subject of what the child acknowledged; it is killed in the middle of its work after so many."""
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(line_count)]
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.readlines()
    child.stdout.close()
    assert child.wait(10) == -signal.SIGKILL
    whole_lines = [line.split() for line in lines if line.endswith("\n")]
    return {line[0]: line[1] for line in whole_lines}
