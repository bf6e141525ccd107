"""Comments that wait for a moderator, as intake and a worker leave them; made-up sentences, with scores to match."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from service.db import Database
from service.models import Assessment, Comment, Score
from service.moderation.decisions import claims, decisions
from service.moderation.intake import intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.judgement.judgement import Judgement, JudgementReason
from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute, CommentStatus, Reason, Verdict
from tests.support import services

ARTICLE = ArticleSubmission(
    id="bridge",
    url="https://gazette.example/bridge",
    title="Council reopens the old bridge after four years of works",
    key_points=(
        "The bridge carries buses and bicycles only.",
        "The works cost 12 million, twice the first estimate.",
        "Shops on the east bank complain of lost trade.",
    ),
    body="The council reopened the old bridge on Monday. Cars have to take the ring road.",
    language="en",
)


@dataclass(frozen=True)
class Said:
    """One made-up comment: its text, who wrote it, and what the classifiers would have found."""

    text: str
    author: str
    scores: dict[Attribute, float]
    marks: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    findings: dict[str, Any] = field(default_factory=dict)
    advert: bool = False  # what is off topic is an advert


SAID = (
    Said(
        "You are all complete idiots if you believe one word the mayor says about this bridge.",
        "Tom Reed",
        {Attribute.TOXICITY: 0.91, Attribute.INSULT: 0.88, Attribute.OBSCENE: 0.21},
        marks=("complete idiots", "idiots"),
    ),
    Said(
        "Has anybody watched the match last night? What a goal in the last minute, unbelievable stuff!",
        "Nina Falk",
        {Attribute.OFF_TOPIC: 0.93, Attribute.TOXICITY: 0.03},
        findings={
            "relevance": {
                "passage": "Shops on the east bank complain of lost trade.",
                "passage_kind": "key_point",
                "similarity": 0.11,
            }
        },
    ),
    Said(
        "Somebody should wait for that engineer behind his house and teach him a lesson he will not forget.",
        "night_owl_77",
        {Attribute.THREAT: 0.86, Attribute.TOXICITY: 0.83, Attribute.SEVERE_TOXICITY: 0.41},
        marks=("teach him a lesson",),
    ),
    Said(
        "What a crock of manure this report is, twelve million for some paint and a few bicycle stands.",
        "Marta Klein",
        {Attribute.TOXICITY: 0.56, Attribute.OBSCENE: 0.62},
        marks=("crock of manure",),
        terms=("crock",),
    ),
    Said(
        "الجسر القديم جميل جدا ولكن تكلفة الأعمال كانت أعلى بكثير مما وعد به المجلس في البداية",
        "سلمى",
        {Attribute.TOXICITY: 0.52},
    ),
    Said(
        "People like them do not belong on our side of the river, and everybody here knows it very well.",
        "Old Harbour",
        {Attribute.IDENTITY_ATTACK: 0.77, Attribute.TOXICITY: 0.74},
        marks=("do not belong",),
    ),
    Said(
        "The estimate was six million in the first plan; page fourteen of the report says so. Who signed the change?",
        "Iris Moor",
        {Attribute.TOXICITY: 0.51},
    ),
)


def hold(
    database: Database, site_id: str, number: int = 0, *, said: Said | None = None, id: str | None = None, **kw: Any
) -> Comment:
    """Send one comment and hold it for review, as intake and a classification worker do."""
    said = said or SAID[number % len(SAID)]
    submission = Submission(
        id=id or f"c-{number}",
        text=kw.pop("text", said.text if number < len(SAID) else f"{said.text} ({number})"),
        article=kw.pop("article", ARTICLE),
        author_id=kw.pop("author_id", f"author-{said.author}"),
        author_name=kw.pop("author_name", said.author),
        language="en" if said.text.isascii() else None,
        **kw,
    )
    with database.write() as session:
        intake.accept(session, site_id, submission, Rules())
    return judge(database, said)


def judge(database: Database, said: Said, verdict: Verdict = Verdict.HOLD) -> Comment:
    """Claim the one comment that waits and give it its verdict, scores and findings."""
    with database.write() as session:
        claim = claims.claim(session, limit=1, lease_seconds=60, max_attempts=5)
        assert claim is not None
        comment = session.get_one(Comment, claim.comment_ids[0])
        off_topic = Reason.ADVERT if said.advert else Reason.OFF_TOPIC
        reasons = [
            JudgementReason(
                verdict=verdict,
                reason=off_topic if attribute is Attribute.OFF_TOPIC else Reason.TOXIC,
                attribute=attribute,
                score=score,
                threshold=0.5,
                detail=f"{attribute.value.replace('_', ' ')} {score:.2f}, review from 0.50",
            )
            for attribute, score in said.scores.items()
            if score >= 0.5
        ]
        if said.findings.get("language_supported") is False:
            detail = "written in fi, which no classifier here knows"
            reasons.append(JudgementReason(verdict=verdict, reason=Reason.LANGUAGE_UNSUPPORTED, detail=detail))
        if said.terms:
            detail = f"on the suspect list: {said.terms[0]}"
            reasons.append(JudgementReason(verdict=verdict, reason=Reason.SUSPECT_TERM, detail=detail))
        for attribute, score in said.scores.items():
            session.add(
                Score(
                    site_id=comment.site_id,
                    comment_id=comment.id,
                    revision=comment.revision,
                    attribute=attribute,
                    value=score,
                    classifier="test",
                    version="1",
                )
            )
        spans = [
            {"start": at, "end": at + len(mark), "attribute": next(iter(said.scores)).value, "weight": 0.8}
            for mark in said.marks
            if (at := comment.text.find(mark)) >= 0
        ]
        terms = [
            {"term": term, "start": at, "end": at + len(term), "list": "suspect"}
            for term in said.terms
            if (at := comment.text.find(term)) >= 0
        ]
        session.add(
            Assessment(
                comment_id=comment.id,
                revision=comment.revision,
                language="en",
                findings={"spans": spans, "terms": terms, **said.findings},
            )
        )
        decisions.record_judgement(
            session,
            comment,
            Judgement(verdict=verdict, reasons=tuple(reasons)),
            token=claim.token,
            policy_version=3,
            vector=None,
            language="en",
        )
    with database.read() as session:
        return session.get_one(Comment, claim.comment_ids[0])


def count(database: Database, status: CommentStatus) -> int:
    """Return how many comments have the status."""
    with database.read() as session:
        return session.scalar(select(func.count()).where(Comment.status == status)) or 0


def eventually(database: Database, status: CommentStatus, amount: int) -> None:
    """Wait until so many comments have the status."""
    services.eventually(lambda: count(database, status) == amount, lambda: f"{count(database, status)} are {status}")
