"""All comments of a site: one box for words and ids, filters, and what they find as CSV."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.accounts import moderators
from service.clock import rfc3339
from service.console import access, acts, id_sources
from service.console.blueprint import console
from service.console.comments import comment_address, unread
from service.console.people.preferences import choices
from service.console.tables import csv_stream
from service.context import context
from service.errors import Conflict, Malformed
from service.models.moderator import Role
from service.models.stored_ids import bare, space_of
from service.moderation.intake import id_spaces
from service.moderation.review import rejection_reasons
from service.moderation.search import by_id, listing
from service.moderation.search.by_id import Found
from service.moderation.search.comment_filter import CommentFilter
from service.moderation.search.rows import Row, of_ids
from service.sentences import counted
from service.vocabulary import CommentStatus, Reason

ROWS_OF_CSV, READS_OF_CSV = 20_000, 100
NEVER_AUTOMATIC = (Reason.MODERATOR_DECISION, Reason.UNDONE, Reason.ERASED, Reason.IMPORTED)
HEAD = (
    "id", "source", "comment", "author_id", "author", "article", "status", "reason", "rejected_for", "decided_by",
    "received_at", "decided_at", "text",
)  # fmt: skip


@console.get("/sites/<site>/comments", endpoint="comments")
@access.require(Role.VIEWER)
def comments_page() -> ResponseReturnValue:
    """Show the comments that the address asks for; an id that means one comment leads to it."""
    site, chosen, after = access.current_site(), comment_address.read(request.args), request.args.get("after", "")
    with context().database.read() as session:
        if (resolved := _resolved(session, site.id, chosen)) != chosen:
            return redirect(f"{url_for('console.comments')}?{comment_address.write(resolved)}", 303)
        id_sources.load(session)
        found = by_id.find(session, site.id, chosen.text, chosen.source) if chosen.text and not after else Found()
        if found.comment is not None:
            return redirect(url_for("console.comment", comment_id=found.comment), 303)
        if found.action is not None:
            return redirect(url_for("console.comments", action=found.action), 303)
        page = listing.page(session, site.id, chosen, after=comment_address.read_place(request.args))
        if found.the_comment is not None and not page.rows:
            return redirect(url_for("console.comment", comment_id=found.the_comment), 303)
        people = {one.moderator.id: one.moderator.name for one in moderators.members(session, site.id)}
        return render_template(
            "console/comments.html",
            nav="Comments",
            chosen=chosen,
            period=comment_address.days(chosen.since, chosen.until),
            query=comment_address.write(chosen),
            said=comment_address.words(chosen, people),
            found=_shown(session, found),
            rows=page.rows,
            more=comment_address.place(page.after),
            reached=page.after[0] if page.after and not page.whole else None,
            is_first=not after,
            unread=_unread(session, chosen),
            most_unread=unread.MOST,
            people=people,
            statuses=list(CommentStatus),
            reasons=[reason for reason in Reason if reason not in NEVER_AUTOMATIC],
            own_reasons=rejection_reasons.offered(session, site.id),
            covered=choices().cover != "never",
            most=ROWS_OF_CSV,
        )


@console.get("/sites/<site>/comments.csv")
@access.require(Role.LEAD)
def comments_csv() -> ResponseReturnValue:
    """Send what the filter finds, newest first; a person's texts leave the service, so it is on record."""
    site, chosen = access.current_site(), comment_address.read(request.args)
    if chosen.unsearchable:
        raise Malformed(chosen.unsearchable)
    database = context().database
    with database.write() as session:
        chosen = _resolved(session, site.id, chosen)
        if waiting := _unread(session, chosen):
            raise Conflict(
                counted(
                    "%(count)s comment is still being read for searches. Export when all of them are read.",
                    "%(count)s comments are still being read for searches. Export when all of them are read.",
                    waiting,
                )
            )
        id_sources.load(session)
        detail = {"filter": comment_address.write(chosen, text="")}  # what was searched for may be a comment's text
        acts.record(session, "comments.export", subject=("site", site.id), detail=detail)
    names = id_sources.names()
    rows = listing.each(database.read, site.id, chosen, limit=ROWS_OF_CSV, reads=READS_OF_CSV)
    return csv_stream(f"{site.slug}-comments.csv", HEAD, _cells(rows, names))


def _unread(session: Session, chosen: CommentFilter) -> int:
    """Return how many comments may be missing from what the filter finds, 0 for few or none."""
    return unread.waiting(session) if listing.is_of_index(chosen) else 0


def _resolved(session: Session, site_id: str, chosen: CommentFilter) -> CommentFilter:
    """Return the filter with the ids as they are stored; a source that shares the API's ids is the API."""
    chosen = id_sources.with_sources(session, site_id, chosen, request.args)
    if not chosen.source:
        return chosen
    return replace(chosen, source=id_spaces.of_source(session, site_id, chosen.source) or id_spaces.BY_API)


def _cells(rows: Iterator[Row], names: Any) -> Iterator[tuple[object, ...]]:
    for row in rows:
        space = space_of(row.external_id)
        yield (
            row.id,
            names.get(space, space),
            bare(row.external_id),
            bare(row.author_id),
            row.author,
            row.article,
            row.status.value,
            row.reason,
            row.rejected_for,
            row.by,
            rfc3339(row.received_at),
            rfc3339(row.decided_at) if row.decided_at else "",
            row.text,
        )


def _shown(session: Session, found: Found) -> dict[str, Any]:
    """Return what the page shows of what has the id that was typed, {} for nothing."""
    shown = {
        "comments": of_ids(session, found.comments),
        "authors": found.authors,
        "articles": found.articles,
    }
    return shown if any(shown.values()) else {}
