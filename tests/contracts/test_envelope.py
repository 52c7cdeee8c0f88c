import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.facts.base import utc_text
from contracts.facts.envelope import GENESIS, Envelope, Unreadable, canonical, first_break, from_record, hash_of, seal
from contracts.facts.routing import CaseClosed, CaseSuspended
from contracts.ids import CaseId, PetitionId, case_of
from contracts.vocabulary import ClosingGround, PetitionKind, SuspensionGround

PETITION = PetitionId(UUID("00000000-0000-4000-8000-000000000001"))
CASE = CaseId(case_of(PETITION))
FACT_ID = UUID("01a0798d-eee0-7940-b1b2-1cb527d7fa3d")
MOMENT = datetime(2026, 9, 7, 1, 30, 0, 123456, tzinfo=UTC)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def _closed() -> CaseClosed:
    return CaseClosed(
        case_id=CASE,
        petition_id=PETITION,
        kind=PetitionKind.COMPLAINT,
        closed_on=date(2026, 9, 7),
        ground=ClosingGround.SETTLED,
    )


def _suspended() -> CaseSuspended:
    return CaseSuspended(
        case_id=CASE,
        petition_id=PETITION,
        kind=PetitionKind.COMPLAINT,
        suspended_on=date(2026, 9, 6),
        ground=SuspensionGround.FORCE_MAJEURE,
        document_number="19/QĐ-UBND",
        days_used=11,
    )


def _sealed(sequence: int = 1, prev_hash: str = GENESIS, traceparent: str | None = TRACE) -> Envelope:
    return seal(
        _closed() if sequence % 2 else _suspended(),
        fact_id=UUID(int=FACT_ID.int + sequence),
        source="/tiepdan/routing",
        time=MOMENT + timedelta(minutes=sequence),
        sequence=sequence,
        prev_hash=prev_hash,
        traceparent=traceparent,
    )


def _chain(length: int) -> list[Envelope]:
    chain: list[Envelope] = []
    for sequence in range(1, length + 1):
        chain.append(_sealed(sequence, chain[-1].hash if chain else GENESIS))
    return chain


def _structured(envelope: Envelope, **changed: Any) -> bytes:
    event = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "type": envelope.type,
        "source": envelope.source,
        "subject": envelope.subject,
        "time": utc_text(envelope.time),
        "sequence": str(envelope.sequence),
        "hash": envelope.hash,
        "prevhash": envelope.prev_hash,
        "traceparent": envelope.traceparent,
        "datacontenttype": "application/json",
        "data": json.loads(envelope.value),
    } | changed
    return json.dumps({name: value for name, value in event.items() if value != "left out"}).encode()


STRUCTURED = [("content-type", b"application/cloudevents+json; charset=UTF-8")]


@pytest.mark.parametrize("traceparent", [TRACE, None])
def test_binary_mode_goes_out_and_comes_back_as_it_was(traceparent: str | None) -> None:
    envelope = _sealed(traceparent=traceparent)
    assert from_record("tcd.cases.v1", envelope.headers(), envelope.value) == envelope
    assert envelope.fact() == _closed()
    assert envelope.is_whole()


@pytest.mark.parametrize("traceparent", [TRACE, None])
def test_structured_mode_is_understood_whatever_its_spacing(traceparent: str | None) -> None:
    envelope = _sealed(traceparent=traceparent)
    assert from_record("tcd.cases.v1", STRUCTURED, _structured(envelope)) == envelope


def test_structured_mode_may_carry_its_trace_in_a_kafka_header_and_its_sequence_as_a_number() -> None:
    envelope = _sealed()
    headers = [*STRUCTURED, ("traceparent", TRACE.encode())]
    record = _structured(envelope, traceparent="left out", sequence=envelope.sequence)
    assert from_record("tcd.cases.v1", headers, record) == envelope


def test_a_drawer_gives_the_envelope_back() -> None:
    envelope = _sealed()
    through_json = json.loads(json.dumps(envelope.to_document()))
    assert Envelope.from_document(through_json) == envelope
    assert "." not in "".join(envelope.to_document())


def test_the_value_has_one_spelling() -> None:
    value = canonical(_suspended())
    assert value == json.dumps(json.loads(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert "19/QĐ-UBND".encode() in value


def test_times_go_out_in_one_spelling_whatever_their_zone() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=7)))
    assert utc_text(there) == utc_text(MOMENT) == "2026-09-07T01:30:00.123456Z"


