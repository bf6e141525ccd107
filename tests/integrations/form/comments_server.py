"""A newspaper whose comments address follows a script: pages with the form, and the contract that the form speaks."""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, redirect, request, send_from_directory
from markupsafe import escape

from tests.support.services import REPOSITORY

FORM = REPOSITORY / "integrations/form"
PAGE_TO_COPY = REPOSITORY / "docs/integrators/form.md"
FIRST = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
GUIDANCE = "We welcome thoughtful discussions from our readers."
LOOK = """
:root { color-scheme: light dark; font: 18px/1.5 Charter, "Bitstream Charter", Georgia, "DejaVu Serif", serif; }
body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem;
       color: light-dark(#1d1d1b, #e9e6df); background: light-dark(#fffdf9, #161615); }
"""


@dataclass
class Script:
    """What the newspaper answers, and what it was sent."""

    settings: dict[str, Any] = field(
        default_factory=lambda: {
            "minimum_length": 50,
            "maximum_length": 10_000,
            "guidance": None,
            "appeals": False,
            "reports": [],
            "hints": False,
        }
    )
    published: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 50
    outcome: dict[str, Any] = field(default_factory=lambda: {"status": "pending", "message": None})
    refusals: list[tuple[int, dict[str, Any], dict[str, str]]] = field(default_factory=list)  # of the next comments
    hint: dict[str, Any] | None = None
    hint_seconds: float = 0.0
    hint_status: int = 200
    list_status: int = 200
    sent: list[dict[str, Any]] = field(default_factory=list)
    hinted: list[dict[str, Any]] = field(default_factory=list)
    appeals: list[dict[str, Any]] = field(default_factory=list)
    reports: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: list[tuple[str, int]] = field(default_factory=list)  # If-None-Match of each request, and its answer
    polls: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def publish(self, text: str, *, author: str = "Ada Holm", parent: str | None = None, id: str | None = None) -> str:
        """Add a published comment; return its id."""
        number = len(self.published) + 1
        made = (FIRST + timedelta(minutes=7 * number)).isoformat().replace("+00:00", "Z")
        name = id or f"c{number}"
        self.published.append({"id": name, "parent": parent, "author": author, "text": text, "created_at": made})
        return name

    def decide(self, number: int = 1, **state: Any) -> None:
        """Change what is known of the comment that was sent as number `number`, and wake who waits."""
        with self.changed:
            self.receipts[f"r{number}"] |= state
            self.changed.notify_all()

    def approve(self, number: int = 1) -> None:
        """Publish a comment that was sent."""
        given = self.sent[number - 1]
        self.publish(given["text"], author=given["author"]["name"], parent=given["parent"], id=f"own{number}")
        self.decide(number, status="approved", message=None)


def newspaper(script: Script) -> Flask:
    """Return the application that follows `script`."""
    app = Flask(__name__)

    @app.after_request
    def allow_other_origins(answer: Response) -> Response:
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Access-Control-Expose-Headers"] = "Retry-After"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
        return answer

    @app.get("/embed/<name>")
    def embed(name: str) -> Response:
        return send_from_directory(FORM, name, max_age=60)

    @app.get("/look.css")
    def look() -> Response:
        return Response(LOOK + request.args.get("more", ""), content_type="text/css")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    @app.get("/article")
    def article() -> Response:
        server = request.args.get("server", "")
        page = article_page(
            server, **{name: request.args.get(name, "") for name in ("lang", "dir", "own", "more", "tags")}
        )
        answer = Response(page)
        source = server or "'self'"
        answer.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src {source}; connect-src {source}; style-src 'self'; form-action {source}"
        )
        return answer

    @app.get("/comments")
    def published() -> Response:
        after = int(request.args.get("after", 0))
        end = after + script.page_size
        body = script.settings | {
            "article": request.args["article"],
            "count": len(script.published),
            "comments": script.published[after:end],
            "next": str(end) if end < len(script.published) else None,
        }
        answer = Response(json.dumps(body), content_type="application/json", status=script.list_status)
        answer.headers["Cache-Control"] = "public, max-age=10, stale-while-revalidate=30"
        answer.add_etag()
        answer.make_conditional(request)
        script.lists.append((request.headers.get("If-None-Match", ""), answer.status_code))
        return answer

    @app.post("/comments")
    def send() -> Any:
        if request.mimetype == "application/x-www-form-urlencoded":
            script.sent.append(dict(request.form))
            return redirect("/comments/r1/page", 303)
        if script.refusals:
            status, problem, headers = script.refusals.pop(0)
            return Response(json.dumps(problem), status, headers, content_type="application/problem+json")
        script.sent.append(request.get_json())
        number = len(script.sent)
        receipt = {"receipt": f"r{number}", "id": f"own{number}", **script.outcome}
        script.receipts[f"r{number}"] = {"appeal": None} | receipt
        return receipt, 202

    @app.get("/comments/<receipt>")
    def state(receipt: str) -> Any:
        script.polls.append(receipt)
        if receipt not in script.receipts:
            return {"code": "not_found"}, 404
        before = dict(script.receipts[receipt])
        with script.changed:
            script.changed.wait_for(lambda: script.receipts.get(receipt) != before, float(request.args.get("wait", 0)))
            return script.receipts[receipt], 200, {"Cache-Control": "no-store"}

    @app.get("/comments/<receipt>/page")
    def page(receipt: str) -> str:
        return f"<!doctype html><html lang=en><title>Received</title><h1>Received</h1><p>{escape(receipt)}</p>"

    @app.post("/comments/hints")
    def hints() -> Any:
        script.hinted.append(request.get_json())
        time.sleep(script.hint_seconds)
        return {"hint": script.hint}, script.hint_status

    @app.post("/comments/<receipt>/appeals")
    def appeals(receipt: str) -> Any:
        if script.receipts[receipt]["appeal"] != "possible":
            return {"code": "conflict"}, 409
        script.appeals.append(request.get_json())
        script.receipts[receipt]["appeal"] = "open"
        return {"appeal": "open"}, 201

    @app.post("/comments/<comment>/reports")
    def reports(comment: str) -> Any:
        script.reports.append((comment, request.get_json()))
        return {}, 201

    return app


def article_page(server: str, *, lang: str, dir: str, own: str, more: str, tags: str) -> str:
    """Return an article with the page to copy from the docs below it, which speaks to `server` (or to its own).
    `tags` replaces attributes of the component, as JSON: null leaves one out.
    """
    block = re.findall(r"```html\n(.*?)```", PAGE_TO_COPY.read_text(), re.S)[0]
    address = r'"https://moderato\.example/v1/reader/comments\?key=[^"]*"'
    block = re.sub(address, f'"{server}/comments?key=public"', block)
    block = block.replace("https://moderato.example/embed", f"{server}/embed").replace(' lang="en"', "")
    for name, value in json.loads(tags or "{}").items():
        attribute = "" if value is None else f'  {name}="{escape(value)}"\n'
        block = re.sub(rf'^  {name}=".*"\n', attribute, block, count=1, flags=re.M)
    if own:
        block = block.replace("<form ", f'<script type="application/json">{own}</script><form ')
    return f"""<!doctype html><html lang="{escape(lang or "en")}" dir="{escape(dir or "ltr")}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>The bridge reopens</title>
<link rel="stylesheet" href="/look.css?more={escape(more)}">
<main><h1>The bridge reopens in May</h1><p>After two winters of repairs, the old bridge opens to traffic again.</p>
{block}</main></html>"""
