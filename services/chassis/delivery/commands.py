"""What operators do with letters and history: ``python -m services.<name> letters …`` and ``… replay --from …``.

A service's ``__main__`` hands its arguments over; nothing here runs a handler. ``replay`` of letters asks the running
service, which reads the stream and so keeps the order, to try them again; ``replay`` of history speaks to the bus.
"""

import argparse
import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from contracts.errors import Conflict, Refused, TiepdanError
from contracts.facts.envelope import Envelope, Unreadable
from contracts.streams import BY_NAME, CONTACTS, STREAMS, Stream, spoken_by
from services.chassis.bus.speaker import MEMORY, Chooser, Speaker
from services.chassis.clock import VIETNAM, Clock
from services.chassis.delivery.letters import COLLECTIONS, UNTRUE, Kind, Letter, Shelf, Standing
from services.chassis.delivery.records import read
from services.chassis.ledger.port import LedgerEngine, Position
from services.chassis.settings import ServiceSettings

COMMANDS: Final = ("letters", "replay")
"""First words that a ``__main__`` hands to ``run``."""

Say = Callable[[str], None]


class Letters:
    """The letters of one service, for a command or a page. What is decided takes effect in the running service."""

    def __init__(self, service: str, engine: LedgerEngine, clock: Clock) -> None:
        self._service = service
        self._engine = engine
        self._shelf = Shelf(engine)
        self._clock = clock

    async def listed(self, kind: Kind = Kind.DEAD, *, stream: str | None = None, limit: int = 100) -> list[Letter]:
        """Dead letters (or held facts), of one stream by slug or of all."""
        return await self._shelf.listed(kind, stream=stream, limit=limit)

    async def shown(self, letter_id: str) -> dict[str, Any]:
        """Everything about a letter that may be seen: the content only of facts of the house, and never a contact.

        Errors: NotFound("no_letter").
        """
        return view_of(await self._shelf.get(letter_id))

    async def release(self, letter_id: str) -> Letter:
        """Have a letter tried again, with all that waits behind it. Errors: NotFound("no_letter")."""
        letter = await self._shelf.get(letter_id)
        await self._shelf.release(letter, self._clock.now())
        return letter

    async def drop(self, letter_id: str) -> Letter:
        """Give a fact up for good and go on with what waits behind it.

        Errors: NotFound("no_letter"); Refused("not_first_letter") while an earlier fact of the key waits or is missing,
        for dropping from the middle would leave a gap; Conflict("not_dead") for a held fact, which only waits.
        """
        letter = await self._shelf.get(letter_id)
        if letter.kind is not Kind.DEAD:
            raise Conflict("not_dead", "Dữ kiện này chỉ đang chờ dữ kiện đến trước nó.")
        if letter.place:
            await self._drop_from_key(letter)
        await self._shelf.discard([letter.id])
        return letter

    async def _drop_from_key(self, letter: Letter) -> None:
        first = (await self._shelf.waiting(letter.place, 1))[0]
        if first.sequence < letter.sequence:
            raise _not_first()
        if letter.why.reason not in UNTRUE:
            await self._pass_over(letter)
        await self._shelf.stand(letter.stream, letter.place, Standing.RELEASED, letter.why, self._clock.now())

    async def _pass_over(self, letter: Letter) -> None:
        """Move the key's position past a fact that is given up."""
        envelope = read(_stream(letter), letter.record)
        heard = (await self._engine.positions(self._service, [letter.place])).get(letter.place)
        if envelope.sequence > (heard.sequence if heard else 0) + 1 and _stream(letter).cleanup != "compact":
            raise _not_first()
        await self._engine.advance(self._service, [Position(letter.place, envelope.sequence, envelope.hash)])


def _not_first() -> Refused:
    return Refused("not_first_letter", "Còn dữ kiện đến trước trong cùng hồ sơ; xử lý dữ kiện đó trước.")


def view_of(letter: Letter) -> dict[str, Any]:
    """A letter as it may be shown: ids, places, reasons, size and hash of the value; its content if it is a fact."""
    record = letter.record
    view: dict[str, Any] = {
        "letter": letter.id,
        "kind": str(letter.kind),
        "reason": str(letter.why.reason),
        "code": letter.why.code,
        "kept_at": letter.kept_at,
        "tries": letter.tries,
        "stream": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": letter.place or None,
        "value_size_bytes": len(record.value or b""),
        "value_sha256": hashlib.sha256(record.value or b"").hexdigest(),
        "headers": sorted(name for name, _ in record.headers if name.isascii() and name.isprintable()),
    }
    try:
        return view | _fact_view(read(_stream(letter), record))
    except Unreadable:
        return view


def _fact_view(envelope: Envelope) -> dict[str, Any]:
    view: dict[str, Any] = {"fact_id": str(envelope.id), "type": envelope.type, "sequence": envelope.sequence}
    fact = envelope.fact()
    if fact is not None and envelope.stream != CONTACTS.name:
        view["fact"] = fact.model_dump(mode="json")
    return view


