"""What a form sends and gets."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from service.api.shapes.answers import Shape
from service.api.shapes.fields import (
    MAX_TEXT,
    ExternalId,
    Line,
    LongText,
    OptionalAddress,
    OptionalId,
    OptionalLanguage,
    QueryId,
    Request,
    Text,
    Title,
)
from service.api.shapes.requests import AuthorBody, CommentBody, InlineArticle
from service.api.v1.objections.appeals import LONGEST as LONGEST_APPEAL
from service.api.v1.objections.reports import Kind, Words
from service.vocabulary import Attribute, CommentStatus

LONGEST_WAIT = 25  # seconds
LARGEST_PAGE = 100


class ReaderQuery(BaseModel):
    """Base of query strings here: the key is in them too, and proxies and caches add their own."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class PageQuery(ReaderQuery):
    article: Annotated[QueryId, Field(description="The article's id.")]
    after: Annotated[str | None, Field(max_length=200, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 50


class ReceiptQuery(ReaderQuery):
    source: ClassVar[None] = None
    wait: Annotated[
        float,
        Field(
            ge=0,
            le=LONGEST_WAIT,
            allow_inf_nan=False,
            description="Seconds to wait while it is pending or held.",
        ),
    ] = 0


class ReaderArticle(Request):
    """The article under which the form is."""

    id: ExternalId
    title: Title = ""
    url: OptionalAddress = None


class ReaderName(Request):
    """The name that a reader gives; nobody vouches for it."""

    name: Line | None = None


class HintOutcome(Request):
    """What became of the hint that was shown before."""

    id: Annotated[str, Field(max_length=200)]
    outcome: Literal["edited", "sent_anyway"]


class ReaderComment(Request):
    """A comment as a form sends it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "article": {"id": "bridge", "title": "City votes to rebuild the old bridge"},
                    "author": {"name": "Ada"},
                    "text": "The old bridge was closed twice last winter, so I am glad that it will be rebuilt.",
                }
            ]
        }
    )

    article: ReaderArticle
    author: ReaderName | None = None
    text: Text
    parent: Annotated[OptionalId, Field(description="The published comment that this one replies to.")] = None
    language: OptionalLanguage = None
    website: Annotated[str, Field(max_length=2_000, description="Hidden from people, who leave it empty.")] = ""
    hint: HintOutcome | None = None

    def as_comment(self, comment_id: str, parent_id: str | None, url: str | None) -> CommentBody:
        """Return it as any other sender would send it; `url` is the article's, where it is believed."""
        return CommentBody(
            id=comment_id,
            text=self.text,
            article=InlineArticle(id=self.article.id, title=self.article.title, url=url),
            author=AuthorBody(name=self.author.name) if self.author else None,
            parent_id=parent_id,
            language=self.language,
        )


class ReaderAppeal(Request):
    """What the author says against the rejection."""

    text: Annotated[LongText, Field(min_length=1, max_length=LONGEST_APPEAL)]


class ReaderReport(Request):
    """What a reader finds wrong with a published comment."""

    kind: Kind
    text: Words = ""
    website: Annotated[str, Field(max_length=2_000, description="Hidden from people, who leave it empty.")] = ""


class HintBody(Request):
    """A text before it is sent. It is scored and not stored."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"article": "bridge", "text": "Only an idiot would rebuild this bridge."}]}
    )

    # The text as it is: the places of words are counted in what the form has.
    text: Annotated[str, Field(max_length=MAX_TEXT)]
    article: Annotated[
        OptionalId, Field(description="Whose thresholds count, where the policy has an override for it.")
    ] = None
    language: OptionalLanguage = None


class PublishedComment(Shape):
    id: str
    parent: Annotated[str | None, Field(description="The published comment that it replies to.")]
    author: Annotated[str | None, Field(description="The name; null: none was given.")]
    text: str
    created_at: AwareDatetime


class PublishedPage(Shape):
    """Published comments, oldest first, and what a form needs to know."""

    article: str
    minimum_length: int
    maximum_length: int
    closed: Annotated[bool, Field(description="Whether no new comment is taken under the article now.")]
    closed_until: Annotated[AwareDatetime | None, Field(description="Null: open, or closed without an end.")]
    guidance: Annotated[str | None, Field(description="The site's sentence above the form; null: the form's own.")]
    appeals: Annotated[bool, Field(description="Whether the author of a rejected comment may appeal here.")]
    reports: Annotated[list[str], Field(description="Kinds of report that are taken here; empty: none.")]
    hints: Annotated[bool, Field(description="Whether a text can be asked about before it is sent.")]
    count: Annotated[int, Field(description="All published comments of the article, 10,000 at most.")]
    comments: list[PublishedComment]
    next: Annotated[str | None, Field(description="Send as `after` for the next page; null on the last.")]


class ReaderReceipt(Shape):
    """What a reader's browser needs to follow a comment."""

    receipt: Annotated[str, Field(description="Opaque. Whoever has it may follow this comment.")]
    id: str
    status: CommentStatus
    message: Annotated[str | None, Field(description="The site's sentence for the reader, where there is one.")]


class ReaderStatus(ReaderReceipt):
    appeal: Annotated[
        Literal["possible", "open", "upheld", "overturned"] | None,
        Field(description="Null: none, and none is possible."),
    ]


class AppealTaken(Shape):
    appeal: Literal["open"]


class ReportTaken(Shape):
    report: Literal["taken", "known"]


class Word(Shape):
    start: Annotated[int, Field(description="In UTF-16 code units, as JavaScript counts.")]
    end: int
    word: str


class Hint(Shape):
    id: Annotated[str, Field(description="Opaque. Send it with the comment and what became of the hint.")]
    attributes: list[Attribute]
    words: list[Word]


class HintAnswer(Shape):
    hint: Annotated[Hint | None, Field(description="Null: nothing to say, or nothing in time.")]
