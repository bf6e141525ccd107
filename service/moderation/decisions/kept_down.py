"""Comments that a person kept down: a legal notice took them down, or a moderator upheld their rejection on appeal.

No policy publishes a later text of such a comment alone: it is held, until a moderator has approved one.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from service.db import table
from service.models import Appeal, AppealState, Decision, LegalNotice, LegalNoticeState
from service.moderation.decisions import record
from service.moderation.judgement.reason_texts import KEPT_DOWN_BY_APPEAL, KEPT_DOWN_BY_NOTICE
from service.vocabulary import CommentStatus, Source

BY_NOTICE, BY_APPEAL = KEPT_DOWN_BY_NOTICE % {}, KEPT_DOWN_BY_APPEAL % {}

# Built once: building a statement costs more than running it.
_notice, _appeal, _decision = table(LegalNotice).c, table(Appeal).c, table(Decision).c
TAKEN_DOWN = select(_notice.comment_id, _notice.decided_at).where(
    _notice.comment_id.in_(bindparam("ids", expanding=True)), _notice.state == LegalNoticeState.TAKEN_DOWN
)
UPHELD = select(_appeal.comment_id, _appeal.decided_at).where(
    _appeal.comment_id.in_(bindparam("ids", expanding=True)), _appeal.state == AppealState.UPHELD
)
BY_MODERATORS = (
    select(_decision.id, _decision.comment_id, _decision.to_status, _decision.undoes, _decision.created_at)
    .where(_decision.comment_id.in_(bindparam("ids", expanding=True)), _decision.source == Source.MODERATOR)
    .order_by(_decision.created_at, _decision.id)
)


def of_comments(session: Session, comment_ids: Collection[str], /) -> dict[str, str]:
    """Return of these comments those that a person kept down and no moderator approved since, with what kept them."""
    if not comment_ids:
        return {}
    ids = {"ids": list(comment_ids)}
    kept: dict[str, tuple[datetime, str]] = {}
    for statement, why in ((UPHELD, BY_APPEAL), (TAKEN_DOWN, BY_NOTICE)):
        for comment_id, decided_at in session.execute(statement, ids):
            kept[comment_id] = max(kept.get(comment_id, (decided_at, why)), (decided_at, why))
    if not kept:
        return {}
    for decision in record.in_force(session.execute(BY_MODERATORS, {"ids": list(kept)}).all()):
        since, _ = kept.get(decision.comment_id, (decision.created_at, ""))
        if decision.to_status is CommentStatus.APPROVED and decision.created_at > since:
            kept.pop(decision.comment_id, None)
    return {comment_id: why for comment_id, (_, why) in kept.items()}
