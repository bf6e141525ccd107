"""What one event of a CMS does to its comment: the latest state wins, in whatever order the events arrive.

An event that is older than what is stored changes nothing. A deleted comment stays deleted until the CMS restores it:
a create or an edit that arrives late must not publish it again. Nothing here commits.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.errors import Conflict
from service.models import Comment, WebhookSource
from service.models.stored_ids import in_space
from service.moderation.actors import of_source
from service.moderation.decisions import decisions
from service.moderation.erasure import erasing
from service.moderation.intake import articles, intake, order
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.moderation.webhooks.field_maps import Mapped
from service.vocabulary import CommentStatus, Reason


@dataclass(frozen=True)
class EventOutcome:
    """Whether an event changed its comment, and why not where it comes too late."""

    changed: bool
    too_late: str = ""


CHANGED, SAME = EventOutcome(True), EventOutcome(False)
OLDER = EventOutcome(False, "The comment has changed since this event.")
KNOWN = EventOutcome(False, "The comment is known already: this is the event of its creation.")
DELETED = EventOutcome(False, "The comment is deleted. Only an event that restores it changes that.")


def apply(session: Session, source: WebhookSource, mapped: Mapped, /, *, received_at: datetime) -> EventOutcome:
    """Carry the event out.

    Events of one comment are ordered by the time or version that the CMS reports, or else by `received_at`. Of two with
    the same time the one that arrives later is the later one.
    """
    mapped, moment = _with_stored_ids(source, mapped), order.moment_of(mapped.changed_at, received_at)
    if mapped.action == "rename":
        return _rename(session, source, mapped)
    rules = policies.active(session, source.site_id).rules
    comment = intake.find(session, source.site_id, mapped.id, lock=True)
    if comment is None:
        is_first = _begin(session, source, mapped, rules)
        comment = intake.require(session, source.site_id, mapped.id, lock=True)
        if is_first:
            order.note_seen(session, comment, moment)
            return CHANGED
    if order.is_older(moment, comment):
        return OLDER
    outcome = _change(session, source, comment, mapped, rules)
    # An edit of a deleted comment counts too: its text is not kept, and a restore before it has an outdated one.
    if mapped.changed_at is not None or not outcome.too_late:
        order.note_seen(session, comment, moment)
    return outcome


def hold_unread(session: Session, source: WebhookSource, event: Mapped, /, *, received_at: datetime) -> EventOutcome:
    """Hold the comment whose edit could not be read, so that no approval of an earlier text stays in force.

    A rejected comment is held as well: nobody has judged the text that the CMS has now. An event that comes too late,
    and a comment that is held for this already, change nothing.
    """
    event, moment = _with_stored_ids(source, event), order.moment_of(event.changed_at, received_at)
    comment = intake.find(session, source.site_id, event.id, lock=True)
    if comment is None:
        return SAME
    if order.is_older(moment, comment):
        return OLDER
    if comment.erased_at is not None:
        return SAME if event.action == "restore" else DELETED
    if event.action == "create":
        return KNOWN
    is_held_for_it = comment.status is CommentStatus.HELD and comment.reason == Reason.EDIT_UNREAD
    if not is_held_for_it:
        intake.edit_unread(session, comment)
        decisions.record_giving_up(session, comment, Reason.EDIT_UNREAD, token=None)
        session.refresh(comment)
    order.note_seen(session, comment, moment)  # an older event must not publish its text in the meantime
    return SAME if is_held_for_it else CHANGED


def _with_stored_ids(source: WebhookSource, mapped: Mapped) -> Mapped:
    return replace(
        mapped,
        id=in_space(source.id_space, mapped.id),
        article_id=in_space(source.id_space, mapped.article_id),
        parent_id=in_space(source.id_space, mapped.parent_id),
        author_id=in_space(source.author_space, mapped.author_id),
    )


def _begin(session: Session, source: WebhookSource, mapped: Mapped, rules: Rules) -> bool:
    """Store a comment that is not known yet; return False where another transaction has just stored it."""
    if mapped.action == "erase":
        # Its create may still be on its way: the empty comment keeps it from being published.
        erasing.erase_comment(session, source.site_id, mapped.id, by=of_source(source), keep_unknown=True)
        return True
    try:
        submission = _submission(session, source.site_id, mapped)
        # A webhook cannot be corrected and sent again: a comment that is too short is accepted, and the policy rejects;
        # one that comes where comments are closed is held.
        return intake.accept(session, source.site_id, submission, rules, refuse_length=False).changed
    except Conflict:
        return False


def _change(session: Session, source: WebhookSource, comment: Comment, mapped: Mapped, rules: Rules) -> EventOutcome:
    """Bring a known comment to the state that the event reports."""
    is_erased = comment.erased_at is not None
    if mapped.action == "erase":
        erasing.erase_comment(session, source.site_id, mapped.id, by=of_source(source))
        return SAME if is_erased else CHANGED
    if is_erased and mapped.action == "restore":
        intake.restore(session, comment, _submission(session, source.site_id, mapped), rules)
        return CHANGED
    if is_erased:
        return DELETED
    if mapped.action == "create":  # a comment is created once: an edit has overtaken this event
        return SAME if mapped.text == comment.text else KNOWN
    is_moved = _move(session, comment, mapped)
    again = is_moved or comment.reason == Reason.EDIT_UNREAD  # the text before may be the one that is shown again
    if mapped.text == comment.text and not again:
        return SAME
    intake.edit(session, source.site_id, mapped.id, mapped.text, rules, refuse_length=False, again=again)
    return CHANGED


def _move(session: Session, comment: Comment, mapped: Mapped) -> bool:
    """Note an author's new name, and put the comment under another article; return whether it has moved."""
    is_same_author = mapped.author_id == comment.author_external_id
    if is_same_author and mapped.author_name is not None and mapped.author_name != comment.author_name:
        comment.author_name, comment.version = mapped.author_name, comment.version + 1
        session.flush()
    if mapped.article_id is None:
        return False
    _note_article(session, comment.site_id, mapped)
    article, _ = articles.find_or_add(session, comment.site_id, mapped.article_id)
    is_moved = comment.article_id is not None and comment.article_id != article.id
    comment.article_id = article.id
    return is_moved


