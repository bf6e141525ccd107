"""OpenAI's moderation endpoint, `POST /v1/moderations`: a flag for each text by the thresholds of the site's policy.

What could not be read, and what no model scored in time, is an error: "not flagged" would be a lie. A category without
a model here is false and 0.0, because clients require the shape, and is listed in `categories_without_model`.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import structlog
from flask import Flask, Response, request
from pydantic import BaseModel, ConfigDict, Field, StrictStr
from werkzeug.exceptions import HTTPException

from service.api import bodies, keeper
from service.api.compat import scores
from service.api.compat.callers import SCORING, admit, bearer
from service.api.keeper import Keeper
from service.context import context
from service.db import OUT_OF_ORDER
from service.errors import Forbidden, Invalid, Malformed, Problem, TooMany, Unauthenticated, Unavailable
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.moderation.text.cleaning import clean
from service.moderation.text.length import length_up_to
from service.vocabulary import Attribute

log = structlog.get_logger()

PATH = "/v1/moderations"
LONGEST_MODEL = 200  # characters of its name
MOST_TEXTS = 32  # each is scored on its own, and counts as a request of the key
CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip
# Only what an attribute here means as well; the category is flagged where one of its attributes crosses its threshold.
SERVED: Mapping[str, tuple[Attribute, ...]] = {
    "harassment": (Attribute.TOXICITY, Attribute.SEVERE_TOXICITY, Attribute.INSULT, Attribute.OBSCENE),
    "harassment/threatening": (Attribute.THREAT,),
    "hate": (Attribute.IDENTITY_ATTACK,),
    "sexual": (Attribute.SEXUAL_EXPLICIT,),
}
Scores = Mapping[Attribute, float]


class TextPart(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["text"]
    text: StrictStr


class ImagePart(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["image_url"]


Part = Annotated[TextPart | ImagePart, Field(discriminator="type")]


class ModerationRequest(BaseModel):
    """What clients send; names that we do not know are ignored."""

    model_config = ConfigDict(extra="ignore")

    input: StrictStr | list[StrictStr] | list[Part]
    model: Annotated[str, Field(max_length=LONGEST_MODEL)] = "omni-moderation-latest"


class OpenAIRefusal(Exception):
    """An answer that is an error, in OpenAI's shape."""

    def __init__(
        self,
        status: int,
        message: str,
        /,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.param, self.code = status, message, kind, param, code
        self.retry_after = retry_after

    def response(self) -> Response:
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        answer = _json({"error": error}, self.status)
        if self.retry_after is not None:
            answer.headers["Retry-After"] = str(self.retry_after)
        return answer


def register(app: Flask, /) -> None:
    """Serve the endpoint from `app`."""
    app.add_url_rule(PATH, "openai.moderations", _serve, methods=["POST"])


def is_ours(path: str, /) -> bool:
    """Whether the path is the endpoint's."""
    return path == PATH


def refuse_method() -> Response:
    """Return the answer to any method but POST."""
    message = f"Not allowed to {request.method} on {PATH}. Send a POST."
    answer = OpenAIRefusal(405, message, code="method_not_supported").response()
    answer.headers["Allow"] = "POST"
    return answer


def _serve() -> Response:
    try:
        return _moderate(keeper.current())
    except OpenAIRefusal as refused:
        return refused.response()
    except Problem as problem:
        return _from_problem(problem).response()
    except scores.OtherVersions as other:
        message = f"This API key is pinned to {other.pinned}, which is not loaded; loaded: {other.loaded}."
        return OpenAIRefusal(400, message, code="version_not_loaded").response()
    except HTTPException as error:
        return OpenAIRefusal(error.code or 500, "The body could not be read.").response()
    except OUT_OF_ORDER as error:
        log.error("database_out_of_order", exc_info=error)
        return OpenAIRefusal(
            503, "The database cannot do this just now.", kind="server_error", retry_after=5
        ).response()
    except Exception as error:
        log.error("unexpected_error", exc_info=error)
        return OpenAIRefusal(500, "The server failed on this request.", kind="server_error").response()


def _moderate(kept: Keeper) -> Response:
    key = admit(kept, _presented(), SCORING)
    asked = bodies.read_json(request, ModerationRequest)
    groups = _groups(asked.input)
    texts = [text for group in groups for text in group]
    kept.limits.spend(key.id, len(texts) - 1)
    with context().database.read() as session:
        rules = policies.active(session, key.site_id).rules
    names = [_param(number, asked.input) for number in range(len(texts))]
    for text, param in zip(texts, names, strict=True):
        _check(text, rules, param)
    found: dict[str, Scores] = {}
    known: set[Attribute] = set()
    versions: dict[str, str] = {}
    for text, param in zip(texts, names, strict=True):
        about = {"text": text, "site_language": rules.default_language, "maximum_length": rules.maximum_length}
        reply = scores.of(kept, key.site_id, about, pinned=key.perspective.pinned)
        found[text] = _scores(text, reply["assessment"], rules, param)
        known = {attribute for attribute in Attribute if attribute.value in reply["attributes"]}
        versions = reply["versions"]
    body = {
        "id": f"modr-{secrets.token_hex(16)}",
        "model": asked.model,
        "results": [_result([found[text] for text in group], known, rules) for group in groups],
        "categories_without_model": [name for name in CATEGORIES if not _served(name, known)],
        "classifier_versions": versions,
    }
    return _json(body, 200)


def _presented() -> str:
    presented = bearer(request.headers.get("Authorization", ""))
    if not presented:
        message = "You didn't provide an API key. Send it in an Authorization header: `Authorization: Bearer KEY`."
        raise OpenAIRefusal(401, message)
    return presented


def _groups(given: str | list[str] | list[Part]) -> list[list[str]]:
    """Return the texts of each result: a string has one result, a list of strings one for each, parts one together."""
    if isinstance(given, str):
        return [[clean(given)]]
    texts: list[str] = []
    for number, one in enumerate(given):
        if isinstance(one, ImagePart):
            message = "Images are not supported: no model here reads them."
            raise OpenAIRefusal(400, message, param=f"input[{number}]", code="image_not_supported")
        texts.append(clean(one.text if isinstance(one, TextPart) else one))
    if not 1 <= len(texts) <= MOST_TEXTS:
        message = f"Invalid 'input': an array has 1 to {MOST_TEXTS} texts, this one has {len(texts)}."
        raise OpenAIRefusal(400, message, param="input", code="array_above_max_length" if texts else "empty_array")
    return [[text] for text in texts] if isinstance(given[0], str) else [texts]


def _param(number: int, given: object) -> str:
    return "input" if isinstance(given, str) else f"input[{number}]"


def _check(text: str, rules: Rules, param: str) -> None:
    if not text.strip():
        raise OpenAIRefusal(400, f"Invalid '{param}': the text is empty.", param=param, code="empty_string")
    length = length_up_to(text, rules.maximum_length)
    if length > rules.maximum_length:
        message = (
            f"Invalid '{param}': string too long. Expected a string with maximum length {rules.maximum_length}, "
            f"but got a string with length {length} instead."
        )
        raise OpenAIRefusal(400, message, param=param, code="string_above_max_length")


def _scores(text: str, assessment: Mapping[str, Any], rules: Rules, param: str) -> Scores:
    """Return the scores of a text that was read as a whole; raise OpenAIRefusal for any other.

    Of a part that holds the whole the score counts: kind words around an insult hide it.
    """
    try:
        found = scores.of_whole(text, assessment)
    except scores.NotRead as unread:
        raise OpenAIRefusal(400, unread.message, param=param, code=unread.code) from None
    parts = assessment.get("part_scores", {})
    for attribute, threshold in rules.thresholds.items():
        worst, least = parts.get(attribute.value, 0.0), threshold.lowest
        if least is not None and worst >= least:
            found[attribute] = max(worst, found.get(attribute, 0.0))
    return found


def _result(parts: Sequence[Scores], known: set[Attribute], rules: Rules) -> dict[str, Any]:
    """Return one result: the worst of its parts in every category."""
    known = known.intersection(*parts)  # in another language than English fewer attributes are scored
    flags = {name: any(_is_flagged(name, part, rules) for part in parts) for name in CATEGORIES}
    values = {
        name: max((part.get(attribute, 0.0) for part in parts for attribute in SERVED.get(name, ())), default=0.0)
        for name in CATEGORIES
    }
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": values,
        "category_applied_input_types": {name: ["text"] if _served(name, known) else [] for name in CATEGORIES},
    }


