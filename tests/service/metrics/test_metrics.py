"""/metrics: what it tells, to whom, and that several processes tell the same."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from service.clock import utc_now
from service.db import Database, new_id
from service.installation.settings import Settings
from service.metrics import running
from service.models import Comment, Delivery, DeliveryState, Endpoint, EndpointState, Site, WorkerBeat
from service.queues import Queues
from service.vocabulary import Attribute, CommentStatus, Event, Verdict
from tests.support.history import LONG, History
from tests.support.quicker import application

DEPLOY = Path(__file__).parents[3] / "deploy"
RUDE = {Attribute.TOXICITY: 0.6}


@pytest.fixture
def process(database: Database, queues: Queues, settings: Settings) -> Callable[..., FlaskClient]:
    """Return what starts one more web process's application; each has a memory of its own."""

    def start(**changes: object) -> FlaskClient:
        return application(settings.model_copy(update=changes), database, queues).test_client()

    return start


def told(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Return every sample as (name, label values…) → value."""
    families = text_string_to_metric_families(client.get("/metrics").get_data(as_text=True))
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def pending(site: Site, seconds: float) -> Comment:
    since = utc_now() - timedelta(seconds=seconds)
    return Comment(site_id=site.id, external_id=new_id(), text=LONG, received_at=since, pending_since=since)


def test_the_age_of_the_oldest_comment_without_a_verdict_is_told_per_site(
    database: Database, site: Site, other_site: Site, process: Callable[..., FlaskClient]
) -> None:
    with database.write() as session:
        session.add_all([pending(site, 90), pending(site, 5)])
    found = told(process())
    assert found["moderato_oldest_pending_seconds", "gazette"] == pytest.approx(90, abs=10)
    assert found["moderato_oldest_pending_seconds", "herald"] == 0
    assert found["moderato_comments_waiting", "gazette", "pending"] == 2


def test_counters_agree_between_processes_and_after_a_restart(
    database: Database, site: Site, process: Callable[..., FlaskClient]
) -> None:
    now = utc_now()
    with database.write() as session:
        history = History(session, site)
        anna = history.moderator("Anna")
        for hours in (0.1, 5, 50):
            history.comment(now - timedelta(hours=hours), scores=RUDE, decided_by=anna, verdict=Verdict.REJECT)
    first, second = process(), process()
    expected = {
        ("moderato_comments_received_total", "gazette"): 3,
        ("moderato_decisions_total", "gazette", "policy", "hold"): 3,
        ("moderato_decisions_total", "gazette", "moderator", "reject"): 3,
        ("moderato_verdict_seconds_count",): 3,
        ("moderato_verdict_seconds_sum",): pytest.approx(6, abs=0.02),
        ("moderato_verdict_seconds_bucket", "1.0"): 0,
        ("moderato_verdict_seconds_bucket", "2.5"): 3,
        ("moderato_verdict_seconds_bucket", "+Inf"): 3,
    }
    for client in (first, second, process()):
        found = told(client)
        assert {key: found[key] for key in expected} == expected


def test_counters_only_grow_while_rows_settle(database: Database, site: Site) -> None:
    counts, start = running.Running(running.received), datetime(2026, 3, 2, tzinfo=UTC)
    for number, hour in enumerate((0, 0.5, 0.9, 1.2, 3, 3.1, 9, 30), start=1):
        now = start + timedelta(hours=hour)
        with database.write() as session:
            History(session, site).comment(now).external_id = f"n{number}"
        with database.read() as session:
            assert counts.up_to(session, now) == {(site.id,): number}
            assert running.Running(running.received).up_to(session, now) == {(site.id,): number}


def test_the_database_is_asked_again_only_after_five_seconds(
    database: Database, site: Site, process: Callable[..., FlaskClient]
) -> None:
    client = process()
    before = told(client)
    with database.write() as session:
        session.add(pending(site, 90))
    assert told(client) == before
    assert told(process())["moderato_comments_waiting", "gazette", "pending"] == 1


def test_workers_count_while_they_give_signs_of_life(database: Database, process: Callable[..., FlaskClient]) -> None:
    with database.write() as session:
        for role, age in (("classification", 1), ("classification", 3), ("delivery", 300)):
            seen = utc_now() - timedelta(seconds=age)
            session.add(WorkerBeat(role=role, host="h", pid=1, started_at=seen, seen_at=seen))
    found = told(process())
    assert found["moderato_workers", "classification"] == 2
    assert found["moderato_workers", "delivery"] == 0


def test_queues_are_told_and_a_dead_redis_is_a_figure_not_an_error(
    process: Callable[..., FlaskClient], queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.wake()
    assert told(process())["moderato_queue_jobs", "classification"] == 1
    assert told(process())["moderato_unscored_requests_total", "deadline"] == 0
    queues.count_unscored("deadline")
    assert told(process())["moderato_unscored_requests_total", "deadline"] == 1
    monkeypatch.setattr(queues, "redis", Queues("unix:///nonexistent/redis.sock").redis)
    found = told(process())
    assert (found["moderato_redis_up",], found["moderato_database_up",]) == (0, 1)


def test_a_dead_database_is_a_figure_not_an_error(queues: Queues, settings: Settings) -> None:
    broken = Database("postgresql://nobody@/nothing?host=/nonexistent")
    found = told(application(settings, broken, queues).test_client())
    assert (found["moderato_database_up",], found["moderato_redis_up",]) == (0, 1)
    broken.dispose()


@pytest.mark.parametrize(
    ("token", "address", "headers", "status"),
    [
        (None, "127.0.0.1", {}, 200),
        (None, "::1", {}, 200),
        (None, "203.0.113.9", {}, 403),
        (None, "127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        (None, "127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 403),
        ("t0ken", "127.0.0.1", {}, 403),
        ("t0ken", "203.0.113.9", {"Authorization": "Bearer t0ken"}, 200),
        ("t0ken", "203.0.113.9", {"Authorization": "Bearer tëken"}, 403),
    ],
)
def test_figures_are_for_this_machine_or_for_the_token(
    process: Callable[..., FlaskClient], token: str | None, address: str, headers: dict[str, str], status: int
) -> None:
    client = process(metrics_token=token)
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_held_comments_are_counted_with_the_longest_wait(
    database: Database, site: Site, process: Callable[..., FlaskClient]
) -> None:
    with database.write() as session:
        comment = History(session, site).comment(utc_now() - timedelta(hours=2), scores=RUDE)
        assert comment.status is CommentStatus.HELD
    found = told(process())
    assert found["moderato_comments_waiting", "gazette", "held"] == 1
    assert found["moderato_oldest_held_seconds", "gazette"] == pytest.approx(7200, abs=30)


def test_callbacks_owed_given_up_and_switched_off_are_told(
    database: Database, site: Site, process: Callable[..., FlaskClient]
) -> None:
    now = utc_now()
    with database.write() as session:
        good = Endpoint(site_id=site.id, url="https://cms.example/hook", secrets=[])
        bad = Endpoint(site_id=site.id, url="https://bad.example/", secrets=[], state=EndpointState.DISABLED)
        session.add_all([good, bad])
        session.flush()
        for number, (endpoint, state, age) in enumerate(
            [
                (good, DeliveryState.WAITING, 40),
                (good, DeliveryState.FAILED, 500),
                (bad, DeliveryState.WAITING, 900),
                (good, DeliveryState.DELIVERED, 900),
            ]
        ):
            due = now - timedelta(seconds=age)
            row = Delivery(site_id=site.id, endpoint_id=endpoint.id, sequence=number, state=state, next_attempt_at=due)
            row.event = next(iter(Event))
            session.add(row)
    found = told(process())
    assert found["moderato_callbacks", "gazette", "waiting"] == 2
    assert found["moderato_callbacks", "gazette", "failed"] == 1
    assert found["moderato_callback_overdue_seconds",] == pytest.approx(40, abs=10)
    assert found["moderato_endpoints_disabled", "gazette"] == 1
    assert found["moderato_dead_webhooks", "gazette"] == 0


def test_the_application_serves_its_figures(settings: Settings, database: Database, queues: Queues, site: Site) -> None:
    client = application(settings, database, queues).test_client()
    assert told(client)["moderato_comments_waiting", "gazette", "pending"] == 0
    refused = client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "forbidden")


def test_the_alerts_and_the_dashboard_name_only_figures_that_are_told(
    database: Database, site: Site, process: Callable[..., FlaskClient]
) -> None:
    with database.write() as session:
        history = History(session, site)
        anna = history.moderator("Anna")
        history.comment(utc_now() - timedelta(hours=2), scores=RUDE, decided_by=anna, verdict=Verdict.REJECT)
    families = text_string_to_metric_families(process().get("/metrics").get_data(as_text=True))
    samples = [sample for family in families for sample in family.samples]
    labels = {sample.name: set(sample.labels) for sample in samples}
    values = {(name, value) for sample in samples for name, value in sample.labels.items()}
    assert {"moderato_queue_jobs", "moderato_queue_failed_jobs"} <= labels.keys()
    for name in ("prometheus-alerts.yml", "grafana-dashboard.json"):
        text = (DEPLOY / name).read_text().replace('\\"', '"')
        named = set(re.findall(r"\bmoderato_[a-z_]+", text))
        assert named, name
        assert named <= labels.keys(), name
        for figure, selected in re.findall(r"\b(moderato_[a-z_]+)\{([^}]*)\}", text):
            for label, operator, value in re.findall(r'(\w+)(=~|!=|=)"([^"]*)"', selected):
                assert label in labels[figure], f"{name}: {figure} has no label {label}"
                assert operator != "=" or (label, value) in values, f"{name}: nothing is {label}={value}"
        for grouped in re.findall(r"\b(?:by|without) ?\(([^)]*)\)", text):
            for label in re.split(r", *", grouped):
                assert label in {"instance"}.union(*labels.values()), f"{name}: no figure has a label {label}"
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"]) > 10
