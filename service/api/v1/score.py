"""Scores at once, for a caller that waits; nothing is stored.

The text goes to the interactive worker through Redis and lives there for seconds. When no answer comes in time the
answer is 503: a made-up score would be worse than none.
"""

import time
from typing import Any

from service.api.operation import Answer, Call, operation
from service.api.shapes import answers
from service.api.shapes.requests import ScoreBody
from service.errors import Unavailable
from service.moderation.policy import policies


@operation(
    "POST",
    "/v1/score",
    summary="Score a text at once, without storing it",
    tag="Scores",
    body=ScoreBody,
    answers={200: ("The scores.", answers.ScoreAnswer)},
    problems=(503,),
)
def score_text(call: Call[ScoreBody, None]) -> Answer:
    with call.context.database.read() as session:
        site_language = policies.active(session, call.site_id).rules.default_language
    request = call.body.model_dump(mode="json") | {"site_language": site_language}
    reply = ask_in_turn(call, request)
    if reply is None:
        raise Unavailable("Scoring took too long. Try again, or send the text as a comment.", retry_after=1)
    if "assessment" not in reply:
        raise Unavailable("The classifiers failed on this text, so there is no score.", retry_after=5)
    return Answer(_body(reply))


def ask_in_turn(call: Call[Any, Any], request: dict[str, Any], /) -> dict[str, Any] | None:
    """Have a text scored when one of the site's places is free; None if there is no answer in time."""
    until = time.monotonic() + call.context.settings.score_deadline_ms / 1000
    places, weight = call.keeper.scores, call.keeper.weight_of(call.site_id)
    if not places.take(call.site_id, weight=weight, patience=until - time.monotonic()):
        return None
    try:
        return call.context.queues.ask(request, deadline_seconds=until - time.monotonic())
    finally:
        places.give_back(call.site_id)


def _body(reply: dict[str, Any]) -> dict[str, Any]:
    return {**reply["assessment"], "attributes": reply.get("attributes", [])}
