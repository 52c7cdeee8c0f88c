import base64
import logging
import pickle
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from contracts.errors import Refused, Unavailable
from contracts.facts import FACTS
from contracts.facts.base import Fact
from contracts.facts.intake import ContactCard, ContactGiven
from contracts.ids import PetitionId
from contracts.streams import CONTACTS, PETITIONS
from services.chassis.seal import DataKey, KeyRing, Place, StreamKey, ensure_key_file, needs_rewrap, new_key_line

PETITION = PetitionId(UUID("018f0000-0000-7000-8000-000000000001"))
OTHER_PETITION = PetitionId(UUID("018f0000-0000-7000-8000-000000000002"))
PLACE = Place("intake", "petitions", str(PETITION), "petitioner")
CANARY = "Nguyễn Thị Chim Hoàng Yến +84912345678"

OLD_LINE, NEW_LINE = new_key_line("k1"), new_key_line("k2")
OLD, BOTH, NEW = (
    KeyRing.from_secrets([SecretStr(line) for line in lines])
    for lines in ([OLD_LINE], [OLD_LINE, NEW_LINE], [NEW_LINE])
)


def test_what_was_sealed_in_a_place_opens_there() -> None:
    key = DataKey.create()
    assert key.open(key.seal(CANARY.encode(), PLACE), PLACE).decode() == CANARY


@given(st.binary(max_size=2_000))
def test_any_bytes_come_back(plaintext: bytes) -> None:
    key = DataKey.create()
    assert key.open(key.seal(plaintext, PLACE), PLACE) == plaintext


def test_the_same_words_sealed_twice_look_different() -> None:
    key = DataKey.create()
    assert len({key.seal(b"same", PLACE) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "moved_to",
    [
        replace(PLACE, service="routing"),
        replace(PLACE, collection="supplements"),
        replace(PLACE, document_id=str(OTHER_PETITION)),
        replace(PLACE, field="content"),
    ],
)
def test_a_box_moved_to_another_place_does_not_open(moved_to: Place) -> None:
    key = DataKey.create()
    with pytest.raises(Refused, match="not_openable"):
        key.open(key.seal(b"x", PLACE), moved_to)


def test_letters_pushed_over_the_border_of_two_parts_are_another_place() -> None:
    key = DataKey.create()
    box = key.seal(b"x", Place("intake", "petition", "s1", "name"))
    with pytest.raises(Refused, match="not_openable"):
        key.open(box, Place("intake", "petitions", "1", "name"))


def test_another_petitions_key_does_not_open_it() -> None:
    with pytest.raises(Refused, match="not_openable"):
        DataKey.create().open(DataKey.create().seal(b"x", PLACE), PLACE)


def test_a_change_of_any_byte_shows() -> None:
    key = DataKey.create()
    raw = base64.b64decode(key.seal(b"word", PLACE))
    for index in range(len(raw)):
        changed = raw[:index] + bytes([raw[index] ^ 1]) + raw[index + 1 :]
        with pytest.raises(Refused, match="not_openable"):
            key.open(base64.b64encode(changed).decode(), PLACE)


@pytest.mark.parametrize("box", ["", "AQ==", "not base64!", "ă", base64.b64encode(b"\x01" + bytes(27)).decode()])
def test_what_is_no_box_does_not_open(box: str) -> None:
    with pytest.raises(Refused, match="not_openable"):
        DataKey.create().open(box, PLACE)


def test_a_data_key_comes_back_for_its_owner_only() -> None:
    key = DataKey.create()
    box, wrapped = key.seal(b"x", PLACE), key.wrap(OLD, PLACE)
    assert DataKey.unwrap(wrapped, OLD, PLACE).open(box, PLACE) == b"x"
    with pytest.raises(Refused, match="not_openable"):
        DataKey.unwrap(wrapped, OLD, replace(PLACE, document_id=str(OTHER_PETITION)))


def test_after_rotation_old_boxes_open_and_new_ones_use_the_new_key() -> None:
    key = DataKey.create()
    box, wrapped = key.seal(b"x", PLACE), key.wrap(OLD, PLACE)
    assert needs_rewrap(wrapped, BOTH)
    anew = DataKey.unwrap(wrapped, BOTH, PLACE).wrap(BOTH, PLACE)
    assert not needs_rewrap(anew, BOTH)
    assert DataKey.unwrap(anew, NEW, PLACE).open(box, PLACE) == b"x"
    with pytest.raises(Unavailable, match="key_unknown"):
        DataKey.unwrap(wrapped, NEW, PLACE)


def test_a_wrapped_key_renamed_to_another_key_id_does_not_open() -> None:
    wrapped = DataKey.create().wrap(OLD, PLACE)
    with pytest.raises(Refused, match="not_openable"):
        DataKey.unwrap(wrapped.replace("k1:", "k2:"), BOTH, PLACE)


def contact_given(petition_id: PetitionId = PETITION) -> ContactGiven:
    card = ContactCard(phone="+84912345678")
    key_id, sealed = StreamKey(OLD).seal(card.model_dump_json().encode(), CONTACTS, petition_id)
    return ContactGiven(petition_id=petition_id, is_discreet=False, key_id=key_id, sealed=sealed)


def test_notify_opens_the_contact_that_intake_sealed() -> None:
    fact = contact_given()
    opened = StreamKey(BOTH).open(fact.key_id, fact.sealed, fact.stream, fact.subject)
    assert ContactCard.model_validate_json(opened) == ContactCard(phone="+84912345678")


def test_a_contact_of_another_petition_or_stream_does_not_open() -> None:
    fact = contact_given()
    for stream, subject in ((CONTACTS, OTHER_PETITION), (PETITIONS, PETITION)):
        with pytest.raises(Refused, match="not_openable"):
            StreamKey(OLD).open(fact.key_id, fact.sealed, stream, subject)


def test_a_reader_without_the_new_key_waits_for_it() -> None:
    with pytest.raises(Unavailable, match="key_unknown"):
        StreamKey(NEW).open("k1", contact_given().sealed, CONTACTS, PETITION)


def test_a_data_key_box_is_no_contact_even_under_the_same_ring() -> None:
    _, _, box = DataKey.create().wrap(OLD, PLACE).partition(":")
    with pytest.raises(Refused, match="not_openable"):
        StreamKey(OLD).open("k1", box, CONTACTS, PETITION)


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"\x00" * 32,
        b"short",
        bytes(range(32)),
        bytes(range(200, 168, -1)),
        bytes(31),
        bytes(range(100, 164)),
        b"change-me-change-me-change-me-ok",
        b"\xff\x01" * 16,
    ],
)
def test_a_default_or_short_key_is_refused_at_start(key: bytes) -> None:
    with pytest.raises(Refused, match="weak_key"):
        KeyRing([("k1", key)])


