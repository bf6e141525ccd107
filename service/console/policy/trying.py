"""Trials of a draft as the policy page asks for them: a worker runs them, the page waits for a bounded time.

The web process serves everybody, so it judges no past comments and searches none for terms itself.
"""

import time
from typing import TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

from service.capacity.shares import Places
from service.context import context
from service.errors import Unavailable
from service.moderation.insight import workers
from service.moderation.policy.rules import Rules
from service.moderation.trials.exchange import Asked, Curves, PresetsTried, Previewed, TermsTried
from service.queues import INTERACTIVE, TRIAL
from service.sentences import worded

log = structlog.get_logger()

PATIENCE = 10.0  # seconds that a page waits for a trial
NEARLY = 0.9  # of them, after which the worker gives up, to say so in time
MOST = 6  # trials that are waited for at once in a process, three of one site: the page asks for three kinds
QUEUE_SECONDS = 5.0  # that a page waits for one of those places

_places = Places(MOST, generosity=1.0)
Found = TypeVar("Found", Previewed, TermsTried, Curves, PresetsTried)


def preview(site_id: str, days: int, rules: Rules, /) -> Previewed:
    """Return what `rules` would have done in the last `days`; raise Unavailable where no worker says so in time."""
    return _ask(Asked(kind="preview", site_id=site_id, days=days, seconds=NEARLY * PATIENCE, rules=rules), Previewed)


def terms(site_id: str, days: int, lists: dict[str, list[str]], /) -> TermsTried:
    """Return where the terms of each list were found; raise Unavailable as `preview` does."""
    return _ask(Asked(kind="terms", site_id=site_id, days=days, seconds=NEARLY * PATIENCE, terms=lists), TermsTried)


def curves(site_id: str, days: int, /) -> Curves:
    """Return what every threshold would reach; raise Unavailable as `preview` does."""
    return _ask(Asked(kind="curves", site_id=site_id, days=days, seconds=NEARLY * PATIENCE), Curves)


def presets(site_id: str, days: int, rules: Rules, /) -> PresetsTried:
    """Return what each preset over `rules` would have done; raise Unavailable as `preview` does."""
    asked = Asked(kind="presets", site_id=site_id, days=days, seconds=NEARLY * PATIENCE, rules=rules)
    return _ask(asked, PresetsTried)


def _ask(asked: Asked, kind: type[Found]) -> Found:
    ours, until = context(), time.monotonic() + PATIENCE
    with ours.database.read() as session:
        if not workers.alive_by_role(session).get(INTERACTIVE):
            raise Unavailable("Past comments cannot be tried: no interactive worker is responding.", retry_after=30)
    if not _places.take(asked.site_id, patience=QUEUE_SECONDS):
        raise Unavailable("Other previews are running. Try again in a few seconds.", retry_after=5)
    try:
        reply = ours.queues.ask(
            asked.model_dump(mode="json"),
            deadline_seconds=until - time.monotonic(),
            keyring=ours.settings.keyring,
            job=TRIAL,
        )
    finally:
        _places.give_back(asked.site_id)
    if reply is None or reply.get("error") == "out_of_time":
        raise Unavailable(
            worded(
                "This took longer than %(seconds)s seconds and was stopped. Choose fewer days, or try again later.",
                seconds=round(PATIENCE),
            ),
            retry_after=10,
        )
    try:
        return TypeAdapter(kind).validate_python(reply["found"])
    except (KeyError, ValidationError):  # the worker failed, or is of another version
        log.error("trial_failed", kind=asked.kind)
        raise Unavailable("The worker failed on these comments. Its log says more.", retry_after=30) from None