def _stream(letter: Letter) -> Stream:
    return BY_NAME[letter.record.topic]


def run(
    service: str,
    arguments: Sequence[str],
    *,
    engine: LedgerEngine,
    settings: ServiceSettings,
    clock: Clock,
    say: Say = print,
) -> int:
    """Do one command; the exit status. ``engine`` is not open yet and is closed at the end."""
    chosen = _parser(service).parse_args(arguments)
    try:
        return asyncio.run(_run(service, chosen, engine, settings, clock, say))
    except TiepdanError as refusal:
        say(f"{refusal.code}: {refusal.sentence}")
        return 1


async def _run(
    service: str,
    chosen: argparse.Namespace,
    engine: LedgerEngine,
    settings: ServiceSettings,
    clock: Clock,
    say: Say,
) -> int:
    await engine.open([MEMORY, *COLLECTIONS])
    try:
        if chosen.command == "letters":
            await _letters(Letters(service, engine, clock), chosen, say)
        else:
            await replay(service, engine, settings, chosen.since, chosen.stream, say)
    finally:
        await engine.close()
    return 0


async def _letters(letters: Letters, chosen: argparse.Namespace, say: Say) -> None:
    if chosen.action == "list":
        found = await letters.listed(Kind.HELD if chosen.held else Kind.DEAD, stream=chosen.stream, limit=chosen.limit)
        for letter in found:
            say(_line(letter))
        say(f"{len(found)} thư")
    elif chosen.action == "show":
        say(json.dumps(await letters.shown(chosen.letter), ensure_ascii=False, indent=2))
    elif chosen.action == "replay":
        say(f"sẽ thử lại: {_line(await letters.release(chosen.letter))}")
    else:
        say(f"đã bỏ: {_line(await letters.drop(chosen.letter))}")


def _line(letter: Letter) -> str:
    why = f"{letter.why.reason}{'/' + letter.why.code if letter.why.code else ''}"
    return f"{letter.id}  {letter.kept_at}  {letter.record.topic}  {letter.place or '-'}  #{letter.sequence}  {why}"


async def replay(
    service: str, engine: LedgerEngine, settings: ServiceSettings, since: str, stream: str | None, say: Say
) -> int:
    """Say remembered facts again, of one stream by name or of all the service speaks on; how many.

    ``since``: ``start``, a fact's id (from that fact on, in its own stream) or a date or time (Vietnam's, when it names
    no zone). Errors: Refused("bad_since"), Refused("not_our_stream"); Unavailable("bus_away") half-way: start again.
    """
    speaker = Speaker(service, engine, settings)
    said = 0
    try:
        for each in _streams(service, stream):
            count = await speaker.replay(each, chooser_of(since))
            say(f"{each.name}: {count}")
            said += count
    finally:
        await speaker.stop()
    return said


def chooser_of(since: str) -> Chooser | None:
    """Which facts, in the order of a stream's history, are said again. Errors: Refused("bad_since")."""
    if since == "start":
        return None
    try:
        return _from_fact(UUID(since))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(since)
    except ValueError as error:
        raise Refused("bad_since", "Cần 'start', mã dữ kiện, hoặc ngày giờ dạng 2026-11-24.") from error
    begin = moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
    return lambda envelope: envelope.time >= begin


def _from_fact(fact_id: UUID) -> Chooser:
    is_reached = False

    def chosen(envelope: Envelope) -> bool:
        nonlocal is_reached
        is_reached = is_reached or envelope.id == fact_id
        return is_reached

    return chosen


def _streams(service: str, name: str | None) -> tuple[Stream, ...]:
    ours = spoken_by(service)
    if name is None:
        return ours
    found = tuple(stream for stream in ours if stream.name == name)
    if not found:
        raise Refused("not_our_stream", f"Dịch vụ {service} không nói trên luồng {name}.")
    return found


def _parser(service: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service}")
    commands = parser.add_subparsers(dest="command", required=True)
    letters = commands.add_parser("letters", help="dead letters and held facts").add_subparsers(
        dest="action", required=True
    )
    listing = letters.add_parser("list")
    listing.add_argument("--stream", choices=[stream.slug for stream in STREAMS])
    listing.add_argument("--limit", type=int, default=100)
    listing.add_argument(
        "--held", action="store_true", help="facts that wait for missing ones, instead of dead letters"
    )
    for action in ("show", "replay", "drop"):
        letters.add_parser(action).add_argument("letter")
    again = commands.add_parser("replay", help="say the history again; readers know what they have heard")
    again.add_argument("--from", dest="since", required=True, metavar="FACT|DATE|start")
    again.add_argument("--stream", choices=[stream.name for stream in spoken_by(service)])
    return parser
