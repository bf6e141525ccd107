"""Acts in the console: each enters the audit log in its own transaction, under the visitor's name; some ask first."""

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from service.console import access
from service.errors import Invalid
from service.moderation import actors, audit_log
from service.moderation.actors import Actor


def actor() -> Actor:
    """Return the signed-in moderator as the audit log names them."""
    return actors.of_moderator(access.current_moderator())


def record(
    session: Session, action: str, /, *, subject: tuple[str, str] = ("", ""), detail: Mapping[str, Any] | None = None
) -> None:
    """Append an act at the site of this page; `subject` is the kind and id of its object."""
    kind, subject_id = subject
    audit_log.record(
        session,
        action,
        actor(),
        site_id=access.current_site().id,
        subject_kind=kind,
        subject_id=subject_id,
        detail=detail,
    )


def require_sure() -> None:
    """Raise Invalid unless the form confirms an act that takes something away; its box says what (`asking.html`)."""
    if "sure" not in request.form:
        raise Invalid("Nothing was changed: confirm it first, by the box above the button.")
