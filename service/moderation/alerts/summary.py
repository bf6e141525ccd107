"""The figures of a site's morning summary."""

from datetime import datetime

from sqlalchemy.orm import Session

from service.moderation.alerts.words import Summary
from service.moderation.insight import moderators_work, open_comments, policy_verdicts
from service.moderation.insight.counts.periods import between
from service.moderation.review import appeals


def of_site(session: Session, site_id: str, yesterday: tuple[datetime, datetime], /) -> Summary:
    """Return what is open now and what was decided on that day."""
    period = between(*yesterday)
    waiting = open_comments.count(session, site_id)
    work = moderators_work.work_by_step(session, site_id, period)
    return Summary(
        held=waiting.held,
        oldest_minutes=round(waiting.oldest_held / 60),
        approved=sum(step.approved for step in work),
        rejected=sum(step.rejected for step in work),
        rejected_by_policy=sum(step.reject for step in policy_verdicts.steps(session, site_id, period)),
        appeals=appeals.count_open(session, site_id),
    )
