"""Readers' reports by API: the site passes on what a reader reports, and reads what moderators made of it.

Only a key that readers cannot see may say who reports: with an id of its own choice a stranger would borrow the record
of a reader whom moderators have learnt to believe. A form has a door of its own.
"""

from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from service.accounts import keys
from service.api.operation import Answer, Call, operation
from service.api.shapes.answers import Shape, SourceOfIds
from service.api.shapes.fields import LongText, OptionalId, Request
from service.api.shapes.requests import SourceQuery
from service.api.v1.comments import refuse_forms
from service.clock import rfc3339
from service.models import Comment, Report, ReportOutcome
from service.models.stored_ids import bare
from service.moderation.decisions import record
from service.moderation.intake import id_spaces
from service.moderation.policy import policies
from service.moderation.reporters import marks
from service.moderation.reports import filing, reading
from service.moderation.reports.filing import LONGEST_WORDS, Filing
from service.queues import DELIVERY
from service.vocabulary import Scope

MOST = 1_000  # reports of a comment in one answer

Kind = Annotated[str, Field(min_length=1, max_length=40, description="One of the policy's `report_kinds`.")]
Words = Annotated[LongText, Field(max_length=LONGEST_WORDS, description="What moderators should know.")]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]


class ReporterBody(Request):
    """Who reports: an id of yours, or an e-mail address, of which only a mark is kept."""

    id: OptionalId = None
    email: Email | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.id is None and self.email is None:
            raise ValueError("must have an id or an email")
        return self


class ReportBody(Request):
    """What a reader reports."""

    kind: Kind
    words: Words = ""
    reporter: ReporterBody


class ReportAnswer(Shape):
    """A report and what moderators made of it."""

    id: str
    comment_id: str
    source: SourceOfIds
    kind: str
    words: str
    reporter_id: Annotated[str | None, Field(description="As you sent it; null for e-mail addresses and forms.")]
    revision: Annotated[int, Field(description="Of the text that was reported.")]
    outcome: Annotated[
        ReportOutcome,
        Field(description="open, upheld, not_upheld, or moot: the text was edited or erased before a decision."),
    ]
    created_at: AwareDatetime
    settled_at: AwareDatetime | None


class Reports(Shape):
    total: Annotated[int, Field(description="All reports of the comment.")]
    reports: Annotated[list[ReportAnswer], Field(description=f"At most {MOST:,}, open ones first.")]


@operation(
    "POST",
    "/v1/comments/<comment_id>/reports",
    summary="Pass on a reader's report of a comment",
    tag="Comments",
    scope=Scope.SUBMIT,
    query=SourceQuery,
    body=ReportBody,
    answers={
        201: ("Kept.", ReportAnswer),
        200: ("This reporter has reported this text already; nothing was changed.", ReportAnswer),
    },
    problems=(404, 409),
)
def report_comment(call: Call[ReportBody, SourceQuery], comment_id: str) -> Answer:
    refuse_forms(call.key)
    keys.require(call.key, Scope.READ, "Who reports")
    with call.context.database.write() as session:
        comment = id_spaces.require_comment(session, call.site_id, comment_id, call.query.source, lock=True)
        shown = _identity(comment)
        filed = filing.file(session, comment, policies.active(session, call.site_id), _filing(call))
        answer = Answer(_shown(shown, filed.report), status=201 if filed.is_new else 200)
    if filed.held:
        call.context.queues.wake(DELIVERY)
    return answer


@operation(
    "GET",
    "/v1/comments/<comment_id>/reports",
    summary="List the reports of a comment",
    tag="Comments",
    scope=Scope.READ,
    query=SourceQuery,
    answers={200: ("Its reports.", Reports)},
    problems=(404,),
)
def list_reports(call: Call[None, SourceQuery], comment_id: str) -> Answer:
    with call.context.database.read() as session:
        comment = id_spaces.require_comment(session, call.site_id, comment_id, call.query.source)
        found = reading.of_comment(session, comment, limit=MOST)
        identity = _identity(comment)
        return Answer({"total": found.total, "reports": [_shown(identity, one.report) for one in found.shown]})


def _filing(call: Call[ReportBody, SourceQuery]) -> Filing:
    body, reporter = call.body, call.body.reporter
    if reporter.id is not None:
        mark = marks.of_id(call.site_id, reporter.id)
    else:
        assert reporter.email is not None
        mark = marks.of_email(call.context.settings.keyring, call.site_id, reporter.email)
    return Filing(kind=body.kind, words=body.words, reporter=mark, reporter_id=reporter.id)


def _identity(comment: Comment) -> dict[str, Any]:
    return {"comment_id": bare(comment.external_id), "source": record.source_of(comment.external_id)}


def _shown(identity: dict[str, Any], report: Report) -> dict[str, Any]:
    return identity | {
        "id": report.id,
        "kind": report.kind,
        "words": report.words,
        "reporter_id": report.reporter_id,
        "revision": report.revision,
        "outcome": report.outcome.value,
        "created_at": rfc3339(report.created_at),
        "settled_at": rfc3339(report.settled_at),
    }
