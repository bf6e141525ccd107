"""What an author had behind them when they wrote a comment of the past: approvals and strikes until then.

Read from today's comments and strikes: what was erased, overturned or forgotten since is not among them,
and a standing is the one in force now.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from service.models import Author, Comment, Strike
from service.moderation.authors import standing as standings
from service.moderation.judgement.author_treatment import AuthorFacts
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus, Standing

CHUNK = 500  # authors in one statement
ENOUGH = 100  # approvals of an author: no rule asks for more
DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class AuthorPast:
    """An author as known at one moment of the past; the ages of the strikes in days, since rules differ in their
    days."""

    standing: Standing | None = None
    approved: int = 0
    strike_ages: tuple[float, ...] = ()

    def under(self, rules: Rules) -> AuthorFacts:
        """Return what these rules would have been told."""
        strikes = sum(age < rules.strike_days for age in self.strike_ages)
        return AuthorFacts(standing=self.standing, approved=self.approved, strikes=strikes)


def of_comments(
    session: Session, site_id: str, moments: Mapping[str, tuple[str, datetime]], /, *, counted: bool
) -> dict[str, AuthorPast]:
    """Return, by comment id, the author's past at the moment given with the author's id; without `counted` the standing
    alone."""
    known: dict[str, tuple[Standing | None, int]] = {}
    for ids in _chunks(moments):
        said = case((standings.in_force(), Author.standing), else_=None)
        rows = session.execute(
            select(Author.external_id, said, Author.approved_before).where(
                Author.site_id == site_id, Author.external_id.in_(ids)
            )
        )
        known |= {author_id: (standing, before) for author_id, standing, before in rows}
    approved: dict[str, list[datetime]] = defaultdict(list)
    struck: dict[str, list[datetime]] = defaultdict(list)
    if counted:
        for ids in _chunks(moments):
            for author_id, at in session.execute(_approvals(site_id, ids)):
                approved[author_id].append(at)
            strikes = select(Strike.author_external_id, Strike.created_at).where(
                Strike.site_id == site_id, Strike.author_external_id.in_(ids)
            )
            for author_id, at in session.execute(strikes):
                struck[author_id].append(at)
    for times in approved.values():
        times.sort()
    found = {}
    for comment_id, (author_id, moment) in moments.items():
        standing, before = known.get(author_id, (None, 0))
        found[comment_id] = AuthorPast(
            standing=standing,
            approved=before + bisect_left(approved[author_id], moment) if counted else 0,
            strike_ages=tuple((moment - at).total_seconds() / DAY for at in struck[author_id] if at < moment),
        )
    return found


def _approvals(site_id: str, author_ids: list[str]) -> Select[str, datetime]:
    place = func.row_number().over(partition_by=Comment.author_external_id, order_by=Comment.decided_at)
    approved = (
        select(Comment.author_external_id, Comment.decided_at, place.label("place"))
        .where(
            Comment.site_id == site_id,
            Comment.author_external_id.in_(author_ids),
            Comment.status == CommentStatus.APPROVED,
        )
        .subquery()
    )
    return select(approved.c.author_external_id, approved.c.decided_at).where(approved.c.place <= ENOUGH)


def _chunks(moments: Mapping[str, tuple[str, datetime]]) -> Iterator[list[str]]:
    ids = sorted({author_id for author_id, _ in moments.values()})
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
