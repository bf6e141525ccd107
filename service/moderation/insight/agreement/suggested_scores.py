"""How often moderators of other software agree with our scores: precision at the site's threshold, by attribute."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.models import SuggestedScore
from service.moderation.insight.intervals import Share
from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute

POSITIVE_AT = 0.5  # a moderator's value from which an attribute is present


@dataclass(frozen=True)
class Precision:
    """One attribute: what moderators said, and how many of those that we flag they call the same."""

    attribute: Attribute
    labels: int
    positive: int
    hold_at: float | None
    flagged: Share  # of the flagged, those that moderators call so


def precisions(session: Session, site_id: str, rules: Rules, /) -> list[Precision]:
    """Return the figures of each attribute that has a label, those with most labels first."""
    thresholds = {attribute: threshold.hold_at for attribute, threshold in rules.thresholds.items()}
    said = SuggestedScore.value >= POSITIVE_AT
    counts = session.execute(
        select(SuggestedScore.attribute, func.count(), func.count().filter(said))
        .where(SuggestedScore.site_id == site_id)
        .group_by(SuggestedScore.attribute)
        .order_by(func.count().desc(), SuggestedScore.attribute)
    ).all()
    return [
        Precision(attribute, labels, positive, at, _flagged(session, site_id, attribute, at))
        for attribute, labels, positive in counts
        for at in [thresholds.get(attribute)]
    ]


def texts(session: Session, site_id: str, /) -> Iterator[dict[str, Any]]:
    """Yield a row for each comment whose text is kept: the text, and the moderators' value of each attribute."""
    rows = session.scalars(
        select(SuggestedScore)
        .where(SuggestedScore.site_id == site_id, SuggestedScore.comment_text.is_not(None))
        .order_by(SuggestedScore.subject, SuggestedScore.attribute)
    )
    empty = {attribute.value: None for attribute in Attribute}
    subject = ""
    found: dict[str, Any] = {}
    for row in rows:
        if row.subject != subject:
            if found:
                yield found
            subject, found = row.subject, {"text": row.comment_text, **empty}
        found[row.attribute.value] = row.value
    if found:
        yield found


def _flagged(session: Session, site_id: str, attribute: Attribute, hold_at: float | None) -> Share:
    if hold_at is None:
        return Share(0, 0)
    flagged, hits = session.execute(
        select(func.count(), func.count().filter(SuggestedScore.value >= POSITIVE_AT)).where(
            SuggestedScore.site_id == site_id,
            SuggestedScore.attribute == attribute,
            SuggestedScore.score >= hold_at,
        )
    ).one()
    return Share(hits, flagged)
