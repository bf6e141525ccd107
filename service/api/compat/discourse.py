"""The toxicity service that Discourse's AI plugin asked until December 2024, `POST /api/v1/classify`: seven per cents.

The plugin compares each of them with a threshold of its own and stops at one that is missing. An attribute that the
loaded model does not have is therefore 0 and listed in `without_model`. Any other lack of a score is an error.
"""

import json
from typing import Annotated

from flask import Flask, Response, request
from pydantic import BaseModel, ConfigDict, Field

from service.api import bodies, keeper
from service.api.compat import scores
from service.api.compat.callers import SCORING, admit, bearer
from service.context import context
from service.errors import Conflict, FieldError, Invalid, TooLong
from service.moderation.policy import policies
from service.moderation.text.cleaning import clean
from service.moderation.text.length import length_up_to
from service.vocabulary import TOXICITY_ATTRIBUTES

PATH = "/api/v1/classify"


class ClassifyRequest(BaseModel):
    """What the plugin sends. It names one of Detoxify's models; the loaded one answers, and says its version."""

    model_config = ConfigDict(extra="ignore")

    content: Annotated[str, Field(min_length=1)]


def register(app: Flask, /) -> None:
    """Serve the endpoint from `app`."""
    app.add_url_rule(PATH, "discourse.classify", _serve, methods=["POST"])


def _serve() -> Response:
    kept = keeper.current()
    presented = request.headers.get("X-API-KEY") or bearer(request.headers.get("Authorization", ""))
    key = admit(kept, presented, SCORING)
    text = clean(bodies.read_json(request, ClassifyRequest).content)
    if not text.strip():
        raise _invalid("empty", "There is nothing to classify.")
    with context().database.read() as session:
        rules = policies.active(session, key.site_id).rules
    length = length_up_to(text, rules.maximum_length)
    if length > rules.maximum_length:
        raise TooLong(length=length, maximum=rules.maximum_length)
    asked = {"text": text, "site_language": rules.default_language, "maximum_length": rules.maximum_length}
    try:
        reply = scores.of(kept, key.site_id, asked, pinned=key.perspective.pinned)
        found = scores.of_whole(text, reply["assessment"])
    except scores.NotRead as unread:
        raise _invalid(unread.code, unread.message) from None
    except scores.OtherVersions as other:
        raise Conflict(
            f"This API key is pinned to {other.pinned}, which is not loaded; loaded: {other.loaded}."
        ) from None
    body: dict[str, object] = {one.value: round(100 * found.get(one, 0.0), 2) for one in TOXICITY_ATTRIBUTES}
    body["without_model"] = [one.value for one in TOXICITY_ATTRIBUTES if one.value not in reply["attributes"]]
    response = Response(json.dumps(body), content_type="application/json")
    response.headers["X-Classifier-Versions"] = scores.in_words(reply["versions"])
    return response


def _invalid(code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[FieldError("#/content", code, detail)])
