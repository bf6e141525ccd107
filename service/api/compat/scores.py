"""The scores of one text for any contract here: a reply of the last minute, or the interactive worker's own."""

from collections.abc import Mapping
from typing import Any

from service.api import scoring
from service.api.keeper import Keeper
from service.moderation.text.links import find_links
from service.moderation.text.unread import not_as_shown
from service.vocabulary import Attribute


class OtherVersions(Exception):
    """No worker has loaded the classifier versions that the key is pinned to."""

    def __init__(self, pinned: Mapping[str, str], loaded: Mapping[str, str]) -> None:
        super().__init__()
        self.pinned, self.loaded = in_words(pinned), in_words(loaded)


class NotRead(Exception):
    """The text was not read as a whole: a score would be of another text. The message has none of it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def of(
    kept: Keeper, site_id: str, asked: Mapping[str, Any], /, *, remember: bool = True, pinned: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return the worker's reply; raise Unavailable at the deadline, OtherVersions where others are pinned.

    Without `remember` nothing of the request stays in memory, here or in the worker.
    """
    recent = kept.recent_scores
    reply = recent.find(site_id, asked) if remember else None
    if reply is None:
        reply = scoring.ask(kept, site_id, asked)
        reply["assessment"].pop("relevance", None)  # it quotes the article
        reply.setdefault("versions", {})  # a worker of the version before names none
        if remember:
            recent.keep(site_id, asked, reply)
    if pinned and not pinned.items() <= reply["versions"].items():
        raise OtherVersions(pinned, reply["versions"])
    return reply


def of_whole(text: str, assessment: Mapping[str, Any], /) -> dict[Attribute, float]:
    """Return the scores in an assessment; raise NotRead unless they are of the whole text."""
    given = assessment["scores"]
    found = {one: float(given[one.value]["value"]) for one in Attribute if one.value in given}
    if not assessment["language_supported"] or not found:
        language = "a language that no model here knows" if found else assessment["language"] or "an unknown language"
        part = "A part of the text" if found else "The text"
        raise NotRead("language_not_supported", f"{part} is in {language}, so it was not read.")
    unread = unread_of(text, assessment) or not_as_shown(text, find_links(text))
    if unread or assessment.get("too_costly"):
        raise NotRead("not_read", "The text was not read as a whole, so it is neither flagged nor cleared.")
    return found


def unread_of(text: str, assessment: Mapping[str, Any], /) -> int:
    """Return how many characters the scores in an assessment leave out: beyond the budget, unknown, or in a code."""
    if not assessment["scores"]:
        return 0
    return max(len(text) - int(assessment["characters_read"]), int(assessment.get("unread", 0)))


def in_words(versions: Mapping[str, str], /) -> str:
    """Return the versions as `compact=1, relevance=2`."""
    return ", ".join(f"{name}={version}" for name, version in sorted(versions.items()))
