"""demo-traffic: the same seed gives the same comments, sent through the HTTP API at the given rate."""

import time
from collections import Counter

import pytest
from sqlalchemy import func, select

from service.accounts import keys
from service.db import Database
from service.machine import traffic
from service.models import Article, Comment, Site
from service.moderation.text.length import reader_length
from service.queues import Queues
from service.settings import Settings
from tests.support.browser import serving
from tests.support.quicker import application


def test_the_same_seed_writes_the_same_comments_and_another_others() -> None:
    first = list(traffic.remarks(300, seed=7, run="r"))
    assert first == list(traffic.remarks(300, seed=7, run="r"))
    assert first != list(traffic.remarks(300, seed=8, run="r"))
    assert len({remark.body["id"] for remark in first}) == 300


def test_every_kind_of_reader_is_heard_and_a_few_offend_again_and_again() -> None:
    play = list(traffic.remarks(2_000, seed=1, run="r"))
    kinds = Counter(remark.kind for remark in play)
    assert set(kinds) == {"fine", "rude", "threat", "identity", "evasive", "offtopic", "advert", "other", "short"}
    assert kinds["fine"] > 1_000
    offenders = Counter(r.body["author"]["id"] for r in play if r.kind in ("rude", "threat", "identity", "evasive"))
    four = sum(number for _, number in offenders.most_common(4))
    assert four > 0.5 * sum(offenders.values())
    assert sum("parent_id" in remark.body for remark in play) > 400
    short = [remark for remark in play if reader_length(remark.body["text"]) < 50]
    assert 20 < len(short) < 200  # some are refused, most are not


def test_a_reply_names_a_comment_sent_before_it_under_the_same_article() -> None:
    article_of: dict[str, str] = {}
    for remark in traffic.remarks(500, seed=3, run="r"):
        parent = remark.body.get("parent_id")
        assert parent is None or article_of[parent] == remark.body["article_id"]
        article_of[remark.body["id"]] = remark.body["article_id"]


def test_comments_come_through_the_api_at_the_rate_asked_for(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    with database.write() as session:
        key = keys.create(session, site.id, "traffic")
    with serving(application(settings, database, queues)) as address:
        started = time.monotonic()
        found = traffic.play(address, key, count=40, rate=20, seed=1, run="r")
        took = time.monotonic() - started
    assert took > 39 / 20
    told = traffic.summary(found, took)
    assert told["sent"] == 40
    assert set(told["by_status"]) <= {"202", "422"}
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == told["by_status"]["202"]
        assert session.scalar(select(func.count()).select_from(Article).where(Article.body != "")) == 6


def test_a_key_that_is_refused_and_a_service_that_is_not_there_are_explained(
    settings: Settings, database: Database, queues: Queues
) -> None:
    with (
        serving(application(settings, database, queues)) as address,
        pytest.raises(traffic.RequestRefused, match="moderato keys create"),
    ):
        traffic.play(address, "nonsense", count=1, rate=1, seed=1, run="r")


def test_a_service_that_is_not_there_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "PATIENCE", 1)
    with pytest.raises(traffic.RequestRefused, match="moderato up"):
        traffic.play("http://127.0.0.1:9", "k", count=1, rate=1, seed=1, run="r")


def test_what_is_said_is_our_own_and_long_enough_where_it_should_be() -> None:
    content = traffic.load_content()
    assert len(content["articles"]) == 6
    for article in content["articles"]:
        assert len(article["fine"]) == 10
        assert len(set(article["fine"])) == 10
    assert all(reader_length(text) >= 50 for said in content["other"].values() for text in said["fine"])
