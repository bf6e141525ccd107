"""Akismet's API, for clients of a spam filter: what the site's policy would hold or reject is "spam", the rest is not.

The answers are plain text. "true" sends a comment to the CMS's spam folder, where a moderator can look; so does
everything that no classifier could read. Only the site's own lists make it "discard", never a score. Without scores in
time there is no answer: clients hold such a comment, or ask again.
"""

import re
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from service.accounts.keys import Key
from service.api import keeper
from service.api.compat import verdicts
from service.api.compat.callers import SCORING, admit, bearer
from service.api.compat.shown_text import shown
from service.api.compat.verdicts import Judged, Question
from service.api.keeper import Keeper
from service.context import context
from service.errors import Forbidden, Problem, Unauthenticated, Unavailable
from service.moderation.intake import suggested_scores
from service.moderation.text.cleaning import one_line
from service.vocabulary import Attribute, Reason, Scope, Verdict

SCOPES: Mapping[str, tuple[Scope, ...]] = {
    "verify-key": tuple(Scope),
    "comment-check": SCORING,
    "submit-spam": (Scope.MODERATE,),
    "submit-ham": (Scope.MODERATE,),
}
THANKS = "Thanks for making the web a better place."
HELP, TIP, WHY = "X-akismet-debug-help", "X-akismet-pro-tip", "X-Moderato-Reasons"  # a client takes HELP for an error
# What Akismet's documentation gives for tests of a client: always spam.
ALWAYS_SPAM = {"comment_author": "viagra-test-123", "comment_author_email": "akismet-guaranteed-spam@example.com"}
# A name is in any language, and about no article: only what it says and where the website leads counts.
OF_SIGNATURES = (
    Reason.TOO_LONG, Reason.BLOCKED_TERM, Reason.SUSPECT_TERM, Reason.BLOCKED_LINK, Reason.TOXIC, Reason.DISGUISED,
)  # fmt: skip
BLATANT = (Reason.BLOCKED_TERM, Reason.BLOCKED_LINK)
Form = Mapping[str, str]


def register(app: Flask, /) -> None:
    """Serve the API from `app`; the key may come in the address, for clients that put it into the host name."""
    for method in SCOPES:
        for before in ("", "/akismet/<key>"):
            rule = f"{before}/1.1/{method}"
            app.add_url_rule(rule, f"akismet.{rule}", partial(_serve, method), methods=["POST"])


def is_ours(path: str, /) -> bool:
    """Whether the path is one of the API's."""
    return re.fullmatch(rf"(/akismet/[^/]+)?/1\.1/({'|'.join(SCOPES)})", path) is not None


def refuse_method() -> Response:
    """Return the answer to any method but POST."""
    return _said("error", {HELP: "Send a POST.", "Allow": "POST"}, HTTPStatus.METHOD_NOT_ALLOWED)


def _serve(method: str, key: str = "") -> Response:
    kept = keeper.current()
    try:
        raw = request.get_data(cache=True)  # before the form is parsed, which leaves nothing to read
        form: Form = request.form
        presented = key or form.get("api_key") or form.get("key") or bearer(request.headers.get("Authorization", ""))
        admitted = admit(kept, presented, SCOPES[method])
        if method == "verify-key":
            return _said("valid")
        if not _is_utf_8(raw):
            return _said("invalid", {HELP: "Send the form in UTF-8."}, HTTPStatus.BAD_REQUEST)
        return _check(kept, admitted, form) if method == "comment-check" else _submit(kept, admitted, form, method)
    except (Unauthenticated, Forbidden) as problem:
        return _said("invalid", {HELP: problem.detail})
    except Problem as problem:
        retry = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
        return _said("error", {HELP: problem.detail} | retry, problem.status)
    except HTTPException as error:
        return _said("error", {HELP: "The form could not be read."}, error.code or HTTPStatus.BAD_REQUEST)


def _check(kept: Keeper, key: Key, form: Form) -> Response:
    is_caught = bool(form.get(form.get("honeypot_field_name", "")))
    if is_caught or any(form.get(name) == value for name, value in ALWAYS_SPAM.items()):
        return _said("true")
    text = _text(form)
    if not text:
        if "comment_content" not in form:
            return _said("invalid", {HELP: "Send the comment as a form, its text in comment_content."})
        return _said("false")
    reasons = [one for one in _judged(kept, key, form, text).judgement.reasons if one.verdict is not Verdict.APPROVE]
    if signature := _signature(form):
        of_signature = _judged(kept, key, form, signature).judgement.reasons
        reasons += [one for one in of_signature if one.verdict is not Verdict.APPROVE and one.reason in OF_SIGNATURES]
    if not reasons:
        return _said("false")
    is_blatant = any(one.reason in BLATANT and one.verdict is Verdict.REJECT for one in reasons)
    told = {WHY: ", ".join(dict.fromkeys(one.reason.value for one in reasons))}
    return _said("true", told | ({TIP: "discard"} if is_blatant else {}))


def _submit(kept: Keeper, key: Key, form: Form, method: str) -> Response:
    """Keep a moderator's word as a label. Spam is what no conversation about an article is; ham was flagged wrongly."""
    text, is_test = _text(form), form.get("is_test", "").lower() in ("1", "true")
    if is_test or not text:
        return _said(THANKS)
    try:
        answer = _judged(kept, key, form, text)
        flagged = [one.attribute for one in answer.judgement.reasons if one.verdict is not Verdict.APPROVE]
        scored = answer.scores
    except Unavailable:  # the word of a moderator counts without a score beside it
        flagged, scored = [], {}
    values = {Attribute.OFF_TOPIC: 1.0}
    if method == "submit-ham":
        values = dict.fromkeys([Attribute.OFF_TOPIC, *(attribute for attribute in flagged if attribute)], 0.0)
    ours = {attribute: scored[attribute] for attribute in values if attribute in scored}
    with context().database.write() as session:
        suggested_scores.keep(session, key.site_id, text, values, token=None, ours=ours, key_name=key.name)
    return _said(THANKS)


def _text(form: Form) -> str:
    """Return what is judged: the content, or the name of somebody who signs up."""
    return shown(form.get("comment_content", "")).strip() or form.get("comment_author", "").strip()


def _signature(form: Form) -> str:
    """Return what a site shows beside the text: the author's name, and the website that it links to."""
    name = one_line(shown(form.get("comment_author", ""))) if form.get("comment_content", "").strip() else ""
    website = one_line(form.get("comment_author_url", ""))
    return f"{name} ({website})" if website else name


def _judged(kept: Keeper, key: Key, form: Form, text: str) -> Judged:
    asked = Question(
        text=text,
        article_address=form.get("permalink", "")[:2_000],
        by_staff=form.get("user_role") == "administrator",
        of_any_length=True,
    )
    return verdicts.judge_at_once(kept, key.site_id, asked)


def _is_utf_8(form: bytes) -> bool:
    try:
        unquote_to_bytes(form).decode()
    except UnicodeDecodeError:
        return request.mimetype != "application/x-www-form-urlencoded"
    return True


def _said(word: str, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    return Response(word, status=status, headers=dict(headers or {}), content_type="text/plain; charset=utf-8")
