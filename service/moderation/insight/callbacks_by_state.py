"""A site's callbacks over a period by their current state, grouped by creation time.

Deliveries are kept for thirty days (`retention.DELIVERIES_KEPT`): older steps are empty.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.models import DeliveryState
from service.moderation.insight.counts import counters
from service.moderation.insight.counts.periods import Period


@dataclass(frozen=True, kw_only=True)
class DeliveryStep:
    """Callbacks created in a step by their current state; those withdrawn by an undo are not counted."""

    start: int
    delivered: int
    waiting: int
    failed: int


def steps(session: Session, site_id: str, period: Period, /) -> list[DeliveryStep]:
    """Return every step of the period, empty ones included."""
    counts = {
        (row.step, row.key): row.amount for row in counters.read(session, site_id, "callbacks", period, by_step=True)
    }
    return [
        DeliveryStep(
            start=start,
            delivered=counts.get((start, DeliveryState.DELIVERED), 0),
            waiting=counts.get((start, DeliveryState.WAITING), 0),
            failed=counts.get((start, DeliveryState.FAILED), 0),
        )
        for start in period.starts
    ]
