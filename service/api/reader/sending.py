"""A reader's comment on its way in, from a script or from a plain form: one function behind both.

It takes the road of every other comment (`service.api.v1.comments`, `intake.accept`); only the answer differs. It is a
receipt, with which the sender, and nobody else, reads what became of the comment.
"""

from typing import Any

from sqlalchemy.orm import Session

from service.api.operation import Call
from service.api.polling import STATUS, Open
from service.api.reader import door, hints
from service.api.reader.shapes import ReaderComment
from service.api.v1.comments import submission_of
from service.clock import utc_now
from service.db import new_id
from service.errors import Conflict, NotFound
from service.models import Comment
from service.moderation.intake import articles, id_spaces, intake
from service.moderation.policy import policies
from service.moderation.policy.effective import effective
from service.moderation.policy.places import place_under
from service.moderation.readers import marks, published
from service.vocabulary import CommentStatus


def receive(call: Call[ReaderComment, Any], /) -> dict[str, Any]:
    """Store the comment, commit, wake; return what its sender gets. Raise TooMany, Invalid or Unavailable.

    What fills the field that people do not see is a program: it gets the same answer, and nothing is stored.
    """
    door.spend(call.keeper.reader_comments, "comment", call.key)
    comment_id = new_id()
    call.keeper.refuse_backlog(call.site_id)
    if call.body.website:
        _refuse(call)
    else:
        _store(call, comment_id)
        call.context.queues.wake()
        hints.count_outcome(call)
    receipt = marks.make(call.context.settings.keyring, marks.RECEIPT, call.site_id, comment_id)
    return {"receipt": receipt, "id": comment_id, "status": CommentStatus.PENDING.value, "message": None}


def _refuse(call: Call[ReaderComment, Any]) -> None:
    with call.context.database.read() as session:
        rules = policies.active(session, call.site_id).rules
        article = articles.find(session, call.site_id, call.body.article.id)
        here = effective(rules, place_under(call.body.article.id, article), utc_now())
    intake.admit(call.body.text, here)


def _store(call: Call[ReaderComment, Any], comment_id: str) -> None:
    with call.context.database.write() as session:
        rules = policies.active(session, call.site_id).rules
        given = call.body.article.url
        url = given if given and door.is_listed(given, call.key) else None
        body = call.body.as_comment(comment_id, _parent(session, call.site_id, call.body), url)
        submission = submission_of(session, call.key, body, allowed=call.context.settings.callback_allowances)
        intake.accept(session, call.site_id, submission, rules)


def _parent(session: Session, site_id: str, body: ReaderComment) -> str | None:
    """Return the stored id of the published comment that is replied to; None where it is gone meanwhile.

    A reply to a comment that is gone is a comment on the article: no reader's text is lost over it.
    """
    if body.parent is None:
        return None
    try:
        parent = id_spaces.find_comment(session, site_id, body.parent)
    except Conflict:  # several sources have one
        return None
    if parent is None or not published.is_published(parent):
        return None
    article = id_spaces.find_article(session, site_id, body.article.id)
    return parent.external_id if article is not None and parent.article_id == article.id else None


def follow(call: Call[Any, Any], session: Session, receipt: str, /, *, lock: bool = False) -> Comment | None:
    """Return the comment of a receipt, None where a program got it for nothing; raise NotFound for any other."""
    comment_id = comment_of(call, receipt)
    comment = intake.find(session, call.site_id, comment_id, lock=lock)
    if comment is not None and comment.erased_at is not None:
        raise NotFound(GONE)
    return comment


def undecided(call: Call[Any, Any], comment_id: str, /) -> Open | None:
    """Return row and status while somebody is still to decide, also a moderator; a program's comment stays pending."""
    with call.context.database.read() as session:
        row = session.execute(STATUS, {"site_id": call.site_id, "external_id": comment_id}).first()
    if row is None:
        return comment_id, CommentStatus.PENDING
    return (row.id, row.status) if row.status in UNDECIDED else None


def comment_of(call: Call[Any, Any], receipt: str, /) -> str:
    """Return the id of the comment that a receipt is for; raise NotFound."""
    found = marks.read(call.context.settings.keyring, marks.RECEIPT, call.site_id, receipt)
    if found is None:
        raise NotFound(GONE)
    return found


UNDECIDED = (CommentStatus.PENDING, CommentStatus.HELD)
GONE = "There is no comment with this receipt, or its text was erased."
