"""Everything that the console and the API show of an author: counts, standing, strikes, and how they are treated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.models import Author, Comment, Decision, Strike
from service.moderation.authors import standing as standings
from service.moderation.authors.facts import is_young
from service.moderation.judgement.author_treatment import AuthorFacts, treatment
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.sentences import worded
from service.vocabulary import CommentStatus, Standing, Treatment

COUNTED = 5_000  # latest comments that are counted for a page
SHOWN_STRIKES = 50


@dataclass(frozen=True, kw_only=True)
class AuthorFile:
    """An author as shown; `row` is None without a standing given by a moderator and comments removed by age."""

    author_id: str
    name: str | None
    row: Author | None
    standing: Standing | None  # in force now
    counts: Mapping[CommentStatus, int]  # of comments still known, the latest `COUNTED`
    first_seen: datetime | None
    last_seen: datetime | None
    strikes: Sequence[tuple[Strike, Comment]]  # in force, newest first
    facts: AuthorFacts
    rules: Rules

    @property
    def treatment(self) -> Treatment:
        return treatment(self.facts, self.rules)

    @property
    def approved(self) -> int:
        return self.counts.get(CommentStatus.APPROVED, 0) + (self.row.approved_before if self.row else 0)

    @property
    def rejected(self) -> int:
        return self.counts.get(CommentStatus.REJECTED, 0) + (self.row.rejected_before if self.row else 0)

    @property
    def is_empty(self) -> bool:
        return not self.counts and self.row is None

    @property
    def words(self) -> str:
        """How their comments are treated now, in a sentence with the numbers."""
        rules, strikes = self.rules, self.facts.strikes
        match self.treatment:
            case Treatment.BLOCKED:
                if rules.blocked_authors == "reject":
                    return worded("Blocked: their comments are rejected.")
                return worded("Blocked: their comments are held.")
            case Treatment.STAFF:
                return worded("Staff: not held for scores; lists, links and lengths count as for everybody.")
            case Treatment.STRUCK:
                return worded(
                    "Held: %(strikes)s rejected in %(days)s days, and the policy holds everything from %(limit)s.",
                    strikes=strikes,
                    days=rules.strike_days,
                    limit=rules.strike_limit,
                )
            case Treatment.NEWCOMER:
                return worded(
                    "New here: held until %(needed)s comments are approved, %(approved)s so far.",
                    needed=rules.hold_newcomers,
                    approved=self.approved,
                )
            case Treatment.TRUSTED:
                margin = f"{rules.trust_margin:g}"
                if self.standing is Standing.TRUSTED:
                    return worded(
                        "Trusted by a person: scores are held only %(margin)s later, and rejected as everybody's.",
                        margin=margin,
                    )
                return worded(
                    "Trusted after %(approvals)s approvals: scores are held only %(margin)s later, and rejected as "
                    "everybody's.",
                    approvals=rules.trust_after,
                    margin=margin,
                )
        if rules.trust_after is None:
            return worded("Treated like any other author.")
        if strikes and self.approved >= rules.trust_after:
            return worded("Treated like any other author: a strike suspends the trust they have earned.")
        return worded(
            "Treated like any other author; trusted from %(needed)s approvals on, %(approved)s so far.",
            needed=rules.trust_after,
            approved=self.approved,
        )

    def expires(self, strike: Strike) -> datetime:
        """Return when a strike ends by the rules now."""
        return strike.created_at + timedelta(days=self.rules.strike_days)


def read(session: Session, site_id: str, author_id: str, /) -> AuthorFile:
    """Return the file of an author; an empty one for an author unknown to the site."""
    rules = policies.active(session, site_id).rules
    mine = (Comment.site_id == site_id, Comment.author_external_id == author_id)
    row = standings.find(session, site_id, author_id)
    standing = session.scalar(select(Author.standing).where(Author.id == row.id, standings.in_force())) if row else None
    # The latest first, then counted: for a GROUP BY, SQLite would rather read the whole site by status.
    latest = select(Comment.status).where(*mine).order_by(Comment.received_at.desc()).limit(COUNTED).subquery()
    rows = session.execute(select(latest.c.status, func.count()).group_by(latest.c.status))
    counts: dict[CommentStatus, int] = dict(rows.all())
    name = session.scalar(
        select(Comment.author_name)
        .where(*mine, Comment.author_name.is_not(None))
        .order_by(Comment.received_at.desc())
        .limit(1)
    )
    seen = [
        session.scalar(select(Comment.received_at).where(*mine).order_by(order).limit(1))
        for order in (Comment.received_at, Comment.received_at.desc())
    ]
    struck = (Strike.site_id == site_id, Strike.author_external_id == author_id, is_young(rules.strike_days))
    strikes = session.execute(
        select(Strike, Comment)
        .join(Comment, Comment.id == Strike.comment_id)
        .where(*struck)
        .order_by(Strike.created_at.desc())
        .limit(SHOWN_STRIKES)
    ).all()
    approved = counts.get(CommentStatus.APPROVED, 0) + (row.approved_before if row else 0)
    total = session.scalar(select(func.count()).select_from(Strike).where(*struck)) or 0
    return AuthorFile(
        author_id=author_id,
        name=name,
        row=row,
        standing=standing,
        counts=counts,
        first_seen=seen[0],
        last_seen=seen[1],
        strikes=[(strike, comment) for strike, comment in strikes],
        facts=AuthorFacts(standing=standing, approved=approved, strikes=total),
        rules=rules,
    )


def recent(
    session: Session, site_id: str, author_id: str, /, *, limit: int, but: str | None = None
) -> Sequence[tuple[Decision, Comment]]:
    """Return the last decisions on the author's comments, newest comments first, without those on comment `but`."""
    rows = session.execute(
        select(Decision, Comment)
        .join(Comment, Comment.id == Decision.comment_id)
        .where(Comment.site_id == site_id, Comment.author_external_id == author_id, Comment.id != (but or ""))
        .order_by(Comment.received_at.desc(), Decision.created_at.desc())
        .limit(limit)
    )
    return [(decision, comment) for decision, comment in rows]
