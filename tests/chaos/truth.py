"""What must hold of a house whatever was done to it: laws that look from outside and name what breaks them.

Each law takes a ``World`` and gives findings; none means that it holds. ``findings`` asks them all.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar
from uuid import UUID

from contracts.facts.base import Fact
from contracts.facts.envelope import first_break
from contracts.facts.intake import PetitionFiled, PetitionWithdrawn
from contracts.facts.notify import NoticeFailed, NoticeSent
from contracts.facts.recording import RecordingStored
from contracts.facts.routing import CaseOpened
from contracts.facts.sessions import SessionScheduled
from contracts.ids import PetitionId, case_of
from services.chassis.delivery import letters
from services.notify.domain.notice import notice_id_in
from services.notify.domain.rules import TOLD
from tests.chaos.flow import SentChunk
from tests.chaos.folds import CONSUMERS
from tests.chaos.world import Json, World

F = TypeVar("F", bound=Fact)
K = TypeVar("K", bound=Hashable)
Finding = str
Law = Callable[[World], Iterable[Finding]]
_SHOWN: Final = 12
_SHOWN_CHARACTERS: Final = 600

_NOTICES_OF: Final[Mapping[type[Fact], Callable[[Fact], int]]] = {
    PetitionFiled: lambda _: 1,
    PetitionWithdrawn: lambda _: 1,
    SessionScheduled: lambda fact: len(fact.cases) if isinstance(fact, SessionScheduled) else 0,
    CaseOpened: lambda _: 0,
}
"""How many petitioners each fact of these runs has to be told to: a session of tomorrow and later would be told of
twice, and officers on duty too, but here is neither."""


def findings(world: World, laws: "Sequence[Law] | None" = None) -> list[Finding]:
    """Everything that does not hold, the first dozen of each law."""
    found = []
    for law in LAWS if laws is None else laws:
        broken = list(law(world))
        found += [f"{law.__name__}: {one[:_SHOWN_CHARACTERS]}" for one in broken[:_SHOWN]]
        if len(broken) > _SHOWN:
            found.append(f"{law.__name__}: and {len(broken) - _SHOWN} more")
    return found


def every_filing_is_one_petition_and_one_case(world: World) -> Iterator[Finding]:
    """Acknowledged filings, petitions, cases, and the facts that say so: one to one."""
    told = list(world.acknowledged.petitions.values())
    yield from (f"filings answered with one petition: {one}" for one, count in Counter(told).items() if count > 1)
    cases = {petition_id: str(case_of(PetitionId(UUID(petition_id)))) for petition_id in told}
    filed = _said(world, PetitionFiled)
    opened = _said(world, CaseOpened)
    yield from _differences("petitions", _once(world.states("intake.petitions")), _once(told))
    yield from _differences("filed", Counter(str(fact.petition_id) for fact in filed), _once(told))
    yield from _differences("cases", _once(world.states("routing.cases")), _once(cases.values()))
    yield from _differences("opened", Counter(str(fact.case_id) for fact in opened), _once(cases.values()))
    withdrawn = Counter(str(fact.petition_id) for fact in _said(world, PetitionWithdrawn))
    yield from _differences("withdrawn", withdrawn, _once(world.acknowledged.withdrawn))


def sequences_are_gapless_and_chains_whole(world: World) -> Iterator[Finding]:
    """1, 2, 3 … of each aggregate on each stream, each with the hash of the one before."""
    if not world.histories:
        yield "there is no history at all"
    for (slug, subject), chain in world.histories.items():
        sequences = [envelope.sequence for envelope in chain]
        if sequences != list(range(1, len(chain) + 1)):
            yield f"{slug} {subject}: sequences {sequences[:20]}"
        elif (broken := first_break(chain)) is not None:
            yield f"{slug} {subject}: the chain breaks at {broken}"


def every_document_ends_where_its_history_ends(world: World) -> Iterator[Finding]:
    """An aggregate has said exactly what the history holds of it: nothing is missing at the end, nothing waits."""
    documents = [(where, one) for where, kept in world.documents.items() for one in kept.values()]
    yield from (f"{where} {one.id}: {len(one.pending)} facts wait" for where, one in documents if one.pending)
    heads = Counter((slug, head.sequence, head.hash) for _, one in documents for slug, head in one.heads.items())
    ends = Counter((slug, len(chain), chain[-1].hash) for (slug, _), chain in world.histories.items())
    yield from _differences("heads of documents and ends of histories", heads, ends)


def the_bus_carried_every_fact(world: World) -> Iterator[Finding]:
    """Every fact of the histories came over the bus as it is, and nothing else did."""
    said = {
        (slug, one.subject, one.sequence): one.hash for (slug, _), chain in world.histories.items() for one in chain
    }
    heard = {place: envelope.hash for place, envelope in world.heard.items()}
    yield from (f"never heard: {place}" for place in said.keys() - heard.keys())
    yield from (f"heard and never said: {place}" for place in heard.keys() - said.keys())
    yield from (f"heard otherwise: {place}" for place in said.keys() & heard.keys() if said[place] != heard[place])


def nothing_was_put_aside(world: World) -> Iterator[Finding]:
    """No dead letter, no key that waits for one."""
    for service in ("intake", "routing", "sessions", "recording", "notify"):
        for collection in letters.COLLECTIONS:
            for key, state in world.states(f"{service}.{collection.name}").items():
                yield f"{service}.{collection.name} {key}: {state.get('reason')} {state.get('code')}"


def consumers_hold_the_fold_of_the_history(world: World) -> Iterator[Finding]:
    """What services keep of others' facts is what those facts, folded, amount to."""
    for name, fold in CONSUMERS.items():
        expected, found = fold(world)
        yield from (f"{name}: nothing is kept of {key}" for key in expected.keys() - found.keys())
        yield from (f"{name}: {key} follows from no fact" for key in found.keys() - expected.keys())
        for key in expected.keys() & found.keys():
            if expected[key] != found[key]:
                yield f"{name} {key}: holds {found[key]!r}, its facts say {expected[key]!r}"


