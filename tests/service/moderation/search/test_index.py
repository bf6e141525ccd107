"""The index of words says of each comment what is in it now, whatever changes it, and keeps nothing of what is gone."""

import random
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text, update

from service.db import Database
from service.models import Comment, Site
from service.moderation.erasure import erasing
from service.moderation.intake import articles, intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.policy.rules import Rules
from service.moderation.search import index
from service.moderation.search.tables import BLOCK, POSTING, TODO, WORDS
from service.moderation.search.terms import of_reason
from service.vocabulary import Verdict
from tests.support.actors import CMS
from tests.support.comments import classify, submit
from tests.support.searching import read_all

RULES = Rules(minimum_length=1, flood_limit=None)
Finds = Callable[..., set[str]]


@pytest.fixture
def finds(database: Database, site: Site) -> Finds:
    """What reads all changes and returns the CMS's ids of the comments with these terms."""

    def find(*terms: str, of: str = site.id) -> set[str]:
        read_all(database)
        with database.read() as session:
            ids = index.find(session, of, terms, at_most=100)
            assert ids is not None
            return set(session.scalars(select(Comment.external_id).where(Comment.id.in_(ids))))

    return find


def rows(database: Database, kind: object) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0  # type: ignore[arg-type]


def test_every_term_must_occur_as_the_beginning_of_a_word(database: Database, site: Site, finds: Finds) -> None:
    submit(database, site.id, "c-1", author_name="Zoë Ødegård")
    submit(database, site.id, "c-2", article=ArticleSubmission(id="a", title="The council's harbour"))
    assert finds("counc", "bridge") == {"c-1", "c-2"}
    assert finds("zoe", "odeg", "bridge") == {"c-1"}
    assert finds("harbour") == {"c-2"}
    assert finds("ouncil") == finds("bridge", "tunnel") == set()


def test_another_sites_comments_are_not_found(database: Database, site: Site, other_site: Site, finds: Finds) -> None:
    submit(database, other_site.id, "c-1")
    assert finds("council") == set()
    assert finds("council", of=other_site.id) == {"c-1"}


def test_an_edit_a_verdict_and_another_title_replace_the_words(database: Database, site: Site, finds: Finds) -> None:
    submit(database, site.id, "c-1", article=ArticleSubmission(id="a", title="Old harbour"))
    assert finds("old") == finds("figures") == {"c-1"}
    with database.write() as session:
        intake.edit(session, site.id, "c-1", "A tunnel would have been the better choice for everybody.", RULES)
        articles.put(session, site.id, ArticleSubmission(id="a", title="New market"))
    assert finds("figures") == finds("old") == set()
    assert finds("tunnel", "new", "market") == {"c-1"}
    classify(database, Verdict.HOLD)
    assert finds(of_reason("toxic"), "tunnel") == {"c-1"}


def test_what_the_former_version_stores_and_erases_beside_this_one_is_noticed_too(
    database: Database, site: Site, finds: Finds
) -> None:
    kept, erased = (submit(database, site.id, name) for name in ("c-1", "c-2"))
    assert finds("council") == {"c-1", "c-2"}
    with database.write() as session:
        session.execute(update(Comment).where(Comment.id == kept.id).values(author_name="Marta"))
        session.execute(update(Comment).where(Comment.id == erased.id).values(text="", erased_at=func.now()))
    assert finds("marta", "council") == finds("council") == {"c-1"}


def test_erasing_leaves_no_word_behind_in_the_same_transaction(database: Database, site: Site, finds: Finds) -> None:
    submit(database, site.id, "c-1", "zinnober and the bridge and the market, which is what we all wanted to hear.")
    submit(database, site.id, "c-2", "the bridge and the market, which is what nobody wanted to hear today at all.")
    assert finds("zinn") == {"c-1"}
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-1", by=CMS)
    with database.read() as session:
        assert b"zinnober" not in session.scalars(select(POSTING.c.word)).all()
        assert session.scalar(select(func.count()).select_from(WORDS)) == 1
    assert finds("bridge") == {"c-2"}
    assert rows(database, TODO) == 0


def test_comments_that_are_deleted_leave_the_index(database: Database, site: Site, finds: Finds) -> None:
    submit(database, site.id, "c-1")
    assert finds("council") == {"c-1"}
    with database.write() as session:
        session.execute(text("DELETE FROM comment"))
    assert finds("council") == set()
    assert rows(database, POSTING) == rows(database, WORDS) == 0


def test_the_newest_changes_are_read_first(database: Database, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "AT_ONCE", 1)
    for number in range(3):
        submit(database, site.id, f"c-{number}")
    with database.write() as session:
        assert index.fold(session) == 1
    with database.read() as session:
        known = session.scalars(select(Comment.external_id).join(WORDS, WORDS.c.comment_id == Comment.id)).all()
        assert known == ["c-2"]
        assert index.waiting(session, at_most=10) == 2
        assert index.waiting(session, at_most=1) == 1


def test_more_than_asked_for_is_none(database: Database, site: Site) -> None:
    for number in range(3):
        submit(database, site.id, f"c-{number}")
    read_all(database)
    with database.read() as session:
        assert index.find(session, site.id, ["council"], at_most=2) is None
        assert len(index.find(session, site.id, ["council"], at_most=3) or ()) == 3


@pytest.mark.parametrize(("places", "a_row"), [(4, 0), (4, 10**9), (index.PLACES, index.A_ROW)])
def test_it_agrees_with_reading_every_text_whatever_happened(
    database: Database,
    site: Site,
    other_site: Site,
    finds: Finds,
    monkeypatch: pytest.MonkeyPatch,
    places: int,
    a_row: int,
) -> None:
    monkeypatch.setattr(index, "PLACES", places)
    monkeypatch.setattr(index, "A_ROW", a_row)  # once all by rows, and once all by postings
    chance, words = random.Random(places), ["bridge", "brick", "market", "marsh", "ünder", "昨日の雨"]
    sites = (site.id, other_site.id)

    def words_now() -> str:
        return " ".join(chance.choices(words, k=12)) + " and then this line is long enough."

    for number in range(40):
        site_id, name = chance.choice(sites), f"c-{chance.randrange(12)}"
        with database.write() as session:
            known = intake.find(session, site_id, name)
            if known is None:
                intake.accept(session, site_id, intake.Submission(id=name, text=words_now()), RULES)
            elif chance.random() < 0.3:
                erasing.erase_comment(session, site_id, name, by=CMS)
            elif known.erased_at is None:
                intake.edit(session, site_id, name, words_now(), RULES)
        if number % 7 == 0:
            read_all(database)
    for site_id in sites:
        for word, term in (("bridge", "brid"), ("br", "br"), ("mar", "mar"), ("ünder", "under"), ("日の", "日の")):
            with database.read() as session:
                said = select(Comment.external_id).where(Comment.site_id == site_id, Comment.text.contains(word))
                assert finds(term, of=site_id) == set(session.scalars(said)), (word, site_id)
    assert rows(database, BLOCK) >= (2 if places > 10 else 4)


def test_a_comment_that_somebody_is_changing_is_left_for_the_next_time(
    database: Database, site: Site, finds: Finds
) -> None:
    if database.is_sqlite:  # one writes at a time
        return
    for name in ("c-1", "c-2"):
        submit(database, site.id, name)
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-1", by=CMS)
        with database.write() as second:
            assert index.fold(second) == 1
        assert rows(database, WORDS) == 1
    assert finds("council") == {"c-2"}
