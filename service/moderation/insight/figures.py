"""A site's figures over a period as plain values: what the dashboard shows, for programs."""

from typing import Any

from sqlalchemy.orm import Session

from service.clock import rfc3339
from service.models.stored_ids import bare, space_of
from service.moderation.insight import callbacks_by_state, delays, moderators_work, policy_verdicts
from service.moderation.insight.counts.periods import Period
from service.moderation.insight.delays import Delay


def of_period(session: Session, site_id: str, period: Period, /) -> dict[str, Any]:
    """Return the figures; steps come oldest first, all of them, lists with what is most frequent first."""
    whole, by_step = delays.time_to_verdict(session, site_id, period)
    nothing = Delay(count=0, median=None, p95=None)
    steps = [
        {
            "start": step.start,
            "received": step.received,
            "verdicts": {"approve": step.approve, "hold": step.hold, "reject": step.reject},
            "time_to_verdict": _delay(by_step.get(step.start, nothing)),
            "moderators": {"approved": work.approved, "rejected": work.rejected},
            "held_decided": agreed.held,
            "held_rejected": agreed.held_rejected,
            "overturned": agreed.overturned,
            "callbacks": {"delivered": owed.delivered, "waiting": owed.waiting, "failed": owed.failed},
        }
        for step, work, agreed, owed in zip(
            policy_verdicts.steps(session, site_id, period),
            moderators_work.work_by_step(session, site_id, period),
            moderators_work.agreement_by_step(session, site_id, period),
            callbacks_by_state.steps(session, site_id, period),
            strict=True,
        )
    ]
    return {
        "since": rfc3339(period.start),
        "until": rfc3339(period.end),
        "step_seconds": period.step,
        "steps": steps,
        "time_to_verdict": _delay(whole),
        "time_to_review": _delay(delays.time_to_review(session, site_id, period)),
        "reasons": [
            {"code": code, "attribute": attribute or None, "comments": count}
            for code, attribute, count in policy_verdicts.reasons(session, site_id, period)
        ],
        "agreement": [
            {"policy": by_policy.value, "moderator": by_person.value, "comments": count}
            for (by_policy, by_person), count in sorted(moderators_work.matrix(session, site_id, period).items())
        ],
        "articles": [
            {
                "id": bare(one.external_id),
                **_source(one.external_id),
                "comments": one.comments,
                "held_or_rejected": one.trouble.hits,
            }
            for one in policy_verdicts.troubled_articles(session, site_id, period)
        ],
    }


def _delay(found: Delay) -> dict[str, float | int | None]:
    return {"median_seconds": found.median, "p95_seconds": found.p95, "measured": found.count}


def _source(stored: str) -> dict[str, str]:
    return {"source": space} if (space := space_of(stored)) else {}
