"""Deliveries over HTTP: the log of callbacks, what each said and how it fared, and sending one again."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field
from sqlalchemy import select

from service.api.operation import Answer, Call, operation
from service.api.shapes.answers import Shape
from service.api.shapes.requests import Query
from service.clock import rfc3339
from service.models import Delivery, DeliveryState
from service.moderation import audit_log
from service.moderation.actors import of_key
from service.moderation.callbacks import deliveries, payloads
from service.queues import DELIVERY
from service.vocabulary import AttemptOutcome, Event, Scope

TAG = "Callbacks"


class DeliveryQuery(Query):
    endpoint_id: Annotated[str | None, Field(max_length=32, pattern="^[0-9a-f]{32}$")] = None
    state: DeliveryState | None = None
    before: Annotated[str | None, Field(max_length=32, pattern="^[0-9a-f]{32}$", description="next_before")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AttemptAnswer(Shape):
    number: int
    outcome: AttemptOutcome
    status: int | None
    detail: str
    milliseconds: int
    created_at: AwareDatetime


class DeliveryAnswer(Shape):
    id: Annotated[str, Field(description="The webhook-id without its prefix msg_.")]
    endpoint_id: str
    event: Event
    sequence: int
    state: DeliveryState
    attempts: int
    next_attempt_at: AwareDatetime | None
    last_outcome: AttemptOutcome | None
    last_status: int | None
    delivered_at: AwareDatetime | None
    created_at: AwareDatetime


class DeliveryDetail(DeliveryAnswer):
    payload: dict[str, Any]
    log: list[AttemptAnswer]


class DeliveryList(Shape):
    deliveries: list[DeliveryAnswer]
    next_before: str | None


@operation(
    "GET", "/v1/deliveries", summary="List deliveries, newest first", tag=TAG, scope=Scope.READ, query=DeliveryQuery,
    answers={200: ("A page of deliveries.", DeliveryList)},
)  # fmt: skip
def list_deliveries(call: Call[None, DeliveryQuery]) -> Answer:
    query, chosen = call.query, select(Delivery).where(Delivery.site_id == call.site_id)
    if query.endpoint_id is not None:
        chosen = chosen.where(Delivery.endpoint_id == query.endpoint_id)
    if query.state is not None:
        chosen = chosen.where(Delivery.state == query.state)
    if query.before is not None:
        chosen = chosen.where(Delivery.id < query.before)
    with call.context.database.read() as session:
        found = session.scalars(chosen.order_by(Delivery.id.desc()).limit(query.limit + 1)).all()
    page = found[: query.limit]
    more = page[-1].id if len(found) > query.limit else None
    return Answer({"deliveries": [as_record(delivery) for delivery in page], "next_before": more})


@operation(
    "GET", "/v1/deliveries/<delivery_id>", summary="See a delivery, its payload and the log of its attempts", tag=TAG,
    scope=Scope.READ, answers={200: ("The delivery.", DeliveryDetail)}, problems=(404,),
)  # fmt: skip
def get_delivery(call: Call[None, None], delivery_id: str) -> Answer:
    with call.context.database.read() as session:
        delivery = deliveries.require(session, call.site_id, delivery_id)
        log = [
            {
                "number": attempt.number,
                "outcome": attempt.outcome.value,
                "status": attempt.status,
                "detail": attempt.detail,
                "milliseconds": attempt.milliseconds,
                "created_at": rfc3339(attempt.created_at),
            }
            for attempt in deliveries.attempts_of(session, delivery)
        ]
        return Answer(as_record(delivery) | {"payload": payloads.shown(session, delivery), "log": log})


@operation(
    "POST", "/v1/deliveries/<delivery_id>/replay", summary="Send a delivery again, under the same id", tag=TAG,
    scope=Scope.CONFIGURE, answers={202: ("Due again.", DeliveryAnswer)}, problems=(404, 409),
)  # fmt: skip
def replay_delivery(call: Call[None, None], delivery_id: str) -> Answer:
    with call.context.database.write() as session:
        delivery = deliveries.require(session, call.site_id, delivery_id)
        deliveries.replay(session, delivery)
        answer = Answer(as_record(delivery), status=202)
        actor = of_key(call.key)
        audit_log.record(
            session, "delivery.replay", actor, site_id=call.site_id, subject_kind="delivery", subject_id=delivery.id,
            detail={"count": 1},
        )  # fmt: skip
    call.context.queues.wake(DELIVERY)
    return answer


def as_record(delivery: Delivery, /) -> dict[str, Any]:
    """Return the delivery as the answers show it; no time is due for one that waits no more."""
    waiting = delivery.state is DeliveryState.WAITING
    due: datetime | None = delivery.next_attempt_at if waiting else None
    return {
        "id": delivery.id,
        "endpoint_id": delivery.endpoint_id,
        "event": delivery.event.value,
        "sequence": delivery.sequence,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_attempt_at": rfc3339(due),
        "last_outcome": delivery.last_outcome.value if delivery.last_outcome else None,
        "last_status": delivery.last_status,
        "delivered_at": rfc3339(delivery.delivered_at),
        "created_at": rfc3339(delivery.created_at),
    }
