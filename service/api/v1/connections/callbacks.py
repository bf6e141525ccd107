"""Endpoints over HTTP: where callbacks go, their secrets, and sending callbacks again."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.api.operation import Answer, Call, operation
from service.api.shapes.answers import Shape
from service.api.shapes.fields import Address, Line, Moment, Request
from service.api.v1.connections.deliveries import DeliveryAnswer, as_record
from service.clock import rfc3339
from service.models import Endpoint, EndpointKind, EndpointState
from service.moderation import audit_log
from service.moderation.actors import Actor, of_key
from service.moderation.callbacks import deliveries, endpoints, outbox, rotation
from service.outside.sealing import Unopenable
from service.queues import DELIVERY
from service.vocabulary import Event, Scope

TAG = "Callbacks"


class EndpointBody(Request):
    """Where callbacks are to go."""

    url: Address
    events: Annotated[
        tuple[Line, ...],
        Field(max_length=10, description="Empty: all but legal_notice.*, which carry a name and an address."),
    ] = ()
    description: Line = ""
    per_comment: Annotated[
        bool, Field(description="Register the origin of callback_url addresses instead, to have its secret before.")
    ] = False


class EndpointChange(Request):
    """What to change; what is left out stays."""

    url: Address | None = None
    events: Annotated[list[Line] | None, Field(max_length=10)] = None
    description: Line | None = None
    state: Literal["active", "disabled"] | None = None


class ReplayBody(Request):
    """Which deliveries to send again."""

    since: Moment
    only: Literal["failed", "all"] = "failed"


class EndpointAnswer(Shape):
    id: str
    kind: EndpointKind
    url: str
    description: str
    events: list[Event]
    state: EndpointState
    disabled_reason: Annotated[str | None, Field(description="Why nothing is sent any more.")]
    disabled_at: AwareDatetime | None
    held_reason: Annotated[str | None, Field(description="Why nothing leaves although it is active.")]
    failures: Annotated[int, Field(description="Failed attempts in a row.")]
    paused_until: AwareDatetime | None
    created_at: AwareDatetime


class EndpointWithSecrets(EndpointAnswer):
    secrets: Annotated[
        list[str], Field(description="Newest first; each signs. Empty: the keys that sealed them are missing.")
    ]


class EndpointList(Shape):
    endpoints: list[EndpointAnswer]


class Replayed(Shape):
    replayed: int


@operation(
    "GET", "/v1/endpoints", summary="List where callbacks go", tag=TAG, scope=Scope.READ,
    answers={200: ("The site's endpoints.", EndpointList)},
)  # fmt: skip
def list_endpoints(call: Call[None, None]) -> Answer:
    with call.context.database.read() as session:
        found = session.scalars(select(Endpoint).where(Endpoint.site_id == call.site_id).order_by(Endpoint.id))
        return Answer({"endpoints": [_endpoint(endpoint) for endpoint in found]})


@operation(
    "POST", "/v1/endpoints", summary="Register an address for callbacks", tag=TAG, body=EndpointBody,
    scope=Scope.CONFIGURE, answers={201: ("Registered; keep the secret.", EndpointWithSecrets)}, problems=(409,),
)  # fmt: skip
def register_endpoint(call: Call[EndpointBody, None]) -> Answer:
    body = call.body
    with call.context.database.write() as session:
        endpoint = endpoints.register(
            session,
            call.site_id,
            body.url,
            allowed=call.context.settings.callback_allowances,
            events=body.events,
            description=body.description,
            per_comment=body.per_comment,
        )
        answer = Answer(_with_secrets(session, call, endpoint), status=201)
        _note(session, call, "endpoint.register", endpoint)
        return answer


@operation(
    "GET", "/v1/endpoints/<endpoint_id>", summary="See an endpoint and its secrets", tag=TAG, scope=Scope.CONFIGURE,
    answers={200: ("The endpoint.", EndpointWithSecrets)}, problems=(404,),
)  # fmt: skip
def get_endpoint(call: Call[None, None], endpoint_id: str) -> Answer:
    with call.context.database.write() as session:  # the first to ask makes the first secret
        endpoint = endpoints.require(session, call.site_id, endpoint_id, lock=True)
        return Answer(_with_secrets(session, call, endpoint))


@operation(
    "PATCH", "/v1/endpoints/<endpoint_id>", summary="Change an endpoint, switch it on or off", tag=TAG,
    scope=Scope.CONFIGURE, body=EndpointChange, answers={200: ("The endpoint.", EndpointAnswer)}, problems=(404, 409),
)  # fmt: skip
def change_endpoint(call: Call[EndpointChange, None], endpoint_id: str) -> Answer:
    body = call.body
    with call.context.database.write() as session:
        endpoint = endpoints.require(session, call.site_id, endpoint_id)
        endpoints.change(
            session,
            endpoint,
            allowed=call.context.settings.callback_allowances,
            url=body.url,
            events=body.events,
            description=body.description,
        )
        if body.state == "active":
            endpoints.enable(endpoint)
        elif body.state == "disabled":
            endpoints.disable(endpoint, "Switched off by the site.")
        session.flush()
        session.refresh(endpoint)
        _note(session, call, "endpoint.change", endpoint)
        answer = Answer(_endpoint(endpoint))
    call.context.queues.wake(DELIVERY)
    return answer


@operation(
    "DELETE", "/v1/endpoints/<endpoint_id>", summary="Remove an endpoint, its callbacks and its log", tag=TAG,
    scope=Scope.CONFIGURE, answers={204: ("Removed.", None)}, problems=(404,),
)  # fmt: skip
def remove_endpoint(call: Call[None, None], endpoint_id: str) -> Answer:
    with call.context.database.write() as session:
        endpoint = endpoints.require(session, call.site_id, endpoint_id)
        _note(session, call, "endpoint.remove", endpoint)
        session.delete(endpoint)
    return Answer(None, status=204)


@operation(
    "POST", "/v1/endpoints/<endpoint_id>/rotate", summary="Add a secret; the one before signs as well until ended",
    tag=TAG, answers={200: ("The endpoint with both secrets.", EndpointWithSecrets)}, problems=(404,),
    scope=Scope.CONFIGURE,
)  # fmt: skip
def rotate_endpoint_secret(call: Call[None, None], endpoint_id: str) -> Answer:
    with call.context.database.write() as session:
        endpoint = endpoints.require(session, call.site_id, endpoint_id, lock=True)
        endpoints.rotate(endpoint, call.context.settings.keyring)
        answer = Answer(_with_secrets(session, call, endpoint))
        _note(session, call, "endpoint.rotate", endpoint)
        return answer


@operation(
    "DELETE", "/v1/endpoints/<endpoint_id>/old-secrets", summary="End a rotation: only the newest secret signs",
    tag=TAG, scope=Scope.CONFIGURE, answers={204: ("Ended.", None)}, problems=(404,),
)  # fmt: skip
def end_endpoint_rotation(call: Call[None, None], endpoint_id: str) -> Answer:
    with call.context.database.write() as session:
        endpoint = endpoints.require(session, call.site_id, endpoint_id)
        rotation.end(endpoint)
        _note(session, call, "endpoint.end_rotation", endpoint)
    return Answer(None, status=204)


@operation(
    "POST", "/v1/endpoints/<endpoint_id>/test", summary="Send a callback that tells nothing, to see it arrive", tag=TAG,
    scope=Scope.CONFIGURE, problems=(404,),
    answers={202: ("Due; read the delivery to see its outcome.", DeliveryAnswer)},
)  # fmt: skip
def test_endpoint(call: Call[None, None], endpoint_id: str) -> Answer:
    with call.context.database.write() as session:
        endpoint = endpoints.require(session, call.site_id, endpoint_id)
        delivery = outbox.owe_test(session, endpoint)
        session.refresh(delivery)
        _note(session, call, "endpoint.test", endpoint)
        answer = Answer(as_record(delivery), status=202, headers={"Location": f"/v1/deliveries/{delivery.id}"})
    call.context.queues.wake(DELIVERY)
    return answer


@operation(
    "POST", "/v1/endpoints/<endpoint_id>/replay", summary="Send callbacks since a time again", tag=TAG,
    scope=Scope.CONFIGURE, body=ReplayBody, answers={202: ("How many are due again.", Replayed)}, problems=(404,),
)  # fmt: skip
def replay_deliveries(call: Call[ReplayBody, None], endpoint_id: str) -> Answer:
    with call.context.database.write() as session:
        endpoint = endpoints.require(session, call.site_id, endpoint_id)
        count = deliveries.replay_since(session, endpoint, call.body.since, failed_only=call.body.only == "failed")
        _note(session, call, "endpoint.replay", endpoint)
    call.context.queues.wake(DELIVERY)
    return Answer({"replayed": count}, status=202)


def _note(session: Session, call: Call[Any, Any], action: str, endpoint: Endpoint) -> None:
    audit_log.record(
        session, action, _actor(call), site_id=call.site_id, subject_kind="endpoint", subject_id=endpoint.id
    )


def _actor(call: Call[Any, Any]) -> Actor:
    return of_key(call.key)


def _with_secrets(session: Session, call: Call[Any, Any], endpoint: Endpoint) -> dict[str, Any]:
    try:
        secrets = endpoints.secrets_of(session, endpoint, call.context.settings.keyring)
    except Unopenable:
        secrets = []
    session.flush()
    session.refresh(endpoint)
    return _endpoint(endpoint) | {"secrets": secrets}


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "kind": endpoint.kind.value,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "state": endpoint.state.value,
        "disabled_reason": endpoint.disabled_reason or None,
        "disabled_at": rfc3339(endpoint.disabled_at),
        "held_reason": endpoint.held_reason or None,
        "failures": endpoint.failures,
        "paused_until": rfc3339(endpoint.paused_until),
        "created_at": rfc3339(endpoint.created_at),
    }
