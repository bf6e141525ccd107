"""Where a stored comment is, as the policy's overrides name it."""

from service.models import Article
from service.models.stored_ids import bare, space_of
from service.moderation.policy.effective import Place
from service.moderation.policy.overrides import API


def place_of(stored_id: str, article: Article | None, /) -> Place:
    """Return the place of a comment under the article; of any comment of the article's source by the article's id."""
    return place(stored_id, article.external_id if article else None, article.section if article else None)


def place_under(article_id: str, article: Article | None, /) -> Place:
    """Return the place of a new comment by the API under the article with the publisher's id, stored or not."""
    return place_of("", article) if article else Place(article=article_id)


def place(stored_id: str, article_id: str | None, section: str | None, /) -> Place:
    """Return the place of a comment from its stored id and its article's."""
    return Place(
        source=space_of(stored_id) or API,
        article=bare(article_id),
        article_source=space_of(article_id or "") or API,
        section=section,
    )
