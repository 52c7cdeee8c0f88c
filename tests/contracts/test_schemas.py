import json
import re
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, create_model

from contracts.facts import BY_TYPE, FACTS
from contracts.facts.base import Fact
from contracts.schemas.__main__ import main as schemas_command
from contracts.schemas.asyncapi import asyncapi
from contracts.schemas.documents import as_text, schema_of
from contracts.schemas.promises import LockBroken, Promise, breaks, lock_text, promises_of, read_lock
from contracts.schemas.release import ROOM, check, release
from contracts.schemas.table import BEGIN, END, with_table
from contracts.streams import CASES, STREAMS, Stream

Fields = dict[str, Any]


class Level(StrEnum):
    LOW = "low"
    HIGH = "high"


class MoreLevels(StrEnum):
    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class FewerLevels(StrEnum):
    LOW = "low"


class Step(BaseModel):
    """A part of the made-up fact."""

    taken_on: date


class LongerStep(Step):
    ended_on: date | None = None


class DemandingStep(Step):
    ended_on: date


class StepWithoutDay(BaseModel):
    ended_on: date | None = None


class MadeUp(Fact):
    TYPE: ClassVar[str] = "vn.tiepdan.made.up.v1"

    @property
    def stream(self) -> Stream:
        return CASES


RELEASED: Fields = {
    "case_id": (UUID, ...),
    "opened_on": (date, ...),
    "level": (Level, ...),
    "code": (Annotated[str, Field(pattern="^[A-Z]{3}$", max_length=10)], ...),
    "count": (Annotated[int, Field(ge=0, le=10)], 1),
    "closed_on": (date | None, None),
    "steps": (tuple[Step, ...], ()),
    "seats": (dict[Level, int], ...),
}


def _fact(fields: Fields) -> type[MadeUp]:
    return create_model("MadeUpFact", __base__=MadeUp, **fields)


def _changed(**changes: Any) -> type[MadeUp]:
    return _fact({name: kind for name, kind in (RELEASED | changes).items() if kind is not None})


ALLOWED = {
    "nothing": {},
    "an optional field": {"remark_on": (date | None, None)},
    "an optional field with another default": {"is_urgent": (bool, False)},
    "an optional part whose own fields are required": {"last_step": (Step | None, None)},
    "an optional field inside a part": {"steps": (tuple[LongerStep, ...], ())},
}

FORBIDDEN = {
    "removing a required field": ({"opened_on": None}, ".opened_on: required was true, now gone"),
    "removing an optional field": ({"closed_on": None}, ".closed_on: required was false, now gone"),
    "renaming a field": ({"opened_on": None, "started_on": (date, ...)}, ".started_on: required true was never"),
    "renaming to an optional field": ({"closed_on": None, "ended_on": (date | None, None)}, ".closed_on"),
    "another type": (
        {"count": (Annotated[str, Field(pattern="^a$")], "a")},
        '.count: type was "integer", now "string"',
    ),
    "another format": ({"opened_on": (datetime, ...)}, '.opened_on: format was "date", now "date-time"'),
    "a new required field": ({"settled_on": (date, ...)}, ".settled_on: required true was never released"),
    "requiring an optional field": ({"closed_on": (date | None, ...)}, ".closed_on: required was false, now true"),
    "no longer requiring a field": ({"level": (Level, Level.LOW)}, ".level: required was true, now false"),
    "no longer allowing null": ({"closed_on": (date, date(2026, 1, 1))}, ".closed_on"),
    "allowing null": ({"opened_on": (date | None, ...)}, ".opened_on"),
    "another default": ({"count": (Annotated[int, Field(ge=0, le=10)], 2)}, ".count: default was 1, now 2"),
    "a narrower bound": ({"count": (Annotated[int, Field(ge=1, le=10)], 1)}, ".count: minimum was 0, now 1"),
    "a wider bound": ({"count": (Annotated[int, Field(ge=0, le=99)], 1)}, ".count: maximum was 10, now 99"),
    "a bound dropped": ({"count": (Annotated[int, Field(ge=0)], 1)}, ".count: maximum was 10, now gone"),
    "a bound added": (
        {"case_id": (Annotated[str, Field(max_length=3)], ...)},
        ".case_id: maxLength 3 was never released",
    ),
    "a narrower pattern": (
        {"code": (Annotated[str, Field(pattern="^[A-C]{3}$", max_length=10)], ...)},
        ".code: pattern",
    ),
    "a shorter text": (
        {"code": (Annotated[str, Field(pattern="^[A-Z]{3}$", max_length=3)], ...)},
        ".code: maxLength was 10",
    ),
    "a list member removed": ({"level": (FewerLevels, ...)}, '.level: enum was ["high", "low"]'),
    "a list member added": ({"level": (MoreLevels, ...)}, '.level: enum was ["high", "low"]'),
    "a required field inside a part": ({"steps": (tuple[DemandingStep, ...], ())}, ".steps[].ended_on: required true"),
    "a field removed inside a part": ({"steps": (tuple[StepWithoutDay, ...], ())}, ".steps[].taken_on"),
    "another type inside a list": ({"steps": (tuple[date, ...], ())}, ".steps[]: type"),
    "a list that must not be empty": (
        {"steps": (Annotated[tuple[Step, ...], Field(min_length=1)], ())},
        ".steps: minItems 1 was never released",
    ),
    "other keys of a table": ({"seats": (dict[FewerLevels, int], ...)}, ".seats{key}: enum"),
    "other values of a table": ({"seats": (dict[Level, bool], ...)}, '.seats{}: type was "integer", now "boolean"'),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED.keys())
