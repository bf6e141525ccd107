"""Erasing on request: what is removed is counted, nothing of it is left anywhere, and twice is the same as once."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select, update

from service.db import Database
from service.errors import Conflict, NotFound
from service.models import (
    Appeal,
    Assessment,
    Comment,
    Decision,
    Delivery,
    InboundState,
    InboundWebhook,
    LegalNotice,
    LegalNoticeState,
    Moderator,
    Note,
    Revision,
    SavedView,
    ShadowJudgement,
    ShadowPolicy,
    Site,
    Style,
    WebhookSource,
)
from service.moderation.callbacks import endpoints
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.moderation.upkeep import invariants
from service.outside.addresses import Allowances
from service.vocabulary import CommentStatus, Event, Source, Verdict
from tests.support.actors import CMS
from tests.support.comments import TEXT, classify, reread, submit
from tests.support.legal_notices import EMAIL, receive

CANARY = "zinnober-quastenflosser"


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
    open_one, decided = (receive(database, site, location="c-1", explanation=f"He says {CANARY}.") for _ in range(2))
    with database.write() as session:
        answered = {"state": LegalNoticeState.LEFT_PUBLISHED, "answer": f"He says {CANARY}, which is lawful."}
        session.execute(update(LegalNotice).where(LegalNotice.id == decided.id).values(**answered))
    with database.write() as session:
        erasure = erasing.erase_author(session, site.id, "u-7", by=CMS)
        again = erasing.erase_author(session, site.id, "u-7", by=CMS)
    assert erasure == erasing.Erasure(
        comments=2, earlier_texts=1, findings=1, notes=1, appeals=1, legal_notices=2, dead_letters=1, saved_views=1
    )
    assert again == erasing.Erasure()
    assert reread(database, other.id).text
    assert reread(database, elsewhere.id).text
    with database.read() as session:
        kept = [session.get_one(LegalNotice, one.id) for one in (open_one, decided)]
        assert [(one.email, one.explanation) for one in kept] == [(EMAIL, ""), ("", "")], "the open one gets an answer"
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


def dump(database: Database) -> str:
    """Everything that the database holds, as text."""
    from service.db import Base

    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Comment))
        return "\n".join(
            str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table))
        )


@pytest.mark.parametrize("stands", [None, *Verdict])
def test_erasing_leaves_the_bare_row(database: Database, site: Site, stands: Verdict | None) -> None:
    comment = submit(database, site.id, author_id="a-7", author_name="Ann", callback_url="https://cms.example/c-1")
    with database.write() as session:
        intake.edit(session, site.id, "c-1", TEXT + " Second thoughts.", Rules())
    if stands is not None:
        classify(database, stands)
    with database.write() as session:
        session.add(Assessment(comment_id=comment.id, revision=2, findings={"links": ["example.org"]}))
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-1", by=CMS)
    erased = reread(database, comment.id)
    assert (erased.text, erased.text_digest, erased.author_external_id, erased.author_name) == ("", "", None, None)
    assert erased.callback_url is None
    assert erased.erased_at is not None
    assert erased.status not in (CommentStatus.PENDING, CommentStatus.HELD)
    with database.read() as session:
        assert session.scalars(select(Revision)).all() == []
        assert session.scalars(select(Assessment)).all() == []
        sources = list(session.scalars(select(Decision.source)))
    open_before = stands in (None, Verdict.HOLD)
    assert sources.count(Source.SITE) == (1 if open_before else 0)


def test_erasing_twice_changes_nothing_more(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    for _ in range(2):
        with database.write() as session:
            erasing.erase_comment(session, site.id, "c-1", by=CMS)
    assert reread(database, comment.id).version == 3
    with database.read() as session:
        assert len(session.scalars(select(Decision)).all()) == 1


def test_an_erased_comment_takes_no_text_any_more(database: Database, site: Site) -> None:
    submit(database, site.id)
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-1", by=CMS)
    with pytest.raises(Conflict, match="erased"), database.write() as session:
        intake.edit(session, site.id, "c-1", TEXT + " Again.", Rules())
    with pytest.raises(Conflict, match="erased"):
        submit(database, site.id)
