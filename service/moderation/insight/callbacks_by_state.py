"""What became of a site's callbacks over a period, by the time at which each came to be owed.

Deliveries are kept for thirty days (`retention.DELIVERIES_KEPT`): of older steps nothing is left to count.
"""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.models import Delivery, DeliveryState
from service.moderation.insight.periods import Period


@dataclass(frozen=True, kw_only=True)
class DeliveryStep:
    """Callbacks that came to be owed in a step, by their state now; those withdrawn by an undo are not counted."""

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
