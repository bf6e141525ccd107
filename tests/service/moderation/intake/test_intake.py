"""Intake: a comment is stored once, an edit is a new revision, an erased one leaves nothing but its row."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from service.db import Database
from service.errors import Conflict, Invalid, NotFound, TooLong, TooShort
from service.models import Article, Comment, Decision, Revision, Site
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus, Verdict
from tests.support.actors import CMS
from tests.support.comments import TEXT, classify, moderate, reread, submit


def test_a_new_comment_waits_for_its_verdict(database: Database, site: Site) -> None:
    comment = submit(database, site.id, author_id="a-7", language="en")
    stored = reread(database, comment.id)
    assert (stored.status, stored.revision, stored.version, stored.attempts) == (CommentStatus.PENDING, 1, 1, 0)
    assert stored.length == len(TEXT)


def test_the_same_comment_again_changes_nothing(database: Database, site: Site) -> None:
    first = submit(database, site.id)
    with database.write() as session:
        again = intake.accept(session, site.id, Submission(id="c-1", text=TEXT), Rules())
    assert not again.changed
    assert again.comment.id == first.id


def test_the_same_id_with_another_text_is_a_conflict(database: Database, site: Site) -> None:
    submit(database, site.id)
    with pytest.raises(Conflict, match="another text"):
        submit(database, site.id, text=TEXT + " But different.")


def test_the_same_comment_sent_many_times_at_once_is_stored_once(database: Database, site: Site) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = {comment.id for comment in pool.map(lambda _: submit(database, site.id, article_id="x"), range(16))}
    assert len(ids) == 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 1
        assert session.scalar(select(func.count()).select_from(Article)) == 1


def test_the_same_id_at_another_site_is_another_comment(database: Database, site: Site, other_site: Site) -> None:
    assert submit(database, site.id).id != submit(database, other_site.id, text=TEXT + " Elsewhere.").id


@pytest.mark.parametrize("text", ["." * 64, "a" * 70, "aaaa " * 70, "ha ha, " * 300])
def test_a_comment_of_filler_is_too_short(database: Database, site: Site, text: str) -> None:
    with database.write() as session, pytest.raises(TooShort) as refused:
        intake.accept(session, site.id, Submission(id="c-1", text=text), Rules())
    assert refused.value.extra["length"] < 50


def test_a_text_of_too_many_code_points_is_refused_before_it_is_counted(database: Database, site: Site) -> None:
    with database.write() as session, pytest.raises(TooLong) as refused:
        intake.accept(session, site.id, Submission(id="c-1", text="\U0001f1e9" * 130_000), Rules())
    assert refused.value.extra["length"] == 130_000


@pytest.mark.parametrize(("text", "error"), [("Too short.", TooShort), ("long " * 2_001, TooLong)])
def test_length_is_refused_with_numbers_and_without_the_text(
    database: Database, site: Site, text: str, error: type[Invalid]
) -> None:
    with pytest.raises(error) as refusal:
        submit(database, site.id, text=text)
    assert refusal.value.extra["length"] == len(text.strip())
    assert text[:10] not in refusal.value.detail
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 0


def test_a_reply_finds_its_parent_and_an_early_one_keeps_the_parents_id(database: Database, site: Site) -> None:
    parent = submit(database, site.id, "parent")
    reply = submit(database, site.id, "reply", TEXT + " Indeed.", parent_id="parent")
    early = submit(database, site.id, "early", TEXT + " Sooner.", parent_id="later")
    assert reply.parent_id == parent.id
    assert (early.parent_id, early.parent_external_id) == (None, "later")


def test_a_parent_at_another_site_is_not_found(database: Database, site: Site, other_site: Site) -> None:
    submit(database, other_site.id, "parent")
    assert submit(database, site.id, "reply", TEXT, parent_id="parent").parent_id is None


def test_contradicting_article_ids_are_refused(database: Database, site: Site) -> None:
    with pytest.raises(Invalid, match="differ"):
        submit(database, site.id, article_id="one", article=ArticleSubmission(id="two"))


def test_an_edit_is_a_new_revision_that_waits_again(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    classify(database, Verdict.REJECT)
    with database.write() as session:
        assert intake.edit(session, site.id, "c-1", TEXT + " Corrected.", Rules()).changed
    edited = reread(database, comment.id)
    assert (edited.revision, edited.status, edited.verdict, edited.attempts) == (2, CommentStatus.PENDING, None, 0)
    assert edited.version == 3
    with database.read() as session:
        assert [(r.number, r.text) for r in session.scalars(select(Revision))] == [(1, TEXT)]


def test_an_edit_to_the_same_text_changes_nothing(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    classify(database)
    with database.write() as session:
        assert not intake.edit(session, site.id, "c-1", TEXT, Rules()).changed
    assert reread(database, comment.id).status is CommentStatus.APPROVED


def test_each_revision_gets_one_automatic_decision(database: Database, site: Site) -> None:
    submit(database, site.id)
    for number in range(3):
        classify(database)
        with database.write() as session:
            intake.edit(session, site.id, "c-1", f"{TEXT} Edit {number}.", Rules())
    classify(database)
    with database.read() as session:
        assert sorted(session.scalars(select(Decision.revision))) == [1, 2, 3, 4]


def test_an_overturned_comment_can_be_edited_and_is_judged_afresh(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    classify(database, Verdict.REJECT)
    moderate(database, reread(database, comment.id), Verdict.APPROVE)
    with database.write() as session:
        intake.edit(session, site.id, "c-1", TEXT + " Worse now.", Rules())
    classify(database, Verdict.REJECT)
    assert reread(database, comment.id).status is CommentStatus.REJECTED


def test_another_sites_comment_is_not_found(database: Database, site: Site, other_site: Site) -> None:
    submit(database, site.id)
    with database.write() as session, pytest.raises(NotFound):
        erasing.erase_comment(session, other_site.id, "c-1", by=CMS)
    with database.write() as session, pytest.raises(NotFound):
        intake.edit(session, other_site.id, "c-1", TEXT + " Mine!", Rules())
