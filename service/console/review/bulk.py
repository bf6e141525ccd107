"""Deciding on many at once: those ticked, all of a filter, or a range of a histogram; seen first, undone as one.

The page opens with nothing chosen. A rejection names its reason, and a step of many is asked for twice. Work goes in
small transactions, so that a thousand comments do not keep everybody else from writing. The page that confirms names
the comments it counted, so comments that arrived since are not decided unseen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.console import access
from service.console.blueprint import console
from service.console.formats import number
from service.console.numbers import whole_number
from service.console.people.preferences import choices
from service.console.review import queue_address
from service.console.review.decisions import queue_page, ruling_of
from service.context import context
from service.errors import Invalid
from service.models import Comment
from service.models.moderator import Role
from service.moderation.judgement.statements import ReasonGiven
from service.moderation.review import actions, rejection_reasons
from service.moderation.review.deciding import Ruling
from service.moderation.review.queue import queue
from service.moderation.review.queue.queue_filter import QueueFilter
from service.vocabulary import Attribute, CommentStatus, Verdict

AT_MOST = 1_000
AT_ONCE = 50  # comments in one transaction
SAMPLE = 8
CONFIRMED_ABOVE = 25  # comments that a slip may decide: what one page of the queue shows
BUCKETS = 20


@dataclass(frozen=True)
class Bar:
    """One bar of the histogram, in the units of its drawing (a width of 100 and a height of 30)."""

    x: float
    y: float
    height: float
    width: float
    low: float
    high: float
    amount: int
    chosen: bool


@console.get("/sites/<site>/review/bulk", endpoint="bulk")
@access.require(Role.MODERATOR)
def bulk_page() -> ResponseReturnValue:
    """Show what a filter takes in: a histogram to pick a range from, the count, a sample."""
    chosen = queue_address.read(request.args)
    is_chosen = any(request.args.get(name, "").strip() for name in ("score_from", "score_to", "all"))
    site = access.current_site()
    with context().database.read() as session:
        spread = queue.histogram(session, site.id, chosen, buckets=BUCKETS)
        matching = queue.count(session, site.id, chosen)
        picked = queue.ids(session, site.id, chosen, limit=AT_MOST) if is_chosen else []
        step = max(1, len(picked) // SAMPLE)
        sample = _comments(session, site.id, [comment_id for comment_id, _ in picked[::step][:SAMPLE]])
        offered = rejection_reasons.offered(session, site.id)
    bars = bars_of(spread, chosen, is_chosen=is_chosen)
    return _page(chosen, picked, matching, sample, offered, bars=bars, spread=spread, is_chosen=is_chosen)


@console.post("/sites/<site>/review/bulk", endpoint="bulk_selected")
@access.require(Role.MODERATOR)
def bulk_selected() -> ResponseReturnValue:
    """Show what was ticked in the list, before anything is decided."""
    ticked = request.form.getlist("ids")[:AT_MOST]
    site = access.current_site()
    with context().database.read() as session:
        comments = [c for c in _comments(session, site.id, ticked) if c.status is CommentStatus.HELD]
        offered = rejection_reasons.offered(session, site.id)
    if not comments:
        raise Invalid("The selected comments have all been decided. Go back to the queue and select others.")
    picked = [(comment.id, comment.version) for comment in comments]
    return _page(QueueFilter(), picked, len(picked), comments[:SAMPLE], offered, bars=(), spread=())


@console.post("/sites/<site>/review/bulk/decision")
@access.require(Role.MODERATOR)
def bulk_decide() -> ResponseReturnValue:
    """Decide on exactly the comments that the page named, each as it was then."""
    picked = [_picked(value) for value in request.form.getlist("picked")[:AT_MOST]]
    site, me, database = access.current_site(), access.current_moderator(), context().database
    if not picked:
        raise Invalid("No comment is selected.")
    action, decided, left_out = None, 0, 0
    undo_seconds = context().settings.callback_undo_seconds
    with database.read() as session:
        ruling = ruling_of(session, site.id, request.form)
        if ruling.verdict is Verdict.REJECT and not ruling.reason and rejection_reasons.offered(session, site.id):
            raise Invalid("Select a reason for the rejection. Go back to the comments and select one.")
    if len(picked) > CONFIRMED_ABOVE and request.form.get("confirmed") != str(len(picked)):
        return _ask_again(ruling, len(picked))
    for start in range(0, len(picked), AT_ONCE):
        with database.write() as session:
            if action is not None:
                action = session.merge(action)
            some = picked[start : start + AT_ONCE]
            done = actions.decide_many(session, site.id, me, some, ruling, undo_seconds=undo_seconds, action=action)
        action = done.action or action
        decided += done.decided
        left_out += len(done.left_out)
    context().queues.wake("delivery")
    flash(" ".join(filter(None, (_decided_words(ruling.verdict, decided), _left_out_words(left_out)))))
    if action is not None:
        flash(action.id, "undo")
    return redirect(queue_page(), 303)


def _decided_words(verdict: Verdict, count: int, /) -> str:
    """Return what was done to so many comments."""
    if verdict is Verdict.APPROVE:
        return ngettext("Approved %(count)s comment.", "Approved %(count)s comments.", count, count=number(count))
    return ngettext("Rejected %(count)s comment.", "Rejected %(count)s comments.", count, count=number(count))


def _left_out_words(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(count)s comment left out: decided, changed or reserved by another moderator.",
        "%(count)s comments left out: decided, changed or reserved by another moderator.",
        count,
        count=number(count),
    )


def bars_of(spread: list[int], chosen: QueueFilter, /, *, is_chosen: bool = True) -> list[Bar]:
    """Return the histogram's bars; the tallest fills the height, none that counts something is too low to see."""
    tallest, width = max(spread, default=0) or 1, 100 / len(spread)
    low, high = chosen.score_from or 0.0, 1.0 if chosen.score_to is None else chosen.score_to
    bars = []
    for index, amount in enumerate(spread):
        height = max(0.6, 30 * amount / tallest) if amount else 0
        begin, end = index / len(spread), (index + 1) / len(spread)
        within = is_chosen and begin >= low - 1e-9 and end <= high + 1e-9
        bars.append(Bar(index * width, 30 - height, height, width * 0.86, begin, end, amount, within))
    return bars


