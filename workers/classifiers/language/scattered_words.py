"""Find a sentence whose words are scattered: over hashtags and addresses, or one by one among English sentences.

Each alone is a name as often as not, and no row of words is long enough to say more. So the different words of the
whole text are judged in sum, by the small words that one language has.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass

from workers.classifiers.language.foreign_words import words_of
from workers.classifiers.language.markup import Word, without_markup, words_of_markup
from workers.classifiers.language.small_words import ADDRESSING, LANGUAGES_OF, SMALL
from workers.classifiers.parts import Place
from workers.classifiers.relevance.words import FUNCTION_WORDS, stem

# Different small words of one language. With the fewest a detector must name it; with the fewer ones too, unless OTHERS
# words of LETTERS are unknown as well, which among sentences may be names. Of 70,101 English comments, tweets and talk
# pages, 17,946 of them with hashtags, addresses or tags, 10 more are held with these limits than 427 without.
FEW, ENOUGH, PLENTY = 1.0, 2.0, 3.0
OTHERS, LETTERS = 2, 3
DOUBTFUL, MOST_DOUBTFUL = 0.5, 1.5  # what a small word adds that is a name in English, such as "van", and all of them
MANY, BY_CHANCE, MOST_BY_CHANCE = 15, 40, 1.0  # beyond MANY unknown words one in so many is a small one by chance
FEWEST_WORDS, FEWEST_IN_A_NAME = 4, 5


@dataclass(frozen=True)
class Scattered:
    """How to find a scattered sentence.

    `vocabulary` holds the stems that are common in English; `named` returns the language of a text that a detector is
    sure of. Of languages with as many words `own`, the text's, comes first.
    """

    vocabulary: Container[str]
    named: Callable[[str], str | None]
    own: str | None = None

    def sentence(self, text: str) -> tuple[str, list[Place]]:
        """Return the language of a scattered sentence and where its words are; "" where there is none."""
        words = [word for each in self._outside_of_prose(text) for word in each]
        code = self._language(words, in_prose=False)
        if not code and self.own not in SMALL:
            prose = ((word.lower(), start, end) for word, start, end in words_of(without_markup(text)))
            words = sorted((*words, *prose), key=lambda word: word[1])
            code = self._language(words, in_prose=True)
        if not code:
            return "", []
        return code, _joined(text, [place for word, *place in words if self._is_unknown(word) or _is_of(word, code)])

    def _outside_of_prose(self, text: str) -> Iterator[list[Word]]:
        for words, is_page in words_of_markup(text):
            if not is_page or not self._is_name_of_a_page(words):
                yield words

    def _is_name_of_a_page(self, words: list[Word]) -> bool:
        """Whether an address has a sentence that addresses nobody, as newspapers' addresses in any language have."""
        weights = self._weights({word for word, _, _ in words})
        if not weights or len(words) < FEWEST_IN_A_NAME:
            return False
        most = max(weights.values())
        return not any(
            word in ADDRESSING[code] for code, weight in weights.items() if weight == most for word, _, _ in words
        )

    def _language(self, words: list[Word], *, in_prose: bool) -> str:
        different = {word: None for word, _, _ in words}
        weights = self._weights(different)
        if not weights or len(different) < FEWEST_WORDS:
            return ""
        unknown = [word for word in different if self._is_unknown(word)]
        by_chance = min(MOST_BY_CHANCE, max(0, len(unknown) - MANY) / BY_CHANCE)
        code = max(sorted(weights), key=lambda code: (weights[code], code == self.own))
        weight = weights[code] - by_chance
        others = sum(len(word) >= LETTERS and not _is_of(word, code) for word in unknown)
        if weight >= PLENTY or (weight >= ENOUGH and others >= OTHERS and not in_prose):
            return code
        fewest = by_chance + (ENOUGH if in_prose else FEW)
        name = self.named(" ".join(unknown)) if weights[code] >= fewest else None
        return name if name and weights.get(name, 0.0) >= fewest else ""

    def _weights(self, words: Iterable[str]) -> dict[str, float]:
        """Return how many of the different words are small ones of each language."""
        found: dict[str, float] = {}
        doubtful: dict[str, float] = {}
        for word in words:
            for code in LANGUAGES_OF.get(word, ()):
                if self._is_unknown(word):
                    found[code] = found.get(code, 0.0) + 1
                elif word not in FUNCTION_WORDS:
                    doubtful[code] = min(MOST_DOUBTFUL, doubtful.get(code, 0.0) + DOUBTFUL)
        return {code: found.get(code, 0.0) + doubtful.get(code, 0.0) for code in found | doubtful}

    def _is_unknown(self, word: str) -> bool:
        return word not in FUNCTION_WORDS and stem(word) not in self.vocabulary


def _is_of(word: str, code: str) -> bool:
    return code in LANGUAGES_OF.get(word, ())


def _joined(text: str, places: list[list[int]]) -> list[Place]:
    """Return the places, as one where no other letters are between them."""
    found: list[Place] = []
    for start, end in places:
        if found and not any(map(str.isalnum, text[found[-1][1] : start])):
            start = found.pop()[0]
        found.append((start, end))
    return found
