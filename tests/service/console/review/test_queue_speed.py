"""A hundred thousand held comments: every page of the queue is quick at the server.

`HELD_COMMENTS=100000 pytest tests/service/console/review/test_queue_speed.py -k quick -s` measures what is promised, on
a machine that was set aside for it.
"""

import os
import statistics
import time
from collections.abc import Callable

import pytest
from flask import Flask

from service.db import Database
from service.models import Site
from service.models.moderator import Role
from service.moderation.review.queue import queue
from service.moderation.review.queue.queue import Row
from service.moderation.review.queue.queue_filter import QueueFilter
from tests.support.console import Person, add_moderator, enter
from tests.support.crowd import Crowd, settle
from tests.support.searching import read_all

ASKED = os.environ.get("HELD_COMMENTS")
MEASURED = int(ASKED or 300)  # the figures that are promised are for 100000
TIMES = 40 if ASKED else 3  # without being asked for figures, every way is gone once and a little more
LIMIT_MS = 100.0
QUEUE = "/console/sites/gazette/review"


@pytest.mark.timeout(1_800)  # a hundred thousand comments take minutes to write down
def test_the_first_page_the_next_and_a_decision_are_quick_at_the_server(
    database: Database, site: Site, other_site: Site, app: Flask
) -> None:
    Crowd(database, other_site.id, seed=2).add(MEASURED // 20, MEASURED // 40)
    Crowd(database, site.id).add(MEASURED, MEASURED * 2 // 5)
    read_all(database)
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
        "rare far back": "?text=zeppelin&order=newest",
        "id of an author": "?text=author-3",
        "no such word": "?text=nowhere-to-be-found",
        "poll of a search": f"/pulse?text=zeppelin&ids={shown}",
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
