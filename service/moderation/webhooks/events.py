"""What one event of a CMS does to its comment: the latest state wins, in whatever order the events arrive.

An event that is older than what is stored changes nothing. A deleted comment stays deleted until the CMS restores it:
a create or an edit that arrives late must not publish it again. Nothing here commits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.errors import Conflict
from service.models import Comment, WebhookSource
from service.moderation.actors import of_source
from service.moderation.erasure import erasing
from service.moderation.intake import articles, intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.moderation.webhooks.field_maps import Mapped


@dataclass(frozen=True)
class Outcome:
    """Whether an event changed its comment, and why not where it comes too late."""

    changed: bool
    too_late: str = ""


FUTURE = timedelta(days=1)
CHANGED, SAME = Outcome(True), Outcome(False)
OLDER = Outcome(False, "The comment has changed since this event.")
KNOWN = Outcome(False, "The comment is known already: this is the event of its creation.")
DELETED = Outcome(False, "The comment is deleted. Only an event that restores it changes that.")


def apply(session: Session, source: WebhookSource, mapped: Mapped, /, *, received_at: datetime) -> Outcome:
    """Carry the event out.

    Events of one comment are ordered by the time or version that the CMS reports, or else by `received_at`. Of two with
    the same time the one that arrives later is the later one.
    """
    moment = mapped.changed_at or received_at
    if moment > received_at + FUTURE:  # a clock that far ahead would keep every later event out
        moment = received_at
    rules = policies.active(session, source.site_id).rules
    comment = intake.find(session, source.site_id, mapped.id, lock=True)
    if comment is None:
        is_first = _begin(session, source, mapped, rules)
        comment = intake.require(session, source.site_id, mapped.id, lock=True)
        if is_first:
            _seen(session, comment, moment)
            return CHANGED
    if comment.source_state_at is not None and moment < comment.source_state_at:
        return OLDER
    outcome = _change(session, source, comment, mapped, rules)
    # An edit of a deleted comment counts too: its text is not kept, and a restore before it has an outdated one.
    if mapped.changed_at is not None or not outcome.too_late:
        _seen(session, comment, moment)
    return outcome


def _begin(session: Session, source: WebhookSource, mapped: Mapped, rules: Rules) -> bool:
    """Store a comment that is not known yet; return False where another transaction has just stored it."""
    if mapped.action == "erase":
        # Its create may still be on its way: the empty comment keeps it from being published.
        erasing.erase_comment(session, source.site_id, mapped.id, by=of_source(source), keep_unknown=True)
        return True
    try:
        submission = _submission(session, source.site_id, mapped)
        # A webhook cannot be corrected and sent again: a comment that is too short is accepted, and the policy rejects.
        return intake.accept(session, source.site_id, submission, rules, refuse_length=False).changed
    except Conflict:
        return False


def _change(session: Session, source: WebhookSource, comment: Comment, mapped: Mapped, rules: Rules) -> Outcome:
    """Bring a known comment to the state that the event reports."""
    is_erased = comment.erased_at is not None
    if mapped.action == "erase":
        if is_erased:
            return SAME
        erasing.erase_comment(session, source.site_id, mapped.id, by=of_source(source))
        return CHANGED
    if is_erased and mapped.action == "restore":
        intake.restore(session, comment, _submission(session, source.site_id, mapped), rules)
        return CHANGED
    if is_erased:
        return DELETED
    if mapped.text == comment.text:
        return SAME
    if mapped.action == "create":  # a comment is created once: an edit has overtaken this event
        return KNOWN
    intake.edit(session, source.site_id, mapped.id, mapped.text, rules, refuse_length=False)
    return CHANGED


def _seen(session: Session, comment: Comment, moment: datetime) -> None:
    if comment.source_state_at is None or comment.source_state_at < moment:
        comment.source_state_at = moment
        session.flush()


def _submission(session: Session, site_id: str, mapped: Mapped) -> Submission:
    article_id = mapped.article_id
    known = articles.find(session, site_id, article_id) if article_id else None
    if article_id and (mapped.article_title or mapped.article_url) and not (known and known.has_text):
        # Keep the full article if it is stored; otherwise the webhook's title is better than nothing.
        article = ArticleSubmission(id=article_id, title=mapped.article_title, url=mapped.article_url)
        articles.put(session, site_id, article)
    return Submission(
        id=mapped.id,
        text=mapped.text,
        article_id=article_id,
        author_id=mapped.author_id,
        author_name=mapped.author_name,
        parent_id=mapped.parent_id,
        language=mapped.language,
        created_at=mapped.created_at,
    )
