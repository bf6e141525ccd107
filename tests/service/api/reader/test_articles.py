"""What a form says of an article is what some reader says: shown to moderators, and nothing depends on it."""

import pytest
from sqlalchemy import select

from service.db import Database
from service.models import Article
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.service.api.reader.conftest import ORIGIN, Reader

pytestmark = pytest.mark.one_database
TITLE = "The bridge"


def stored(database: Database) -> Article:
    with database.read() as session:
        return session.scalars(select(Article)).one()


def test_no_comment_is_compared_with_a_title_that_a_form_gave_until_the_site_gives_one(
    reader: Reader, call: Caller, database: Database
) -> None:
    reader.sent(article={"id": "bridge", "title": TITLE})
    article = stored(database)
    assert (article.title, article.has_text) == (TITLE, False)
    call.send("c1", article={"id": "bridge", "url": f"{ORIGIN}/bridge"})
    assert not stored(database).has_text
    assert call("PUT", "/v1/articles/bridge", json={"title": TITLE}).status_code == 200
    article = stored(database)
    assert (article.title, article.has_text, article.revision) == (TITLE, True, 2)
    reader.sent(f"{LONG_ENOUGH} Again.", article={"id": "bridge", "title": "Buy our pills"})
    article = stored(database)
    assert (article.title, article.has_text, article.revision) == (TITLE, True, 2)


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [(f"{ORIGIN}/bridge", True), ("https://evil.example/", False), (f"{ORIGIN}.evil/", False)],
)
def test_the_address_of_an_article_is_taken_from_a_form_only_on_an_origin_of_the_key(
    reader: Reader, database: Database, address: str, is_taken: bool
) -> None:
    reader.sent(article={"id": "bridge", "title": TITLE, "url": address})
    assert stored(database).url == (address if is_taken else None)
