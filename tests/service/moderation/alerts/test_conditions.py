"""What counts as wrong: by the numbers of the site, the workers that are alive, the endpoints that fail."""

from datetime import timedelta

from sqlalchemy import update

from service.clock import utc_now
from service.db import Database
from service.models import (
    AlertKind,
    Comment,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    HeldReason,
    Lane,
    Site,
    SiteAlerts,
    WorkerBeat,
)
from service.moderation.alerts import conditions
from service.moderation.alerts.conditions import Facts
from service.vocabulary import Event
from tests.support.held import hold
from tests.support.legal_notices import receive

LIMITS = SiteAlerts(held_minutes=30, held_count=2)


def at_site(database: Database, site: Site) -> dict[AlertKind, Facts]:
    with database.read() as session:
        found = conditions.at_site(session, site.id, LIMITS)
    return {kind: facts for kind, facts in found.items() if facts is not None}


def test_a_queue_is_too_long_above_its_limit_and_too_old_after_its_time(
    database: Database, site: Site, other_site: Site
) -> None:
    for number in range(2):
        hold(database, site.id, number)
        hold(database, other_site.id, number)
    assert at_site(database, site) == {}
    third = hold(database, site.id, 2)
    assert at_site(database, site) == {AlertKind.QUEUE_LONG: {"amount": 3, "limit": 2}}
    with database.write() as session:
        earlier = utc_now() - timedelta(minutes=31)
        session.execute(update(Comment).where(Comment.id == third.id).values(decided_at=earlier))
    assert at_site(database, site)[AlertKind.QUEUE_OLD] == {"amount": 3, "minutes": 31, "limit": 30}


def test_scoring_is_down_without_a_live_worker_and_failing_where_nothing_is_read(
    database: Database, site: Site
) -> None:
    def scoring() -> Facts | None:
        with database.read() as session:
            return conditions.scoring(session, [site.id])

    assert scoring() == {"why": "workers"}
    with database.write() as session:
        session.add(WorkerBeat(role="classification", host="h", pid=1))
    assert scoring() is None
    for number in range(3):
        hold(database, site.id, number)
    with database.write() as session:
        for row in session.query(HeldReason).order_by(HeldReason.name).all():
            session.delete(row)
        session.flush()
        for comment in session.query(Comment).all():
            session.add(
                HeldReason(
                    comment_id=comment.id, name="unclassified", site_id=site.id, escalated=0, score=None,
                    received_at=comment.received_at, severity=0.0, uncertainty=0.0,
                )
            )  # fmt: skip
    assert scoring() == {"why": "classifier"}


def test_callbacks_fail_where_an_endpoint_does_or_nobody_sends_them(database: Database, site: Site) -> None:
    def endpoint(host: str, **state: object) -> Endpoint:
        with database.write() as session:
            made = Endpoint(site_id=site.id, url=f"https://{host}/hook?token=secret", secrets=[], **state)
            session.add(made)
        return made

    endpoint("well.example", failures=2)
    endpoint("off.example", state=EndpointState.DISABLED, disabled_reason="Switched off in the console.")
    assert at_site(database, site) == {}
    endpoint("gone.example", state=EndpointState.DISABLED, disabled_reason="The receiver answered 410 Gone.")
    bad = endpoint("bad.example", failures=3)
    failing = {"amount": 2, "hosts": ["bad.example", "gone.example"], "overdue": False}
    assert at_site(database, site) == {AlertKind.CALLBACKS_FAILING: failing}
    with database.write() as session:
        session.execute(update(Endpoint).values(failures=0, state=EndpointState.ACTIVE))
        session.add(
            Delivery(
                site_id=site.id, endpoint_id=bad.id, event=next(iter(Event)), sequence=1, state=DeliveryState.WAITING,
                next_attempt_at=utc_now() - timedelta(minutes=11),
            )
        )  # fmt: skip
    overdue = {"amount": 0, "hosts": [], "overdue": True}
    assert at_site(database, site) == {AlertKind.CALLBACKS_FAILING: overdue}
    with database.write() as session:  # a slow receiver of many is no fault
        session.execute(update(Delivery).values(lane=Lane.REPLAYED))
    assert at_site(database, site) == {}


def test_open_legal_notices_count_at_their_site(database: Database, site: Site, other_site: Site) -> None:
    receive(database, site)
    receive(database, site, location="c-1")
    assert at_site(database, site) == {AlertKind.LEGAL_NOTICE: {"amount": 2}}
    assert at_site(database, other_site) == {}
