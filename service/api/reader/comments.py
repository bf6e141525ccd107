"""Published comments of an article, and a reader's own comment: sent, followed, appealed for."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from service import cursors
from service.api.operation import Answer, Call, operation
from service.api.polling import wait_while
from service.api.reader import door, forms, sending
from service.api.reader.shapes import (
    AppealTaken,
    PageQuery,
    PublishedPage,
    ReaderAppeal,
    ReaderComment,
    ReaderReceipt,
    ReaderStatus,
    ReceiptQuery,
)
from service.clock import rfc3339, utc_now
from service.errors import Conflict, FieldError, Malformed
from service.moderation.actors import of_key
from service.moderation.intake import id_spaces
from service.moderation.policy import policies
from service.moderation.policy.effective import effective
from service.moderation.policy.places import place_under
from service.moderation.readers import messages, published
from service.moderation.review import appeals
from service.vocabulary import CommentStatus, Scope

TAG = "Readers"
PATH = "/v1/reader/comments"
# Ten seconds in any cache, ten more while it fetches the next: readers poll, and most polls end there. What is erased
# or rejected is gone after 21 s at most: these, and the second for which a process keeps a page.
CACHED = "public, max-age=10, stale-while-revalidate=10"
NOT_KEPT = {"Cache-Control": "no-store"}


@operation(
    "GET",
    PATH,
    summary="List an article's published comments, oldest first",
    tag=TAG,
    scope=Scope.SUBMIT,
    door=door.serve,
    query=PageQuery,
    answers={200: ("A page of comments.", PublishedPage), 304: ("Unchanged since If-None-Match.", None)},
    problems=(409,),
    headers={"If-None-Match": "The ETag you have."},
)
def list_published_comments(call: Call[None, PageQuery]) -> Answer:
    body, etag = _kept_page(call)
    return Answer(body, headers={"Cache-Control": CACHED}, etag=etag)


@operation(
    "POST",
    PATH,
    summary="Send a comment from a form",
    tag=TAG,
    scope=Scope.SUBMIT,
    door=forms.serve,
    body=ReaderComment,
    answers={202: ("Stored; its verdict follows at the receipt.", ReaderReceipt)},
    problems=(409, 503),
)
def send_readers_comment(call: Call[ReaderComment, None]) -> Answer:
    return Answer(sending.receive(call), status=202, headers=NOT_KEPT)


@operation(
    "GET",
    f"{PATH}/<receipt>",
    summary="Follow a comment by its receipt",
    tag=TAG,
    scope=Scope.SUBMIT,
    door=door.serve,
    query=ReceiptQuery,
    answers={200: ("The comment's status.", ReaderStatus)},
    problems=(404,),
)
def follow_readers_comment(call: Call[None, ReceiptQuery], receipt: str) -> Answer:
    comment_id = sending.comment_of(call, receipt)
    if call.query.wait > 0:
        wait_while(call, call.keeper.reader_polls, lambda: sending.undecided(call, comment_id))
    with call.context.database.read() as session:
        return Answer({"receipt": receipt, "id": comment_id, **status_of(call, session, receipt)}, headers=NOT_KEPT)


@operation(
    "POST",
    f"{PATH}/<receipt>/appeals",
    summary="Appeal against the rejection of one's comment",
    tag=TAG,
    scope=Scope.SUBMIT,
    door=door.serve,
    body=ReaderAppeal,
    answers={201: ("A different moderator will look at it.", AppealTaken)},
    problems=(404, 409),
)
def appeal_for_readers_comment(call: Call[ReaderAppeal, None], receipt: str) -> Answer:
    sending.comment_of(call, receipt)
    door.spend(call.keeper.reader_comments, "comment", call.key)
    with call.context.database.write() as session:
        comment = sending.follow(call, session, receipt, lock=True)
        is_allowed = call.key.perspective.appeals
        if comment is None or messages.appeal(session, comment, is_allowed=is_allowed) != messages.POSSIBLE:
            raise Conflict("An appeal is possible once, against a rejection, where the site takes appeals.")
        appeals.lodge(session, comment, call.body.text, by=of_key(call.key))
    return Answer({"appeal": "open"}, status=201, headers=NOT_KEPT)


def status_of(call: Call[Any, Any], session: Session, receipt: str, /) -> dict[str, Any]:
    """Return status, message and appeal of the comment; raise NotFound."""
    comment = sending.follow(call, session, receipt)
    if comment is None:
        return {"status": CommentStatus.PENDING.value, "message": None, "appeal": None}
    return {
        "status": comment.status.value,
        "message": messages.sentence(session, comment),
        "appeal": messages.appeal(session, comment, is_allowed=call.key.perspective.appeals),
    }


def _kept_page(call: Call[None, PageQuery]) -> tuple[dict[str, Any], str]:
    """Return the page and its entity tag, at most a second old: many readers of one article cost one reading."""
    kept, query = call.keeper, call.query
    name = (call.site_id, query.article, query.after, query.limit, call.key.perspective.appeals)
    with kept.pages_lock:
        found: tuple[dict[str, Any], str] | None = kept.pages.get(name)
    if found is None:
        body = _page(call)
        found = body, hashlib.sha256(json.dumps(body).encode()).hexdigest()[:32]
        with kept.pages_lock:
            kept.pages[name] = found
    return found


def _page(call: Call[None, PageQuery]) -> dict[str, Any]:
    query = call.query
    after = _read_cursor(query.after) if query.after is not None else None
    with call.context.database.read() as session:
        rules = policies.active(session, call.site_id).rules
        article = id_spaces.find_article(session, call.site_id, query.article)
        here = effective(rules, place_under(query.article, article), utc_now())
        page = published.page(session, article.id, after=after, limit=query.limit) if article else published.NOTHING
        count = published.count(session, article.id) if article else 0
    return {
        "article": query.article,
        "minimum_length": here.rules.minimum_length,
        "maximum_length": here.rules.maximum_length,
        "closed": here.rules.closed,
        "closed_until": rfc3339(here.closed_until),
        "guidance": None,
        "appeals": call.key.perspective.appeals,
        "reports": rules.report_kinds,
        "hints": True,
        "count": count,
        "comments": page.comments,
        "next": cursors.encode_row(*page.last) if page.last else None,
    }


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        return cursors.decode_row(cursor)
    except ValueError:
        detail = "Take next of the page before, unchanged."
        raise Malformed("The cursor is not valid.", errors=[FieldError("?after", "invalid", detail)]) from None
