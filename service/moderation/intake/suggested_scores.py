"""What moderators of other software said about texts, one row for each attribute; the latest word counts."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.db import add_or_find, database_now
from service.models import SuggestedScore
from service.models.suggested_score import LONGEST_SUBJECT
from service.moderation.text.cleaning import clean
from service.vocabulary import Attribute

Ours = tuple[float, str, str]  # score, classifier, version


def keep(
    session: Session,
    site_id: str,
    text: str,
    values: Mapping[Attribute, float],
    /,
    *,
    token: str | None,
    ours: Mapping[Attribute, Ours],
    key_name: str,
) -> None:
    """Store a moderator's value (0..1) for each attribute beside our score at this time.

    `token` names the comment in the client's words; without one, equal texts are one comment.
    """
    subject = subject_of(text, token)
    for attribute, value in values.items():
        score, classifier, version = ours.get(attribute, (None, "", ""))
        said = {
            "value": value,
            "score": score,
            "classifier": classifier,
            "version": version,
            "key_name": key_name,
            "comment_text": clean(text),
        }
        new = SuggestedScore(site_id=site_id, subject=subject, attribute=attribute, **said)
        row, is_new = add_or_find(session, new, partial(_find, session, site_id, subject, attribute))
        if not is_new:
            for name, changed in said.items():
                setattr(row, name, changed)
            row.created_at = database_now()
    session.flush()


def forget(session: Session, site_id: str, tokens: Sequence[str], /) -> int:
    """Remove the texts that clients named by one of the tokens; return how many values they had."""
    changed = session.execute(
        update(SuggestedScore)
        .where(SuggestedScore.site_id == site_id, SuggestedScore.subject.in_([subject_of("", one) for one in tokens]))
        .where(SuggestedScore.comment_text.is_not(None))
        .values(comment_text=None)
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]


def _find(session: Session, site_id: str, subject: str, attribute: Attribute) -> SuggestedScore | None:
    return session.scalar(
        select(SuggestedScore).where(
            SuggestedScore.site_id == site_id,
            SuggestedScore.subject == subject,
            SuggestedScore.attribute == attribute,
        )
    )


def subject_of(text: str, token: str | None, /) -> str:
    """Return what a comment is called in the table."""
    cleaned = clean(token or "")
    if cleaned and len(cleaned) <= LONGEST_SUBJECT:
        return cleaned
    return "sha256:" + hashlib.sha256((cleaned or text).encode()).hexdigest()
