"""Webhooks over HTTP: the address that a CMS sends to, and the sources that a site sets up for it.

The sending CMS has no API key; its signature is checked over the raw bytes before anything is parsed or stored.
"""

from typing import Annotated, Any

from flask import Request as HttpRequest
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from service.api import keeper
from service.api.operation import Answer, Call, operation
from service.api.shapes.answers import Shape
from service.api.shapes.fields import Line, Request
from service.clock import rfc3339, utc_now
from service.context import context
from service.models import InboundState, InboundWebhook, Style, WebhookSource
from service.models.stored_ids import API
from service.moderation import audit_log
from service.moderation.actors import of_key
from service.moderation.webhooks import inbound as webhooks
from service.moderation.webhooks import sources
from service.moderation.webhooks.presets import PRESETS, WANT_200
from service.outside.sealing import Unopenable
from service.queues import DELIVERY
from service.vocabulary import Scope

TAG = "Webhooks"
AuthorsOf = Annotated[
    str,
    Field(
        pattern=r"^(own|api|[0-9a-f]{32})$",
        description="Whose authors its authors are: `own`, `api`, or another source's id, where the same author has "
        "the same id in both. A change holds for comments from then on.",
    ),
]
SourceName = Annotated[Line, Field(max_length=100)]  # what its column holds


class SourceBody(Request):
    """A CMS that is to send webhooks."""

    name: SourceName
    style: Annotated[str, Field(description=f"How it signs: {', '.join(style.value for style in Style)}.")]
    preset: Annotated[str, Field(description=f"A built-in map: {', '.join(PRESETS)}.")] = ""
    field_map: Annotated[
        dict[str, Any], Field(default_factory=dict, description="An own map; it goes before the preset.")
    ]
    secret: Annotated[str | None, Field(min_length=16, max_length=200, description="Default: a new one.")] = None
    token_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$", description="For style token.")] = (
        "Authorization"  # noqa: S105  (a header's name)
    )
    authors_of: AuthorsOf = "own"


class SourceChange(Request):
    """What to change; what is left out stays."""

    name: SourceName | None = None
    preset: str | None = None
    field_map: dict[str, Any] | None = None
    secret: Annotated[str | None, Field(min_length=16, max_length=200, description="The one before goes on.")] = None
    enabled: bool | None = None
    authors_of: AuthorsOf | None = None


class SourceAnswer(Shape):
    id: str
    name: str
    address: Annotated[str, Field(description="Where the CMS sends to, on this server.")]
    style: Style
    token_header: str
    preset: str
    field_map: dict[str, Any]
    enabled: bool
    own_ids: Annotated[bool, Field(description="False: of an earlier version, its ids are the API's.")]
    authors_of: AuthorsOf
    created_at: AwareDatetime


class SourceWithSecrets(SourceAnswer):
    secrets: Annotated[
        list[str], Field(description="Newest first; each is accepted. Empty: the keys that sealed them are missing.")
    ]


class SourceList(Shape):
    sources: list[SourceAnswer]


class InboundAnswer(Shape):
    id: str
    state: InboundState
    reason: Annotated[str | None, Field(description="Why it could not be mapped, or changed nothing.")]
    repeated: Annotated[bool, Field(description="It came before, or the comment is in this state already.")] = False


@operation(
    "POST", "/v1/webhooks/<source_id>", summary="Take a webhook from a CMS", tag=TAG, scope=None, signed=True,
    answers={202: ("Taken; what does not map is kept for a replay.", InboundAnswer),
             200: ("The same, for a CMS that takes any other answer for a failure.", InboundAnswer)},
    problems=(413, 503),
)  # fmt: skip
def take_webhook(request: HttpRequest, source_id: str) -> Answer:
    ours, now = context(), utc_now()
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    with ours.database.read() as session:
        source, _ = webhooks.find_genuine(session, ours.settings.keyring, source_id, headers, body, now)
    keeper.current().refuse_backlog(source.site_id)
    with ours.database.write() as session:
        source, verified = webhooks.find_genuine(session, ours.settings.keyring, source_id, headers, body, now)
        inbound, changed = webhooks.receive(session, source, verified, headers, body)
        repeated = not changed and inbound.state is InboundState.APPLIED
        answer = Answer(shown(inbound) | {"repeated": repeated}, status=200 if source.preset in WANT_200 else 202)
    if changed:
        ours.queues.wake()
        ours.queues.wake(DELIVERY)
    return answer


