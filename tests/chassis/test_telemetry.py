"""Logs, spans and metrics: useful to operators, silent about people."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from contracts.vocabulary import Channel
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces, current_traceparent, get_log
from services.chassis.telemetry.fields import FIELDS
from services.chassis.telemetry.logs import UnlistedField
from tests.chassis.probe_app import logs_as_in_service

MARKER = "Nguyễn Văn Mốc"
LOG = get_log()


@pytest.fixture
def in_service() -> Iterator[list[int]]:
    """Logs as they are in service, not in tests; counts what was dropped."""
    dropped: list[int] = []
    with logs_as_in_service(on_dropped=lambda: dropped.append(1)):
        yield dropped


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_json_with_a_fixed_event_and_plain_fields(capsys: pytest.CaptureFixture[str]) -> None:
    case_id = UUID(int=7)

    LOG.info("case.accepted", case_id=case_id, channel=Channel.ZALO, due_on=date(2026, 1, 2), count=3)

    line = lines(capsys)[0]
    assert line | {"time": ""} == {
        "time": "",
        "level": "info",
        "event": "case.accepted",
        "case_id": str(case_id),
        "channel": "zalo",
        "due_on": "2026-01-02",
        "count": 3,
    }


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("petition.filed", {"full_name": "x"}),
        ("petition.filed", {"phone": "0912345678"}),
        ("petition.filed", {"code": MARKER}),
        ("petition.filed", {"code": "two words"}),
        ("petition.filed", {"count": [MARKER]}),
        ("petition.filed", {"count": {"a": MARKER}}),
        (MARKER, {}),
        ("Petition filed by x", {}),
    ],
)
def test_in_tests_an_unlisted_field_or_a_text_is_an_error(event: str, fields: dict[str, object]) -> None:
    with pytest.raises(UnlistedField) as refused:
        LOG.info(event, **fields)
    assert MARKER not in str(refused.value)


def test_in_service_it_is_dropped_and_counted(in_service: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    LOG.info("petition.filed", full_name=MARKER, code="two words", count=1)
    LOG.info(MARKER)

    said = lines(capsys)
    assert said[0] | {"time": ""} == {
        "time": "",
        "level": "info",
        "service": "intake",
        "event": "petition.filed",
        "count": 1,
    }
    assert said[1]["event"] == "log.unnamed"
    assert len(in_service) == 3


def test_a_log_on_a_full_disk_loses_its_lines_and_breaks_nothing(
    in_service: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("wb", buffering=0) as device, monkeypatch.context() as patched:
        with pytest.raises(OSError, match="No space"):
            device.write(b"a line")
        stderr = io.TextIOWrapper(device, write_through=True)  # unbuffered, as in a service
        patched.setattr(sys, "stderr", stderr)
        LOG.warning("ledger.no_answer", error="SQLITE_FULL")
        logging.getLogger("aiokafka").error("lost %s", MARKER)
        with pytest.raises(OSError, match="No space"):
            stderr.write("a line")


def test_an_exception_is_told_by_type_and_place_never_by_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        try:
            int(MARKER)
        except ValueError as error:
            raise RuntimeError(MARKER) from error
    except RuntimeError:
        LOG.exception("door.failed")

    line = lines(capsys)[0]
    assert (line["error"], line["cause"]) == ("RuntimeError", "ValueError")
    assert str(line["place"]).startswith("tests/chassis/test_telemetry.py:")
    assert MARKER not in str(line)


def test_libraries_say_where_and_which_kind_of_thing_but_not_what(
    in_service: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    library = logging.getLogger("some.library")
    try:
        int(MARKER)
    except ValueError:
        library.exception("cannot read %s", MARKER)
    library.warning(f"cannot store {MARKER}")
    library.info("not worth a line")

    said = lines(capsys)
    assert [line["event"] for line in said] == ["library.logged", "library.logged"]
    assert said[0]["template"] == "cannot read %s"
    assert said[0]["error"] == "ValueError"
    assert MARKER not in str(said)


def test_a_line_inside_a_span_carries_its_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Traces("intake", ServiceSettings(data_folder=tmp_path)).span("work"):
        LOG.info("case.accepted")
        traceparent = current_traceparent()

    assert traceparent is not None
    assert lines(capsys)[0]["trace_id"] == traceparent.split("-")[1]


def test_no_listed_field_could_hold_a_person() -> None:
    personal = re.compile(r"name|phone|address|mail|person|text|title|subject$|body|path|url|query|birth|token|secret")

    assert not {field for field in FIELDS if personal.search(field)}


def test_a_trace_goes_on_from_its_text_in_another_service() -> None:
    exporter = InMemorySpanExporter()
    settings = ServiceSettings()
    with Traces("intake", settings, exporter).span("file"):
        carried = current_traceparent()
    with Traces("routing", settings, exporter).span("process", parent=carried):
        pass

    first, second = exporter.get_finished_spans()
    assert first.context is not None
    assert second.context is not None
    assert second.parent is not None
    assert second.context.trace_id == first.context.trace_id
    assert second.parent.span_id == first.context.span_id


def test_spans_name_the_kind_of_an_error_and_keep_no_message() -> None:
    exporter = InMemorySpanExporter()

    def fail() -> None:
        with Traces("intake", ServiceSettings(), exporter).span("file") as span:
            span.record_exception(ValueError(MARKER))
            raise ValueError(MARKER)

    with pytest.raises(ValueError, match=MARKER):
        fail()

    said = exporter.get_finished_spans()[0]
    assert dict(said.attributes or {}) == {"error.type": "ValueError"}
    assert said.events == ()
    assert said.status.description is None


def test_finished_spans_stand_in_the_trace_file_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "traces" / "spans.jsonl"
    settings = ServiceSettings(trace_file=path)
    for service in ("intake", "routing"):
        traces = Traces(service, settings)
        with traces.span("outer"), traces.span("inner", attributes={"http.route": "/v1"}):
            pass
        traces.close()

    said = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["service"], line["name"]) for line in said] == [
        ("intake", "inner"),
        ("intake", "outer"),
        ("routing", "inner"),
        ("routing", "outer"),
    ]
    assert said[0]["parent_id"] == said[1]["span_id"]
    assert said[0]["attributes"] == {"http.route": "/v1"}


def test_a_collector_that_is_away_costs_no_request_and_no_stop() -> None:
    traces = Traces("intake", ServiceSettings(otlp_endpoint="http://127.0.0.1:9"))
    with traces.span("work"):
        pass

    traces.close(within_seconds=0.1)

    assert current_traceparent() is None


def test_every_metric_of_ours_has_our_prefix_and_a_meaning() -> None:
    meters = Meters("intake")
    ours = [family for family in meters.registry.collect() if not family.name.startswith(("process_", "python_"))]

    assert ours
    assert all(family.name.startswith("tcd_") and family.documentation for family in ours)
    with pytest.raises(ValueError, match="tcd_"):
        meters.counter("petitions", "x")


def test_two_services_in_one_process_do_not_share_their_numbers() -> None:
    one, other = Meters("intake"), Meters("routing")

    one.http_in_flight.inc()

    assert other.registry.get_sample_value("tcd_http_in_flight") == 0
    assert sys.modules["prometheus_client"].REGISTRY is not one.registry
