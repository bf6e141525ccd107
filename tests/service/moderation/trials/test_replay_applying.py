"""A replay applied and undone: through the gate of decisions, once, and only where nothing has changed since."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.db import Database
from service.models import (
    Article,
    AuditEntry,
    Comment,
    Decision,
    Delivery,
    Replay,
    ReplayAct,
    ReplayOutcome,
    ReplayState,
    Site,
    Strike,
)
from service.moderation.erasure import erasing
from service.moderation.insight.counts import counters
from service.moderation.intake import intake
from service.moderation.judgement import statements
from service.moderation.policy.rules import Rules
from service.moderation.readers import messages
from service.moderation.trials import replay_applying
from service.moderation.upkeep import invariants
from service.vocabulary import Source, Verdict
from tests.support.actors import CMS
from tests.support.comments import TEXT, moderate
from tests.support.outbox import listen, settle, take
from tests.support.replays import MILDER, STRICTER, Past
from tests.support.reported import known, report

REJECTING = Rules.model_validate({"name": "R", "thresholds": {"toxicity": {"hold_at": 0.1, "reject_at": 0.2}}})


@pytest.fixture
def begun(past: Past, database: Database, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], Replay]:
    """A replay of five comments, applied to the first two."""
    monkeypatch.setattr(replay_applying, "BATCH", 2)
    ids = past.comments([0.25] * 5)
    past.activate(REJECTING)
    replay = past.look()
    past.order(replay)
    with database.write() as session:
        assert replay_applying.apply_batch(session, replay.id, per_second=5)
    return ids, replay


def decisions_of(database: Database, comment_id: str) -> list[Decision]:
    with database.read() as session:
        made = select(Decision).where(Decision.comment_id == comment_id).order_by(Decision.created_at, Decision.id)
        return list(session.scalars(made))


def whole(database: Database) -> None:
    """Nothing that must hold over the whole record is broken."""
    with database.write() as session:
        while counters.fold(session):
            pass
    with database.read() as session:
        assert invariants.audit(session) == []


def test_the_new_outcome_is_a_decision_of_the_policy_that_names_the_replay(past: Past, database: Database) -> None:
    ids = past.comments([0.15, 0.25, 0.29])
    version = past.activate(REJECTING)
    replay = past.apply(past.look())
    assert past.statuses(ids) == ["held", "rejected", "rejected"]
    assert (replay.state, replay.moved, replay.left_alone) == (ReplayState.APPLIED, 3, 0)
    _, second = decisions_of(database, ids[1])
    assert (second.source, second.policy_version, second.moderator_id) == (Source.POLICY, version, None)
    assert second.reasons[0]["code"] == "toxic"
    note = second.reasons[-1]
    assert (note["code"], note["replay"], note["verdict"]) == ("replayed", replay.id, "approve")
    assert "applied to past comments by Lea" in note["text"]
    with database.read() as session:
        assert session.scalar(select(Strike.decision_id).where(Strike.comment_id == ids[1])) == second.id
    whole(database)


def test_what_is_put_into_the_queue_is_held_for_the_replay_whatever_the_policy_says(
    past: Past, database: Database
) -> None:
    approved, rejected = past.comments([0.25, 0.95])
    past.activate(REJECTING)
    past.apply(past.look(), ReplayAct.HOLD)
    past.activate(MILDER)
    past.apply(past.look(), ReplayAct.HOLD)
    assert past.statuses([approved, rejected]) == ["held", "held"]
    assert decisions_of(database, rejected)[-1].reasons[-1]["verdict"] == "hold"
    assert past.comment(rejected).reason == "replayed"  # of all the reasons for which it is held
    whole(database)


def test_the_decision_keeps_what_applied_of_the_overrides(past: Past, database: Database) -> None:
    under, elsewhere = past.comments([0.25, 0.45])
    with database.write() as session:
        article = Article(site_id=past.site.id, external_id="bridge")
        session.add(article)
        session.flush()
        session.get_one(Comment, under).article_id = article.id
        session.execute(update(Comment).where(Comment.id == elsewhere).values(status="approved", verdict="approve"))
    stricter = {"target": {"article": "bridge"}, "rules": {"thresholds": {"toxicity": {"hold_at": 0.2}}}}
    past.activate(Rules.model_validate({"overrides": [stricter]}))
    past.apply(past.look())
    assert past.statuses([under, elsewhere]) == ["held", "held"]
    assert decisions_of(database, under)[-1].overrides == [
        {"target": {"article": "bridge"}, "effect": "other", "text": "Other rules for the article “bridge”"}
    ]
    assert decisions_of(database, elsewhere)[-1].overrides is None


def test_only_what_was_picked_is_touched(past: Past) -> None:
    ids = past.comments([0.15, 0.25, 0.15, 0.25])
    past.activate(REJECTING)
    past.apply(past.look(), kind="approved>reject")
    assert past.statuses(ids) == ["approved", "rejected", "approved", "rejected"]
    past.apply(past.look(), comments=[ids[2]])
    assert past.statuses(ids) == ["approved", "rejected", "held", "rejected"]


def test_what_was_decided_edited_or_erased_in_between_is_left_alone(past: Past, database: Database, site: Site) -> None:
    decided, edited, erased, moved = ids = past.comments([0.25] * 4)
    past.activate(REJECTING)
    replay = past.look()
    moderate(database, past.comment(decided), Verdict.REJECT)
    moderate(database, past.comment(decided), Verdict.APPROVE)  # the same status again, another version
    with database.write() as session:
        intake.edit(session, site.id, session.get_one(Comment, edited).external_id, f"{TEXT} And more.", Rules())
        erasing.erase_comment(session, site.id, session.get_one(Comment, erased).external_id, by=CMS)
    replay = past.apply(replay)
    assert (replay.moved, replay.left_alone) == (1, 3)
    assert past.statuses(ids) == ["approved", "pending", "approved", "rejected"]
    assert past.outcomes(replay) == {
        **dict.fromkeys((decided, edited, erased), ReplayOutcome.LEFT_ALONE),
        moved: ReplayOutcome.MOVED,
    }


def test_a_worker_that_is_killed_between_two_batches_decides_nothing_twice(
    past: Past, database: Database, begun: tuple[list[str], Replay]
) -> None:
    ids, replay = begun
    with database.write() as session:  # killed before the commit
        replay_applying.apply_batch(session, replay.id, per_second=5)
        session.rollback()
    assert past.read(replay.id).moved == 2
    past.pass_time()
    past.work()
    assert past.read(replay.id).moved == 5
    assert [len(decisions_of(database, comment_id)) for comment_id in ids] == [2] * 5


def test_undoing_gives_back_exactly_what_is_still_as_the_replay_left_it(past: Past, database: Database) -> None:
    ids = past.comments([0.25, 0.15, 0.25, 0.95])
    past.activate(REJECTING)
    replay = past.apply(past.look())
    assert past.statuses(ids) == ["rejected", "held", "rejected", "rejected"]
    moderate(database, past.comment(ids[0]), Verdict.APPROVE)
    replay = past.undo(replay)
    assert past.statuses(ids) == ["approved", "approved", "approved", "rejected"]
    assert (replay.state, replay.undone, replay.kept) == (ReplayState.UNDONE, 2, 1)
    assert [one.source for one in decisions_of(database, ids[0])] == [Source.POLICY, Source.POLICY, Source.MODERATOR]
    undoing = decisions_of(database, ids[2])[-1]
    assert (undoing.undoes, undoing.moderator_id, undoing.actor) == (
        decisions_of(database, ids[2])[1].id, None, "Lea",
    )  # fmt: skip
    with database.read() as session:
        assert session.scalars(select(Strike).where(Strike.comment_id.in_(ids[:3]))).all() == []
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == replay.id)).all()
        assert acts == ["policy.replay", "policy.replayed", "policy.undo_replay", "policy.replay_undone"]
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "policy.replay_undone")).one()
        assert (entry.detail["undone"], entry.detail["left_alone"]) == (2, 1)
    whole(database)
    assert past.look().kinds == {"approved>hold": 1, "approved>reject": 1}  # undone, they can be replayed again


def test_a_rejection_that_is_in_force_again_has_its_statement_of_reasons_again(past: Past, database: Database) -> None:
    (rejected,) = past.comments([0.95])
    past.activate(MILDER)
    replay = past.apply(past.look())
    assert past.statuses([rejected]) == ["approved"]
    past.undo(replay)
    first, remark = decisions_of(database, rejected)[-1].reasons
    insult = next(one for one in statements.BUILT_IN if one.code == "insult")
    assert first == {"code": "undone", "verdict": "reject", "text": insult.sentence} | insult.statement(automated=True)
    assert (remark["code"], remark["verdict"]) == ("undone", "approve")
    with database.read() as session:
        assert messages.sentence(session, session.get_one(Comment, rejected)) == insult.sentence
    whole(database)


def test_a_replay_that_runs_is_ended_by_its_undoing(past: Past, begun: tuple[list[str], Replay]) -> None:
    ids, replay = begun
    replay = past.undo(replay)
    assert (replay.moved, replay.undone) == (2, 2)
    assert past.statuses(ids) == ["approved"] * 5


def test_callbacks_leave_one_after_the_other_and_an_undoing_withdraws_those_that_wait(
    past: Past, database: Database, site: Site
) -> None:
    listen(database, site)
    ids = past.comments([0.25] * 25)
    past.activate(REJECTING)
    replay = past.apply(past.look())
    due = deliveries(database)
    assert len(due) == 25
    first, before, last = (due[place].next_attempt_at for place in (0, 15, 24))
    assert timedelta(seconds=4) < last - first < timedelta(seconds=7)  # five a second
    assert last - before > timedelta(seconds=1)  # also from one batch to the next
    (claimed,) = take(database)
    settle(database, claimed)
    past.undo(replay)
    assert past.statuses(ids) == ["approved"] * 25
    states = [one.state.value for one in deliveries(database)]
    assert sorted(states) == [
        "delivered",
        *["waiting"],
        *["withdrawn"] * 24,
    ]
    whole(database)


def test_two_replays_of_a_site_share_the_rate(past: Past, database: Database, site: Site) -> None:
    listen(database, site)
    past.comments([0.15, 0.15, 0.25, 0.25])
    past.activate(REJECTING)
    past.apply(past.look(), kind="approved>hold")
    past.apply(past.look(), kind="approved>reject")
    due = [one.next_attempt_at for one in deliveries(database)]
    assert max(due) - min(due) > timedelta(seconds=0.5)  # 0.6, but the first is due when it is stored


def deliveries(database: Database) -> list[Delivery]:
    with database.read() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.next_attempt_at, Delivery.id)))


def test_reports_that_came_while_a_replay_held_a_comment_hold_it_when_that_is_undone(
    past: Past, database: Database, site: Site
) -> None:
    (comment,) = past.comments([0.25])
    past.activate(STRICTER)
    replay = past.apply(past.look(), ReplayAct.HOLD)
    for number in range(3):
        known(database, site, f"reader-{number}", 9, 0)
        report(database, past.comment(comment), f"reader-{number}")
    past.undo(replay)
    assert past.statuses([comment]) == ["held"]
    assert [decision.source for decision in decisions_of(database, comment)][-1] is Source.READERS
