"""What clients send: the messages of the Comment Analyzer, as lenient as the parser that Google has behind it.

Names come in lowerCamelCase or snake_case, null means absent, a number may be a string, and fields that we do not know
are ignored: a client that works today must not break on one of them.
"""

import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel, to_snake

from service.api.compat.perspective import errors

PLAIN, PROBABILITY = ("", "TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT"), ("", "SCORE_TYPE_UNSPECIFIED", "PROBABILITY")
LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}([_-][A-Za-z0-9]{1,8}){0,4}")

Kind = TypeVar("Kind", bound=BaseModel)
Number = Annotated[float, Field(allow_inf_nan=False)]


class Message(BaseModel):
    """Base of all messages."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        coerce_numbers_to_str=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else given


def _as_list(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _tags(given: list[str]) -> list[str]:
    found = [tag for tag in given if tag]
    if not all(LANGUAGE_TAG.fullmatch(tag) for tag in found):
        raise ValueError("must be language tags")
    return found


def _nulls_are_empty(given: object) -> object:
    return {name: value or {} for name, value in given.items()} if isinstance(given, dict) else given


Languages = Annotated[list[str], BeforeValidator(_as_list), AfterValidator(_tags)]


class TextEntry(Message):
    text: str = ""
    type: str = ""


class ArticleAndParentComment(Message):
    article: TextEntry = TextEntry()
    parent_comment: TextEntry = TextEntry()


class TextContext(Message):
    entries: list[TextEntry] = []
    article_and_parent_comment: ArticleAndParentComment | None = None


class AttributeParameters(Message):
    score_type: str = ""
    score_threshold: Number | None = None


class Score(Message):
    value: Number
    type: str = ""


class SpanScore(Message):
    score: Score


class AttributeScores(Message):
    summary_score: Score | None = None
    span_scores: list[SpanScore] = []

    @property
    def worst(self) -> Score | None:
        """The summary, or the highest of the spans."""
        spans = [span.score for span in self.span_scores]
        return self.summary_score or max(spans, key=lambda score: score.value, default=None)


class Commented(Message):
    """What both requests have in common."""

    comment: TextEntry = TextEntry()
    context: TextContext = TextContext()
    languages: Languages = []
    client_token: str | None = None
    community_id: str = ""


class AnalyzeRequest(Commented):
    requested_attributes: Annotated[dict[str, AttributeParameters], BeforeValidator(_nulls_are_empty)] = {}
    do_not_store: bool = False
    span_annotations: bool = False
    drop_unsupported_attributes: bool = False


class SuggestRequest(Commented):
    attribute_scores: Annotated[dict[str, AttributeScores], BeforeValidator(_nulls_are_empty)] = {}


def read(given: object, kind: type[Kind], /) -> Kind:
    """Return the parsed JSON as a message; raise Refusal with the path of a field that has another type."""
    if not isinstance(given, dict):
        raise errors.not_json()
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise errors.bad_value(_path(error)) from None


def check_comment(request: Commented, /) -> None:
    """Raise Refusal for a comment or a context that cannot be scored."""
    text = request.comment.text
    if not text.strip():
        raise errors.comment_empty()
    if (size := len(text.encode())) > errors.LIMIT:
        raise errors.comment_too_long(size)
    if request.comment.type == "HTML":
        raise errors.html()
    if request.comment.type not in PLAIN:
        raise errors.unknown_text_type()
    if request.context.entries and request.context.article_and_parent_comment is not None:
        raise errors.two_contexts()


def _path(error: ValidationError) -> str:
    """Return the path as far as it has our own names: an attribute's name is the caller's text."""
    location = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif to_snake(part) in KNOWN:
            path += f".{to_snake(part)}"
        else:
            break
    return path.removeprefix(".") or "request"


KNOWN = frozenset(
    name
    for kind in (AnalyzeRequest, SuggestRequest, TextContext, ArticleAndParentComment, AttributeParameters, TextEntry)
    for name in kind.model_fields
) | {"summary_score", "span_scores", "score", "value"}
