"""Which precedents of a held comment are shown, and when most of them agree."""

import pytest
from sqlalchemy import select

from service.db import Database
from service.models import Comment, Precedent, Site
from service.moderation.erasure import erasing
from service.moderation.review import precedents
from service.moderation.review.precedents import Agreement, Precedents
from service.moderation.upkeep import invariants
from service.vocabulary import CommentStatus, Verdict
from tests.support.actors import CMS
from tests.support.comments import TEXT, classify, moderate, reread, submit
from tests.support.precedents import link

APPROVED, REJECTED = CommentStatus.APPROVED, CommentStatus.REJECTED


def held(database: Database, site: Site, external_id: str) -> Comment:
    comment = submit(database, site.id, external_id, f"{TEXT} {external_id}")
    classify(database, Verdict.HOLD)
    return reread(database, comment.id)


def decided(database: Database, site: Site, external_id: str, verdict: Verdict = Verdict.APPROVE) -> Comment:
    comment = held(database, site, external_id)
    moderate(database, comment, verdict)
    return reread(database, comment.id)


def of(database: Database, comment: Comment) -> Precedents:
    with database.read() as session:
        return precedents.of_comment(session, session.get_one(Comment, comment.id))


@pytest.mark.parametrize(
    ("approved", "rejected", "said"),
    [
        (4, 0, None),
        (5, 0, Agreement(status=APPROVED, count=5, total=5)),
        (4, 1, None),
        (1, 5, Agreement(status=REJECTED, count=5, total=6)),
        (7, 1, Agreement(status=APPROVED, count=7, total=8)),
        (2, 6, None),
        (0, 0, None),
    ],
)
def test_most_agree_if_five_or_more_and_four_in_five_do(approved: int, rejected: int, said: Agreement | None) -> None:
    assert precedents.agreement([APPROVED] * approved + [REJECTED] * rejected) == said


def test_three_are_shown_and_all_are_counted(database: Database, site: Site) -> None:
    others = [decided(database, site, f"c-{number}") for number in range(5)]
    others.append(decided(database, site, "c-5", Verdict.REJECT))
    comment = held(database, site, "new")
    link(database, comment, others)
    found = of(database, comment)
    assert [one.comment.external_id for one in found.shown] == ["c-0", "c-1", "c-2"]
    assert [one.decision.actor for one in found.shown] == ["Ada"] * 3
    assert found.agreement == Agreement(status=APPROVED, count=5, total=6)


def test_only_an_equal_text_is_called_the_same(database: Database, site: Site) -> None:
    """A text and its denial can have a similarity of 0.99."""
    denied = decided(database, site, "c-1")
    comment = held(database, site, "new")
    equal = submit(database, site.id, "c-2", comment.text.upper())
    classify(database, Verdict.HOLD)
    moderate(database, reread(database, equal.id), Verdict.APPROVE)
    link(database, comment, [denied, equal], similarity=1.0)
    assert [one.likeness for one in of(database, comment).shown] == ["much", "same"]


def test_none_are_shown_once_the_comment_is_decided_or_has_another_text(database: Database, site: Site) -> None:
    comment = held(database, site, "new")
    link(database, comment, [decided(database, site, "c-1")])
    assert of(database, comment).shown
    with database.write() as session:
        session.get_one(Comment, comment.id).revision = 2
    assert not of(database, comment).shown
    with database.write() as session:
        session.get_one(Comment, comment.id).revision = 1
    moderate(database, comment, Verdict.APPROVE)
    assert not of(database, comment).shown


def test_another_sites_comment_is_never_shown(database: Database, site: Site, other_site: Site) -> None:
    comment = held(database, site, "new")
    theirs = decided(database, other_site, "c-1")
    link(database, comment, [theirs])
    assert not of(database, comment).shown
    with database.write() as session:
        fallen = precedents.keep(session, comment, {theirs.id: 0.9}, most=8)
        assert fallen == {theirs.id}
        assert [breach.ids for breach in invariants.audit(session)] == [(comment.id,)]


def test_what_the_policy_decided_is_never_shown(database: Database, site: Site) -> None:
    other = submit(database, site.id, "c-1")
    classify(database, Verdict.REJECT)
    comment = held(database, site, "new")
    link(database, comment, [other])
    assert not of(database, comment).shown


@pytest.mark.parametrize("erased", ["new", "c-1"])
def test_an_erasure_of_either_comment_removes_them(database: Database, site: Site, erased: str) -> None:
    other = decided(database, site, "c-1")
    comment = held(database, site, "new")
    link(database, comment, [other])
    with database.write() as session:
        erasing.erase_comment(session, site.id, erased, by=CMS)
    with database.read() as session:
        assert session.scalars(select(Precedent)).all() == []
        assert invariants.audit(session) == []


def test_retention_removes_them_too(database: Database, site: Site) -> None:
    other = decided(database, site, "c-1")
    link(database, held(database, site, "new"), [other])
    with database.write() as session:
        erasing.strip(session, [other.id])
    with database.read() as session:
        assert session.scalars(select(Precedent)).all() == []
