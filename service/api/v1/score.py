"""Scores at once, for a caller that waits; nothing is stored.

The text goes to the interactive worker through Redis and lives there for seconds.
"""

from typing import Any

from service.api import scoring
from service.api.operation import Answer, Call, operation
from service.api.shapes import answers
from service.api.shapes.requests import ScoreBody
from service.errors import TooLong
from service.moderation.policy import policies
from service.moderation.text.length import length_up_to
from service.vocabulary import Scope


@operation(
    "POST",
    "/v1/score",
    summary="Score a text at once, without storing it",
    tag="Scores",
    scope=Scope.READ,
    body=ScoreBody,
    answers={200: ("The scores.", answers.ScoreAnswer)},
    problems=(503,),
)
def score_text(call: Call[ScoreBody, None]) -> Answer:
    with call.context.database.read() as session:
        rules = policies.active(session, call.site_id).rules
    length = length_up_to(call.body.text, rules.maximum_length)
    if length > rules.maximum_length:
        raise TooLong(length=length, maximum=rules.maximum_length)
    request = call.body.model_dump(mode="json") | {
        "site_language": rules.default_language,
        "maximum_length": rules.maximum_length,
    }
    return Answer(_body(scoring.ask(call.keeper, call.site_id, request)))


def _body(reply: dict[str, Any]) -> dict[str, Any]:
    return {**reply["assessment"], "attributes": reply.get("attributes", [])}
