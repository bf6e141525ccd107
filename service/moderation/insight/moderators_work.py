"""What moderators decided at a site over a period: each one's work, and how far they agreed with the policy.

Undone decisions are not counted, nor do they count against the decision that they overturned.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Moderator
from service.moderation.decisions.decisions import STATUS_OF
from service.moderation.insight import delays
from service.moderation.insight.counts import counters
from service.moderation.insight.counts.periods import Period
from service.vocabulary import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """How many decisions of one moderator were alike."""

    step: int
    who: str  # the moderator's id, as two may share a name; / and the name given where it came by API
    verdict: Verdict
    by_policy: Verdict | None  # the policy's verdict, where no other moderator had decided before
    is_overturned: bool  # by another moderator, later
    amount: int


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one moderator did: decisions, and how many of them another moderator overturned."""

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
    """What moderators decided in a step: held comments, those of them rejected, automatic verdicts overturned."""

    start: int
    held: int
    held_rejected: int
    overturned: int


def work(session: Session, site_id: str, period: Period, /) -> list[Work]:
    """Return what each moderator did, busiest first; decisions through the API count under the name they gave."""
    by_person: dict[str, list[Acts]] = defaultdict(list)
    for acts in _acts(session, site_id, period, by_step=False):
        by_person[acts.who].append(acts)
    names = dict(session.execute(select(Moderator.id, Moderator.name).where(Moderator.id.in_(by_person))).all())
    held = delays.reviews(session, site_id, period)
    told = [
        Work(
            name=names.get(person) or person.removeprefix("/") or "(no name)",
            decisions=sum(one.amount for one in acts),
            approved=sum(one.amount for one in acts if one.verdict is Verdict.APPROVE),
            rejected=sum(one.amount for one in acts if one.verdict is Verdict.REJECT),
            overturned=sum(one.amount for one in acts if one.is_overturned),
            median_wait=delays.median(held[person]),
        )
        for person, acts in by_person.items()
    ]
    return sorted(told, key=lambda one: (-one.decisions, one.name))


def work_by_step(session: Session, site_id: str, period: Period, /) -> list[WorkStep]:
    """Return the moderators' throughput in every step of the period, empty ones included."""
    counts: Counter[tuple[int, Verdict]] = Counter()
    for acts in _acts(session, site_id, period, by_step=True):
        counts[acts.step, acts.verdict] += acts.amount
    return [
        WorkStep(start=start, approved=counts[start, Verdict.APPROVE], rejected=counts[start, Verdict.REJECT])
        for start in period.starts
    ]


def agreement_by_step(session: Session, site_id: str, period: Period, /) -> list[AgreementStep]:
    """Return how far moderators agreed with the policy: held comments they rejected, verdicts they overturned."""
    held: Counter[tuple[int, Verdict]] = Counter()
    overturned: Counter[int] = Counter()
    for acts in _acts(session, site_id, period, by_step=True):
        if acts.by_policy is Verdict.HOLD:
            held[acts.step, acts.verdict] += acts.amount
        elif acts.by_policy is not None:
            overturned[acts.step] += acts.amount
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
    counts: Counter[tuple[Verdict, Verdict]] = Counter()
    for acts in _acts(session, site_id, period, by_step=False):
        if acts.by_policy is not None:
            counts[acts.by_policy, acts.verdict] += acts.amount
    return dict(counts)


def _acts(session: Session, site_id: str, period: Period, *, by_step: bool) -> Iterator[Acts]:
    verdict_of = {status.value: verdict for verdict, status in STATUS_OF.items()}
    for row in counters.read(session, site_id, "acts", period, by_step=by_step):
        verdict, before, overturned, who = row.key.split("/", 3)
        yield Acts(
            step=row.step,
            who=who,
            verdict=Verdict(verdict),
            by_policy=verdict_of.get(before),
            is_overturned=bool(overturned),
            amount=row.amount,
        )