def test_an_empty_ring_and_doubled_keys_are_refused() -> None:
    with pytest.raises(Refused, match="no_key"):
        KeyRing([])
    same_key = SecretStr(OLD_LINE.replace("k1:", "k9:"))
    for lines in ([SecretStr(OLD_LINE), same_key], [SecretStr(OLD_LINE), SecretStr(new_key_line("k1"))]):
        with pytest.raises(Refused, match="key_named_twice"):
            KeyRing.from_secrets(lines)


@pytest.mark.parametrize("line", ["nokey", "k1:", "k1:***", "K 1:AAAA", "k1:AAA"])
def test_a_line_that_is_no_key_is_refused_by_its_number_only(line: str) -> None:
    with pytest.raises(Refused, match="bad_key_line") as caught:
        KeyRing.from_secrets([SecretStr(OLD_LINE), SecretStr(line)])
    assert caught.value.facts == {"line": 2}


def test_a_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "intake.keys"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ensure_key_file(path), range(16)))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["intake.keys"]
    first = path.read_text()
    ensure_key_file(path)
    assert path.read_text() == first
    assert KeyRing.from_file(path).newest_id == "k1"


def test_a_key_file_with_a_line_added_seals_with_it(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    ensure_key_file(path)
    path.write_text(f"# rotated\n{path.read_text()}\n{new_key_line('k2')}\n")
    assert KeyRing.from_file(path).newest_id == "k2"


def test_a_key_file_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    ensure_key_file(path)
    path.chmod(0o640)
    with pytest.raises(Refused, match="key_file_open_to_others"):
        KeyRing.from_file(path)


def test_a_missing_key_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"no_key: .*intake\.keys"):
        KeyRing.from_file(tmp_path / "intake.keys")


def test_keys_and_persons_show_in_no_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key, secret = DataKey.create(), OLD_LINE.partition(":")[2]
    texts = [repr(key), str(key), repr(OLD), f"{StreamKey(OLD)}", repr(ContactCard(phone="+84912345678"))]
    for wrong in (secret, "k1:" + secret[:-2], CANARY):
        try:
            KeyRing.from_secrets([SecretStr(wrong)])
        except Refused as error:
            texts.append(f"{error!r} {error.facts}")
    try:
        key.open(key.seal(CANARY.encode(), PLACE), replace(PLACE, field="x"))
    except Refused as error:
        texts.append(f"{error!r} {error.facts} {error.__cause__}")
    with pytest.raises(ValidationError) as refused:
        ContactCard(phone="0912345678x")
    texts += [str(refused.value), caplog.text]
    shown = " ".join(texts)
    for hidden in (secret[:20], CANARY, "912345678", repr(key._key)):
        assert hidden not in shown


def test_keys_cannot_be_pickled() -> None:
    for holder in (DataKey.create(), OLD):
        with pytest.raises(TypeError):
            pickle.dumps(holder)


def test_a_contact_card_is_no_fact() -> None:
    assert not issubclass(ContactCard, Fact)
    assert "ContactCard" not in {fact.__name__ for fact in FACTS}
