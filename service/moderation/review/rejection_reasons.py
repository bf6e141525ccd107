"""A site's own reasons for rejections; a site that wrote none has the built-in ones."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import RejectionReason
from service.moderation.judgement import ranking, statements
from service.moderation.judgement.statements import BUILT_IN, FITTING, NOT_OFFERED, ReasonGiven


def offered(session: Session, site_id: str, /) -> tuple[ReasonGiven, ...]:
    """Return the reasons that a moderator chooses from, in order; the first nine have keys."""
    rows = own(session, site_id)
    if not rows:
        return BUILT_IN
    return tuple(statements.of_row(row) for row in rows if row.active)


def suggested(reasons: Iterable[Mapping[str, Any]], offered: Sequence[ReasonGiven], /) -> str:
    """Return the code of the offered reason that fits the worst of a comment's reasons, "" where none does."""
    codes = {reason.code for reason in offered}
    fitting = (FITTING.get(name, "") for name in ranking.names(reasons))
    return next((code for code in fitting if code in codes), "")


def own(session: Session, site_id: str, /) -> list[RejectionReason]:
    """Return the site's own rows that moderators choose from, those switched off included."""
    return [row for row in _rows(session, site_id) if statements.is_offered(row.code)]


def not_offered(session: Session, site_id: str, /) -> list[ReasonGiven]:
    """Return, as the site words them, the reasons that only the policy and legal notices reject with."""
    rows = {row.code: statements.of_row(row) for row in _rows(session, site_id)}
    return [rows.get(reason.code, reason) for reason in NOT_OFFERED]


def find(session: Session, site_id: str, code: str, /) -> ReasonGiven | None:
    """Return the offered reason of that code, or None."""
    return next((reason for reason in offered(session, site_id) if reason.code == code), None)


def _rows(session: Session, site_id: str) -> list[RejectionReason]:
    statement = select(RejectionReason).where(RejectionReason.site_id == site_id)
    return list(session.scalars(statement.order_by(RejectionReason.position, RejectionReason.id)))
