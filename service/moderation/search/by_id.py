"""What an id leads to: ours of anything that has a comment, the CMS's, a callback's `webhook-id`.

An id of ours is unique, so one that a site's audit log or callbacks contain leads to one comment, act or author.
"""

import re
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import (
    Appeal,
    Article,
    Author,
    Comment,
    Decision,
    Delivery,
    LegalNotice,
    Report,
    ReviewAction,
    SecondLook,
)
from service.models.stored_ids import in_space
from service.moderation.intake import id_spaces

MESSAGE = "msg_"  # before a delivery's id in `webhook-id`
OURS = re.compile("[0-9a-f]{32}")  # the form of `service.db.new_id`
COMMENT = "comment:"  # before a comment's id in some clients'


@dataclass(frozen=True)
class Found:
    """What has the id. `comment` is by an id of ours, which is unique; `comments` by ids of the CMS."""

    comment: str | None = None
    action: str | None = None  # an act that decided on many comments
    comments: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)  # stored ids
    articles: list[str] = field(default_factory=list)  # stored ids

    @property
    def the_comment(self) -> str | None:
        """The one comment that the id can mean, None where there is none or several."""
        if self.comment is not None or len(self.comments) != 1 or self.authors or self.articles:
            return self.comment
        return self.comments[0]


def find(session: Session, site_id: str, given: str, source: str = "", /) -> Found:
    """Return what at this site has the id; of the CMS's ids only those of `source`, where it is given."""
    ours = given.strip().removeprefix(MESSAGE)
    if not OURS.fullmatch(ours):
        return _of_the_cms(session, site_id, given, source)
    comment_id = _comment(session, site_id, ours)
    if comment_id is not None:
        return Found(comment=comment_id)
    action = session.scalar(select(ReviewAction.id).where(ReviewAction.id == ours, ReviewAction.site_id == site_id))
    if action is not None:
        return Found(action=action)
    author = session.scalar(select(Author.external_id).where(Author.id == ours, Author.site_id == site_id))
    if author is not None:
        return Found(authors=[author])
    return _of_the_cms(session, site_id, given, source)


def _of_the_cms(session: Session, site_id: str, given: str, source: str) -> Found:
    bare = given.removeprefix(COMMENT)
    spaces = [id_spaces.of_source(session, site_id, source)] if source else ["", *id_spaces.of_site(session, site_id)]
    stored = [in_space(space, bare) for space in spaces]
    comments = select(Comment.id).where(Comment.site_id == site_id, Comment.external_id.in_(stored))
    articles = select(Article.external_id).where(Article.site_id == site_id, Article.external_id.in_(stored))
    authors = (
        [id_spaces.of_source(session, site_id, source, authors=True)]
        if source
        else ["", *id_spaces.of_site(session, site_id, authors=True)]
    )
    theirs = [in_space(space, bare) for space in authors]
    return Found(
        comments=list(session.scalars(comments)),
        authors=[one for one in theirs if id_spaces.is_known_author(session, site_id, one)],
        articles=list(session.scalars(articles)),
    )


def _comment(session: Session, site_id: str, ours: str) -> str | None:
    """Return the comment that an id of ours names: its own, or that of something about it."""
    if session.scalar(select(Comment.id).where(Comment.id == ours, Comment.site_id == site_id)) is not None:
        return ours
    for kind in (Delivery, Decision, Appeal, SecondLook, LegalNotice, Report):
        found = session.scalar(select(kind.comment_id).where(kind.id == ours, kind.site_id == site_id))
        if found is not None:
            return found
    of_delivery = select(Report.comment_id).join(Delivery, Delivery.report_id == Report.id)
    return session.scalar(of_delivery.where(Delivery.id == ours, Delivery.site_id == site_id))
