"""What readers see of an article: published comments, in order, in pages; nothing else, and at a flat cost."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from service.accounts import keys
from service.accounts.perspective import Terms
from service.api import keeper
from service.api.reader import shapes
from service.db import Database
from service.models import Comment, Site
from service.moderation.erasure import erasing
from service.moderation.readers import published
from service.vocabulary import Scope, Verdict
from tests.service.api.conftest import LONG_ENOUGH
from tests.service.api.reader.conftest import ORIGIN, Reader, form_key
from tests.support import bulk
from tests.support.actors import ADA
from tests.support.comments import classify, moderate, submit
from tests.support.plans import analyse, explain, statements_of, unbounded


def text_of(name: str) -> str:
    return f"{LONG_ENOUGH} This is what {name} thinks of it, and nobody else."


def publish(database: Database, site: Site, *names: str, **fields: Any) -> None:
    for name in names:
        submit(database, site.id, name, text_of(name), article_id="bridge", author_name=name.title(), **fields)
    classify(database)


def shown(reader: Reader, query: str = "") -> list[str]:
    return [comment["id"] for comment in reader.comments(query)["comments"]]


def test_published_comments_are_listed_oldest_first_and_nothing_else_is(
    reader: Reader, database: Database, site: Site
) -> None:
    publish(database, site, "a", "b")
    for name, verdict in (("held", Verdict.HOLD), ("rejected", Verdict.REJECT)):
        submit(database, site.id, name, text_of(name), article_id="bridge")
        classify(database, verdict)
    submit(database, site.id, "pending", text_of("pending"), article_id="bridge")
    submit(database, site.id, "elsewhere", text_of("elsewhere"), article_id="market")
    body = reader.comments()
    shapes.PublishedPage.model_validate_json(reader("GET", query="&article=bridge").text)
    assert [(one["id"], one["author"], one["parent"]) for one in body["comments"]] == [
        ("a", "A", None),
        ("b", "B", None),
    ]
    assert (body["count"], body["next"], body["article"]) == (2, None, "bridge")
    assert (body["minimum_length"], body["maximum_length"], body["reports"], body["hints"]) == (
        50,
        10_000,
        ["abuse", "spam", "illegal", "other"],
        True,
    )
    assert not any(hidden in str(body) for hidden in ("held", "rejected", "pending", "elsewhere"))
    assert reader("GET", query="&article=unknown").get_json()["comments"] == []


def test_what_is_no_longer_published_is_gone_from_the_page(reader: Reader, database: Database, site: Site) -> None:
    publish(database, site, "a", "b", "c")
    with database.write() as session:
        erasing.erase_comment(session, site.id, "a", by=ADA)
        rejected = session.scalars(select(Comment).where(Comment.external_id == "b")).one()
    moderate(database, rejected, Verdict.REJECT)
    body = reader.comments()
    assert ([one["id"] for one in body["comments"]], body["count"]) == (["c"], 1)


def test_a_reply_names_its_parent_only_while_that_is_published(reader: Reader, database: Database, site: Site) -> None:
    publish(database, site, "parent")
    publish(database, site, "reply", parent_id="parent")
    assert [one["parent"] for one in reader.comments()["comments"]] == [None, "parent"]
    with database.write() as session:
        parent = session.scalars(select(Comment).where(Comment.external_id == "parent")).one()
    moderate(database, parent, Verdict.REJECT)
    assert [(one["id"], one["parent"]) for one in reader.comments()["comments"]] == [("reply", None)]


def test_pages_follow_each_other_without_gap_or_repeat(reader: Reader, database: Database, site: Site) -> None:
    publish(database, site, *(f"c{number}" for number in range(5)))
    first = reader.comments("&limit=2")
    second = reader.comments(f"&limit=2&after={first['next']}")
    last = reader.comments(f"&limit=2&after={second['next']}")
    pages = [[one["id"] for one in page["comments"]] for page in (first, second, last)]
    assert (pages, last["next"], first["count"]) == ([["c0", "c1"], ["c2", "c3"], ["c4"]], None, 5)


@pytest.mark.one_database
def test_a_page_of_long_comments_ends_early(
    reader: Reader, database: Database, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(database, site, "a", "b")
    monkeypatch.setattr(published, "LARGEST_PAGE", len(text_of("a")))
    first = reader.comments()
    assert ([one["id"] for one in first["comments"]], shown(reader, f"&after={first['next']}")) == (["a"], ["b"])


@pytest.mark.one_database
def test_a_bad_parameter_is_refused(reader: Reader) -> None:
    for query in (
        "", "&article=", "&article=a%0Ab", "&article=a&limit=0", "&article=a&limit=101", "&article=a&after=xyz",
        "&article=a&after=W10=", "&article=a&article=b",
    ):  # fmt: skip
        answer = reader("GET", query=query)
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json"), query


@pytest.mark.one_database
def test_a_page_may_be_kept_for_ten_seconds_and_is_asked_for_again_by_its_tag(
    reader: Reader, database: Database, site: Site
) -> None:
    publish(database, site, "a")
    first = reader("GET", query="&article=bridge")
    assert first.headers["Cache-Control"] == "public, max-age=10, stale-while-revalidate=10"
    known = {"If-None-Match": first.headers["ETag"]}
    same = reader("GET", query="&article=bridge", headers=known)
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    publish(database, site, "b")
    keeper.of(reader.app).pages.clear()
    assert reader("GET", query="&article=bridge", headers=known).status_code == 200


@pytest.mark.one_database
def test_many_readers_of_one_article_cost_one_reading_a_second(reader: Reader, database: Database, site: Site) -> None:
    publish(database, site, "a")
    reader.comments()
    with statements_of(database) as sent:
        for _ in range(5):
            assert reader("GET", query="&article=bridge").status_code == 200
    assert [statement for statement, _ in sent if "FROM comment" in statement] == []


def test_another_sites_key_sees_nothing_of_it(
    reader: Reader, app: Flask, database: Database, site: Site, other_site: Site
) -> None:
    publish(database, site, "a")
    receipt = reader.sent()["receipt"]
    stranger = Reader(app, form_key(database, other_site))
    assert stranger.comments()["comments"] == []
    assert stranger("GET", f"/{receipt}").status_code == 404
    assert stranger("GET", f"/{receipt}/page").status_code == 404
    assert shown(reader) == ["a"]


def test_a_page_costs_the_same_beside_more_comments(app: Flask, database: Database, site: Site) -> None:
    bulk.fill(database, site.id, 2_000)
    with database.write() as session:
        terms = Terms(origins=(ORIGIN,))
        key = keys.create(session, site.id, "form", scopes=(Scope.SUBMIT,), perspective=terms)
    reader = Reader(app, key)
    with statements_of(database) as sent:
        first = reader("GET", query=f"&article={bulk.HOT_ARTICLE}").get_json()
        second = reader("GET", query=f"&article={bulk.HOT_ARTICLE}&after={first['next']}").get_json()
        # Last: of an article that has a third of all comments, PostgreSQL rightly counts by reading the table.
        assert reader("GET", query="&article=a-5").status_code == 200
    assert len(first["comments"]) == len(second["comments"]) == 50
    analyse(database)
    assert unbounded(database, sent) == []
    of_pages = dict(one for one in sent if "parent_external_id" in one[0] or "count(*)" in one[0])
    plans = [explain(database, *one) for one in of_pages.items()]
    assert len(plans) == 3
    assert all("ix_comment_published" in plan for plan in plans), "\n\n".join(plans)
