"""A person sent in every way that fails leaves no trace: no log line, metric, span or answer repeats what was sent."""

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.chassis.probe_app import a_probe, logs_as_in_service
from tests.serving import serving

NAME, PHONE, TEXT = "Nguyễn Thị Hoàng Yến", "0987654321", "Đơn tố cáo ông chủ tịch"
CANARIES = (NAME, "Hoàng Yến", PHONE, TEXT, "chủ tịch", "Ho%C3%A0ng", "Y\\u1ebfn")


@pytest.mark.parametrize("mode", ["in tests", "in service"])
async def test_a_person_who_is_refused_in_every_way_is_nowhere_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    probe = a_probe(tmp_path, body_max_bytes=5_000, trace_file=tmp_path / "spans.jsonl")
    person = {"name": NAME * 3, "phones": [{"number": PHONE + "1"}], NAME: TEXT, "notes": {PHONE: TEXT}}
    spoken = {"cookie": f"who={PHONE}", "user-agent": PHONE, "referer": f"https://x/{PHONE}", "x-name": PHONE}
    with logs_as_in_service("debug") if mode == "in service" else nullcontext():
        async with serving(probe.app) as client:
            client.headers.update(spoken)
            answers = [
                await client.post("/v1/drafts", json=person),
                await client.post("/v1/drafts", content=json.dumps(person)[:-1], params={"q": NAME}),
                await client.post("/v1/bugs", json=person),
                await client.get(f"/v1/refusals/{NAME}"),
                await client.get("/v1/refusals/refused", params={"phone": PHONE}),
                await client.get("/v1/refusals/teapot", params={"phone": PHONE}),
                await client.get(f"/v1/{NAME}/{PHONE}"),
                await client.delete("/v1/drafts", params={"text": TEXT}),
                await client.put("/v1/small", content=TEXT * 1_000),
                await client.get("/v1/me", headers={"authorization": f"Bearer {PHONE}.{PHONE}.{PHONE}"}),
                await client.post("/ops/sign-in", data={"token": PHONE}),
                await client.post("/ops/sign-in", data={"token": NAME * 1_000}),
                await client.get(f"/ops/letters/{PHONE}", headers={"accept": "text/html"}),
                await client.get("/v1/inner/cases/1", headers={"traceparent": PHONE, "baggage": f"phone={PHONE}"}),
            ]
            metrics = (await client.get("/metrics", headers={"accept": "application/openmetrics-text"})).text

    said = {
        "answers": "\n".join(answer.text + str(answer.headers) for answer in answers),
        "metrics": metrics,
        "logs": (output := capsys.readouterr()).err + output.out,
        "spans": probe.span_texts() + (tmp_path / "spans.jsonl").read_text(),
    }
    assert [answer.status_code for answer in answers] == [
        422,
        422,
        500,
        500,
        409,
        418,
        404,
        405,
        413,
        401,
        401,
        413,
        401,
        200,
    ]
    assert "http.bug" in said["logs"]
    assert "/v1/drafts" in said["spans"]
    assert {place: [canary for canary in CANARIES if canary in text] for place, text in said.items()} == {
        "answers": [],
        "metrics": [],
        "logs": [],
        "spans": [],
    }
