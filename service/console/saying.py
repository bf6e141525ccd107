"""What the rest of the service says in English, said in the visitor's language: errors, reasons, statuses, labels.

Other rooms know no languages. Their fixed texts are looked up in the catalogue; a sentence that still has its template
and values, or gets them back from `service.reason_texts`, is translated with them. Values are never translated, and
never looked at for placeholders: they may be anybody's words. What the catalogue lacks stays English.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_decimal
from flask import Blueprint
from flask_babel import get_locale, gettext, ngettext

from service.moderation.judgement.statements import BUILT_IN, NOT_OFFERED
from service.reason_texts import TEMPLATES
from service.sentences import SCORES, Grouped, Sentence, Template, read_back
from service.vocabulary import REASON_WORDS, Reason

ENGLISH = Locale("en")
EVERY_TEMPLATE = tuple(template for templates in TEMPLATES.values() for template in templates)
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
    if not text or is_english():
        return text
    if code in REASON_WORDS and text == REASON_WORDS[Reason(code)]:
        return gettext(text)
    return _read(text, TEMPLATES.get(code, ())) or text


def _shown(value: object) -> object:
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
        return format_decimal(Decimal(value), "0.00", language())
    if name not in template.own:
        return value
    between = template.own[name]
    parts = value.split(between) if between else [value]
    return between.join(_read(part, EVERY_TEMPLATE) or gettext(part) for part in parts)


def install(blueprint: Blueprint) -> None:
    """Make these available to the templates."""
    for function in (said, if_ours, label, reason_text, stored_text):
        blueprint.add_app_template_filter(function)
