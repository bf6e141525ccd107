"""Say which language a comment is written in, or abstain.

Comments are short, and a detector is sure of itself on "lol smh": it may contradict what the sender declared or the
site's default only with strong evidence, otherwise ordinary comments would be held as foreign.
"""

import re
from dataclasses import dataclass

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# Those that news sites publish in, with the neighbours they are confused with. Fewer candidates make fewer surprises.
CANDIDATES = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tl", "tr",
    "uk", "ur", "vi", "zh",
)  # fmt: skip
FEWEST_LETTERS = 20
SURE_ENOUGH = 0.60  # to confirm, or to choose where nothing was declared
SURE_AGAINST_PRIOR = 0.95  # to contradict the declared or the default language

_NOT_PROSE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|&\w+;|<[^<>]{1,80}>")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Language:
    """The ISO 639-1 code used (None: nothing known) and whether it was read from the text."""

    code: str | None
    detected: bool


class LanguageDetector:
    """py3langid restricted to CANDIDATES, with abstention."""

    def __init__(self) -> None:
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._identifier.set_languages(CANDIDATES)

    def decide(self, text: str, *, declared: str | None, default: str | None) -> Language:
        """Return the language of `text`; `declared` and `default` may carry a region or script ("pt-BR")."""
        prior = primary(declared) or primary(default)
        prose = _NOT_PROSE.sub(" ", text)
        if len(_LETTER.findall(prose)) < FEWEST_LETTERS:
            return Language(prior, detected=False)
        code, probability = self._identifier.classify(prose)
        needed = SURE_ENOUGH if prior is None or code == prior else SURE_AGAINST_PRIOR
        if probability < needed:
            return Language(prior, detected=False)
        return Language(str(code), detected=True)


def primary(tag: str | None) -> str | None:
    """Return the language of a BCP 47 tag in lower case ("hi-Latn" is "hi"), None for none."""
    return tag.replace("_", "-").split("-")[0].strip().lower() or None if tag else None
