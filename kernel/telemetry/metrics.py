"""The figures of a process for Prometheus. Labels come from closed sets: no person, no tenant, no client's text."""

import os
from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from kernel.outbox.survey import Survey

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SHARED_BY_PROCESSES = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, of use to nobody here


class Metrics:
    """One per process; where several processes serve one port, whoever is asked answers for all of them."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._updates: list[Callable[[], None]] = []
        self.requests = Counter(
            "fediflow_requests", "GraphQL operations answered", ("kind", "outcome"), registry=registry
        )
        self.request_seconds = Histogram(
            "fediflow_request_seconds",
            "Time from the first byte of an operation to its answer",
            ("kind",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.plan_cache_hits = Counter(
            "fediflow_plan_cache_hits", "Operations whose plan was known", registry=registry
        )
        self.plan_cache_misses = Counter(
            "fediflow_plan_cache_misses", "Operations whose plan was compiled", registry=registry
        )
        self.cached_answers = Counter(
            "fediflow_cached_answers",
            "Queries that may be answered from the response cache",
            ("outcome",),
            registry=registry,
        )
        self.inbox_deliveries = Counter(
            "fediflow_inbox_deliveries",
            "Activities that other servers sent, by what became of them at the gateway",
            ("outcome",),
            registry=registry,
        )
        self.inbox_oldest_seconds = _gauge(
            "fediflow_inbox_oldest_seconds",
            "How long the activity that waits longest has been waiting to be worked on",
            (),
            "livemax",
            registry,
        )
        self.inbox_waiting = _gauge(
            "fediflow_inbox_waiting",
            "Activities of other servers that wait to be worked on, counted up to 100,000",
            (),
            "mostrecent",
            registry,
        )
        self.delivery_attempts = Counter(
            "fediflow_delivery_attempts",
            "Attempts to deliver an activity to another server, by how they ended",
            ("verdict",),
            registry=registry,
        )
        self.deliveries_waiting = _gauge(
            "fediflow_deliveries_waiting",
            "Deliveries that wait, counted up to 100,000",
            ("shard",),
            "mostrecent",
            registry,
        )
        self.deliveries_due_seconds = _gauge(
            "fediflow_deliveries_due_seconds",
            "For how long the delivery that waits longest could have gone",
            ("shard",),
            "mostrecent",
            registry,
        )
        self.dead_letters = _gauge(
            "fediflow_dead_letters",
            "Deliveries that were given up and are kept for 30 days, counted up to 100,000",
            ("shard",),
            "mostrecent",
            registry,
        )
        self.remote_hosts = _gauge(
            "fediflow_remote_hosts", "Other servers, by how they do", ("state",), "mostrecent", registry
        )
        self.inbox_processed = Counter(
            "fediflow_inbox_processed",
            "Activities of other servers that a worker worked on, by how that ended",
            ("outcome",),
            registry=registry,
        )
        self.plan_cache_size = _gauge("fediflow_plan_cache_size", "Plans kept", (), "livesum", registry)
        self.plan_families = _gauge(
            "fediflow_plan_families", "Operations and accesses whose plans are kept", (), "livesum", registry
        )
        self.plan_most_shapes = _gauge(
            "fediflow_plan_most_shapes",
            "Plans kept of the one operation and access that has most of them",
            (),
            "livemax",
            registry,
        )
        # A histogram, but for the cost of keeping one for each operation.
        self.operation_cost = Counter(
            "fediflow_operation_cost_bucket",
            "Operations that cost at most so many points",
            ("le",),
            registry=registry,
        )
        self.cost_requested = Counter(
            "fediflow_cost_requested_points",
            "Points that operations cost by their page sizes",
            registry=registry,
        )
        self.cost_actual = Counter(
            "fediflow_cost_actual_points", "Points that were not given back", registry=registry
        )
        self.cost_refused = Counter(
            "fediflow_cost_refused", "Operations refused because too few points were left", registry=registry
        )
        self.cost_buckets = _gauge(
            "fediflow_cost_buckets", "Clients whose points this process keeps", (), "livesum", registry
        )
        self.pool_in_use = _gauge(
            "fediflow_pool_in_use", "Database connections at work", ("database",), "livesum", registry
        )
        self.queries_in_flight = _gauge(
            "fediflow_queries_in_flight",
            "Queries that a database has not answered yet",
            ("database",),
            "livesum",
            registry,
        )
        self.pool_size = _gauge(
            "fediflow_pool_size", "Database connections allowed", ("database",), "livesum", registry
        )
        self.enrolments = Counter(
            "fediflow_enrolments", "Enrollments that reached a state", ("state",), registry=registry
        )
        self.outbox_age_seconds = _gauge(
            "fediflow_outbox_age_seconds",
            "Since when some consumer has not been told of a change",
            ("shard",),
            "mostrecent",
            registry,
        )
        self.outbox_position = _gauge(
            "fediflow_outbox_position", "Last position given out", ("shard",), "mostrecent", registry
        )
        self.consumer_position = _gauge(
            "fediflow_outbox_consumer_position",
            "How far a consumer came",
            ("shard", "consumer"),
            "mostrecent",
            registry,
        )
        self.consumer_behind = _gauge(
            "fediflow_outbox_consumer_behind",
            "How many positions a consumer has not handled yet",
            ("shard", "consumer"),
            "mostrecent",
            registry,
        )
        self.consumer_behind_seconds = _gauge(
            "fediflow_outbox_consumer_behind_seconds",
            "How old the change is that a consumer has to handle next",
            ("shard", "consumer"),
            "mostrecent",
            registry,
        )
        self.search_seconds = Histogram(
            "fediflow_search_seconds",
            "Time that the search engine took for a question",
            ("engine", "question", "outcome"),
            buckets=_SECONDS,
            registry=registry,
        )
        self.search_documents = Counter(
            "fediflow_search_documents",
            "Documents given to the search engine, by what became of them",
            ("engine", "outcome"),
            registry=registry,
        )
        self.search_failures = Counter(
            "fediflow_search_failures",
            "Requests that the search engine did not answer in time, or refused",
            ("engine", "request"),
            registry=registry,
        )
        self.search_refusals = _gauge(
            "fediflow_search_refusals",
            "Documents that are set aside because the search engine cannot take them, counted up to 100,000",
            ("shard",),
            "mostrecent",
            registry,
        )
        self.search_fanouts = _gauge(
            "fediflow_search_fanouts",
            "Changes of which not all documents were read anew yet",
            ("shard",),
            "mostrecent",
            registry,
        )
        self.consumer_failures = Counter(
            "fediflow_outbox_consumer_failures",
            "Failed attempts to hand a batch to a consumer",
            ("shard", "consumer"),
            registry=registry,
        )

    def keep_up_to_date(self, update: Callable[[], None]) -> None:
        """`update` is called whenever the figures are wanted: for gauges that mirror what something else counts."""
        self._updates.append(update)

    def surveyed(self, shard: str, survey: Survey) -> None:
        """Takes over how the outbox of a shard is doing."""
        self.outbox_age_seconds.labels(shard).set(survey.age_seconds)
        self.outbox_position.labels(shard).set(survey.position)
        for consumer in survey.consumers:
            self.consumer_position.labels(shard, consumer.name).set(consumer.position)
            self.consumer_behind.labels(shard, consumer.name).set(consumer.behind)
            self.consumer_behind_seconds.labels(shard, consumer.name).set(consumer.age_seconds)

    def consumer_failed(self, shard: str, consumer: str) -> None:
        """Counts a failed attempt."""
        self.consumer_failures.labels(shard, consumer).inc()

    def refresh(self) -> None:
        """Brings mirrored figures up to date."""
        for update in self._updates:
            update()

    def expose(self) -> bytes:
        """The figures in Prometheus' text format (`CONTENT_TYPE`)."""
        self.refresh()
        if not os.environ.get(SHARED_BY_PROCESSES):
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)


def _gauge(name: str, text: str, labels: tuple[str, ...], mode: str, registry: CollectorRegistry) -> Gauge:
    return Gauge(name, text, labels, registry=registry, multiprocess_mode=mode)  # type: ignore[arg-type]
