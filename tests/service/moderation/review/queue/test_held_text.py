"""The index of held texts: finds what a reader of all texts would find, and forgets at once what is no longer held."""

import sqlite3
from typing import Any

import pytest
from sqlalchemy import delete, text

from service.db import Database
from service.models import Comment, Site
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.moderation.review.queue import held_text, queue
from service.moderation.review.queue.queue import Said
from service.moderation.review.queue.queue_filter import QueueFilter
from service.vocabulary import CommentStatus, Verdict
from tests.support.actors import CMS
from tests.support.comments import moderate
from tests.support.held import hold

TEXTS = [
    "The OLD bridge was closed, and nobody at the council seems to be able to say why.",
    'She said "closed for good", which is 100% wrong and not what the_report says.',
    "الجسر القديم جميل جدا ولكن تكلفة الأعمال كانت أعلى بكثير مما وعد به المجلس",
    "この橋は古いですが、とても美しいと思います。工事の費用は高すぎました。そう思いませんか。市議会はもう一度説明してください。",
]


def find(database: Database, site: Site, words: str) -> set[str]:
    """Return the external ids found; the page and the count agree."""
    with database.read() as session:
        rows = queue.page(session, site.id, QueueFilter(text=words))
        assert queue.count(session, site.id, QueueFilter(text=words)) == len(rows)
        return {session.get_one(Comment, row.id).external_id for row in rows}


def indexed(database: Database) -> set[str]:
    """Return the ids in SQLite's index, after it has checked itself."""
    with database.write() as session:
        session.execute(text("INSERT INTO held_text (held_text) VALUES ('integrity-check')"))
        found = session.execute(text("SELECT comment_id FROM held_number JOIN held_text ON number = held_text.rowid"))
        ids = {row.comment_id for row in found}
        assert session.scalar(text("SELECT count(*) FROM held_text")) == len(ids)
        assert session.scalar(text("SELECT count(*) FROM held_number")) == len(ids)
    return ids


@pytest.fixture
def held(database: Database, site: Site) -> list[Comment]:
    return [hold(database, site.id, number, text=said) for number, said in enumerate(TEXTS)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("old bridge", {"c-0"}),
        ("CLOSED", {"c-0", "c-1"}),
        ("ridg", {"c-0"}),  # also within words
        ('"closed for', {"c-1"}),
        ("100%", {"c-1"}),
        ("the_report", {"c-1"}),
        ("th%port", set()),
        ("القديم", {"c-2"}),
        ("とても", {"c-3"}),
        ("橋", {"c-3"}),  # shorter than what the index finds
        ("' OR 1=1 --", set()),
        ("closed AND bridge", set()),  # plain words, no query language
        ("zeppelin", set()),
    ],
)
def test_words_are_found_as_they_stand(
    database: Database, site: Site, held: list[Comment], words: str, found: set[str]
) -> None:
    assert find(database, site, words) == found


def test_another_sites_texts_are_not_found(
    database: Database, site: Site, other_site: Site, held: list[Comment]
) -> None:
    hold(database, other_site.id, 9, text="The old bridge of the other town is closed as well, as everybody knows.")
    assert find(database, site, "old bridge") == {"c-0"}
    assert find(database, other_site, "old bridge") == {"c-9"}


def test_common_words_are_found_without_the_index(
    database: Database, site: Site, held: list[Comment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_text, "RARE", 1)
    assert find(database, site, "closed") == {"c-0", "c-1"}


def test_what_is_decided_edited_erased_or_deleted_leaves_at_once(
    database: Database, site: Site, held: list[Comment]
) -> None:
    if database.is_sqlite:
        assert indexed(database) == {comment.id for comment in held}
    moderate(database, held[0], Verdict.APPROVE)
    with database.write() as session:
        new = "Quite another text, about the bridge and what it has cost us all."
        intake.edit(session, site.id, "c-1", new, Rules())
        erasing.erase_comment(session, site.id, "c-2", by=CMS)
        session.execute(delete(Comment).where(Comment.id == held[3].id))
    for words in ("old bridge", "closed for good", "القديم", "とても"):
        assert find(database, site, words) == set()
    if database.is_sqlite:
        assert indexed(database) == set()


def test_erasing_an_author_empties_the_index_of_their_words(
    database: Database, site: Site, held: list[Comment]
) -> None:
    with database.write() as session:
        author = session.get_one(Comment, held[0].id).author_external_id
        erasing.erase_author(session, site.id, str(author), by=CMS)
    assert find(database, site, "old bridge") == set()
    if database.is_sqlite:
        assert held[0].id not in indexed(database)


def test_an_overturned_comment_does_not_come_back_and_an_undone_one_does(
    database: Database, site: Site, held: list[Comment]
) -> None:
    with database.write() as session:
        comment = session.get_one(Comment, held[0].id)
        comment.status = CommentStatus.REJECTED
    assert find(database, site, "old bridge") == set()
    with database.write() as session:
        session.get_one(Comment, held[0].id).status = CommentStatus.HELD
    assert find(database, site, "old bridge") == {"c-0"}
    with database.write() as session:
        session.get_one(Comment, held[0].id).text = "A new wording that keeps the comment held for a moderator to see."
    assert find(database, site, "old bridge") == set()
    assert find(database, site, "new wording") == {"c-0"}


@pytest.mark.one_database
def test_the_index_survives_what_an_operator_does_to_a_sqlite_file(
    database: Database, site: Site, held: list[Comment]
) -> None:
    assert database.is_sqlite
    moderate(database, held[1], Verdict.REJECT)
    database.dispose()
    sqlite3.connect(str(database.engine.url.database)).execute("VACUUM").connection.close()
    assert indexed(database) == {held[0].id, held[2].id, held[3].id}
    moderate(database, held[0], Verdict.REJECT)
    assert find(database, site, "old bridge") == set()
    assert indexed(database) == {held[2].id, held[3].id}


def test_a_decision_between_search_and_page_does_not_make_a_page_look_like_the_last(
    database: Database, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(queue.PAGE + 10):
        hold(database, site.id, number, text=f"The old bridge was closed again, for the {number}th time this year.")
    chosen, search = QueueFilter(text="old bridge"), queue.search

    def search_and_be_too_late(*asked: Any, **how: Any) -> Said:
        said = search(*asked, **how)
        monkeypatch.setattr(queue, "search", search)
        with database.read() as session:
            first = session.get_one(Comment, queue.page(session, site.id, chosen)[0].id)
        moderate(database, first, Verdict.APPROVE)
        return said

    monkeypatch.setattr(queue, "search", search_and_be_too_late)
    with database.read() as session:
        assert len(queue.page(session, site.id, chosen)) == queue.PAGE
