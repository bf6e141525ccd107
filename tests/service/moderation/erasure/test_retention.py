"""Retention: texts go when their time is up or their author asks, and nothing of them stays anywhere."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select, update

from service import migrations
from service.db import Database, database_now
from service.errors import NotFound
from service.models import (
    Appeal,
    Assessment,
    Comment,
    Decision,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    InboundState,
    InboundWebhook,
    Moderator,
    Note,
    SavedView,
    ShadowJudgement,
    ShadowPolicy,
    Site,
    Style,
    WebhookSource,
)
from service.moderation.callbacks import endpoints
from service.moderation.erasure import erasing, retention
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.moderation.upkeep import invariants
from service.moderation.webhooks import sources
from service.outside.addresses import Allowances
from service.outside.sealing import Keyring, new_key
from service.vocabulary import Event, Verdict
from tests.support.actors import CMS
from tests.support.comments import TEXT, classify, reread, submit

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


def test_everything_of_an_author_is_erased_and_counted_and_nobody_elses(
    database: Database, site: Site, other_site: Site
) -> None:
    with database.write() as session:
        endpoints.register(session, site.id, "https://cms.example/", allowed=Allowances())
        source = WebhookSource(site_id=site.id, name="x", style=Style.TOKEN, secrets=["s"], preset="moderato")
        session.add(source)
        session.flush()
        body = f'{{"author": "u-7", "text": "{CANARY}"}}'
        session.add(InboundWebhook(source_id=source.id, mark="m", state=InboundState.DEAD, body=body, headers="{}"))
    first = submit(database, site.id, "c-1", f"{TEXT} {CANARY}", author_id="u-7", author_name=CANARY)
    submit(database, site.id, "c-2", f"{TEXT} {CANARY} again", author_id="u-7")
    other = submit(database, site.id, "c-3", TEXT + " By another.", author_id="u-77")
    elsewhere = submit(database, other_site.id, "c-1", TEXT + " Elsewhere.", author_id="u-7")
    with database.write() as session:
        intake.edit(session, site.id, "c-1", f"{TEXT} {CANARY} edited", Rules())
        session.add(Assessment(comment_id=first.id, revision=2, findings={"links": [CANARY]}))
        session.add(Note(site_id=site.id, comment_id=first.id, text=f"He says {CANARY} again."))
    classify(database)
    with database.write() as session:
        linked = [{"code": "blocked_link", "verdict": "reject", "text": f"links to {CANARY}.example"}]
        decision = session.scalars(select(Decision).where(Decision.comment_id == first.id)).one()
        decision.note, decision.reasons = f"for {CANARY}", linked
        session.add(
            Appeal(site_id=site.id, comment_id=first.id, decision_id=decision.id, text=CANARY, answer=f"No, {CANARY}.")
        )
        shadow = ShadowPolicy(site_id=site.id, rules={})
        moderator = Moderator(email="a@gazette.example", name="Ana")
        session.add_all([shadow, moderator])
        session.flush()
        session.add(
            ShadowJudgement(
                shadow_id=shadow.id, comment_id=first.id, revision=1, verdict=Verdict.REJECT,
                active_verdict=Verdict.APPROVE, reasons=linked,
            )
        )  # fmt: skip
        for query in (f"author={CANARY}&order=newest", "author=u-77"):
            session.add(SavedView(site_id=site.id, moderator_id=moderator.id, name=query[:20], query=query))
    with database.write() as session:
        erasure = erasing.erase_author(session, site.id, "u-7", by=CMS)
        again = erasing.erase_author(session, site.id, "u-7", by=CMS)
    assert erasure == erasing.Erasure(
        comments=2, earlier_texts=1, findings=1, notes=1, appeals=1, dead_letters=1, saved_views=1
    )
    assert again == erasing.Erasure()
    assert reread(database, other.id).text
    assert reread(database, elsewhere.id).text
    with database.read() as session:
        erased = session.scalars(select(Delivery).where(Delivery.event == Event.ERASED)).all()
        assert len(erased) == 2
        assert invariants.audit(session) == []
    assert CANARY not in dump(database)


def test_a_comment_is_erased_with_a_report_and_from_the_dead_letters(
    database: Database, site: Site, other_site: Site
) -> None:
    with database.write() as session:
        here, there = (
            WebhookSource(site_id=one.id, name="x", style=Style.TOKEN, secrets=["s"], preset="moderato")
            for one in (site, other_site)
        )
        session.add_all([here, there])
        session.flush()
        bodies = {
            "edit": f'{{"note": {{"key": "c-1", "words": "{CANARY}"}}}}',
            "number": f'{{"key": 1, "words": "{CANARY}"}}',
            "broken": f"c-1 {CANARY}", "longer": '{"key": "c-12"}', "other": '{"key": "c-2"}',
        }  # fmt: skip
        for mark, body in bodies.items():
            session.add(InboundWebhook(source_id=here.id, mark=mark, state=InboundState.DEAD, body=body, headers="{}"))
        session.add(InboundWebhook(source_id=there.id, mark="m", state=InboundState.DEAD, body=bodies["edit"]))
    for external_id in ("c-1", "1"):
        submit(database, site.id, external_id, f"{TEXT} {CANARY} {external_id}", author_name=CANARY)
    with database.write() as session:
        intake.edit(session, site.id, "c-1", f"{TEXT} {CANARY} edited", Rules())
    with database.write() as session:
        erased = [erasing.erase_comment(session, site.id, one, by=CMS) for one in ("c-1", "1", "c-1")]
        with pytest.raises(NotFound):
            erasing.erase_comment(session, site.id, "never-was", by=CMS)
    assert erased == [
        erasing.Erasure(comments=1, earlier_texts=1, dead_letters=2),
        erasing.Erasure(comments=1, dead_letters=1),
        erasing.Erasure(),
    ]
    with database.read() as session:
        kept = session.execute(
            select(InboundWebhook.mark).where(InboundWebhook.body.is_not(None)).order_by(InboundWebhook.mark)
        )
        assert list(kept.scalars()) == ["longer", "m", "other"]
    submit(database, site.id, "c-2", f"{TEXT} More.")
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-2", by=CMS)  # as a deletion at the CMS does
        gone = session.scalars(select(InboundWebhook).where(InboundWebhook.mark == "other")).one()
        assert gone.body is None


@pytest.mark.one_database
def test_an_erasure_leaves_nothing_in_the_file(database: Database, site: Site) -> None:
    submit(database, site.id, "c-1", f"{TEXT} {CANARY} " * 90, author_id="u-7", author_name=CANARY)
    submit(database, site.id, "c-2", f"{TEXT} {CANARY}", author_id="u-7")
    with database.write() as session:
        intake.edit(session, site.id, "c-2", f"{TEXT} {CANARY} edited", Rules())
    assert CANARY in written(database)
    with database.write() as session:
        erasing.erase_author(session, site.id, "u-7", by=CMS)
    assert CANARY not in written(database)


def written(database: Database) -> str:
    """The bytes of the file, once the log beside it is written into it."""
    connection = sqlite3.connect(str(make_url(database.url).database))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return Path(str(make_url(database.url).database)).read_bytes().decode("latin-1")


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
    migrations.upgrade(database, "held_by_reason")
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
    migrations.upgrade(database)
    with database.read() as session:
        after = [session.get_one(Assessment, (comment_id, 1)).findings for comment_id in ids]
    assert after == [{"relevance": found[0]["relevance"] | {"passage": None}}, *found[1:]]
    assert CANARY not in dump(database)
    database.dispose()


def dump(database: Database) -> str:
    """Everything that the database holds, as text."""
    from service.db import Base

    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Comment))
        return "\n".join(
            str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table))
        )