def _note_article(session: Session, site_id: str, mapped: Mapped) -> None:
    """Store title, address and section that a webhook brings; an article that is stored whole keeps its own."""
    known = articles.find(session, site_id, mapped.article_id or "")
    if known is not None and mapped.article_section and not (known.body and known.section):
        known.section = mapped.article_section
    if known is not None and (known.key_points or known.body or not mapped.article_title):
        return
    url = mapped.article_url or (known.url if known else None)
    section = known.section if known else mapped.article_section
    if known is not None and (known.title, known.url) == (mapped.article_title, url):
        return
    article = ArticleSubmission(id=mapped.article_id or "", title=mapped.article_title, url=url, section=section)
    articles.put(session, site_id, article)


def _rename(session: Session, source: WebhookSource, mapped: Mapped) -> EventOutcome:
    theirs = (Comment.site_id == source.site_id, Comment.author_external_id == mapped.author_id)
    renamed = session.execute(
        update(Comment)
        .where(*theirs, Comment.author_name.is_distinct_from(mapped.author_name))
        .values(author_name=mapped.author_name, version=Comment.version + 1)
        .execution_options(synchronize_session=False)
    )
    return CHANGED if renamed.rowcount else SAME  # type: ignore[attr-defined]


def _submission(session: Session, site_id: str, mapped: Mapped) -> Submission:
    if mapped.article_id and (mapped.article_title or mapped.article_url or mapped.article_section):
        _note_article(session, site_id, mapped)
    return Submission(
        id=mapped.id,
        text=mapped.text,
        article_id=mapped.article_id,
        author_id=mapped.author_id,
        author_name=mapped.author_name,
        parent_id=mapped.parent_id,
        language=mapped.language,
        created_at=mapped.created_at,
    )