def _is_flagged(name: str, scored: Scores, rules: Rules) -> bool:
    """Whether the policy would not approve: from `hold_at` on, or from `reject_at` where nothing is held."""
    for attribute in SERVED.get(name, ()):
        threshold = rules.thresholds[attribute]
        least = threshold.hold_at if threshold.hold_at is not None else threshold.reject_at
        if least is not None and scored.get(attribute, 0.0) >= least:
            return True
    return False


def _served(name: str, known: set[Attribute]) -> bool:
    return any(attribute in known for attribute in SERVED.get(name, ()))


def _from_problem(problem: Problem) -> OpenAIRefusal:
    match problem:
        case Unauthenticated():
            return OpenAIRefusal(
                401, "Incorrect API key provided: it is unknown, expired or revoked.", code="invalid_api_key"
            )
        case Forbidden():
            return OpenAIRefusal(403, problem.detail, code="insufficient_permissions")
        case TooMany():
            kind, code = "requests", "rate_limit_exceeded"
            return OpenAIRefusal(429, problem.detail, kind=kind, code=code, retry_after=problem.retry_after)
        case Unavailable():
            return OpenAIRefusal(503, problem.detail, kind="server_error", retry_after=problem.retry_after)
        case Malformed():
            return OpenAIRefusal(400, f"We could not parse the JSON body of your request. {problem.detail}")
        case Invalid():
            if {error.pointer for error in problem.errors} == {"#/model"}:
                return OpenAIRefusal(
                    400, f"'model' must be a string of at most {LONGEST_MODEL} characters.", param="model"
                )
            return OpenAIRefusal(
                400, "'input' must be a string, an array of strings or an array of parts.", param="input"
            )
    return OpenAIRefusal(problem.status, problem.detail)


def _json(body: Mapping[str, Any], status: int) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(content, status=status, content_type="application/json")
