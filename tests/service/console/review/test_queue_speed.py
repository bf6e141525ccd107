"""A hundred thousand held comments: no page of the queue reads the whole table, and each is quick at the server.

`HELD_COMMENTS=100000 pytest tests/service/console/review/test_queue_speed.py -k quick -s` measures what is promised, on
a machine that was set aside for it.
"""

import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, select, text

from service.db import Database
from service.models import Comment, Decision, Site
from service.models.moderator import Role
from service.moderation.review import dossier
from service.moderation.review.queue import held_text, index_hints, queue
from service.moderation.review.queue.queue import Row
from service.moderation.review.queue.queue_filter import Order, QueueFilter
from service.queues import Queues
from service.settings import Settings
from service.vocabulary import CommentStatus, Source
from tests.support.console import Person, add_moderator, enter
from tests.support.crowd import Crowd, settle
from tests.support.quicker import application
from tests.support.sites import add_site

ASKED = os.environ.get("HELD_COMMENTS")
MEASURED = int(ASKED or 300)  # the figures that are promised are for 100000
HELD, DECIDED = 4_000, 12_000  # enough of both that the planners weigh indexes as they do later
TIMES = 40 if ASKED else 3  # without being asked for figures, every way is gone once and a little more
LIMIT_MS = 100.0
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


@contextmanager
def statements_of(database: Database) -> Iterator[list[tuple[str, object]]]:
    """Collect the SELECTs on comments that are sent meanwhile."""
    sent: list[tuple[str, object]] = []

    def remember(_connection: Connection, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "comment" in statement and statement.startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", remember)
    yield sent
    event.remove(database.engine, "before_cursor_execute", remember)


USUAL = ("the", "qu")  # what many texts have, and what is too short for the index of texts
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
    QueueFilter(text="zeppelin", order=Order.SEVERE, reason="toxic"),
    *(QueueFilter(text=words) for words in USUAL),
]


def test_no_page_and_no_count_reads_the_whole_table(crowd: tuple[Database, Site]) -> None:
    database, site = crowd
    look_at_the_plans(database, site)
    if database.is_sqlite:  # an operator may have given it statistics too
        with database.write() as session:
            session.execute(text("ANALYZE"))
        look_at_the_plans(database, site)


def look_at_the_plans(database: Database, site: Site) -> None:
    with statements_of(database) as statements, database.read() as session:
        for chosen in FILTERS:
            rows = queue.page(session, site.id, chosen)
            if rows:
                queue.page(session, site.id, chosen, after=rows[-1].position)
            queue.ids(session, site.id, chosen, limit=40)
            if chosen.text not in USUAL:  # to count those, every held text is read
                queue.count(session, site.id, chosen)
            if chosen.text not in USUAL and not chosen.waited_hours:  # as most have waited that long
                queue.histogram(session, site.id, chosen)
        first = queue.page(session, site.id, QueueFilter())
        queue.reserved_by(session, site.id, [row.id for row in first])
        dossier.read(session, session.get_one(Comment, first[0].id))
    assert len(statements) >= 4 * len(FILTERS)
    for statement, parameters in statements:
        plan = explain(database, statement, parameters)
        for line in plan.splitlines():
            whole = re.search(r"SCAN (comment|of_reason|of_attribute)|Seq Scan on (comment|held_reason)\b", line)
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
        for chosen in FILTERS:
            if chosen.escalated or chosen.waited_hours or chosen.article:
                continue
            wanted = sorted((c for c in held if matches(c, why[c.id], chosen)), key=lambda c: place(c, chosen))
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


def matches(comment: Comment, reasons: list[dict[str, Any]], chosen: QueueFilter) -> bool:
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
        and chosen.text.lower() in comment.text.lower()
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
    with statements_of(database) as statements, database.read() as session:
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


@pytest.mark.timeout(1_800)  # a hundred thousand comments take minutes to write down
def test_the_first_page_the_next_and_a_decision_are_quick_at_the_server(
    database: Database, site: Site, other_site: Site, app: Flask
) -> None:
    Crowd(database, other_site.id, seed=2).add(MEASURED // 20, MEASURED // 40)
    Crowd(database, site.id).add(MEASURED, MEASURED * 2 // 5)
    settle(database)
    person = enter(app.test_client(), add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR))
    with database.read() as session:
        first = queue.page(session, site.id, QueueFilter(), limit=TIMES)
    shown = ",".join(row.id for row in first)
    pages = {
        "first page": "",
        "next page": f"/rows?after={first[-1].position}",
        "severe first": "?order=severe",
        "uncertain first": "?order=uncertain",
        "reason": "?reason=off_topic&order=severe",
        "rare reason": "?reason=author_strikes&order=severe",
        "attribute": "?attribute=insult&score_from=0.6",
        "score band": "?score_from=0.6&score_to=0.7",
        "author": "?author=author-3",
        "article": "?article=a-3&order=severe",
        "language": "?language=fr&reason=toxic",
        "escalated": "?lane=escalated",
        "rare word": "?text=zeppelin",
        "common word": "?text=bridge",
        "poll": f"/pulse?ids={shown}",
        "poll of a reason": f"/pulse?reason=toxic&ids={shown}",
    }
    took = {
        name: [timed(lambda path=path: person.client.get(QUEUE + path)) for _ in range(TIMES)]
        for name, path in pages.items()
    }
    took["comment"] = [timed(lambda row=row: person.client.get(page_of(row))) for row in first]
    token = person.token()
    took["decision"] = [timed(lambda row=row: decide(person, row, token)) for row in first]
    with database.read() as session:
        first = queue.page(session, site.id, QueueFilter(), limit=TIMES)
    took["decision and next"] = [
        timed(lambda row=row: decide(person, row, token), lambda: person.client.get(QUEUE)) for row in first
    ]
    report(database, took)
    dashboard = timed(lambda: person.client.get("/console/sites/gazette/dashboard?period=30d"))
    print(f"  dashboard of 30 days, counted anew: {dashboard / 1000:.1f} s")  # kept for a while, so once in a minute
    if ASKED:  # figures are only asked of a machine that was set aside for them
        assert {name: p95(times) for name, times in took.items() if p95(times) > LIMIT_MS} == {}


def page_of(row: Row) -> str:
    return f"/console/sites/gazette/comments/{row.id}"


def decide(person: Person, row: Row, token: str) -> object:
    form = {"csrf_token": token, "verdict": "approve", "version": str(row.version)}
    return person.client.post(f"{page_of(row)}/decision", data=form, headers={"Accept": "application/json"})


def timed(*requests: Callable[[], object]) -> float:
    started = time.perf_counter()
    answers = [request() for request in requests]
    took = (time.perf_counter() - started) * 1000
    assert [answer.status_code for answer in answers] == [200] * len(requests)  # type: ignore[attr-defined]
    return took


def report(database: Database, took: dict[str, list[float]]) -> None:
    print(f"\n{MEASURED} held on {database.engine.dialect.name}, milliseconds at the server:")
    for name, times in took.items():
        print(f"  {name:18} median {statistics.median(times):6.1f}  p95 {p95(times):6.1f}")


def p95(times: list[float]) -> float:
    return sorted(times)[max(0, round(len(times) * 0.95) - 1)]


def explain(database: Database, statement: str, parameters: object) -> str:
    prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(prefix + statement, parameters).all()  # type: ignore[arg-type]
    return "\n".join(str(row[-1]) for row in rows)