def test_the_headers_of_strangers_do_not_matter() -> None:
    envelope = _sealed()
    headers = [*envelope.headers(), ("x-proxy", b"\xff\xfe"), ("ce_future", b"1")]
    assert from_record("tcd.cases.v1", headers, envelope.value) == envelope


def test_a_fact_of_tomorrow_is_nothing_to_this_reader_and_still_whole() -> None:
    envelope = _sealed()
    headers = [(name, b"vn.tiepdan.case.sung.v9" if name == "ce_type" else raw) for name, raw in envelope.headers()]
    read = from_record("tcd.cases.v1", headers, envelope.value)
    assert read.fact() is None


def test_a_field_of_tomorrow_is_ignored() -> None:
    envelope = _sealed()
    grown = json.dumps(json.loads(envelope.value) | {"settled_by_round": 3}).encode()
    assert from_record("tcd.cases.v1", envelope.headers(), grown).fact() == _closed()


def _reason(headers: list[tuple[str, bytes]], value: bytes | None) -> str:
    with pytest.raises(Unreadable) as refusal:
        from_record("tcd.cases.v1", headers, value).fact()
    assert str(refusal.value) == refusal.value.reason
    return refusal.value.reason


def _headers(**changed: bytes | None) -> list[tuple[str, bytes]]:
    headers = dict(_sealed().headers())
    for name, raw in changed.items():
        key = name if name.startswith("ce_") else name.replace("_", "-")
        headers.pop(key, None)
        if raw is not None:
            headers[key] = raw
    return list(headers.items())


def test_a_tombstone_is_unreadable() -> None:
    assert _reason(_headers(), None) == "no_value"


def test_a_header_that_is_not_text_is_unreadable() -> None:
    assert _reason(_headers(ce_type=b"\xff\xfe"), _sealed().value) == "header_not_text"
    assert _reason(_headers(content_type=b"\xff"), _sealed().value) == "header_not_text"


@pytest.mark.parametrize("version", [None, b"0.3", b""])
def test_a_record_that_is_no_cloudevent_is_unreadable(version: bytes | None) -> None:
    assert _reason(_headers(ce_specversion=version), _sealed().value) == "not_cloudevents"


ATTRIBUTES = ["ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_sequence", "ce_hash", "ce_prevhash"]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_missing_attribute_is_unreadable(attribute: str) -> None:
    assert _reason(_headers(**{attribute: None}), _sealed().value) == "missing_attribute"


@pytest.mark.parametrize(
    ("attribute", "raw"),
    [
        ("ce_id", b"not-a-uuid"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-09-07T01:30:00"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"first"),
        ("ce_type", b"vn.tiepdan\ncase"),
        ("ce_source", b"/tiepdan\n/routing"),
        ("ce_subject", b"a\nb"),
    ],
)
def test_a_bad_attribute_is_unreadable(attribute: str, raw: bytes) -> None:
    assert _reason(_headers(**{attribute: raw}), _sealed().value) == "bad_attribute"


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", b"[]", b"null", b'{"closed_on":"2026-09-07"}'])
def test_a_value_that_does_not_fit_its_type_is_unreadable(value: bytes) -> None:
    assert _reason(_headers(), value) == "invalid_value"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", "invalid_json"),
        (b"\xff", "invalid_json"),
        (b"[]", "not_cloudevents"),
        (b'"text"', "not_cloudevents"),
        (_structured(_sealed(), specversion="0.3"), "not_cloudevents"),
        (_structured(_sealed(), data="left out"), "no_value"),
        (_structured(_sealed(), id="left out"), "missing_attribute"),
        (_structured(_sealed(), sequence="0"), "bad_attribute"),
        (_structured(_sealed(), data={}), "invalid_value"),
        (_structured(_sealed(), data=None), "invalid_value"),
    ],
)
def test_a_structured_record_that_cannot_be_a_fact_is_unreadable(value: bytes, reason: str) -> None:
    assert _reason(STRUCTURED, value) == reason


RECORD_NOISE = st.lists(
    st.tuples(
        st.sampled_from([*ATTRIBUTES, "ce_specversion", "content-type", "traceparent", "other"]), st.binary(max_size=40)
    ),
    max_size=14,
)


REASONS = {
    "no_value",
    "header_not_text",
    "not_cloudevents",
    "missing_attribute",
    "bad_attribute",
    "invalid_json",
    "invalid_value",
}


def _reason_or_none(headers: list[tuple[str, bytes]], value: bytes | None) -> str | None:
    try:
        from_record("tcd.cases.v1", headers, value).fact()
    except Unreadable as refusal:
        return refusal.reason
    return None


