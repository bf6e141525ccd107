"""A search in the queue finds what one in all comments finds: by text, name, title and every id, without accents."""

import pytest

from service.db import Database
from service.models import Comment, Site
from service.models.stored_ids import in_space
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.review.queue import held_text, queue
from service.moderation.review.queue.queue_filter import Order, QueueFilter
from service.moderation.search import by_id, listing
from service.moderation.search.comment_filter import CommentFilter
from service.vocabulary import CommentStatus, Verdict
from tests.support.comments import moderate
from tests.support.held import hold
from tests.support.searching import read_all
from tests.support.webhooks import add_source

END = "And that is all there is to say."
FERRY = ArticleSubmission(id="ferry-9", url="https://gazette.example/ferry", title="Neue Fähre für die Ærøsund-Linie")


@pytest.fixture
def held(database: Database, site: Site) -> dict[str, Comment]:
    """Held comments by their ids at the CMS; the author of `tox-59` has a decided one too, `old-1`."""
    with database.write() as session:
        forum = add_source(session, site.id).id
    zoe = {"author_name": "Zoë Müller", "author_id": "reader-7"}
    made = {
        "tox-59": hold(
            database, site.id, 0, id="tox-59", text=f"The council has lost its mind over this. {END}", **zoe
        ),
        "old-1": hold(database, site.id, 1, id="old-1", text=f"The council was right, says Müller. {END}", **zoe),
        "f-1": hold(database, site.id, 2, id="f-1", text=f"The BRIDGE will be late, as ever. {END}", article=FERRY),
        "forum": hold(database, site.id, 3, id=in_space(forum, "808"), text=f"Ça suffit, naïve crème brûlée. {END}"),
    }
    moderate(database, made["old-1"], Verdict.APPROVE)
    read_all(database)
    return made


SEARCHES = [
    ("muller", {"tox-59"}),
    ("MÜLLER zoe", {"tox-59"}),
    ("council mind", {"tox-59"}),
    ("tox-59", {"tox-59"}),
    ("reader-7", {"tox-59"}),
    ("bridge will be", {"f-1"}),
    ("will bridge", {"f-1"}),
    ("fahre", {"f-1"}),
    ("neue fähre für", {"f-1"}),
    ("ferry-9", {"f-1"}),
    ("808", {"forum"}),
    ("ca suffit", {"forum"}),
    ("creme brulee", {"forum"}),
    ("zeppelin", set()),
    ("tox-60", set()),
    ("-- %_", set()),
]


@pytest.mark.parametrize("few", [held_text.RARE, 0])
def test_the_queue_finds_what_all_comments_find(
    database: Database, site: Site, held: dict[str, Comment], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(held_text, "RARE", few)
    monkeypatch.setattr(queue, "WINDOW", 1)  # as if all were far back in a long queue
    with database.read() as session:
        for words, wanted in SEARCHES:
            ids = {held[name].id for name in wanted}
            for order in Order:
                chosen = QueueFilter(text=words, order=order)
                assert {row.id for row in queue.page(session, site.id, chosen)} == ids, (words, order)
                assert queue.count(session, site.id, chosen) == len(ids), (words, order)
                assert {one for one, _ in queue.ids(session, site.id, chosen, limit=9)} == ids, (words, order)
                assert sum(queue.histogram(session, site.id, chosen)) == len(ids), (words, order)
            listed = listing.page(session, site.id, CommentFilter(text=words, status=CommentStatus.HELD))
            found = by_id.find(session, site.id, words)
            by_words = {row.id for row in listed.rows}
            assert by_words <= ids, words
            if not (found.comments or found.authors or found.articles):
                assert by_words == ids, words


def test_an_escalated_comment_is_found_in_its_lane_by_every_id(
    database: Database, site: Site, held: dict[str, Comment]
) -> None:
    comment = held["tox-59"]
    with database.write() as session:
        session.get_one(Comment, comment.id).escalated_at = comment.received_at
    with database.read() as session:
        for words in ("muller", "tox-59", "reader-7", comment.id):
            rows = queue.page(session, site.id, QueueFilter(text=words, escalated=True))
            assert [row.id for row in rows] == [comment.id], words
            assert queue.count(session, site.id, QueueFilter(text=words, escalated=True)) == 1
            assert queue.page(session, site.id, QueueFilter(text=words)) == []


def test_a_new_comment_is_found_by_its_text_before_the_index_of_words_has_it(
    database: Database, site: Site, held: dict[str, Comment]
) -> None:
    comment = hold(database, site.id, 5, id="new-1", text=f"Quite a fresh remark about the harbour. {END}")
    with database.read() as session:
        (row,) = queue.page(session, site.id, QueueFilter(text="FRESH remark"))
        assert row.id == comment.id


def test_more_words_than_a_statement_takes_are_looked_for_as_they_stand(
    database: Database, site: Site, held: dict[str, Comment]
) -> None:
    long = " ".join(f"word{number}" for number in range(60))
    hold(database, site.id, 6, id="long", text=f"{long} and an end.")
    with database.read() as session:
        assert len(queue.page(session, site.id, QueueFilter(text=long))) == 1
        assert queue.page(session, site.id, QueueFilter(text=long.replace("word7 ", ""))) == []
