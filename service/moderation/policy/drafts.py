"""A moderator's draft of the policy, the fields of the form: kept on the server, so that leaving the page loses none.

It is nobody's policy: nothing judges by it. One for each moderator and site.
"""

from collections.abc import Mapping

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import PolicyDraft


def find(session: Session, site_id: str, moderator_id: str, /) -> PolicyDraft | None:
    """Return the draft, None where the moderator has none."""
    return session.get(PolicyDraft, (site_id, moderator_id))


def save(
    session: Session, site_id: str, moderator_id: str, fields: Mapping[str, str], /, *, based_on: int
) -> PolicyDraft:
    """Keep the fields of the form in place of what was kept before; `based_on` is the version they began from."""
    draft = session.merge(
        PolicyDraft(
            site_id=site_id,
            moderator_id=moderator_id,
            fields=dict(fields),
            based_on=based_on,
            saved_at=database_now(),
        )
    )
    session.flush()
    session.refresh(draft)
    return draft


def mark_of(draft: PolicyDraft, /) -> str:
    """Return a mark of what is kept; each save makes another."""
    return draft.saved_at.isoformat()


def discard(session: Session, site_id: str, moderator_id: str, /, *, mark: str) -> bool:
    """Drop the draft that has this mark; False where another is kept, or none."""
    draft = session.get(PolicyDraft, (site_id, moderator_id), with_for_update=True)
    if draft is None or mark_of(draft) != mark:
        return False
    session.delete(draft)
    session.flush()
    return True


def forget(session: Session, site_id: str, moderator_id: str, /) -> None:
    """Drop the draft, whatever its mark: it is in force or planned."""
    session.execute(delete(PolicyDraft).where(PolicyDraft.site_id == site_id, PolicyDraft.moderator_id == moderator_id))
