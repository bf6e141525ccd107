"""Scores at once, for every door that answers with scores: one question to the interactive worker, one deadline.

Where no answer comes in time there is no score: a made-up one would be worse than none. Such requests are counted in
Redis, for `/metrics`.
"""

import time
from collections.abc import Mapping
from typing import Any

from service.api.keeper import Keeper
from service.errors import Unavailable


def ask(
    kept: Keeper, site_id: str, request: Mapping[str, Any], /, *, milliseconds: int | None = None
) -> dict[str, Any]:
    """Return the worker's reply, which has an `assessment`; raise Unavailable at the deadline or after a failure.

    The deadline is the setting's, or earlier. Each site has its share of the places in the worker's line; a request
    waits for one within the same deadline.
    """
    ours = kept.context
    deadline = min(ours.settings.score_deadline_ms, milliseconds or ours.settings.score_deadline_ms)
    reply = _reply(kept, site_id, request, time.monotonic() + deadline / 1000)
    if reply is None:
        ours.queues.count_unscored("deadline")
        raise Unavailable("Scoring took too long. Try again, or send the text as a comment.", retry_after=1)
    if "assessment" not in reply:
        ours.queues.count_unscored("classifier")
        raise Unavailable("The classifiers failed on this text, so there is no score.", retry_after=5)
    return reply


def _reply(kept: Keeper, site_id: str, request: Mapping[str, Any], until: float) -> dict[str, Any] | None:
    if not kept.scores.take(site_id, weight=kept.weight_of(site_id), patience=until - time.monotonic()):
        return None
    try:
        ours = kept.context
        return ours.queues.ask(request, deadline_seconds=until - time.monotonic(), keyring=ours.settings.keyring)
    finally:
        kept.scores.give_back(site_id)
