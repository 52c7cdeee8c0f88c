"""Putting aside what cannot be handled now: held facts, dead letters, the standing of keys, and the limit to it."""

import asyncio

from prometheus_client import Counter

from contracts.facts.base import utc_text
from contracts.facts.envelope import Envelope
from contracts.streams import Stream
from services.chassis.clock import Clock
from services.chassis.delivery.attempts import Limits, Poisoned, StopLimit
from services.chassis.delivery.letters import Kind, Letter, Post, Reason, Shelf, Standing, Why, letter_headers
from services.chassis.delivery.records import Record
from services.chassis.telemetry import Meters, get_log


class Aside:
    """The side table of one inbox. Everything put there is counted, told and in the ledger before it returns."""

    def __init__(
        self, service: str, stream: Stream, *, shelf: Shelf, post: Post, clock: Clock, meters: Meters, limits: Limits
    ) -> None:
        self._service = service
        self._stream = stream
        self._shelf = shelf
        self._post = post
        self._clock = clock
        self._meters = meters
        self._limit = StopLimit(limits)
        self._labels = (stream.name, service)
        self._counters: dict[str, Counter] = {}
        self._burying = asyncio.Lock()
        self._is_recount_due = True

    @property
    def is_poisoned(self) -> bool:
        """True once most of what came was bad."""
        return self._limit.is_reached

    def was_good(self) -> None:
        """A fact was handled or rightly passed by."""
        self._limit.good()

    def count(self, outcome: str) -> None:
        """What became of a record."""
        counter = self._counters.get(outcome)
        if counter is None:
            counter = self._counters[outcome] = self._meters.facts_heard.labels(*self._labels, outcome)
        counter.inc()

    async def hold(self, record: Record, place: str, sequence: int) -> None:
        """Keep a fact that came too early. One that is there already, as anything, stays as it is."""
        letter = self._letter(record, place, sequence, Kind.HELD, Why(Reason.SEQUENCE_GAP))
        if await self._shelf.known(letter.id) is None:
            await self._shelf.keep(letter)
            self.count("held")

    async def note_gap(self, place: str, envelope: Envelope, expected_sequence: int) -> None:
        """A key begins to wait for missing facts."""
        self._meters.sequence_gaps.labels(*self._labels).inc()
        get_log().warning(
            "delivery.gap",
            stream=self._stream.name,
            subject_id=envelope.subject,
            expected_sequence=expected_sequence,
            sequence=envelope.sequence,
        )
        await self.stand(place, Standing.HELD, Why(Reason.SEQUENCE_GAP))

    async def bury(self, record: Record, place: str, sequence: int, why: Why) -> None:
        """Write a dead letter to its topic and to the ledger; one that is there already only gets the newer reason.

        Errors: Poisoned when it is one too many: it is not written. Unavailable of the bus or the ledger.
        """
        async with self._burying:  # one at a time: the stop limit looks at each before the next
            await self._bury(self._letter(record, place, sequence, Kind.DEAD, why))

    async def _bury(self, letter: Letter) -> None:
        record, why = letter.record, letter.why
        is_root = why.reason is not Reason.AFTER_A_LETTER
        known = await self._shelf.known(letter.id)
        if known is not None and known.kind is Kind.DEAD:
            if is_root:
                await self._shelf.keep(letter)
            self.count("known_letter")
            return
        self._stop_when_most_is_bad()
        topic = self._stream.dead_letters_of(self._service)
        await self._post(topic, record.key, record.value, letter_headers(letter, self._service))
        await self._shelf.keep(letter)
        if is_root:
            self._limit.bad()
        self.count("dead")
        self._meters.dead_letters.labels(*self._labels, why.reason).inc()
        get_log().error(
            "delivery.dead_letter", letter_id=letter.id, stream=self._stream.name, reason=why.reason, code=why.code
        )

    async def still_unreadable(self, record: Record, reason: Reason) -> None:
        """A letter without a key was read again, in vain."""
        await self._shelf.keep(self._letter(record, "", 0, Kind.DEAD, Why(reason)))

    async def stand(self, place: str, standing: Standing, why: Why) -> None:
        """Say how a key stands from now on."""
        await self._shelf.stand(self._stream.slug, place, standing, why, self._clock.now())
        self._is_recount_due = True

    async def settle(self, place: str) -> None:
        """Nothing of this key waits any more."""
        await self._shelf.settle(place)
        self._is_recount_due = True

    async def recount(self) -> None:
        """Set the gauges of held and parked keys, when one of them may have changed."""
        if not self._is_recount_due:
            return
        self._is_recount_due = False
        held = await self._shelf.count(self._stream, Standing.HELD)
        parked = await self._shelf.count(self._stream, Standing.PARKED, Standing.RELEASED)
        self._meters.keys_held.labels(*self._labels).set(held)
        self._meters.keys_parked.labels(*self._labels).set(parked)

    def _stop_when_most_is_bad(self) -> None:
        if self.is_poisoned:
            get_log().critical("delivery.poisoned", stream=self._stream.name, group=self._service)
            raise Poisoned(self._stream.name)

    def _letter(self, record: Record, place: str, sequence: int, kind: Kind, why: Why) -> Letter:
        now = utc_text(self._clock.now())
        return Letter(record.identity, place, self._stream.slug, sequence, kind, why, record, now, 1)
