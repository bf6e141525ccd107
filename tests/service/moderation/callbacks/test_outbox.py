"""The outbox: a callback is owed with its decision or not at all, in order, under one id."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from service.db import Database, database_now
from service.errors import Conflict
from service.models import Comment, Decision, Delivery, DeliveryState, Endpoint, EndpointState, Site
from service.moderation.callbacks import attempts, deliveries, endpoint_health, endpoints, outbox
from service.moderation.callbacks.attempts import SCHEDULE, Reply
from service.moderation.decisions import decisions
from service.vocabulary import AttemptOutcome, Event, Verdict
from tests.support.actors import ADA
from tests.support.comments import TEXT, classify, moderate, reread, submit
from tests.support.outbox import FAILED, OK, URL, listen, now_of, owed, pass_time, settle, take


@pytest.mark.parametrize(
    ("verdict", "event"),
    [(Verdict.APPROVE, Event.APPROVED), (Verdict.HOLD, Event.HELD), (Verdict.REJECT, Event.REJECTED)],
)
def test_a_verdict_owes_one_callback_to_each_endpoint_that_wants_it(
    database: Database, site: Site, other_site: Site, verdict: Verdict, event: Event
) -> None:
    all_events, wanted = listen(database, site), listen(database, site, URL + "/2", events=[event.value])
    listen(database, site, URL + "/3", events=[Event.ERASED.value])
    listen(database, other_site, URL)
    submit(database, site.id)
    classify(database, verdict)
    assert {delivery.endpoint_id for delivery in owed(database)} == {all_events.id, wanted.id}
    assert {delivery.event for delivery in owed(database)} == {event}


def test_a_decision_that_is_rolled_back_owes_nothing(database: Database, site: Site) -> None:
    listen(database, site)
    comment = submit(database, site.id)
    classify(database, Verdict.HOLD)
    before = len(owed(database))
    with database.write() as session:
        decisions.record_moderator(
            session, session.get_one(Comment, comment.id), Verdict.APPROVE, expected_version=2, by=ADA
        )
        assert len(session.scalars(select(Delivery)).all()) == before + 1
        session.rollback()
    assert len(owed(database)) == before
    with database.read() as session:
        assert len(session.scalars(select(Decision)).all()) == 1


def test_callbacks_of_a_comment_are_claimed_in_order(database: Database, site: Site) -> None:
    listen(database, site)
    comment = submit(database, site.id)
    classify(database, Verdict.REJECT)
    moderate(database, reread(database, comment.id), Verdict.APPROVE)
    (first,) = take(database)
    assert first.delivery.sequence == 2
    assert take(database) == []
    settle(database, first, FAILED)
    assert take(database) == [], "the earlier one has failed and waits; the later one must not pass it"
    pass_time(database)
    (again,) = take(database)
    assert again.delivery.id == first.delivery.id
    settle(database, again)
    (second,) = take(database)
    assert second.delivery.sequence == 3


def test_a_held_back_callback_leaves_only_when_it_cannot_be_undone_any_more(database: Database, site: Site) -> None:
    listen(database, site, events=[Event.APPROVED.value])
    comment = submit(database, site.id)
    classify(database, Verdict.HOLD)
    moderate(database, reread(database, comment.id), Verdict.APPROVE, delay=10)
    assert take(database) == []
    pass_time(database)
    assert len(take(database)) == 1


def test_an_undone_decision_withdraws_its_callback(database: Database, site: Site) -> None:
    listen(database, site, events=[Event.APPROVED.value])
    comment = submit(database, site.id)
    classify(database, Verdict.HOLD)
    decision_id = moderate(database, reread(database, comment.id), Verdict.APPROVE, delay=10)
    assert decision_id is not None
    with database.write() as session:
        assert outbox.withdraw(session, decision_id)
    pass_time(database)
    assert take(database) == []


def test_what_is_being_told_cannot_be_withdrawn(database: Database, site: Site) -> None:
    listen(database, site, events=[Event.APPROVED.value])
    comment = submit(database, site.id)
    classify(database, Verdict.HOLD)
    decision_id = moderate(database, reread(database, comment.id), Verdict.APPROVE)
    assert decision_id is not None
    take(database)
    with database.write() as session:
        assert not outbox.withdraw(session, decision_id)


def test_a_failed_attempt_is_tried_again_by_the_schedule(database: Database, site: Site) -> None:
    endpoint = listen(database, site)
    submit(database, site.id)
    classify(database)
    waits = []
    for number in range(1, len(SCHEDULE) + 1):
        pass_time(database)
        (claimed,) = take(database)
        assert claimed.delivery.attempts == number
        settle(database, claimed, FAILED)
        with database.read() as session:
            delivery = session.scalars(select(Delivery)).one()
            waits.append((delivery.next_attempt_at - datetime.now(UTC)).total_seconds())
    for waited, planned in zip(waits[:-1], SCHEDULE[1:], strict=True):
        assert planned - 1 <= waited <= planned * 1.2 + 1
    assert delivery.state is DeliveryState.FAILED
    assert now_of(database, endpoint).state is EndpointState.DISABLED
    assert "10 attempts" in now_of(database, endpoint).disabled_reason
    with database.read() as session:
        log = deliveries.attempts_of(session, delivery)
    assert [attempt.number for attempt in log] == list(range(1, 11))
    assert {(attempt.outcome, attempt.status) for attempt in log} == {(AttemptOutcome.REFUSED, 500)}


@pytest.mark.parametrize("attempt", range(1, len(SCHEDULE)))
def test_what_failed_together_does_not_come_back_together(attempt: int) -> None:
    pauses = [attempts.pause(attempt, None) for _ in range(200)]
    planned = SCHEDULE[attempt]
    assert planned <= min(pauses) <= max(pauses) <= 1.2 * planned
    assert max(pauses) - min(pauses) > 0.1 * planned


def test_a_410_switches_the_endpoint_off_and_what_it_misses_waits(database: Database, site: Site) -> None:
    endpoint = listen(database, site)
    submit(database, site.id)
    classify(database)
    settle(database, take(database)[0], Reply(outcome=AttemptOutcome.GONE, status=410))
    assert now_of(database, endpoint).state is EndpointState.DISABLED
    submit(database, site.id, "c-2", TEXT + " Later.")
    classify(database)
    pass_time(database)
    assert take(database) == []
    with database.write() as session:
        endpoints.enable(session.get_one(Endpoint, endpoint.id))
    assert len(take(database)) == 2


def test_a_retry_after_holds_the_whole_endpoint_and_no_other(database: Database, site: Site) -> None:
    busy, other = listen(database, site, URL), listen(database, site, URL + "/other")
    for number in range(3):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    classify(database)
    for claimed in take(database, limit=2 * deliveries.PER_ENDPOINT):
        asked = Reply(outcome=AttemptOutcome.REFUSED, status=429, retry_after=600)
        settle(database, claimed, asked if claimed.endpoint.id == busy.id else OK)
    assert {claimed.endpoint.id for claimed in take(database)} == {other.id}
    paused = now_of(database, busy).paused_until
    assert paused is not None
    assert timedelta(seconds=580) < paused - datetime.now(UTC) < timedelta(seconds=620)


def test_an_endpoint_has_two_under_way_and_one_while_it_fails(database: Database, site: Site) -> None:
    listen(database, site)
    for number in range(6):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    classify(database)
    held = take(database)
    assert len(held) == 2
    assert take(database) == []
    settle(database, held[0], FAILED)
    settle(database, held[1], FAILED)
    assert len(take(database)) == 1


def test_an_endpoint_that_keeps_failing_is_paused_and_catches_up_when_it_answers(
    database: Database, site: Site
) -> None:
    endpoint = listen(database, site)
    for number in range(5):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    classify(database)
    while now_of(database, endpoint).failures < endpoint_health.BREAKER:
        for claimed in take(database):
            settle(database, claimed, FAILED)
    assert take(database) == []
    assert now_of(database, endpoint).paused_until is not None
    with database.write() as session:
        session.execute(update(Endpoint).values(paused_until=None))
    settle(database, take(database)[0])
    assert now_of(database, endpoint).failures == 0
    with database.read() as session:
        assert deliveries.due(session) == 4


def test_whoever_lost_the_claim_settles_nothing(database: Database, site: Site) -> None:
    listen(database, site)
    submit(database, site.id)
    classify(database)
    (slow,) = take(database)
    pass_time(database)
    (quick,) = take(database)
    assert not settle(database, slow, FAILED)
    assert settle(database, quick)
    assert not settle(database, slow, FAILED)
    assert owed(database)[0].state is DeliveryState.DELIVERED


def test_a_delivery_that_kills_its_workers_is_given_up(database: Database, site: Site) -> None:
    listen(database, site)
    submit(database, site.id)
    classify(database)
    for _ in SCHEDULE:
        assert take(database)
        pass_time(database)
    assert take(database) == []
    with database.write() as session:
        assert deliveries.give_up(session) == 1
    assert owed(database)[0].state is DeliveryState.FAILED


def test_a_replay_keeps_the_id_and_begins_the_schedule_anew(database: Database, site: Site) -> None:
    listen(database, site)
    submit(database, site.id)
    classify(database)
    (claimed,) = take(database)
    settle(database, claimed)
    with database.write() as session:
        deliveries.replay(session, deliveries.require(session, site.id, claimed.delivery.id))
    (again,) = take(database)
    assert (again.delivery.id, again.delivery.attempts) == (claimed.delivery.id, 1)
    with database.write() as session, pytest.raises(Conflict, match="in progress"):
        deliveries.replay(session, deliveries.require(session, site.id, claimed.delivery.id))


def test_a_replay_since_a_time_takes_what_failed_or_everything(database: Database, site: Site) -> None:
    endpoint = listen(database, site)
    for number in range(3):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    classify(database)
    old, failed, fine = owed(database)
    with database.write() as session:
        session.execute(update(Delivery).values(state=DeliveryState.DELIVERED))
        session.execute(update(Delivery).where(Delivery.id == failed.id).values(state=DeliveryState.FAILED))
        session.execute(update(Delivery).where(Delivery.id == old.id).values(created_at=database_now(-3600)))
    since = datetime.now(UTC) - timedelta(minutes=30)
    with database.write() as session:
        assert deliveries.replay_since(session, endpoint, since, failed_only=True) == 1
        assert deliveries.replay_since(session, endpoint, since, failed_only=False) == 1
    assert {d.id for d in owed(database) if d.state is DeliveryState.WAITING} == {failed.id, fine.id}


def test_a_held_callback_costs_no_attempt_and_its_endpoint_is_left_alone_for_a_while(
    database: Database, site: Site
) -> None:
    endpoint, other = listen(database, site), listen(database, site, URL + "/other")
    submit(database, site.id)
    classify(database)
    with database.write() as session:
        for claimed in deliveries.claim(session, limit=10, lease_seconds=30):
            if claimed.endpoint.id == endpoint.id:
                deliveries.hold(session, claimed, "no key")
            else:
                deliveries.settle(session, claimed, OK)
    assert take(database) == []
    held = next(delivery for delivery in owed(database) if delivery.endpoint_id == endpoint.id)
    assert (held.state, held.attempts, held.claim_token) == (DeliveryState.WAITING, 0, None)
    now = now_of(database, endpoint)
    assert (now.state, now.failures, now.held_reason) == (EndpointState.ACTIVE, 0, "no key")
    assert now_of(database, other).held_reason == ""
    pass_time(database)
    assert [claimed.delivery.id for claimed in take(database)] == [held.id]


def test_a_site_whose_receivers_are_all_silent_leaves_attempts_to_another(
    database: Database, site: Site, other_site: Site
) -> None:
    for number in range(9):
        listen(database, site, f"https://silent-{number}.example/hooks")
    submit(database, site.id)
    classify(database)
    with database.write() as session:
        silent = deliveries.claim(session, limit=6, lease_seconds=30)
    assert 3 <= len(silent) < 6
    listen(database, other_site)
    submit(database, other_site.id)
    classify(database)
    with database.write() as session:
        (next_one,) = deliveries.claim(session, limit=6, lease_seconds=30, under_way=silent)
    assert next_one.delivery.site_id == other_site.id


def test_few_callbacks_of_a_site_go_to_one_host_at_once(database: Database, site: Site) -> None:
    for number in range(2 * deliveries.PER_HOST):
        listen(database, site, f"{URL}/{number}")
    submit(database, site.id)
    classify(database)
    assert len(take(database, limit=64)) == deliveries.PER_HOST
