"""Coral's external moderation phase: Coral asks before it stores a comment, and gets the verdict of the site's policy.

A request has no comment id and no time, so nothing of it becomes a comment here. Coral waits as long as the phase's
timeout says; where there is no verdict in time, a moderator in Coral has a look.
"""

from typing import Annotated, Any, Literal

from flask import Request as HttpRequest
from pydantic import BaseModel, ConfigDict, Field

from service.api import bodies, keeper
from service.api.compat import verdicts
from service.api.compat.shown_text import shown
from service.api.compat.verdicts import Judged, Question
from service.api.operation import SITE, Answer, operation
from service.api.shapes.answers import Shape
from service.clock import utc_now
from service.context import context
from service.errors import NotSigned, TooMany, Unavailable
from service.models import Style, WebhookSource
from service.models.stored_ids import in_space
from service.moderation.judgement.judgement import JudgementReason
from service.moderation.webhooks import inbound as webhooks
from service.vocabulary import REASON_WORDS, Attribute, Reason, Verdict

Flag = Literal["COMMENT_DETECTED_TOXIC", "COMMENT_DETECTED_SPAM"]
STAFF = ("STAFF", "MODERATOR", "ADMIN")  # members are readers, such as subscribers
SPAM = (Reason.BLOCKED_LINK, Reason.TOO_MANY_LINKS)
CODES = {
    Reason.BLOCKED_TERM: "BANNED_WORD",
    Reason.BLOCKED_LINK: "SPAM",
    Reason.OFF_TOPIC: "IRRELEVANT_CONTENT",
}
TOXIC_CODES = {
    Attribute.IDENTITY_ATTACK: "HATE_SPEECH",
    Attribute.THREAT: "HARASSMENT_BULLYING",
    Attribute.INSULT: "ABUSIVE",
    Attribute.OBSCENE: "OFFENSIVE",
    Attribute.SEXUAL_EXPLICIT: "OFFENSIVE",
}


class _Sent(BaseModel):
    model_config = ConfigDict(extra="ignore")


class CoralComment(_Sent):
    body: Annotated[str, Field(description="HTML or plain text, as the phase's format says.")]


class CoralAuthor(_Sent):
    id: str
    role: str | None = None


class CoralStory(_Sent):
    id: str
    url: str | None = None


class CoralRequest(_Sent):
    """What Coral sends, as far as it is read."""

    action: Literal["NEW", "EDIT"]
    comment: CoralComment
    author: CoralAuthor
    story: CoralStory


class CoralAction(Shape):
    actionType: Literal["FLAG"]  # noqa: N815
    reason: Flag


class CoralRejectionReason(Shape):
    code: str
    detailedExplanation: Annotated[str, Field(description="Why the policy rejected it.")]  # noqa: N815
    customReason: Annotated[str | None, Field(description="With the code OTHER.")] = None  # noqa: N815


class CoralModerationAction(Shape):
    status: Literal["REJECTED"]
    rejectionReason: CoralRejectionReason  # noqa: N815


class CoralAnswer(Shape):
    """An opinion in Coral's schema. Earlier versions of Coral ignore `moderationAction`."""

    status: Literal["PREMOD", "REJECTED"] | None = None
    actions: list[CoralAction] | None = None
    tags: list[Literal["STAFF"]] | None = None
    moderationAction: CoralModerationAction | None = None  # noqa: N815


@operation(
    "POST", "/v1/coral/<source_id>", summary="Give Coral's external moderation phase an opinion", tag="Webhooks",
    scope=None, signed=True, body=CoralRequest,
    answers={
        200: ("The policy holds or rejects the comment, or there was no verdict in time.", CoralAnswer),
        204: ("No opinion: the policy approves it.", None),
    },
    problems=(503,),
)  # fmt: skip
def moderate_for_coral(request: HttpRequest, source_id: str) -> Answer:
    kept = keeper.current()
    body = request.get_data(cache=False)
    source = _source(source_id, request, body)
    request.environ[SITE] = source.site_id
    asked = bodies.parse(body, CoralRequest)
    question = Question(
        text=shown(asked.comment.body),
        article_ids=(in_space(source.id_space, asked.story.id), asked.story.id),
        article_address=asked.story.url or "",
        author_id=in_space(source.author_space, asked.author.id),
        by_staff=asked.author.role in STAFF,
    )
    try:
        kept.limits.spend(source.id)
        return _opinion(verdicts.judge_at_once(kept, source.site_id, question))
    except (Unavailable, TooMany):  # counted where it was raised; what nobody judged is for a person
        return Answer({"status": "PREMOD"})


def _source(source_id: str, request: HttpRequest, body: bytes) -> WebhookSource:
    """Return the source whose secret signed the body; raise NotSigned for any other, also one of another style."""
    ours, headers = context(), {name.lower(): value for name, value in request.headers.items()}
    with ours.database.read() as session:
        source, _ = webhooks.find_genuine(session, ours.settings.keyring, source_id, headers, body, utc_now())
    if source.style is not Style.CORAL:
        raise NotSigned("This source is not Coral's.")
    return source


def _opinion(answer: Judged) -> Answer:
    judged = answer.judgement
    reasons = [reason for reason in judged.reasons if reason.verdict is not Verdict.APPROVE]
    opinion: dict[str, Any] = {}
    if any(reason.reason is Reason.AUTHOR_STAFF for reason in judged.reasons):
        opinion["tags"] = ["STAFF"]
    if flags := _flags(reasons):
        opinion["actions"] = [{"actionType": "FLAG", "reason": flag} for flag in flags]
    if judged.verdict is Verdict.HOLD:
        opinion["status"] = "PREMOD"
    if judged.verdict is Verdict.REJECT:
        opinion |= {"status": "REJECTED", "moderationAction": _rejection(reasons[0])}
    return Answer(opinion) if opinion else Answer(None, status=204)


def _flags(reasons: list[JudgementReason]) -> list[Flag]:
    flags: list[Flag] = []
    if any(reason.reason is Reason.TOXIC for reason in reasons):
        flags.append("COMMENT_DETECTED_TOXIC")
    if any(reason.reason in SPAM for reason in reasons):
        flags.append("COMMENT_DETECTED_SPAM")
    return flags


def _rejection(worst: JudgementReason) -> dict[str, Any]:
    code = CODES.get(worst.reason, "OTHER")
    if worst.reason is Reason.TOXIC and worst.attribute is not None:
        code = TOXIC_CODES.get(worst.attribute, "ABUSIVE")
    words = f"{REASON_WORDS[worst.reason].capitalize()}."  # no score and no listed term: the author may see it
    told = {"code": code, "detailedExplanation": words}
    return {"status": "REJECTED", "rejectionReason": told | ({"customReason": words} if code == "OTHER" else {})}
