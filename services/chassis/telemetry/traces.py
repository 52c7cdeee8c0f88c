"""Traces: from the HTTP request through outbox and bus to the notice, one trace.

The parent travels as W3C ``traceparent`` text: in the HTTP header, in the envelope of each pending fact, in the Kafka
header. Spans carry closed attributes only; exceptions are named by type, and their messages are never recorded.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Thread
from typing import Final

from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.chassis.settings import ServiceSettings

Attributes = Mapping[str, str | int | float | bool]

_W3C: Final = TraceContextTextMapPropagator()
_IDS: Final = RandomIdGenerator()
_USUAL: Final = re.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
"""What we write ourselves; whatever else the standard allows is left to its own reader."""


def current_traceparent() -> str | None:
    """The span we are in, as it travels with a fact; none outside any span."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent")


def parent_context(traceparent: str | None) -> Context:
    """A context whose parent is that span; a malformed or missing text gives a new trace."""
    if traceparent and (found := _USUAL.fullmatch(traceparent)):
        trace_id, span_id, flags = (int(part, 16) for part in found.groups())
        known = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
        if known.is_valid:
            return set_span_in_context(NonRecordingSpan(known), Context())
    return _W3C.extract({"traceparent": traceparent} if traceparent else {}, context=Context())


class Traces:
    """The spans of one service. Without an endpoint, a file or an exporter spans are made (ids flow) and not kept."""

    def __init__(self, service: str, settings: ServiceSettings, exporter: SpanExporter | None = None) -> None:
        resource = Resource({"service.name": service, "service.namespace": "tiepdan"})
        # No events: record_exception would write messages, and messages may quote what a citizen sent.
        limits = SpanLimits(max_events=0, max_span_attributes=32, max_attribute_length=200)
        self._provider = TracerProvider(resource=resource, span_limits=limits, shutdown_on_exit=False)
        if settings.otlp_endpoint:
            self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(_traces_url(settings.otlp_endpoint))))
        if settings.trace_file:
            self._provider.add_span_processor(SimpleSpanProcessor(FileExporter(settings.trace_file, service)))
        if exporter:
            self._provider.add_span_processor(SimpleSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("tiepdan")
        self.keeps: Final = bool(settings.otlp_endpoint or settings.trace_file or exporter)
        """Whether anybody gets to see the spans and their attributes."""

    def span(
        self,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        parent: str | None = None,
        attributes: Attributes | None = None,
    ) -> AbstractContextManager[Span]:
        """A span around a block. ``parent`` is a ``traceparent`` text; without it the current span is the parent."""
        if not self.keeps:
            return _Passing(parent)
        return self._kept(name, kind, parent, attributes)

    @contextmanager
    def _kept(self, name: str, kind: SpanKind, parent: str | None, attributes: Attributes | None) -> Iterator[Span]:
        context = parent_context(parent) if parent else None
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=kind,
            attributes=dict(attributes or {}),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise

    def close(self, within_seconds: float = 2.0) -> None:
        """Send what waits and stop; a collector that does not answer is left behind in a thread that ends with us."""

        def close() -> None:
            self._provider.force_flush(int(within_seconds * 1000))
            self._provider.shutdown()

        closing = Thread(target=close, name="traces-close", daemon=True)
        closing.start()
        closing.join(within_seconds)


class _Passing:
    """A span that nobody keeps: ids for logs, facts and answers, at a tenth of the cost of a kept one.

    Under a parent they are the parent's: the next span that somebody keeps hangs on the last one that was kept.
    """

    __slots__ = ("_parent", "_token")

    def __init__(self, parent: str | None) -> None:
        self._parent = parent

    def __enter__(self) -> Span:
        context = parent_context(self._parent) if self._parent else get_current()
        span = get_current_span(context)
        if not span.get_span_context().is_valid:
            span = _beginning()
            context = set_span_in_context(span, context)
        self._token = attach(context)
        return span

    def __exit__(self, *_: object) -> None:
        detach(self._token)


def _beginning() -> Span:
    ids = SpanContext(
        _IDS.generate_trace_id(), _IDS.generate_span_id(), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )
    return NonRecordingSpan(ids)


class FileExporter(SpanExporter):
    """Finished spans as JSON lines, several processes into one file: for demo and drills."""

    def __init__(self, path: Path, service: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._service = service

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = "".join(json.dumps(self._line(span), ensure_ascii=False) + "\n" for span in spans)
        with self._path.open("ab", buffering=0) as file:
            file.write(lines.encode())  # one write: lines of several processes do not mix
        return SpanExportResult.SUCCESS

    def _line(self, span: ReadableSpan) -> dict[str, object]:
        context = span.get_span_context()
        return {
            "trace_id": f"{context.trace_id:032x}" if context else None,
            "span_id": f"{context.span_id:016x}" if context else None,
            "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
            "service": self._service,
            "name": span.name,
            "kind": span.kind.name.lower(),
            "start_ns": span.start_time,
            "end_ns": span.end_time,
            "is_error": span.status.status_code is StatusCode.ERROR,
            "attributes": dict(span.attributes or {}),
        }


def _traces_url(endpoint: str) -> str:
    return endpoint if endpoint.endswith("/v1/traces") else endpoint.rstrip("/") + "/v1/traces"
