"""Statements of reasons: what the author of a rejected comment learns (article 17 of the Digital Services Act).

A sentence in the site's own words, the ground (its terms, or the law), whether automated means were used, and how to
object. What the policy rejects gets the sentence that fits its worst reason, at the one gate for every change of
status; scores, thresholds and listed terms stay in the reason's `text` and never enter a sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import LegalGround, RejectionReason
from service.moderation.judgement import ranking
from service.sentences import N_
from service.vocabulary import Attribute, Reason

REDRESS = "You can object to this decision; another moderator will look at your comment."
OTHER = "other"
FIELDS = ("sentence", "label", "ground", "provision", "automated_detection", "automated_decision", "redress")


@dataclass(frozen=True, kw_only=True)
class ReasonGiven:
    """A rejection reason: its code for programs, a label for moderators, a sentence for the author."""

    code: str
    label: str
    sentence: str
    ground: LegalGround = LegalGround.TERMS
    provision: str = ""
    redress: str = REDRESS

    def statement(self, *, automated: bool = False) -> dict[str, Any]:
        """Return what a rejection's first reason carries besides code and verdict; `automated`: no person decided."""
        return {
            "sentence": self.sentence or self.label,
            "label": self.label,
            "ground": self.ground.value,
            "provision": self.provision,
            "automated_detection": True,  # the policy held or rejected it
            "automated_decision": automated,
            "redress": self.redress,
        }


BUILT_IN = (
    ReasonGiven(
        code="insult",
        label=N_("Insults a person"),
        sentence="Your comment insults a person or a group. Please stick to the topic and avoid personal attacks.",
    ),
    ReasonGiven(
        code="hate",
        label=N_("Attacks who people are"),
        sentence="Your comment attacks people for who they are, not for what they say or do.",
    ),
    ReasonGiven(
        code="threat",
        label=N_("Threatens or calls for violence"),
        sentence="Your comment threatens a person or calls for violence.",
        ground=LegalGround.ILLEGAL,
    ),
    ReasonGiven(
        code="off_topic",
        label=N_("Not about the article"),
        sentence="Your comment is not about this article.",
    ),
    ReasonGiven(
        code="spam",
        label=N_("Advertising or spam"),
        sentence="Your comment advertises something or was sent many times.",
    ),
    ReasonGiven(
        code="private",
        label=N_("Private information"),
        sentence="Your comment names private details of a person.",
        ground=LegalGround.ILLEGAL,
    ),
    ReasonGiven(
        code="unsupported_claim",
        label=N_("Accuses without a source"),
        sentence="Your comment makes an accusation without a source that can be checked.",
    ),
    ReasonGiven(
        code="unclear",
        label=N_("Not understandable"),
        sentence="We couldn’t understand your comment.",
    ),
    ReasonGiven(
        code=OTHER, label=N_("Another rule of the house"), sentence="Your comment breaks the rules of this page."
    ),
)
ILLEGAL = ReasonGiven(
    code="illegal_content",
    label=N_("Illegal content"),
    sentence="We received a legal notice about your comment. We read both, found the comment illegal and removed it.",
    ground=LegalGround.ILLEGAL,
)
# Moderators do not choose these: the policy rejects with them, and a legal notice does with the last.
NOT_OFFERED = (
    ReasonGiven(
        code="wording",
        label=N_("A word that the site does not publish"),
        sentence="Your comment contains a word or phrase that we do not publish. Please say it in other words.",
    ),
    ReasonGiven(
        code="sexual",
        label=N_("Sexually explicit"),
        sentence="Your comment is sexually explicit, which we do not publish here.",
    ),
    ReasonGiven(
        code="length",
        label=N_("Too short or too long"),
        sentence="Your comment is shorter or longer than this page allows.",
    ),
    ReasonGiven(
        code="blocked_author",
        label=N_("The author is blocked"),
        sentence="We do not publish comments from your account at the moment.",
    ),
    ILLEGAL,
)
# The rejection reason that says to an author why the policy holds or rejects a comment, by the name of the policy's
# reason (`ranking.name_of`). Of anything else only a person can say it.
FITTING: Mapping[str, str] = {
    Attribute.TOXICITY: "insult",
    Attribute.SEVERE_TOXICITY: "insult",
    Attribute.OBSCENE: "insult",
    Attribute.INSULT: "insult",
    Attribute.IDENTITY_ATTACK: "hate",
    Attribute.THREAT: "threat",
    Attribute.SEXUAL_EXPLICIT: "sexual",
    Attribute.OFF_TOPIC: "off_topic",
    Reason.ADVERT: "spam",
    Reason.DUPLICATE: "spam",
    Reason.FLOOD: "spam",
    Reason.BLOCKED_LINK: "spam",
    Reason.TOO_MANY_LINKS: "spam",
    Reason.PERSONAL_DATA: "private",
    Reason.BLOCKED_TERM: "wording",
    Reason.TOO_SHORT: "length",
    Reason.TOO_LONG: "length",
    Reason.AUTHOR_BLOCKED: "blocked_author",
}
ONLY_HOLDING = frozenset({Reason.FLOOD, Reason.TOO_MANY_LINKS})  # the policy never rejects for them
_DEFAULTS = {reason.code: reason for reason in (*BUILT_IN, *NOT_OFFERED)}
_NOT_OFFERED = frozenset(reason.code for reason in NOT_OFFERED)


def is_offered(code: str, /) -> bool:
    """Whether a rejection reason of that code is one that moderators choose from."""
    return code not in _NOT_OFFERED


def of_row(row: RejectionReason, /) -> ReasonGiven:
    """Return a site's own reason."""
    return ReasonGiven(
        code=row.code,
        label=row.label,
        sentence=row.sentence,
        ground=row.ground,
        provision=row.provision,
        redress=row.redress,
    )


def given(session: Session, site_id: str, code: str, /) -> ReasonGiven:
    """Return the reason of that code as the site words it, also one it no longer offers; else the built-in one."""
    same = select(RejectionReason).where(RejectionReason.site_id == site_id, RejectionReason.code == code)
    row = session.scalar(same)
    return of_row(row) if row is not None else _DEFAULTS.get(code, _DEFAULTS[OTHER])


def automatic(session: Session, site_id: str, reason: Mapping[str, Any], /) -> dict[str, Any]:
    """Return the statement of a rejection by the policy for its first reason, as a record."""
    return given(session, site_id, FITTING.get(ranking.name_of(reason), OTHER)).statement(automated=True)


def stated(reason: Mapping[str, Any], /) -> dict[str, Any]:
    """Return the statement that a rejection's first reason carries; empty where it carries none."""
    return {name: reason[name] for name in FIELDS if name in reason} if "sentence" in reason else {}
