"""Finds precedents again for comments that are still held, when people have decided about others like them since.

The first of several comments alike is held before any of them is decided. Each minute a classification worker reads
what people decided since the last time and looks for held comments near that: of each site the HELD that have waited
longest, so that a round takes the same time however long the queue is. Where nobody decided, nothing else is read, and
while comments wait for a verdict, nothing at all.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, delete, exists, func, select, text
from sqlalchemy.orm import Session

from service.db import database_now, table
from service.models import Assessment, Comment, Decision, Precedent, Site
from service.models.decision import PEOPLES
from service.moderation.decisions import claims
from service.moderation.review import precedents
from service.queues import CLASSIFICATION
from service.vocabulary import CommentStatus
from workers.precedents import finding
from workers.runtime import Runtime

log = structlog.get_logger()

SECONDS = 0.5  # after which no further site is begun; they are drawn by lot
HELD = 1_000  # comments of a site that are compared with new decisions
DECIDED = 200  # new decisions of a site that are compared with them
AGAIN = 100  # comments of a site that are searched for again; each takes some 3 ms
FIRST = timedelta(hours=1)  # how far back a worker looks that has just started

_comment, _assessment = table(Comment), table(Assessment)
_c, _a = _comment.c, _assessment.c
# Literal, as the partial indexes have it.
_OF_PEOPLE = text(PEOPLES.replace("source", "decision.source").replace("undoes", "decision.undoes"))
_IS_HELD = text("comment.status = 'held' AND comment.escalated_at IS NULL")


def look(runtime: Runtime, /) -> int:
    """Do one round; return how many comments have other precedents now. A failure is logged and stops nothing."""
    if runtime.role != CLASSIFICATION:
        return 0
    changed = 0
    try:
        with runtime.database.read() as session:
            if claims.is_waiting(session):  # comments without a verdict go first
                return 0
            now = session.execute(select(database_now())).scalar_one()
            since = runtime.precedents_looked_at or now - FIRST
            sites = _with_new_decisions(session, since)
        until = time.monotonic() + SECONDS
        for site_id in sites:
            if time.monotonic() > until:
                break
            changed += _look_at(runtime, site_id, since)
        runtime.precedents_looked_at = now - finding.OVERLAP
    except Exception as error:
        log.warning("precedents_not_looked_for_again", error=type(error).__name__)
    return changed


def _with_new_decisions(session: Session, since: datetime) -> Sequence[str]:
    made = exists().where(Decision.site_id == Site.id, Decision.created_at > since, _OF_PEOPLE)
    return session.scalars(select(Site.id).where(made).order_by(func.random())).all()


def _look_at(runtime: Runtime, site_id: str, since: datetime) -> int:
    """Keep other precedents for the held comments of a site that are near what was decided there since."""
    near: list[tuple[str, int, dict[str, float]]] = []
    with runtime.database.read() as session:
        held = _held(session, site_id)
        made = [row.id for row in precedents.recent(session, site_id, since=since, most=DECIDED)]
        for encoder, language in sorted({(row.encoder, row.language) for row in held}):
            rows = [row for row in held if (row.encoder, row.language) == (encoder, language)]
            decided = precedents.decided(session, made, encoder=encoder, language=language)
            for row in _like(rows, [one.vector for one in decided])[: AGAIN - len(near)]:
                found = finding.nearest(runtime, session, site_id, encoder, language, row.vector, row.id)
                near.append((row.id, row.revision, found))
    return sum(_keep(runtime, *found) for found in near)


def _held(session: Session, site_id: str) -> Sequence[Row[*tuple[Any, ...]]]:
    statement = (
        select(_c.id, _c.revision, _c.vector, _a.encoder, _a.language)
        .join(_assessment, (_a.comment_id == _c.id) & (_a.revision == _c.revision))
        .where(_c.site_id == site_id, _IS_HELD, _c.vector.is_not(None), _a.encoder.is_not(None))
        .where(_a.language.is_not(None))
        .order_by(_c.received_at)
        .limit(HELD)
    )
    return session.execute(statement).all()


def _like(held: Sequence[Row[*tuple[Any, ...]]], decided: Sequence[bytes]) -> list[Row[*tuple[Any, ...]]]:
    """Return the held comments that are like at least one of the decided, in their order."""
    import numpy as np  # late, as in `finding`

    from workers.precedents.shelf import FLOOR, unit

    if not held or not decided:
        return []
    likeness = np.stack([unit(row.vector) for row in held]) @ np.stack([unit(vector) for vector in decided]).T
    return [held[place] for place in np.flatnonzero(likeness.max(axis=1) >= FLOOR).tolist()]


def _keep(runtime: Runtime, comment_id: str, revision: int, near: dict[str, float]) -> bool:
    """Replace the precedents of a comment that is still held; whether they are others than before."""
    if not near:
        return False
    # A moderator who decides on it at this moment goes first.
    still = select(Comment).where(
        Comment.id == comment_id, Comment.revision == revision, Comment.status == CommentStatus.HELD
    )
    with runtime.database.write() as session:
        comment = session.scalar(still.with_for_update(skip_locked=True, key_share=True))
        if comment is None:
            return False
        kept = select(Precedent.decided_id).where(Precedent.comment_id == comment_id).order_by(Precedent.place)
        before = session.scalars(kept).all()
        if before == list(near)[: finding.NEAREST]:
            return False
        session.execute(delete(Precedent).where(Precedent.comment_id == comment_id))
        finding.keep(runtime, session, comment, near)
        return bool(session.scalars(kept).all() != before)
