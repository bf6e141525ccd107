"""Sources are separate: with equal ids in two sources and the API, no event of one reaches anything of another."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from service.db import Database, new_id
from service.errors import Conflict, Invalid, NotFound
from service.models import Article, Author, Comment, InboundWebhook, Site, WebhookSource
from service.models.stored_ids import API, bare, in_space, space_of
from service.moderation.authors import standing as standings
from service.moderation.erasure import erasing
from service.moderation.intake import articles, id_spaces, intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy.rules import Rules
from service.moderation.webhooks import inbound as webhooks
from service.moderation.webhooks import sources
from service.outside.signatures import Verified
from service.vocabulary import Standing
from tests.service.moderation.webhooks.test_inbound import KEYRING
from tests.support.actors import ADA, CMS
from tests.support.comments import TEXT


def add(database: Database, site_id: str, name: str, **fields: Any) -> WebhookSource:
    with database.write() as session:
        return sources.add(session, site_id, KEYRING, name=name, style="standard", preset="moderato", **fields)[0]


def deliver(database: Database, source: WebhookSource, kind: str, mark: str = "", **data: Any) -> InboundWebhook:
    content = {"type": f"comment.{kind}", "data": data}
    return deliver_as(database, source, content, mark)


def deliver_as(database: Database, source: WebhookSource, content: Any, mark: str = "") -> InboundWebhook:
    with database.write() as session:
        verified = Verified(mark or new_id(), is_one_delivery=True)
        stored = session.get_one(WebhookSource, source.id)
        return webhooks.receive(session, stored, verified, {}, json.dumps(content).encode())[0]


def test_an_id_is_stored_with_its_source_and_shown_without() -> None:
    source = "0" * 32
    assert [bare(one) for one in ("7", in_space(source, "7"), in_space(API, "7"))] == ["7"] * 3
    assert [space_of(one) for one in ("7", in_space(source, "7"))] == [API, source]
    assert (bare(None), in_space(source, None)) == (None, None)
    assert len(in_space(source, "x" * 512)) == Comment.__table__.c.external_id.type.length  # type: ignore[attr-defined]


def test_equal_ids_of_two_sources_and_the_api_are_three_of_everything(database: Database, site: Site) -> None:
    forum, blog = add(database, site.id, "Forum"), add(database, site.id, "Blog")
    with database.write() as session:
        articles.put(session, site.id, ArticleSubmission(id="9", title="By the API"))
        submission = Submission(id="7", text=f"{TEXT} API", article_id="9", author_id="3", parent_id="6")
        intake.accept(session, site.id, submission, Rules())
    for source in (forum, blog):
        deliver(
            database, source, "created", id="7", text=f"{TEXT} {source.name}", article_id="9", author={"id": "3"},
            article={"title": source.name}, parent_id="6",
        )  # fmt: skip
    deliver(database, forum, "created", id="6", text=f"{TEXT} The parent.")
    deliver(database, blog, "deleted", id="7")
    with database.read() as session:
        rows = {
            space_of(row.external_id): row for row in session.scalars(select(Comment)) if bare(row.external_id) == "7"
        }
        titles = {space_of(row.external_id): row.title for row in session.scalars(select(Article))}
        assert {space: row.revision for space, row in rows.items()} == {API: 1, forum.id: 1, blog.id: 1}
        assert rows[API].text.endswith("API")
        assert rows[forum.id].text.endswith("Forum")
        assert (rows[blog.id].text, rows[forum.id].author_external_id) == ("", in_space(forum.id, "3"))
        assert (rows[API].parent_id, rows[forum.id].parent_id is not None) == (None, True)
        assert titles == {API: "By the API", forum.id: "Forum", blog.id: "Blog"}


def test_a_block_and_an_erasure_are_those_of_one_source(database: Database, site: Site) -> None:
    forum, blog = add(database, site.id, "Forum"), add(database, site.id, "Blog")
    for source in (forum, blog):
        deliver(database, source, "created", id="7", text=TEXT, author={"id": "3"})
    with database.write() as session:
        blocked = id_spaces.author(session, site.id, "3", forum.id)
        standings.set_to(session, site.id, blocked, Standing.BLOCKED, reason="Adverts", by=ADA)
        with pytest.raises(Conflict, match=forum.id):
            id_spaces.author(session, site.id, "3")
        assert standings.find(session, site.id, in_space(blog.id, "3")) is None
        erasing.erase_author(session, site.id, blocked, by=CMS)
        left = session.scalars(select(Comment.author_external_id).where(Comment.author_external_id.is_not(None))).all()
        assert (left, session.scalars(select(Author)).all()) == ([in_space(blog.id, "3")], [])


def test_two_sources_may_share_their_authors_and_share_nothing_else(database: Database, site: Site) -> None:
    forum = add(database, site.id, "Forum")
    blog = add(database, site.id, "Blog", authors_of=forum.id)
    for source in (forum, blog):
        deliver(database, source, "created", id="7", text=TEXT, author={"id": "3"})
    with database.read() as session:
        comments = session.scalars(select(Comment)).all()
        assert {one.author_external_id for one in comments} == {in_space(forum.id, "3")}
        assert len(comments) == 2
    with pytest.raises(Invalid, match="must be own, api"):
        add(database, site.id, "News", authors_of="0" * 32)


def test_an_id_without_a_source_is_the_apis_own_or_that_of_the_only_source(database: Database, site: Site) -> None:
    forum, blog = add(database, site.id, "Forum"), add(database, site.id, "Blog")
    deliver(database, forum, "created", id="7", text=TEXT)
    with database.read() as session:
        assert id_spaces.require_comment(session, site.id, "7").external_id == in_space(forum.id, "7")
        with pytest.raises(NotFound, match="no comment"):
            id_spaces.require_comment(session, site.id, "7", id_spaces.BY_API)
        with pytest.raises(NotFound, match="no webhook source"):
            id_spaces.require_comment(session, site.id, "7", "f" * 32)
    deliver(database, blog, "created", id="7", text=TEXT)
    with database.write() as session:
        with pytest.raises(Conflict):
            id_spaces.require_comment(session, site.id, "7")
        intake.accept(session, site.id, Submission(id="7", text=TEXT), Rules())
        assert id_spaces.require_comment(session, site.id, "7").external_id == "7"


def test_a_removed_source_takes_nothing_and_its_comments_can_still_be_erased(database: Database, site: Site) -> None:
    forum = add(database, site.id, "Forum")
    deliver(database, forum, "created", id="7", text=TEXT)
    deliver(database, forum, "created", id="8", words=TEXT)
    with database.write() as session:
        removed = session.get_one(WebhookSource, forum.id)
        sources.remove(session, removed)
        assert (removed.secrets, session.scalars(select(InboundWebhook)).all()) == ([], [])
        assert list(sources.of_site(session, site.id)) == []
        with pytest.raises(NotFound):
            webhooks.require(session, site.id, forum.id)
        stored = erasing.which_comment(session, site.id, "7")
        assert erasing.erase_comment(session, site.id, stored, by=CMS).comments == 1


def test_what_only_a_dead_letter_names_is_erased_at_its_source(database: Database, site: Site) -> None:
    forum, blog = add(database, site.id, "Forum"), add(database, site.id, "Blog")
    for source, author in ((forum, "3"), (blog, "4")):
        deliver(database, source, "created", id=f"c-{author}", words=TEXT, author={"id": author})
    with database.write() as session:
        assert erasing.which_author(session, site.id, "3") == in_space(forum.id, "3")
        stored = erasing.which_comment(session, site.id, "c-4")
        assert stored == in_space(blog.id, "c-4")
        assert erasing.erase_comment(session, site.id, stored, by=CMS).dead_letters == 1
        assert [len(webhooks.dead_letters(session, one)) for one in (forum, blog)] == [1, 0]
