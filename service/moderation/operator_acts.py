"""What is done on the command line enters the audit log here, in the act's transaction, under the system user's name.

Whoever runs `moderato` could write into the database as well: the entry says who did something and holds nobody back.
"""

import getpass
import os
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.moderation import audit_log
from service.moderation.audit_log import Actor


def actor() -> Actor:
    """Return the user of this process as the audit log names them; behind sudo, also who called it."""
    user, caller = _user(), os.environ.get("SUDO_USER", "")
    return Actor(kind="command line", id=user, name=f"{user} for {caller}" if caller else user)


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
    audit_log.record(session, action, actor(), site_id=site_id, subject_kind=kind, subject_id=subject_id, detail=detail)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user need not have a name
        return f"user {os.getuid()}"
