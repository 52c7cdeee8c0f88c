"""The metrics of the chassis: one typed list, each with its meaning and what it calls for.

Labels are closed sets (routes, streams, groups, codes of our own): never an id, never a value from a request.
A service adds its own with ``counter``/``gauge``/``histogram``; all of one process stand in one registry.
"""

import platform
from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

HTTP_BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
AGE_BUCKETS_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1_800.0, 7_200.0)


class Meters:
    """What a service measures. Made once per process (or per test); ``registry`` is what /metrics shows."""

    def __init__(self, service: str, version: str = "0.1.0") -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        build = Info("tcd_build", "Which build this is.", registry=self.registry)
        build.info({"service": service, "version": version, "python": platform.python_version()})
        self._doors()
        self._process()
        self._ledger()
        self._delivery()

    def counter(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
        """A count that only grows; ``name`` starts with ``tcd_`` (``_total`` is added)."""
        return Counter(_named(name), meaning, labels, registry=self.registry)

    def gauge(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
        """A value of this moment."""
        return Gauge(_named(name), meaning, labels, registry=self.registry)

    def histogram(
        self, name: str, meaning: str, labels: Sequence[str] = (), buckets: Sequence[float] = HTTP_BUCKETS_SECONDS
    ) -> Histogram:
        """How values spread; the unit stands in the name."""
        return Histogram(_named(name), meaning, labels, registry=self.registry, buckets=buckets)

    def _doors(self) -> None:
        self.http_requests = self.counter(
            "tcd_http_requests", "Answers by route template. Many 5xx: read the logs.", ("route", "method", "code")
        )
        self.http_seconds = self.histogram("tcd_http_request_seconds", "Time to the end of the answer.", ("route",))
        self.http_in_flight = self.gauge("tcd_http_in_flight", "Requests being answered now.")
        self.answers_refused = self.counter(
            "tcd_answers_refused", "Refusals by their own code. A sudden one: a client changed.", ("code",)
        )
        self.bugs = self.counter("tcd_bugs", "Unexpected errors, by door. Each deserves an issue.", ("door",))
        self.tokens_refused = self.counter(
            "tcd_tokens_refused", "Access tokens refused. Many: a wrong issuer, or somebody tries.", ("reason",)
        )

    def _process(self) -> None:
        self.loop_lag_seconds = self.gauge(
            "tcd_event_loop_lag_seconds", "How late the event loop was. Above 0.5: something blocks it."
        )
        self.is_ready = self.gauge("tcd_ready", "1 when the service takes work.")
        self.loop_steps = self.counter(
            "tcd_loop_steps", "Steps of background loops. Failed ones: read the logs.", ("loop", "outcome")
        )
        self.log_fields_dropped = self.counter(
            "tcd_log_fields_dropped", "Log fields that are not on the list. Above 0: a bug that could leak."
        )

    def _ledger(self) -> None:
        self.outbox_pending = self.gauge("tcd_outbox_pending", "Facts that wait for the relay.", ("collection",))
        self.outbox_oldest_seconds = self.gauge(
            "tcd_outbox_oldest_age_seconds", "Age of the oldest waiting fact. Above 300: alarm.", ("collection",)
        )
        self.facts_relayed = self.counter("tcd_facts_relayed", "Facts the bus acknowledged.", ("stream",))
        self.relay_failures = self.counter(
            "tcd_relay_failures", "Tries of the relay that failed. Growing: the bus or the ledger is away.", ("reason",)
        )
        self.version_races = self.counter(
            "tcd_version_races", "Saves that met another version and were tried again.", ("collection",)
        )

    def _delivery(self) -> None:
        at = ("stream", "group")
        self.facts_heard = self.counter("tcd_facts_heard", "Facts by what became of them.", (*at, "outcome"))
        self.handling_seconds = self.histogram("tcd_fact_handling_seconds", "Time in the handler.", at)
        self.fact_age_seconds = self.histogram(
            "tcd_fact_age_seconds", "From when it was said to when it was handled.", at, AGE_BUCKETS_SECONDS
        )
        self.fact_retries = self.counter("tcd_fact_retries", "Tries again after a passing error.", (*at, "reason"))
        self.dead_letters = self.counter(
            "tcd_dead_letters", "Facts that could not be handled. Above 0: somebody must look.", (*at, "reason")
        )
        self.sequence_gaps = self.counter(
            "tcd_sequence_gaps", "Facts that came before the ones they follow. Above 0: replay the speaker.", at
        )
        self.keys_held = self.gauge("tcd_keys_held", "Subjects that wait for missing facts.", at)
        self.keys_parked = self.gauge("tcd_keys_parked", "Subjects parked behind a dead letter.", at)
        self.assigned_partitions = self.gauge("tcd_assigned_partitions", "Partitions this replica reads.", ("group",))
        self.rebalances = self.counter("tcd_rebalances", "Changes of assignment.", ("group",))


def _named(name: str) -> str:
    if not name.startswith("tcd_"):
        raise ValueError(f"a metric's name starts with tcd_: {name}")
    return name
