"""A held repeat is judged beside the comment that it repeats: its outcome, and what differs, word by word."""

import pytest
from sqlalchemy import select

from service.db import Database
from service.models import Comment, Site
from service.models.stored_ids import in_space
from service.moderation.decisions import decisions
from service.moderation.erasure import erasing
from service.moderation.judgement.judgement import Facts, judge
from service.moderation.policy.rules import Rules
from service.vocabulary import Verdict
from tests.support.actors import CMS
from tests.support.comments import classify, reread, submit, take
from tests.support.console import Person, text_of
from tests.support.webhooks import add_source

FIRST = "The old <b>bridge</b> was closed twice last winter, and nobody told the shops beside it."
AGAIN = "The old <b>bridge</b> was closed thrice last winter, and nobody told the <i>shops</i> beside it."


@pytest.fixture
def source(database: Database, site: Site) -> str:
    with database.write() as session:
        return add_source(session, site.id).id


def repeat(database: Database, site: Site, external_id: str, text: str, of: str) -> Comment:
    """Hold a comment as a repeat of another, as the policy does."""
    submitted = submit(database, site.id, external_id, text)
    claim = take(database)
    assert claim is not None
    judgement = judge(Facts(length=90, repeat_of=of), Rules(repeats="hold"))
    assert judgement.verdict is Verdict.HOLD
    with database.write() as session:
        comment = session.get_one(Comment, submitted.id)
        decisions.record_judgement(session, comment, judgement, token=claim.token, policy_version=1, vector=None)
    return reread(database, submitted.id)


def shown(ana: Person, comment: Comment) -> str:
    return ana.get(f"/console/sites/gazette/comments/{comment.id}").text


def test_it_shows_the_other_comments_outcome_and_what_differs(ana: Person, database: Database, site: Site) -> None:
    first = submit(database, site.id, "c-1", FIRST, author_name="Tom Reed")
    classify(database, Verdict.REJECT)
    page = shown(ana, repeat(database, site, "c-2", AGAIN, of="c-1"))
    assert f'<a href="/console/sites/gazette/comments/{first.id}">The other comment</a>' in page
    assert "rejected The other comment , by Tom Reed" in text_of(page)
    assert "<del>twice</del><ins>thrice</ins>" in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert "<ins>&lt;i&gt;</ins>shops<ins>&lt;/i&gt;</ins>" in page


def test_the_same_words_are_called_the_same(ana: Person, database: Database, site: Site) -> None:
    submit(database, site.id, "c-1", FIRST)
    classify(database)
    assert "The words are the same." in shown(ana, repeat(database, site, "c-2", FIRST, of="c-1"))


def test_of_several_with_the_id_it_is_the_one_of_the_same_source(
    ana: Person, database: Database, site: Site, source: str
) -> None:
    for name in ("c-1", in_space(source, "c-1")):
        submit(database, site.id, name, FIRST)
    classify(database)
    page = shown(ana, repeat(database, site, in_space(source, "c-2"), AGAIN, of="c-1"))
    with database.read() as session:
        of_source = session.scalars(select(Comment.id).where(Comment.external_id == in_space(source, "c-1"))).one()
    assert f'/comments/{of_source}">The other comment' in page


def test_an_erased_comment_is_not_shown(ana: Person, database: Database, site: Site) -> None:
    submit(database, site.id, "c-1", FIRST)
    classify(database)
    again = repeat(database, site, "c-2", AGAIN, of="c-1")
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-1", by=CMS)
    page = shown(ana, again)
    assert "The other comment" not in page
    assert "repeats comment c-1" in page
