"""No page of the queue reads the whole table, and every way to read one finds the same."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from sqlalchemy import select, text

from service.db import Database
from service.installation.settings import Settings
from service.models import Article, Comment, Decision, Site
from service.models.moderator import Role
from service.moderation.review import dossier
from service.moderation.review.queue import held_languages, held_text, index_hints, queue
from service.moderation.review.queue.queue import Row
from service.moderation.review.queue.queue_filter import Order, QueueFilter
from service.moderation.text.search_words import words_of
from service.queues import Queues
from service.vocabulary import CommentStatus, Source
from tests.support.console import add_moderator, enter
from tests.support.crowd import Crowd, settle
from tests.support.plans import explain, statements_of
from tests.support.quicker import application
from tests.support.searching import read_all
from tests.support.sites import add_site

HELD, DECIDED = 2_500, 7_500  # enough of both that the planners weigh indexes as they do later
QUEUE = "/console/sites/gazette/review"


@pytest.fixture(scope="module")
def crowds(databases_to_read: Callable[[str], Database]) -> Callable[[str], tuple[Database, Site]]:
    """What writes down, once for a database's kind, comments of two sites; it returns the larger one."""

    @cache
    def crowd(kind: str) -> tuple[Database, Site]:
        database = databases_to_read(kind)
        site, other_site = add_site(database, "gazette", "The Gazette"), add_site(database, "herald", "The Herald")
        Crowd(database, other_site.id, seed=2).add(HELD // 10, DECIDED // 10, scores=False)
        Crowd(database, site.id).add(HELD, DECIDED, scores=False)
        read_all(database)
        settle(database)
        return database, site

    return crowd


@pytest.fixture
def crowd(
    crowds: Callable[[str], tuple[Database, Site]], database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[Database, Site]:
    """A crowd to read, and what the queue reads at once as small beside it as beside a hundred thousand."""
    monkeypatch.setattr(queue, "WINDOW", 100)
    monkeypatch.setattr(index_hints, "FEW", 150)
    monkeypatch.setattr(held_text, "RARE", 250)
    return crowds(database_kind)


USUAL = ("the", "qu")  # what many texts have, and what is too short for the index of texts
READS_ALL = r"SCAN (comment|of_reason|of_attribute|search_)|Seq Scan on (comment\b|held_reason\b|search_)"
FILTERS = [
    QueueFilter(),
    QueueFilter(order=Order.NEWEST),
    QueueFilter(order=Order.SEVERE),
    QueueFilter(order=Order.MILD),
    QueueFilter(order=Order.UNCERTAIN),
    QueueFilter(reason="off_topic"),
    QueueFilter(reason="toxic", order=Order.SEVERE),
    QueueFilter(reason="author_strikes", order=Order.SEVERE),
    QueueFilter(attribute="insult"),
    QueueFilter(attribute="insult", order=Order.UNCERTAIN),
    QueueFilter(attribute="insult", reason="author_strikes", order=Order.MILD),
    QueueFilter(attribute="threat", score_from=0.9),
    QueueFilter(attribute="insult", score_from=0.5, article="a-3"),
    QueueFilter(score_from=0.6, score_to=0.7),
    QueueFilter(author="author-7"),
    QueueFilter(article="a-3"),
    QueueFilter(article="a-3", author="author-7", order=Order.SEVERE),
    QueueFilter(language="de"),
    QueueFilter(language="pt", reason="toxic", order=Order.UNCERTAIN),
    QueueFilter(waited_hours=48),
    QueueFilter(escalated=True),
    QueueFilter(text="number 777"),
    QueueFilter(text="author-7"),
    QueueFilter(text="a-3", order=Order.SEVERE),
    QueueFilter(text="a-3", escalated=True),
    QueueFilter(text="zeppelin", order=Order.SEVERE, reason="toxic"),
    *(QueueFilter(text=words, order=order) for words in USUAL for order in (Order.OLDEST, Order.SEVERE)),
]


def test_no_page_and_no_count_reads_the_whole_table(crowd: tuple[Database, Site]) -> None:
    database, site = crowd
    look_at_the_plans(database, site)
    if database.is_sqlite:  # an operator may have given it statistics too
        with database.write() as session:
            session.execute(text("ANALYZE"))
        look_at_the_plans(database, site)


def look_at_the_plans(database: Database, site: Site) -> None:
    with statements_of(database, "SELECT", "WITH", about="comment") as statements, database.read() as session:
        for chosen in FILTERS:
            rows = queue.page(session, site.id, chosen)
            if rows:
                queue.page(session, site.id, chosen, after=rows[-1].position)
            queue.ids(session, site.id, chosen, limit=40)
            if chosen.text not in USUAL:  # to count those, every held text is read
                queue.count(session, site.id, chosen)
            if chosen.text not in USUAL and not chosen.waited_hours:  # as most have waited that long
                queue.histogram(session, site.id, chosen)
        assert held_languages.of_site(session, site.id) == sorted({*held_languages.of_site(session, site.id)})
        held_languages.of_site(session, site.id, escalated=True)
        first = queue.page(session, site.id, QueueFilter())
        queue.reserved_by(session, site.id, [row.id for row in first])
        dossier.read(session, session.get_one(Comment, first[0].id))
    assert len(statements) >= 4 * len(FILTERS)
    for statement, parameters in statements:
        plan = explain(database, statement, parameters)
        for line in plan.splitlines():
            whole = re.search(READS_ALL, line)
            assert not whole, f"{statement}\n{plan}"


def test_every_way_to_read_a_page_finds_the_same(crowd: tuple[Database, Site]) -> None:
    database, site = crowd
    with database.read() as session:
        held = session.scalars(
            select(Comment).where(
                Comment.site_id == site.id, Comment.status == CommentStatus.HELD, Comment.escalated_at.is_(None)
            )
        ).all()
        made = select(Decision.comment_id, Decision.reasons).where(Decision.source == Source.POLICY)
        why = {row.comment_id: row.reasons for row in session.execute(made)}
        titles = dict(session.execute(select(Article.id, Article.title)).all())
        for chosen in FILTERS:
            if chosen.escalated or chosen.waited_hours or chosen.article:
                continue
            wanted = sorted(
                (c for c in held if matches(c, why[c.id], titles[c.article_id], chosen)), key=lambda c: place(c, chosen)
            )
            if chosen.order in (Order.NEWEST, Order.SEVERE, Order.UNCERTAIN):
                wanted.reverse()
            assert pages(lambda after, chosen=chosen: queue.page(session, site.id, chosen, after=after), 3) == [
                c.id for c in wanted[: 3 * queue.PAGE]
            ], chosen
            assert queue.count(session, site.id, chosen) == len(wanted), chosen
            assert [one for one, _ in queue.ids(session, site.id, chosen, limit=90)] == [c.id for c in wanted[:90]]
            scored = [c for c in wanted if chosen.attribute or c.score is not None]
            if chosen.score_from is None:
                assert sum(queue.histogram(session, site.id, chosen)) == len(scored), chosen


def has_words(comment: Comment, title: str, text: str) -> bool:
    """Whether each word begins one of the comment's."""
    if text in (comment.external_id, comment.author_external_id, f"a-{title.rpartition(' ')[2]}"):
        return True
    own = words_of(comment.author_name, title, comment.text)
    return all(any(one.startswith(word) for one in own) for word in words_of(text))


def matches(comment: Comment, reasons: list[dict[str, Any]], title: str, chosen: QueueFilter) -> bool:
    """Whether the filter, read by hand, takes the comment in."""
    score = -1.0 if comment.score is None else comment.score
    if chosen.attribute:
        score = max((one["score"] for one in reasons if one.get("attribute") == chosen.attribute), default=-1.0)
    return (
        chosen.reason in ("", *(one["code"] for one in reasons))
        and chosen.attribute in ("", *(one.get("attribute") for one in reasons))
        and chosen.author in ("", comment.author_external_id)
        and chosen.language in ("", comment.language_read)
        and (chosen.score_from is None or score >= chosen.score_from)
        and (chosen.score_to is None or -1 < score <= chosen.score_to)
        and (chosen.text.lower() in comment.text.lower() or has_words(comment, title, chosen.text))
    )


def place(comment: Comment, chosen: QueueFilter) -> tuple[object, str]:
    """Return where the comment stands in the filter's order, or in its reverse."""
    key: object = comment.received_at
    if chosen.order in (Order.SEVERE, Order.MILD):
        key = comment.severity
    elif chosen.order is Order.UNCERTAIN:
        key = comment.uncertainty
    return key, comment.id


def pages(read: Callable[[str], list[Row]], most: int) -> list[str]:
    found: list[Row] = []
    while len(found) < most * queue.PAGE and (rows := read(found[-1].position if found else "")):
        found += rows
    return [row.id for row in found]


def test_a_rare_word_is_found_by_the_index_of_texts(crowd: tuple[Database, Site]) -> None:
    database, site = crowd
    last = select(Comment).where(Comment.status == CommentStatus.HELD, Comment.text.contains("reminds me of a "))
    with database.read() as session:
        comment = session.scalars(
            last.where(Comment.site_id == site.id).order_by(Comment.received_at.desc()).limit(1)
        ).one()
        words = comment.text[comment.text.rindex(" number ") + 1 :].upper()
    with statements_of(database, "SELECT", "WITH", about="comment") as statements, database.read() as session:
        (found,) = queue.page(session, site.id, QueueFilter(text=words))
        assert queue.count(session, site.id, QueueFilter(text=words)) == 1
    assert found.id == comment.id
    plans = "\n".join(explain(database, *told) for told in statements)
    assert ("held_text VIRTUAL TABLE" if database.is_sqlite else "ix_comment_held_text") in plans
    assert not database.is_sqlite or "SEARCH comment USING INDEX sqlite_autoindex_comment_1 (id=?)" in plans


def test_the_page_says_of_a_search_how_many_it_knows_of(
    crowd: tuple[Database, Site], settings: Settings, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, site = crowd
    app = application(settings, database, queues)
    person = enter(app.test_client(), add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR))

    def told(words: str) -> str:
        return re.findall(r'data-count="matching">([^<]+)<', person.client.get(f"{QUEUE}?text={words}").text)[0]

    with database.read() as session:
        every = {words: queue.count(session, site.id, QueueFilter(text=words)) for words in ("zeppelin", "the", "qu")}
    assert told("zeppelin") == str(every["zeppelin"])
    for words in USUAL:
        known = told(words)
        assert known.endswith("+")
        assert queue.PAGE <= int(known[:-1]) <= queue.WINDOW < every[words]
    monkeypatch.setattr(held_text, "RARE", 0)  # as if too many had it, but few here
    assert told("zeppelin") in (str(every["zeppelin"]), f"{queue.PAGE}+")
