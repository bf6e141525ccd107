"""Webhooks over HTTP: the address that a CMS sends to, and the sources that a site sets up for it.

The sending CMS has no API key; its signature is checked over the raw bytes before anything is parsed or stored.
"""

import base64
import binascii
from typing import Annotated, Any

from flask import Request as HttpRequest
from pydantic import AwareDatetime, Field
from sqlalchemy import select

from service.api import keeper
from service.api.answers import Shape
from service.api.fields import Line, Request
from service.api.operation import Answer, Call, operation
from service.clock import rfc3339, utc_now
from service.context import context
from service.db import database_now
from service.errors import FieldError, Invalid, NotFound
from service.models import InboundState, InboundWebhook, Style, WebhookSource
from service.moderation import field_maps, webhooks
from service.moderation.field_maps import PRESETS
from service.queues import DELIVERY
from service.signatures import new_secret

TAG = "Webhooks"


class SourceBody(Request):
    """A CMS that is to send webhooks."""

    name: Line
    style: Annotated[str, Field(description=f"How it signs: {', '.join(style.value for style in Style)}.")]
    preset: Annotated[str, Field(description=f"A built-in map: {', '.join(PRESETS)}.")] = ""
    field_map: Annotated[
        dict[str, Any], Field(default_factory=dict, description="An own map; it goes before the preset.")
    ]
    secret: Annotated[str | None, Field(min_length=16, max_length=200, description="Default: a new one.")] = None
    token_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$", description="For style token.")] = (
        "Authorization"  # noqa: S105  (a header's name)
    )


class SourceChange(Request):
    """What to change; what is left out stays."""

    name: Line | None = None
    preset: str | None = None
    field_map: dict[str, Any] | None = None
    secret: Annotated[str | None, Field(min_length=16, max_length=200, description="The one before goes on.")] = None
    enabled: bool | None = None


class SourceAnswer(Shape):
    id: str
    name: str
    address: Annotated[str, Field(description="Where the CMS sends to, on this server.")]
    style: Style
    token_header: str
    preset: str
    field_map: dict[str, Any]
    enabled: bool
    created_at: AwareDatetime


class SourceWithSecrets(SourceAnswer):
    secrets: Annotated[list[str], Field(description="Newest first; each is accepted.")]


class SourceList(Shape):
    sources: list[SourceAnswer]


class InboundAnswer(Shape):
    id: str
    state: InboundState
    reason: Annotated[str | None, Field(description="Why it could not be mapped.")]
    repeated: Annotated[bool, Field(description="It came before; nothing was done again.")] = False


class DeadLetter(Shape):
    id: str
    reason: str
    event: str
    body: Annotated[str, Field(description="As it came; it holds the comment's text.")]
    received_at: AwareDatetime


class DeadLetters(Shape):
    dead_letters: list[DeadLetter]


@operation(
    "POST", "/v1/webhooks/<source_id>", summary="Take a webhook from a CMS", tag=TAG, signed=True,
    answers={202: ("Taken; what does not map is kept for a replay.", InboundAnswer)}, problems=(413, 503),
)  # fmt: skip
def take_webhook(request: HttpRequest, source_id: str) -> Answer:
    ours, now = context(), utc_now()
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    with ours.database.read() as session:
        webhooks.find_genuine(session, source_id, headers, body, now)
    keeper.current().refuse_backlog()
    with ours.database.write() as session:
        source, mark = webhooks.find_genuine(session, source_id, headers, body, now)
        inbound, new = webhooks.receive(session, source, mark, headers, body)
        answer = Answer(_inbound(inbound) | {"repeated": not new}, status=202)
    if new and inbound.state is InboundState.APPLIED:
        ours.queues.wake()
        ours.queues.wake(DELIVERY)
    return answer


@operation(
    "GET", "/v1/webhook-sources", summary="List the CMS that send webhooks", tag=TAG,
    answers={200: ("The site's sources.", SourceList)},
)  # fmt: skip
def list_webhook_sources(call: Call[None, None]) -> Answer:
    with call.context.database.read() as session:
        found = session.scalars(select(WebhookSource).where(WebhookSource.site_id == call.site_id))
        return Answer({"sources": [_source(source) for source in found]})


@operation(
    "POST", "/v1/webhook-sources", summary="Set up a CMS that sends webhooks", tag=TAG, body=SourceBody,
    answers={201: ("Set up; give the CMS address and secret.", SourceWithSecrets)},
)  # fmt: skip
def add_webhook_source(call: Call[SourceBody, None]) -> Answer:
    body = call.body
    _check_map(body.preset, body.field_map)
    if body.style not in list(Style):
        detail = f"style must be one of {', '.join(style.value for style in Style)}"
        raise Invalid(detail, errors=[FieldError("#/style", "unknown", detail)])
    with call.context.database.write() as session:
        source = WebhookSource(
            site_id=call.site_id,
            name=body.name,
            style=Style(body.style),
            preset=body.preset,
            field_map=body.field_map,
            secrets=[_checked_secret(Style(body.style), body.secret)],
            token_header=body.token_header,
        )
        session.add(source)
        session.flush()
        session.refresh(source)
        return Answer(_source(source) | {"secrets": source.secrets}, status=201)


