"""Retention: texts go when their time is up or their author asks, and nothing of them stays anywhere."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from service import migrations
from service.db import Database, database_now
from service.models import (
    Assessment,
    Comment,
    Decision,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    InboundState,
    InboundWebhook,
    LegalNotice,
    LegalNoticeState,
    Site,
    Style,
    WebhookSource,
)
from service.moderation.callbacks import endpoints
from service.moderation.erasure import retention
from service.moderation.upkeep import invariants
from service.moderation.webhooks import sources
from service.outside.addresses import Allowances
from service.outside.sealing import Keyring, new_key
from service.vocabulary import Event, Verdict
from tests.service.moderation.erasure.test_erasing import dump
from tests.support.comments import TEXT, classify, reread, submit
from tests.support.downgrade import downgrade
from tests.support.legal_notices import EMAIL, NAME, receive

CANARY = "zinnober-quastenflosser"
DAY = 86_400


def age(database: Database, days: float) -> None:
    with database.write() as session:
        session.execute(
            update(Comment).values(received_at=database_now(-days * DAY - 60), decided_at=database_now(-days * DAY))
        )


def expire(database: Database, default_days: int = 90, limit: int = 500) -> int:
    with database.write() as session:
        return retention.erase_expired(session, default_days=default_days, limit=limit)


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT])
def test_a_decided_comment_loses_its_text_when_its_time_is_up(database: Database, site: Site, verdict: Verdict) -> None:
    comment = submit(database, site.id, author_id="u-7", author_name="Ann", callback_url="https://cms.example/")
    classify(database, verdict)
    age(database, 89)
    assert expire(database) == 0
    age(database, 91)
    assert expire(database) == 1
    assert expire(database) == 0
    stored = reread(database, comment.id)
    assert (stored.text, stored.author_external_id, stored.author_name, stored.callback_url) == ("", None, None, None)
    assert stored.verdict is verdict
    with database.read() as session:
        assert len(session.scalars(select(Decision)).all()) == 1
        assert session.scalars(select(Delivery).where(Delivery.event == Event.ERASED)).all() == []


def test_what_waits_for_a_verdict_or_a_moderator_does_not_expire(database: Database, site: Site) -> None:
    submit(database, site.id, "held")
    classify(database, Verdict.HOLD)
    submit(database, site.id, "pending", TEXT + " More.")
    age(database, 1_000)
    assert expire(database) == 0


def test_each_site_keeps_texts_as_long_as_it_says(database: Database, site: Site, other_site: Site) -> None:
    with database.write() as session:
        session.execute(update(Site).where(Site.id == site.id).values(retention_days=7))
    mine, theirs = submit(database, site.id), submit(database, other_site.id, text=TEXT + " Elsewhere.")
    classify(database)
    age(database, 8)
    assert expire(database) == 1
    assert reread(database, mine.id).text == ""
    assert reread(database, theirs.id).text != ""


def test_a_round_erases_no_more_than_its_limit(database: Database, site: Site) -> None:
    for number in range(5):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    classify(database)
    age(database, 100)
    assert [expire(database, limit=3) for _ in range(3)] == [3, 2, 0]


def test_the_secret_before_the_newest_ends_seven_days_after_a_rotation(database: Database, site: Site) -> None:
    keyring = Keyring([new_key()])
    with database.write() as session:
        endpoint = endpoints.register(session, site.id, "https://cms.example/", allowed=Allowances())
        endpoints.secrets_of(session, endpoint, keyring)
        endpoints.rotate(endpoint, keyring)
        source, _ = sources.add(session, site.id, keyring, name="x", style="github", preset="moderato")
        sources.rotate(source, keyring, None)

    def after(days: float) -> list[int]:
        when = database_now(-days * DAY)
        with database.write() as session:
            for kind in (Endpoint, WebhookSource):
                session.execute(update(kind).where(kind.rotated_at.is_not(None)).values(rotated_at=when))
            retention.prune(session)
        with database.read() as session:
            return [len(session.get_one(type(row), row.id).secrets) for row in (endpoint, source)]

    assert after(6.9) == [2, 2]
    assert after(7.1) == [1, 1]


def test_old_deliveries_dead_letters_and_marks_are_pruned_and_what_is_owed_stays(
    database: Database, site: Site
) -> None:
    with database.write() as session:
        on = endpoints.register(session, site.id, "https://cms.example/on", allowed=Allowances())
        off = endpoints.register(session, site.id, "https://cms.example/off", allowed=Allowances())
    for number in range(2):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    classify(database)
    with database.write() as session:
        session.execute(update(Delivery).values(created_at=database_now(-31 * DAY)))
        session.execute(update(Endpoint).where(Endpoint.id == off.id).values(state=EndpointState.DISABLED))
        first = session.scalars(select(Delivery.id).where(Delivery.endpoint_id == on.id)).first()
        session.execute(update(Delivery).where(Delivery.id == first).values(state=DeliveryState.DELIVERED))
        source = WebhookSource(site_id=site.id, name="x", style=Style.TOKEN, secrets=["s"], preset="moderato")
        session.add(source)
        session.flush()
        for days in (1, 20, 40):
            when = datetime.now(UTC) - timedelta(days=days)
            session.add(
                InboundWebhook(source_id=source.id, mark=str(days), state=InboundState.DEAD, body="x", received_at=when)
            )
    with database.write() as session:
        assert retention.prune(session) == 4
    with database.read() as session:
        (left,) = session.scalars(select(Delivery)).all()
        assert (left.endpoint_id, left.state) == (on.id, DeliveryState.WAITING)
        marks = session.execute(select(InboundWebhook.mark, InboundWebhook.body).order_by(InboundWebhook.mark)).all()
    assert [tuple(row) for row in marks] == [("1", "x"), ("20", None)]


def test_a_comment_without_verdict_is_a_breach_once_it_is_older_than_the_target(database: Database, site: Site) -> None:
    submit(database, site.id)
    with database.read() as session:
        assert invariants.audit(session) == []
        (breach,) = invariants.audit(session, slo_seconds=-1)
    assert "younger than the target" in breach.promise


def test_what_was_kept_of_a_parents_words_beside_its_replies_is_gone_after_the_upgrade(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    migrations.upgrade(database)  # rows are written by today's code, and the migration runs again over them
    found = [
        {"relevance": {"passage": CANARY, "passage_kind": "parent", "similarity": 0.8}},
        {
            "relevance": {
                "passage": "Traffic will be sent over the ring road.",
                "passage_kind": "body",
                "similarity": 0.6,
            }
        },
        {"links": []},
    ]
    with database.write() as session:
        site = Site(slug="gazette", name="The Gazette")
        session.add(site)
    ids = []
    for number, findings in enumerate(found):
        kept = submit(database, site.id, f"c-{number}", f"{TEXT} {number}")
        with database.write() as session:
            session.add(Assessment(comment_id=kept.id, revision=1, findings=findings))
        ids.append(kept.id)
    downgrade(database, "held_by_reason")
    migrations.upgrade(database)
    with database.read() as session:
        after = [session.get_one(Assessment, (comment_id, 1)).findings for comment_id in ids]
    assert after == [{"relevance": found[0]["relevance"] | {"passage": None}}, *found[1:]]
    assert CANARY not in dump(database)
    database.dispose()


def test_who_sent_a_legal_notice_is_forgotten_200_days_after_the_decision_and_the_figures_stay(
    database: Database, site: Site
) -> None:
    states = {"old": LegalNoticeState.TAKEN_DOWN, "young": LegalNoticeState.TAKEN_DOWN, "open": LegalNoticeState.OPEN}
    ids = {name: receive(database, site, location=name).id for name in states}
    with database.write() as session:
        for name, days in (("old", 201), ("young", 199)):
            decided = {"state": states[name], "answer": CANARY, "decided_at": database_now(-days * DAY)}
            session.execute(update(LegalNotice).where(LegalNotice.id == ids[name]).values(**decided))
        session.execute(update(LegalNotice).values(created_at=database_now(-400 * DAY)))
    with database.write() as session:
        retention.prune(session)
    with database.read() as session:
        rows = {name: session.get_one(LegalNotice, ids[name]) for name in states}
    assert {name: (row.name, row.email) for name, row in rows.items()} == {
        "old": ("", ""), "young": (NAME, EMAIL), "open": (NAME, EMAIL)
    }  # fmt: skip
    assert (rows["old"].explanation, rows["old"].location, rows["old"].answer) == ("", "", "")
    assert {name: row.state for name, row in rows.items()} == states
