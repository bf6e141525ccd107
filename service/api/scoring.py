"""Scores at once, for every door that answers with scores: one question to the interactive worker, one deadline.

Where no answer comes in time there is no score: a made-up one would be worse than none. Such requests are counted in
Redis, for `/metrics`.
"""

from collections.abc import Mapping
from typing import Any

from service.api.keeper import Keeper
from service.errors import Unavailable


def ask(kept: Keeper, request: Mapping[str, Any], /) -> dict[str, Any]:
    """Return the worker's reply, which has an `assessment`; raise Unavailable at the deadline or after a failure."""
    ours = kept.context
    deadline = ours.settings.score_deadline_ms / 1000
    reply = ours.queues.ask(request, deadline_seconds=deadline, keyring=ours.settings.keyring)
    if reply is None:
        ours.queues.count_unscored("deadline")
        raise Unavailable("Scoring took too long. Try again, or send the text as a comment.", retry_after=1)
    if "assessment" not in reply:
        ours.queues.count_unscored("classifier")
        raise Unavailable("The classifiers failed on this text, so there is no score.", retry_after=5)
    return reply
