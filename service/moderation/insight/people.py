"""What people decided at a site over a period: each moderator's work, and how they saw what the policy did.

Decisions that were taken back within their undo window count for nothing, also not against the one they overturned.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Moderator
from service.moderation.insight import delays, people_record
from service.moderation.insight.people_record import Act
from service.moderation.insight.periods import Period
from service.vocabulary import CommentStatus, Verdict


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one moderator did: decisions, and how many of them somebody else turned round later."""

    name: str
    decisions: int
    approved: int
    rejected: int
    overturned: int
    median_wait: float | None  # seconds the comments they decided had been held


@dataclass(frozen=True, kw_only=True)
class WorkStep:
    """What all moderators together decided in a step."""

    start: int
    approved: int
    rejected: int


@dataclass(frozen=True, kw_only=True)
class AgreementStep:
    """What moderators decided in a step: held comments, those of them rejected, automatic verdicts turned round."""

    start: int
    held: int
    held_rejected: int
    overturned: int


def work(session: Session, site_id: str, period: Period, /) -> list[Work]:
    """Return what each moderator did, busiest first; decisions through the API count under the name they gave."""
    by_person: dict[str, list[Act]] = defaultdict(list)
    for act in people_record.read(session, site_id, period):
        by_person[act.who].append(act)
    names = dict(session.execute(select(Moderator.id, Moderator.name).where(Moderator.id.in_(by_person))).all())
    told = [
        Work(
            name=names.get(person) or max(act.actor for act in acts) or "(no name)",
            decisions=len(acts),
            approved=sum(act.verdict is Verdict.APPROVE for act in acts),
            rejected=sum(act.verdict is Verdict.REJECT for act in acts),
            overturned=sum(act.is_turned_round for act in acts),
            median_wait=delays.of_seconds(act.held_seconds for act in acts).median,
        )
        for person, acts in by_person.items()
    ]
    return sorted(told, key=lambda one: (-one.decisions, one.name))


def work_by_step(session: Session, site_id: str, period: Period, /) -> list[WorkStep]:
    """Return the moderators' throughput in every step of the period, empty ones included."""
    counts = Counter((period.step_at(act.at), act.verdict) for act in people_record.read(session, site_id, period))
    return [
        WorkStep(
            start=start,
            approved=counts[start, Verdict.APPROVE],
            rejected=counts[start, Verdict.REJECT],
        )
        for start in period.starts
    ]


def agreement_by_step(session: Session, site_id: str, period: Period, /) -> list[AgreementStep]:
    """Return how moderators saw what the policy did: holds they found right, verdicts they turned round."""
    held: Counter[tuple[int, Verdict]] = Counter()
    overturned: Counter[int] = Counter()
    for act in people_record.read(session, site_id, period):
        if act.from_status is CommentStatus.HELD:
            held[period.step_at(act.at), act.verdict] += 1
        elif act.is_first_by_a_person:
            overturned[period.step_at(act.at)] += 1
    return [
        AgreementStep(
            start=start,
            held=sum(held[start, verdict] for verdict in Verdict),
            held_rejected=held[start, Verdict.REJECT],
            overturned=overturned[start],
        )
        for start in period.starts
    ]


def matrix(session: Session, site_id: str, period: Period, /) -> dict[tuple[Verdict, Verdict], int]:
    """Return (the policy's verdict, the first moderator's verdict) → comments, of those that a moderator decided."""
    first = [act for act in people_record.read(session, site_id, period) if act.is_first_by_a_person]
    return dict(Counter((policy.verdict, act.verdict) for act in first if (policy := act.automatic) is not None))
