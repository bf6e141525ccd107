"""How times, numbers and scores are written in the console: words first, the number beside them.

English is written here, in our own short forms; other languages as Babel has them.

Comment text passes through `visible`, which shows characters that reverse or hide text as symbols: a moderator must see
what a reader would see.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_timedelta
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit
from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from service.clock import utc_now
from service.console.saying import is_english, label, language, reason_text, said
from service.sentences import N_, fraction
from service.vocabulary import REASON_WORDS, Attribute, Reason

# Bidirectional controls, zero-width and other characters without a shape of their own, by their usual short names.
INVISIBLE = {
    0x00AD: "SHY", 0x034F: "CGJ", 0x061C: "ALM", 0x115F: "HCF", 0x1160: "HJF", 0x17B4: "KIV", 0x17B5: "KIV",
    0x180E: "MVS", 0x200B: "ZWSP", 0x200E: "LRM", 0x200F: "RLM", 0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF",
    0x202D: "LRO", 0x202E: "RLO", 0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
    0x3164: "HF", 0xFEFF: "BOM", 0xFFA0: "HHF",
}  # fmt: skip
# The joiners belong to several scripts and to emoji; they are shown only after a Latin letter or digit.
JOINERS = {0x200C: "ZWNJ", 0x200D: "ZWJ"}
# One search for all of them: looking at each character of a page's texts took as long as the rest of the page.
HIDDEN = re.compile(
    f"[{''.join(map(chr, INVISIBLE))}\x00-\x08\x0b-\x1f\x7f-\x9f\U000e0000-\U000e007f]"
    f"|(?<=[A-Za-z0-9])[{''.join(map(chr, JOINERS))}]"
)


EXACT = {
    "date": "%-d %b %Y", "minute": "%-d %b %Y %H:%M", "second": "%-d %b %Y %H:%M:%S", "step": "%-d %b %H:%M",
    "hour": "%H:%M", "clock": "%H:%M:%S", "words": "%-d %B %Y",
}  # fmt: skip
# The same in other languages: the date's parts, and the time's, which is always written with 24 hours.
SKELETONS = {"date": "yMMMd", "minute": "yMMMd", "second": "yMMMd", "step": "MMMd", "words": "yMMMMd"}
CLOCKS = {"minute": "%H:%M", "second": "%H:%M:%S", "step": "%H:%M", "hour": "%H:%M", "clock": "%H:%M:%S"}
ATTRIBUTE_WORDS: dict[str, str] = {
    Attribute.TOXICITY: N_("toxic"),
    Attribute.SEVERE_TOXICITY: N_("severely toxic"),
    Attribute.OBSCENE: N_("obscene"),
    Attribute.IDENTITY_ATTACK: N_("attack on identity"),
    Attribute.INSULT: N_("insult"),
    Attribute.THREAT: N_("threat"),
    Attribute.SEXUAL_EXPLICIT: N_("sexually explicit"),
    Attribute.OFF_TOPIC: N_("off topic"),
}
NAMES_OF_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day"}
LIKELIHOODS = (
    (0.2, _l("very unlikely")),
    (0.4, _l("unlikely")),
    (0.6, _l("could be")),
    (0.8, _l("likely")),
)


def visible(text: str | None) -> Markup:
    """Return `text` escaped, with every character that reverses or hides text shown as a labelled symbol."""
    text = text or ""
    shown, end = [], 0
    for found in HIDDEN.finditer(text):
        code = ord(found[0])
        point = f"U+{code:04X}"
        name = INVISIBLE.get(code) or JOINERS.get(code) or point
        title = _("hidden character %(code)s", code=point)
        symbol = Markup('<span class="control" title="{}">{}</span>').format(title, name)
        shown += [escape(text[end : found.start()]), symbol]
        end = found.end()
    return Markup("").join([*shown, escape(text[end:])])


def ago(moment: datetime | None) -> str:
    """Return how long ago: "just now", "12 min ago", "3 h ago", "5 d ago"; after four weeks the date."""
    if moment is None:
        return _("never")
    seconds = (utc_now() - moment).total_seconds()
    if seconds < 45:
        return _("just now")
    for length, unit, below in ((60, "min", 90), (3600, "h", 36), (86_400, "d", 28)):
        if seconds / length < below:
            many = max(1, round(seconds / length))
            return f"{many} {unit} ago" if is_english() else _ago(many * length, NAMES_OF_UNITS[unit])
    return day(moment)


def day(moment: datetime) -> str:
    """Return the date of a moment in UTC, as in "30 Nov 2026"."""
    return written(moment.astimezone(UTC), "date")


def written(moment: datetime, form: str) -> str:
    """Return a moment in a form of EXACT, by the clock of its own zone."""
    if is_english():
        return moment.strftime(EXACT[form])
    parts = []
    if form in SKELETONS:
        parts.append(format_skeleton(SKELETONS[form], moment, tzinfo=moment.tzinfo, locale=language()))
    if form in CLOCKS:
        parts.append(moment.strftime(CLOCKS[form]))
    return " ".join(parts)


def in_zone(moment: datetime, zone_name: str) -> str:
    """Return a moment by the clocks of a time zone, as in "30 November 2026 18:00 (Europe/Madrid)"."""
    there = moment.astimezone(ZoneInfo(zone_name))
    return f"{written(there, 'words')} {written(there, 'hour')} ({zone_name})"


def in_unit(value: float, unit: str, places: int) -> str:
    """Return a length of time in one unit (s, min, h or d), as in "3.5 h"."""
    if is_english():
        return f"{value:.{places}f} {unit}"
    pattern = _pattern("0", places)
    return format_unit(value, f"duration-{NAMES_OF_UNITS[unit]}", "short", pattern, language())


def _ago(seconds: float, unit: Any) -> str:
    """Return how long ago in one unit, however many of it that is."""
    passed = timedelta(seconds=-seconds)
    return format_timedelta(passed, unit, math.inf, add_direction=True, format="short", locale=language())


def moment(value: datetime | None) -> Markup:
    """Return a <time> element: relative words, the exact time on hover; console.js turns UTC into the viewer's zone."""
    if value is None:
        return escape(_("never"))
    exact = value.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact.isoformat(timespec="seconds"), exact.strftime("%Y-%m-%d %H:%M:%S UTC"), ago(value)
    )


