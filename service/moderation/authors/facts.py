"""An author at a site: what the rules know of them, what people said of them, what there is to show. Nothing commits.

Approvals are counted from the comments as they stand and strikes from `Strike`, never kept as numbers of their own:
two workers on one author cannot count wrongly. Only what retention forgot is a number, see `remember`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from service.db import add_or_find, database_now
from service.errors import FieldError, Invalid
from service.models import Author, Comment, Decision, Strike
from service.moderation import audit_log
from service.moderation.audit_log import Actor
from service.moderation.policy import policies
from service.moderation.policy.author_treatment import AuthorFacts, treatment
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus, Standing, Treatment

DAY = 86_400
RECENT = 500  # latest comments of an author among which the judgement counts approvals: it must stay cheap for all
COUNTED = 5_000  # latest comments that are counted where somebody looks
SHOWN_STRIKES = 50
LONGEST_REASON = 500


@dataclass(frozen=True, kw_only=True)
class AuthorFile:
    """Everything there is to show of an author; `row` is None where nobody said anything and nothing was forgotten."""

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
                return f"Blocked: their comments are {'rejected' if rules.blocked_authors == 'reject' else 'held'}."
            case Treatment.STAFF:
                return "Staff: not held for scores; lists, links and lengths count as for everybody."
            case Treatment.STRUCK:
                held = f"the policy holds everything from {rules.strike_limit}"
                return f"Held: {strikes} rejected in {rules.strike_days} days, and {held}."
            case Treatment.NEWCOMER:
                return f"New here: held until {rules.hold_newcomers} comments are approved, {self.approved} so far."
            case Treatment.TRUSTED:
                how = "by a person" if self.standing is Standing.TRUSTED else f"after {rules.trust_after} approvals"
                return f"Trusted {how}: scores are held only {rules.trust_margin:g} later, and rejected as everybody's."
        if rules.trust_after is None:
            return "Treated like everybody."
        if strikes and self.approved >= rules.trust_after:
            return "Treated like everybody: a strike suspends the trust they have earned."
        return f"Treated like everybody; trusted from {rules.trust_after} approvals on, {self.approved} so far."

    def expires(self, strike: Strike) -> datetime:
        """Return when a strike ends by the rules now."""
        return strike.created_at + timedelta(days=self.rules.strike_days)


def said_of() -> ColumnElement[bool]:
    """Return the condition of an outer join from `Comment` to what people said of its author, by the database's
    clock."""
    return and_(Author.site_id == Comment.site_id, Author.external_id == Comment.author_external_id, in_force())


def in_force() -> ColumnElement[bool]:
    """Return the condition that a standing has not run out."""
    return and_(Author.standing.is_not(None), or_(Author.until.is_(None), Author.until > database_now()))


def facts_of(
    session: Session, comments: Iterable[tuple[Comment, Standing | None]], rules: Mapping[str, Rules], /
) -> dict[str, AuthorFacts]:
    """Return what is known of the author of each comment that has one, by the comment's id; `rules` by site.

    `Standing` comes with the comment (`said_of`). One statement for each site whose rules count on authors, none else.
    """
    known, asked = {}, dict[str, list[Comment]]()
    for comment, standing in comments:
        if comment.author_external_id is None:
            continue
        known[comment.id] = AuthorFacts(standing=standing)
        # What the count says is of no account for these two.
        if rules[comment.site_id].count_on_authors and standing not in (Standing.BLOCKED, Standing.STAFF):
            asked.setdefault(comment.site_id, []).append(comment)
    for site_id, theirs in asked.items():
        counted = _counted(session, theirs, rules[site_id].strike_days)
        for comment in theirs:
            approved, strikes = counted[comment.author_external_id]
            known[comment.id] = AuthorFacts(standing=known[comment.id].standing, approved=approved, strikes=strikes)
    return known


def facts_for(session: Session, comment: Comment, rules: Rules, /) -> AuthorFacts | None:
    """Return what is known of one comment's author under other rules than those it is judged by, or None."""
    standing = session.scalar(select(Author.standing).join(Comment, said_of()).where(Comment.id == comment.id))
    return facts_of(session, [(comment, standing)], {comment.site_id: rules}).get(comment.id)


def read(session: Session, site_id: str, author_id: str, /) -> AuthorFile:
    """Return the file of an author; an empty one for somebody the site has never heard of."""
    rules = policies.active(session, site_id).rules
    mine = (Comment.site_id == site_id, Comment.author_external_id == author_id)
    row = find(session, site_id, author_id)
    standing = session.scalar(select(Author.standing).where(Author.id == row.id, in_force())) if row else None
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
    struck = (Strike.site_id == site_id, Strike.author_external_id == author_id, _young(rules.strike_days))
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


def find(session: Session, site_id: str, author_id: str, /, *, lock: bool = False) -> Author | None:
    """Return the author's row, where there is one."""
    statement = select(Author).where(Author.site_id == site_id, Author.external_id == author_id)
    return session.scalar(statement.with_for_update() if lock else statement)


def said(
    session: Session, site_id: str, standing: Standing | None = None, /, *, after: str = "", limit: int
) -> Sequence[tuple[Author, str | None]]:
    """Return those of whom something is said that holds now, with the name of their latest comment, ordered by id.

    `standing` keeps one kind; `after` is the last id of the page before.
    """
    theirs = Comment.site_id == Author.site_id, Comment.author_external_id == Author.external_id
    name = (
        select(Comment.author_name)
        .where(*theirs, Comment.author_name.is_not(None))
        .order_by(Comment.received_at.desc())
        .limit(1)
        .correlate(Author)
        .scalar_subquery()
    )
    statement = select(Author, name).where(Author.site_id == site_id, in_force(), Author.external_id > after)
    if standing is not None:
        statement = statement.where(Author.standing == standing)
    rows = session.execute(statement.order_by(Author.external_id).limit(limit))
    return [(author, found) for author, found in rows]


