"""How times, numbers and scores are written in the console: words first, the number beside them.

Comment text passes through `visible`, which shows characters that reverse or hide text as symbols: a moderator must see
what a reader would see.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from babel import Locale, UnknownLocaleError
from flask import Blueprint
from markupsafe import Markup, escape

from service.clock import utc_now
from service.moderation.policy.timetable import in_words
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


ENGLISH = Locale("en")
EXACT = {"date": "%-d %b %Y", "minute": "%-d %b %Y %H:%M", "second": "%-d %b %Y %H:%M:%S", "clock": "%H:%M:%S"}
ATTRIBUTE_WORDS: dict[str, str] = {
    Attribute.TOXICITY: "toxic",
    Attribute.SEVERE_TOXICITY: "severely toxic",
    Attribute.OBSCENE: "obscene",
    Attribute.IDENTITY_ATTACK: "attack on identity",
    Attribute.INSULT: "insult",
    Attribute.THREAT: "threat",
    Attribute.SEXUAL_EXPLICIT: "sexually explicit",
    Attribute.OFF_TOPIC: "off topic",
}


def visible(text: str | None) -> Markup:
    """Return `text` escaped, with every character that reverses or hides text shown as a labelled symbol."""
    text = text or ""
    shown, end = [], 0
    for found in HIDDEN.finditer(text):
        code = ord(found[0])
        name = INVISIBLE.get(code) or JOINERS.get(code) or f"U+{code:04X}"
        symbol = Markup('<span class="control" title="hidden character U+{:04X}">{}</span>').format(code, name)
        shown += [escape(text[end : found.start()]), symbol]
        end = found.end()
    return Markup("").join([*shown, escape(text[end:])])


def ago(moment: datetime | None) -> str:
    """Return how long ago: "just now", "12 min ago", "3 h ago", "5 d ago"; after four weeks the date."""
    if moment is None:
        return "never"
    seconds = (utc_now() - moment).total_seconds()
    if seconds < 45:
        return "just now"
    for length, unit, below in ((60, "min", 90), (3600, "h", 36), (86_400, "d", 28)):
        if seconds / length < below:
            return f"{max(1, round(seconds / length))} {unit} ago"
    return moment.astimezone(UTC).strftime("%-d %b %Y")


def moment(value: datetime | None) -> Markup:
    """Return a <time> element: relative words, the exact time on hover; console.js turns UTC into the viewer's zone."""
    if value is None:
        return Markup("never")
    exact = value.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact.isoformat(timespec="seconds"), exact.strftime("%Y-%m-%d %H:%M:%S UTC"), ago(value)
    )


def exact(value: datetime, form: str = "minute") -> Markup:
    """Return a <time> element that shows the time itself, to the `date`, `minute` or `second`, or its `clock` alone.

    It is in UTC and says so; console.js turns it into the viewer's zone.
    """
    there = value.astimezone(UTC)
    words = there.strftime(EXACT[form]) + (" UTC" if form != "date" else "")
    stamp = there.isoformat(timespec="seconds")
    return Markup('<time datetime="{}" data-shows="{}">{}</time>').format(stamp, form, words)


def likelihood(score: float) -> str:
    """Return a score (probability 0..1) in plain words."""
    for below, words in ((0.2, "very unlikely"), (0.4, "unlikely"), (0.6, "could be"), (0.8, "likely")):
        if score < below:
            return words
    return "very likely"


def attribute_words(attribute: str) -> str:
    """Return an attribute's name for people."""
    return ATTRIBUTE_WORDS.get(attribute, attribute.replace("_", " "))


def reason_words(code: str) -> str:
    """Return a reason's sentence; a site's own code is returned unchanged."""
    return REASON_WORDS[Reason(code)] if code in REASON_WORDS else code.replace("_", " ")


def moderators_words(reason: Mapping[str, Any]) -> str:
    """Return what a moderator reads of a decision's reason: the label that another picked, the policy's own words."""
    is_picked = reason.get("label") and not reason.get("automated_decision")
    return str(reason["label"] if is_picked else reason["text"])


def language_name(tag: str) -> str:
    """Return a language's name in English, such as "German" or "Hindi (Latin)"; an unknown tag unchanged."""
    try:
        return str(Locale.parse(tag, sep="-", resolve_likely_subtags=False).get_display_name("en") or tag)
    except (UnknownLocaleError, ValueError):
        return str(ENGLISH.languages.get(tag, tag))


def number(value: int) -> str:
    """Return 12345 as 12,345."""
    return f"{value:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return "1 comment", "1,200 comments"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def install(blueprint: Blueprint) -> None:
    """Make these available to the templates."""
    for function in (
        visible, ago, moment, exact, likelihood, attribute_words, reason_words, moderators_words, language_name, number,
        plural,
    ):  # fmt: skip
        blueprint.add_app_template_filter(function)
    blueprint.add_app_template_filter(in_words, "in_zone")  # a moment by the clocks of a time zone
