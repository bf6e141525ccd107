"""What callbacks say: bodies made from rows that never change, with ids, verdict, reasons and scores, never a text."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.clock import rfc3339
from service.models import Article, Comment, Decision, Delivery, LegalNotice, Report, Score
from service.models.stored_ids import bare, space_of
from service.vocabulary import CommentStatus, Event

NOT_SHOWN = "not shown in logs"


def payload(session: Session, delivery: Delivery, /) -> dict[str, Any]:
    """Return the body of `delivery`, made from rows that never change, so that every attempt sends the same body.

    It has ids, verdict, reasons and scores, never the comment's text or author. About a legal notice it has the
    notifier's name and address, until they are erased.
    """
    envelope: dict[str, Any] = {"type": delivery.event.value, "timestamp": rfc3339(delivery.created_at)}
    if delivery.legal_notice_id is not None:
        legal_notice = session.get_one(LegalNotice, delivery.legal_notice_id)
        return envelope | {"data": _told_to_notifier(session, legal_notice, delivery.event)}
    if delivery.report_id is not None:
        return envelope | {"data": _told_of_report(session, delivery, session.get_one(Report, delivery.report_id))}
    if delivery.comment_id is None:
        return envelope | {"data": {"endpoint_id": delivery.endpoint_id}}
    comment = session.get_one(Comment, delivery.comment_id)
    article = session.get(Article, comment.article_id) if comment.article_id else None
    told: dict[str, Any] = {
        **_ids(comment),
        "article_id": bare(article.external_id) if article else None,
        "sequence": delivery.sequence,
    }
    if delivery.decision_id is not None:
        told |= _told(session, session.get_one(Decision, delivery.decision_id))
    return envelope | {"data": told}


def shown(session: Session, delivery: Delivery, /) -> dict[str, Any]:
    """Return the body of `delivery` as a log may show it: without the name and address of a notifier."""
    body = payload(session, delivery)
    if body["data"].get("notifier"):
        body["data"]["notifier"] = {"name": NOT_SHOWN, "email": NOT_SHOWN}
    return body


def _told_to_notifier(session: Session, legal_notice: LegalNotice, event: Event) -> dict[str, Any]:
    notifier = {"name": legal_notice.name or None, "email": legal_notice.email or None}
    told: dict[str, Any] = {
        "legal_notice_id": legal_notice.id,
        "kind": legal_notice.kind.value,
        "location": legal_notice.location,
        "notifier": notifier if any(notifier.values()) else None,
        "received_at": rfc3339(legal_notice.created_at),
    }
    if event is not Event.LEGAL_NOTICE_DECIDED:
        return told
    if legal_notice.comment_id is not None:
        told |= _ids(session.get_one(Comment, legal_notice.comment_id))
    return told | {
        "outcome": legal_notice.state.value,
        "answer": legal_notice.answer,
        "redress": legal_notice.redress,
        "automated_means": False,
        "decided_at": rfc3339(legal_notice.decided_at),
    }


def _told_of_report(session: Session, delivery: Delivery, report: Report) -> dict[str, Any]:
    # The outcome is the decision's, since the report's own may be another by now.
    decision = session.get(Decision, delivery.decision_id) if delivery.decision_id is not None else None
    upheld = decision is not None and decision.to_status is CommentStatus.REJECTED
    return {
        **_ids(session.get_one(Comment, report.comment_id)),
        "report_id": report.id,
        "reporter_id": report.reporter_id,
        "kind": report.kind,
        "outcome": "upheld" if upheld else "not_upheld",
        "reported_at": rfc3339(report.created_at),
        "decided_at": rfc3339(delivery.created_at),
    }


def _told(session: Session, decision: Decision) -> dict[str, Any]:
    scores = session.scalars(
        select(Score)
        .where(Score.comment_id == decision.comment_id, Score.revision == decision.revision)
        .order_by(Score.attribute, Score.classifier)
    )
    return {
        "decision_id": decision.id,
        "revision": decision.revision,
        "verdict": decision.verdict.value,
        "status": decision.to_status.value,
        "previous_status": decision.from_status.value,
        "reasons": decision.reasons,
        "scores": {
            score.attribute.value: {"value": score.value, "classifier": score.classifier, "version": score.version}
            for score in scores
        },
        "decided_by": {
            "source": decision.source.value,
            "policy_version": decision.policy_version,
            "name": decision.actor or None,
        },
        "decided_at": rfc3339(decision.created_at),
    }


def _ids(comment: Comment) -> dict[str, str | None]:
    return {"comment_id": bare(comment.external_id), "source": space_of(comment.external_id) or None}
