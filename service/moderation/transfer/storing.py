"""Storing a batch of a file's comments in one short transaction. Nothing here commits, sends a callback or wakes.

Decided comments come in as decided, by an actor named after the import: no policy judges them, no endpoint hears of
them, and the figures of moderators and of the policy do not count them. Undecided ones wait behind all others.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from cachetools import LRUCache
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.db import database_now, new_id, table
from service.models import Article, Comment, Decision, Score
from service.moderation.decisions.decisions import STATUS_OF
from service.moderation.intake import articles
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.turns import turns_behind
from service.moderation.judgement.ranking import queue_columns
from service.moderation.transfer.arrivals import Arrival
from service.moderation.transfer.formats.history import History
from service.vocabulary import REASON_WORDS, CommentStatus, Reason, Source, Verdict

ACTOR = "import"
KNOWN_ARTICLES = 10_000  # ids that are remembered between batches
ArticleIds = LRUCache[str, str]

_comment, _decision, _score = table(Comment), table(Decision), table(Score)
_c = _comment.c
KNOWN = select(_c.external_id, _c.text_digest, _c.erased_at).where(
    _c.site_id == bindparam("site_id"), _c.external_id.in_(bindparam("ids", expanding=True))
)
ADD = {
    name: dialect.insert(_comment).on_conflict_do_nothing(index_elements=[_c.site_id, _c.external_id]).returning(_c.id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_parent = _comment.alias("parent")
# Those of the batch, and replies of earlier batches whose parents came in this one.
LINK = (
    update(_comment)
    .where(
        _c.site_id == bindparam("of_site"),
        _c.parent_external_id.in_(bindparam("parents", expanding=True)),
        _c.parent_id.is_(None),
        _c.parent_external_id.is_not(None),  # as the partial index spells it
    )
    .values(
        parent_id=select(_parent.c.id)
        .where(_parent.c.site_id == _c.site_id, _parent.c.external_id == _c.parent_external_id)
        .scalar_subquery()
    )
)


def store(
    session: Session, site_id: str, arrivals: Sequence[Arrival], /, *, known_articles: ArticleIds
) -> Counter[str]:
    """Store those that are new; return how many came in as what, and how many were known."""
    counts: Counter[str] = Counter()
    new = list(unknown(session, site_id, arrivals, counts))
    if not new:
        return counts
    now = session.execute(select(database_now())).scalar_one()
    article_ids = _articles(session, site_id, new, known_articles)
    rows, decisions, scores = [], [], []
    for arrival in new:
        row = _row(site_id, arrival, article_ids.get(arrival.mapped.article_id or ""), now)
        rows.append(row)
        decisions += _decisions(row, arrival, now)
        scores += _scores(row, arrival, now)
    waiting = [row for row in rows if row["status"] is CommentStatus.PENDING]
    for row, turn in zip(waiting, turns_behind(session, site_id, len(waiting)), strict=True):
        row["turn"] = turn
    added = set(session.scalars(ADD[session.get_bind().dialect.name], rows))
    for kind, of_comments in ((_decision, decisions), (_score, scores)):
        theirs = [one for one in of_comments if one["comment_id"] in added]
        if theirs:
            session.execute(insert(kind), theirs)
    parents = {row["external_id"] for row in rows} | {row["parent_external_id"] for row in rows} - {None}
    session.execute(LINK, {"of_site": site_id, "parents": list(parents)})
    for row, arrival in zip(rows, new, strict=True):
        counts[kind_of(arrival) if row["id"] in added else "known"] += 1
    return counts


def unknown(session: Session, site_id: str, arrivals: Iterable[Arrival], counts: Counter[str], /) -> Iterable[Arrival]:
    """Return those that the site has not got; count the others, and those of them whose text differs."""
    by_id: dict[str, Arrival] = {}
    for arrival in arrivals:
        if by_id.setdefault(arrival.mapped.id, arrival) is not arrival:
            counts["known"] += 1
    for external_id, text_digest, erased_at in session.execute(KNOWN, {"site_id": site_id, "ids": list(by_id)}):
        arrival = by_id.pop(external_id)
        counts["known"] += 1
        counts["known_with_another_text"] += erased_at is None and text_digest != arrival.text_digest
    return by_id.values()


def kind_of(arrival: Arrival, /) -> str:
    """Return as what a comment comes in: `deleted`, or its status."""
    return "deleted" if arrival.is_deleted else _outcome(arrival)[0].value


def _articles(session: Session, site_id: str, new: list[Arrival], known: ArticleIds) -> dict[str, str]:
    about = {arrival.mapped.article_id: arrival.mapped for arrival in new if arrival.mapped.article_id is not None}
    found: dict[str, str] = {}
    for external_id, mapped in sorted(about.items(), key=lambda one: one[0]):  # one order for all who lock several
        if external_id not in known:
            known[external_id] = _article(session, site_id, external_id, mapped.article_title, mapped.article_url).id
        found[external_id] = known[external_id]
    return found


def _article(session: Session, site_id: str, external_id: str, title: str, url: str | None) -> Article:
    stored = articles.find(session, site_id, external_id)
    if stored is not None and stored.has_text:
        return stored
    if title or url:
        return articles.put(session, site_id, ArticleSubmission(id=external_id, title=title, url=url))[0]
    return articles.find_or_add(session, site_id, external_id)[0]


def _row(site_id: str, arrival: Arrival, article_id: str | None, now: datetime) -> dict[str, Any]:
    mapped, history = arrival.mapped, arrival.history
    status, verdict = _outcome(arrival)
    received = min(arrival.written_at or now, now)
    revision = history.revision if history else 1
    decided = min((history.decided_at if history else None) or now, now)
    edited = min(history.edited_at, now) if history and history.edited_at else None
    made = len(history.decisions) if history and history.decisions else int(status is not CommentStatus.PENDING)
    return {
        "id": new_id(), "site_id": site_id, "external_id": mapped.id, "article_id": article_id, "parent_id": None,
        "parent_external_id": mapped.parent_id, "author_external_id": mapped.author_id,
        "author_name": mapped.author_name, "text": mapped.text, "text_digest": arrival.text_digest,
        "simhash": arrival.simhash, "length": arrival.length, "language": mapped.language,
        "created_at": mapped.created_at, "received_at": received, "imported_at": now, "edited_at": edited,
        "erased_at": min((history.erased_at if history else None) or now, now) if arrival.is_deleted else None,
        "revision": revision, "version": revision + made, "status": status, "verdict": verdict,
        "decided_at": None if status is CommentStatus.PENDING else decided,
        "pending_since": now if status is CommentStatus.PENDING else edited or received, "wake_at": now,
        "turn": 0.0, "attempts": 0, "severity": 0.0, "uncertainty": 0.0, "reason": None, "attribute": None,
        "score": None,
    } | (_queue_columns(history) if status is CommentStatus.HELD else {})  # fmt: skip


def _outcome(arrival: Arrival) -> tuple[CommentStatus, Verdict | None]:
    if arrival.history is not None and arrival.history.decisions:
        latest = [one for one in arrival.history.decisions if one.revision == arrival.history.revision]
        return arrival.history.status, latest[-1].verdict if latest else None
    verdict = Verdict.REJECT if arrival.is_deleted else arrival.verdict
    return (STATUS_OF[verdict], verdict) if verdict else (CommentStatus.PENDING, None)


def _queue_columns(history: History | None) -> dict[str, Any]:
    holds = [one for one in history.decisions if one.to_status is CommentStatus.HELD] if history else []
    return queue_columns(holds[-1].reasons) if holds else {}


def _decisions(row: dict[str, Any], arrival: Arrival, now: datetime) -> list[dict[str, Any]]:
    of_comment = {"site_id": row["site_id"], "comment_id": row["id"], "moderator_id": None}
    if arrival.history is not None and arrival.history.decisions:
        told = arrival.history.decisions
        ids = sorted(new_id() for _ in told)  # decisions of one time are read in the order of their ids
        return [
            of_comment | {
                "id": made_id, "revision": one.revision, "from_status": one.from_status, "to_status": one.to_status,
                "verdict": one.verdict, "source": one.source, "policy_version": one.policy_version,
                "actor": one.actor or "", "reasons": one.reasons, "note": one.note,
                "undoes": ids[one.undoes] if one.undoes is not None else None, "created_at": min(one.created_at, now),
            }
            for made_id, one in zip(ids, told, strict=True)
        ]  # fmt: skip
    if row["status"] is CommentStatus.PENDING:
        return []
    reason = Reason.ERASED if arrival.is_deleted else Reason.IMPORTED
    said = {"code": reason.value, "verdict": row["verdict"].value, "text": REASON_WORDS[reason], "word": arrival.word}
    return [
        of_comment | {
            "id": new_id(), "revision": row["revision"], "from_status": CommentStatus.PENDING,
            "to_status": row["status"], "verdict": row["verdict"], "source": Source.SITE, "policy_version": None,
            "actor": ACTOR, "reasons": [said], "note": "", "undoes": None, "created_at": now,
        }
    ]  # fmt: skip


def _scores(row: dict[str, Any], arrival: Arrival, now: datetime) -> list[dict[str, Any]]:
    if arrival.history is None:
        return []
    of_comment = {"site_id": row["site_id"], "comment_id": row["id"], "revision": row["revision"], "created_at": now}
    return [
        of_comment | {
            "id": new_id(), "attribute": attribute, "value": score.value, "classifier": score.classifier,
            "version": score.version,
        }
        for attribute, score in arrival.history.scores.items()
    ]  # fmt: skip