def _page(
    chosen: QueueFilter,
    picked: list[tuple[str, int]],
    matching: int,
    sample: list[Comment],
    offered: tuple[ReasonGiven, ...],
    *,
    bars: Sequence[Bar],
    spread: Sequence[int],
    is_chosen: bool = True,
) -> str:
    unranged = queue_address.write(chosen, score_from=None, score_to=None)
    return render_template(
        "console/bulk.html",
        nav="Review",
        chosen=chosen,
        said=queue_address.words(chosen),
        query=queue_address.write(chosen),
        unranged=unranged,
        kept=[(name, value) for name, value in parse_qsl(unranged) if name != "attribute"],
        picked=picked,
        matching=matching,
        sample=sample,
        offered=offered,
        bars=bars,
        spread=spread,
        is_chosen=is_chosen,
        at_most=AT_MOST,
        attributes=list(Attribute),
        choices=choices(),
    )


def _ask_again(ruling: Ruling, amount: int) -> str:
    """Show what is about to be decided, with the form to do it."""
    with context().database.read() as session:
        reason = rejection_reasons.find(session, access.current_site().id, ruling.reason) if ruling.reason else None
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "confirmed")]
    query = request.form.get("query", "")
    return render_template(
        "console/bulk_confirm.html",
        nav="Review",
        ruling=ruling,
        amount=amount,
        reason=reason,
        sent=sent,
        query=query,
        back=_selection(query, ruling.reason) if "of_range" in request.form else queue_page(),
    )


def _selection(query: str, reason: str) -> str:
    """Return the address of the page with what the filter selects, and with the reason picked."""
    return f"{url_for('console.bulk')}?{urlencode([*parse_qsl(query), ('all', '1'), ('because', reason)])}"


def _comments(session: Session, site_id: str, comment_ids: list[str]) -> list[Comment]:
    # The site is looked at here: SQLite would rather read all that the site holds than look up these few.
    found = {comment.id: comment for comment in session.scalars(select(Comment).where(Comment.id.in_(comment_ids)))}
    found = {comment_id: comment for comment_id, comment in found.items() if comment.site_id == site_id}
    return [found[comment_id] for comment_id in comment_ids if comment_id in found]


def _picked(value: str) -> tuple[str, int]:
    comment_id, _, given = value.partition(":")
    version = whole_number(given)
    if version is None:
        raise Invalid("The list of comments is damaged. Go back to the queue and select them again.")
    return comment_id, version
