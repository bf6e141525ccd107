"""The public page for legal notices: a plain form and the address at which its sender reads the decision. No script.

The site comes from the key in the address, as for every reader's route, so a publisher links to
`/v1/reader/legal-notices?key=...`. The page never says whether a location names a comment: it would tell a stranger
which ids exist. Errors keep what was typed. Whoever has the signed address of a receipt reads its decision, and nobody
else; it has no name and no explanation of the notifier's.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for

from service.accounts import keys
from service.accounts.keys import Key
from service.api import keeper
from service.api.reader import door, forms
from service.api.reader.legal_words import SENTENCES
from service.api.reader.words import language_of
from service.context import context
from service.db import new_id
from service.errors import Invalid, NotFound, Problem
from service.models import LegalNoticeKind
from service.moderation.actors import of_key
from service.moderation.legal_notices import deciding, receiving
from service.moderation.legal_notices.receiving import Submitted
from service.moderation.readers import marks
from service.queues import DELIVERY
from service.vocabulary import Scope

RECEIPT = "receipt of a legal notice"
PATH = "/v1/reader/legal-notices"
LIMITS = {
    "location": receiving.LONGEST_LOCATION, "explanation": receiving.LONGEST_EXPLANATION,
    "name": receiving.LONGEST_NAME, "email": receiving.LONGEST_EMAIL,
}  # fmt: skip
TRAP = "website"  # hidden from people, who leave it empty

blueprint = Blueprint(
    "legal_notices", __name__, template_folder="templates", static_folder="static", static_url_path=f"{PATH}/static"
)


def register(app: Flask) -> None:
    """Serve the pages from `app`."""
    app.register_blueprint(blueprint)


@blueprint.get(PATH)
def form() -> Response:
    """Show the form; `location` in the address fills in the comment."""
    try:
        door.admit(keeper.current())
    except Problem as problem:
        return _closed(problem)
    return _page("form", fields={"location": request.args.get("location", "")[: receiving.LONGEST_LOCATION]})


@blueprint.post(PATH)
def take() -> Response:
    """Store what the form says and lead to its receipt; show the form again with what is wrong in it."""
    fields: Mapping[str, str] = {}
    try:
        kept = keeper.current()
        key = door.admit(kept, from_own_pages=True)
        kept.limits.spend(f"{key.id}:{door.address()}")
        keys.require(key, Scope.SUBMIT)
        fields = forms.fields_sent()
        door.spend(kept.reader_comments, "legal notice", key)
        legal_notice_id = new_id() if fields.get(TRAP) else _store(key, fields)
    except Invalid as invalid:
        faults = {error.pointer.removeprefix("#/"): error.code for error in invalid.errors}
        return _page("form", fields=fields, faults=faults, status=invalid.status)
    except Problem as problem:
        return _closed(problem, fields)
    receipt = marks.make(context().settings.keyring, RECEIPT, key.site_id, legal_notice_id)
    passed_on: dict[str, Any] = {name: request.args.get(name) for name in ("key", "language")}
    answer = redirect(url_for("legal_notices.receipt_page", receipt=receipt, **passed_on), code=303)
    assert isinstance(answer, Response)
    return answer


@blueprint.get(f"{PATH}/<receipt>")
def receipt_page(receipt: str) -> Response:
    """Show the reference number of a legal notice, and the decision once there is one."""
    try:
        key = door.admit(keeper.current())
        ours = context()
        legal_notice_id = marks.read(ours.settings.keyring, RECEIPT, key.site_id, receipt)
        if legal_notice_id is None:
            raise NotFound("There is no legal notice with this receipt.")
        with ours.database.read() as session:
            legal_notice = deciding.find(session, key.site_id, legal_notice_id)
            is_told = legal_notice is not None and deciding.is_final(session, legal_notice)
    except Problem as problem:
        return _closed(problem)
    return _page("received", reference=legal_notice_id, decided=legal_notice if is_told else None)


def _store(key: Key, fields: Mapping[str, str]) -> str:
    said = Submitted(
        **{name: fields.get(name, "") for name in ("kind", *LIMITS)}, good_faith=fields.get("good_faith") == "yes"
    )
    ours = context()
    with ours.database.write() as session:
        legal_notice = receiving.receive(session, key.site_id, said, by=of_key(key))
    ours.queues.wake(DELIVERY)
    return legal_notice.id


def _closed(problem: Problem, fields: Mapping[str, str] | None = None) -> Response:
    """Say why nothing can be sent, with what was typed to copy."""
    response = _page("closed", problem=problem, fields=fields or {}, status=problem.status)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _page(what: str, *, status: int = 200, fields: Mapping[str, str] | None = None, **shown: Any) -> Response:
    language = language_of(request.args.get("language", ""), SENTENCES.keys())
    content = render_template(
        "reader/legal_notice.html",
        what=what,
        language=language,
        words=SENTENCES[language],
        kinds=list(LegalNoticeKind),
        limits=LIMITS,
        trap=TRAP,
        key=request.args.get("key"),
        fields=fields or {},
        **{"faults": {}} | shown,
    )
    response = Response(content, status=status, content_type="text/html; charset=utf-8")
    # Without it a browser sends no origin with the form, and our form would look like another page's.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
