"""Limits, deadlines, headers and measures: the same at every door."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chassis.probe_app import LARGE_BYTES, a_probe
from tests.serving import serving

PIECE = b"x" * 65_536


async def pieces(size_bytes: int, sent: list[int]) -> AsyncIterator[bytes]:
    """A chunked body without a content length, which counts what was asked of it."""
    for _ in range(-(-size_bytes // len(PIECE))):
        sent.append(len(PIECE))
        yield PIECE


async def test_a_body_above_the_limit_is_refused_by_its_announced_length(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path, body_max_bytes=1000).app) as client:
        answer = await client.put("/v1/small", content=b"x" * 1001)

    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"
    assert answer.headers["connection"] == "close"


async def test_a_chunked_body_is_cut_off_at_the_limit_and_not_read_to_its_end(tmp_path: Path) -> None:
    sent: list[int] = []
    async with serving(a_probe(tmp_path, body_max_bytes=200_000).app) as client, asyncio.timeout(4):
        short = await client.put("/v1/small", content=pieces(200_001, []))
        answer = await client.put("/v1/small", content=pieces(100_000_000, sent))

    assert short.status_code == answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"
    assert sum(sent) < 20_000_000  # what comes after the limit is thrown away, and not for long


async def test_a_route_may_take_more_than_the_others(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path, body_max_bytes=1000).app) as client:
        taken = await client.put("/v1/large", content=b"x" * LARGE_BYTES)
        refused = await client.put("/v1/large", content=b"x" * (LARGE_BYTES + 1))

    assert taken.json() == {"size": LARGE_BYTES}
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/problem+json"


async def test_an_answer_that_does_not_begin_in_time_is_given_up(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path, request_deadline_seconds=0.05).app) as client:
        answer = await client.get("/v1/never")

    assert answer.status_code == 503
    assert answer.json()["code"] == "too_slow"
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(("path", "body"), [("/v1/patient", '{"answer":"late"}'), ("/v1/download", "first second")])
async def test_a_marked_route_and_a_running_download_may_take_longer(tmp_path: Path, path: str, body: str) -> None:
    deadline_seconds = 0.05
    probe = a_probe(tmp_path, request_deadline_seconds=deadline_seconds)
    probe.app.state.go_on = asyncio.Event()
    async with serving(probe.app) as client:
        asking = asyncio.create_task(client.get(path))
        await client.get("/v1/never")
        never = await client.get("/v1/never")  # begun after the other: when this is given up, the other's time is over
        probe.app.state.go_on.set()
        answer = await asking

    assert never.status_code == 503
    assert answer.text == body


async def test_every_answer_forbids_caching_sniffing_framing_and_strangers(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        answers = [
            await client.get("/v1/inner/cases/1"),
            await client.get("/nowhere"),
            await client.post("/v1/bugs"),
            await client.get("/readyz"),
        ]

    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


async def test_requests_are_counted_by_route_template_never_by_path(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    async with serving(probe.app) as client:
        for case_id in ("aaa", "bbb"):
            await client.get(f"/v1/inner/cases/{case_id}", params={"q": "secret"})
        await client.get("/nowhere/0912345678")
        await client.request("BREW", "/v1/drafts")
        scrape = (await client.get("/metrics")).text

    count = probe.chassis.meters.registry.get_sample_value
    case = {"route": "/v1/inner/cases/{case_id}"}
    assert count("tcd_http_requests_total", case | {"method": "GET", "code": "200"}) == 2
    assert count("tcd_http_request_seconds_count", case) == 2
    assert count("tcd_http_requests_total", {"route": "(none)", "method": "GET", "code": "404"}) == 1
    assert 'method="OTHER"' in scrape
    assert "aaa" not in scrape
    assert "0912345678" not in scrape
    assert "BREW" not in scrape


async def test_a_request_is_a_span_below_the_callers(tmp_path: Path) -> None:
    probe = a_probe(tmp_path)
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    async with serving(probe.app) as client:
        answer = await client.get("/v1/inner/cases/aaa", headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})

    span = probe.spans.get_finished_spans()[-1]
    assert answer.headers["x-trace-id"] == trace_id
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == trace_id
    assert span.name == "GET /v1/inner/cases/{case_id}"
    assert dict(span.attributes or {}) == {
        "http.route": "/v1/inner/cases/{case_id}",
        "http.request.method": "GET",
        "http.response.status_code": 200,
    }


async def test_a_malformed_traceparent_begins_a_new_trace(tmp_path: Path) -> None:
    async with serving(a_probe(tmp_path).app) as client:
        answer = await client.get("/v1/inner/cases/aaa", headers={"traceparent": "no-such-thing"})

    assert answer.status_code == 200
    assert len(answer.headers["x-trace-id"]) == 32