def exact(value: datetime, form: str = "minute") -> Markup:
    """Return a <time> element that shows the time itself, to the `date`, `minute` or `second`, or its `clock` alone.

    It is in UTC and says so; console.js turns it into the viewer's zone.
    """
    there = value.astimezone(UTC)
    words = written(there, form) + (" UTC" if form != "date" else "")
    stamp = there.isoformat(timespec="seconds")
    return Markup('<time datetime="{}" data-shows="{}">{}</time>').format(stamp, form, words)


def likelihood(score: float) -> str:
    """Return a score (probability 0..1) in plain words."""
    for below, words in LIKELIHOODS:
        if score < below:
            return str(words)
    return _("very likely")


def attribute_words(attribute: str) -> str:
    """Return an attribute's name for people."""
    return said(ATTRIBUTE_WORDS.get(attribute, attribute.replace("_", " ")))


def reason_words(code: str) -> str:
    """Return a reason's sentence; a site's own code is returned unchanged."""
    return said(REASON_WORDS[Reason(code)]) if code in REASON_WORDS else code.replace("_", " ")


def moderators_words(reason: Mapping[str, Any]) -> str:
    """Return what a moderator reads of a decision's reason: the label that another picked, the policy's own words."""
    is_picked = reason.get("label") and not reason.get("automated_decision")
    return label(str(reason["label"])) if is_picked else reason_text(reason)


def number(value: int) -> str:
    """Return 12345 as 12,345."""
    return f"{value:,}" if is_english() else format_decimal(value, locale=language())


def decimal(value: float, places: int = 2) -> str:
    """Return 0.5 as 0.50."""
    return f"{value:.{places}f}" if is_english() else format_decimal(value, _pattern("0", places), language())


def short(value: float) -> str:
    """Return a number with as few digits as it has: 0.5 as 0.5, 20 as 20."""
    return said(fraction(value))


def percentage(value: float, places: int = 0) -> str:
    """Return 0.874 as "87 %"."""
    if is_english():
        return f"{value * 100:.{places}f}\u202f%"
    return format_percent(value, _pattern(language().percent_formats[None].pattern, places), language())


def _pattern(whole: str, places: int) -> str:
    return whole.replace("0", f"0.{'0' * places}") if places else whole


def install(blueprint: Blueprint) -> None:
    """Make these available to the templates."""
    for function in (
        visible, ago, moment, exact, likelihood, attribute_words, reason_words, moderators_words, number,
        decimal, short, in_zone, day,
    ):  # fmt: skip
        blueprint.add_app_template_filter(function)