def every_notifiable_fact_has_one_notice(world: World) -> Iterator[Finding]:
    """So many notices as have to be told, each with one end, taken by a provider."""
    notices = world.states("notify.notices")
    planned = Counter(state["cause"] for state in notices.values())
    expected: Counter[str] = Counter()
    for envelope in world.envelopes():
        fact = envelope.fact()
        if fact is not None and type(fact) in TOLD:
            if type(fact) not in _NOTICES_OF:
                yield f"nobody said how many notices {envelope.type} calls for"
                continue
            expected[str(envelope.id)] = _NOTICES_OF[type(fact)](fact)
    yield from _differences("notices of a fact", planned, +expected)
    ends: Counter[str] = Counter()
    for envelope in world.envelopes():
        fact = envelope.fact()
        if isinstance(fact, NoticeSent | NoticeFailed):
            ends[str(fact.notice_id)] += 1
            if isinstance(fact, NoticeFailed):
                yield f"notice {fact.notice_id} failed: {fact.reason.value}"
    yield from _differences("ends of a notice", ends, _once(notices))


def nobody_is_told_twice_but_where_the_answer_was_lost(world: World) -> Iterator[Finding]:
    """The provider has each notice; more than once at most so often as its answer did not reach us."""
    taken = _taken(world)
    for key, state in world.states("notify.notices").items():
        times, unclear = taken.pop(key, 0), _unclear(state)
        if not 1 <= times <= 1 + unclear:
            yield f"notice {key}: the provider took it {times} times, unclear to us {unclear}"
    yield from (f"the provider took what is no notice of ours: {key}" for key in taken)


def every_acknowledged_chunk_is_sealed(world: World) -> Iterator[Finding]:
    """In the manifest of its recording, under its seq, with its hash and size; and nothing is there besides."""
    sealed = {
        (recording_id, stream["stream_id"], chunk["seq"]): (chunk["sha256"], chunk["size_bytes"])
        for recording_id, manifest in world.manifests.items()
        for stream in manifest["streams"]
        for chunk in stream["chunks"]
    }
    told = {
        (one.recording_id, one.stream_id, one.seq): (one.sha256, one.size_bytes) for one in world.acknowledged.chunks
    }
    yield from (f"acknowledged and not sealed: {place}" for place in told.keys() - sealed.keys())
    yield from (f"sealed and never acknowledged: {place}" for place in sealed.keys() - told.keys())
    yield from (f"sealed otherwise: {place}" for place in told.keys() & sealed.keys() if told[place] != sealed[place])


def every_acknowledged_chunk_stands_in_the_store(world: World) -> Iterator[Finding]:
    """Byte by byte, as its sender hashed it: read from the store itself, at the place that the manifest names."""
    objects = {
        stream["stream_id"]: [one["sha256"] for one in stream["objects"]]
        for manifest in world.manifests.values()
        for stream in manifest["streams"]
    }
    sent: dict[str, list[SentChunk]] = defaultdict(list)
    for chunk in world.acknowledged.chunks:
        sent[chunk.stream_id].append(chunk)
    for stream_id, chunks in sent.items():
        hashes = objects.get(stream_id, [])
        yield from (f"{stream_id}: the store has no {one}" for one in hashes if one not in world.stored)
        content, start = b"".join(world.stored.get(one, b"") for one in hashes), 0
        for chunk in sorted(chunks, key=lambda one: one.seq):
            piece, start = content[start : start + chunk.size_bytes], start + chunk.size_bytes
            if hashlib.sha256(piece).hexdigest() != chunk.sha256:
                yield f"{stream_id} {chunk.seq}: other bytes in the store"
        if start != len(content):
            yield f"{stream_id}: {len(content)} bytes in the store, {start} were acknowledged"


