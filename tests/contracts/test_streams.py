import re
from typing import Any
from uuid import UUID

import pytest

from contracts.facts import BY_TYPE, FACTS, streams_of
from contracts.facts.base import Fact
from contracts.facts.intake import PetitionFact
from contracts.streams import (
    BY_NAME,
    CASES,
    CONTACTS,
    DENUNCIATIONS,
    PETITIONS,
    PUBLIC_CASES,
    SPEAKERS,
    STREAMS,
    Stream,
    dead_letter_topics,
    spoken_by,
)
from contracts.vocabulary import PetitionKind

SPOKEN_IN = {"routing": "routing", "public": "routing", "calendar": "routing", "intake": "intake"}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TYPE)
def test_every_fact_is_said_by_the_one_speaker_in_whose_file_it_stands(fact: type[Fact]) -> None:
    file = fact.__module__.rsplit(".", 1)[-1]
    assert {stream.speaker for stream in streams_of(fact)} == {SPOKEN_IN.get(file, file)}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TYPE)
def test_every_fact_has_one_stream_but_those_about_petitions_whose_kind_decides(fact: type[Fact]) -> None:
    said_on = set(streams_of(fact))
    assert said_on == {PETITIONS, DENUNCIATIONS} if issubclass(fact, PetitionFact) else len(said_on) == 1


@pytest.mark.parametrize("kind", PetitionKind)
@pytest.mark.parametrize("fact", [fact for fact in FACTS if issubclass(fact, PetitionFact)], ids=lambda fact: fact.TYPE)
def test_what_may_hold_a_denunciation_never_goes_to_the_open_stream(fact: type[Fact], kind: PetitionKind) -> None:
    expected = DENUNCIATIONS if kind in {PetitionKind.DENUNCIATION, PetitionKind.MIXED} else PETITIONS
    assert fact.model_construct(kind=kind).stream is expected


def test_every_stream_is_spoken_on() -> None:
    assert {stream for fact in FACTS for stream in streams_of(fact)} == set(STREAMS)


def test_every_speaker_has_a_stream_and_every_stream_a_known_speaker() -> None:
    assert {stream.speaker for stream in STREAMS} == set(SPEAKERS)
    assert sorted(stream.name for who in SPEAKERS for stream in spoken_by(who)) == sorted(BY_NAME)


def test_types_are_unique_and_carry_their_version() -> None:
    assert len(BY_TYPE) == len(FACTS)
    for type_ in BY_TYPE:
        assert re.fullmatch(r"vn\.tiepdan(\.[a-z_]+){2,3}\.v[1-9][0-9]*", type_), type_


def test_slugs_can_stand_as_field_names_in_a_document() -> None:
    assert len({stream.slug for stream in STREAMS}) == len(STREAMS)
    for stream in STREAMS:
        assert re.fullmatch(r"[a-z_]+", stream.slug), stream.slug


def test_topic_names_are_legal_in_kafka_and_carry_their_version() -> None:
    names = [stream.name for stream in STREAMS] + [letters.name for letters in dead_letter_topics()]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z0-9.-]{1,249}", name), name
    assert all(stream.name.endswith(".v1") for stream in STREAMS)


def test_every_reading_service_has_its_dead_letters_and_strangers_keep_their_own() -> None:
    pairs = {(letters.origin.name, letters.group) for letters in dead_letter_topics()}
    assert pairs == {(stream.name, reader) for stream in STREAMS for reader in stream.readers if reader != "external"}
    for letters in dead_letter_topics():
        assert letters.name == f"{letters.origin.name}.{letters.group}.dlq"


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_readers_are_services_or_strangers_and_nobody_reads_himself_but_routing_its_cases(stream: Stream) -> None:
    """Statistics are what was said, as everybody heard it (decision 0009)."""
    own = set() if stream is CASES else {stream.speaker}
    assert stream.readers
    assert set(stream.readers) <= {*SPEAKERS, "external"} - own


def test_strangers_read_the_public_stream_and_nothing_else() -> None:
    assert [stream for stream in STREAMS if "external" in stream.readers] == [PUBLIC_CASES]
    assert PUBLIC_CASES.readers == ("external",)


def test_contacts_are_for_notify_alone() -> None:
    assert CONTACTS.readers == ("notify",)
    assert CONTACTS.cleanup == "compact"


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TYPE)
def test_the_key_is_the_id_that_the_stream_names(fact: type[Fact]) -> None:
    keys = {stream.key for stream in streams_of(fact)}
    assert len(keys) == 1
    field = keys.pop().replace("public case", "public").replace(" ", "_")
    one = UUID(int=7)
    made: dict[str, Any] = {field: one}
    assert fact.model_construct(**made).subject is one