def count_said(session: Session, site_id: str, /) -> dict[Standing, int]:
    """Return of how many authors each is said now."""
    rows = session.execute(
        select(Author.standing, func.count()).where(Author.site_id == site_id, in_force()).group_by(Author.standing)
    )
    return {standing: count for standing, count in rows if standing is not None}


def set_standing(
    session: Session,
    site_id: str,
    author_id: str,
    standing: Standing | None,
    /,
    *,
    reason: str = "",
    until: datetime | None = None,
    by: Actor,
) -> Author:
    """Write down what a person says of an author, or take it back with None; the same again changes nothing.

    Raise Invalid for a block without a reason, and for a time that is over.
    """
    reason = reason.strip()
    _check(session, standing, reason, until)
    row = _own(session, site_id, author_id)
    if (row.standing, row.reason, row.until) == (standing, reason, until):
        return row
    before = row.standing
    row.standing, row.reason, row.until = standing, reason, until
    row.set_by, row.set_at = by.name[:200], database_now()
    session.flush()
    session.refresh(row)
    # Neither the author's id nor the reason: the log cannot forget them, and the author may ask to be forgotten.
    detail = {
        "from": before.value if before else None,
        "to": standing.value if standing else None,
        "until": until.isoformat() if until else None,
    }
    audit_log.record(
        session, "author.standing", by, site_id=site_id, subject_kind="author", subject_id=row.id, detail=detail
    )
    return row


def remember(session: Session, site_id: str, comment_ids: Sequence[str], /) -> None:
    """Add comments that are about to lose their author by age to the author's numbers: how many were approved and
    rejected."""
    rows = session.execute(
        select(Comment.author_external_id, Comment.status, func.count())
        .where(Comment.id.in_(comment_ids), Comment.author_external_id.is_not(None))
        .group_by(Comment.author_external_id, Comment.status)
        .order_by(Comment.author_external_id)  # one order for all who lock several
    ).all()
    for author_id, status, count in rows:
        if author_id is None or status not in (CommentStatus.APPROVED, CommentStatus.REJECTED):
            continue
        row = _own(session, site_id, author_id)
        if status is CommentStatus.APPROVED:
            row.approved_before += count
        else:
            row.rejected_before += count
        row.forgotten_at = database_now()
        session.flush()


def _counted(session: Session, theirs: Sequence[Comment], strike_days: int) -> dict[str | None, tuple[int, int]]:
    # One comment stands for each author: what is counted is the author's.
    asked = {comment.author_external_id: comment.id for comment in theirs}
    rows = session.execute(_counting(strike_days), {"ids": list(asked.values())})
    return {author_id: (approvals, strikes) for author_id, approvals, strikes in rows}


@lru_cache(maxsize=366)  # building it costs more than running it
def _counting(strike_days: int) -> Select[str | None, int, int]:
    other = aliased(Comment)
    # Without the comment's own text: a shadow asks when the verdict on it is written already.
    latest = (
        select(other.status)
        .where(other.id != Comment.id)
        .where(other.site_id == Comment.site_id, other.author_external_id == Comment.author_external_id)
        .order_by(other.received_at.desc())
        .limit(RECENT)
        .correlate(Comment)
        .subquery()
    )
    approved = select(func.count()).select_from(latest).where(latest.c.status == CommentStatus.APPROVED)
    strikes = (
        select(func.count())
        .where(
            Strike.site_id == Comment.site_id,
            Strike.author_external_id == Comment.author_external_id,
            or_(Strike.comment_id != Comment.id, Strike.revision != Comment.revision),
            _young(strike_days),
        )
        .correlate(Comment)
    )
    return (
        select(
            Comment.author_external_id,
            approved.scalar_subquery() + func.coalesce(Author.approved_before, 0),
            strikes.scalar_subquery(),
        )
        .outerjoin(Author, and_(Author.site_id == Comment.site_id, Author.external_id == Comment.author_external_id))
        # By id alone: with the site beside it, SQLite would rather read the whole site.
        .where(Comment.id.in_(bindparam("ids", expanding=True)))
    )


def _young(strike_days: int) -> ColumnElement[bool]:
    return Strike.created_at > database_now(-strike_days * DAY)


def _own(session: Session, site_id: str, author_id: str) -> Author:
    """Return the author's row, locked; a new one where there was none, also when somebody else is adding it now."""
    row = find(session, site_id, author_id, lock=True)
    if row is not None:
        return row
    row = Author(site_id=site_id, external_id=author_id)
    return add_or_find(session, row, lambda: find(session, site_id, author_id, lock=True))[0]


def _check(session: Session, standing: Standing | None, reason: str, until: datetime | None) -> None:
    errors = []
    if standing is Standing.BLOCKED and not reason:
        errors.append(FieldError("#/reason", "missing", "a block needs a reason, for the other moderators"))
    if len(reason) > LONGEST_REASON:
        detail = f"has {len(reason)} characters; at most {LONGEST_REASON} are taken"
        errors.append(FieldError("#/reason", "too_long", detail))
    if until is not None and standing is None:
        errors.append(FieldError("#/until", "contradiction", "only a standing can run out"))
    if until is not None and until <= session.scalars(select(database_now())).one():
        errors.append(FieldError("#/until", "past", "must lie in the future"))
    if errors:
        raise Invalid("The standing breaks a rule; see errors.", errors=errors)
