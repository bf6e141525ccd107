"""The outbox: a callback is owed with its decision or not at all, in order, under one id."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from service.addresses import Allowances
from service.db import Database, database_now
from service.errors import Conflict, Invalid, NotFound
from service.models import (
    Comment,
    Decision,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointKind,
    EndpointState,
    Score,
    Site,
)
from service.moderation import decisions, deliveries, endpoints, intake, outbox
from service.moderation.deliveries import SCHEDULE, Claimed, Reply
from service.moderation.rules import Rules
from service.sealing import Keyring, new_key
from service.vocabulary import Attribute, Event, Outcome, Verdict
from tests.support.comments import TEXT, classify, moderate, reread, submit

URL = "https://cms.example/hooks"
OK = Reply(outcome=Outcome.DELIVERED, status=204)
FAILED = Reply(outcome=Outcome.REFUSED, status=500)


def listen(database: Database, site: Site, url: str = URL, **options: object) -> Endpoint:
    with database.write() as session:
        return endpoints.register(session, site.id, url, allowed=Allowances(), **options)  # type: ignore[arg-type]


def owed(database: Database) -> list[Delivery]:
    with database.read() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.created_at, Delivery.id)))


def take(database: Database, limit: int = 10) -> list[Claimed]:
    with database.write() as session:
        return deliveries.claim(session, limit=limit, lease_seconds=30)


def settle(database: Database, claimed: Claimed, reply: Reply = OK) -> bool:
    with database.write() as session:
        return deliveries.settle(session, claimed, reply)


def pass_time(database: Database, endpoint: Endpoint | None = None) -> None:
    """Let every pause and lease run out."""
    with database.write() as session:
        session.execute(update(Delivery).values(next_attempt_at=database_now(-1)))
        session.execute(
            update(Delivery).where(Delivery.claimed_until.is_not(None)).values(claimed_until=database_now(-1))
        )
        session.execute(update(Endpoint).values(paused_until=None))


def now_of(database: Database, endpoint: Endpoint) -> Endpoint:
    with database.read() as session:
        return session.get_one(Endpoint, endpoint.id)


@pytest.mark.parametrize(
    ("verdict", "event"),
    [(Verdict.APPROVE, Event.APPROVED), (Verdict.REVIEW, Event.HELD), (Verdict.REJECT, Event.REJECTED)],
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
    classify(database, Verdict.REVIEW)
    before = len(owed(database))
    with database.write() as session:
        decisions.record_moderator(
            session, session.get_one(Comment, comment.id), Verdict.APPROVE, expected_version=2, actor="Ada"
        )
        assert len(session.scalars(select(Delivery)).all()) == before + 1
        session.rollback()
    assert len(owed(database)) == before
    with database.read() as session:
        assert len(session.scalars(select(Decision)).all()) == 1


def test_what_a_callback_says(database: Database, site: Site) -> None:
    listen(database, site)
    comment = submit(database, site.id, "c/7", article_id="bridge", author_id="a-7", author_name="Ann")
    with database.write() as session:
        session.add(
            Score(
                site_id=site.id, comment_id=comment.id, revision=1, attribute=Attribute.TOXICITY,
                value=0.97, classifier="toxicity", version="v1",
            )
        )  # fmt: skip
    classify(database, Verdict.REJECT)
    (delivery,) = owed(database)
    with database.read() as session:
        said = outbox.payload(session, delivery)
        decision = session.scalars(select(Decision)).one()
    told = said["data"]
    assert said["type"] == "comment.rejected"
    assert (told["comment_id"], told["article_id"], told["sequence"], told["revision"]) == ("c/7", "bridge", 2, 1)
    assert (told["verdict"], told["status"], told["previous_status"]) == ("reject", "rejected", "pending")
    assert told["scores"] == {"toxicity": {"value": 0.97, "classifier": "toxicity", "version": "v1"}}
    assert told["decided_by"] == {"source": "policy", "policy_version": 0, "name": None}
    assert told["decision_id"] == decision.id
    assert [reason["code"] for reason in told["reasons"]] == ["toxic"]
    written = json.dumps(said)
    assert TEXT not in written
    assert "Ann" not in written
    assert "a-7" not in written
    assert len(written) < 20_000


def test_every_attempt_says_the_same(database: Database, site: Site) -> None:
    listen(database, site)
    comment = submit(database, site.id)
    classify(database, Verdict.APPROVE)
    delivery = owed(database)[0]
    with database.read() as session:
        first = outbox.payload(session, delivery)
    moderate(database, reread(database, comment.id), Verdict.REJECT)
    with database.read() as session:
        assert outbox.payload(session, delivery) == first


def test_an_overturn_and_an_erasure_are_events_of_their_own(database: Database, site: Site) -> None:
    listen(database, site)
    comment = submit(database, site.id)
    classify(database, Verdict.REJECT)
    moderate(database, reread(database, comment.id), Verdict.APPROVE)
    with database.write() as session:
        intake.erase(session, site.id, "c-1", actor="key")
    assert [(delivery.event, delivery.sequence) for delivery in owed(database)] == [
        (Event.REJECTED, 2),
        (Event.OVERTURNED, 3),
        (Event.ERASED, 4),
    ]


def test_a_moderator_who_ends_a_review_overturns_nothing(database: Database, site: Site) -> None:
    listen(database, site)
    comment = submit(database, site.id)
    classify(database, Verdict.REVIEW)
    moderate(database, reread(database, comment.id), Verdict.REJECT)
    assert [delivery.event for delivery in owed(database)] == [Event.HELD, Event.REJECTED]


def test_a_comments_own_address_gets_its_callbacks_too(database: Database, site: Site) -> None:
    address = "https://cms.example:8443/comment?id=1"
    submit(database, site.id, callback_url=address)
    submit(database, site.id, "c-2", TEXT + " Two.", callback_url="https://cms.example:8443/comment?id=2")
    classify(database)
    with database.write() as session:
        intake.erase(session, site.id, "c-1", actor="key")
    with database.read() as session:
        origin = session.scalars(select(Endpoint)).one()
    assert (origin.kind, origin.url) == (EndpointKind.ORIGIN, "https://cms.example:8443")
    urls = [(delivery.event, delivery.url) for delivery in owed(database) if delivery.url == address]
    assert urls == [(Event.APPROVED, address), (Event.ERASED, address)]


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
    classify(database, Verdict.REVIEW)
    moderate(database, reread(database, comment.id), Verdict.APPROVE, delay=10)
    assert take(database) == []
    pass_time(database)
    assert len(take(database)) == 1


def test_an_undone_decision_withdraws_its_callback(database: Database, site: Site) -> None:
    listen(database, site, events=[Event.APPROVED.value])
    comment = submit(database, site.id)
    classify(database, Verdict.REVIEW)
    decision_id = moderate(database, reread(database, comment.id), Verdict.APPROVE, delay=10)
    assert decision_id is not None
    with database.write() as session:
        assert outbox.withdraw(session, decision_id)
    pass_time(database)
    assert take(database) == []


def test_what_is_being_told_cannot_be_withdrawn(database: Database, site: Site) -> None:
    listen(database, site, events=[Event.APPROVED.value])
    comment = submit(database, site.id)
    classify(database, Verdict.REVIEW)
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
    assert {(attempt.outcome, attempt.status) for attempt in log} == {(Outcome.REFUSED, 500)}


@pytest.mark.parametrize("attempt", range(1, len(SCHEDULE)))
def test_what_failed_together_does_not_come_back_together(attempt: int) -> None:
    pauses = [deliveries._pause(attempt, None) for _ in range(200)]
    planned = SCHEDULE[attempt]
    assert planned <= min(pauses) <= max(pauses) <= 1.2 * planned
    assert max(pauses) - min(pauses) > 0.1 * planned


def test_a_410_switches_the_endpoint_off_and_what_it_misses_waits(database: Database, site: Site) -> None:
    endpoint = listen(database, site)
    submit(database, site.id)
    classify(database)
    settle(database, take(database)[0], Reply(outcome=Outcome.GONE, status=410))
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
        asked = Reply(outcome=Outcome.REFUSED, status=429, retry_after=600)
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
    while now_of(database, endpoint).failures < deliveries.BREAKER:
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
    with database.write() as session, pytest.raises(Conflict, match="under way"):
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


def test_another_sites_endpoints_and_deliveries_are_not_found(database: Database, site: Site, other_site: Site) -> None:
    endpoint = listen(database, site)
    submit(database, site.id)
    classify(database)
    (delivery,) = owed(database)
    with database.read() as session:
        for find in (
            lambda: endpoints.require(session, other_site.id, endpoint.id),
            lambda: deliveries.require(session, other_site.id, delivery.id),
        ):
            with pytest.raises(NotFound):
                find()


@pytest.mark.parametrize(
    "url",
    ["http://cms.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/x", "https://a:b@cms.example/",
     "ftp://cms.example/", "cms.example", "https://cms.example/" + "x" * 2_000, "https://cms.example/a b"],
)  # fmt: skip
def test_an_address_that_can_never_be_reached_is_refused_when_it_is_registered(
    database: Database, site: Site, url: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        listen(database, site, url)
    assert refusal.value.errors[0].pointer == "#/url"


def test_unknown_events_and_the_same_address_twice_are_refused(database: Database, site: Site) -> None:
    with pytest.raises(Invalid, match="events must be among"):
        listen(database, site, events=["comment.liked"])
    listen(database, site)
    with pytest.raises(Conflict):
        listen(database, site)


def test_a_rotation_signs_with_both_secrets_until_it_is_ended(database: Database, site: Site) -> None:
    endpoint = listen(database, site)
    keyring = Keyring([new_key()])

    def stored() -> list[str]:
        return keyring.open_all(now_of(database, endpoint).secrets)

    with database.write() as session:
        (old,) = endpoints.secrets_of(session, session.get_one(Endpoint, endpoint.id), keyring)
    with database.write() as session:
        new = endpoints.rotate(session.get_one(Endpoint, endpoint.id), keyring)
    assert stored() == [new, old]
    with database.write() as session:
        newest = endpoints.rotate(session.get_one(Endpoint, endpoint.id), keyring)
    assert stored() == [newest, new]
    with database.write() as session:
        endpoints.retire_old_secrets(session.get_one(Endpoint, endpoint.id))
    assert stored() == [newest]


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


def test_an_edited_comment_owes_word_of_each_verdict(database: Database, site: Site) -> None:
    listen(database, site)
    submit(database, site.id)
    classify(database, Verdict.APPROVE)
    with database.write() as session:
        intake.edit(session, site.id, "c-1", TEXT + " Worse.", Rules())
    classify(database, Verdict.REJECT)
    assert [(d.event, d.sequence) for d in owed(database)] == [(Event.APPROVED, 2), (Event.REJECTED, 4)]
