"""The figures a platform owes under the EU's Digital Services Act (Regulation 2022/2065, articles 15 and 24).

A restriction is a comment that was rejected: by the policy alone (automated) or by a moderator. Counted is every
rejection within the period, also one that was undone later; those are told as well.
"""

from dataclasses import dataclass

from sqlalchemy import and_, func, literal, select
from sqlalchemy.orm import Session, aliased

from service.models import Comment, Decision
from service.moderation import measures
from service.moderation.measures import Delay
from service.moderation.periods import Period, epoch
from service.vocabulary import CommentStatus, Source


@dataclass(frozen=True, kw_only=True)
class Ground:
    """One ground of restrictions: how many were automated, how many a person's."""

    code: str
    automated: int
    by_people: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """A site's restrictions within a period."""

    received: int
    restrictions: int
    automated: int
    undone: int  # restrictions that a moderator turned into an approval later
    automated_undone: int  # of those, automated ones: the error rate that article 15(1)(e) asks for
    time_to_restriction: Delay
    grounds: tuple[Ground, ...]

    @property
    def automated_share(self) -> float | None:
        return self.automated / self.restrictions if self.restrictions else None


def report(session: Session, site_id: str, period: Period, /) -> Report:
    """Return the report; a restriction with several grounds counts under the first, which is the worst."""
    restricted = (
        Decision.site_id == site_id,
        period.covers(Decision.created_at),
        Decision.to_status == CommentStatus.REJECTED,
        measures.stands(),
    )
    counts: dict[tuple[str, bool], int] = {}
    for reasons, source in session.execute(select(Decision.reasons, Decision.source).where(*restricted)):
        code = str(reasons[0]["code"]) if reasons else "unspecified"
        key = (code, source in measures.BY_THE_SERVICE)
        counts[key] = counts.get(key, 0) + 1
    codes = sorted(
        {code for code, _ in counts}, key=lambda c: (-(counts.get((c, True), 0) + counts.get((c, False), 0)), c)
    )
    later = aliased(Decision)
    turned = (
        select(literal(1))
        .where(
            and_(later.comment_id == Decision.comment_id, later.revision == Decision.revision),
            later.created_at > Decision.created_at,
            later.to_status == CommentStatus.APPROVED,
        )
        .exists()
    )
    undone: dict[Source, int] = dict(
        session.execute(
            select(Decision.source, func.count()).where(*restricted, turned).group_by(Decision.source)
        ).all()
    )
    received = session.scalar(
        select(func.count()).where(Comment.site_id == site_id, period.covers(Comment.received_at))
    )
    seconds = (
        select(literal(0).label("step"), (epoch(Decision.created_at) - epoch(Comment.received_at)).label("seconds"))
        .join(Comment, Comment.id == Decision.comment_id)
        .where(*restricted, Decision.revision == 1)
    )
    return Report(
        received=received or 0,
        restrictions=sum(counts.values()),
        automated=sum(count for (_, automated), count in counts.items() if automated),
        undone=sum(undone.values()),
        automated_undone=undone.get(Source.POLICY, 0),
        time_to_restriction=measures.delay(session, seconds),
        grounds=tuple(
            Ground(code=code, automated=counts.get((code, True), 0), by_people=counts.get((code, False), 0))
            for code in codes
        ),
    )
