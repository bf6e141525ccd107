"""Readers who report comments, with the records that moderators' decisions gave them."""

from typing import Any

from sqlalchemy import select

from service.db import Database
from service.models import Comment, Report, Reporter, Site
from service.moderation.actors import Actor
from service.moderation.policy import policies
from service.moderation.reporters import marks
from service.moderation.reports import dismissing, filing, reading
from service.moderation.reports.filing import Filed, Filing
from tests.support.actors import CMS


def known(database: Database, site: Site, reporter_id: str, upheld: int, not_upheld: int) -> None:
    """Give a reporter whom the CMS names a record."""
    mark = marks.of_id(site.id, reporter_id)
    with database.write() as session:
        session.add(Reporter(site_id=site.id, mark=mark, upheld=upheld, not_upheld=not_upheld))


def report(database: Database, comment: Comment, reporter_id: str = "r-1", **fields: Any) -> Filed:
    """File a report as the API does."""
    with database.write() as session:
        found = session.get_one(Comment, comment.id)
        given = {"kind": "spam", "reporter": marks.of_id(found.site_id, reporter_id), "reporter_id": reporter_id}
        return filing.file(session, found, policies.active(session, found.site_id), Filing(**given | fields))


def dismiss(database: Database, comment_id: str, by: Actor = CMS, **seen: int) -> int:
    """Dismiss the comment's reports, as a moderator who has read everything; `seen` is what was on another page."""
    with database.write() as session:
        comment = session.get_one(Comment, comment_id)
        reports = reading.of_comment(session, comment).total
        return dismissing.dismiss_all(
            session, comment, by=by, **{"version": comment.version, "reports": reports} | seen
        )


def record_of(database: Database, site: Site, reporter_id: str) -> tuple[int, int]:
    """Return how many of a reporter's reports were upheld, and how many were not."""
    with database.read() as session:
        row = session.get(Reporter, (site.id, marks.of_id(site.id, reporter_id)))
        return (row.upheld, row.not_upheld) if row else (0, 0)


def outcomes(database: Database, comment: Comment) -> list[str]:
    """Return the outcome of each report of the comment, in their order."""
    with database.read() as session:
        found = select(Report.outcome).where(Report.comment_id == comment.id).order_by(Report.created_at, Report.id)
        return [outcome.value for outcome in session.scalars(found)]
