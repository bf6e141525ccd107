"""`make translations`: the template of all the console's texts, and each language's catalogue in line with it.

A folder without a catalogue gets an empty one: that is how a language is added. Nothing is guessed from similar texts,
and what nobody says any more is dropped.
"""

from pathlib import Path

from babel.messages.frontend import CommandLineInterface

from service.console.languages import DOMAIN, TRANSLATIONS
from tests.support.services import REPOSITORY

# Beside those that Babel knows, such as `_` and `ngettext`.
KEYWORDS = (
    "_l", "lazy_gettext", "lazy_ngettext:1,2", "lazy_pgettext:1c,2", "moderato.t", "moderato.tn:1,2",
    # sentences of other rooms (service/sentences.py)
    "worded", "counted:1,2", "template", "counted_template:1,2",
    # errors that a page can show
    "Conflict", "Forbidden", "Invalid", "NotFound", "Problem", "TooMany", "Unauthenticated", "Unavailable",
    "NoSuchComment", "NotLetIn", "WrongPassword",
)  # fmt: skip


def bring_in_line(folder: Path, /) -> None:
    """Write the template, the catalogues and what is compiled from them into the folder."""
    template = folder / f"{DOMAIN}.pot"
    keywords = [option for keyword in KEYWORDS for option in ("-k", keyword)]
    _pybabel(
        "extract", "-F", REPOSITORY / "pyproject.toml", "-o", template, *keywords, "-c", "TRANSLATORS:", "-s",
        "--omit-header", "--no-location", "--no-wrap", "--sort-output", REPOSITORY / "service",
    )  # fmt: skip
    for language in sorted(path.name for path in folder.iterdir() if path.is_dir()):
        which = ("-D", DOMAIN, "-l", language, "-d", folder)
        if not catalogue(language, folder).exists():
            _pybabel("init", "-i", template, "--no-wrap", *which)
        _pybabel("update", "-i", template, "-N", "--no-wrap", "--ignore-obsolete", "--ignore-pot-creation-date", *which)
        _pybabel("compile", *which)


def catalogue(language: str, folder: Path = TRANSLATIONS, /) -> Path:
    """Return where the language's catalogue is."""
    return folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def _pybabel(*words: str | Path) -> None:
    CommandLineInterface().run(["pybabel", "-q", *map(str, words)])


if __name__ == "__main__":
    bring_in_line(TRANSLATIONS)
