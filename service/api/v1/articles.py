"""Articles over HTTP: put whole, asked for by the site's own id."""

from dataclasses import replace

from sqlalchemy.orm import Session

from service.api.operation import Answer, Call, operation
from service.api.shapes import answers
from service.api.shapes.requests import ArticleBody, InlineArticle, SourceQuery
from service.errors import NotFound
from service.models import Article
from service.models.stored_ids import in_space
from service.moderation.decisions import record
from service.moderation.intake import articles, id_spaces
from service.moderation.intake.articles import ArticleSubmission
from service.vocabulary import Scope

TAG = "Articles"
INLINE_FIELDS = frozenset(ArticleBody.model_fields)


@operation(
    "PUT",
    "/v1/articles/<article_id>",
    summary="Store an article, or replace it",
    tag=TAG,
    scope=Scope.MODERATE,
    query=SourceQuery,
    body=ArticleBody,
    answers={201: ("Stored.", answers.Article), 200: ("Replaced.", answers.Article)},
)
def put_article(call: Call[ArticleBody, SourceQuery], article_id: str) -> Answer:
    with call.context.database.write() as session:
        # Without a source it is the API's own: an article is stored before its comments are known.
        space = id_spaces.of_source(session, call.site_id, call.query.source or id_spaces.BY_API)
        article, created, _ = articles.put(session, call.site_id, call.body.submission(in_space(space, article_id)))
        session.refresh(article)
        return _answer(article, status=201 if created else 200)


@operation(
    "GET",
    "/v1/articles/<article_id>",
    summary="Ask for an article",
    tag=TAG,
    scope=Scope.READ,
    query=SourceQuery,
    answers={200: ("The article.", answers.Article), 304: ("Unchanged since If-None-Match.", None)},
    problems=(404,),
    headers={"If-None-Match": "The ETag you have."},
)
def get_article(call: Call[None, SourceQuery], article_id: str) -> Answer:
    with call.context.database.read() as session:
        article = id_spaces.find_article(session, call.site_id, article_id, call.query.source)
        if article is None:
            raise NotFound("This site has no article with this id.")
        return _answer(article)


def completed(
    session: Session, site_id: str, inline: InlineArticle, /, *, may_replace: bool, is_claimed: bool = False
) -> ArticleSubmission:
    """Return an article that came with a comment, with what it leaves out taken from the stored one.

    Many sites put the article with its body once, and send title and address with every comment: that must not erase
    the body. A caller who may not replace articles gets the stored one as it is.
    """
    submission = replace(inline.submission(inline.id), is_claimed=is_claimed)
    missing = INLINE_FIELDS - inline.model_fields_set if may_replace else INLINE_FIELDS
    stored = articles.find(session, site_id, inline.id) if missing else None
    if stored is None:
        return submission
    kept = {name: getattr(stored, name) for name in missing}
    if "title" in kept:
        kept["is_claimed"] = stored.is_claimed
    if "key_points" in kept:
        kept["key_points"] = tuple(stored.key_points)
    return replace(submission, **kept)


def _answer(article: Article, *, status: int = 200) -> Answer:
    etag = f"{article.id}.{article.revision}.{int(article.updated_at.timestamp() * 1000)}"
    return Answer(record.present_article(article), status=status, etag=etag)
