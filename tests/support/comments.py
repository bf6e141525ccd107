"""Comments for tests, and what a worker does to them, without models."""

from sqlalchemy.orm import Session

from service.db import Database
from service.models import Comment
from service.moderation.decisions import claims, decisions
from service.moderation.decisions.claims import Claim
from service.moderation.intake import intake
from service.moderation.intake.intake import Submission
from service.moderation.judgement.judgement import Judgement, JudgementReason
from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute, Reason, Verdict
from tests.support.actors import ADA

TEXT = "The council's own figures contradict the headline: the bridge was paid for in 2019."
LEASE = 60.0
ATTEMPTS = 5


def submit(database: Database, site_id: str, external_id: str = "c-1", text: str = TEXT, **fields: object) -> Comment:
    """Store a comment as the API does."""
    with database.write() as session:
        submission = Submission(id=external_id, text=text, **fields)  # type: ignore[arg-type]
        return intake.accept(session, site_id, submission, Rules()).comment


def take(database: Database, *, limit: int = 16, lease: float = LEASE, attempts: int = ATTEMPTS) -> Claim | None:
    """Claim as a worker does."""
    with database.write() as session:
        return claims.claim(session, limit=limit, lease_seconds=lease, max_attempts=attempts)


def judged(verdict: Verdict) -> Judgement:
    """A judgement with one reason."""
    if verdict is Verdict.APPROVE:
        return Judgement(verdict=verdict, reasons=())
    reason = JudgementReason(
        verdict=verdict, reason=Reason.TOXIC, attribute=Attribute.TOXICITY, score=0.97, threshold=0.92
    )
    return Judgement(verdict=verdict, reasons=(reason,))


def decide(database: Database, comment: Comment, token: str, verdict: Verdict = Verdict.APPROVE) -> None:
    """Record the policy's verdict as a worker does, with the comment as it was read before; raise Fenced when late."""
    with database.write() as session:
        decisions.record_judgement(session, comment, judged(verdict), token=token, policy_version=0, vector=None)


def classify(database: Database, verdict: Verdict = Verdict.APPROVE) -> list[str]:
    """Give everything that waits `verdict`; return the ids in the order they were decided."""
    decided: list[str] = []
    while (claim := take(database)) is not None:
        for comment_id in claim.comment_ids:
            decide(database, reread(database, comment_id), claim.token, verdict)
            decided.append(comment_id)
    return decided


def moderate(database: Database, comment: Comment, verdict: Verdict, *, delay: float = 0) -> str | None:
    """Decide as a moderator who looks at `comment`; return the decision's id."""
    with database.write() as session:
        decision = decisions.record_moderator(
            session,
            _attached(session, comment),
            verdict,
            expected_version=comment.version,
            by=ADA,
            callback_delay=delay,
        )
        return decision.id if decision else None


def reread(database: Database, comment_id: str) -> Comment:
    """Return the comment as it is now, detached."""
    with database.read() as session:
        return session.get_one(Comment, comment_id)


def _attached(session: Session, comment: Comment) -> Comment:
    return session.get_one(Comment, comment.id)
