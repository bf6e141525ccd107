"""Claims: one worker per comment, through every crash and for every latecomer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.db import Database, database_now
from service.models import Comment, Decision, Site
from service.moderation.decisions import claims
from service.moderation.decisions.decisions import Fenced
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus, Source, Verdict
from tests.support.comments import TEXT, classify, decide, reread, submit, take


def expire_leases(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Comment).where(Comment.claim_token.is_not(None)).values(claimed_until=database_now(-1)))


def test_a_claimed_comment_is_claimed_by_nobody_else(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    claim = take(database)
    assert claim is not None
    assert claim.comment_ids == (comment.id,)
    assert take(database) is None


def test_a_claim_whose_lease_ran_out_is_claimed_again_and_counts(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    first = take(database)
    expire_leases(database)
    second = take(database)
    assert first is not None
    assert second is not None
    assert second.comment_ids == (comment.id,)
    assert second.token != first.token
    assert reread(database, comment.id).attempts == 2


def test_a_short_lease_runs_out_by_the_databases_clock(database: Database, site: Site) -> None:
    submit(database, site.id)
    assert take(database, lease=-0.5) is not None
    assert take(database) is not None


def test_whoever_lost_the_lease_records_nothing(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    slow = take(database)
    expire_leases(database)
    quick = take(database)
    assert slow is not None
    assert quick is not None
    with pytest.raises(Fenced):
        decide(database, comment, slow.token, Verdict.REJECT)
    decide(database, comment, quick.token, Verdict.APPROVE)
    with pytest.raises(Fenced):
        decide(database, comment, slow.token, Verdict.REJECT)
    with database.read() as session:
        assert [decision.verdict for decision in session.scalars(select(Decision))] == [Verdict.APPROVE]


def test_an_edit_fences_the_worker_that_scores_the_old_text(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    claim = take(database)
    assert claim is not None
    with database.write() as session:
        intake.edit(session, site.id, "c-1", TEXT + " Or was it 2020?", Rules())
    with pytest.raises(Fenced):
        decide(database, comment, claim.token)
    assert reread(database, comment.id).status is CommentStatus.PENDING
    classify(database)
    with database.read() as session:
        assert [decision.revision for decision in session.scalars(select(Decision))] == [2]


def test_what_was_claimed_but_not_begun_goes_back_as_if_never_claimed(database: Database, site: Site) -> None:
    first, second = submit(database, site.id, "c-1"), submit(database, site.id, "c-2", TEXT + " Twice.")
    claim = take(database)
    assert claim is not None
    with database.write() as session:
        assert claims.release(session, claim, (second.id,)) == 1
    assert reread(database, second.id).attempts == 0
    assert reread(database, first.id).attempts == 1
    again = take(database)
    assert again is not None
    assert again.comment_ids == (second.id,)


def test_nobody_gives_back_what_somebody_else_holds(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    lost = take(database)
    expire_leases(database)
    held = take(database)
    assert lost is not None
    assert held is not None
    with database.write() as session:
        assert claims.release(session, lost, lost.comment_ids) == 0
        assert claims.postpone(session, lost.token, comment.id, seconds=60) == 0
    assert reread(database, comment.id).claim_token == held.token


def test_a_postponed_comment_waits_and_its_attempt_counts(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    claim = take(database)
    assert claim is not None
    with database.write() as session:
        assert claims.postpone(session, claim.token, comment.id, seconds=60) == 1
    assert take(database) is None
    with database.write() as session:
        session.execute(update(Comment).values(wake_at=database_now()))
    assert take(database) is not None
    assert reread(database, comment.id).attempts == 2


def test_a_comment_that_was_tried_before_is_claimed_alone(database: Database, site: Site) -> None:
    for number in range(4):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    together = take(database)
    expire_leases(database)
    assert together is not None
    assert len(together.comment_ids) == 4
    alone = take(database)
    assert alone is not None
    assert len(alone.comment_ids) == 1


def test_whoever_is_tried_again_keeps_the_place_in_the_line_and_holds_nobody_up(database: Database, site: Site) -> None:
    ids = [submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.").id for number in range(4)]
    with database.write() as session:
        session.execute(update(Comment).where(Comment.id == ids[2]).values(attempts=1))
    claimed = []
    while (claim := take(database)) is not None:
        claimed.append(claim.comment_ids)
    assert claimed == [(ids[0], ids[1], ids[3]), (ids[2],)]


def test_a_claim_looks_no_further_than_its_limit(database: Database, site: Site) -> None:
    ids = [submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.").id for number in range(5)]
    with database.write() as session:
        session.execute(update(Comment).where(Comment.id == ids[0]).values(attempts=1))
    with database.write() as session:
        first = claims.claim(session, limit=2, lease_seconds=60, max_attempts=5)
        second = claims.claim(session, limit=2, lease_seconds=60, max_attempts=5)
    assert first is not None
    assert second is not None
    assert (first.comment_ids, second.comment_ids) == ((ids[0],), (ids[1], ids[2]))


def test_asking_whether_anything_waits_claims_nothing(database: Database, site: Site) -> None:
    with database.read() as session:
        assert not claims.is_waiting(session)
    submit(database, site.id)
    with database.read() as session:
        assert claims.is_waiting(session)
    assert take(database) is not None
    with database.read() as session:
        assert not claims.is_waiting(session)


def test_a_comment_that_kills_every_worker_ends_with_a_human(database: Database, site: Site) -> None:
    poison = submit(database, site.id)
    for _ in range(5):
        assert take(database) is not None
        expire_leases(database)
    assert take(database) is None
    with database.write() as session:
        assert claims.give_up(session, max_attempts=5) == 1
        assert claims.give_up(session, max_attempts=5) == 0
    assert reread(database, poison.id).status is CommentStatus.HELD
    with database.read() as session:
        decision = session.scalars(select(Decision)).one()
    assert decision.source is Source.UPKEEP
    assert [reason["code"] for reason in decision.reasons] == ["unclassified"]


def test_a_comment_on_its_last_attempt_is_not_given_up_while_it_is_held(database: Database, site: Site) -> None:
    submit(database, site.id)
    for _ in range(4):
        take(database)
        expire_leases(database)
    held = take(database)
    assert held is not None
    with database.write() as session:
        assert claims.give_up(session, max_attempts=5) == 0


def test_what_waits_is_found_whatever_its_age(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    with database.write() as session:
        long_ago = comment.received_at - timedelta(days=700)
        session.execute(update(Comment).values(received_at=long_ago, pending_since=long_ago, wake_at=long_ago))
    with database.read() as session:
        assert claims.waiting(session) == 1
    assert take(database) is not None


def test_the_oldest_come_first(database: Database, site: Site) -> None:
    ids = [submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.").id for number in range(6)]
    first = take(database, limit=3)
    assert first is not None
    assert set(first.comment_ids) == set(ids[:3])


def test_many_workers_at_once_never_share_a_comment(database: Database, site: Site) -> None:
    ids = {submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.").id for number in range(60)}

    def work(_worker: int) -> list[str]:
        mine: list[str] = []
        while (claim := take(database, limit=4)) is not None:
            mine += claim.comment_ids
        return mine

    with ThreadPoolExecutor(8) as pool:
        taken = [comment_id for mine in pool.map(work, range(8)) for comment_id in mine]
    assert len(taken) == len(set(taken))
    assert set(taken) == ids


def test_many_workers_at_once_leave_one_decision_per_comment(database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    claim = take(database)
    assert claim is not None

    def record(_worker: int) -> bool:
        try:
            decide(database, comment, claim.token)
        except Fenced:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(record, range(8))) == 1
    with database.read() as session:
        assert len(session.scalars(select(Decision)).all()) == 1
