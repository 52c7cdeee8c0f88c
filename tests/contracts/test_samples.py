import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from contracts.facts import BY_TYPE, streams_of
from contracts.facts.envelope import Envelope, from_record
from contracts.facts.lines import line_of
from contracts.schemas.documents import schema_of
from contracts.units import organisation
from deploy.samples.__main__ import SAMPLES, SUMS, write_missing

PATHS = sorted(SAMPLES.glob("*.json"))


def _sample(path: Path) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads(path.read_text())
    return sample


def _value(sample: dict[str, Any]) -> bytes:
    return json.dumps(sample["value"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _read(path: Path) -> Envelope:
    sample = _sample(path)
    return from_record(
        sample["stream"], [(name, text.encode()) for name, text in sample["headers"].items()], _value(sample)
    )


def test_every_fact_has_a_sample() -> None:
    assert set(BY_TYPE) - {path.stem for path in PATHS} == set()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_sample_still_parses_as_its_fact(path: Path) -> None:
    envelope = _read(path)
    fact = envelope.fact()
    assert fact is not None
    assert fact.TYPE == path.stem == envelope.type
    assert str(fact.subject) == envelope.subject == _sample(path)["key"]
    assert fact.stream.name == envelope.stream
    assert fact.stream in streams_of(type(fact))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_sample_is_whole_and_goes_out_as_it_came(path: Path) -> None:
    envelope, sample = _read(path), _sample(path)
    assert envelope.is_whole()
    assert {name: raw.decode() for name, raw in envelope.headers()} == sample["headers"]
    assert envelope.value == _value(sample)
    assert Envelope.from_document(envelope.to_document()) == envelope


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_sample_fits_the_schema_given_to_strangers(path: Path) -> None:
    schema = schema_of(BY_TYPE[path.stem])
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(_sample(path)["value"])


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_fact_has_its_line_in_vietnamese(path: Path) -> None:
    fact = _read(path).fact()
    assert fact is not None
    assert line_of(fact, organisation().name_of) not in {"", fact.TYPE}


def test_no_sample_was_ever_edited() -> None:
    lines = [line.split("  ") for line in (SAMPLES / SUMS).read_text().splitlines()]
    sums = {name: checksum for checksum, name in lines}
    assert sums.keys() == {path.name for path in PATHS}
    assert [path.name for path in PATHS if hashlib.sha256(path.read_bytes()).hexdigest() != sums[path.name]] == []


def test_a_sample_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    written = write_missing(tmp_path)
    assert len(written) == len(BY_TYPE)
    (tmp_path / written[0]).write_text("kept")
    assert write_missing(tmp_path) == []
    assert (tmp_path / written[0]).read_text() == "kept"


def test_units_in_samples_are_units_of_the_tree() -> None:
    tree = organisation()
    named = {
        text for path in PATHS for text in _texts(_sample(path)["value"]) if text.startswith(("xa-", "tinh-", "so-"))
    }
    assert named
    assert {name for name in named if tree.find(name) is None} == set()


def _texts(node: object) -> list[str]:
    if isinstance(node, dict):
        return [found for inner in node.values() for found in _texts(inner)]
    if isinstance(node, list):
        return [found for inner in node for found in _texts(inner)]
    return [node] if isinstance(node, str) else []
