"""A repeat is an earlier comment of a day by the same author or under the same article, of the same site; a flood is
counted over an hour."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from service.db import Database
from service.models import Comment, Site
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.intake.repeats import BY_AUTHOR, EQUALS, WINDOW, find_repeats
from tests.support.actors import CMS
from tests.support.comments import TEXT, submit

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
NEARLY = TEXT.replace("bridge", "tunnel")
SHORT = "Congratulations on these unquestionably extraordinary achievements"  # seven words and one are too few
ELSEWHERE = "Nobody at the hearing asked how the school is to pay for two more teachers next year."
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def add(
    database: Database, site: Site, name: str, text: str = TEXT, *, ago: timedelta = timedelta(), **fields: object
) -> Comment:
    """Store a comment as received `ago` before NOW; without further fields it is by anna, under bridge."""
    submit(database, site.id, name, text, **({"author_id": "anna", "article_id": "bridge"} | fields))
    with database.write() as session:
        comment = intake.find(session, site.id, name)
        comment.received_at = NOW - ago
    return comment


def repeats(database: Database, *comments: Comment) -> list[str | None]:
    """Return what each repeats, when all are looked at in one claim."""
    with database.read() as session:
        found = find_repeats(session, comments)
    return [found[comment.id].repeat_of for comment in comments]


def recent(database: Database, *comments: Comment) -> list[int]:
    """Return how many comments the author of each sent in the hour up to it, when all are looked at in one claim."""
    with database.read() as session:
        found = find_repeats(session, comments)
    return [found[comment.id].recent_by_author for comment in comments]


@pytest.mark.parametrize("text", [TEXT, NEARLY, TEXT.upper().replace(",", " –"), TEXT.replace("2019", "2018")])
@pytest.mark.parametrize("fields", [{"article_id": "other"}, {"author_id": "ben"}, {"author_id": None}])
def test_the_same_words_by_the_same_author_or_under_the_same_article_are_a_repeat(
    database: Database, site: Site, text: str, fields: dict[str, object]
) -> None:
    add(database, site, "first", ago=SECOND)
    assert repeats(database, add(database, site, "again", text, **fields)) == ["first"]


@pytest.mark.parametrize("text", [TEXT, NEARLY])
@pytest.mark.parametrize("author", ["ben", None])
def test_the_same_words_by_another_author_under_another_article_are_none(
    database: Database, site: Site, text: str, author: str | None
) -> None:
    add(database, site, "first", ago=SECOND, author_id=None if author is None else "anna")
    other = add(database, site, "other", text, author_id=author, article_id=None if author is None else "school")
    assert repeats(database, other) == [None]


@pytest.mark.parametrize("text", [TEXT, NEARLY])
def test_another_sites_comment_is_never_repeated_not_even_in_the_same_claim(
    database: Database, site: Site, other_site: Site, text: str
) -> None:
    """Both publishers call the author anna and the article bridge."""
    theirs = add(database, other_site, "theirs", ago=SECOND)
    ours = add(database, site, "ours", text)
    assert repeats(database, ours) == [None]
    assert repeats(database, theirs, ours) == [None, None]
    assert repeats(database, ours, theirs) == [None, None]


@pytest.mark.parametrize("text", [TEXT, NEARLY])
def test_a_repeat_counts_for_a_day_whatever_else_is_in_the_claim(database: Database, site: Site, text: str) -> None:
    assert WINDOW == DAY
    old = add(database, site, "old", ELSEWHERE, ago=DAY)
    add(database, site, "a day before", ago=DAY, author_id="ben")
    add(database, site, "longer before", ago=DAY + SECOND, author_id="cleo")
    in_time = add(database, site, "in time", text, author_id="ben", article_id="other")
    too_late = add(database, site, "too late", text, author_id="cleo", article_id="third")
    for claim in ((in_time, too_late), (too_late, in_time), (old, in_time, too_late)):
        found = dict(zip(claim, repeats(database, *claim), strict=True))
        assert (found[in_time], found[too_late]) == ("a day before", None)


@pytest.mark.parametrize("text", [TEXT, NEARLY])
def test_of_two_equal_comments_the_first_goes_through_whichever_is_judged_first(
    database: Database, site: Site, text: str
) -> None:
    first, second = add(database, site, "first", ago=SECOND), add(database, site, "second", text)
    assert repeats(database, second, first) == ["first", None]
    assert repeats(database, first, second) == [None, "first"]


def test_of_two_that_came_in_the_same_instant_one_goes_through(database: Database, site: Site) -> None:
    pair = add(database, site, "one"), add(database, site, "two")
    assert repeats(database, *pair) == [None, "one"]


def test_what_was_erased_is_not_repeated(database: Database, site: Site) -> None:
    add(database, site, "first", ago=SECOND)
    with database.write() as session:
        erasing.erase_comment(session, site.id, "first", by=CMS)
    assert repeats(database, add(database, site, "again")) == [None]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{SHORT} tonight!", f"{SHORT}!"),
        (TEXT, ELSEWHERE),
        (TEXT, "The council's own figures contradict you. Read the report before you write about bridges here!"),
    ],
)
def test_a_short_remark_or_another_thought_in_some_of_the_same_words_is_no_repeat(
    database: Database, site: Site, before: str, after: str
) -> None:
    add(database, site, "before", before, ago=SECOND)
    assert repeats(database, add(database, site, "after", after)) == [None]


def test_a_flood_is_counted_over_the_hour_before_each_comment(database: Database, site: Site, other_site: Site) -> None:
    hour = timedelta(hours=1)
    add(database, site, "an hour before", ELSEWHERE, ago=hour)
    first = add(database, site, "just within", ELSEWHERE, ago=hour - SECOND, article_id=None)
    add(database, site, "of another author", ELSEWHERE, ago=SECOND, author_id="ben")
    add(database, site, "of nobody", ELSEWHERE, ago=SECOND, author_id=None)
    theirs = add(database, other_site, "at another site", ELSEWHERE, ago=SECOND)
    now = add(database, site, "now")
    add(database, site, "later", ELSEWHERE, ago=-SECOND)
    assert recent(database, now) == [2]
    assert recent(database, theirs, first, now) == [1, 2, 2]
    assert recent(database, now, theirs, first) == [2, 1, 2]


@pytest.mark.parametrize("before", [BY_AUTHOR - 2, BY_AUTHOR - 1, BY_AUTHOR + 3])
def test_a_flood_is_counted_whole_beyond_the_comments_that_are_compared(
    database: Database, site: Site, before: int
) -> None:
    for number in range(before):
        add(database, site, f"c-{number}", f"{ELSEWHERE} {number}", ago=SECOND * (before - number))
    add(database, site, "yesterday", ELSEWHERE, ago=DAY / 2)
    assert recent(database, add(database, site, "now")) == [before + 1]


def test_an_old_comment_in_a_claim_with_newer_ones_keeps_its_own_hour_and_day(database: Database, site: Site) -> None:
    """An edited comment is judged again long after it came."""
    add(database, site, "first", ago=2 * DAY + SECOND)
    edited, new = add(database, site, "edited", NEARLY, ago=2 * DAY), add(database, site, "new", ELSEWHERE)
    assert repeats(database, new, edited) == [None, "first"]
    assert recent(database, new, edited) == [1, 2]


def test_comments_without_an_authors_id_are_no_flood(database: Database, site: Site) -> None:
    for number in range(3):
        last = add(database, site, f"c-{number}", f"{ELSEWHERE} {number}", author_id=None)
    assert recent(database, last) == [1]


@pytest.mark.parametrize("text", [TEXT, NEARLY])
def test_a_repeat_is_found_however_many_came_after_it(database: Database, site: Site, text: str) -> None:
    add(database, site, "first", text, ago=3 * SECOND)
    again = add(database, site, "again", ago=2 * SECOND)
    later = {"text_digest": again.text_digest, "simhash": again.simhash, "received_at": NOW, "wake_at": NOW}
    later |= {"site_id": site.id, "text": TEXT, "author_external_id": "anna", "article_id": again.article_id}
    with database.write() as session:
        session.execute(insert(Comment), [later | {"external_id": f"l-{n}"} for n in range(EQUALS + 1)])
    assert repeats(database, again) == ["first"]
    assert recent(database, again) == [2]
