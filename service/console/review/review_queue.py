"""The review queue as a page: the list, its filters, counts that stay true, and what changed since it was loaded."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from service.clock import utc_now
from service.console import access, id_sources
from service.console.blueprint import console
from service.console.comments import unread
from service.console.people.preferences import choices
from service.console.review import queue_address
from service.console.review.scoring import scoring_words
from service.console.saying import language_name
from service.context import context
from service.errors import Invalid
from service.models import Article, SavedView
from service.models.moderator import Role
from service.models.stored_ids import bare
from service.moderation.legal_notices import cases
from service.moderation.review import actions, appeals, rejection_reasons
from service.moderation.review.queue import held_languages, held_tally, queue, relief
from service.moderation.review.queue.queue_filter import QueueFilter
from service.sentences import worded
from service.vocabulary import Attribute, Reason

VIEWS_AT_MOST = 30
COUNTED = 5_000  # comments that a page counts before it says "more than"
# What no comment is held for: refused at intake, decided by a person, or a note on an approval.
NEVER_HELD = (
    Reason.TOO_SHORT, Reason.TOO_LONG, Reason.MODERATOR_DECISION, Reason.UNDONE, Reason.ERASED, Reason.IMPORTED,
    Reason.OFF_TOPIC_NOT_JUDGED, Reason.AUTHOR_TRUSTED, Reason.AUTHOR_STAFF,
)  # fmt: skip
LONGEST_DAY = timedelta(hours=26)  # a day that ends summer time, and a clock that is a little off
HOLDING = [reason for reason in Reason if reason not in NEVER_HELD]
PULSE_AT_MOST = 200  # rows that one poll asks about


@console.get("/sites/<site>/review", endpoint="review")
@access.require(Role.VIEWER)
def review_page() -> ResponseReturnValue:
    """Show the queue, filtered as the address says."""
    chosen = queue_address.read(request.args)
    site = access.current_site()
    with context().database.read() as session:
        if (resolved := id_sources.with_sources(session, site.id, chosen, request.args)) != chosen:
            return redirect(f"{url_for('console.review')}?{queue_address.write(resolved)}", 303)
        id_sources.load(session)
        said = queue.search(session, site.id, chosen, after=request.args.get("after", ""))
        listed = _listed(session, site.id, chosen, said)
        tally = held_tally.of_site(session, site.id)
        matching, exact = _matching(session, site.id, chosen, said, tally, shown=listed["shown"])
        return render_template(
            "console/review.html",
            nav="Review",
            chosen=chosen,
            query=queue_address.write(chosen),
            address=queue_address,
            said=queue_address.words(chosen),
            **listed,
            after=request.args.get("after", ""),
            total=tally.count(escalated=chosen.escalated),
            matching=matching,
            exact=exact,
            unread=unread.waiting(session) if chosen.text else 0,
            most_unread=unread.MOST,
            reasons=HOLDING,
            languages=_languages(session, site.id, chosen),
            lanes=_lanes(session, site.id, tally),
            views=_views(session, site.id),
            offered=rejection_reasons.offered(session, site.id),
            article_title=_article_title(session, site.id, chosen.article),
            attributes=list(Attribute),
            choices=choices(),
            keys=dict(choices().keys),
        )


@console.get("/sites/<site>/review/rows")
@access.require(Role.VIEWER)
def review_rows() -> ResponseReturnValue:
    """Return further rows of the list, as a fragment."""
    chosen = queue_address.read(request.args)
    with context().database.read() as session:
        site_id = access.current_site().id
        said = queue.search(session, site_id, chosen, after=request.args.get("after", ""))
        listed = _listed(session, site_id, chosen, said)
    return render_template("console/review_rows.html", **listed, query=queue_address.write(chosen), choices=choices())


@console.get("/sites/<site>/review/pulse")
@access.require(Role.VIEWER)
def review_pulse() -> ResponseReturnValue:
    """Say what changed: counts, which of the rows named in `ids` still wait, who holds them. 304 where nothing did."""
    chosen = queue_address.read(request.args)
    site = access.current_site()
    ids = [part for part in request.args.get("ids", "").split(",") if part][:PULSE_AT_MOST]
    with context().database.read() as session:
        tally = held_tally.of_site(session, site.id)
        lanes = _lanes(session, site.id, tally)
        total = tally.count(escalated=chosen.escalated)
        matching = queue.count(session, site.id, chosen) if chosen.is_narrow else total
        holders = queue.reserved_by(session, site.id, ids) if ids else {}
        since = _midnight(request.args.get("since", ""))
        mine = actions.decided_since(session, site.id, access.current_moderator().id, since) if since else None
    me = access.current_moderator().name
    told = {
        "counts": {"total": total, "matching": matching, **lanes},
        "reasons": tally.names(escalated=chosen.escalated),
        "gone": [comment_id for comment_id in ids if comment_id not in holders],
        "mine": mine,
        "scoring": scoring_words(),
        "holders": {comment_id: name for comment_id, name in holders.items() if name and name != me},
    }
    body = json.dumps(told, sort_keys=True)
    response = make_response(body, {"Content-Type": "application/json", "Cache-Control": "no-cache"})
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:24])
    return response.make_conditional(request)


@console.post("/sites/<site>/review/views")
@access.require(Role.VIEWER)
def save_view() -> ResponseReturnValue:
    """Keep the filter of the page under a name; the same name again replaces it."""
    name = request.form.get("name", "").strip()[:60]
    if not name:
        raise Invalid("A saved view needs a name.")
    query = queue_address.write(queue_address.read(_query_of(request.form.get("query", ""))))
    site, me = access.current_site(), access.current_moderator()
    with context().database.write() as session:
        mine = SavedView.site_id == site.id, SavedView.moderator_id == me.id
        kept = session.scalars(select(SavedView).where(*mine)).all()
        same = next((view for view in kept if view.name == name), None)
        if same is not None:
            same.query = query
        elif len(kept) >= VIEWS_AT_MOST:
            raise Invalid(worded("You have %(most)s saved views; remove one first.", most=VIEWS_AT_MOST))
        else:
            session.add(SavedView(site_id=site.id, moderator_id=me.id, name=name, query=query))
    flash(_("Saved the view “%(name)s”.", name=name))
    return redirect(f"{url_for('console.review')}?{query}", 303)


@console.post("/sites/<site>/review/views/remove")
@access.require(Role.VIEWER)
def remove_view() -> ResponseReturnValue:
    """Delete one of the visitor's saved views; its list stays on the page, where it can be saved again."""
    with context().database.write() as session:
        query = session.scalar(
            delete(SavedView)
            .where(
                SavedView.id == request.form.get("view", ""),
                SavedView.site_id == access.current_site().id,
                SavedView.moderator_id == access.current_moderator().id,
            )
            .returning(SavedView.query)
        )
    return redirect(url_for("console.review") + (f"?{query}" if query else ""), 303)


