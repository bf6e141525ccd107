"""A replay applied, and undone, in batches: each in a transaction of its own, through the one gate of decisions.

The row of a comment says what became of it, in the transaction of its decision: a worker that is killed between two
batches loses nothing, and no comment is decided twice. What has changed since the list was made is left alone.
Callbacks are due one after the other, so many a second.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import Conflict
from service.models import Article, Comment, Decision, Replay, ReplayAct, ReplayComment, ReplayOutcome, ReplayState
from service.moderation.decisions import record, replayed
from service.moderation.judgement.reason_texts import REPLAYED
from service.moderation.policy import policies
from service.moderation.policy.effective import effective
from service.moderation.policy.places import place_of
from service.moderation.reports import filing
from service.moderation.trials import peoples_word
from service.moderation.trials import replay as replays
from service.moderation.trials.peoples_word import PeoplesWord
from service.vocabulary import CommentStatus, Reason, Verdict

BATCH = 20  # comments in one transaction: on SQLite nobody else writes meanwhile


class Turns:
    """When the callbacks of a batch are due: one after the other, from where the batch before it ended."""

    def __init__(self, session: Session, replay: Replay, per_second: float) -> None:
        now: datetime = session.execute(select(database_now())).scalar_one()
        self._now, self._read, self._pause = now, time.monotonic(), timedelta(seconds=1 / per_second)
        self.due = max(replay.next_callback_at or now, now)

    def delay(self) -> float:
        """Return in how many seconds the next one is due."""
        return max(0.0, (self.due - self._now).total_seconds() - (time.monotonic() - self._read))

    def go_on(self) -> None:
        """Take the turn."""
        self.due += self._pause


def apply_batch(session: Session, replay_id: str, /, *, per_second: float) -> bool:
    """Apply the replay to its next comments; False where it is done, or another worker has it."""
    replay = _take(session, replay_id, ReplayState.APPLYING)
    if replay is None:
        return False
    rows = session.scalars(_next(replay)).all()
    comments = _lock(session, rows)
    word = peoples_word.of_comments(session, list(comments))
    policy = policies.active(session, replay.site_id)
    turns = Turns(session, replay, per_second)
    for row in rows:
        decision = _move(session, replay, row, comments.get(row.comment_id), word, delay=turns.delay())
        if decision is None:
            row.outcome = ReplayOutcome.LEFT_ALONE
            replay.left_alone += 1
        else:
            row.outcome, row.decision_id = ReplayOutcome.MOVED, decision.id
            replay.moved += 1
            turns.go_on()
            # Where it is published now, reports may wait: of earlier, or from while a moderator was to decide.
            filing.hold_if_reported(session, comments[row.comment_id], policy)
    return _note(session, replay, rows, turns, ends_as=ReplayState.APPLIED)


def undo_batch(session: Session, replay_id: str, /, *, per_second: float) -> bool:
    """Undo the replay on its next comments, the last one first; False as for `apply_batch`."""
    replay = _take(session, replay_id, ReplayState.UNDOING)
    if replay is None:
        return False
    rows = session.scalars(_moved(replay)).all()
    comments = _lock(session, rows)
    word = peoples_word.of_comments(session, list(comments))
    made = _decisions(session, rows)
    policy = policies.active(session, replay.site_id)
    turns = Turns(session, replay, per_second)
    for row in rows:
        stands = word.decided
        if row.from_status is CommentStatus.APPROVED:
            stands |= word.kept_down.keys()
        comment = comments.get(row.comment_id) if row.comment_id not in stands else None
        has_callback = _undo_one(session, replay, row, comment, made[row.comment_id], delay=turns.delay())
        if has_callback is None:
            row.outcome = ReplayOutcome.KEPT
            replay.kept += 1
        else:
            row.outcome = ReplayOutcome.UNDONE
            replay.undone += 1
            if has_callback:
                turns.go_on()
            filing.hold_if_reported(session, comments[row.comment_id], policy)
    return _note(session, replay, rows, turns, ends_as=ReplayState.UNDONE)


def _take(session: Session, replay_id: str, state: ReplayState) -> Replay | None:
    chosen = select(Replay).where(Replay.id == replay_id, Replay.state == state)
    return session.scalar(chosen.with_for_update(skip_locked=True))


def _next(replay: Replay) -> Any:
    of_replay = ReplayComment.replay_id == replay.id, ReplayComment.comment_id > replay.place
    statement = select(ReplayComment).where(*of_replay, ReplayComment.outcome == ReplayOutcome.LISTED)
    if replay.only_comments:
        statement = statement.where(ReplayComment.comment_id.in_(replay.only_comments))
    elif replay.only_kind:
        statement = statement.where(ReplayComment.kind == replay.only_kind)
    return statement.order_by(ReplayComment.comment_id).limit(BATCH)


def _moved(replay: Replay) -> Any:
    statement = select(ReplayComment).where(
        ReplayComment.replay_id == replay.id, ReplayComment.outcome == ReplayOutcome.MOVED
    )
    if replay.place:
        statement = statement.where(ReplayComment.comment_id < replay.place)
    return statement.order_by(ReplayComment.comment_id.desc()).limit(BATCH)


def _lock(session: Session, rows: Sequence[ReplayComment]) -> dict[str, Comment]:
    # In one order for all who lock several.
    ids = sorted(row.comment_id for row in rows)
    chosen = select(Comment).where(Comment.id.in_(ids)).order_by(Comment.id)
    return {comment.id: comment for comment in session.scalars(chosen.with_for_update(key_share=True))}


def _decisions(session: Session, rows: Sequence[ReplayComment]) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = defaultdict(list)
    chosen = select(Decision).where(Decision.comment_id.in_([row.comment_id for row in rows]))
    for decision in session.scalars(chosen.order_by(Decision.created_at, Decision.id)):
        found[decision.comment_id].append(decision)
    return found


def _move(
    session: Session, replay: Replay, row: ReplayComment, comment: Comment | None, word: PeoplesWord, *, delay: float
) -> Decision | None:
    """Decide on one comment; None where it has changed since it was listed, or where a person's word stands."""
    verdict = Verdict.HOLD if replay.act is ReplayAct.HOLD else row.verdict
    stands = word.unpublished if verdict is Verdict.APPROVE else word.decided
    if comment is None or comment.id in stands:
        return None
    try:
        return replayed.record(
            session,
            comment,
            verdict,
            expected_version=row.version,
            policy_version=replay.policy_version,
            reasons=[*row.reasons, _note_of(replay, verdict)],
            overrides=_applied(session, replay, comment),
            callback_delay=delay,
        )
    except Conflict:
        return None


