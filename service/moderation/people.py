"""What people decided at a site over a period: each moderator's work, and how they saw what the policy did.

Decisions that were taken back within their undo window count for nothing, also not against the one they overturned.
"""

from dataclasses import dataclass

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from service.models import Decision, Moderator
from service.moderation import delays
from service.moderation.counted import BY_THE_SERVICE, by_people, first_by_a_person, follows, number_of, stands
from service.moderation.periods import Period
from service.vocabulary import CommentStatus, Source, Verdict


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
    later = aliased(Decision)
    overturned = (
        select(literal(1))
        .where(
            follows(later, Decision),
            later.source == Source.MODERATOR,
            later.to_status != Decision.to_status,
            or_(
                later.moderator_id.is_distinct_from(Decision.moderator_id),
                and_(Decision.moderator_id.is_(None), later.actor != Decision.actor),
            ),
            stands(later),
        )
        .exists()
    )
    # People by their id, since two may have one name; those who came through the API by the name alone.
    who = func.coalesce(Decision.moderator_id, literal("/").concat(Decision.actor))
    decided = by_people(site_id, period)
    rows = session.execute(
        select(
            who,
            func.max(func.coalesce(Moderator.name, Decision.actor)),
            func.count(),
            number_of(Decision.verdict == Verdict.APPROVE),
            number_of(Decision.verdict == Verdict.REJECT),
            number_of(overturned),
        )
        .outerjoin(Moderator, Moderator.id == Decision.moderator_id)
        .where(*decided)
        .group_by(who)
    ).all()
    waits = delays.medians(session, delays.review_seconds(who).where(*decided))
    told = [
        Work(
            name=name or "(no name)",
            decisions=decisions,
            approved=approved,
            rejected=rejected,
            overturned=turned,
            median_wait=waits.get(person),
        )
        for person, name, decisions, approved, rejected, turned in rows
    ]
    return sorted(told, key=lambda one: (-one.decisions, one.name))


def work_by_step(session: Session, site_id: str, period: Period, /) -> list[WorkStep]:
    """Return the moderators' throughput in every step of the period, empty ones included."""
    at = period.step_of(Decision.created_at)
    rows = session.execute(
        select(at, Decision.verdict, func.count()).where(*by_people(site_id, period)).group_by(at, Decision.verdict)
    )
    counts: dict[tuple[int, Verdict], int] = {(start, verdict): count for start, verdict, count in rows}
    return [
        WorkStep(
            start=start,
            approved=counts.get((start, Verdict.APPROVE), 0),
            rejected=counts.get((start, Verdict.REJECT), 0),
        )
        for start in period.starts
    ]


def agreement_by_step(session: Session, site_id: str, period: Period, /) -> list[AgreementStep]:
    """Return how moderators saw what the policy did: holds they found right, verdicts they turned round."""
    at = period.step_of(Decision.created_at)
    held = Decision.from_status == CommentStatus.IN_REVIEW
    rows = {
        start: (held_count, rejected, overturned)
        for start, held_count, rejected, overturned in session.execute(
            select(
                at,
                number_of(held),
                number_of(held & (Decision.verdict == Verdict.REJECT)),
                number_of(~held & first_by_a_person()),
            )
            .where(*by_people(site_id, period))
            .group_by(at)
        )
    }
    return [
        AgreementStep(start=start, held=row[0], held_rejected=row[1], overturned=row[2])
        for start in period.starts
        for row in [rows.get(start, (0, 0, 0))]
    ]


def matrix(session: Session, site_id: str, period: Period, /) -> dict[tuple[Verdict, Verdict], int]:
    """Return (the policy's verdict, the first moderator's verdict) → comments, of those that a moderator decided."""
    policy = aliased(Decision)
    rows = session.execute(
        select(policy.verdict, Decision.verdict, func.count())
        .join(policy, and_(policy.comment_id == Decision.comment_id, policy.revision == Decision.revision))
        .where(*by_people(site_id, period), first_by_a_person(), policy.source.in_(BY_THE_SERVICE))
        .group_by(policy.verdict, Decision.verdict)
    )
    return {(by_policy, by_person): count for by_policy, by_person, count in rows}
