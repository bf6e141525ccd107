"""Every id that a person can meet leads to its comment: ours, the CMS's, a callback's, an act's."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from service.db import Database
from service.models import Author, Comment, Decision, Delivery, Endpoint, Moderator, ReviewAction, Site, WebhookSource
from service.models.stored_ids import in_space
from service.moderation.review import actions
from service.moderation.review.deciding import Ruling
from service.moderation.search import by_id
from service.moderation.search.by_id import Found
from service.vocabulary import Standing, Verdict
from tests.support.comments import classify, submit
from tests.support.webhooks import add_source

Finds = Callable[..., Found]


@pytest.fixture
def comment(database: Database, site: Site) -> Comment:
    """A comment that Ada rejected, with a callback about it; a forum has one of the same id."""
    with database.write() as session:
        session.add(Endpoint(site_id=site.id, url="https://cms.example/hooks", events=[]))
        ada = Moderator(email="ada@gazette.example", name="Ada", password_hash="x")
        session.add(ada)
        forum = add_source(session, site.id)
    submitted = submit(database, site.id, "7", author_id="tom", article_id="a-1")
    classify(database, Verdict.HOLD)
    submit(database, site.id, in_space(forum.id, "7"), author_id=in_space(forum.id, "tom"))
    submit(database, site.id, in_space(forum.id, "8"))
    with database.write() as session:
        actions.decide(session, site.id, ada, submitted.id, 2, Ruling(verdict=Verdict.REJECT), undo_seconds=10)
        session.add(Author(site_id=site.id, external_id="tom", standing=Standing.TRUSTED))
    return submitted


@pytest.fixture
def finds(database: Database, site: Site, comment: Comment) -> Finds:
    def find(given: str, source: str = "", *, of: str = site.id) -> Found:
        with database.read() as session:
            return by_id.find(session, of, given, source)

    return find


def newest(database: Database, kind: type) -> str:
    with database.read() as session:
        found = session.scalars(select(kind.id).order_by(kind.created_at.desc(), kind.id.desc())).first()  # type: ignore[attr-defined]
    assert isinstance(found, str)
    return found


def test_ids_of_ours_lead_to_the_comment(database: Database, comment: Comment, finds: Finds, other_site: Site) -> None:
    delivery = newest(database, Delivery)
    for given in (comment.id, f" {comment.id} ", delivery, f"msg_{delivery}", newest(database, Decision)):
        assert finds(given) == Found(comment=comment.id), given
        assert finds(given, of=other_site.id) == Found()
    act = newest(database, ReviewAction)
    assert finds(act) == Found(action=act)
    assert finds(newest(database, Author)) == Found(authors=["tom"])


def test_ids_of_the_cms_lead_to_all_that_have_them_or_to_one_sources(
    database: Database, comment: Comment, finds: Finds
) -> None:
    forum = newest(database, WebhookSource)
    assert len(finds("7").comments) == 2
    assert finds("7").the_comment is None
    assert finds("comment:7", "api").the_comment == comment.id
    assert finds("7", forum).the_comment not in (None, comment.id)
    assert finds("8").the_comment is not None
    assert finds("tom").authors == ["tom", in_space(forum, "tom")]
    assert finds("tom", forum).authors == [in_space(forum, "tom")]
    assert finds("a-1").articles == ["a-1"]
    assert finds("9") == Found()
