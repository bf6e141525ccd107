"""A sentence for those who review while comments are not scored: an empty queue must not pass for a quiet day."""

from flask_babel import lazy_gettext as _l

from service.console.blueprint import console
from service.context import context
from service.moderation.insight import workers

DOWN = _l("Scoring is down. New comments are kept and scored later; until then they are missing from this queue.")


@console.app_template_global("scoring_words")
def scoring_words() -> str:
    """Return what to say of scoring, "" while it is up; without numbers, so that polls of the page stay the same."""
    with context().database.read() as session:
        return "" if workers.alive_by_role(session).get("classification") else str(DOWN)