@operation(
    "GET", "/v1/webhook-sources", summary="List the CMS that send webhooks", tag=TAG, scope=Scope.READ,
    answers={200: ("The site's sources.", SourceList)},
)  # fmt: skip
def list_webhook_sources(call: Call[None, None]) -> Answer:
    with call.context.database.read() as session:
        return Answer({"sources": [_source(source) for source in sources.of_site(session, call.site_id)]})


@operation(
    "POST", "/v1/webhook-sources", summary="Set up a CMS that sends webhooks", tag=TAG, body=SourceBody,
    scope=Scope.CONFIGURE, answers={201: ("Set up; give the CMS address and secret.", SourceWithSecrets)},
)  # fmt: skip
def add_webhook_source(call: Call[SourceBody, None]) -> Answer:
    body = call.body
    with call.context.database.write() as session:
        source, secret = sources.add(
            session,
            call.site_id,
            call.context.settings.keyring,
            name=body.name,
            style=body.style,
            preset=body.preset,
            field_map=body.field_map,
            secret=body.secret,
            token_header=body.token_header,
            authors_of=body.authors_of,
        )
        answer = Answer(_source(source) | {"secrets": [secret]}, status=201)
        note(session, call, "webhook_source.add", source)
        return answer


@operation(
    "GET", "/v1/webhook-sources/<source_id>", summary="See a source and its secrets", tag=TAG, scope=Scope.CONFIGURE,
    answers={200: ("The source.", SourceWithSecrets)}, problems=(404,),
)  # fmt: skip
def get_webhook_source(call: Call[None, None], source_id: str) -> Answer:
    with call.context.database.read() as session:
        source = webhooks.require(session, call.site_id, source_id)
        try:
            secrets = call.context.settings.keyring.open_all(source.secrets)
        except Unopenable:
            secrets = []
        return Answer(_source(source) | {"secrets": secrets})


@operation(
    "PATCH", "/v1/webhook-sources/<source_id>", summary="Change a source: its map, its secret, on or off", tag=TAG,
    scope=Scope.CONFIGURE, body=SourceChange, answers={200: ("The source.", SourceAnswer)}, problems=(404,),
)  # fmt: skip
def change_webhook_source(call: Call[SourceChange, None], source_id: str) -> Answer:
    body = call.body
    with call.context.database.write() as session:
        source = webhooks.require(session, call.site_id, source_id)
        sources.change(
            session,
            source,
            name=body.name,
            preset=body.preset,
            field_map=body.field_map,
            enabled=body.enabled,
            authors_of=body.authors_of,
        )
        if body.secret is not None:
            sources.rotate(source, call.context.settings.keyring, body.secret)
        answer = Answer(_source(source))
        note(session, call, "webhook_source.change", source)
        return answer


@operation(
    "DELETE", "/v1/webhook-sources/<source_id>", summary="Remove a source and its dead letters", tag=TAG,
    scope=Scope.CONFIGURE, answers={204: ("Removed.", None)}, problems=(404,),
)  # fmt: skip
def remove_webhook_source(call: Call[None, None], source_id: str) -> Answer:
    with call.context.database.write() as session:
        source = webhooks.require(session, call.site_id, source_id)
        sources.remove(session, source)
        note(session, call, "webhook_source.remove", source)
    return Answer(None, status=204)


def note(
    session: Session, call: Call[Any, Any], action: str, subject: WebhookSource | InboundWebhook, **detail: object
) -> None:
    """Append an act on a source or a webhook to the audit log."""
    kind = "webhook_source" if isinstance(subject, WebhookSource) else "webhook"
    actor = of_key(call.key)
    audit_log.record(
        session, action, actor, site_id=call.site_id, subject_kind=kind, subject_id=subject.id, detail=detail
    )


def shown(inbound: InboundWebhook) -> dict[str, Any]:
    """Return what became of a webhook."""
    return {"id": inbound.id, "state": inbound.state.value, "reason": inbound.reason or None}


def _source(source: WebhookSource) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "address": sources.address_of(source),
        "style": source.style.value,
        "token_header": source.token_header,
        "preset": source.preset,
        "field_map": source.field_map,
        "enabled": source.disabled_at is None,
        "own_ids": source.id_space != API,
        "authors_of": sources.authors_of(source),
        "created_at": rfc3339(source.created_at),
    }
