"""Say whether a text is what a detector takes it for: it knows some forty languages, and calls every other text one of
them.

Romanised Hindi would be scored as Turkish, Kazakh as Russian. A text in one of our languages is written in that
language's letters and, where it is written in Latin ones, has the small words that every sentence of it needs.
"""

import re
from collections.abc import Iterator

import regex

from workers.classifiers.parts import Place, between
from workers.classifiers.relevance.words import FUNCTION_WORDS

_WORDS = {
    "de": """
        aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bist da damit dann das dass dein
        deine dem den denn der des dich die dies diese diesem diesen dieser dieses dir doch du durch ein eine einem
        einen einer eines er erst es etwas euch eure für gegen gibt hab habe haben hat hatte hier ich ihm ihn ihnen ihr
        ihre im immer in ins ist ja jeder jetzt kann kein keine keinen können man mehr mein meine mich mir mit muss nach
        nicht nichts noch nun nur ob oder ohne schon sehr sein seine seit selbst sich sie sind so sogar soll sollte
        sondern über um und uns unser unsere unter viel vom von vor war warum was wegen weil weiß wenn wer werden wie
        wieder will wir wird wo wurde würde zu zum zur zwischen
    """,
    "es": """
        a al algo aquí así aunque bien cada como con cual cuando de del desde donde dos e el él ella ellos en entre era
        eran eres es esa ese eso esos esta está están estas este esto estos estoy fue gracias ha han hace hay he hasta
        la las le les lo los más me menos mi mis mucho muy nada ni no nos o os otra otro para pero poco por porque pues
        que qué quien quién se sea ser si sí sin siempre sobre solo sólo son soy su sus también tan tanto te tengo ti
        tiene tienen toda todas todo todos tu tú tus un una uno unos va vas vosotros voy y ya yo
    """,
    "pt": """
        a ai ainda ao aos as às assim até bem cada com como da das de dela dele depois do dos e é ela ele eles em entre
        era essa esse esta está estava este eu faz foi for fui há isso isto já la lá mais mas me mesmo meu meus minha
        muito na não nas nem no nos nós num numa o onde os ou para pela pelo pois por porque pra pro quando que quem se
        seja sem sempre ser será seu seus só sobre sou sua suas também tão te tem têm tenho ter teu tu tua tudo um uma
        vai vc você vocês vou
    """,
    "tr": """
        ama ancak artık aynı bana bazı belki ben beni benim bile bir biri biz bize bizim böyle bu buna bunu bunun bunlar
        çok çünkü da daha de değil diye dolayı en fakat gibi göre ha hala hani hem hep her herkes hiç için ile ise kadar
        kendi ki kim mı mi mu mü misin mısın musun müsün nasıl ne neden nerede niye o olan olarak oldu olur ona onlar
        onu onun önce rağmen sadece sana sen seni senin siz sizi sizin sonra şey şimdi şu tam tüm üzere var ve veya ya
        yani yine yok zaten
    """,
}
# As people write them without their marks: "cok", "fuer", "esta", "nao".
_BARE = str.maketrans("áâãàéêíóôõúçñ", "aaaaeeioooucn") | {
    ord("ä"): "ae",
    ord("ö"): "oe",
    ord("ü"): "ue",
    ord("ß"): "ss",
}
_BARE_TURKISH = str.maketrans("çğışöü", "cgisou")
SMALL_WORDS = {
    code: frozenset(words.split()) | frozenset(words.translate(_BARE_TURKISH if code == "tr" else _BARE).split())
    for code, words in _WORDS.items()
}
# Of a text's words, in rows that people wrote: Turkish hangs onto its words what others write apart.
# A detector that is unsure makes them scarcer: twice as many are needed.
LEAST = {"de": 0.15, "es": 0.15, "pt": 0.15, "tr": 0.07}
_LETTERS = {
    "ar": re.compile("[\u0621-\u063a\u0641-\u064a\u0671]"),  # without those of Persian, Urdu and Kurdish
    "de": re.compile("[a-zäöüßàáâéèêç]"),
    "es": re.compile("[a-zñáéíóúüçàèï]"),
    "ko": re.compile("[\uac00-\ud7a3\u3131-\u318e\u4e00-\u9fff]"),
    "pt": re.compile("[a-zçáàâãéêíóôõúü]"),
    "ru": re.compile("[а-яё]"),
    "tr": re.compile("[a-pr-vyzçğıöşüâîû\u0307]"),
    "zh": re.compile("[\u3400-\u9fff\uf900-\ufaff]"),
}
# What the neighbours with the same letters lack, and how often it must be there: letters, for Russian also words.
_RUSSIAN_WORDS = """
    будет был была было были вот все всё где даже есть если еще ещё здесь меня мне может надо нет ничего он она они
    очень просто себя сейчас тебе тебя тогда тоже только ты уже хорошо что чтоб чтобы это этого этом этот
"""
_MARKS = {
    "ru": (re.compile(rf"[ыэё]|\b(?:{'|'.join(_RUSSIAN_WORDS.split())})\b"), 1),
    "tr": (re.compile("[ğı]"), 2),
}
FOREIGN_LETTERS = 0.04  # share of a text's letters from which on it is in another language of the same script
FEWEST_FOREIGN = 2  # letters of a sentence
FEWEST_LETTERS = 20  # of a text in which a small word must be found
ROW = 5  # words of a sentence without a small one: from where a detector is asked
ENGLISH_SHARE, ENGLISH_WORDS = 0.25, 2  # small English words that make a sentence English, if no more are the text's

