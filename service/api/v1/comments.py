"""Comments over HTTP: sent, edited, erased, asked for, listed.

Store, commit, then wake, in that order: when the answer goes out the row is safe, and a lost wake-up costs seconds.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from service import cursors
from service.accounts import keys
from service.accounts.keys import Key
from service.api import idempotency
from service.api.operation import Answer, Call, operation
from service.api.polling import wait_for_verdict
from service.api.shapes import answers
from service.api.shapes.requests import CommentBody, EditBody, ListQuery, SourceQuery, WaitQuery
from service.api.v1.articles import completed
from service.errors import FieldError, Forbidden, Malformed
from service.models import Comment
from service.models.stored_ids import bare, space_of
from service.moderation.callbacks import endpoints
from service.moderation.decisions import record
from service.moderation.intake import id_spaces, intake
from service.moderation.intake.intake import Accepted, Submission
from service.moderation.policy import policies
from service.moderation.text.publisher_ids import in_path
from service.outside.addresses import Allowances
from service.vocabulary import Scope

TAG = "Comments"
LONGEST_LOCATION = 2_000


@operation(
    "POST",
    "/v1/comments",
    summary="Send a comment to be moderated",
    tag=TAG,
    scope=Scope.SUBMIT,
    body=CommentBody,
    answers={
        202: ("Stored; its verdict follows at Location. A key without `read` always gets this.", answers.Receipt),
        200: ("It was there already, with this text.", answers.Comment),
    },
    problems=(409, 503),
    headers={idempotency.HEADER: idempotency.MEANING},
)
def send_comment(call: Call[CommentBody, None]) -> Answer:
    refuse_forms(call.key)
    call.keeper.refuse_backlog(call.site_id)

    def work(session: Session) -> tuple[Answer, bool]:
        rules = policies.active(session, call.site_id).rules
        allowed = call.context.settings.callback_allowances
        submission = submission_of(session, call.key, call.body, allowed=allowed)
        accepted = intake.accept(session, call.site_id, submission, rules)
        if Scope.READ not in call.key.scopes:
            return Answer(record.first_receipt(accepted.comment), status=202), accepted.changed
        return answer_accepted(session, accepted), accepted.changed

    answer, changed = idempotency.once(call, work)
    if changed:
        call.context.queues.wake()
    return answer


@operation(
    "GET",
    "/v1/comments/<comment_id>",
    summary="Read a comment's status",
    tag=TAG,
    scope=Scope.READ,
    query=WaitQuery,
    answers={200: ("The comment.", answers.Comment), 304: ("Unchanged since If-None-Match.", None)},
    problems=(404,),
    headers={"If-None-Match": "The ETag you have."},
)
def get_comment(call: Call[None, WaitQuery], comment_id: str) -> Answer:
    if call.query.wait > 0:
        wait_for_verdict(call, comment_id)
    with call.context.database.read() as session:
        comment = id_spaces.require_comment(session, call.site_id, comment_id, call.query.source)
        return answer_comment(session, comment)


@operation(
    "PUT",
    "/v1/comments/<comment_id>",
    summary="Edit a comment: a new text, judged again",
    tag=TAG,
    scope=Scope.MODERATE,
    query=SourceQuery,
    body=EditBody,
    answers={
        202: ("The new text is stored; its verdict follows.", answers.Receipt),
        200: ("It has this text already.", answers.Comment),
    },
    problems=(404, 409, 503),
)
def edit_comment(call: Call[EditBody, SourceQuery], comment_id: str) -> Answer:
    call.keeper.refuse_backlog(call.site_id)
    with call.context.database.write() as session:
        rules = policies.active(session, call.site_id).rules
        comment = id_spaces.require_comment(session, call.site_id, comment_id, call.query.source)
        accepted = intake.edit(
            session, call.site_id, comment.external_id, call.body.text, rules, changed_at=call.body.changed_at
        )
        answer = answer_accepted(session, accepted)
    if accepted.changed:
        call.context.queues.wake()
    return answer


@operation(
    "GET",
    "/v1/comments",
    summary="List comments, newest first",
    tag=TAG,
    scope=Scope.READ,
    query=ListQuery,
    answers={200: ("A page of comments.", answers.CommentPage)},
)
def list_comments(call: Call[None, ListQuery]) -> Answer:
    after = _read_cursor(call.query.cursor) if call.query.cursor is not None else None
    with call.context.database.read() as session:
        conditions = _conditions(session, call.site_id, call.query)
        if conditions is None:
            return Answer({"comments": [], "next_cursor": None})
        found, more = record.page(session, conditions, after=after, limit=call.query.limit)
        body = {"comments": record.present_all(session, found), "next_cursor": _cursor(found[-1]) if more else None}
    return Answer(body)


def refuse_forms(key: Key, /) -> None:
    """Raise Forbidden for a key that lies in pages: a form sends to an address that bounds what a stranger may say.

    Here it would have no rate for each network address, and choose ids, times and parents itself.
    """
    if keys.is_in_pages(key):
        raise Forbidden(
            "This key is for pages in a browser: it has origins and may only submit. A form sends its comments to "
            "POST /v1/reader/comments; a program on a server needs a key without origins."
        )


def submission_of(session: Session, key: Key, body: CommentBody, /, *, allowed: Allowances) -> Submission:
    """Return the comment as intake takes it; raise Invalid for a callback_url that no callback can be delivered to.

    A key that may only submit is in every reader's hands: it gets no verdicts, replaces no article and vouches for no
    author; nor, in a page, for a title, so nothing is compared with what it says of a new article.
    """
    if body.callback_url is not None:
        keys.require(key, Scope.READ, "callback_url")
        endpoints.check_address(body.callback_url, allowed, pointer="#/callback_url")
    may_replace = Scope.MODERATE in key.scopes
    article = None
    if body.article:
        is_claimed = keys.is_in_pages(key)
        article = completed(session, key.site_id, body.article, may_replace=may_replace, is_claimed=is_claimed)
    return replace(body.submission(), article=article, author_is_claimed=Scope.READ not in key.scopes)


def answer_accepted(session: Session, accepted: Accepted, /) -> Answer:
    """Return 202 with where to follow the comment, or 200 with what exists."""
    stored = accepted.comment.external_id
    location = f"/v1/comments/{in_path(bare(stored))}"
    if space := space_of(stored):
        location += f"?source={space}"
    # A proxy with its usual buffers answers 502 in our place to headers of more than 4,096 bytes.
    headers = {"Location": location} if len(location) <= LONGEST_LOCATION else {}
    if accepted.changed:
        return Answer(record.receipt(accepted.comment), status=202, headers={**headers, "Retry-After": "1"})
    return Answer(record.present(session, accepted.comment), headers=headers)


def answer_comment(session: Session, comment: Comment, /, *, status: int = 200) -> Answer:
    """Return the comment with its entity tag: whatever changes in it, its version changes too."""
    return Answer(record.present(session, comment), status=status, etag=f"{comment.id}.{comment.version}")


def _conditions(session: Session, site_id: str, query: ListQuery) -> list[ColumnElement[bool]] | None:
    conditions = [Comment.site_id == site_id]
    if query.article_id is not None:
        article = id_spaces.find_article(session, site_id, query.article_id, query.source)
        if article is None:
            return None
        conditions.append(Comment.article_id == article.id)
    if query.status is not None:
        conditions.append(Comment.status == query.status)
    if query.author_id is not None:
        author_id = id_spaces.author(session, site_id, query.author_id, query.source)
        conditions.append(Comment.author_external_id == author_id)
    if query.since is not None:
        conditions.append(Comment.received_at >= query.since)
    if query.decided_since is not None:
        conditions.append(Comment.decided_at >= query.decided_since)
    return conditions


def _cursor(comment: Comment) -> str:
    return cursors.encode_row(comment.received_at, comment.id)


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        return cursors.decode_row(cursor)
    except ValueError:
        detail = "Take next_cursor of the page before, unchanged."
        raise Malformed("The cursor is not valid.", errors=[FieldError("?cursor", "invalid", detail)]) from None
