"""A site's callbacks over a period by their current state, grouped by creation time.

Deliveries are kept for thirty days (`retention.DELIVERIES_KEPT`): older steps are empty.
"""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.models import Delivery, DeliveryState
from service.moderation.insight.periods import Period


@dataclass(frozen=True, kw_only=True)
class DeliveryStep:
    """Callbacks created in a step by their current state; those withdrawn by an undo are not counted."""

    start: int
    delivered: int
    waiting: int
    failed: int


def steps(session: Session, site_id: str, period: Period, /) -> list[DeliveryStep]:
    """Return every step of the period, empty ones included."""
    at = period.step_of(Delivery.created_at)
    rows = session.execute(
        select(at, Delivery.state, func.count())
        .where(Delivery.site_id == site_id, period.covers(Delivery.created_at))
        .group_by(at, Delivery.state)
    )
    counts: dict[tuple[int, DeliveryState], int] = {(start, state): count for start, state, count in rows}
    return [
        DeliveryStep(
            start=start,
            delivered=counts.get((start, DeliveryState.DELIVERED), 0),
            waiting=counts.get((start, DeliveryState.WAITING), 0),
            failed=counts.get((start, DeliveryState.FAILED), 0),
        )
        for start in period.starts
    ]
