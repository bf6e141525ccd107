"""Sites take turns: a flood of one site's comments queues behind itself."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import event, insert, text

from service.accounts import sites
from service.db import Database
from service.models import Comment, Site
from service.moderation.intake import intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus
from tests.support.comments import TEXT, classify, reread, submit, take
from tests.support.plans import explain

WRITES = {
    "INSERT INTO comment": ("ix_comment_pending_turn", "ix_comment_pending_site_turn"),
    "UPDATE comment": ("ix_comment_pending_turn",),
}


def flood(database: Database, site: Site, number: int, *, name: str = "many") -> list[str]:
    submissions = [Submission(id=f"{name}-{n}", text=f"{TEXT} {name} {n}.") for n in range(number)]
    with database.write() as session:
        return [intake.accept(session, site.id, one, Rules()).comment.id for one in submissions]


def test_another_sites_comment_is_claimed_next_however_many_wait(
    database: Database, site: Site, other_site: Site
) -> None:
    many = flood(database, site, 40)
    assert take(database, limit=4) is not None
    one = submit(database, other_site.id)
    claim = take(database, limit=4)
    assert claim is not None
    assert one.id in claim.comment_ids
    assert set(claim.comment_ids) < {one.id, *many}


def test_two_sites_that_flood_are_served_in_turn(database: Database, site: Site, other_site: Site) -> None:
    first = set(flood(database, site, 20))
    second = set(flood(database, other_site, 20))
    for _ in range(4):
        claim = take(database, limit=8)
        assert claim is not None
        assert abs(len(first & set(claim.comment_ids)) - len(second & set(claim.comment_ids))) <= 2


def test_a_site_of_twice_the_weight_is_served_twice_as_often(database: Database, site: Site, other_site: Site) -> None:
    with database.write() as session:
        sites.set_weight(session, session.get_one(Site, site.id), 2.0)
    heavy = set(flood(database, site, 40))
    flood(database, other_site, 40)
    claim = take(database, limit=30)
    assert claim is not None
    assert 18 <= len(heavy & set(claim.comment_ids)) <= 22


def test_what_a_site_used_while_nobody_else_wanted_it_is_not_held_against_it(
    database: Database, site: Site, other_site: Site
) -> None:
    flood(database, site, 30)
    classify(database)
    mine = submit(database, site.id, "now")
    flood(database, other_site, 10)
    claim = take(database, limit=2)
    assert claim is not None
    assert mine.id in claim.comment_ids


def test_an_edited_comment_takes_its_turn_again(database: Database, site: Site, other_site: Site) -> None:
    edited = submit(database, site.id, "edited")
    classify(database)
    flood(database, site, 5)
    with database.write() as session:
        intake.edit(session, site.id, "edited", TEXT + " Or was it 2020?", Rules())
    assert reread(database, edited.id).turn == 6


def test_within_a_site_the_oldest_comes_first(database: Database, site: Site) -> None:
    many = flood(database, site, 6)
    claim = take(database, limit=3)
    assert claim is not None
    assert set(claim.comment_ids) == set(many[:3])


@pytest.mark.reads_plans
@pytest.mark.parametrize("analysed", [False, True])
def test_turns_and_claims_read_the_heads_of_indexes(database: Database, site: Site, *, analysed: bool) -> None:
    stored = [
        {"site_id": site.id, "external_id": f"old-{n}", "text": TEXT, "status": CommentStatus.APPROVED}
        for n in range(3_000)
    ]
    with database.write() as session:
        session.execute(insert(Comment), stored)
        if analysed:
            session.execute(text("ANALYZE"))
    flood(database, site, 30)
    ran: list[tuple[str, object]] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, values: object, *_more: object) -> None:
        ran.append((statement, values))

    submit(database, site.id, "one more")
    assert take(database, limit=4) is not None
    plans = {name: explain(database, *one) for one in list(ran) for name in WRITES if name in one[0]}
    assert set(plans) == set(WRITES)
    for name, plan in plans.items():
        for index in WRITES[name] if database.is_sqlite else ["ix_comment_pending_turn"]:
            assert index in plan, plan
        assert "Seq Scan on comment" not in plan, plan
        assert not re.search(r"SCAN (comment|earlier)$", plan, re.M), plan


def test_a_comment_with_a_long_new_article_waits_for_as_many_others_as_it_costs(
    database: Database, site: Site, other_site: Site
) -> None:
    long = [
        Submission(id=f"long-{n}", text=f"{TEXT} {n}.", article=ArticleSubmission(id=f"a-{n}", body="Words. " * 15_000))
        for n in range(10)
    ]
    with database.write() as session:
        costly = {intake.accept(session, site.id, one, Rules()).comment.id for one in long}
    flood(database, other_site, 40)
    claim = take(database, limit=20)
    assert claim is not None
    assert len(costly & set(claim.comment_ids)) <= 2
    with database.write() as session:
        again = intake.accept(session, site.id, replace(long[0], id="again"), Rules()).comment
        assert again.turn == session.get_one(Comment, max(costly)).turn + 1  # the article is known by now