def test_a_released_fact_may_grow_by_optional_fields(change: Fields) -> None:
    assert breaks(promises_of(_fact(RELEASED)), promises_of(_changed(**change))) == []


@pytest.mark.parametrize(("change", "said"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_any_other_change_of_a_released_fact_is_refused(change: Fields, said: str) -> None:
    problems = breaks(promises_of(_fact(RELEASED)), promises_of(_changed(**change)))
    assert any(said in problem for problem in problems), problems


def test_another_text_about_a_field_changes_nothing() -> None:
    described = _changed(opened_on=(Annotated[date, Field(description="the day it was opened", title="Day")], ...))
    assert breaks(promises_of(_fact(RELEASED)), promises_of(described)) == []


def test_a_fact_that_is_no_longer_said_is_refused() -> None:
    assert breaks(promises_of(_fact(RELEASED)), ()) != []


def test_a_fact_that_moves_to_another_stream_is_refused() -> None:
    kept = promises_of(_fact(RELEASED))
    moved = {Promise(one.subject, one.place, one.keyword, one.value.replace("tcd.cases", "tcd.other")) for one in kept}
    assert any("streams was" in problem for problem in breaks(kept, moved))


def test_a_new_fact_is_welcome() -> None:
    assert breaks(promises_of(FACTS[0]), promises_of(FACTS[0]) | promises_of(_fact(RELEASED))) == []


@pytest.fixture
def room(tmp_path: Path) -> Path:
    assert release(tmp_path, promises_of(_fact(RELEASED)), {}) == []
    return tmp_path


def test_the_command_that_writes_refuses_a_break_and_writes_nothing(room: Path) -> None:
    before = (room / "schemas/released.lock").read_bytes()
    broken = promises_of(_changed(opened_on=None))
    assert release(room, broken, {"asyncapi.json": "new"}) != []
    assert (room / "schemas/released.lock").read_bytes() == before
    assert not (room / "asyncapi.json").exists()


def test_what_was_added_is_released_once_written_and_cannot_be_taken_back(room: Path) -> None:
    grown = promises_of(_changed(remark_on=(date | None, None)))
    assert any("run make schemas" in problem for problem in check(room, grown, {}))
    assert release(room, grown, {}) == []
    assert check(room, grown, {}) == []
    assert any(".remark_on" in problem for problem in check(room, promises_of(_fact(RELEASED)), {}))


def test_a_stale_generated_file_is_named(room: Path) -> None:
    now = promises_of(_fact(RELEASED))
    (room / "schemas/a.json").write_text("{}\n")
    assert check(room, now, {"schemas/a.json": "{}\n"}) == []
    assert check(room, now, {"schemas/a.json": "{ }\n"}) == ["schemas/a.json is not as generated: run make schemas"]
    assert check(room, now, {}) == ["schemas/a.json belongs to no fact"]


def test_a_missing_lock_is_named(tmp_path: Path) -> None:
    assert check(tmp_path, promises_of(_fact(RELEASED)), {}) == ["schemas/released.lock is missing: run make schemas"]


def _edited(kind: str, lines: list[str]) -> list[str]:
    match kind:
        case "changed":
            return [line.replace("true", "false") for line in lines]
        case "dropped from the middle":
            return lines[:5] + lines[6:]
        case "dropped at the end":
            return lines[:-1]
        case "swapped":
            return [*lines[:5], lines[6], lines[5], *lines[7:]]
    return [*lines, lines[-1]]


@pytest.mark.parametrize("kind", ["changed", "dropped from the middle", "dropped at the end", "swapped", "doubled"])
def test_a_lock_edited_by_hand_is_found(kind: str) -> None:
    text = lock_text(sorted(promises_of(_fact(RELEASED))))
    edited = "\n".join(_edited(kind, text.splitlines())) + "\n"
    assert edited != text
    with pytest.raises(LockBroken):
        read_lock(edited)


def test_a_lock_reads_back_as_it_was_written() -> None:
    promises = tuple(sorted(promises_of(_fact(RELEASED))))
    assert read_lock(lock_text(promises)) == promises


def test_an_unforeseen_kind_of_schema_stops_the_checker_instead_of_passing_unseen() -> None:
    either = _changed(count=(Annotated[int, Field(json_schema_extra={"not": {"const": 7}})], 1))
    with pytest.raises(ValueError, match="no promise is known for: not"):
        promises_of(either)


def test_the_committed_contracts_are_as_generated_and_keep_every_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert schemas_command(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TYPE)
def test_every_schema_is_valid_json_schema_and_its_committed_text_is_stable(fact: type[Fact]) -> None:
    schema = schema_of(fact)
    Draft202012Validator.check_schema(schema)
    assert (ROOM / f"schemas/{fact.TYPE}.json").read_text() == as_text(schema)


def test_every_member_of_a_list_has_its_vietnamese_label_in_the_schema() -> None:
    for fact in FACTS:
        for definition in schema_of(fact).get("$defs", {}).values():
            if "enum" in definition:
                assert definition["x-labels"].keys() == set(definition["enum"])
                assert all(definition["x-labels"].values())


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for inner in node.values() for found in _references(inner)]
    return [found for inner in node for found in _references(inner)] if isinstance(node, list) else []


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi()
    for reference in _references(document):
        path, _, inside = reference.partition("#")
        if path:
            assert (ROOM / path).is_file()
            continue
        node: Any = document
        for step in inside.strip("/").split("/"):
            node = node[step]


def test_the_asyncapi_document_names_every_stream_fact_speaker_and_reader() -> None:
    document = asyncapi()
    assert document["asyncapi"].startswith("3.")
    assert {channel["address"] for channel in document["channels"].values()} == {stream.name for stream in STREAMS}
    said = {message["name"] for message in document["components"]["messages"].values()}
    assert said == set(BY_TYPE)
    used = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert used == set(document["components"]["messages"])
    sends = [operation for operation in document["operations"].values() if operation["action"] == "send"]
    receives = [operation for operation in document["operations"].values() if operation["action"] == "receive"]
    assert len(sends) == len(STREAMS)
    assert len(receives) == sum(len(stream.readers) for stream in STREAMS)


def test_the_asyncapi_document_tells_how_each_topic_is_kept() -> None:
    kafka = asyncapi()["channels"]["pub_cases"]["bindings"]["kafka"]
    assert kafka["topic"] == "pub.cases.v1"
    assert kafka["partitions"] == 12
    assert kafka["topicConfiguration"]["retention.ms"] == 730 * 86_400_000
    contacts = asyncapi()["channels"]["contacts"]["bindings"]["kafka"]["topicConfiguration"]
    assert contacts["cleanup.policy"] == ["compact"]


def test_asyncapi_and_schemas_name_no_machine() -> None:
    text = json.dumps([asyncapi(), *(schema_of(fact) for fact in FACTS)])
    assert re.findall(r"localhost|127\.0\.0\.1|/(home|work)/", text) == []


def test_the_readme_tells_every_stream_and_fact() -> None:
    readme = (ROOM / "README.md").read_text()
    for stream in STREAMS:
        assert f"| `{stream.name}` | {stream.speaker} |" in readme
    for fact in FACTS:
        assert f"`{fact.__name__}`" in readme


def test_a_readme_without_marks_is_left_alone() -> None:
    assert with_table("no marks") == "no marks"
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nb").startswith(f"a\n{BEGIN}\n| Stream |")