def _lanes(session: Session, site_id: str, tally: held_tally.Tally) -> dict[str, int]:
    """Return how much there is in each lane of the queue, by the names that the page gives them."""
    return {
        "escalated": tally.count(escalated=True),
        "reported": tally.count(escalated=False, name=Reason.REPORTED),
        "appeals": appeals.count_open(session, site_id),
        "legal_notices": cases.count_open(session, site_id) if access.may(Role.MODERATOR) else 0,
    }


def _listed(session: Session, site_id: str, chosen: QueueFilter, said: queue.Said) -> dict[str, Any]:
    """Return the rows of this page and where the next one begins, with easy ones put in for those who want that."""
    rows = queue.page(session, site_id, chosen, after=request.args.get("after", ""), said=said)
    shown = len(rows)
    more, easy = rows[-1].position if len(rows) == queue.PAGE else "", request.args.get("easy", "")
    if choices().easy_ones and not chosen.escalated:
        me = access.current_moderator().id
        rows, easy = relief.mix(session, site_id, chosen, rows, after=easy, moderator_id=me)
    return {"rows": rows, "shown": shown, "more": more, "easy": easy if more else ""}


def _matching(
    session: Session,
    site_id: str,
    chosen: QueueFilter,
    said: queue.Said,
    tally: held_tally.Tally,
    *,
    shown: int,
) -> tuple[int, bool]:
    """Return how many match, and whether that is all: a page counts as far as it takes no time, and the first poll, a
    moment later, brings the number.
    """
    if chosen.is_tallied:
        return tally.count(escalated=chosen.escalated, name=chosen.reason or chosen.attribute), True
    if chosen.text and not request.args.get("after"):
        return max(said.counted, shown), said.is_all or shown < queue.PAGE
    at_most = None if chosen.is_in_one_index else COUNTED
    matching = queue.count(session, site_id, chosen, at_most=at_most)
    return matching, at_most is None or matching < at_most


def _midnight(given: str) -> datetime | None:
    """Return when the visitor's day began, as their browser says; None for what cannot be that."""
    try:
        since = datetime.fromisoformat(given)
    except ValueError:
        return None
    if since.tzinfo is None or not timedelta() <= utc_now() - since <= LONGEST_DAY:
        return None
    return since.astimezone(UTC)


def _query_of(query: str) -> MultiDict[str, str]:
    return MultiDict(parse_qsl(query))


def _languages(session: Session, site_id: str, chosen: QueueFilter) -> list[tuple[str, str]]:
    """Return the languages of the lane and the one that is chosen, with their names, in the order of these."""
    tags = {*held_languages.of_site(session, site_id, escalated=chosen.escalated), chosen.language} - {""}
    return sorted(((tag, language_name(tag)) for tag in tags), key=lambda one: one[1].casefold())


def _views(session: Session, site_id: str) -> list[SavedView]:
    me = access.current_moderator()
    statement = select(SavedView).where(SavedView.site_id == site_id, SavedView.moderator_id == me.id)
    return list(session.scalars(statement.order_by(SavedView.name)))


def _article_title(session: Session, site_id: str, external_id: str) -> str:
    if not external_id:
        return ""
    statement = select(Article.title).where(Article.site_id == site_id, Article.external_id == external_id)
    return session.scalar(statement) or bare(external_id)
