"""What must hold for callbacks at any time, as queries that return the ids of what breaks it; see `invariants`."""

from sqlalchemy import String, cast, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from service.db import database_now
from service.models import Comment, Decision, Delivery, DeliveryState, Endpoint, EndpointKind


def missing() -> Select[str]:
    """Return decisions without a delivery for an endpoint that wants them."""
    # Only decisions since the endpoint last changed its wishes, and young enough for their deliveries to be kept.
    return (
        select(Decision.id)
        .join(Endpoint, Endpoint.site_id == Decision.site_id)
        .join(Comment, Comment.id == Decision.comment_id)
        .where(
            # What came in decided is known to its CMS.
            or_(Comment.imported_at.is_(None), Decision.created_at > Comment.imported_at),
            Endpoint.kind == EndpointKind.REGISTERED,
            cast(Endpoint.events, String) == "[]",
            Decision.created_at > Endpoint.updated_at,
            Decision.created_at > database_now(-29 * 86_400),
            Decision.undoes.is_(None),
            ~exists().where(
                Delivery.decision_id == Decision.id,
                Delivery.endpoint_id == Endpoint.id,
                Delivery.report_id.is_(None),
            ),
        )
    )


def twice() -> Select[str]:
    """Return decisions with two deliveries for one endpoint."""
    # The same change twice is refused by a constraint; the same decision under another number is not.
    return (
        select(func.min(Delivery.id))
        .where(Delivery.decision_id.is_not(None))
        .group_by(Delivery.endpoint_id, Delivery.decision_id, Delivery.report_id)
        .having(func.count() > 1)
    )


def out_of_order() -> Select[str]:
    """Return deliveries that arrived before an earlier one of the same comment was tried."""
    earlier = aliased(Delivery)
    return select(Delivery.id).where(
        Delivery.state == DeliveryState.DELIVERED,
        exists().where(
            earlier.endpoint_id == Delivery.endpoint_id,
            earlier.comment_id == Delivery.comment_id,
            earlier.sequence < Delivery.sequence,
            earlier.state == DeliveryState.WAITING,
            earlier.attempts == 0,
            earlier.last_outcome.is_(None),
        ),
    )


def across_sites() -> Select[str]:
    """Return deliveries to an endpoint of another site."""
    return (
        select(Delivery.id)
        .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .where(Endpoint.site_id != Delivery.site_id)
    )
