"""The languages of the console: which one an answer speaks, and what its scripts say in it.

A language is a folder of `translations/`; English is in the code and needs none. Only the console is translated: the
API, callbacks, the log, stored reasons and sentences for readers are in the language in which they were written.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, negotiate_locale
from babel.messages.extract import extract_from_dir
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_translations, refresh
from jinja2 import pass_context
from jinja2.runtime import Context as TemplateContext

from service.console.formats import number
from service.console.saying import language

HERE = Path(__file__).parent
TRANSLATIONS = HERE / "translations"
DOMAIN = "console"
ENGLISH = "en"
IN_SCRIPTS = {"moderato.t": None, "moderato.tn": (1, 2)}  # called with a text, or with a singular and a plural
SAMPLES = range(200)  # enough numbers to meet every plural form of every language


def prepare(app: Flask) -> None:
    """Let `_`, `ngettext` and `{% trans %}` speak the visitor's language."""
    Babel().init_app(  # type: ignore[no-untyped-call]
        app,
        default_locale=ENGLISH,
        default_domain=DOMAIN,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=_selected,
    )
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    _write_numbers_of_plurals(app)


@cache
def offered() -> tuple[str, ...]:
    """Return the codes of the languages that can be chosen, English first."""
    return ENGLISH, *sorted(folder.parents[1].name for folder in TRANSLATIONS.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))


@cache
def names() -> tuple[tuple[str, str], ...]:
    """Return each language's code and what its speakers call it."""
    return tuple((code, str(Locale.parse(code).display_name).capitalize()) for code in offered())


def chosen(stored: Mapping[str, Any], /) -> str | None:
    """Return the language that stored preferences name; None if the browser says which."""
    return code if (code := stored.get("language")) in offered() else None


def current() -> str:
    """Return the language that this answer speaks, as `lang` attributes want it."""
    return str(language()).replace("_", "-")


def follow_visitor() -> None:
    """Speak from now on what the visitor speaks, who was just recognised or has just chosen another language."""
    refresh()  # type: ignore[no-untyped-call]


def _selected() -> str:
    if not has_request_context() or request.blueprint != "console":
        return ENGLISH
    visitor = g.get("visitor")
    own = chosen(visitor.choices) if visitor else None
    # Not Werkzeug's `best_match`: it gives somebody who asks for "de-AT, en;q=0.5" English.
    asked = (tag.replace("-", "_") for tag, quality in request.accept_languages if quality)
    return own or negotiate_locale(asked, offered()) or ENGLISH


def script_texts() -> str:
    """Return what scripts say, as JSON: each English text with its translation, or with one for each plural category.

    The categories are those of Unicode, which a browser knows as Intl.PluralRules.
    """
    translations, category_of = get_translations(), Locale.parse(current(), sep="-").plural_form
    samples = {category_of(count): count for count in SAMPLES}
    said: dict[str, str | dict[str, str]] = {}
    for text in texts_of_scripts():
        if isinstance(text, str):
            said[text] = translations.ugettext(text)
        else:
            said[text[0]] = {category: translations.ungettext(*text, count) for category, count in samples.items()}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


@cache
def texts_of_scripts() -> tuple[str | tuple[str, str], ...]:
    """Return what scripts say in English, each text once; a pair for one that counts."""
    found = extract_from_dir(HERE / "static", [("*.js", "javascript")], {"*.js": {"jsx": False}}, IN_SCRIPTS)
    texts = (text if isinstance(text, str) else (text[0], text[1]) for _file, _line, text, *_ in found)
    return tuple(dict.fromkeys(texts))


def _write_numbers_of_plurals(app: Flask) -> None:
    """Let %(num)s in a plural be written as the language writes numbers."""
    plain = app.jinja_env.globals["ngettext"]

    @pass_context
    def ngettext(context: TemplateContext, one: str, many: str, count: int, /, **values: Any) -> object:
        return plain(context, one, many, count, **{"num": number(count)} | values)  # type: ignore[operator]

    app.jinja_env.globals["ngettext"] = ngettext
