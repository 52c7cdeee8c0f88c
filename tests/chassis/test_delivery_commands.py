"""What operators do: list, show, try again and drop letters; say the history again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.errors import Refused
from contracts.facts.intake import PetitionWithdrawn
from contracts.streams import DENUNCIATIONS, PETITIONS
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.clock import SystemClock
from services.chassis.delivery.commands import chooser_of, replay, run
from services.chassis.delivery.inbox import Inbox
from services.chassis.delivery.letters import COLLECTIONS
from services.chassis.delivery.records import Headers, Record
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces
from tests.chassis.delivery_bench import Bench, Diary, a_bench, a_chain


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with a_bench(tmp_path, "intake") as made:
        yield made


async def test_replay_says_what_is_chosen_and_readers_go_on(bench: Bench, tmp_path: Path) -> None:
    """A reader that missed the beginning holds the key; the speaker's operator says it again."""
    chain = a_chain(PETITIONS, 4)
    await bench.engine.remember(chain)
    listening = Bench(tmp_path, bench.bus, "notify")
    await listening.open()
    diary = Diary(listening.engine, PETITIONS)
    await listening.listen({PetitionWithdrawn: diary.on_fact})
    assert await bench.mouth.publish(chain[2:]) == 2
    said: list[str] = []
    assert await replay("intake", bench.engine, bench.settings, "start", PETITIONS.name, said.append) == 4
    assert said == ["tcd.petitions.v1: 4"]
    await diary.until([chain])
    await listening.close()


async def test_replay_begins_at_a_fact_or_at_a_moment(bench: Bench) -> None:
    chain = a_chain(PETITIONS, 4)
    await bench.engine.remember(chain)
    assert await replay("intake", bench.engine, bench.settings, str(chain[2].id), None, lambda _: None) == 2
    assert await replay("intake", bench.engine, bench.settings, "2026-11-24", None, lambda _: None) == 4
    assert await replay("intake", bench.engine, bench.settings, "2026-11-25T00:00+07:00", None, lambda _: None) == 0


@pytest.mark.parametrize("since", ["yesterday", "", "2026-13-01"])
def test_a_beginning_that_is_neither_fact_nor_date_is_refused(since: str) -> None:
    with pytest.raises(Refused, match="bad_since"):
        chooser_of(since)


async def test_only_the_speaker_may_say_a_stream_again(bench: Bench) -> None:
    with pytest.raises(Refused, match="not_our_stream"):
        await replay("routing", bench.engine, bench.settings, "start", DENUNCIATIONS.name, lambda _: None)


def test_the_command_line_works_on_a_ledger_that_nobody_has_open(tmp_path: Path) -> None:
    path = tmp_path / "notify.db"
    settings = ServiceSettings(kafka_bootstrap_servers=EmbeddedBus(1).address)
    letter_id = asyncio.run(_one_letter(path))

    def command(*words: str) -> tuple[int, str]:
        said: list[str] = []
        status = run(
            "notify", words, engine=SqliteLedger(path), settings=settings, clock=SystemClock(), say=said.append
        )
        return status, "\n".join(said)

    assert letter_id in command("letters", "list")[1]
    assert "not_cloudevents" in command("letters", "show", letter_id)[1]
    assert command("letters", "replay", letter_id)[0] == 0
    assert command("letters", "drop", letter_id)[0] == 0
    assert command("letters", "list") == (0, "0 thư")
    status, complaint = command("letters", "show", letter_id)
    assert status == 1
    assert complaint.startswith("no_letter")


async def _one_letter(path: Path) -> str:
    engine = SqliteLedger(path)
    await engine.open(COLLECTIONS)

    async def post(topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None: ...

    record = Record(PETITIONS.name, 0, 0, b"k", b"v", ())
    inbox = Inbox(
        "notify", PETITIONS, {}, engine=engine, post=post, clock=SystemClock(), meters=Meters("notify"),
        traces=Traces("notify", ServiceSettings()), batch_seconds=5,
    )  # fmt: skip
    await inbox.take([record])
    await engine.close()
    return record.identity
