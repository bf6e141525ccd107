"""Writes a past into the database: comments with scores, verdicts and moderators' decisions at chosen times."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from service.models import Article, Assessment, Comment, Decision, Moderator, Score, Site
from service.moderation.decisions.decisions import STATUS_OF
from service.moderation.judgement.judgement import Facts, judge
from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute, CommentStatus, Source, Verdict

LONG = "A remark that is comfortably longer than the fifty characters a site asks for."


# A new site's scores only hold; a past needs rejections too.
REJECTING = Rules.model_validate({
    "thresholds": {name: {"hold_at": 0.3, "reject_at": 0.9} for name in ("toxicity", "obscene", "insult")}
})  # fmt: skip


class History:
    """A site's past, told comment by comment."""

    def __init__(self, session: Session, site: Site, *, rules: Rules | None = None) -> None:
        self.session, self.site, self.rules = session, site, rules or REJECTING
        self._number = 0

    def article(self, external_id: str, title: str) -> Article:
        article = Article(site_id=self.site.id, external_id=external_id, title=title)
        self.session.add(article)
        self.session.flush()
        return article

    def moderator(self, name: str) -> Moderator:
        moderator = Moderator(email=f"{name.lower()}@example.org", name=name)
        self.session.add(moderator)
        self.session.flush()
        return moderator

    def comment(
        self,
        at: datetime,
        *,
        scores: Mapping[Attribute, float] | None = None,
        text: str = LONG,
        article: Article | None = None,
        seconds: float = 2.0,
        findings: Mapping[str, Any] | None = None,
        decided_by: Moderator | None = None,
        verdict: Verdict | None = None,
        after: timedelta = timedelta(minutes=10),
    ) -> Comment:
        """Add a comment judged by the rules `seconds` after `at`, and by `decided_by` with `verdict` later still."""
        self._number += 1
        scores = {Attribute.TOXICITY: 0.01} | dict(scores or {})
        facts = Facts(length=len(text), scores=scores, has_article=article is not None)
        judgement = judge(facts, self.rules)
        judged = at + timedelta(seconds=seconds)
        comment = Comment(
            site_id=self.site.id,
            external_id=f"c{self._number}",
            article_id=article.id if article else None,
            author_external_id=f"reader-{self._number % 7}",
            author_name=f"Reader {self._number % 7}",
            text=text,
            length=len(text),
            received_at=at,
            pending_since=at,
            wake_at=at,
            status=STATUS_OF[judgement.verdict],
            verdict=judgement.verdict,
            decided_at=judged,
            version=2,
        )
        self.session.add(comment)
        self.session.flush()
        for attribute, value in scores.items():
            self.session.add(
                Score(
                    site_id=self.site.id,
                    comment_id=comment.id,
                    revision=1,
                    attribute=attribute,
                    value=value,
                    classifier="toxicity",
                    version="test",
                    created_at=judged,
                )
            )
        self.session.add(
            Assessment(
                comment_id=comment.id,
                revision=1,
                language="en",
                findings={"terms": [], "links": [], "has_article": article is not None, "language_supported": True}
                | dict(findings or {}),
                created_at=judged,
            )
        )
        self._decision(
            comment,
            CommentStatus.PENDING,
            judgement.verdict,
            judged,
            source=Source.POLICY,
            policy_version=1,
            reasons=[reason.as_record() for reason in judgement.reasons],
        )
        if verdict is not None:
            assert decided_by is not None
            self.decide(comment, decided_by, verdict, judged + after)
        self.session.flush()
        return comment

    def decide(self, comment: Comment, by: Moderator | str, verdict: Verdict, at: datetime) -> Decision:
        """Add a person's decision, also over an earlier one; `by` is a name where it came through the API."""
        who = {"actor": by} if isinstance(by, str) else {"moderator_id": by.id, "actor": by.name}
        reasons = [{"code": "moderator_decision", "verdict": verdict.value, "text": "undone"}]  # a text, no undo
        decision = self._decision(comment, comment.status, verdict, at, source=Source.MODERATOR, reasons=reasons, **who)
        comment.status, comment.verdict, comment.decided_at = STATUS_OF[verdict], verdict, at
        comment.version += 1
        self.session.flush()
        return decision

    def undo(self, decision: Decision, at: datetime) -> None:
        """Undo a moderator's decision, as within the undo window."""
        comment = self.session.get_one(Comment, decision.comment_id)
        back = {status: verdict for verdict, status in STATUS_OF.items()}[decision.from_status]
        undo = self.decide(comment, self.session.get_one(Moderator, decision.moderator_id), back, at)
        undo.reasons, undo.undoes = [{"code": "undone", "verdict": back.value, "text": "undone"}], decision.id
        self.session.flush()

    def edit(self, comment: Comment, at: datetime, verdict: Verdict, *, seconds: float = 2.0) -> None:
        """Replace the text: a new revision, judged anew `seconds` after `at`."""
        judged = at + timedelta(seconds=seconds)
        comment.revision, comment.pending_since, comment.edited_at = comment.revision + 1, at, at
        self._decision(
            comment, CommentStatus.PENDING, verdict, judged, source=Source.POLICY, policy_version=1, reasons=[]
        )
        comment.status, comment.verdict, comment.decided_at = STATUS_OF[verdict], verdict, judged
        comment.version += 2
        self.session.flush()

    def _decision(
        self, comment: Comment, from_status: CommentStatus, verdict: Verdict, at: datetime, **values: Any
    ) -> Decision:
        decision = Decision(
            site_id=self.site.id,
            comment_id=comment.id,
            revision=comment.revision,
            from_status=from_status,
            to_status=STATUS_OF[verdict],
            verdict=verdict,
            created_at=at,
            **values,
        )
        self.session.add(decision)
        self.session.flush()
        return decision
