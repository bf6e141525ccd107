"""Comments as they come in: checked for length, stored with their article, edited.

Nothing here commits, and nothing here wakes a worker: the edge commits first and wakes then. A comment that is stored
gets a verdict. Errors carry numbers and ids, never text.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.clock import rfc3339, utc_now
from service.db import database_now, table
from service.errors import Closed, Conflict, FieldError, Invalid, NotFound, Outdated, TooLong, TooShort
from service.models import Article, Comment, Revision
from service.moderation.intake import articles, order
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.turns import turn_of_next
from service.moderation.policy.effective import Effective, effective
from service.moderation.policy.places import place_of
from service.moderation.policy.rules import Rules
from service.moderation.text.fingerprints import digest, simhash
from service.moderation.text.length import length_of_words, length_up_to
from service.vocabulary import CommentStatus

# Built once: building a statement costs more than running it.
FIND = select(Comment).where(Comment.site_id == bindparam("site_id"), Comment.external_id == bindparam("external_id"))
FIND_AND_LOCK = FIND.with_for_update()
_c = table(Comment).c
STORED = (
    "site_id", "external_id", "article_id", "parent_id", "parent_external_id", "author_external_id", "author_name",
    "author_is_claimed", "text", "text_digest", "simhash", "length", "language", "callback_url", "created_at",
)  # fmt: skip
ADD = {
    name: dialect.insert(table(Comment))
    .values(turn=turn_of_next(bindparam("site_id"), bindparam("steps")), **{name: bindparam(name) for name in STORED})
    .on_conflict_do_nothing(index_elements=[_c.site_id, _c.external_id])
    .returning(_c.id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
LINK_REPLIES = (
    update(table(Comment))
    .where(
        _c.site_id == bindparam("of_site"),
        _c.parent_external_id == bindparam("replied_to"),
        _c.parent_id.is_(None),
        _c.parent_external_id.is_not(None),  # as the partial index spells it
    )
    .values(parent_id=bindparam("parent"))
)


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A validated comment as a site sends it; `article` comes inline, or `article_id` names one, or neither."""

    id: str
    text: str
    article_id: str | None = None
    article: ArticleSubmission | None = None
    author_id: str | None = None
    author_name: str | None = None
    author_is_claimed: bool = False  # nobody vouches that the comment is by this author
    parent_id: str | None = None
    language: str | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None  # when the site read this text
    callback_url: str | None = None


@dataclass(frozen=True)
class Accepted:
    """The stored comment, and whether this submission changed anything (then a worker must be woken)."""

    comment: Comment
    changed: bool


def accept(
    session: Session, site_id: str, submission: Submission, rules: Rules, /, *, refuse_length: bool = True
) -> Accepted:
    """Store a new comment as pending.

    The same id with the same text is what exists already, unchanged. Raise Conflict for the same id with another text,
    Closed, TooShort or TooLong by the rules that hold there, unless `refuse_length` is False and leaves all three to
    the judgement: a webhook has no form that its writer could correct.
    """
    existing = find(session, site_id, submission.id)
    if existing is not None:
        return Accepted(_same_or_conflict(existing, submission.text), changed=False)
    article, steps = None, 1.0
    if submission.article is not None:
        if submission.article_id is not None and submission.article_id != submission.article.id:
            detail = "article.id and article_id differ; send one of them, or the same id in both"
            raise Invalid(detail, errors=[FieldError("#/article_id", "contradiction", detail)])
        article, _, is_changed = articles.put(session, site_id, submission.article)
        steps += articles.steps_of(submission.article) if is_changed else 0
    elif submission.article_id is not None:
        article, _ = articles.find_or_add(session, site_id, submission.article_id)
    here = effective(rules, place_of(submission.id, article), utc_now())
    length = admit(submission.text, here) if refuse_length else length_of(submission.text, here.rules, refuse=False)
    parent = find(session, site_id, submission.parent_id) if submission.parent_id else None
    added = session.scalar(
        ADD[session.get_bind().dialect.name],
        {
            "site_id": site_id,
            "steps": steps,
            "external_id": submission.id,
            "article_id": article.id if article else None,
            "parent_id": parent.id if parent else None,
            "parent_external_id": submission.parent_id,
            "author_external_id": submission.author_id,
            "author_name": submission.author_name,
            "author_is_claimed": submission.author_is_claimed,
            "text": submission.text,
            "text_digest": digest(submission.text),
            "simhash": simhash(submission.text),
            "length": length,
            "language": submission.language,
            "callback_url": submission.callback_url,
            "created_at": submission.created_at,
        },
    )
    comment = find(session, site_id, submission.id)
    assert comment is not None
    if added is None:  # the same id came twice at once; the other one was first
        return Accepted(_same_or_conflict(comment, submission.text), changed=False)
    session.execute(LINK_REPLIES, {"of_site": site_id, "replied_to": submission.id, "parent": comment.id})
    if submission.changed_at is not None:
        order.note_seen(session, comment, order.moment_of(submission.changed_at, utc_now()))
    return Accepted(comment, changed=True)


