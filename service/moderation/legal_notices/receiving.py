"""A legal notice comes in, by API or from the public page: one rule behind both doors. Nothing here commits.

Article 16(2) of the Digital Services Act names what it must say. Receipt is confirmed at once, by a callback from which
the site writes to the notifier (article 16(4)).
"""

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.errors import FieldError, Invalid
from service.models import LegalNotice, LegalNoticeKind
from service.moderation import audit_log
from service.moderation.actors import Actor
from service.moderation.legal_notices import locating, notifiers
from service.moderation.text.cleaning import clean, one_line

LONGEST_LOCATION, LONGEST_EXPLANATION, LONGEST_NAME, LONGEST_EMAIL = 2_000, 10_000, 200, 254
SHORTEST_EXPLANATION = 30  # characters; less substantiates nothing
EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(\.[^\s@<>,;:\"()\[\]\\.]+)+")
# Article 16(2)(c): nobody need give a name for offences under articles 3 to 7 of Directive 2011/93/EU.
WITHOUT_NAME = frozenset({LegalNoticeKind.CHILD_ABUSE})


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """What a notifier says."""

    kind: str
    location: str
    explanation: str
    name: str = ""
    email: str = ""
    good_faith: bool = False


def receive(session: Session, site_id: str, said: Submitted, /, *, by: Actor) -> LegalNotice:
    """Store a legal notice, with the comment that its location names; raise Invalid with an error for each field.

    A location that names no comment of the site is taken as well: a person may find the comment.
    """
    said = _cleaned(said)
    if errors := faults(said):
        raise Invalid("The legal notice lacks something; see errors.", errors=errors)
    comment = locating.find(session, site_id, said.location)
    legal_notice = LegalNotice(
        site_id=site_id,
        kind=LegalNoticeKind(said.kind),
        location=said.location,
        comment_id=comment.id if comment else None,
        explanation=said.explanation,
        name=said.name,
        email=said.email,
    )
    session.add(legal_notice)
    session.flush()
    session.refresh(legal_notice)  # the database says when
    notifiers.confirm_receipt(session, legal_notice)
    detail = {"kind": legal_notice.kind.value, "comment": legal_notice.comment_id}
    audit_log.record(
        session, "legal_notice.received", by, site_id=site_id, subject_kind="legal_notice", subject_id=legal_notice.id,
        detail=detail,
    )  # fmt: skip
    return legal_notice


def faults(said: Submitted, /) -> list[FieldError]:
    """Return what is wrong with a legal notice, in the order of the form."""
    found = []

    def require(is_right: bool, field: str, code: str, detail: str) -> None:
        if not is_right:
            found.append(FieldError(f"#/{field}", code, detail))

    kinds = list(LegalNoticeKind)
    require(bool(said.location), "location", "missing", "Give the address of the comment, or its id.")
    require(said.kind in kinds, "kind", "unknown", f"Must be one of {', '.join(kinds)}.")
    short = f"Say why the comment is illegal, in at least {SHORTEST_EXPLANATION} characters."
    require(len(said.explanation) >= SHORTEST_EXPLANATION, "explanation", "too_short", short)
    if said.kind not in WITHOUT_NAME:
        require(bool(said.name), "name", "missing", "Give your name.")
        require(bool(said.email), "email", "missing", "Give your e-mail address.")
    if said.email:
        is_address = bool(EMAIL.fullmatch(said.email))
        require(is_address, "email", "invalid", "Give an e-mail address such as ada@example.org.")
    good_faith = "Confirm that what you say is accurate and complete to the best of your knowledge."
    require(said.good_faith, "good_faith", "missing", good_faith)
    for field, most in (
        ("location", LONGEST_LOCATION), ("explanation", LONGEST_EXPLANATION),
        ("name", LONGEST_NAME), ("email", LONGEST_EMAIL),
    ):  # fmt: skip
        length = len(getattr(said, field))
        require(length <= most, field, "too_long", f"Has {length:,} characters; at most {most:,} are taken.")
    return found


def _cleaned(said: Submitted) -> Submitted:
    return Submitted(
        kind=said.kind,
        location=one_line(said.location).strip(),
        explanation=clean(said.explanation).strip(),
        name=one_line(said.name).strip(),
        email=one_line(said.email).strip(),
        good_faith=said.good_faith,
    )
