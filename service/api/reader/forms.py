"""The form without JavaScript: its fields become the same comment, and a page says what became of it.

The page has no script. While the comment is pending it reloads itself; its link goes back only to an origin on the
key's list. Everything that somebody wrote is escaped, and nothing of an address is shown: anybody can make one.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from pydantic import ValidationError

from service.accounts import keys
from service.accounts.keys import Key
from service.api import bodies, keeper
from service.api.operation import Call, Operation
from service.api.reader import door, sending
from service.api.reader.shapes import ReaderComment
from service.api.reader.words import SENTENCES, language_of
from service.context import context
from service.errors import Malformed, NotFound, Problem
from service.moderation.readers import messages
from service.vocabulary import CommentStatus, Scope

ENCODED = "application/x-www-form-urlencoded"
MOST_FIELDS = 50
RELOAD_SECONDS = 4
LONGEST_ADDRESS = 2_000  # of a page to go back to: it is in the address of ours

blueprint = Blueprint("reader", __name__, template_folder="templates")


def register(app: Flask) -> None:
    """Serve the page of a receipt from `app`."""
    app.register_blueprint(blueprint)


def serve(declared: Operation, /, **path: str) -> Response:
    """Answer a form that a browser sent by itself with a page, and every other request as any operation."""
    return _take() if request.mimetype == ENCODED else door.serve(declared, **path)


@blueprint.get("/v1/reader/comments/<receipt>/page")
def page(receipt: str) -> Response:
    """Show the status of a comment to who has its receipt."""
    said = request.args
    try:
        key = door.admit(keeper.current())
        call = _call(key, None)
        sending.comment_of(call, receipt)
        with call.context.database.read() as session:
            comment = sending.follow(call, session, receipt)
            status = comment.status if comment else CommentStatus.PENDING
            message = messages.sentence(session, comment) if comment else None
    except NotFound as gone:
        return _shown("gone", said, status=gone.status)
    except Problem as problem:
        return _refused(problem, said)
    is_pending = status is CommentStatus.PENDING
    return _shown(status.value, said, key=key, message=message, reload=RELOAD_SECONDS if is_pending else None)


def _take() -> Response:
    fields: Mapping[str, str] = {}
    key: Key | None = None
    try:
        fields = fields_sent()  # before the key is looked at: who is refused gets their text back
        kept = keeper.current()
        key = door.admit(kept)
        kept.limits.spend(f"{key.id}:{door.address()}")
        keys.require(key, Scope.SUBMIT)
        sent = sending.receive(_call(key, _comment(fields)))
    except Problem as problem:
        return _refused(problem, fields, text=fields.get("text", ""), key=key)
    passed_on: dict[str, Any] = {
        "key": request.args.get("key"),
        "back": _allowed(fields.get("back", ""), key) or None,
        "language": language_of(fields.get("language", "")),
    }
    answer = redirect(url_for("reader.page", receipt=sent["receipt"], **passed_on), code=303)
    assert isinstance(answer, Response)
    return answer


def _call(key: Key, body: ReaderComment | None) -> Call[Any, None]:
    return Call(key=key, body=body, query=None, request=request, context=context(), keeper=keeper.current())


def fields_sent() -> dict[str, str]:
    """Return the form's fields; raise Malformed or TooLarge. Bytes that are no text are refused."""
    try:
        raw = bodies.whole_body(request).decode("ascii")
        return dict(parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except (UnicodeDecodeError, ValueError):
        raise Malformed("The form cannot be read.") from None


def _comment(fields: Mapping[str, str]) -> ReaderComment:
    given = {
        "article": {
            "id": fields.get("article", ""),
            "title": fields.get("article_title", ""),
            "url": fields.get("article_url", ""),
        },
        "author": {"name": fields.get("author", "")},
        "text": fields.get("text", ""),
        **{name: fields.get(name, "") for name in ("parent", "website", "language")},
    }
    try:
        return ReaderComment.model_validate(given)
    except ValidationError as error:
        raise bodies.from_validation(error, ReaderComment) from None


def _refused(problem: Problem, fields: Mapping[str, str], *, text: str = "", key: Key | None = None) -> Response:
    words = SENTENCES[language_of(fields.get("language", ""))]
    sentence = words.get(problem.code, words["refused"]).format_map(problem.extra)
    detail = problem.detail if problem.status in (401, 403) else ""  # for who set the form up
    response = _shown("not_sent", fields, status=problem.status, message=sentence, detail=detail, text=text, key=key)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _shown(
    what: str,
    said: Mapping[str, str],
    *,
    key: Key | None = None,
    message: str | None = None,
    detail: str = "",
    text: str = "",
    reload: int | None = None,
    status: int = 200,
) -> Response:
    language = language_of(said.get("language", ""))
    content = render_template(
        "reader/page.html",
        language=language,
        words=SENTENCES[language],
        what=what,
        message=message,
        detail=detail,
        reload=reload,
        text=text,
        back=_allowed(said.get("back", ""), key),
    )
    return Response(content, status=status, content_type="text/html; charset=utf-8")


def _allowed(back: str, key: Key | None) -> str:
    """Return the address where the key's list has its origin, else "": a link of ours must not lead just anywhere."""
    return back if key is not None and len(back) <= LONGEST_ADDRESS and door.is_listed(back, key) else ""
