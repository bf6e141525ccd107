"""A shadow policy: rules that judge every new comment beside the active policy, are recorded, and act on nothing."""

from collections import Counter
from dataclasses import dataclass, replace
from threading import Lock

from cachetools import LRUCache, cached
from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.orm import Session, aliased

from service.db import database_now
from service.models import Comment, Decision, ShadowJudgement, ShadowPolicy
from service.moderation.authors import facts as authors
from service.moderation.insight.intervals import Share
from service.moderation.judgement.judgement import Facts, Judgement, judge
from service.moderation.policy.rules import Rules
from service.vocabulary import Source, Verdict

# Built once: it is asked with every verdict.
RUNNING = select(ShadowPolicy).where(ShadowPolicy.site_id == bindparam("site_id"), ShadowPolicy.ended_at.is_(None))


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What the shadow said beside the active policy, and how the moderators' verdicts fit with both."""

    judged: int
    moves: dict[tuple[Verdict, Verdict], int]  # (active, shadow) where they differ
    active_right: Share  # automatic approvals and rejections that a moderator confirmed
    shadow_right: Share


def record(
    session: Session, comment: Comment, policy: ShadowPolicy, rules: Rules, facts: Facts, judgement: Judgement, /
) -> ShadowJudgement | None:
    """Write down what a shadow makes of a comment that was just judged; None where it does not run any more.

    `rules` are those of the shadow that hold for the comment. `facts` hold what the shadow's lists find in the text
    (`preview.with_terms`): that takes too long for a transaction.
    """
    now = running(session, comment.site_id)
    if now is None or now.id != policy.id:
        return None
    if rules.count_on_authors:  # what the active rules asked of the author may be less, or other days
        facts = replace(facts, author=authors.facts_for(session, comment, rules))
    shadowed = judge(facts, rules)
    row = ShadowJudgement(
        shadow_id=policy.id,
        comment_id=comment.id,
        revision=comment.revision,
        verdict=shadowed.verdict,
        active_verdict=judgement.verdict,
        reasons=[reason.as_record() for reason in shadowed.reasons],
    )
    session.add(row)
    return row


def running(session: Session, site_id: str, /) -> ShadowPolicy | None:
    """Return the site's running shadow policy, or None."""
    return session.scalar(RUNNING, {"site_id": site_id})


def start(session: Session, site_id: str, rules: Rules, /, *, author: str) -> ShadowPolicy:
    """Run `rules` as the site's shadow from the commit on; one that runs already ends."""
    stop(session, site_id)
    policy = ShadowPolicy(site_id=site_id, rules=rules.as_record(), author=author)
    session.add(policy)
    session.flush()
    return policy


def stop(session: Session, site_id: str, shadow_id: str | None = None, /) -> bool:
    """End the running shadow, or no other than `shadow_id`; its judgements stay. Return whether one ended."""
    which = [] if shadow_id is None else [ShadowPolicy.id == shadow_id]
    ended = session.scalars(
        update(ShadowPolicy)
        .where(ShadowPolicy.site_id == site_id, ShadowPolicy.ended_at.is_(None), *which)
        .values(ended_at=database_now())
        .returning(ShadowPolicy.id)
        .execution_options(synchronize_session=False)
    )
    return bool(ended.all())


def compare(session: Session, policy: ShadowPolicy, /) -> Comparison:
    """Set the shadow's verdicts beside the active ones and the moderators' newest."""
    newer = aliased(Decision)
    by_person = (
        select(Decision.comment_id, Decision.revision, Decision.verdict)
        .outerjoin(
            newer,
            and_(
                newer.comment_id == Decision.comment_id,
                newer.revision == Decision.revision,
                newer.source == Source.MODERATOR,
                newer.id > Decision.id,
            ),
        )
        .where(Decision.site_id == policy.site_id, Decision.source == Source.MODERATOR, newer.id.is_(None))
        .subquery()
    )
    rows = session.execute(
        select(ShadowJudgement.active_verdict, ShadowJudgement.verdict, by_person.c.verdict, func.count())
        .outerjoin(
            by_person,
            and_(
                by_person.c.comment_id == ShadowJudgement.comment_id,
                by_person.c.revision == ShadowJudgement.revision,
            ),
        )
        .where(ShadowJudgement.shadow_id == policy.id)
        .group_by(ShadowJudgement.active_verdict, ShadowJudgement.verdict, by_person.c.verdict)
    ).all()
    moves: Counter[tuple[Verdict, Verdict]] = Counter()
    for active, shadowed, _, count in rows:
        if active is not shadowed:
            moves[active, shadowed] += count

    def right(side: int) -> Share:
        people = (Verdict.APPROVE, Verdict.REJECT)  # held again: the decision was undone
        decided = [row for row in rows if row[2] in people and row[side] is not Verdict.HOLD]
        return Share(sum(row[3] for row in decided if row[side] is row[2]), sum(row[3] for row in decided))

    return Comparison(
        judged=sum(row[3] for row in rows), moves=dict(moves), active_right=right(0), shadow_right=right(1)
    )


@cached(LRUCache(100), key=lambda policy: policy.id, lock=Lock())
def rules_of(policy: ShadowPolicy, /) -> Rules:
    """Return the shadow's rules; the 100 last used stay in memory for good, because a shadow's rules never change."""
    return Rules.model_validate(policy.rules)