@operation(
    "GET", "/v1/webhook-sources/<source_id>", summary="See a source and its secrets", tag=TAG,
    answers={200: ("The source.", SourceWithSecrets)}, problems=(404,),
)  # fmt: skip
def get_webhook_source(call: Call[None, None], source_id: str) -> Answer:
    with call.context.database.read() as session:
        source = webhooks.require(session, call.site_id, source_id)
        return Answer(_source(source) | {"secrets": source.secrets})


@operation(
    "PATCH", "/v1/webhook-sources/<source_id>", summary="Change a source: its map, its secret, on or off", tag=TAG,
    body=SourceChange, answers={200: ("The source.", SourceAnswer)}, problems=(404,),
)  # fmt: skip
def change_webhook_source(call: Call[SourceChange, None], source_id: str) -> Answer:
    body = call.body
    with call.context.database.write() as session:
        source = webhooks.require(session, call.site_id, source_id)
        source.name = body.name if body.name is not None else source.name
        source.preset = body.preset if body.preset is not None else source.preset
        source.field_map = body.field_map if body.field_map is not None else source.field_map
        _check_map(source.preset, source.field_map)
        if body.secret is not None:
            source.secrets = [_checked_secret(source.style, body.secret), *source.secrets[:1]]
        if body.enabled is not None:
            source.disabled_at = None if body.enabled else database_now()
        session.flush()
        session.refresh(source)
        return Answer(_source(source))


@operation(
    "DELETE", "/v1/webhook-sources/<source_id>", summary="Remove a source and its dead letters", tag=TAG,
    answers={204: ("Removed.", None)}, problems=(404,),
)  # fmt: skip
def remove_webhook_source(call: Call[None, None], source_id: str) -> Answer:
    with call.context.database.write() as session:
        session.delete(webhooks.require(session, call.site_id, source_id))
    return Answer(None, status=204)


@operation(
    "GET", "/v1/webhook-sources/<source_id>/dead-letters", summary="List webhooks that could not be mapped", tag=TAG,
    answers={200: ("Newest first.", DeadLetters)}, problems=(404,),
)  # fmt: skip
def list_dead_letters(call: Call[None, None], source_id: str) -> Answer:
    with call.context.database.read() as session:
        letters = webhooks.dead_letters(session, webhooks.require(session, call.site_id, source_id))
        shown = [
            {
                "id": letter.id,
                "reason": letter.reason,
                "event": letter.event,
                "body": letter.body,
                "received_at": rfc3339(letter.received_at),
            }
            for letter in letters
        ]
        return Answer({"dead_letters": shown})


@operation(
    "POST", "/v1/webhook-sources/<source_id>/dead-letters/<letter_id>/replay",
    summary="Try a dead letter again with the map as it is now", tag=TAG,
    answers={202: ("What became of it.", InboundAnswer)}, problems=(404,),
)  # fmt: skip
def replay_dead_letter(call: Call[None, None], source_id: str, letter_id: str) -> Answer:
    with call.context.database.write() as session:
        source = webhooks.require(session, call.site_id, source_id)
        letter = session.get(InboundWebhook, letter_id) if letter_id.isalnum() else None
        if letter is None or letter.source_id != source.id:
            raise NotFound("There is no dead letter with this id at this source.")
        webhooks.replay(session, source, letter)
        answer = Answer(_inbound(letter) | {"repeated": False}, status=202)
    call.context.queues.wake()
    return answer


def _check_map(preset: str, field_map: dict[str, Any]) -> None:
    if field_map:
        try:
            field_maps.parse(field_map)
        except ValueError as fault:
            raise Invalid(str(fault), errors=[FieldError("#/field_map", "invalid", str(fault))]) from None
    elif preset not in PRESETS:
        detail = f"give a field_map, or a preset: {', '.join(PRESETS)}"
        raise Invalid(detail, errors=[FieldError("#/preset", "unknown", detail)])


def _checked_secret(style: Style, secret: str | None) -> str:
    if secret is None:
        return new_secret()
    if not secret.isascii() or (style is Style.STANDARD and not _is_standard(secret)):
        detail = "a secret is ASCII text; for style standard it is whsec_ and base64 of at least 16 bytes"
        raise Invalid(detail, errors=[FieldError("#/secret", "invalid", detail)])
    return secret


def _is_standard(secret: str) -> bool:
    try:
        return len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) >= 16
    except (ValueError, binascii.Error):
        return False


def _inbound(inbound: InboundWebhook) -> dict[str, Any]:
    return {"id": inbound.id, "state": inbound.state.value, "reason": inbound.reason or None}


def _source(source: WebhookSource) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "address": f"/v1/webhooks/{source.id}",
        "style": source.style.value,
        "token_header": source.token_header,
        "preset": source.preset,
        "field_map": source.field_map,
        "enabled": source.disabled_at is None,
        "created_at": rfc3339(source.created_at),
    }
