"""The scores of one comment, from the replies of the last minute or from the interactive worker."""

from collections.abc import Sequence
from typing import Any

from service.api import scoring
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
    """Return the worker's reply; raise Unavailable at the deadline, Refusal where the key is pinned to other versions.

    Without `remember` nothing of the request stays in memory, here or in the worker.
    """
    asked = {"text": text, "languages": list(languages), "stretches": list(stretches), "keep_article": remember}
    if article is not None:
        asked |= article.asked()
    if not languages:
        asked["site_language"] = _site_language(caller)
    recent, site_id = caller.kept.recent_scores, caller.key.site_id
    reply = recent.find(site_id, asked) if remember else None
    if reply is None:
        reply = scoring.ask(caller.kept, caller.key.site_id, asked)
        reply["assessment"].pop("relevance", None)  # it quotes the article
        reply.setdefault("versions", {})  # a worker of the version before names none
        if remember:
            recent.keep(site_id, asked, reply)
    pinned: dict[str, str] = caller.terms.pinned
    if not pinned.items() <= reply["versions"].items():
        raise errors.not_loaded(versions_in_words(pinned), versions_in_words(reply["versions"]))
    return reply


def versions_in_words(versions: dict[str, str], /) -> str:
    """Return the versions as `compact=1, relevance=2`."""
    return ", ".join(f"{name}={version}" for name, version in sorted(versions.items()))


def _site_language(caller: Caller) -> str:
    with caller.ours.database.read() as session:
        return policies.active(session, caller.key.site_id).rules.default_language
