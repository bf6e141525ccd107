"""What callers get back, as OpenAPI describes it; `service.moderation.decisions.record` makes the values.

Answers are not validated on their way out, which would cost as much as making them; tests hold them to these models.
"""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from service.api.shapes.reasons import Reason, Share
from service.moderation.insight.workers import ALIVE_SECONDS
from service.moderation.policy.overrides import Effect, Target
from service.moderation.policy.rules import Rules
from service.moderation.policy.timetable import Timetable
from service.vocabulary import Attribute, CommentStatus, Source, Verdict


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


SourceOfIds = Annotated[str | None, Field(description="The webhook source whose id it is; null: the API's own.")]


class Article(Shape):
    id: str
    source: SourceOfIds
    url: str | None
    title: str
    key_points: list[str]
    body: str
    language: str | None
    section: str | None
    published_at: AwareDatetime | None
    revision: Annotated[int, Field(description="Grows when title, key points or body change.")]
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Author(Shape):
    id: Annotated[str | None, Field(description="Null: a guest, known by name alone.")]
    name: str | None


class Score(Shape):
    value: Annotated[Share, Field(description="The probability of the attribute.")]
    classifier: str
    version: str


class Term(Shape):
    term: Annotated[str, Field(description="The listed term, as the policy has it.")]
    start: Annotated[int, Field(description="Offset into the text in code points.")]
    end: int
    list: Annotated[str, Field(description="blocked or suspect")]


class Span(Shape):
    start: int
    end: int
    attribute: Attribute
    weight: Annotated[float, Field(description="The share of the score that these characters carry.")]


class Relevance(Shape):
    passage: Annotated[
        str | None, Field(description="The nearest text; of a stored comment null where that is its parent.")
    ]
    passage_kind: Annotated[str, Field(description="title, key_point, body or parent (the comment it replies to).")]
    similarity: Annotated[float, Field(ge=-1, le=1)]
    advert: Annotated[
        float | None, Field(ge=0, le=1, description="Probability of being an advert, which may be about anything.")
    ] = None


class PersonalData(BaseModel):
    model_config = ConfigDict(extra="allow")

    start: int
    end: int
    kind: Annotated[str, Field(description="E-mail address, telephone number, card number and so on.")]


class Findings(BaseModel):
    """What the checks found besides the scores; later versions may add to it."""

    model_config = ConfigDict(extra="allow")

    language: str | None
    language_detected: bool | None = None
    language_supported: bool | None = None
    terms: list[Term] = []
    spans: list[Span] = []
    links: Annotated[list[str], Field(description="Hosts that the comment links to.")] = []
    personal_data: Annotated[
        list[PersonalData] | None, Field(description="What identifies or reaches a person, where there is any.")
    ] = None
    repeat_of: Annotated[str | None, Field(description="The id of the comment that this one repeats.")] = None
    recent_by_author: int | None = None
    disguised: bool | None = None
    has_article: bool | None = None
    classifier_failed: bool | None = None
    characters_read: int | None = None
    unread: Annotated[int | None, Field(description="Characters that were not read, where there are any.")] = None
    too_costly: Annotated[bool | None, Field(description="True: reading it was ended by its budget.")] = None
    length_of_words: Annotated[int | None, Field(description="Without filler, where that is too short.")] = None
    kept_down: Annotated[
        str | None, Field(description="Why a person kept an earlier text down, which holds this one.")
    ] = None
    part_scores: Annotated[
        dict[str, float] | None, Field(description="Highest scores of a part of the text, read on its own.")
    ] = None
    held_from: Annotated[
        dict[str, float] | None, Field(description="Attributes whose scores never reject, and from where they hold.")
    ] = None
    relevance: Relevance | None = None


class AppliedOverride(Shape):
    """An override of the policy that applied when a comment was judged."""

    target: Annotated[Target, Field(description="Whose rules they are; empty: the whole site's, at certain hours.")]
    effect: Annotated[Effect | None, Field(description="What it did; null in old decisions.")] = None
    when: Annotated[Timetable | None, Field(description="When it holds; null beside an `effect`: always.")] = None
    time_zone: Annotated[str | None, Field(description="Whose clocks the hours of `when` are read from.")] = None
    text: Annotated[str, Field(description="For people.")]


class Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    id: str
    revision: int
    from_: Annotated[CommentStatus, Field(alias="from")]
    to: CommentStatus
    verdict: Verdict
    source: Source
    actor: Annotated[str | None, Field(description="Who decided, where it was not the policy.")]
    policy_version: int | None
    reasons: list[Reason]
    overrides: Annotated[list[AppliedOverride], Field(description="What applied of the policy's overrides.")]
    note: str
    undoes: Annotated[str | None, Field(description="The decision that this one undoes, before its callback left.")]
    created_at: AwareDatetime


