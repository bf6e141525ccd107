"""What the rest of the service says in English, said in the visitor's language: errors, reasons, statuses, labels.

Other rooms know no languages. Their fixed texts are looked up in the catalogue; a sentence that still has its template
and values, or gets them back from `moderation.judgement.reason_texts`, is translated with them. Values are never
translated, and never looked at for placeholders: they may be anybody's words. What the catalogue lacks stays English.
"""

from collections.abc import Mapping
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal
from flask import Blueprint
from flask_babel import get_locale, gettext, ngettext

from service.moderation.judgement.reason_texts import TEMPLATES
from service.moderation.judgement.statements import BUILT_IN, NOT_OFFERED
from service.moderation.policy.rules import REPORT_KINDS
from service.moderation.text.personal_data import Kind
from service.sentences import SCORES, Decimal, Grouped, Sentence, Template, read_back
from service.vocabulary import REASON_WORDS, Attribute, Reason

ENGLISH = Locale("en")
EVERY_TEMPLATE = tuple(template for templates in TEMPLATES.values() for template in templates)
# What a value of a stored sentence is where it is a text of ours; anything else in its place is somebody's own words.
OWN_VALUES = {
    "attribute": frozenset(attribute.value.replace("_", " ") for attribute in Attribute),
    "reasons": frozenset(REASON_WORDS.values()),
    "kinds": frozenset((*Kind, *REPORT_KINDS)),
}
OWN_LABELS = frozenset(reason.label for reason in (*BUILT_IN, *NOT_OFFERED))


def language() -> Locale:
    """Return the visitor's language; English outside a request."""
    return get_locale() or ENGLISH


def is_english() -> bool:
    """Whether texts are shown as the rest of the service writes them."""
    return language().language == "en"


def said(text: str | None, /) -> str:
    """Return a text of ours in the visitor's language; "" for None. Never for what a person wrote."""
    if not text:
        return ""
    if is_english():
        return str(text)
    if not isinstance(text, Sentence):
        return gettext(str(text))
    values = {name: _shown(value) for name, value in text.values.items()}
    if text.amount is None:
        return gettext(text.template, **values)
    return ngettext(text.template, text.plural, text.amount, **values)


def if_ours(text: str, /) -> str:
    """Return a text in the visitor's language if it is a Sentence; any other, which may be anybody's, as it is."""
    return said(text) if isinstance(text, Sentence) else text


def label(text: str, /) -> str:
    """Return the label of a rejection reason: in the visitor's language where the site has not changed it."""
    return said(text) if text in OWN_LABELS else text


def reason_text(reason: Mapping[str, Any], /) -> str:
    """Return the sentence that a decision keeps for one of its reasons, "" for none.

    What is not made from a template of ours, such as a sentence for the author, is returned as it was written.
    """
    return stored_text(str(reason.get("text") or ""), str(reason.get("code") or ""))


def stored_text(text: str, code: str, /) -> str:
    """Return a reason's stored sentence, by the reason's code."""
    if not text:
        return ""
    if code in REASON_WORDS and text == REASON_WORDS[Reason(code)]:
        return gettext(text)
    return _read(text, TEMPLATES.get(code, ())) or text


def language_name(tag: str) -> str:
    """Return a language's name, such as "German" or "Hindi (Latin)"; an unknown tag unchanged."""
    try:
        return str(Locale.parse(tag, sep="-", resolve_likely_subtags=False).get_display_name(language()) or tag)
    except (UnknownLocaleError, ValueError):
        return str(language().languages.get(tag, tag))


def _shown(value: object) -> object:
    if isinstance(value, Decimal):
        return format_decimal(value, "0.######", language())
    if isinstance(value, Grouped):
        return format_decimal(int(value), locale=language())
    return said(value) if isinstance(value, Sentence) else value


def _read(text: str, templates: tuple[Template, ...]) -> str:
    found = read_back(text, templates)
    if found is None:
        return ""
    template, values = found
    shown = {name: _value(template, name, value) for name, value in values.items()}
    if not template.plural:
        return gettext(template.text, **shown)
    count = int(values["count"].replace(",", ""))
    shown["count"] = format_decimal(count, locale=language())
    return ngettext(template.text, template.plural, count, **shown)


def _value(template: Template, name: str, value: str) -> str:
    if name in SCORES:
        return value if is_english() else format_decimal(value, "0.00", language())
    if name == "language":
        return language_name(value)
    if name not in template.own:
        return value
    between = template.own[name]
    parts = value.split(between) if between else [value]
    return between.join(_part(part, OWN_VALUES[name]) for part in parts)


def _part(text: str, own: frozenset[str]) -> str:
    return _read(text, EVERY_TEMPLATE) or (gettext(text) if text in own else text)


def install(blueprint: Blueprint) -> None:
    """Make these available to the templates."""
    for function in (said, if_ours, label, reason_text, stored_text, language_name):
        blueprint.add_app_template_filter(function)
