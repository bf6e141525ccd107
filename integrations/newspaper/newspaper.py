"""A newspaper with readers' comments: a small CMS that knows Moderato by webhook and callback.

It keeps a comment, sends it to Moderato until that is answered with a 2xx, and shows it while the latest callback says
`approved`. `moderato up --demo` runs it. By hand, with the address and secret of a webhook source (style `standard`,
preset `moderato`) and the secret of an endpoint that leads to `/moderato` here:

    MODERATION_WEBHOOK=http://... MODERATION_SECRET=whsec_... CALLBACK_SECRET=whsec_... python newspaper.py

With an API key in MODERATION_KEY (scopes `submit` and `read`) readers can also report comments.

A newspaper in production adds accounts, a limit of comments per reader, and a server such as gunicorn.
"""

import hmac
import json
import logging
import os
import secrets
import threading
import time
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import moderation
from comments import Comments
from flask import Flask, Response, abort, jsonify, redirect, render_template, request, send_from_directory
from length import clean, length
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as Answer

ARTICLE = json.loads(Path(__file__).with_name("article.json").read_text("utf-8"))
MINIMUM, MAXIMUM = 50, 10_000  # characters. Moderato accepts a webhook of any length: only we can ask for more words
DEEPEST = 3  # levels of indentation that fit a phone; replies below them say whom they answer, as in the form's list
LONGEST_ID = 100  # characters of what a form says beside the text
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; "
POLICY += "base-uri 'none'; frame-ancestors 'none'"
WEBHOOK, SECRET, CALLBACK_SECRET = "MODERATION_WEBHOOK", "MODERATION_SECRET", "CALLBACK_SECRET"
KEY = "MODERATION_KEY"
REPORTS = ["abuse", "spam", "illegal", "other"]  # kinds, as the policy at Moderato has them

app = Flask(__name__)
app.config.from_mapping({name: os.environ[name] for name in (WEBHOOK, SECRET, CALLBACK_SECRET)})
app.config[KEY] = os.environ.get(KEY)
app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
comments = Comments(os.environ.get("NEWSPAPER_DATABASE", "newspaper.db"), ARTICLE)
to_send, decided = threading.Event(), threading.Condition()


@app.get("/")
def front_page() -> str:
    return article_page()


def article_page(**more: Any) -> str:
    answers: dict[str | None, list[dict[str, Any]]] = {}  # by the id of the comment that they stand under
    placed: dict[str | None, dict[str, Any]] = {}
    for comment in comments.published():
        parent = placed.get(comment["parent"], {"level": -1, "list": None})
        is_deep = parent["level"] >= DEEPEST
        comment["at"] = datetime.fromisoformat(comment["created_at"]).astimezone()
        comment["level"], comment["list"] = parent["level"] + 1, parent["list"] if is_deep else comment["parent"]
        comment["answers"] = (parent["author"] or "A reader") if is_deep else None
        placed[comment["id"]] = comment
        answers.setdefault(comment["list"], []).append(comment)
    return render_template("article.html", article=ARTICLE, answers=answers, minimum=MINIMUM, **more)


@app.context_processor
def of_every_page() -> dict[str, Any]:
    about = {name: os.environ.get(name.upper()) for name in ("review_queue", "review_account")}
    return about | {"today": datetime.now().astimezone()}


@app.get("/embed/<name>")
def component(name: str) -> Response:
    return send_from_directory(Path(__file__).parents[1] / "form", name)  # Moderato has the same files at this address


# What the form in integrations/form/ reads and sends, and any form without JavaScript.


@app.get("/comments")
def published() -> Answer:
    found = comments.published() if request.args.get("article") == ARTICLE["id"] else []
    about = {"article": ARTICLE["id"], "minimum_length": MINIMUM, "maximum_length": MAXIMUM, "guidance": None}
    # A CMS with an API key could also give hints (POST /v1/score) and pass appeals on.
    about |= {"hints": False, "appeals": False, "reports": REPORTS if app.config[KEY] else []}
    about |= {"count": len(found), "next": None}
    answer = jsonify(about | {"comments": found})
    answer.cache_control.no_cache = True  # a browser asks each time; the ETag saves the body
    answer.add_etag()
    return answer.make_conditional(request)


