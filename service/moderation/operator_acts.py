"""What is done on the command line enters the audit log here, in the act's transaction, under the system user's name.

An operator who runs `moderato` can write to the database too: the entry records who acted and prevents nothing.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.moderation import actors, audit_log


def record(
    session: Session,
    action: str,
    /,
    *,
    site_id: str | None = None,
    subject: tuple[str, str] = ("", ""),
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append an act of the command line; `subject` is what it was done to: kind and id."""
    kind, subject_id = subject
    audit_log.record(
        session, action, actors.operator(), site_id=site_id, subject_kind=kind, subject_id=subject_id, detail=detail
    )
