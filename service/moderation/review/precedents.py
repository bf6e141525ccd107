"""Precedents: what people decided about comments like a held one, for the moderator who decides on it.

A worker finds them when it holds a comment (`workers.precedents`) and only their ids are kept. A decision counts while
it stands: a person made it about the comment's present text, which is not erased, and the comment has that status
still. A decision that was undone does not count, not even if something else brought the same status back. All that is
asked again whenever precedents are kept or shown. No verdict follows.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, bindparam, delete, insert, literal_column, select
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.db import UtcDateTime, table
from service.models import Assessment, Comment, Decision, Precedent
from service.moderation.decisions import record
from service.vocabulary import CommentStatus

DAYS = 180
SHOWN = 3
# How many must agree, and which share of all, before a moderator hears that they do.
ENOUGH, AGREED = 5, 0.8
MUCH_LIKE = 0.8  # similarity from which a comment is called very similar; measured in ADR 28

_precedent, _comment, _decision, _assessment = (table(kind) for kind in (Precedent, Comment, Decision, Assessment))
_c, _d, _a = _comment.c, _decision.c, _assessment.c
# Written into the statements, not bound: the partial index serves only what reads like its own condition.
_PEOPLES: ColumnElement[bool] = _d.source == literal_column("'moderator'", _d.source.type)
_STANDS: tuple[ColumnElement[bool], ...] = (
    _PEOPLES,
    *record.not_undone(_d),
    _d.revision == _c.revision,
    _d.to_status == _c.status,
    _c.erased_at.is_(None),
)
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
# Built once: building a statement costs more than running it.
RECENT = (
    select(_d.id, _d.created_at, _d.comment_id)
    .where(_PEOPLES, _d.undoes.is_(None))
    .where(_d.site_id == bindparam("site_id"), _d.created_at > bindparam("since", type_=UtcDateTime()))
    .order_by(_d.created_at.desc())
    .limit(bindparam("most"))
)
DECIDED = (
    select(_d.comment_id, _c.text_digest, _d.to_status, _d.created_at, _c.vector)
    .select_from(_decision)
    .join(_comment, _c.id == _d.comment_id)
    .join(_assessment, (_a.comment_id == _c.id) & (_a.revision == _c.revision))
    .where(
        _d.id.in_(_ids),
        *_STANDS,
        _a.encoder == bindparam("encoder"),
        _a.language == bindparam("language"),
        _c.vector.is_not(None),
    )
    .order_by(_d.created_at, _d.id)
)
# A comment that somebody is changing is left out rather than waited for; nobody erases one until this is committed.
STANDING = (
    select(_c.id, _c.site_id)
    .join(_decision, _d.comment_id == _c.id)
    .where(_c.id.in_(_ids), *_STANDS)
    .with_for_update(read=True, key_share=True, of=_comment, skip_locked=True)
)
KEEP = insert(_precedent)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One precedent with its decision and, in `likeness`, how like the held comment it is: same, much or some."""

    comment: Comment
    decision: Decision
    likeness: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Most people decided so: `count` of `total`."""

    status: CommentStatus
    count: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Precedents:
    """What is shown beside a held comment, nearest first; `agreement` is over all that were kept."""

    shown: Sequence[Shown] = ()
    agreement: Agreement | None = None


def recent(session: Session, site_id: str, /, *, since: datetime | None, most: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return id, time and comment of people's last decisions at a site, newest first: after `since`, else of DAYS."""
    since = since or utc_now() - timedelta(days=DAYS)
    return session.execute(RECENT, {"site_id": site_id, "since": since, "most": most}).all()


def decided(
    session: Session, decision_ids: Sequence[str], /, *, encoder: str, language: str
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return comment_id, text_digest, to_status, created_at and vector of those decisions that stand, in their order.

    Only comments whose vector that encoder made, and that were read as being in that language.
    """
    return session.execute(DECIDED, {"ids": decision_ids, "encoder": encoder, "language": language}).all()


def keep(session: Session, comment: Comment, near: Mapping[str, float], /, *, most: int) -> set[str]:
    """Keep the first `most` precedents that stand: `near` is the similarity of each by id, nearest first.

    Return the ids of those that do not stand.
    """
    rows = session.execute(STANDING, {"ids": list(near)})
    standing = {row.id for row in rows if row.site_id == comment.site_id}
    if comment.revision > 1:
        session.execute(delete(Precedent).where(Precedent.comment_id == comment.id))
    kept = [decided_id for decided_id in near if decided_id in standing][:most]
    if kept:
        of_comment = {"comment_id": comment.id, "revision": comment.revision}
        places = enumerate(kept, 1)
        session.execute(
            KEEP, [of_comment | {"place": place, "decided_id": one, "similarity": near[one]} for place, one in places]
        )
    return set(near) - standing


def of_comment(session: Session, comment: Comment, /) -> Precedents:
    """Return the precedents of a held comment that still stand; none for any other comment."""
    if comment.status is not CommentStatus.HELD or comment.erased_at is not None:
        return Precedents()
    rows = session.execute(
        select(Precedent.similarity, Comment, Decision)
        .select_from(Precedent)
        .join(Comment, Comment.id == Precedent.decided_id)
        .join(Decision, Decision.comment_id == Comment.id)
        .where(Precedent.comment_id == comment.id, Precedent.revision == comment.revision, *_STANDS)
        .order_by(Precedent.place, Decision.created_at.desc(), Decision.id.desc())
    )
    found: dict[str, Shown] = {}
    for similarity, other, decision in rows:
        if other.site_id == comment.site_id:  # the last decision of each, which comes first
            like = likeness(similarity, is_same=other.text_digest == comment.text_digest)
            found.setdefault(other.id, Shown(comment=other, decision=decision, likeness=like))
    shown = list(found.values())
    return Precedents(shown=shown[:SHOWN], agreement=agreement([one.comment.status for one in shown]))


def agreement(outcomes: Collection[CommentStatus], /) -> Agreement | None:
    """Return what most of the outcomes are; None where too few agree."""
    if not outcomes:
        return None
    ((status, count),) = Counter(outcomes).most_common(1)
    agreed = count >= ENOUGH and count >= AGREED * len(outcomes)
    return Agreement(status=status, count=count, total=len(outcomes)) if agreed else None


def likeness(similarity: float, /, *, is_same: bool) -> str:
    """Return how like two comments are: `same` if they have the same words, else `much` or `some`.

    No similarity is high enough for `same`: a text and its denial have up to 0.99.
    """
    return "same" if is_same else "much" if similarity >= MUCH_LIKE else "some"
