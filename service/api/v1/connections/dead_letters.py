"""Dead letters over HTTP: webhooks that could not be mapped, to be looked at, tried on a map and replayed."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from service.api.operation import Answer, Call, operation
from service.api.shapes.answers import Shape
from service.api.shapes.fields import Request
from service.api.v1.connections.webhooks import TAG, InboundAnswer, note, shown
from service.clock import rfc3339
from service.models import InboundState
from service.moderation.webhooks import inbound as webhooks
from service.moderation.webhooks import sources
from service.vocabulary import Scope


class MapBody(Request):
    """The map to try; without either, the source's own."""

    preset: str = ""
    field_map: Annotated[dict[str, Any], Field(default_factory=dict, description="Goes before the preset.")]


class MappedFields(Shape):
    """What the map reads from the webhook."""

    action: str
    id: str
    text: str
    author_id: str | None
    author_name: str | None
    article_id: str | None
    article_title: str
    article_url: str | None
    article_section: str | None
    parent_id: str | None
    language: str | None
    created_at: AwareDatetime | None
    changed_at: AwareDatetime | None


class TriedAnswer(Shape):
    result: Literal["mapped", "ignored", "dead"]
    reason: Annotated[str | None, Field(description="What to change in the map.")]
    mapped: MappedFields | None


class DeadLetter(Shape):
    id: str
    reason: str
    event: str
    body: Annotated[str, Field(description="As it came; it holds the comment's text.")]
    received_at: AwareDatetime


class DeadLetters(Shape):
    dead_letters: list[DeadLetter]


@operation(
    "GET", "/v1/webhook-sources/<source_id>/dead-letters", summary="List webhooks that could not be mapped", tag=TAG,
    scope=Scope.CONFIGURE, answers={200: ("Newest first.", DeadLetters)}, problems=(404,),
)  # fmt: skip
def list_dead_letters(call: Call[None, None], source_id: str) -> Answer:
    with call.context.database.read() as session:
        letters = webhooks.dead_letters(session, webhooks.require(session, call.site_id, source_id))
        found = [
            {
                "id": letter.id,
                "reason": letter.reason,
                "event": letter.event,
                "body": letter.body,
                "received_at": rfc3339(letter.received_at),
            }
            for letter in letters
        ]
        return Answer({"dead_letters": found})


@operation(
    "POST", "/v1/webhook-sources/<source_id>/dead-letters/<letter_id>/try",
    summary="See what a map would make of a dead letter, before saving it", tag=TAG, scope=Scope.CONFIGURE,
    body=MapBody, answers={200: ("Nothing was stored.", TriedAnswer)}, problems=(404,),
)  # fmt: skip
def try_dead_letter(call: Call[MapBody, None], source_id: str, letter_id: str) -> Answer:
    with call.context.database.read() as session:
        source = webhooks.require(session, call.site_id, source_id)
        letter = webhooks.require_letter(session, source, letter_id)
        tried = sources.try_letter(source, letter, preset=call.body.preset, field_map=call.body.field_map)
    if isinstance(tried, str):
        return Answer({"result": "dead", "reason": tried, "mapped": None})
    if tried is None:
        return Answer({"result": "ignored", "reason": "The map ignores such webhooks.", "mapped": None})
    fields = {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in asdict(tried).items()}
    return Answer({"result": "mapped", "reason": None, "mapped": fields})


@operation(
    "POST", "/v1/webhook-sources/<source_id>/dead-letters/<letter_id>/replay",
    summary="Try a dead letter again with the map as it is now", tag=TAG, scope=Scope.CONFIGURE,
    answers={202: ("What became of it.", InboundAnswer)}, problems=(404,),
)  # fmt: skip
def replay_dead_letter(call: Call[None, None], source_id: str, letter_id: str) -> Answer:
    with call.context.database.write() as session:
        source = webhooks.require(session, call.site_id, source_id)
        letter = webhooks.require_letter(session, source, letter_id)
        webhooks.replay(session, source, letter)
        answer = Answer(shown(letter) | {"repeated": False}, status=202)
        applied = letter.state is not InboundState.DEAD
        note(session, call, "webhook.replay", letter, applied=applied)
    call.context.queues.wake()
    return answer