class Receipt(Shape):
    """Enough to follow a comment."""

    id: str
    source: SourceOfIds
    status: CommentStatus
    verdict: Verdict | None
    revision: Annotated[int, Field(description="Grows with every new text.")]
    version: Annotated[int, Field(description="Grows with every change; send it back as expected_version.")]
    length: Annotated[int, Field(description="Characters as a reader counts them, outer white space left out.")]
    received_at: AwareDatetime
    decided_at: AwareDatetime | None


class Comment(Receipt):
    """A comment with everything that is known about its current text."""

    article_id: str | None
    parent_id: str | None
    author: Author | None
    text: Annotated[str, Field(description="Empty once erased.")]
    language: Annotated[str | None, Field(description="As the site declared it; findings has what was used.")]
    reasons: list[Reason]
    scores: dict[Attribute, Score]
    findings: Findings | None
    policy_version: int | None
    decisions: list[Decision]
    created_at: AwareDatetime | None
    edited_at: AwareDatetime | None
    erased_at: AwareDatetime | None
    pending_since: AwareDatetime


class CommentPage(Shape):
    comments: list[Comment]
    next_cursor: Annotated[str | None, Field(description="Send as cursor for the next page; null on the last.")]


class FieldProblem(Shape):
    pointer: Annotated[str, Field(description="A JSON pointer into the body, or ?name for a parameter.")]
    code: str
    detail: str


class Problem(BaseModel):
    """What went wrong and what would be right (RFC 9457)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/comment_too_short",
                    "title": "The comment is too short",
                    "status": 422,
                    "code": "comment_too_short",
                    "detail": "The comment has 38 of at least 50 characters.",
                    "instance": "urn:request:0199f1c2a7b47000a1b2c3d4e5f60718",
                    "errors": [
                        {
                            "pointer": "#/text",
                            "code": "comment_too_short",
                            "detail": "The comment has 38 of at least 50 characters.",
                        }
                    ],
                    "length": 38,
                    "minimum": 50,
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: Annotated[str, Field(description="Names this request in our log.")]
    errors: list[FieldProblem] = []


class BatchEntry(Shape):
    """One comment's own answer, as it would have got it alone: `comment` where it was taken, else `problem`."""

    status: Annotated[int, Field(description="202 accepted, 200 was there already, else a problem.")]
    comment: Receipt | None
    problem: Problem | None


class BatchAnswer(Shape):
    results: Annotated[list[BatchEntry], Field(description="In the order of the comments sent.")]
    accepted: int
    refused: int


class PolicyAnswer(Shape):
    version: Annotated[int, Field(description="0 means the defaults: no policy has been set yet.")]
    rules: Rules


class PolicyVersion(PolicyAnswer):
    author: str
    created_at: AwareDatetime


class PolicyHistory(Shape):
    versions: Annotated[list[PolicyVersion], Field(description="Newest first.")]


class ScoreAnswer(Shape):
    scores: Annotated[dict[Attribute, Score], Field(description="Only what a classifier could score.")]
    language: str | None
    language_detected: bool
    language_supported: Annotated[bool, Field(description="False: no model knows it, or a part of the text.")]
    disguised: bool
    characters_read: int
    part_scores: Annotated[dict[str, float], Field(description="Highest scores of a part, read on its own.")] = {}
    held_from: Annotated[
        dict[str, float], Field(description="Whose scores never reject, and from where they hold.")
    ] = {}
    unread: Annotated[int, Field(description="Characters that the budget left out, or that no model knows.")] = 0
    too_costly: Annotated[bool, Field(description="True: reading it was ended by its budget.")] = False
    relevance: Relevance | None
    attributes: Annotated[list[Attribute], Field(description="What can be scored here (off_topic: with an article).")]


class Timing(Shape):
    median_seconds: float | None
    p95_seconds: float | None
    measured: Annotated[int, Field(description="How many of the latest verdicts these figures rest on.")]


class QueueStats(Shape):
    depth: Annotated[int, Field(description="Comments that wait for a verdict, whenever received.")]
    oldest_age_seconds: Annotated[float | None, Field(description="How long the first of them has waited.")]
    held: Annotated[int, Field(description="Comments that wait for a moderator, whenever received.")]


class Stats(Shape):
    """A site's figures; they may be a second old."""

    since: AwareDatetime
    received: int
    by_status: dict[CommentStatus, int]
    by_verdict: dict[Verdict, int]
    by_reason: Annotated[dict[str, int], Field(description="Over the verdicts measured in time_to_verdict.")]
    time_to_verdict: Timing
    queue: QueueStats
    workers: Annotated[dict[str, int], Field(description=f"Processes by role, seen in the last {ALIVE_SECONDS} s.")]
    scoring: Annotated[str, Field(description="up, or down when no classification worker is alive")]
    redis: Annotated[str, Field(description="ok, or degraded when it does not answer")]


JsonObject = dict[str, Any]
