"""The scores of one comment as the Comment Analyzer's methods ask for them."""

from collections.abc import Sequence
from typing import Any

from service.api.compat import scores
from service.api.compat.perspective import errors
from service.api.compat.perspective.articles import Article
from service.api.compat.perspective.callers import Caller
from service.moderation.policy import policies


def of(
    caller: Caller,
    text: str,
    /,
    *,
    languages: Sequence[str],
    article: Article | None = None,
    stretches: Sequence[tuple[int, int]] = (),
    remember: bool,
) -> dict[str, Any]:
    """Return the worker's reply; raise Unavailable at the deadline, Refusal where the key is pinned to other versions
    or a part of the text was not read.

    Without `remember` nothing of the request stays in memory, here or in the worker.
    """
    asked = {"text": text, "languages": list(languages), "stretches": list(stretches), "keep_article": remember}
    if article is not None:
        asked |= article.asked()
    if not languages:
        asked["site_language"] = _site_language(caller)
    try:
        reply = scores.of(caller.kept, caller.key.site_id, asked, remember=remember, pinned=caller.terms.pinned)
    except scores.OtherVersions as other:
        raise errors.not_loaded(other.pinned, other.loaded) from None
    if scores.unread_of(text, reply["assessment"]):
        raise errors.comment_not_read()
    return reply


def _site_language(caller: Caller) -> str:
    with caller.ours.database.read() as session:
        return policies.active(session, caller.key.site_id).rules.default_language