def add_empty(session: Session, site_id: str, external_id: str, /) -> Comment:
    """Store a comment of which only the id is known, so that it can be erased before it arrives."""
    values = dict.fromkeys(STORED, None) | {"site_id": site_id, "external_id": external_id, "text": "", "length": 0}
    session.execute(
        ADD[session.get_bind().dialect.name],
        values | {"text_digest": "", "simhash": 0, "steps": 1.0, "author_is_claimed": False},
    )
    return require(session, site_id, external_id, lock=True)


def restore(session: Session, comment: Comment, submission: Submission, rules: Rules, /) -> None:
    """Bring an erased comment back with the text that its CMS shows again: a new revision, pending."""
    if submission.article_id is not None:
        comment.article_id = articles.find_or_add(session, comment.site_id, submission.article_id)[0].id
    comment.author_external_id, comment.author_name = submission.author_id, submission.author_name
    comment.author_is_claimed = submission.author_is_claimed
    comment.erased_at = None
    here = rules_for(session, comment, rules)
    _renew(session, comment, submission.text, length=length_of(submission.text, here, refuse=False))


def edit(
    session: Session,
    site_id: str,
    external_id: str,
    text: str,
    rules: Rules,
    /,
    *,
    refuse_length: bool = True,
    again: bool = False,
    changed_at: datetime | None = None,
) -> Accepted:
    """Give the comment a new text: a new revision, pending again. The same text changes nothing, unless it is to be
    judged `again`. Raise Outdated where a state later than `changed_at` is known.
    """
    comment = require(session, site_id, external_id, lock=True)
    if comment.erased_at is not None:
        raise Conflict("The comment was erased and takes no new text; send a new comment with a new id.")
    moment = order.moment_of(changed_at, utc_now()) if changed_at else None
    if moment is not None and order.is_older(moment, comment):
        raise Outdated
    is_same = comment.text == text and not again
    length = comment.length
    if not is_same:
        length = length_of(text, rules_for(session, comment, rules), refuse=refuse_length)
    if moment is not None:
        order.note_seen(session, comment, moment)
    if is_same:
        return Accepted(comment, changed=False)
    session.add(Revision(comment_id=comment.id, number=comment.revision, text=comment.text))
    _renew(session, comment, text, length=length)
    return Accepted(comment, changed=True)


def edit_unread(session: Session, comment: Comment, /) -> None:
    """Note an edit whose text is not known: a new revision, pending, that shows the text before it."""
    session.add(Revision(comment_id=comment.id, number=comment.revision, text=comment.text))
    _renew(session, comment, comment.text, length=comment.length)


def _renew(session: Session, comment: Comment, text: str, *, length: int) -> None:
    comment.text, comment.length = text, length
    comment.text_digest, comment.simhash = digest(text), simhash(text)
    comment.revision += 1
    comment.version += 1
    comment.status, comment.verdict, comment.decided_at = CommentStatus.PENDING, None, None
    comment.edited_at = comment.pending_since = comment.wake_at = database_now()
    # A worker that scores the old text has a token that no longer matches: its verdict will not be recorded.
    comment.claim_token, comment.claimed_until, comment.attempts, comment.vector = None, None, 0, None
    comment.turn = turn_of_next(comment.site_id)
    session.flush()
    session.refresh(comment)


def find(session: Session, site_id: str, external_id: str, /, *, lock: bool = False) -> Comment | None:
    """Return the site's comment of that id, or None; another site's is None too."""
    return session.scalar(FIND_AND_LOCK if lock else FIND, {"site_id": site_id, "external_id": external_id})


def require(session: Session, site_id: str, external_id: str, /, *, lock: bool = False) -> Comment:
    """Return the site's comment of that id or raise NotFound."""
    comment = find(session, site_id, external_id, lock=lock)
    if comment is None:
        raise NotFound("This site has no comment with this id.")
    return comment


def _same_or_conflict(existing: Comment, text: str) -> Comment:
    if existing.erased_at is not None:
        raise Conflict("A comment with this id was erased; send a new comment with a new id.")
    if existing.text != text:
        raise Conflict("A comment with this id exists with another text; edit it with PUT, or use a new id.")
    return existing


def rules_for(session: Session, comment: Comment, rules: Rules, /) -> Rules:
    """Return the rules that hold now for a comment that exists."""
    article = session.get(Article, comment.article_id) if comment.article_id else None
    return effective(rules, place_of(comment.external_id, article), utc_now()).rules


def admit(text: str, here: Effective, /) -> int:
    """Return the length of a new comment's text; raise Closed, TooShort or TooLong by the rules that hold there."""
    if here.rules.closed:
        raise Closed(rfc3339(here.closed_until))
    return length_of(text, here.rules, refuse=True)


def length_of(text: str, rules: Rules, *, refuse: bool) -> int:
    """Return the text's length as the rules count it; with `refuse`, raise TooShort or TooLong by them."""
    length = length_up_to(text, rules.maximum_length)
    if not refuse:
        return length
    if length > rules.maximum_length:
        raise TooLong(length=length, maximum=rules.maximum_length)
    counted = length if length < rules.minimum_length else length_of_words(text, rules.minimum_length)
    if counted < rules.minimum_length:
        raise TooShort(length=counted, minimum=rules.minimum_length)
    return length