@app.post("/comments")
def add() -> Any:
    given: Any = request.get_json() if request.is_json else request.form
    try:
        said = {name: given.get(name) or "" for name in ("author", "text", "parent", "language")}
        said["author"] = (said["author"] or {}).get("name") or "" if request.is_json else said["author"]
        said = {name: clean(value) for name, value in said.items()}
    except (AttributeError, TypeError):
        abort(400)
    if max(len(said["parent"]), len(said["language"])) > LONGEST_ID:
        abort(400)
    if fault := fault_of(said["text"]):
        problem = Response(json.dumps(fault), 422, mimetype="application/problem+json")
        return problem if request.is_json else (article_page(fault=fault["detail"], given=said), 422)
    if given.get("website"):  # a field that people do not see: a program gets an answer, and nothing is kept
        comment = {"receipt": secrets.token_urlsafe(24), "id": secrets.token_hex(8), "status": "pending"}
    else:
        comment = comments.add(**said | {"author": said["author"].strip()[:100]})
        to_send.set()
    return (as_json(comment), 202) if request.is_json else redirect(f"/comments/{comment['receipt']}/page", 303)


@app.post("/comments/<comment_id>/reports")
def report(comment_id: str) -> Response:
    """Pass a reader's report on. A newspaper with accounts would name the reader; this one tells addresses apart."""
    given: Any = request.get_json()
    if not isinstance(given, dict):
        abort(400)
    if not app.config[KEY] or not any(comment["id"] == comment_id for comment in comments.published()):
        abort(404)
    if given.get("website"):  # as in `add`
        return Response('{"report": "taken"}', 201, mimetype="application/json")
    who = hmac.digest(app.config[SECRET].encode(), household(request.remote_addr or "").encode(), "sha256").hex()
    body = {"kind": given.get("kind"), "words": given.get("text") or "", "reporter": {"id": who}}
    status, answer = moderation.report(app.config[WEBHOOK], app.config[KEY], comment_id, body)
    if status in (200, 201):
        return Response('{"report": "taken"}', status, mimetype="application/json")
    return Response(answer, status or 503, mimetype="application/problem+json")


def household(address: str) -> str:
    """Return what is one reader's of an address: of IPv6 the /64 in which anybody may take as many as they like."""
    try:
        return str(ip_network((address, 64), strict=False)) if ":" in address else address
    except ValueError:
        return address


def fault_of(text: str) -> dict[str, Any] | None:
    """Return what is wrong with a text, as problem+json, so that its author can correct it at once; else None."""
    count = length(text, MINIMUM, MAXIMUM)
    if MINIMUM <= count <= MAXIMUM:
        return None
    code = "too_short" if count < MINIMUM else "too_long"
    bound = f"of at least {MINIMUM}" if count < MINIMUM else f"of at most {MAXIMUM}"
    detail = f"Your comment has {count} {bound} characters."
    fault = {"status": 422, "title": "The length is not allowed", "code": code, "detail": detail}
    errors = [{"pointer": "#/text", "code": code, "detail": detail}]
    return fault | {"length": count, "minimum": MINIMUM, "maximum": MAXIMUM, "errors": errors}


def as_json(comment: dict[str, Any]) -> dict[str, Any]:
    return {name: comment.get(name) for name in ("receipt", "id", "status", "message", "appeal")}


def find(receipt: str) -> dict[str, Any]:
    return comments.find(receipt) or abort(404)


