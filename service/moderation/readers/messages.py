"""What the author of a comment reads about it: the site's own sentence, and whether an appeal is possible.

The sentence is that of the rejection's statement of reasons. Scores, thresholds and listed terms are for moderators
alone.
"""

from sqlalchemy.orm import Session

from service.models import AppealState, Comment
from service.moderation.judgement import statements
from service.moderation.review import appeals
from service.vocabulary import CommentStatus

POSSIBLE = "possible"


def sentence(session: Session, comment: Comment, /) -> str | None:
    """Return the site's sentence about a rejected comment; None for any other, and where the site has none."""
    if comment.status is not CommentStatus.REJECTED:
        return None
    latest = appeals.last_rejection(session, comment)
    first = latest.reasons[0] if latest and latest.reasons else {"code": statements.OTHER}
    if "sentence" in first:
        return str(first["sentence"])
    if "ground" in first:  # as versions before this one stored a moderator's reason
        return str(first["text"])
    return str(statements.automatic(session, comment.site_id, first)["sentence"])


def appeal(session: Session, comment: Comment, /, *, is_allowed: bool) -> str | None:
    """Return the state of the comment's appeal, `possible` where one may be lodged, None where neither."""
    lodged = appeals.of_comment(session, comment)
    if lodged and lodged[-1].state is not AppealState.MOOT:
        return lodged[-1].state.value
    return POSSIBLE if is_allowed and comment.status is CommentStatus.REJECTED else None
