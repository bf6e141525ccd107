"""The list of a replay: past comments judged again by the policy in force, page by page, oldest first.

Stored scores and findings are judged; no classifier runs. Only what the policy itself approved or rejected is listed:
where a moderator decided, also on an appeal or a legal notice, the moderator's word stands. Reading, judging and
writing are apart, so that no transaction is open while comments are judged.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, tuple_, update
from sqlalchemy.orm import Session

from service.db import database_now, table
from service.models import Comment, Decision, Replay, ReplayComment, ReplayState
from service.moderation.decisions import record
from service.moderation.decisions.decisions import STATUS_OF
from service.moderation.judgement.judgement import Judgement
from service.moderation.policy.rules import Rules
from service.moderation.trials import past, peoples_word, replay
from service.moderation.trials.pace import UNHURRIED, Pace
from service.moderation.trials.past import PastComment
from service.moderation.trials.peoples_word import PeoplesWord
from service.moderation.trials.preview import judge_again
from service.vocabulary import CommentStatus, Reason, Source, Verdict

PAGE = 200
# What holds new comments alone: what readers have seen is not taken from them because no more may come.
OF_NEW_ONES = frozenset({Reason.COMMENTS_CLOSED, Reason.PRE_MODERATED})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One page of the past: its comments with status and version, and those that a person decided."""

    began_at: str  # the replay's place when the page was read
    cases: tuple[PastComment, ...]
    status: dict[str, CommentStatus]
    version: dict[str, int]
    by_people: frozenset[str]
    waiting: frozenset[str]  # for a lead: a legal notice about it is open
    ends_at: tuple[datetime, str] | None  # None: no comment comes after this page


def read(session: Session, row: Replay, rules: Rules, /, *, limit: int = PAGE) -> Seen:
    """Return the next page of the replay's past."""
    page = session.execute(_page(row).limit(limit)).all()
    chosen = (Comment.id.in_([one.id for one in page]), Comment.erased_at.is_(None))
    # Without an assessment, a comment was imported as decided, or never classified.
    judged = session.execute(past.JUDGED.add_columns(Comment.status, Comment.version).where(*chosen)).all()
    ids = [one.id for one in judged]
    word = peoples_word.of_comments(session, ids)
    cases = past.cases_of(session, row.site_id, judged, on_authors=rules.count_on_authors)
    status = {one.id: one.status for one in judged}
    return Seen(
        began_at=row.place,
        cases=tuple(_kept_down(case, status[case.comment_id], word) for case in cases),
        status=status,
        version={one.id: one.version for one in judged},
        by_people=word.decided | (frozenset(ids) - _by_policy(session, {one.id: one.revision for one in judged})),
        waiting=word.waiting,
        ends_at=(page[-1].received_at, page[-1].id) if len(page) == limit else None,
    )


def differing(seen: Seen, rules: Rules, /, *, pace: Pace = UNHURRIED) -> list[dict[str, Any]]:
    """Return a row for each comment of the page that `rules` decide otherwise. Pure."""
    rows = []
    for case in pace.over(case for case in seen.cases if case.comment_id not in seen.by_people):
        judgement = judge_again(case, rules)
        before = seen.status[case.comment_id]
        if STATUS_OF[judgement.verdict] is before:
            continue
        if judgement.verdict is Verdict.APPROVE and case.comment_id in seen.waiting:
            continue
        if before is CommentStatus.APPROVED and _holds_new_ones_alone(judgement):
            continue
        rows.append(
            {
                "comment_id": case.comment_id,
                "version": seen.version[case.comment_id],
                "from_status": before,
                "verdict": judgement.verdict,
                "kind": f"{before.value}>{judgement.verdict.value}",
                "reasons": [reason.as_record() for reason in judgement.reasons],
            }
        )
    return rows


def write(session: Session, row: Replay, seen: Seen, rows: Sequence[dict[str, Any]], /) -> bool:
    """Add the page to the list; False where another worker was first, or the replay is no longer looking."""
    place_at, place = seen.ends_at or (None, "")
    claimed = session.scalars(
        update(Replay)
        .where(Replay.id == row.id, Replay.place == seen.began_at, Replay.state == ReplayState.LOOKING)
        .values(
            place=place,
            place_at=place_at,
            looked=Replay.looked + len(seen.cases),
            decided_by_people=Replay.decided_by_people + len(seen.by_people),
            worked_at=database_now(),
            state=ReplayState.LOOKING if seen.ends_at else ReplayState.READY,
        )
        .returning(Replay.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not claimed:
        return False
    # What was erased since the page was read: a reason may quote it.
    read = select(Comment.id).where(Comment.id.in_([one["comment_id"] for one in rows]), Comment.erased_at.is_(None))
    there = set(session.scalars(read.order_by(Comment.id).with_for_update(key_share=True)))
    rows = [one for one in rows if one["comment_id"] in there]
    if rows:
        session.execute(insert(table(ReplayComment)), [{"replay_id": row.id, **one} for one in rows])
        kept = replay.require(session, row.site_id, row.id)
        session.refresh(kept)
        kept.kinds = dict(Counter(kept.kinds) + Counter(one["kind"] for one in rows))
        session.flush()
    return True


def _holds_new_ones_alone(judgement: Judgement) -> bool:
    against = {reason.reason for reason in judgement.reasons if reason.verdict is not Verdict.APPROVE}
    return against <= OF_NEW_ONES


def _kept_down(case: PastComment, status: CommentStatus, word: PeoplesWord) -> PastComment:
    """Return the case as a policy judges it now, where a person kept its comment down since its text was judged."""
    why = word.kept_down.get(case.comment_id)
    if why is None or status is CommentStatus.APPROVED:
        return case  # what readers see stays
    return replace(case, facts=replace(case.facts, kept_down=why))


def _page(row: Replay) -> Select[str, datetime]:
    statement = (
        select(Comment.id, Comment.received_at)
        .where(
            Comment.site_id == row.site_id,
            Comment.received_at >= (row.place_at or row.since),
            Comment.received_at < row.created_at,
            Comment.status.in_((CommentStatus.APPROVED, CommentStatus.REJECTED)),
            Comment.erased_at.is_(None),
        )
        .order_by(Comment.received_at, Comment.id)
        .with_hint(Comment, "INDEXED BY ix_comment_site_received", "sqlite")
    )
    if row.place_at is not None:
        statement = statement.where(tuple_(Comment.received_at, Comment.id) > tuple_(row.place_at, row.place))
    return statement


def _by_policy(session: Session, revisions: dict[str, int]) -> frozenset[str]:
    """Return the comments whose status the policy gave: of its decisions that are not undone, the newest is its own."""
    made = session.execute(
        select(Decision.id, Decision.comment_id, Decision.revision, Decision.source, Decision.undoes)
        .where(Decision.comment_id.in_(list(revisions)))
        .order_by(Decision.created_at, Decision.id)
    ).all()
    last = {one.comment_id: one.source for one in record.in_force(made) if one.revision == revisions[one.comment_id]}
    return frozenset(comment_id for comment_id, source in last.items() if source is Source.POLICY)