CHECKED = frozenset(_LETTERS)

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_END = re.compile(r"[.!?:;…。！？\n]+")
_LATIN = re.compile("[a-z\u00c0-\u024f]")
_NOT_LATIN = regex.compile(r"[\p{L}--[\p{Latin}\p{Common}\p{Inherited}]]", regex.V1)


def is_familiar(text: str, code: str, /, *, is_sure: bool = True) -> bool:
    """Whether `text`, as far as it is in Latin letters or as far as it is not, can be in the language `code`.

    `is_sure` says whether a detector takes it for that.
    """
    lower = text.lower()
    letters = (_LATIN if code in SMALL_WORDS else _NOT_LATIN).findall(lower)
    if not letters:
        return not any(map(str.isalpha, text))
    own = sum(1 for letter in letters if _LETTERS[code].match(letter))
    if own < (1 - FOREIGN_LETTERS) * len(letters):
        return False
    if code not in SMALL_WORDS or len(letters) < FEWEST_LETTERS:
        return True
    if is_sure and is_marked(lower, code):
        return True
    words = _WORD.findall(lower)
    found = sum(word in SMALL_WORDS[code] for word in words)
    return found >= max(1, LEAST[code] * (1 if is_sure else 2) * len(words))


def is_marked(text: str, code: str, /) -> bool:
    """Whether `text` has what tells the language `code` from its neighbours."""
    if code not in _MARKS:
        return False
    mark, fewest = _MARKS[code]
    return len(mark.findall(text.lower())) >= fewest


def only_latin(text: str, /) -> str:
    """Return the text with a blank for each letter that is not Latin."""
    return text if text.isascii() else _NOT_LATIN.sub(" ", text)


def unfamiliar_sentences(text: str, code: str, /) -> Iterator[Place]:
    """Yield the sentences of a text that have letters which its language does not have."""
    letter = _LATIN if code in SMALL_WORDS else _NOT_LATIN
    for start, end in between(_END, text):
        letters = letter.findall(text[start:end].lower())
        foreign = sum(1 for one in letters if not _LETTERS[code].match(one))
        if foreign >= FEWEST_FOREIGN and foreign > FOREIGN_LETTERS * len(letters):
            yield start, end


def unmarked_sentences(text: str, code: str, /) -> Iterator[Place]:
    """Yield the sentences of a text in a language with neighbours that lack what tells it from them."""
    if code not in _MARKS or code in SMALL_WORDS:
        return
    for start, end in between(_END, text):
        if len(_NOT_LATIN.findall(text[start:end])) >= FEWEST_LETTERS and not is_marked(text[start:end], code):
            yield start, end


def rows_without_small_words(text: str, code: str, /) -> Iterator[Place]:
    """Yield each row of at least ROW words in one sentence, none of which is a small word of the language or of
    English.
    """
    small = SMALL_WORDS[code] | FUNCTION_WORDS
    for start, end in between(_END, text):
        row: list[Place] = []
        for match in _WORD.finditer(text, start, end):
            if match[0].lower() not in small:
                row.append(match.span())
                continue
            if len(row) >= ROW:
                yield row[0][0], row[-1][1]
            row = []
        if len(row) >= ROW:
            yield row[0][0], row[-1][1]


def english_sentences(text: str, code: str, /) -> Iterator[Place]:
    """Yield the sentences of a text in the language `code` that are in English."""
    own = SMALL_WORDS.get(code, frozenset())  # each word counts once: "ha ha ha" hides nothing
    for start, end in between(_END, text):
        words = {match[0].lower().replace("’", "'") for match in _WORD.finditer(text, start, end)}
        english = len(words & FUNCTION_WORDS)
        if english >= max(ENGLISH_WORDS, ENGLISH_SHARE * len(words), 1 + len(words & own)):
            yield start, end
