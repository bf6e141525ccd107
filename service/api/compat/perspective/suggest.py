"""`comments:suggestscore`: a moderator's own word about a comment, kept as a label beside our score.

Clients send it when somebody approves or rejects, and do not wait for much: names that we do not know are ignored, and
where the classifiers do not answer, the label is kept without a score.
"""

from collections.abc import Mapping
from typing import Any

from service.api.compat.perspective import articles, errors, messages, scores
from service.api.compat.perspective.attributes import named
from service.api.compat.perspective.callers import Caller, Reply
from service.api.compat.perspective.messages import AttributeScores, SuggestRequest
from service.errors import Unavailable
from service.moderation.intake import suggested_scores
from service.vocabulary import Attribute


def answer(caller: Caller, given: Any, /) -> Reply:
    """Store what was suggested; raise Refusal."""
    request = messages.read(given, SuggestRequest)
    messages.check_comment(request)
    if not request.attribute_scores:
        raise errors.no_suggestions()
    values = _values(request.attribute_scores)
    text, reply = request.comment.text, {}
    if values:
        reply = _scored(caller, request)
        ours = {
            attribute: (found["value"], found["classifier"], found["version"])
            for attribute in values
            if (found := reply.get("scores", {}).get(attribute.value))
        }
        with caller.ours.database.write() as session:
            suggested_scores.keep(
                session,
                caller.key.site_id,
                text,
                values,
                token=request.client_token,
                ours=ours,
                key_name=caller.key.name,
            )
    language = reply.get("language")
    body: dict[str, Any] = {} if request.client_token is None else {"clientToken": request.client_token}
    body |= {"detectedLanguages": [language] if language else [], "requestedLanguages": request.languages}
    return Reply({name: value for name, value in body.items() if value != []})


def _values(suggested: Mapping[str, AttributeScores]) -> dict[Attribute, float]:
    values = {}
    for name, scored in suggested.items():
        attribute = named(name)
        if attribute is None:
            continue
        score = scored.worst
        if score is None:
            raise errors.no_suggestions()
        if score.type not in messages.PROBABILITY:
            raise errors.score_type(score.type, name)
        if not 0 <= score.value <= 1:
            raise errors.bad_value("attribute_scores")
        values[attribute] = score.value
    return values


def _scored(caller: Caller, request: SuggestRequest) -> dict[str, Any]:
    """Return the classifiers' assessment, empty where there is none in time."""
    try:
        article = articles.article_of(request.context)
        reply = scores.of(caller, request.comment.text, languages=request.languages, article=article, remember=True)
    except (Unavailable, errors.Refusal):
        return {}
    assessment: dict[str, Any] = reply["assessment"]
    return assessment
