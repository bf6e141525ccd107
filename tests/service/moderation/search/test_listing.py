"""All comments of a site: filtered, newest first, a page after the other; no page reads all that is stored."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from service.clock import utc_now
from service.db import Database
from service.models import Comment, Decision, Moderator, Site
from service.models.stored_ids import in_space
from service.moderation.actors import of_moderator
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.review import actions, deciding
from service.moderation.review.deciding import Ruling
from service.moderation.search import listing
from service.moderation.search.comment_filter import CommentFilter
from service.vocabulary import CommentStatus, Verdict
from tests.support import bulk
from tests.support.comments import classify, submit
from tests.support.held import SAID, hold
from tests.support.searching import read_all
from tests.support.webhooks import add_source

Lists = Callable[..., list[str]]


@pytest.fixture
def lists(database: Database, site: Site) -> Lists:
    """What returns the CMS's ids of the comments that a filter finds, page by page."""

    def listed(limit: int = 2, **chosen: Any) -> list[str]:
        read_all(database)
        found, after = [], None
        with database.read() as session:
            while True:
                page = listing.page(session, site.id, CommentFilter(**chosen), after=after, limit=limit)
                found += [row.external_id.rpartition("\x1f")[2] for row in page.rows]
                assert page.whole
                after = page.after
                if after is None:
                    return found

    return listed


@pytest.fixture
def source(database: Database, site: Site) -> str:
    with database.write() as session:
        return add_source(session, site.id).id


@pytest.fixture
def stored(database: Database, site: Site, source: str) -> Moderator:
    """Six comments: approved, held, rejected, erased by nobody; the last by a source. Ada decided on two."""
    market = ArticleSubmission(id="market", title="The new market hall")
    for number, (author, article, verdict) in enumerate(
        [("Zoë", None, Verdict.APPROVE), ("Tom", market, Verdict.HOLD), ("Tom", None, Verdict.REJECT),
         ("Zoë", market, Verdict.HOLD), ("Ana", None, Verdict.APPROVE)]
    ):  # fmt: skip
        submit(database, site.id, f"c-{number}", author_id=f"id-{author}", author_name=author, article=article)
        classify(database, verdict)
    submit(database, site.id, in_space(source, "c-5"), "A forum's words about the harbour and its many old boats.")
    with database.write() as session:
        ada = Moderator(email="ada@gazette.example", name="Ada", password_hash="x")
        session.add(ada)
        session.flush()
        for name, verdict, reason in (("c-1", Verdict.REJECT, "insults"), ("c-4", Verdict.REJECT, "spam")):
            comment = session.scalars(select(Comment).where(Comment.external_id == name)).one()
            ruling = Ruling(verdict=verdict, reason=reason, statement={"label": reason.title()})
            deciding.decide(session, comment, ruling, version=comment.version, by=of_moderator(ada))
    return ada


def test_each_filter_finds_its_own_newest_first(lists: Lists, stored: Moderator, source: str) -> None:
    assert lists() == ["c-5", "c-4", "c-3", "c-2", "c-1", "c-0"]
    assert lists(status=CommentStatus.REJECTED) == ["c-4", "c-2", "c-1"]
    assert lists(status=CommentStatus.PENDING) == ["c-5"]
    assert lists(author="id-Zoë") == ["c-3", "c-0"]
    assert lists(article="market") == ["c-3", "c-1"]
    assert lists(article="market", author="id-Tom") == ["c-1"]
    assert lists(article="there is none") == lists(author="nobody") == []
    assert lists(reason="toxic") == ["c-3", "c-2", "c-1"]
    assert lists(reason="spam") == ["c-4"]
    assert lists(moderator=stored.id) == ["c-4", "c-1"]
    assert lists(moderator=stored.id, status=CommentStatus.APPROVED) == []
    assert lists(source=source) == ["c-5"]
    assert lists(source="api", status=CommentStatus.HELD) == ["c-3"]


def test_words_are_found_in_text_name_and_title_held_and_decided_alike(lists: Lists, stored: Moderator) -> None:
    assert lists(text="COUNCIL's figures") == ["c-4", "c-3", "c-2", "c-1", "c-0"]
    assert lists(text="zoe") == lists(text="ZOË council") == ["c-3", "c-0"]
    assert lists(text="market hal") == ["c-3", "c-1"]
    assert lists(text="market", status=CommentStatus.HELD) == ["c-3"]
    assert lists(text="tunnel") == lists(text="ouncil") == []
    assert lists(text="?!") == lists(text="🙂") == []


