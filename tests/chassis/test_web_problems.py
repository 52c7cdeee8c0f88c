"""Refusals are problem answers that a machine can act on, a person can read, and that quote nobody."""

from pathlib import Path

import pytest

from tests.chassis.probe_app import a_probe
from tests.serving import serving

MARKER = "Nguyễn Văn Mốc"


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("refused", 409, "already_closed"),
        ("conflict", 409, "changed_meanwhile"),
        ("bad_input", 422, "future_date"),
        ("not_found", 404, "no_case"),
        ("forbidden", 403, "wrong_function"),
        ("unavailable", 503, "ledger_away"),
        ("no_room", 507, "ledger_full"),
    ],
)
async def test_each_way_to_say_no_has_its_status_and_code(tmp_path: Path, name: str, status: int, code: str) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        answer = await client.get(f"/v1/refusals/{name}")

    problem = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == f"urn:tiepdan:{code}"
    assert problem["title"]
    assert problem["detail"].endswith(".")


async def test_facts_stand_beside_the_standard_members_and_never_replace_them(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        problem = (await client.get("/v1/refusals/refused")).json()

    assert problem["case_id"] == "c-1"
    assert problem["status"] == 409


async def test_a_neighbour_that_is_away_says_when_to_try_again(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        assert (await client.get("/v1/refusals/unavailable")).headers["retry-after"] == "7"


async def test_wrong_fields_are_named_by_path_and_rule_without_their_values(tmp_path: Path) -> None:
    sent = {"name": MARKER * 9, "phones": [{"number": "0912 345 678"}], "unit": MARKER}

    async with serving(a_probe(tmp_path).app) as client:
        answer = await client.post("/v1/drafts", json=sent)

    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert answer.status_code == 422
    assert errors["body.name"]["rule"] == "string_too_long"
    assert errors["body.phones.0.number"]["text"] == "Không đúng định dạng."
    assert errors["body.unit"]["rule"] == "string_pattern_mismatch"
    assert MARKER not in answer.text
    assert "0912" not in answer.text


async def test_a_field_name_the_interface_does_not_know_is_not_repeated(tmp_path: Path) -> None:
    sent = {"name": "An Bình", MARKER: 1, "notes": {MARKER: "x"}}

    async with serving(a_probe(tmp_path).app) as client:
        answer = await client.post("/v1/drafts", json=sent)

    assert {error["field"] for error in answer.json()["errors"]} == {"body.*", "body.notes.*"}
    assert MARKER not in answer.text


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000])
async def test_a_body_that_is_no_json_is_refused_without_an_echo(tmp_path: Path, body: bytes) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        answer = await client.post("/v1/drafts", content=body, headers={"content-type": "application/json"})

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_the_framework_refuses_is_a_problem_without_its_words(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        missing = await client.get("/v1/" + MARKER)
        wrong_method = await client.delete("/v1/drafts")
        other = await client.get("/v1/refusals/teapot")

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong_method.status_code, wrong_method.json()["code"]) == (405, "method_not_allowed")
    assert wrong_method.headers["allow"] == "POST"
    assert other.status_code == 418
    assert MARKER not in missing.text + other.text


async def test_a_bug_shows_a_trace_id_and_nothing_of_the_inside(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        answer = await client.post("/v1/bugs", content=MARKER)

    assert answer.status_code == 500
    assert answer.json()["trace_id"] == answer.headers["x-trace-id"]
    assert "RuntimeError" not in answer.text
    assert MARKER not in answer.text
    assert probe.chassis.meters.registry.get_sample_value("tcd_bugs_total", {"door": "http"}) == 1
