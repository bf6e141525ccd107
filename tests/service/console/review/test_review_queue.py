"""The review queue: what is shown in which order, and that counts and pages stay true."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from service.clock import utc_now
from service.console.comments import unread
from service.db import Database
from service.errors import Malformed
from service.models import Comment, Site
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.review.queue import queue
from service.moderation.review.queue.queue_filter import Order, QueueFilter
from service.vocabulary import Attribute
from tests.service.console.conftest import Enters
from tests.support.console import Person
from tests.support.held import SAID, Said, hold
from tests.support.searching import read_all

PAGE = "/console/sites/gazette/review"


@pytest.fixture
def held(database: Database, site: Site) -> list[Comment]:
    return [hold(database, site.id, number) for number in range(len(SAID))]


def listed(database: Database, site: Site, **chosen: object) -> list[str]:
    with database.read() as session:
        return [row.id for row in queue.page(session, site.id, QueueFilter(**chosen))]  # type: ignore[arg-type]


def test_the_oldest_comes_first_unless_asked_otherwise(database: Database, site: Site, held: list[Comment]) -> None:
    in_order = [comment.id for comment in held]
    assert listed(database, site) == in_order
    assert listed(database, site, order=Order.NEWEST) == in_order[::-1]


def test_the_most_severe_comes_first_where_threats_outweigh_insults(
    database: Database, site: Site, held: list[Comment]
) -> None:
    first = listed(database, site, order=Order.SEVERE)[0]
    assert first == held[2].id  # the threat of 0.86, before the insult of 0.91


def test_the_most_uncertain_comes_first(database: Database, site: Site, held: list[Comment]) -> None:
    first = listed(database, site, order=Order.UNCERTAIN)[0]
    assert first == held[6].id  # 0.51


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        ({"reason": "off_topic"}, [1]),
        ({"attribute": Attribute.THREAT}, [2]),
        ({"attribute": Attribute.TOXICITY}, [0, 2, 3, 4, 5, 6]),
        ({"score_from": 0.8}, [0, 1, 2]),
        ({"score_from": 0.5, "score_to": 0.55}, [4, 6]),
        ({"author": "author-Iris Moor"}, [6]),
        ({"text": "MATCH LAST"}, [1]),
        ({"text": "100%"}, []),
        ({"article": "bridge"}, [0, 1, 2, 3, 4, 5, 6]),
        ({"article": "tunnel"}, []),
        ({"language": "en", "reason": "off_topic"}, [1]),
        ({"waited_hours": 1}, []),
        ({"escalated": True}, []),
    ],
)
def test_filters_narrow_the_list_and_the_count(
    database: Database, site: Site, held: list[Comment], chosen: dict[str, object], numbers: list[int]
) -> None:
    assert listed(database, site, **chosen) == [held[number].id for number in numbers]
    with database.read() as session:
        assert queue.count(session, site.id, QueueFilter(**chosen)) == len(numbers)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", list(Order))
def test_paging_shows_every_comment_once_also_where_the_order_has_ties(
    database: Database, site: Site, held: list[Comment], order: Order
) -> None:
    with database.write() as session:
        session.execute(update(Comment).values(severity=0.5, uncertainty=0.5, received_at=held[0].received_at))
    seen: list[str] = []
    with database.read() as session:
        after = ""
        while rows := queue.page(session, site.id, QueueFilter(order=order), after=after, limit=2):
            seen += [row.id for row in rows]
            after = rows[-1].position
    assert sorted(seen) == sorted(comment.id for comment in held)


@pytest.mark.parametrize("after", ["x", "e30", "W10", "WzEsMl0", "WyJub3ciLCJhIl0"])
def test_a_made_up_position_is_refused(database: Database, site: Site, after: str) -> None:
    with database.read() as session, pytest.raises(Malformed):
        queue.page(session, site.id, QueueFilter(), after=after)


def test_another_sites_comments_are_neither_listed_nor_counted(
    database: Database, site: Site, other_site: Site, held: list[Comment]
) -> None:
    assert listed(database, other_site) == []
    with database.read() as session:
        assert queue.count(session, other_site.id, QueueFilter()) == 0
        assert queue.reserved_by(session, other_site.id, [held[0].id]) == {}


def test_the_page_shows_the_list_the_counts_and_the_filters(ana: Person, held: list[Comment]) -> None:
    page = ana.get(PAGE).text
    assert "complete idiots" in page
    assert '<b data-count="total">7</b>' in page
    narrowed = ana.get(f"{PAGE}?reason=off_topic").text
    assert '<b data-count="matching">1</b>' in narrowed
    assert "complete idiots" not in narrowed


def test_an_advert_says_so_and_other_reasons_are_named(ana: Person, database: Database, site: Site) -> None:
    text = "Cheap watches for everybody who calls now, and the best prices in the whole of the town."
    hold(database, site.id, 9, said=Said(text, "Max", {Attribute.OFF_TOPIC: 0.99}, advert=True))
    scores = {Attribute.OFF_TOPIC: 0.99, Attribute.INSULT: 0.9, Attribute.TOXICITY: 0.95}
    hold(database, site.id, 10, said=Said(text, "Mia", scores, advert=True))
    page = ana.get(f"{PAGE}?reason=advert").text
    assert '<b data-count="matching">2</b>' in page
    assert '<span class="badge">advert</span>' in page
    assert 'title="Also: insult, advert">+2<' in page


def test_severe_text_is_covered_in_the_list_until_somebody_prefers_it_shown(ana: Person, held: list[Comment]) -> None:
    assert "behind his house" not in ana.get(PAGE).text
    ana.post("/console/preferences", {"cover": "never", "keys_on": "1"})
    assert "behind his house" in ana.get(PAGE).text


@pytest.mark.parametrize("query", ["score_from=abc", "score_to=2", "waited_hours=-1", "after=%00"])
def test_a_filter_that_makes_no_sense_is_explained(ana: Person, query: str) -> None:
    assert ana.get(f"{PAGE}?{query}").status_code == 400


def test_a_poll_that_finds_nothing_new_is_a_304(ana: Person, held: list[Comment], database: Database) -> None:
    address = f"{PAGE}/pulse?ids={held[0].id},{'f' * 32}"
    first = ana.get(address)
    assert first.json is not None
    assert first.json["counts"]["total"] == first.json["counts"]["matching"] == 7
    assert first.json["gone"] == ["f" * 32]
    again = ana.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    hold(database, held[0].site_id, 20)
    changed = ana.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json is not None
    assert changed.json["counts"]["total"] == 8


@pytest.mark.parametrize("account", ["vic", "ana", "lea", "ada"])
@pytest.mark.parametrize("lane", ["", "lane=escalated", "reason=reported&order=reported", "text=bridge"])
def test_a_poll_counts_whatever_the_page_counts(
    enters: Enters, held: list[Comment], database: Database, account: str, lane: str
) -> None:
    with database.write() as session:
        session.get_one(Comment, held[0].id).escalated_at = utc_now()
    person = enters(account)
    page = person.get(f"{PAGE}?{lane}").text
    polled = person.get(f"{PAGE}/pulse?{lane}").json
    assert polled is not None
    shown = dict(re.findall(r'data-count="(\w+)">([\d,]+)\+?<', page))
    assert {"total", "escalated", "appeals"} <= set(shown)
    assert shown == {name: str(polled["counts"][name]) for name in shown}


def test_the_histogram_counts_every_scored_comment_once(database: Database, site: Site, held: list[Comment]) -> None:
    with database.read() as session:
        spread = queue.histogram(session, site.id, QueueFilter(), buckets=20)
    assert sum(spread) == 7
    assert spread[18] == 2  # 0.91 and 0.93


def test_a_view_is_saved_shown_and_forgotten(ana: Person, ben: Person) -> None:
    ana.post(f"{PAGE}/views", {"name": "Threats", "query": "attribute=threat&order=severe"})
    page = ana.get(f"{PAGE}?attribute=threat&order=severe").text
    assert "Threats" in page
    assert "Delete the view Threats" in page
    assert "Threats" not in ben.get(PAGE).text


def test_waiting_is_measured_from_when_the_comment_came(database: Database, site: Site, held: list[Comment]) -> None:
    with database.write() as session:
        session.execute(
            update(Comment).where(Comment.id == held[0].id).values(received_at=held[0].received_at - timedelta(hours=2))
        )
    assert listed(database, site, waited_hours=1) == [held[0].id]


NEAR_A_POINT = {"passage": "Shops <b>complain</b> of lost trade.", "passage_kind": "key_point", "similarity": 0.11}
NEAR_ITS_PARENT = {"passage": None, "passage_kind": "parent", "similarity": 0.72, "advert": 0.02}


@pytest.mark.parametrize(
    ("relevance", "said", "unsaid"),
    [
        pytest.param(NEAR_A_POINT, "Shops &lt;b&gt;complain", "an advert", id="earlier-version"),
        pytest.param(NEAR_A_POINT | {"advert": 0.93}, "an advert</strong> (0.93)", "<b>complain", id="advert"),
        pytest.param(NEAR_A_POINT | {"advert": 0.2}, "Closest part: a key point", "an advert", id="no-advert"),
        pytest.param(NEAR_ITS_PARENT, "Closest to the comment it replies to, similarity 0.72", "None", id="parent"),
    ],
)
def test_what_an_off_topic_score_was_read_from_is_shown(
    database: Database, site: Site, ana: Person, relevance: dict[str, object], said: str, unsaid: str
) -> None:
    text = "Has anybody watched the match last night? What a goal in the last minute!"
    comment = hold(
        database, site.id, said=Said(text, "Nina", {Attribute.OFF_TOPIC: 0.93}, findings={"relevance": relevance})
    )
    page = ana.get(f"/console/sites/gazette/comments/{comment.id}").text
    assert said in page
    assert unsaid not in page.partition("<figure")[2].partition("</figure>")[0]


def test_a_score_that_never_rejects_and_a_language_that_is_not_judged_say_so(
    database: Database, site: Site, ana: Person
) -> None:
    scored = hold(
        database,
        site.id,
        said=Said(
            "Eres un idiota y tu artículo sobre el puente es basura.",
            "Nina",
            {Attribute.TOXICITY: 0.95},
            findings={"held_from": {"toxicity": 0.3}},
        ),
    )
    assert "never reject" in ana.get(f"/console/sites/gazette/comments/{scored.id}").text
    unknown = hold(
        database,
        site.id,
        1,
        said=Said(
            "Olet ääliö, eikä tästä sillasta ole kenellekään mitään hyötyä.",
            "Nina",
            {},
            findings={"language_supported": False},
        ),
    )
    assert "judged here: English, " in ana.get(f"/console/sites/gazette/comments/{unknown.id}").text


@pytest.mark.parametrize("words", ["muller", "MÜLLER", "c-0", "tom-7", "reopens the old bridge", "council bridge"])
def test_the_search_box_finds_names_ids_and_titles(ana: Person, database: Database, site: Site, words: str) -> None:
    wanted = hold(database, site.id, 0, author_name="Tom Müller", author_id="tom-7")
    elsewhere = ArticleSubmission(id="ferry", title="The new ferry")
    other = hold(database, site.id, 1, article=elsewhere)
    read_all(database)
    page = ana.get(f"{PAGE}?text={words}").text
    assert f'id="row-{wanted.id}"' in page
    assert f'id="row-{other.id}"' not in page
    assert '<b data-count="matching">1</b>' in page


def test_a_search_that_finds_nothing_looks_like_no_success_and_leads_on(
    ana: Person, held: list[Comment], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = ana.get(f"{PAGE}?text=zeppelin").text.partition("data-empty")[2].partition("</section>")[0]
    assert "Nothing matches." in nothing
    assert "<svg" not in nothing
    assert 'href="/console/sites/gazette/comments?text=zeppelin"' in nothing
    assert "still being read" not in ana.get(f"{PAGE}?text=zeppelin").text
    monkeypatch.setattr(unread, "MANY", 0)
    assert "still being read" in ana.get(f"{PAGE}?text=zeppelin").text
    with database.write() as session:
        session.execute(update(Comment).values(status="approved"))
    empty = ana.get(PAGE).text.partition("data-empty")[2]
    assert "<svg" in empty


def test_a_language_is_chosen_by_its_name_among_those_that_there_are(
    ana: Person, held: list[Comment], database: Database, site: Site, other_site: Site
) -> None:
    elsewhere = hold(database, other_site.id, 9)
    languages = {held[0].id: "de", held[1].id: "hi-Latn", held[2].id: "it", held[3].id: None, elsewhere.id: "pl"}
    with database.write() as session:
        for comment_id, language in languages.items():
            session.get_one(Comment, comment_id).language_read = language
        session.get_one(Comment, held[2].id).escalated_at = utc_now()

    def offered(query: str = "", **headers: str) -> list[tuple[str, str]]:
        page = ana.get(f"{PAGE}?{query}", headers=headers).text
        box = page.partition('id="f-language"')[2].partition("</select>")[0]
        return re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)<', box)

    assert offered() == [("en", "English"), ("de", "German"), ("hi-Latn", "Hindi (Latin)")]
    assert offered("lane=escalated") == [("it", "Italian")]
    assert offered("language=fr")[1] == ("fr", "French")
    assert offered(**{"Accept-Language": "de"})[0] == ("de", "Deutsch")
    page = ana.get(f"{PAGE}?language=de").text
    assert f'id="row-{held[0].id}"' in page
    assert '<b data-count="matching">1</b>' in page
