"""A site's own reasons for rejections; a site that wrote none has the built-in ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import LegalGround, RejectionReason
from service.moderation.policy import ranking
from service.vocabulary import Attribute, Reason

REDRESS = "You can object to this decision; another moderator will look at your comment."


@dataclass(frozen=True, kw_only=True)
class ReasonGiven:
    """A reason as it is offered: its code for programs, a label for moderators, a sentence for the author."""

    code: str
    label: str
    sentence: str
    ground: LegalGround = LegalGround.TERMS
    provision: str = ""
    redress: str = REDRESS

    def statement(self) -> dict[str, Any]:
        """Return what a decision carries: a statement of reasons after article 17 of the Digital Services Act."""
        return {
            "text": self.sentence or self.label,
            "label": self.label,
            "ground": self.ground.value,
            "provision": self.provision,
            "automated_detection": True,  # the policy held it for review
            "automated_decision": False,  # a person decided
            "redress": self.redress,
        }


# The built-in reason that says to an author what a comment is held for. Of anything else, only a person can say it.
SUGGESTED: Mapping[str, str] = {
    Attribute.TOXICITY: "insult",
    Attribute.SEVERE_TOXICITY: "insult",
    Attribute.OBSCENE: "insult",
    Attribute.INSULT: "insult",
    Attribute.IDENTITY_ATTACK: "hate",
    Attribute.THREAT: "threat",
    Attribute.OFF_TOPIC: "off_topic",
    Reason.ADVERT: "spam",
    Reason.DUPLICATE: "spam",
    Reason.FLOOD: "spam",
    Reason.BLOCKED_LINK: "spam",
    Reason.TOO_MANY_LINKS: "spam",
    Reason.PERSONAL_DATA: "private",
}
BUILT_IN = (
    ReasonGiven(
        code="insult",
        label="Insults a person",
        sentence="Your comment insults a person or a group. Please stick to the topic and avoid personal attacks.",
    ),
    ReasonGiven(
        code="hate",
        label="Attacks who people are",
        sentence="Your comment attacks people for who they are, not for what they say or do.",
    ),
    ReasonGiven(
        code="threat",
        label="Threatens or calls for violence",
        sentence="Your comment threatens a person or calls for violence.",
        ground=LegalGround.ILLEGAL,
    ),
    ReasonGiven(
        code="off_topic",
        label="Not about the article",
        sentence="Your comment is not about this article.",
    ),
    ReasonGiven(
        code="spam",
        label="Advertising or spam",
        sentence="Your comment advertises something or was sent many times.",
    ),
    ReasonGiven(
        code="private",
        label="Private information",
        sentence="Your comment names private details of a person.",
        ground=LegalGround.ILLEGAL,
    ),
    ReasonGiven(
        code="unsupported_claim",
        label="Accuses without a source",
        sentence="Your comment makes an accusation without a source that can be checked.",
    ),
    ReasonGiven(
        code="unclear",
        label="Not understandable",
        sentence="We couldn’t understand your comment.",
    ),
    ReasonGiven(
        code="other", label="Another rule of the house", sentence="Your comment breaks the rules of this page."
    ),
)


def offered(session: Session, site_id: str, /) -> tuple[ReasonGiven, ...]:
    """Return the reasons that a moderator chooses from, in order; the first nine have keys."""
    rows = own(session, site_id)
    if not rows:
        return BUILT_IN
    return tuple(
        ReasonGiven(
            code=row.code,
            label=row.label,
            sentence=row.sentence,
            ground=row.ground,
            provision=row.provision,
            redress=row.redress,
        )
        for row in rows
        if row.active
    )


def suggested(reasons: Iterable[Mapping[str, Any]], offered: Sequence[ReasonGiven], /) -> str:
    """Return the code of the offered reason that fits the worst of a comment's reasons, "" where none does."""
    codes = {reason.code for reason in offered}
    fitting = (SUGGESTED.get(name, "") for name in ranking.names(reasons))
    return next((code for code in fitting if code in codes), "")


def own(session: Session, site_id: str, /) -> list[RejectionReason]:
    """Return the site's own rows, those switched off included."""
    statement = select(RejectionReason).where(RejectionReason.site_id == site_id)
    return list(session.scalars(statement.order_by(RejectionReason.position, RejectionReason.id)))


def find(session: Session, site_id: str, code: str, /) -> ReasonGiven | None:
    """Return the offered reason of that code, or None."""
    return next((reason for reason in offered(session, site_id) if reason.code == code), None)
