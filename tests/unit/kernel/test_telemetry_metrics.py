"""The figures: what is counted, how it is exposed, and that labels come from closed sets."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kernel.outbox.survey import Progress, Survey
from kernel.telemetry import Metrics
from kernel.telemetry.metrics import SHARED_BY_PROCESSES
from kernel.telemetry.mirrored import MirroredCount


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> Metrics:
    monkeypatch.delenv(SHARED_BY_PROCESSES, raising=False)
    return Metrics()


def values(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.expose().decode())
        for sample in family.samples
    }


def test_requests_are_counted_by_kind_and_outcome(metrics: Metrics) -> None:
    metrics.requests.labels("query", "ok").inc()
    metrics.request_seconds.labels("query").observe(0.004)
    found = values(metrics)
    assert found["fediflow_requests_total", "query", "ok"] == 1
    assert found["fediflow_request_seconds_bucket", "query", "0.005"] == 1
    assert found["fediflow_request_seconds_bucket", "query", "0.0025"] == 0


def test_a_survey_shows_age_positions_and_consumers(metrics: Metrics) -> None:
    metrics.surveyed("one", Survey(7, 1.5, (Progress("announcer", 5, 2, 3.0),)))
    found = values(metrics)
    assert found["fediflow_outbox_age_seconds", "one"] == 3.0
    assert found["fediflow_outbox_position", "one"] == 7
    assert found["fediflow_outbox_consumer_position", "announcer", "one"] == 5
    assert found["fediflow_outbox_consumer_behind", "announcer", "one"] == 2
    assert found["fediflow_outbox_consumer_behind_seconds", "announcer", "one"] == 3.0


def test_mirrored_figures_are_brought_up_to_date_when_they_are_wanted(metrics: Metrics) -> None:
    size = 1
    metrics.keep_up_to_date(lambda: metrics.plan_cache_size.set(size))
    assert values(metrics)["fediflow_plan_cache_size",] == 1
    size = 2
    assert values(metrics)["fediflow_plan_cache_size",] == 2


def test_a_mirrored_count_never_goes_back(metrics: Metrics) -> None:
    mirrored = MirroredCount(metrics.plan_cache_hits)
    for count in (3, 5, 5, 1, 2):  # it began anew after 5
        mirrored.now(count)
    assert values(metrics)["fediflow_plan_cache_hits_total",] == 7


def test_two_processes_of_figures_do_not_share_a_registry(metrics: Metrics) -> None:
    Metrics().plan_cache_misses.inc()
    assert values(metrics)["fediflow_plan_cache_misses_total",] == 0
