"""A publisher's ids in the console: an author's page, filters of the review queue, saved views, the list of authors.

The largest ids are held comments too, so that every index that carries an id is asked to hold them.
"""

from html import unescape
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from service.db import Database
from service.models import Author, SavedView, Site
from service.moderation.intake.articles import ArticleSubmission
from service.vocabulary import Standing
from tests.support.console import Person
from tests.support.held import hold
from tests.support.nasty_ids import LARGEST, NASTY

SITE = "/console/sites/gazette"
CHOSEN = (*NASTY[3:40:2], *NASTY[-3:])


@pytest.fixture
def held(database: Database, site: Site) -> None:
    for number, one in enumerate(CHOSEN):
        article = ArticleSubmission(id=one, title=f"Article {number}")
        hold(database, site.id, 100 + number, id=one, author_id=one, author_name=f"Writer {number}.", article=article)


@pytest.mark.usefixtures("held")
def test_an_author_is_found_and_blocked_under_every_id(ana: Person, database: Database) -> None:
    for number, one in enumerate(CHOSEN):
        page = ana.get(f"{SITE}/author", query_string={"id": one})
        assert page.status_code == 200
        assert f"Writer {number}." in page.text
        form = {"id": one, "standing": "blocked", "reason": "spam", "days": "", "stamp": ""}
        answer = ana.post(f"{SITE}/author", form)
        assert answer.status_code == 303
        assert f"Writer {number}." in ana.get(answer.headers["Location"]).text
    with database.read() as session:
        blocked = session.scalars(select(Author.external_id).where(Author.standing == Standing.BLOCKED))
        assert set(blocked) == set(CHOSEN)
    assert unescape(ana.get(f"{SITE}/authors").text).count("/author?id=") == len(CHOSEN)
    for one in CHOSEN:
        assert ana.get(f"{SITE}/authors", query_string={"after": one}).status_code == 200


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("by", ["author", "article"])
def test_the_review_queue_is_filtered_by_every_id(ana: Person, by: str) -> None:
    for number, one in enumerate(CHOSEN):
        page = ana.get(f"{SITE}/review", query_string={by: one})
        assert page.status_code == 200
        assert f"Writer {number}." in page.text
        assert page.text.count('data-id="') <= 1


@pytest.mark.usefixtures("held")
def test_a_saved_view_keeps_the_largest_id(ana: Person, database: Database) -> None:
    query = urlencode({"article": "bridge", "author": LARGEST})
    assert ana.post(f"{SITE}/review/views", {"name": "Large", "query": query}).status_code == 303
    with database.read() as session:
        assert session.scalars(select(SavedView.query)).one() == query


@pytest.mark.one_database
@pytest.mark.parametrize(("bad", "status"), [("a\0", 400), ("x" * 513, 404)])
def test_what_can_be_no_id_is_not_looked_up(ana: Person, bad: str, status: int) -> None:
    assert ana.get(f"{SITE}/author", query_string={"id": bad}).status_code == status
    assert ana.get(f"{SITE}/authors", query_string={"after": bad}).status_code == 400
    assert ana.get(f"{SITE}/review", query_string={"author": bad}).status_code == 400
