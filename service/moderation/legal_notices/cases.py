"""Legal notices as a page lists them, each with the comment that it is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.models import Comment, LegalNotice, LegalNoticeState
from service.moderation.legal_notices import notifiers


@dataclass(frozen=True)
class Case:
    """A legal notice, with its comment where its location named one."""

    legal_notice: LegalNotice
    comment: Comment | None


def waiting(session: Session, site_id: str, /, *, limit: int = 50) -> Sequence[Case]:
    """Return open legal notices, oldest first."""
    return _cases(session, site_id, LegalNotice.state == LegalNoticeState.OPEN, LegalNotice.created_at, limit)


def decided(session: Session, site_id: str, /, *, limit: int = 20) -> Sequence[Case]:
    """Return decided legal notices, latest first."""
    is_decided = LegalNotice.decided_at.is_not(None)
    return _cases(session, site_id, is_decided, LegalNotice.decided_at.desc(), limit)


def count_open(session: Session, site_id: str, /) -> int:
    """Return how many legal notices wait."""
    is_open = LegalNotice.site_id == site_id, LegalNotice.state == LegalNoticeState.OPEN
    return session.scalar(select(func.count()).select_from(LegalNotice).where(*is_open)) or 0


def usual_redress(session: Session, site_id: str, /) -> str:
    """Return the redress of the site's last decision; the built-in words before the first."""
    theirs = LegalNotice.site_id == site_id, LegalNotice.decided_at.is_not(None)
    last = select(LegalNotice.redress).where(*theirs).order_by(LegalNotice.decided_at.desc()).limit(1)
    return session.scalar(last) or notifiers.REDRESS


def _cases(session: Session, site_id: str, which: object, order: object, limit: int) -> list[Case]:
    statement = (
        select(LegalNotice, Comment)
        .outerjoin(Comment, Comment.id == LegalNotice.comment_id)
        .where(LegalNotice.site_id == site_id, which)  # type: ignore[arg-type]
        .order_by(order)  # type: ignore[arg-type]
        .limit(limit)
    )
    return [Case(legal_notice, comment) for legal_notice, comment in session.execute(statement)]
