"""A hundred thousand held comments: no page of the queue reads the whole table, and each is quick at the server."""

import os
import statistics
import time
from datetime import timedelta

from flask import Flask
from sqlalchemy import Connection, event, insert, text

from service.clock import utc_now
from service.db import Database, new_id
from service.models import Article, Comment, Site
from service.models.moderator import Role
from service.moderation import dossier, review
from service.moderation.review import Order, QueueFilter
from service.vocabulary import CommentStatus, Verdict
from tests.support.console import Person, add_moderator, enter

MEASURED = int(os.environ.get("HELD_COMMENTS") or 5_000)  # the figures that are promised are for 100000
HELD, DECIDED = 5_000, 20_000  # enough of both that the planners weigh indexes as they do later
ATTRIBUTES = ("toxicity", "insult", "threat", "off_topic", "identity_attack")
LIMIT_MS = 100.0


def crowd(database: Database, site: Site, held: int, decided: int) -> None:
    """Fill the site with held and decided comments, and let the database learn what it has."""
    with database.write() as session:
        article = Article(site_id=site.id, external_id="bridge", title="The bridge")
        session.add(article)
        session.flush()
        for start in range(0, held + decided, 10_000):
            numbers = range(start, min(held + decided, start + 10_000))
            session.execute(insert(Comment), [row(site, article, n, held=n < held) for n in numbers])
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE"))
        if not database.is_sqlite:
            connection.execute(text("VACUUM comment"))


def row(site: Site, article: Article, n: int, *, held: bool) -> dict[str, object]:
    score = (n * 7919 % 1000) / 1000
    return {
        "id": new_id(),
        "site_id": site.id,
        "external_id": f"c-{n}",
        "article_id": article.id if n % 50 == 0 else None,
        "author_external_id": f"author-{n % 997}",
        "author_name": "Somebody",
        "text": f"Comment number {n} about the bridge, long enough to look like one of a reader.",
        "status": CommentStatus.IN_REVIEW if held else CommentStatus.APPROVED,
        "verdict": Verdict.REVIEW if held else Verdict.APPROVE,
        "received_at": utc_now() - timedelta(days=20) + timedelta(seconds=n),
        "reason": "off_topic" if n % 5 == 3 else "toxic",
        "attribute": ATTRIBUTES[n % 5],
        "score": score,
        "severity": score,
        "uncertainty": abs(1 - 2 * score),
        "language_read": "en" if n % 20 else "de",
        "version": 2,
    }


FILTERS = [
    QueueFilter(),
    QueueFilter(order=Order.NEWEST),
    QueueFilter(order=Order.SEVERE),
    QueueFilter(order=Order.MILD),
    QueueFilter(order=Order.UNCERTAIN),
    QueueFilter(reason="off_topic"),
    QueueFilter(attribute="threat", score_from=0.9),
    QueueFilter(author="author-7"),
    QueueFilter(article="bridge"),
    QueueFilter(language="de"),
    QueueFilter(escalated=True),
    QueueFilter(text="number 777"),
    QueueFilter(text="zeppelin", order=Order.SEVERE),
]


def test_no_page_and_no_count_reads_the_whole_table(database: Database, site: Site) -> None:
    crowd(database, site, HELD, DECIDED)
    statements: list[tuple[str, object]] = []

    def remember(connection: Connection, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("SELECT") and "comment" in statement:
            statements.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", remember)
    with database.read() as session:
        for chosen in FILTERS:
            rows = review.page(session, site.id, chosen)
            if rows:
                review.page(session, site.id, chosen, after=rows[-1].position)
            review.count(session, site.id, chosen)
        dossier.read(session, session.get_one(Comment, review.page(session, site.id, QueueFilter())[0].id))
    event.remove(database.engine, "before_cursor_execute", remember)
    assert len(statements) >= 2 * len(FILTERS)
    for statement, parameters in statements:
        plan = explain(database, statement, parameters)
        for line in plan.splitlines():
            whole = "SCAN comment" in line or "Seq Scan on comment" in line
            assert not whole, f"{statement}\n{plan}"


def test_a_rare_word_is_found_by_the_index_of_texts(database: Database, site: Site) -> None:
    crowd(database, site, HELD, 0)
    statements = []

    def remember(_connection: Connection, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        statements.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", remember)
    with database.read() as session:
        (found,) = review.page(session, site.id, QueueFilter(text="NUMBER 4321"))
        assert review.count(session, site.id, QueueFilter(text="number 4321")) == 1
    event.remove(database.engine, "before_cursor_execute", remember)
    assert found.excerpt.startswith("Comment number 4321 ")
    plans = "\n".join(explain(database, *told) for told in statements if told[0].startswith("SELECT"))
    assert ("held_text VIRTUAL TABLE" if database.is_sqlite else "ix_comment_held_text") in plans


def test_the_first_page_the_next_and_a_decision_are_quick_at_the_server(
    database: Database, site: Site, app: Flask
) -> None:
    crowd(database, site, MEASURED, MEASURED // 5)
    person = enter(app.test_client(), add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR))
    with database.read() as session:
        first = review.page(session, site.id, QueueFilter())
    token = person.token()
    took = {
        "first page": [timed(person, "/console/sites/gazette/review") for _ in range(20)],
        "next page": [
            timed(person, f"/console/sites/gazette/review/rows?after={first[-1].position}") for _ in range(20)
        ],
        "rare word": [timed(person, f"/console/sites/gazette/review?text=number+{n}9") for n in range(20, 40)],
        "common word": [timed(person, "/console/sites/gazette/review?text=bridge") for _ in range(20)],
        "severe first": [timed(person, "/console/sites/gazette/review?order=severe") for _ in range(20)],
        "comment": [timed(person, f"/console/sites/gazette/comments/{row.id}") for row in first[:20]],
        "decision": [
            timed(
                person,
                f"/console/sites/gazette/comments/{row.id}/decision",
                {"csrf_token": token, "verdict": "approve", "version": row.version},
            )
            for row in first[:20]
        ],
    }
    print(f"\n{MEASURED} held on {database.engine.dialect.name}, milliseconds at the server:")
    for name, times in took.items():
        print(f"  {name:12} median {statistics.median(times):6.1f}  p95 {p95(times):6.1f}")
    if os.environ.get("HELD_COMMENTS"):  # figures are only asked of a machine that was set aside for them
        assert {name: p95(times) for name, times in took.items() if p95(times) > LIMIT_MS} == {}


def timed(person: Person, path: str, data: dict[str, object] | None = None) -> float:
    started = time.perf_counter()
    headers = {"Accept": "application/json"} if data else {}
    answer = person.client.post(path, data=data, headers=headers) if data else person.client.get(path)
    took = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, answer.text
    return took


def p95(times: list[float]) -> float:
    return sorted(times)[max(0, round(len(times) * 0.95) - 1)]


def explain(database: Database, statement: str, parameters: object) -> str:
    prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(prefix + statement, parameters).all()  # type: ignore[arg-type]
    return "\n".join(str(row[-1]) for row in rows)
