"""A site's past comments for trials: the facts they were judged by, and the moderators' verdicts on them.

Where there are more than `limit`, a sample is drawn by the random end of their ids: the same one each time, and a busy
hour keeps its share.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cachetools import TTLCache
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from service.models import Article, Assessment, Comment, Decision, Score
from service.moderation.authors import past_facts
from service.moderation.authors.past_facts import AuthorPast
from service.moderation.insight.counts.periods import Period, of_days
from service.moderation.judgement.findings import Findings
from service.moderation.judgement.judgement import Facts
from service.moderation.policy.effective import Place
from service.moderation.policy.places import place
from service.moderation.trials.exchange import Sample
from service.vocabulary import Attribute, Source, Verdict

LIMIT = 5_000
CHUNK = 500  # ids in one statement; SQLite takes 32,766 at most
REUSED_SECONDS = 60  # dragging a threshold asks for several previews a minute
REUSED_PASTS = 8

CURRENT = (Assessment.comment_id == Comment.id) & (Assessment.revision == Comment.revision)
# What past comments are judged by again.
JUDGED = (
    select(
        Comment.id,
        Comment.revision,
        Comment.text,
        Comment.length,
        Comment.author_external_id,
        Comment.external_id,
        Comment.pending_since,
        Article.external_id.label("article_id"),
        Article.section,
        Assessment.language,
        Assessment.findings,
    )
    .join(Assessment, CURRENT)
    .outerjoin(Article, Article.id == Comment.article_id)
)

_recent: TTLCache[tuple[str, int, bool], "Past"] = TTLCache(maxsize=REUSED_PASTS, ttl=REUSED_SECONDS)
_recent_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class PastComment:
    """One revision of a comment: its text, its facts without listed terms (these depend on the rules), the verdict."""

    comment_id: str
    text: str = field(repr=False)
    facts: Facts
    said: Verdict | None = None  # the newest moderator's verdict on this revision
    author: AuthorPast | None = None  # None: the comment has no author's id
    place: Place
    came_at: datetime  # when this revision came: overrides may hold for a time


@dataclass(frozen=True, kw_only=True)
class Past:
    """The comments drawn as cases, and the number of judged comments they were drawn from."""

    cases: tuple[PastComment, ...]
    total: int

    @property
    def sample(self) -> Sample:
        """Return how many they are."""
        decided = sum(case.said is not None for case in self.cases)
        return Sample(comments=len(self.cases), total=self.total, decided=decided)


def draw_recent(session: Session, site_id: str, days: int, /, *, now: datetime, on_authors: bool) -> Past:
    """Return the comments of the last `days`, drawn at most `REUSED_SECONDS` ago; `on_authors` as for `draw`."""
    key = (site_id, days, on_authors)
    with _recent_lock:
        known = _recent.get(key)
    if known is not None:
        return known
    drawn = draw(session, site_id, of_days(days, now=now), on_authors=on_authors)
    with _recent_lock:
        _recent[key] = drawn
    return drawn


def draw(session: Session, site_id: str, period: Period, /, *, limit: int = LIMIT, on_authors: bool = False) -> Past:
    """Return about `limit` comments at most that were received in the period, classified and not erased.

    `on_authors` also reads what each author had sent before: only for rules that depend on it, because it takes longer.
    """
    judged: tuple[ColumnElement[bool], ...] = (
        Comment.site_id == site_id,
        period.covers(Comment.received_at),
        Comment.erased_at.is_(None),
    )
    total = session.scalar(select(func.count()).select_from(Comment).join(Assessment, CURRENT).where(*judged)) or 0
    statement = JUDGED.where(*judged).order_by(Comment.received_at)
    if total > limit:
        statement = statement.where(func.substr(Comment.id, 29, 4) < f"{limit * 0x10000 // total:04x}")
    rows = session.execute(statement).all()
    return Past(cases=cases_of(session, site_id, rows, on_authors=on_authors), total=total)


def cases_of(session: Session, site_id: str, rows: Sequence[Any], /, *, on_authors: bool) -> tuple[PastComment, ...]:
    """Return the comments of `rows` (of `JUDGED`) with the facts that they were judged by, in the same order."""
    revisions = {row.id: row.revision for row in rows}
    scores = _scores(session, revisions)
    said = _said(session, revisions)
    moments = {
        row.id: (row.author_external_id, row.pending_since) for row in rows if row.author_external_id is not None
    }
    authors = past_facts.of_comments(session, site_id, moments, counted=on_authors)
    return tuple(
        PastComment(
            comment_id=row.id,
            text=row.text,
            facts=Findings.from_record(row.findings).facts(
                length=row.length, scores=scores.get(row.id, {}), language=row.language
            ),
            said=said.get(row.id),
            author=authors.get(row.id),
            place=place(row.external_id, row.article_id, row.section),
            came_at=row.pending_since,
        )
        for row in rows
    )


def _scores(session: Session, revisions: Mapping[str, int]) -> dict[str, dict[Attribute, float]]:
    found: dict[str, dict[Attribute, float]] = defaultdict(dict)
    for ids in _chunks(list(revisions)):
        rows = session.execute(
            select(Score.comment_id, Score.revision, Score.attribute, Score.value).where(Score.comment_id.in_(ids))
        )
        for comment_id, revision, attribute, value in rows:
            if revision == revisions[comment_id]:
                found[comment_id][attribute] = value
    return found


def _said(session: Session, revisions: Mapping[str, int]) -> dict[str, Verdict]:
    found: dict[str, dict[str, Verdict]] = defaultdict(dict)  # in the order of the record
    for ids in _chunks(list(revisions)):
        rows = session.execute(
            select(Decision.comment_id, Decision.revision, Decision.id, Decision.verdict, Decision.undoes)
            .where(Decision.comment_id.in_(ids), Decision.source == Source.MODERATOR)
            .order_by(Decision.created_at, Decision.id)
        )
        for comment_id, revision, decision_id, verdict, undoes in rows:
            if revision != revisions[comment_id]:
                continue
            if undoes is None:
                found[comment_id][decision_id] = verdict
            else:
                found[comment_id].pop(undoes, None)
    return {comment_id: list(verdicts.values())[-1] for comment_id, verdicts in found.items() if verdicts}


def _chunks(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
