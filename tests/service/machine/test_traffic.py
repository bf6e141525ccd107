"""demo-traffic: the same seed writes the same comments, none repeats another, and a second run continues the first."""

import time
from collections import Counter, defaultdict, deque
from itertools import islice

import pytest
from rapidfuzz import fuzz
from sqlalchemy import func, select

from service.accounts import keys
from service.db import Database
from service.installation.settings import Settings
from service.machine import demo, demo_access, traffic
from service.machine.made_up_readers import Remark, load_content, remarks
from service.models import ApiKey, Article, Comment, Site
from service.moderation.intake.repeats import BY_AUTHOR, NEAR_BITS, NEAR_RATIO, UNDER_ARTICLE
from service.moderation.text.fingerprints import distance, simhash, words_of
from service.moderation.text.length import reader_length
from service.queues import Queues
from tests.support.browser import serving
from tests.support.quicker import application


def play(number: int, *, seed: int = 1) -> list[Remark]:
    return list(islice(remarks(seed=seed), number))


def test_the_same_seed_writes_the_same_comments_and_another_others() -> None:
    first = play(300, seed=7)
    assert first == play(300, seed=7)
    assert [remark.body["text"] for remark in first] != [remark.body["text"] for remark in play(300, seed=8)]
    assert len({remark.body["id"] for remark in first}) == 300


def test_every_kind_of_reader_writes_and_a_few_offend_again_and_again() -> None:
    found = play(2_000)
    kinds = Counter(remark.kind for remark in found)
    assert set(kinds) == {
        "fine", "rude", "abuse", "threat", "identity", "evasive", "offtopic", "advert", "other", "short",
    }  # fmt: skip
    assert kinds["fine"] > 1_700
    offences = ("rude", "abuse", "threat", "identity", "evasive")
    offenders = Counter(remark.body["author"]["id"] for remark in found if remark.kind in offences)
    assert sum(number for _, number in offenders.most_common(4)) > 0.4 * sum(offenders.values())
    assert sum("parent_id" in remark.body for remark in found) > 400


def test_a_reply_names_a_comment_sent_before_it_under_the_same_article() -> None:
    article_of: dict[str, str] = {}
    for remark in play(500, seed=3):
        parent = remark.body.get("parent_id")
        assert parent is None or article_of[parent] == remark.body["article_id"]
        article_of[remark.body["id"]] = remark.body["article_id"]


def test_no_comment_of_two_thousand_is_a_repeat_by_the_rules_of_intake() -> None:
    """As service/moderation/intake/repeats.py asks the database: the author's last 50, the article's last 200."""
    by_author: dict[str, deque[tuple[int, list[str]]]] = defaultdict(lambda: deque(maxlen=BY_AUTHOR))
    under_article: dict[str, deque[tuple[int, list[str]]]] = defaultdict(lambda: deque(maxlen=UNDER_ARTICLE))
    texts = set()
    for remark in play(2_000):
        if remark.kind == "short":  # refused, so never compared
            continue
        mark, words = simhash(remark.body["text"]), words_of(remark.body["text"])
        earlier = [*by_author[remark.body["author"]["id"]], *under_article[remark.body["article_id"]]]
        for other, its_words in earlier:
            assert distance(mark, other) > NEAR_BITS or fuzz.ratio(words, its_words) < NEAR_RATIO, remark
        assert (remark.body["article_id"], tuple(words)) not in texts
        texts.add((remark.body["article_id"], tuple(words)))
        by_author[remark.body["author"]["id"]].append((mark, words))
        under_article[remark.body["article_id"]].append((mark, words))


def test_no_reader_floods_within_two_thousand_comments_but_an_offender() -> None:
    written = Counter(remark.body["author"]["id"] for remark in play(2_000))
    assert sum(number > 20 for number in written.values()) <= 4  # 20 an hour is the default policy's limit


def test_comments_come_through_the_api_at_the_rate_asked_for(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    with database.write() as session:
        key = keys.create(session, site.id, "traffic")
    with serving(application(settings, database, queues)) as address:
        started = time.monotonic()
        found = traffic.play(address, key, comments=40, rate=20, seed=1)
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
        traffic.play(address, "nonsense", comments=1, rate=1, seed=1)


def test_a_service_that_is_not_there_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "PATIENCE", 1)
    with pytest.raises(traffic.RequestRefused, match="moderato up"):
        traffic.play("http://127.0.0.1:9", "k", comments=1, rate=1, seed=1)


def test_a_second_run_continues_where_the_first_one_ended(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    with database.write() as session:
        key = keys.create(session, site.id, "traffic")
    with serving(application(settings, database, queues)) as address:
        for number in (13, 7):
            sent = traffic.play(address, key, comments=number, rate=1_000, seed=1)
            assert {one.status for one in sent} <= {202, 422}
    expected = {remark.body["id"] for remark in play(20) if reader_length(remark.body["text"]) >= 50}
    with database.read() as session:
        assert set(session.scalars(select(Comment.external_id))) == expected


def test_the_demo_has_one_key_however_often_it_starts(settings: Settings, database: Database) -> None:
    content = {"site": {"slug": "demo", "name": "Demo"}, "moderator": {"email": "m@demo.example", "name": "M"}}
    (settings.data_dir).mkdir(parents=True, exist_ok=True)
    first = demo.prepare(settings, content)
    demo_access.write(settings, first)
    assert demo.prepare(settings, content) == first
    (settings.data_dir / demo_access.FILE).unlink()
    second = demo.prepare(settings, content)
    assert second.api_key != first.api_key
    with database.read() as session:
        in_force = session.scalars(select(ApiKey.id).where(ApiKey.revoked_at.is_(None))).all()
    assert in_force == [keys.id_of(second.api_key)]


def test_the_sentences_are_enough_for_two_thousand_comments() -> None:
    content = load_content()
    assert len(content["articles"]) == 6
    for article in content["articles"]:
        assert len(set(article["fine"])) == len(article["fine"]) == 30
    for said in content["other"].values():
        assert all(reader_length(f"{one} {two}") >= 50 for one in said["first"] for two in said["second"])
