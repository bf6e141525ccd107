"""Scores at once, for every door that answers with scores: one question to the interactive worker, one deadline.

Where no answer comes in time there is no score: a made-up one would be worse than none. Such requests are counted in
Redis, for `/metrics`.
"""

import time
from collections.abc import Mapping
from typing import Any

from service.api.keeper import Keeper
from service.errors import Unavailable
from service.queues import TOO_LONG

HINTS_SHARE = 0.1  # of a site's share of the worker's time, beside it


def ask(kept: Keeper, site_id: str, request: Mapping[str, Any], /, *, hint_within: int | None = None) -> dict[str, Any]:
    """Return the worker's reply, which has an `assessment`; raise Unavailable at the deadline or after a failure.

    The deadline is the setting's, or earlier: for a hint within so many milliseconds. Each site has its share of the
    places in the worker's line, and of its time; a request waits for a place within the same deadline. Hints have
    places and a share of their own: a form's key is public, and must not use up what the site's programs are given.
    """
    ours = kept.context
    deadline = min(ours.settings.score_deadline_ms, hint_within or ours.settings.score_deadline_ms)
    until = time.monotonic() + deadline / 1000
    reply = _reply(kept, site_id, request, until, is_hint=hint_within is not None)
    if reply is None or reply.get("error") == TOO_LONG:
        ours.queues.count_unscored("deadline")
        raise Unavailable("Scoring took too long. Try again, or send the text as a comment.", retry_after=1)
    if "assessment" not in reply:
        ours.queues.count_unscored("classifier")
        raise Unavailable("The classifiers failed on this text, so there is no score.", retry_after=5)
    return reply


def _reply(
    kept: Keeper, site_id: str, request: Mapping[str, Any], until: float, *, is_hint: bool
) -> dict[str, Any] | None:
    ours, weight = kept.context, kept.weight_of(site_id)
    places, caller, share = (
        (kept.hint_scores, f"hints of {site_id}", HINTS_SHARE * weight) if is_hint else (kept.scores, site_id, weight)
    )
    if not places.take(site_id, weight=weight, patience=until - time.monotonic()):
        return None
    try:
        left = until - time.monotonic()
        return ours.queues.ask(
            request, deadline_seconds=left, keyring=ours.settings.keyring, caller=caller, weight=share
        )
    finally:
        places.give_back(site_id)
