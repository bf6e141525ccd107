"""A site's figures, cheap enough for fifty dashboards that ask every second: computed once a second at most."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from service.api.operation import Answer, Call, operation
from service.api.shapes import answers
from service.api.shapes.answers import Shape
from service.api.shapes.requests import Query, QueryMoment, SinceQuery
from service.api.v1.health import redis_answers
from service.clock import rfc3339, utc_now
from service.context import Context
from service.moderation.insight import figures, statistics
from service.moderation.insight.counts import periods
from service.vocabulary import Scope, Verdict


class PeriodQuery(Query):
    since: Annotated[QueryMoment | None, Field(description="Default: seven days before `until`.")] = None
    until: Annotated[QueryMoment | None, Field(description="Not included; default: now.")] = None


class VerdictCounts(Shape):
    approve: int
    hold: int
    reject: int


class PeopleCounts(Shape):
    approved: int
    rejected: int


class CallbackCounts(Shape):
    delivered: int
    waiting: int
    failed: Annotated[int, Field(description="Given up after the last attempt.")]


class Timed(Shape):
    median_seconds: float | None
    p95_seconds: float | None
    measured: int


class StepStats(Shape):
    start: Annotated[int, Field(description="Seconds since 1970, UTC.")]
    received: int
    verdicts: Annotated[VerdictCounts, Field(description="The policy's, when they were given.")]
    time_to_verdict: Timed
    moderators: Annotated[PeopleCounts, Field(description="Without undone decisions.")]
    held_decided: Annotated[int, Field(description="Held comments that moderators decided on.")]
    held_rejected: int
    overturned: Annotated[int, Field(description="Automatic verdicts that a moderator overturned.")]
    callbacks: Annotated[CallbackCounts, Field(description="Grouped by creation time; kept for thirty days.")]


class ReasonStats(Shape):
    code: str
    attribute: str | None
    comments: int


class AgreementStats(Shape):
    policy: Verdict
    moderator: Annotated[Verdict, Field(description="The first moderator's.")]
    comments: int


class ArticleStats(Shape):
    id: str
    source: Annotated[str, Field(description="The webhook source whose id it is; left out: the API's own.")] = ""
    comments: int
    held_or_rejected: int


class PeriodStats(Shape):
    """What the console's dashboard shows of a period; docs/users/figures.md says what each counts."""

    since: AwareDatetime
    until: AwareDatetime
    step_seconds: int
    steps: list[StepStats]
    time_to_verdict: Timed
    time_to_review: Annotated[Timed, Field(description="How long held comments waited for a moderator.")]
    reasons: list[ReasonStats]
    agreement: list[AgreementStats]
    articles: list[ArticleStats]


@operation(
    "GET",
    "/v1/stats",
    summary="Get the site's figures",
    tag="Figures",
    scope=Scope.READ,
    query=SinceQuery,
    answers={200: ("The figures.", answers.Stats), 304: ("Unchanged since If-None-Match.", None)},
    headers={"If-None-Match": "The ETag you have."},
)
def get_stats(call: Call[None, SinceQuery]) -> Answer:
    since = _to_the_minute(call.query.since or utc_now() - timedelta(hours=24))
    body, etag = call.keeper.counts.get(
        ("stats", call.site_id, since), lambda: _computed(call.context, call.site_id, since)
    )
    if not call.context.queues.worth_trying():  # known without asking, so never a second late
        body = body | {"redis": "degraded"}
        etag = _tag(body)
    return Answer(body, etag=etag)


@operation(
    "GET",
    "/v1/stats/period",
    summary="Get the dashboard's figures over a period, step by step",
    tag="Figures",
    scope=Scope.READ,
    query=PeriodQuery,
    answers={200: ("The figures.", PeriodStats)},
    problems=(422,),
)
def get_period_stats(call: Call[None, PeriodQuery]) -> Answer:
    until = _to_the_minute(call.query.until or utc_now() + timedelta(minutes=1))
    since = _to_the_minute(call.query.since or until - timedelta(days=7))
    body = call.keeper.counts.get(
        ("period", call.site_id, since, until), lambda: _counted(call.context, call.site_id, since, until)
    )
    return Answer(body)


def _counted(ours: Context, site_id: str, since: datetime, until: datetime) -> dict[str, Any]:
    period = periods.between(since, until)
    with ours.database.read() as session:
        return figures.of_period(session, site_id, period)


def _computed(ours: Context, site_id: str, since: datetime) -> tuple[dict[str, Any], str]:
    with ours.database.read() as session:
        figures = statistics.of_site(session, site_id, since=since)
    body = {
        "since": rfc3339(since),
        **figures,
        "scoring": "up" if figures["workers"].get("classification") else "down",
        "redis": "ok" if redis_answers(ours) else "degraded",
    }
    return body, _tag(body)


def _tag(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]


def _to_the_minute(moment: datetime) -> datetime:
    # Requests within the same minute share one computation.
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
