"""What the author of a comment reads about it: the site's own sentence, and whether an appeal is possible.

The sentence is the one of the site's rejection reasons: the one that a moderator picked, or the one that fits why the
policy rejected. Scores, thresholds and listed terms are for moderators, and never in it.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.models import AppealState, Comment
from service.moderation.review import appeals, rejection_reasons
from service.vocabulary import CommentStatus

POSSIBLE = "possible"
OTHERWISE = "other"


def sentence(session: Session, comment: Comment, /) -> str | None:
    """Return the site's sentence about a rejected comment; None for any other, and where the site has none."""
    if comment.status is not CommentStatus.REJECTED:
        return None
    latest = appeals.last_rejection(session, comment)
    worst: Mapping[str, Any] = next(iter(latest.reasons), {}) if latest else {}
    if "ground" in worst:  # a statement of reasons: a moderator picked it
        return str(worst["text"]) or None
    offered = rejection_reasons.offered(session, comment.site_id)
    fits = rejection_reasons.suggested([worst], offered) if worst else ""
    sentences = {reason.code: reason.sentence for reason in offered}
    return sentences.get(fits) or sentences.get(OTHERWISE) or None


def appeal(session: Session, comment: Comment, /, *, is_allowed: bool) -> str | None:
    """Return the state of the comment's appeal, `possible` where one may be lodged, None where neither."""
    lodged = appeals.of_comment(session, comment)
    if lodged and lodged[-1].state is not AppealState.MOOT:
        return lodged[-1].state.value
    return POSSIBLE if is_allowed and comment.status is CommentStatus.REJECTED else None