@given(RECORD_NOISE, st.none() | st.binary(max_size=200))
def test_no_record_whatever_does_anything_but_read_or_say_why_not(
    headers: list[tuple[str, bytes]], value: bytes | None
) -> None:
    assert _reason_or_none(headers, value) in REASONS | {None}


@pytest.mark.parametrize(
    "value",
    [b"[" * 100_000, b'{"specversion":"1.0","data":' + b"[" * 100_000, b'{"specversion":"1.0","data":"\\ud800"}'],
    ids=["deep", "deep data", "half a character"],
)
def test_json_made_to_hurt_is_unreadable_in_both_modes(value: bytes) -> None:
    assert _reason(STRUCTURED, value) == "invalid_json"
    assert _reason(_headers(), value) == "invalid_value"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_no_structured_event_whatever_does_anything_but_read_or_say_why_not(data: object) -> None:
    record = _structured(_sealed(), data=data, time=data)
    with pytest.raises(Unreadable):
        from_record("tcd.cases.v1", STRUCTURED, record).fact()


def test_a_whole_chain_holds() -> None:
    assert first_break(_chain(5)) is None
    assert first_break([]) is None


def test_a_missing_reordered_or_repeated_fact_shows_where() -> None:
    chain = _chain(5)
    assert first_break(chain[1:]) == 1
    assert first_break([*chain[:2], *chain[3:]]) == 3
    assert first_break([chain[0], chain[2], chain[1], *chain[3:]]) == 2
    assert first_break([*chain[:2], chain[1], *chain[2:]]) == 3


def test_a_fact_slipped_in_with_its_own_good_hash_shows() -> None:
    chain = _chain(3)
    forged = _sealed(2, chain[0].hash, None)
    other = seal(
        _closed(),
        fact_id=FACT_ID,
        source="/tiepdan/routing",
        time=MOMENT,
        sequence=2,
        prev_hash=chain[0].hash,
        traceparent=None,
    )
    assert first_break([chain[0], forged, chain[2]]) is None, "the same fact without its trace is the same fact"
    assert other.is_whole()
    assert first_break([chain[0], other, chain[2]]) == 3


CHAIN = _chain(4)


@given(st.integers(0, 3), st.sampled_from(["value", *ATTRIBUTES]), st.data())
def test_any_byte_changed_in_any_fact_of_a_chain_is_found(at: int, where: str, data: st.DataObject) -> None:
    original = CHAIN[at]
    headers = dict(original.headers())
    raw = original.value if where == "value" else headers[where]
    place = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != raw[place]))
    changed = raw[:place] + bytes([byte]) + raw[place + 1 :]
    value = changed if where == "value" else original.value
    if where != "value":
        headers[where] = changed
    try:
        read = from_record(original.stream, list(headers.items()), value)
    except Unreadable:
        return
    if read == original:  # another spelling of the same attribute, such as a capital in an id: nothing was changed
        assert where != "value"
        return
    assert first_break([*CHAIN[:at], read, *CHAIN[at + 1 :]]) == at + 1


@given(st.integers(0, 3), st.integers(0, 2**16), st.sampled_from(["cut", "grown"]))
def test_a_value_cut_or_grown_is_found(at: int, place: int, how: str) -> None:
    original = CHAIN[at]
    cut = original.value[: place % len(original.value)]
    changed = cut if how == "cut" else original.value + (cut or b" ")
    read = from_record(original.stream, original.headers(), changed)
    assert first_break([*CHAIN[:at], read, *CHAIN[at + 1 :]]) == at + 1


@given(st.text("ab\n", min_size=2, max_size=6), st.integers(0, 6), st.integers(0, 6))
def test_text_cannot_wander_from_one_attribute_to_the_next_under_the_same_hash(text: str, one: int, other: int) -> None:
    pairs = {(text[:cut], text[cut + 1 :]) for cut in (one, other) if text[cut : cut + 1] == "\n"}
    readings = [reading for pair in pairs if (reading := _reading(*pair))]
    hashes = {
        hash_of(GENESIS, each.id, each.type, each.source, each.subject, each.time, each.sequence, each.value)
        for each in readings
    }
    assert len(hashes) == len(readings)


def _reading(source: str, subject: str) -> Envelope | None:
    changed = {"ce_source": source.encode(), "ce_subject": subject.encode()}
    sealed = _sealed()
    headers = [(name, changed.get(name, raw)) for name, raw in sealed.headers()]
    try:
        return from_record("tcd.cases.v1", headers, sealed.value)
    except Unreadable:
        return None