@app.get("/comments/<receipt>")
def follow(receipt: str) -> Answer:
    """Answer when the status is another than the reader sees (`status`), or after `wait` seconds if it can change."""
    until = time.monotonic() + min(request.args.get("wait", 0.0, float), 25)
    comment = find(receipt)
    shown = request.args.get("status", comment["status"])
    while comment["status"] == shown and shown in ("pending", "held") and time.monotonic() < until:
        with decided:
            decided.wait(0.5)
        comment = find(receipt)
    answer = jsonify(as_json(comment))
    answer.cache_control.no_store = True
    return answer


@app.get("/comments/<receipt>/steps")
def steps(receipt: str) -> str:
    return render_template("steps.html", steps=comments.steps(find(receipt)), receipt=receipt)


@app.get("/comments/<receipt>/page")
def own_page(receipt: str) -> Response:
    """Show authors their comment, also without JavaScript: the page loads itself again until there is a verdict."""
    comment, edits = find(receipt), "edit" in request.args
    answer = Response(render_template("own.html", comment=comment, steps=comments.steps(comment), edits=edits))
    if comment["status"] in ("pending", "held") and not edits:
        answer.headers["Refresh"] = "2"
    return answer


@app.post("/comments/<receipt>/page")
def change(receipt: str) -> Any:
    comment, text = find(receipt), clean(request.form.get("text", ""))
    if "delete" in request.form:
        comments.delete(comment)
    elif fault := fault_of(text):
        shown = {"comment": comment | {"text": text}, "steps": comments.steps(comment), "edits": True}
        return render_template("own.html", fault=fault["detail"], **shown), 422
    else:
        comments.edit(comment, text)
    to_send.set()
    return redirect("/" if "delete" in request.form else f"/comments/{receipt}/page", 303)


# What Moderato sends, and what is sent to it.


@app.post("/moderato")
def callback() -> tuple[str, int]:
    event = moderation.verified(app.config[CALLBACK_SECRET], request.headers, request.get_data())
    if event is None:
        return "", 401
    verdict = event["data"]
    if verdict.get("source") != app.config[WEBHOOK].rpartition("/")[2]:
        return "", 204  # about a comment that another program sent, or a test
    if event["type"] == "comment.erased":
        comments.erased(verdict["comment_id"])
    elif "verdict" in verdict:  # other events say nothing of a comment's status
        comments.decide(verdict, *moderation.in_words(verdict))
    with decided:
        decided.notify_all()
    return "", 204


def send_webhooks() -> None:
    """Send what waits, oldest first, as long as the newspaper runs; after a failure pause 1, 2, 4 ... 10 seconds."""
    pause = 1
    while True:
        to_send.clear()
        while (webhook := comments.next_webhook()) is not None:
            if send(webhook):
                pause = 1
            else:
                time.sleep(pause)
                pause = min(2 * pause, 10)
        to_send.wait()


def send(webhook: dict[str, Any]) -> bool:
    began = time.perf_counter()
    status = moderation.post(app.config[WEBHOOK], app.config[SECRET], webhook["id"], webhook["body"].encode())
    return comments.answered(webhook, status, (time.perf_counter() - began) * 1000)


@app.before_request
def refuse_other_sites() -> None:
    """Refuse what a page of another site makes a reader's browser post; a program such as Moderato names no origin."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin is not None and origin.partition("://")[2] != request.host:
        abort(403)


@app.after_request
def protect(answer: Response) -> Response:
    answer.headers.update({"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"})
    return answer


def serve() -> None:
    if comments.are_new:  # the first readers, judged like all others
        ids: list[str] = []
        for first in ARTICLE["comments"]:
            parent = ids[first["answers"]] if "answers" in first else ""
            ids.append(comments.add(author=first["author"], text=first["text"], parent=parent)["id"])
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # its log of requests has receipts
    server = make_server("127.0.0.1", int(os.environ.get("NEWSPAPER_PORT", 8001)), app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    send_webhooks()  # in the main thread: without it the newspaper must not go on taking comments


if __name__ == "__main__":
    serve()
