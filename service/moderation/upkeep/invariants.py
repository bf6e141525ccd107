"""What must hold over the whole record at any time, as queries that return the ids of what breaks it.

`moderato doctor --audit` and every fault test ask these; a new promise belongs here as a query, in one sentence and
one statement.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import String, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import Select

from service.db import database_now
from service.models import (
    Appeal,
    Article,
    Assessment,
    Comment,
    Decision,
    Delivery,
    Note,
    Precedent,
    Report,
    Revision,
    Score,
    SecondLook,
    Strike,
)
from service.moderation.insight.counts import recount
from service.moderation.intake.turns import BEHIND
from service.moderation.upkeep import callback_invariants, held_invariants, report_invariants
from service.vocabulary import BY_THE_SERVICE, CommentStatus, Source, Verdict

SHOWN = 20  # ids shown of each breach
TALLIED = "the numbers of held comments are those of a count"  # the ids are those of the sites
FIGURES = "the counts behind the figures are those of the rows"  # likewise
_EDGES = (
    (CommentStatus.PENDING, CommentStatus.APPROVED),
    (CommentStatus.PENDING, CommentStatus.REJECTED),
    (CommentStatus.PENDING, CommentStatus.HELD),
    (CommentStatus.HELD, CommentStatus.APPROVED),
    (CommentStatus.HELD, CommentStatus.REJECTED),
    (CommentStatus.APPROVED, CommentStatus.REJECTED),
    (CommentStatus.REJECTED, CommentStatus.APPROVED),
)
_BACK = ((CommentStatus.APPROVED, CommentStatus.HELD), (CommentStatus.REJECTED, CommentStatus.HELD))


@dataclass(frozen=True)
class Breach:
    """A promise that does not hold, and the ids of (some of) the rows that break it."""

    promise: str
    ids: tuple[str, ...]


def audit(session: Session, /, *, slo_seconds: float = 3_600) -> list[Breach]:
    """Return every breach; none in a healthy database. `slo_seconds`: how old a comment without verdict may be."""
    breaches = []
    for promise, statement in _promises(slo_seconds):
        ids = session.scalars(statement.limit(SHOWN)).all()
        if ids:
            breaches.append(Breach(promise, tuple(ids)))
    return breaches


def _promises(slo_seconds: float) -> Iterator[tuple[str, Select[str]]]:
    for promise, make in _PROMISES:
        yield promise, make()
    yield (
        "every accepted comment has a verdict or is younger than the target",
        select(Comment.id).where(
            Comment.status == CommentStatus.PENDING,
            Comment.pending_since < database_now(-slo_seconds),
            Comment.turn < BEHIND,  # an imported comment gives way to all others
        ),
    )


def _status_is_that_of_its_decisions() -> Select[str]:
    # Decisions lead into the comment's status once more than out of it. Times do not count: clocks can be set back.
    into = case((Decision.to_status == Comment.status, 1), else_=0)
    out = case((Decision.from_status == Comment.status, 1), else_=0)
    balance = (
        select(func.coalesce(func.sum(into - out), 0))
        .where(Decision.comment_id == Comment.id, Decision.revision == Comment.revision)
        .correlate(Comment)
        .scalar_subquery()
    )
    return select(Comment.id).where(Comment.status != CommentStatus.PENDING, balance != 1)


def _decided_without_decision() -> Select[str]:
    of_this_text = exists().where(Decision.comment_id == Comment.id, Decision.revision == Comment.revision)
    return select(Comment.id).where(Comment.status != CommentStatus.PENDING, ~of_this_text)


def _decided_twice() -> Select[str]:
    return (
        select(Decision.comment_id)
        .where(Decision.source.in_(BY_THE_SERVICE), Decision.from_status == CommentStatus.PENDING)
        .group_by(Decision.comment_id, Decision.revision)
        .having(func.count() > 1)
    )


def _not_an_edge() -> Select[str]:
    edges = or_(*(and_(Decision.from_status == one, Decision.to_status == other) for one, other in _EDGES))
    back = or_(*(and_(Decision.from_status == one, Decision.to_status == other) for one, other in _BACK))
    # An undo, a replay, or readers' reports.
    may_go_back = or_(Decision.undoes.is_not(None), Decision.source.in_((Source.POLICY, Source.READERS)))
    return select(Decision.id).where(~edges, ~and_(back, may_go_back))


def _undoes_another() -> Select[str]:
    # That nothing lies between the two follows from their statuses; times are not asked, as above.
    undone = aliased(Decision)
    return (
        select(Decision.id)
        .join(undone, undone.id == Decision.undoes)
        .where(
            or_(
                undone.comment_id != Decision.comment_id,
                undone.revision != Decision.revision,
                undone.from_status != Decision.to_status,
                undone.to_status != Decision.from_status,
                undone.undoes.is_not(None),
                undone.source.not_in((Source.MODERATOR, Source.POLICY)),
                # A first verdict stands; what the policy decided later was a replay's.
                and_(undone.source == Source.POLICY, undone.from_status == CommentStatus.PENDING),
                Decision.source != Source.MODERATOR,
            )
        )
    )


def _pending_with_verdict() -> Select[str]:
    has = or_(Comment.verdict.is_not(None), Comment.decided_at.is_not(None))
    return select(Comment.id).where(Comment.status == CommentStatus.PENDING, has)


def _decided_by_nobody() -> Select[str]:
    unnamed = and_(Decision.moderator_id.is_(None), Decision.actor == "")
    return select(Decision.id).where(
        or_(
            and_(Decision.source == Source.POLICY, Decision.policy_version.is_(None)),
            and_(Decision.source.in_((Source.MODERATOR, Source.SITE)), unnamed),
        )
    )


def _decided_for_no_reason() -> Select[str]:
    return select(Decision.id).where(Decision.verdict != Verdict.APPROVE, cast(Decision.reasons, String) == "[]")


def _decided_by_upkeep() -> Select[str]:
    return select(Decision.id).where(Decision.source == Source.UPKEEP, Decision.to_status != CommentStatus.HELD)


def _failed_open() -> Select[str]:
    failed = cast(Assessment.findings, String).contains('"classifier_failed": true', autoescape=True)
    return (
        select(Decision.id)
        .join(Assessment, and_(Assessment.comment_id == Decision.comment_id, Assessment.revision == Decision.revision))
        .where(Decision.source == Source.POLICY, Decision.verdict == Verdict.APPROVE, failed)
    )


def _half_claimed() -> Select[str]:
    return select(Comment.id).where(Comment.claim_token.is_(None) != Comment.claimed_until.is_(None))


def _decided_and_claimed() -> Select[str]:
    return select(Comment.id).where(Comment.status != CommentStatus.PENDING, Comment.claim_token.is_not(None))


def _erased_but_there() -> Select[str]:
    left = or_(
        Comment.text != "",
        Comment.author_external_id.is_not(None),
        Comment.author_name.is_not(None),
        Comment.vector.is_not(None),
        exists().where(Revision.comment_id == Comment.id),
        exists().where(Strike.comment_id == Comment.id),
        exists().where(or_(Precedent.comment_id == Comment.id, Precedent.decided_id == Comment.id)),
    )
    return select(Comment.id).where(Comment.erased_at.is_not(None), left)


def _strike_without_rejection() -> Select[str]:
    # An edited text keeps its strike; of the current one the comment's own status speaks.
    return (
        select(Strike.comment_id)
        .join(Comment, Comment.id == Strike.comment_id)
        .join(Decision, Decision.id == Strike.decision_id)
        .where(
            or_(
                and_(Strike.revision == Comment.revision, Comment.status != CommentStatus.REJECTED),
                Decision.to_status != CommentStatus.REJECTED,
                Decision.comment_id != Strike.comment_id,
                Strike.author_external_id.is_distinct_from(Comment.author_external_id),
            )
        )
    )


def _score_out_of_range() -> Select[str]:
    nameless = or_(Score.classifier == "", Score.version == "")
    return select(Score.id).where(or_(Score.value < 0, Score.value > 1, Score.value != Score.value, nameless))


def _miscounted() -> Select[str]:
    # Times are no promise: a clock that is set back puts a verdict before its comment. `moderato doctor` warns of it.
    return select(Comment.id).where(or_(Comment.revision < 1, Comment.version < Comment.revision, Comment.attempts < 0))


def _across_sites() -> Select[str]:
    parent, precedent = aliased(Comment), aliased(Comment)
    return (
        select(Comment.id)
        .outerjoin(Article, Article.id == Comment.article_id)
        .outerjoin(parent, parent.id == Comment.parent_id)
        .where(
            or_(
                Article.site_id != Comment.site_id,
                parent.site_id != Comment.site_id,
                exists().where(
                    Precedent.comment_id == Comment.id,
                    precedent.id == Precedent.decided_id,
                    precedent.site_id != Comment.site_id,
                ),
                *(
                    exists().where(kind.comment_id == Comment.id, kind.site_id != Comment.site_id)
                    for kind in (Decision, Score, Delivery, Appeal, Note, SecondLook, Strike, Report)
                ),
            )
        )
    )


_PROMISES: tuple[tuple[str, Callable[[], Select[str]]], ...] = (
    ("a comment has the status of its last decision", _status_is_that_of_its_decisions),
    ("no comment has a verdict without a decision on its text", _decided_without_decision),
    ("a revision has one automatic decision", _decided_twice),
    ("every decision is a transition that exists", _not_an_edge),
    ("an undo undoes the decision before it", _undoes_another),
    ("every decision says who", _decided_by_nobody),
    ("every decision that holds or rejects says why", _decided_for_no_reason),
    ("upkeep decides nothing but to ask a human", _decided_by_upkeep),
    ("readers' reports decide nothing but to ask a human", report_invariants.held_by_readers),
    ("a reporter's record is that of their settled reports", report_invariants.records_off),
    ("no words of reports are left of what was erased", report_invariants.words_left),
    ("nothing is approved that a classifier failed on", _failed_open),
    ("a pending comment has no verdict", _pending_with_verdict),
    ("a decided comment has no claim", _decided_and_claimed),
    ("a claim has a token and an end", _half_claimed),
    ("nothing is left of what was erased", _erased_but_there),
    ("every strike belongs to a rejection in force", _strike_without_rejection),
    ("every decision has a delivery for every endpoint that wants all events", callback_invariants.missing),
    ("no delivery is doubled", callback_invariants.twice),
    ("no later callback arrived before an earlier one", callback_invariants.out_of_order),
    ("a score is a probability and names its classifier", _score_out_of_range),
    ("a comment counts its texts, changes and attempts", _miscounted),
    (TALLIED, held_invariants.tally_is_off),
    ("the review queue finds a held comment by each of its reasons, and no other comment", held_invariants.reasons_off),
    (FIGURES, lambda: recount.SITES_OFF),
    ("nothing of one site belongs to another", _across_sites),
    ("no callback goes to another site's endpoint", callback_invariants.across_sites),
)
