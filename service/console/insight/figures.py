"""How figures read: shares with their interval, durations in a suitable unit, changes from the previous period."""

from datetime import UTC, datetime

from flask_babel import gettext as _
from markupsafe import Markup

from service.console.blueprint import console
from service.console.formats import decimal, in_unit, percentage, written
from service.console.saying import said
from service.moderation.insight.counts.periods import DAY
from service.moderation.insight.intervals import Share
from service.sentences import N_
from service.vocabulary import Verdict

VERDICT_WORDS = {Verdict.APPROVE: N_("approved"), Verdict.HOLD: N_("held"), Verdict.REJECT: N_("rejected")}

TONES = {Verdict.APPROVE: "badge-good", Verdict.HOLD: "badge-warn", Verdict.REJECT: "badge-bad"}


@console.app_template_filter("percent")
def percent(value: float | None, digits: int | None = None) -> str:
    """Return 0.874 as "87 %", small shares with a decimal, "–" where nothing was counted."""
    if value is None:
        return "–"
    places = digits if digits is not None else 1 if 0 < value < 0.1 else 0
    return percentage(value, places)


@console.app_template_filter("share")
def share(value: Share) -> str:
    """Return "87 % (81–92 %)": the share and its 95 % interval, "–" where nothing was counted."""
    if value.interval is None:
        return "–"
    low, high = value.interval
    return f"{percent(value.value)} ({decimal(low * 100, 0)}–{percentage(high)})"


@console.app_template_filter("duration")
def duration(seconds: float | None) -> str:
    """Return "0.42 s", "12 s", "4 min", "3.5 h", "2.1 d"; "–" for None."""
    if seconds is None:
        return "–"
    for length, unit, below in ((1, "s", 90), (60, "min", 90), (3_600, "h", 36)):
        value = seconds / length
        if value < below:
            return in_unit(value, unit, 2 if value < 1 else 1 if value < 10 else 0)
    return in_unit(seconds / 86_400, "d", 1)


@console.app_template_filter("change")
def change(now: float, before: float) -> str:
    """Return how a count changed from the previous period, "" where that was zero."""
    if not before:
        return ""
    ratio = now / before - 1
    if abs(ratio) < 0.005:
        return _("as before")
    return f"{'−' if ratio < 0 else '+'}{percentage(abs(ratio))}"


@console.app_template_filter("tone")
def tone(verdict: Verdict) -> str:
    """Return the badge's class for a verdict."""
    return TONES[verdict]


@console.app_template_filter("verdict_words")
def verdict_words(verdict: Verdict) -> str:
    """Return the verdict as a word."""
    return said(VERDICT_WORDS[verdict])


@console.app_template_filter("step_time")
def step_time(start: int, step: int) -> str | Markup:
    """Return when a step begins, as exactly as the step is long: a day of UTC, or a <time> for console.js."""
    moment = datetime.fromtimestamp(start, UTC)
    if step >= DAY:
        return written(moment, "date")
    words = written(moment, "step")
    return Markup('<time datetime="{}" data-shows="step">{}</time>').format(moment.isoformat(), words)