def _applied(session: Session, replay: Replay, comment: Comment) -> list[dict[str, Any]]:
    """Return what applied of the overrides when the comment was judged again, as a decision keeps it."""
    rules = policies.rules_of(session, replay.site_id, replay.policy_version)
    if not rules.overrides:
        return []
    article = session.get(Article, comment.article_id) if comment.article_id else None
    return effective(rules, place_of(comment.external_id, article), comment.pending_since).as_records


def _undo_one(
    session: Session,
    replay: Replay,
    row: ReplayComment,
    comment: Comment | None,
    made: Sequence[Decision],
    *,
    delay: float,
) -> bool | None:
    """Undo it for one comment and return whether a callback reports that; None where the comment has changed since."""
    decision = next((one for one in made if one.id == row.decision_id), None)
    if comment is None or decision is None or comment.erased_at is not None or comment.version != row.version + 1:
        return None
    earlier = [one for one in record.in_force(made) if one is not decision]
    before = [one for one in earlier if one.revision == decision.revision]
    try:
        return replayed.undo(
            session,
            comment,
            decision,
            actor=replay.actor,
            reasons=before[-1].reasons if before else [],
            callback_delay=delay,
        )
    except Conflict:
        return None


def _note_of(replay: Replay, verdict: Verdict) -> dict[str, Any]:
    # On a rejection or an approval a remark: it is no reason of its own.
    said = Verdict.HOLD if verdict is Verdict.HOLD else Verdict.APPROVE
    text = REPLAYED % {"version": replay.policy_version, "name": replay.actor}
    return {"code": Reason.REPLAYED.value, "verdict": said.value, "text": text, "replay": replay.id}


def _note(
    session: Session, replay: Replay, rows: Sequence[ReplayComment], turns: Turns, *, ends_as: ReplayState
) -> bool:
    replay.next_callback_at, replay.worked_at = turns.due, database_now()
    if rows:
        replay.place = rows[-1].comment_id
    if len(rows) < BATCH:
        replays.finish(session, replay, ends_as)
        return False
    session.flush()
    return True
