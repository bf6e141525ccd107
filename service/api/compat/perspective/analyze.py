"""`comments:analyze`: the scores of one comment, in the order in which they were asked for.

What no model answers is an error or left out, never a number. A score is never exactly zero, because a client takes
that for none; the whole text is always a span, because clients read the first one without looking.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.api.compat.perspective import articles, errors, messages, scores
from service.api.compat.perspective.attributes import named
from service.api.compat.perspective.callers import Caller, Reply
from service.api.compat.perspective.errors import Refusal
from service.api.compat.perspective.messages import AnalyzeRequest, AttributeParameters
from service.api.compat.perspective.sentences import stretches, utf16_length
from service.api.compat.scores import in_words
from service.vocabulary import Attribute

LEAST = 1e-6
MOST_ATTRIBUTES = 100  # names in one request; each is answered with its spans
VERSIONS = "X-Classifier-Versions"


@dataclass(frozen=True)
class Wanted:
    """An attribute that was asked for, under the name that the client gave it."""

    name: str
    attribute: Attribute
    threshold: float | None


def answer(caller: Caller, given: Any, /) -> Reply:
    """Return the scores that were asked for; raise Refusal or Unavailable."""
    request = messages.read(given, AnalyzeRequest)
    messages.check_comment(request)
    if not request.requested_attributes:
        raise errors.no_attributes()
    if len(request.requested_attributes) > MOST_ATTRIBUTES:
        raise errors.too_many_attributes(MOST_ATTRIBUTES)
    may_drop = request.drop_unsupported_attributes or caller.terms.unknown_attributes == "drop"
    left_out: list[Refusal] = []
    wanted = _wanted(request.requested_attributes, left_out if may_drop else None)
    if not wanted and not request.drop_unsupported_attributes:
        raise left_out[0]  # nothing at all would look like a success
    article = None
    if any(one.attribute is Attribute.OFF_TOPIC for one in wanted):
        article = articles.article_of(request.context)
    parts = stretches(request.comment.text) if request.span_annotations else []
    parts = parts if len(parts) > 1 else []
    reply = scores.of(
        caller,
        request.comment.text,
        languages=request.languages,
        article=article,
        stretches=parts,
        remember=not request.do_not_store,
    )
    found: dict[str, Any] = {}
    for one in wanted:
        value = reply["assessment"]["scores"].get(one.attribute.value, {}).get("value")
        if not reply["assessment"].get("language_supported", True):
            value = None  # of a text in several languages the part that no model knows has no score
        if value is None:
            _leave_out(_why_not(one, request, reply, has_article=article is not None), request, may_drop, left_out)
            continue
        found[one.name] = (one, value)
    if not found and left_out and not request.drop_unsupported_attributes:
        raise left_out[0]
    shown = {
        name: _scores(caller, one, value, request.comment.text, parts, reply)
        for name, (one, value) in found.items()
        if one.threshold is None or _mapped(caller, one.attribute, value) >= one.threshold
    }
    return Reply(_body(request, reply, shown), headers={VERSIONS: in_words(reply["versions"])})


def _wanted(requested: Mapping[str, AttributeParameters], left_out: list[Refusal] | None) -> list[Wanted]:
    wanted = []
    for name, parameters in requested.items():
        attribute = named(name)
        if attribute is None:
            refusal = errors.unknown_attribute(name)
            if left_out is None:
                raise refusal
            left_out.append(refusal)
            continue
        if parameters.score_type not in messages.PROBABILITY:
            raise errors.score_type(parameters.score_type, name)
        wanted.append(Wanted(name, attribute, parameters.score_threshold))
    return wanted


def _why_not(one: Wanted, request: AnalyzeRequest, reply: dict[str, Any], *, has_article: bool) -> Refusal:
    if one.attribute.value not in reply.get("attributes", ()):
        return errors.unknown_attribute(one.name)
    if one.attribute is Attribute.OFF_TOPIC and not has_article:
        return errors.needs_context(one.name)
    language = reply["assessment"]["language"]
    is_whole = reply["assessment"].get("language_supported", True)
    if reply["assessment"]["scores"] and not is_whole and not request.languages:
        return errors.language_not_detected()  # a mixture: a part of it is in another language
    if language is not None:
        return errors.language_not_supported(one.name, detected=[language])
    if request.languages:
        return errors.language_not_supported(one.name, requested=request.languages)
    return errors.language_not_detected()


def _leave_out(refusal: Refusal, request: AnalyzeRequest, may_drop: bool, left_out: list[Refusal]) -> None:
    """Remember why an attribute is left out, or raise it: a key's `drop` is about attributes, not about languages."""
    about_language = refusal.kind in ("language_not_supported", "LANGUAGE_DETECTION_FAILED")
    if not may_drop or (about_language and not request.drop_unsupported_attributes):
        raise refusal
    left_out.append(refusal)


def _scores(
    caller: Caller, one: Wanted, value: float, text: str, parts: list[tuple[int, int]], reply: dict[str, Any]
) -> dict[str, Any]:
    spans = [
        _span(caller, one, part[one.attribute.value], utf16_length(text[:start]), utf16_length(text[:end]))
        for (start, end), part in zip(parts, reply.get("stretches", ()), strict=False)
        if one.attribute.value in part
    ]
    whole = _span(caller, one, value, 0, utf16_length(text))
    return {"spanScores": spans or [whole], "summaryScore": whole["score"]}


def _span(caller: Caller, one: Wanted, value: float, begin: int, end: int) -> dict[str, Any]:
    score = {"value": _mapped(caller, one.attribute, value), "type": "PROBABILITY"}
    return {"begin": begin, "end": end, "score": score}


def _mapped(caller: Caller, attribute: Attribute, value: float) -> float:
    curve = caller.terms.curves.get(attribute)
    return max(LEAST, round(curve.at(value) if curve else value, 7))


def _body(request: AnalyzeRequest, reply: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    language = reply["assessment"]["language"]
    detected = [language] if language else []
    body: dict[str, Any] = {"attributeScores": shown} if shown else {}
    body |= {"languages": request.languages or detected, "detectedLanguages": detected}
    return body | ({"clientToken": request.client_token} if request.client_token is not None else {})
