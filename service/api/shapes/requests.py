"""What callers send: the bodies and query strings of version 1."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from service.api.shapes.fields import (
    ExternalId,
    KeyPoint,
    Line,
    LongText,
    Moment,
    OptionalAddress,
    OptionalId,
    OptionalLanguage,
    OptionalMoment,
    QueryId,
    Request,
    Text,
    Title,
)
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute, CommentStatus

LONGEST_WAIT = 30  # seconds
LARGEST_BATCH = 100


ChangedAt = Annotated[
    OptionalMoment,
    Field(
        description="When the site read this text. Edits of a comment that all say it are ordered by it: one that is "
        "older than what is stored is refused with 409 `outdated`."
    ),
]


class ArticleBody(Request):
    """An article as the site knows it; comments are compared with title, key points and body."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://news.example/bridge",
                    "title": "City votes to rebuild the old bridge",
                    "key_points": ["The council voted 8 to 3", "Building starts in spring"],
                    "body": "The city council voted on Tuesday to rebuild the bridge over the river...",
                    "language": "en",
                    "section": "Local",
                    "published_at": "2026-11-20T08:00:00Z",
                }
            ]
        }
    )

    url: OptionalAddress = None
    title: Title = ""
    key_points: Annotated[tuple[KeyPoint, ...], Field(max_length=50)] = ()
    body: LongText = ""
    language: OptionalLanguage = None
    section: Annotated[Line | None, Field(description="Of the publication: the policy may have overrides for it.")] = (
        None
    )
    published_at: OptionalMoment = None

    def submission(self, article_id: str) -> ArticleSubmission:
        return ArticleSubmission(
            id=article_id,
            url=self.url,
            title=self.title,
            key_points=self.key_points,
            body=self.body,
            language=self.language,
            section=self.section or None,
            published_at=self.published_at,
        )


class InlineArticle(ArticleBody):
    """An article that comes with a comment."""

    model_config = ConfigDict(json_schema_extra={"examples": []})

    id: ExternalId


class AuthorBody(Request):
    """Who wrote a comment, as the site knows them; without an id, a guest."""

    id: OptionalId = None
    name: Line | None = None


class CommentBody(Request):
    """A reader's comment, sent to be moderated."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "c-1001",
                    "article_id": "bridge",
                    "author": {"id": "u-7", "name": "Ada"},
                    "text": "The old bridge was closed twice last winter, so I am glad that it will be rebuilt.",
                }
            ]
        }
    )

    id: Annotated[ExternalId, Field(description="The site's own id of the comment.")]
    text: Annotated[Text, Field(description="Plain text. The site's minimum and maximum count what a reader sees.")]
    article_id: OptionalId = None
    article: InlineArticle | None = None
    author: AuthorBody | None = None
    parent_id: Annotated[OptionalId, Field(description="The comment that this one replies to.")] = None
    language: OptionalLanguage = None
    created_at: OptionalMoment = None
    changed_at: ChangedAt = None
    callback_url: Annotated[OptionalAddress, Field(description="Where the verdict is sent.")] = None

    def submission(self) -> Submission:
        return Submission(
            id=self.id,
            text=self.text,
            article_id=self.article_id,
            article=self.article.submission(self.article.id) if self.article else None,
            author_id=self.author.id if self.author else None,
            author_name=(self.author.name or None) if self.author else None,
            parent_id=self.parent_id,
            language=self.language,
            created_at=self.created_at,
            changed_at=self.changed_at,
            callback_url=self.callback_url,
        )


class EditBody(Request):
    """A comment's new text."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "I was wrong about the year: the old bridge was closed three times in the last two winters."}
            ]
        }
    )

    text: Text
    changed_at: ChangedAt = None


class BatchBody(Request):
    """Up to 100 comments, each accepted or refused by itself."""

    comments: Annotated[list[Any], Field(min_length=1, max_length=LARGEST_BATCH)]


REASON_CODE = (
    "A code of one of the site's rejection reasons, whose statement goes with the rejection; or a code of your own."
)


class DecisionBody(Request):
    """A moderator's verdict on a comment, as last seen in version `expected_version`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"verdict": "approve", "reason": "on_topic_after_all", "note": "Sharp but fair.", "expected_version": 2}
            ]
        }
    )

    verdict: Literal["approve", "reject"]
    expected_version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    reason: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$", description=REASON_CODE)] = None
    note: Annotated[Text, Field(max_length=2000)] = ""


class PolicyBody(Rules):
    """The whole policy: a rule left out gets its default. `based_on` guards against overwriting another change."""

    based_on: Annotated[
        int | None,
        Field(
            ge=0,
            le=2**31 - 1,
            description="The version you read. Where another one is in force, the answer is 409 and nothing changes. "
            "Left out or null: no check.",
        ),
    ] = None

    def rules(self) -> Rules:
        """Return the rules alone."""
        return Rules.model_validate(self.model_dump(exclude={"based_on"}))


class ScoreArticle(Request):
    """What the text to be scored is compared with."""

    title: Title = ""
    key_points: Annotated[tuple[KeyPoint, ...], Field(max_length=50)] = ()
    body: LongText = ""
    language: OptionalLanguage = None

    @model_validator(mode="after")
    def _has_text(self) -> Self:
        if not any(text.strip() for text in (self.title, *self.key_points, self.body)):
            raise ValueError("needs a title, key points or a body; leave article out to skip off_topic")
        return self


class ScoreBody(Request):
    """A text to be scored at once; nothing is stored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "You clearly did not read the article.", "attributes": ["toxicity", "insult"]}]
        }
    )

    text: Annotated[Text, Field(min_length=1, max_length=50_000)]
    article: ScoreArticle | None = None
    parent_text: Annotated[Text | None, Field(max_length=50_000)] = None
    language: OptionalLanguage = None
    attributes: Annotated[list[Attribute] | None, Field(min_length=1, max_length=len(Attribute))] = None


class Query(BaseModel):
    """Base of query strings: text from the address, so types are read rather than demanded."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _read_plus(value: object) -> object:
    # "+" in a query string means a blank: a time such as 2026-11-22T10:00:00+01:00 arrives with one.
    return re.sub(r" (?=\d\d:\d\d$)", "+", value) if isinstance(value, str) else value


QueryMoment = Annotated[Moment, BeforeValidator(_read_plus)]


SourceOfId = Annotated[
    str | None,
    Field(
        pattern=r"^(api|[0-9a-f]{32})$",
        description="Whose id it is: a webhook source's id, or `api`. Left out: the API's own, else the only source's "
        "that has one; 409 where several have one.",
    ),
]


class SourceQuery(BaseModel):
    """Whose id the address names; unknown parameters are ignored, as proxies and caches add their own."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    source: SourceOfId = None


class WaitQuery(Query):
    source: SourceOfId = None
    wait: Annotated[
        float,
        Field(ge=0, le=LONGEST_WAIT, allow_inf_nan=False, description="Seconds to wait while the comment is pending."),
    ] = 0


class ListQuery(Query):
    source: SourceOfId = None
    status: CommentStatus | None = None
    article_id: QueryId | None = None
    author_id: QueryId | None = None
    since: Annotated[QueryMoment | None, Field(description="Received at this time or later.")] = None
    decided_since: Annotated[QueryMoment | None, Field(description="Decided at this time or later.")] = None
    cursor: Annotated[str | None, Field(max_length=200, description="`next_cursor` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class SinceQuery(Query):
    since: Annotated[
        QueryMoment | None, Field(description="Counts comments received from here on; default: the last 24 hours.")
    ] = None


class HistoryQuery(Query):
    limit: Annotated[int, Field(ge=1, le=200)] = 50
