"""Legal notices by API: the site passes on what a notifier says, and reads what was decided.

Answers never have the notifier's name and address. Readers without a form of the site's use its public page
(`service.api.reader.legal_notices`).
"""

from typing import Annotated, Any

from pydantic import AwareDatetime, ConfigDict, Field
from sqlalchemy.orm import Session

from service.api import idempotency
from service.api.operation import Answer, Call, operation
from service.api.shapes.answers import Shape, SourceOfIds
from service.api.shapes.fields import Request
from service.api.v1.comments import refuse_forms
from service.clock import rfc3339
from service.models import Comment, LegalNotice, LegalNoticeKind, LegalNoticeState
from service.models.stored_ids import bare
from service.moderation.actors import of_key
from service.moderation.decisions import record
from service.moderation.legal_notices import deciding, receiving
from service.moderation.legal_notices.receiving import Submitted
from service.queues import DELIVERY
from service.vocabulary import Scope

TAG = "Legal notices"


class LegalNoticeBody(Request):
    """What article 16(2) of the Digital Services Act asks of a legal notice."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "defamation",
                    "location": "https://news.example/bridge#comment-1001",
                    "explanation": "The comment says that I took a bribe. The court found on 3 May that I did not.",
                    "name": "Ada Lima",
                    "email": "ada@example.org",
                    "good_faith": True,
                }
            ]
        }
    )

    kind: LegalNoticeKind
    location: Annotated[
        str,
        Field(
            max_length=receiving.LONGEST_LOCATION,
            description="The comment's id, or an address that names it. One that names no comment is taken too.",
        ),
    ]
    explanation: Annotated[
        str,
        Field(
            max_length=receiving.LONGEST_EXPLANATION,
            description=f"Why the comment is illegal; at least {receiving.SHORTEST_EXPLANATION} characters.",
        ),
    ]
    name: Annotated[
        str,
        Field(max_length=receiving.LONGEST_NAME, description="The notifier's. Only child_abuse may come without."),
    ] = ""
    email: Annotated[
        str, Field(max_length=receiving.LONGEST_EMAIL, description="Where the notifier is answered; as `name`.")
    ] = ""
    good_faith: Annotated[
        bool, Field(description="True: the notifier believes in good faith that this is accurate and complete.")
    ]


class LegalNoticeReceipt(Shape):
    id: str
    received_at: AwareDatetime


class LegalNoticeAnswer(LegalNoticeReceipt):
    """The state of a legal notice."""

    kind: LegalNoticeKind
    state: LegalNoticeState
    comment_id: Annotated[str | None, Field(description="Null: its location names no comment.")]
    source: SourceOfIds
    answer: Annotated[str | None, Field(description="What the lead says to the notifier.")]
    redress: Annotated[str | None, Field(description="How the notifier can object.")]
    automated_means: Annotated[bool, Field(description="False: a person decides on each.")]
    decided_at: AwareDatetime | None


@operation(
    "POST",
    "/v1/legal-notices",
    summary="Pass on a legal notice",
    tag=TAG,
    scope=Scope.SUBMIT,
    body=LegalNoticeBody,
    headers={idempotency.HEADER: idempotency.MEANING},
    answers={201: ("Received; a lead decides.", LegalNoticeReceipt)},
    problems=(409,),
)
def send_legal_notice(call: Call[LegalNoticeBody, None]) -> Answer:
    refuse_forms(call.key)

    def work(session: Session) -> tuple[Answer, bool]:
        said = Submitted(**call.body.model_dump())
        legal_notice = receiving.receive(session, call.site_id, said, by=of_key(call.key))
        return Answer({"id": legal_notice.id, "received_at": rfc3339(legal_notice.created_at)}, status=201), True

    answer, is_new = idempotency.once(call, work)
    if is_new:
        call.context.queues.wake(DELIVERY)
    return answer


@operation(
    "GET",
    "/v1/legal-notices/<legal_notice_id>",
    summary="See what was decided on a legal notice",
    tag=TAG,
    scope=Scope.READ,
    answers={200: ("The legal notice, without its notifier.", LegalNoticeAnswer)},
    problems=(404,),
)
def get_legal_notice(call: Call[None, None], legal_notice_id: str) -> Answer:
    with call.context.database.read() as session:
        legal_notice = deciding.require(session, call.site_id, legal_notice_id)
        comment = session.get(Comment, legal_notice.comment_id) if legal_notice.comment_id else None
        return Answer(_shown(legal_notice, comment, is_final=deciding.is_final(session, legal_notice)))


def _shown(legal_notice: LegalNotice, comment: Comment | None, *, is_final: bool) -> dict[str, Any]:
    """Return the state as the notifier may know it: open until the decision can no longer be undone."""
    return {
        "id": legal_notice.id,
        "received_at": rfc3339(legal_notice.created_at),
        "kind": legal_notice.kind.value,
        "state": (legal_notice.state if is_final else LegalNoticeState.OPEN).value,
        "comment_id": bare(comment.external_id) if comment else None,
        "source": record.source_of(comment.external_id) if comment else None,
        "answer": (legal_notice.answer or None) if is_final else None,
        "redress": (legal_notice.redress or None) if is_final else None,
        "automated_means": False,
        "decided_at": rfc3339(legal_notice.decided_at if is_final else None),
    }