def every_session_has_one_sealed_recording(world: World) -> Iterator[Finding]:
    """No session but those acknowledged; of each one sealed recording, said once, without a gap."""
    recordings = world.acknowledged.recordings
    facts = _said(world, RecordingStored)
    stored = Counter(str(fact.recording_id) for fact in facts)
    yield from _differences("sessions", _once(world.states("sessions.sessions")), _once(recordings))
    yield from _differences("stored", stored, _once(recordings.values()))
    yield from (f"{fact.recording_id}: {fact.gap_count} gaps" for fact in facts if fact.gap_count)


def every_recording_verifies(world: World) -> Iterator[Finding]:
    """Byte by byte, by recording's own door."""
    for recording_id in world.acknowledged.recordings.values():
        if world.verdicts.get(recording_id) != "valid":
            yield f"{recording_id}: verifies as {world.verdicts.get(recording_id)}"


LAWS: Final[Sequence[Law]] = (
    every_filing_is_one_petition_and_one_case,
    sequences_are_gapless_and_chains_whole,
    every_document_ends_where_its_history_ends,
    the_bus_carried_every_fact,
    nothing_was_put_aside,
    consumers_hold_the_fold_of_the_history,
    every_notifiable_fact_has_one_notice,
    nobody_is_told_twice_but_where_the_answer_was_lost,
    every_session_has_one_sealed_recording,
)
LAWS_OF_RECORDINGS: Final[Sequence[Law]] = (
    every_acknowledged_chunk_is_sealed,
    every_acknowledged_chunk_stands_in_the_store,
    every_recording_verifies,
)
"""Asked when all is at rest, for they read every sealed byte."""


def lost(world: World) -> int:
    """Acknowledged and not there: filings without a petition or a case, chunks without their bytes in the manifest."""
    petitions, cases = world.states("intake.petitions"), world.states("routing.cases")
    told = set(world.acknowledged.petitions.values())
    without = {one for one in told if one not in petitions or str(case_of(PetitionId(UUID(one)))) not in cases}
    return len(without) + len({(one.stream_id, one.seq) for one in world.acknowledged.chunks} - _sealed_places(world))


def duplicated(world: World) -> int:
    """There more often than acknowledged: petitions and cases beyond one of each filing, two filings told the same."""
    told = Counter(world.acknowledged.petitions.values())
    opened = Counter(str(fact.petition_id) for fact in _said(world, CaseOpened))
    surplus = len(world.states("intake.petitions").keys() - told.keys())
    return surplus + sum(count - 1 for counter in (told, opened) for count in counter.values())


def unknown_outcomes(world: World) -> int:
    """How often a provider's answer was lost to us: counted apart, for nobody can know what became of those."""
    return sum(_unclear(state) for state in world.states("notify.notices").values())


def taken_twice(world: World) -> int:
    """Messages that a provider took beyond the first of their notice."""
    return sum(times - 1 for times in _taken(world).values())


def _sealed_places(world: World) -> set[tuple[str, int]]:
    return {
        (stream["stream_id"], chunk["seq"])
        for manifest in world.manifests.values()
        for stream in manifest["streams"]
        for chunk in stream["chunks"]
    }


def _said(world: World, kind: type[F]) -> list[F]:
    facts = (envelope.fact() for envelope in world.envelopes() if envelope.type == kind.TYPE)
    return [fact for fact in facts if isinstance(fact, kind)]


def _once(keys: Iterable[str]) -> Counter[str]:
    return Counter(set(keys))


def _differences(what: str, found: Mapping[K, int], expected: Mapping[K, int]) -> Iterator[Finding]:
    for key in sorted({*found, *expected}, key=str):
        if found.get(key, 0) != expected.get(key, 0):
            yield f"{what}: {key} {found.get(key, 0)} times, expected {expected.get(key, 0)}"


def _taken(world: World) -> Counter[str]:
    """By notice; what carries no request id of ours, by itself."""
    ids = [str(message["request_id"]) for message in world.messages]
    return Counter(str(notice_id_in(one) or one) for one in ids)


def _unclear(notice: Json) -> int:
    return sum(int(attempt["unclear"]) for attempt in notice["attempts"])