def test_another_sites_comments_are_in_no_list(database: Database, site: Site, other_site: Site, lists: Lists) -> None:
    for where in (other_site, site):
        submit(database, where.id, f"c-{where.slug}", author_id="tom", article_id="a")
    ours = ["c-gazette"]
    assert lists() == lists(text="council") == lists(author="tom") == lists(article="a") == ours
    assert lists(status=CommentStatus.PENDING) == lists(source="api") == ours


def test_a_period_is_by_the_time_of_arrival(database: Database, lists: Lists, stored: Moderator) -> None:
    now = utc_now()
    with database.write() as session:
        for number in range(6):
            at = {"received_at": now - timedelta(days=number)}
            session.execute(update(Comment).where(Comment.external_id.endswith(f"c-{number}")).values(**at))
    assert lists() == ["c-0", "c-1", "c-2", "c-3", "c-4", "c-5"]
    assert lists(since=now - timedelta(days=2), until=now) == ["c-1", "c-2"]
    assert lists(since=now - timedelta(days=3, hours=1), text="council", status=CommentStatus.HELD) == ["c-3"]


def test_a_row_says_who_decided_last_and_why(database: Database, site: Site, stored: Moderator) -> None:
    with database.read() as session:
        rows = listing.page(session, site.id, CommentFilter()).rows
        assert [(row.by, row.rejected_for) for row in rows[:3]] == [("", ""), ("Ada", "Spam"), ("the policy", "")]
        assert session.scalars(select(Decision.actor).where(Decision.moderator_id == stored.id)).all() == ["Ada"] * 2


def test_a_page_stops_after_some_windows_and_goes_on_from_there(
    database: Database, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in (("WINDOW", 3), ("FURTHER", 1), ("RARE", 2)):
        monkeypatch.setattr(listing, name, size)
    for number in range(20):
        submit(database, site.id, f"c-{number}", author_name="Zoë" if number in (1, 3, 4) else None)
    read_all(database)
    found, reached, after = [], 0, None
    with database.read() as session:
        while True:
            page = listing.page(session, site.id, CommentFilter(text="zoe"), after=after)
            found += [row.external_id for row in page.rows]
            if (after := page.after) is None:
                break
            reached += not page.whole
    assert found == ["c-4", "c-3", "c-1"]
    assert reached == 3, "twice three of the newest sixteen, each time without a match"


def test_an_export_ends_at_its_limits(database: Database, site: Site) -> None:
    bulk.fill(database, site.id, 30)

    def exported(**limits: int) -> int:
        return len(list(listing.each(database.read, site.id, CommentFilter(), **limits)))

    assert exported(limit=20, reads=9) == 20
    assert exported(limit=500, reads=1) == 30


def test_an_undone_decision_counts_in_no_filter_and_names_nobody(
    database: Database, site: Site, lists: Lists, stored: Moderator
) -> None:
    with database.write() as session:
        comment = session.scalars(select(Comment).where(Comment.external_id == "c-3")).one()
        ruling = Ruling(verdict=Verdict.REJECT, reason="insults", statement={"label": "Insults"})
        action = actions.decide(session, site.id, stored, comment.id, comment.version, ruling, undo_seconds=60).action
        assert action is not None
    assert lists(reason="insults") == lists(reason="insults", moderator=stored.id) == ["c-3", "c-1"]
    with database.write() as session:
        actions.undo(session, site.id, stored, action.id)
    assert lists(reason="insults") == lists(reason="insults", moderator=stored.id) == ["c-1"]
    with database.read() as session:
        row = listing.page(session, site.id, CommentFilter(status=CommentStatus.HELD)).rows[0]
    assert (row.external_id, row.by, row.rejected_for) == ("c-3", "the policy", "")


def test_a_held_comment_is_found_by_each_of_its_reasons_however_old(
    database: Database, site: Site, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, said in enumerate((SAID[3], SAID[0], SAID[2])):
        hold(database, site.id, number, said=said)
    monkeypatch.setattr(listing, "WINDOW", 1)
    monkeypatch.setattr(listing, "FURTHER", 1)
    assert lists(reason="toxic") == ["c-2", "c-1", "c-0"]
    assert lists(reason="suspect_term") == lists(reason="suspect_term", text="crock") == ["c-0"]
    assert lists(reason="suspect_term", text="idiots") == []
    monkeypatch.setattr(listing, "RARE", 1)
    assert lists(reason="suspect_term", text="crock") == lists(reason="toxic", text="crock") == ["c-0"]
