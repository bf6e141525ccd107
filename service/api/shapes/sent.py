"""The bodies of callbacks as OpenAPI describes them; `service.moderation.callbacks.outbox` makes the values."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from service.api.shapes.answers import Score, Shape
from service.api.shapes.reasons import Reason
from service.models import LegalNoticeState
from service.vocabulary import Attribute, CommentStatus, Event, Source, Verdict

MEANINGS = {
    Event.APPROVED: "A comment may be published",
    Event.REJECTED: "A comment may not be published",
    Event.HELD: "A comment waits for a moderator",
    Event.OVERTURNED: "A moderator turned an earlier verdict into its opposite",
    Event.ERASED: "A comment's text and author were erased",
    Event.LEGAL_NOTICE_RECEIVED: "A legal notice has arrived; confirm it to its notifier",
    Event.LEGAL_NOTICE_DECIDED: "A legal notice was decided; send its notifier the answer and the redress",
    Event.REPORT_DECIDED: "A moderator upheld a reader's report, or did not",
    Event.TEST: "Sent on request, to see whether it arrives",
}


class DecidedBy(Shape):
    source: Source
    policy_version: int | None
    name: str | None


class Notifier(Shape):
    """Who sent a legal notice: personal data. Null where no name was needed, or it was erased."""

    name: str | None
    email: str | None


class CallbackData(Shape):
    """What a callback tells of a comment; for an erasure only the first four, for a test only `endpoint_id`.

    About a legal notice it has the fields from `legal_notice_id` on. A report has `comment_id`, `source`, `decided_at`,
    `kind`, `outcome` and the fields from `report_id` on.
    """

    comment_id: str = ""
    source: Annotated[str | None, Field(description="The webhook source that sent the comment; null: the API.")] = None
    article_id: str | None = None
    sequence: Annotated[
        int, Field(description="The comment's version: ignore a callback with a lower one than you have seen.")
    ] = 0
    decision_id: str = ""
    revision: int = 0
    verdict: Verdict | None = None
    status: CommentStatus | None = None
    previous_status: CommentStatus | None = None
    reasons: tuple[Reason, ...] = ()
    scores: dict[Attribute, Score] | None = None
    decided_by: DecidedBy | None = None
    decided_at: AwareDatetime | None = None
    endpoint_id: str = ""
    legal_notice_id: str = ""
    kind: Annotated[str, Field(description="Of the legal notice or of the report.")] = ""
    location: Annotated[str, Field(description="As the notifier gave it.")] = ""
    notifier: Notifier | None = None
    received_at: AwareDatetime | None = None
    outcome: LegalNoticeState | Literal["upheld", "not_upheld"] | None = None
    answer: Annotated[str, Field(description="What the lead says to the notifier.")] = ""
    redress: Annotated[str, Field(description="How the notifier can object.")] = ""
    automated_means: bool | None = None
    report_id: str = ""
    reporter_id: Annotated[str | None, Field(description="As you sent it; null for an e-mail address.")] = None
    reported_at: AwareDatetime | None = None


class Callback(Shape):
    """A callback, signed by Standard Webhooks; it never carries the comment's text or author.

    One about a legal notice carries its notifier's name and address, and goes only to endpoints that name the event.
    """

    type: Event
    timestamp: AwareDatetime
    data: CallbackData


def webhooks(body: dict[str, Any], /) -> dict[str, Any]:
    """Return the `webhooks` of the description; `body` refers to the schema of `Callback`."""
    return {event.value: {"post": _described(event, body)} for event in Event}


def _described(event: Event, body: dict[str, Any]) -> dict[str, Any]:
    headers = {
        "webhook-id": "The same for every attempt: take a second one for a repeat.",
        "webhook-timestamp": "Seconds since 1970; refuse what is older than five minutes.",
        "webhook-signature": "One or more `v1,<base64>`, divided by blanks; one of them must be right.",
    }
    return {
        "operationId": f"callback_{event.value.replace('.', '_')}",
        "summary": MEANINGS[event],
        "tags": ["Callbacks"],
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": meaning, "schema": {"type": "string"}}
            for name, meaning in headers.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "2XX": {"description": "Taken. Anything else is tried again for days, 410 switches the endpoint off."}
        },
    }
