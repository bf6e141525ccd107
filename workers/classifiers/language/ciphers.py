"""Find what is spelled in signs that no model reads: Morse, base64, bytes as numbers, turned letters, Braille, circles.

Nothing decoded is judged. A reader who knows the signs reads an insult in them, so what is long enough for one
counts as not read. Looked for in the text as written: undoing a disguise makes other letters of turned ones.
"""

import base64
import re

FEWEST_BYTES = 5  # of a word in numbers
FEWEST_TURNED = 3  # "idiot" turned has three letters that no upright word has
FEWEST_SIGNS = 4  # of Braille, or circled syllables

# Shown upside down: letters that nothing else has, phonetic signs, and letters of Turkish (ı), of formulas, of Greek,
# of old print, of West Africa and of Taiwan's syllables. The last count only beside one of the first; the second also
# in a word without another phonetic sign and without slashes around it, since "ʎɹɹnɥ" has none of the first.
_TURNED = frozenset("ǝɘƃᴉɿʞꞁʇƍᔭꓕꓘꓤꓶꓷꓛᗺᗡƎℲ⅁⅂ᴚ⅄")
_PHONETIC = frozenset("ɐɔɟɥɾʃɯɹʌʍʎʁɓ")
_ORDINARY = frozenset("ıſƐƆㄥԀΌΛ∀⊥")
_ANY_TURNED = _TURNED | _PHONETIC | _ORDINARY
_PRONOUNCED = re.compile("[əɪʊɛɜɑɒæθðŋɡʒɕʑɫɾʔɲɣβχɖɗˈˌːˑ͡]|^[/\\[(]+.{1,24}[/\\])]+[.,;:!?]*$")
# Without numbers in circles, hours, days and units ("80 ㎡"), and without what stands before the name of a company.
_SIGNS = re.compile(
    "[\u2801-\u28ff\u3200-\u321b\u321d-\u3230\u3232-\u3247\u3260-\u327e\u3280-\u32b0\u32d0-\u3357\U0001f200-\U0001f265]"
)
_GAP = r"(?:[ \t]{1,3}(?:[/|][ \t]{1,3})?|[/|])"
_MORSE = re.compile(rf"(?<!\S)[.·•\-–—_]{{1,6}}(?:{_GAP}[.·•\-–—_]{{1,6}}){{4,}}(?!\S)")
_BINARY = re.compile(rf"(?<!\w)[01]{{7,8}}(?:[ \t]{{0,3}}[01]{{7,8}}){{{FEWEST_BYTES - 1},}}(?!\w)")
_HEXADECIMAL = re.compile(rf"(?<![\w%])[0-9A-Fa-f]{{2}}(?:[ :]?[0-9A-Fa-f]{{2}}){{{FEWEST_BYTES - 1},}}(?!\w)")
# Letters that a browser would show. In an address escapes are ordinary, but not those of plain letters.
_ESCAPED = re.compile(
    r"(?<!\S)(?:%[0-9A-Fa-f]{2}){5,}|(?:&#(?:\d{2,6}|[xX][0-9A-Fa-f]{2,6});){4,}"
    r"|(?:%(?:[46][1-9A-Fa-f]|[57][0-9Aa])){3,}"
)
_BASE64 = re.compile(r"(?<![\w+/=.:?&#@%-])(?:[A-Za-z0-9+/_-]{7,}=|[A-Za-z0-9+/_-]{11,})=?(?![\w+/=-])")


def coded_signs(text: str, /) -> int:
    """Return how many characters of `text` spell something in such signs; 0 for too few for an insult."""
    coded = sum(len(match[0]) for match in _MORSE.finditer(text) if _is_morse(match[0]))
    coded += sum(len(match[0]) for expression in (_BINARY, _ESCAPED) for match in expression.finditer(text))
    coded += sum(len(match[0]) for match in _HEXADECIMAL.finditer(text) if _is_text_in_hexadecimal(match[0]))
    coded += sum(len(match[0]) for match in _BASE64.finditer(text) if _is_text_in_base64(match[0]))
    if text.isascii():
        return coded
    turned, signs = sum(map(_turned_letters, text.split())), len(_SIGNS.findall(text))
    return coded + (turned if turned >= FEWEST_TURNED else 0) + (signs if signs >= FEWEST_SIGNS else 0)


def _turned_letters(word: str) -> int:
    """Return how many letters of the word are shown upside down; 0 where they are as ordinary in it."""
    if word.isascii():
        return 0
    is_turned = not _TURNED.isdisjoint(word) or not (_PHONETIC.isdisjoint(word) or _PRONOUNCED.search(word))
    return sum(sign in _ANY_TURNED for sign in word) if is_turned else 0


def _is_morse(row: str) -> bool:
    """Whether it has dots, dashes and three different letters: a dotted line and a row of dashes have not."""
    return any(sign in row for sign in ".·•") and any(sign in row for sign in "-–—_") and len(set(row.split())) >= 3


def _is_text_in_hexadecimal(row: str) -> bool:
    return _is_text(bytes.fromhex(row.replace(":", " ")))


def _is_text_in_base64(word: str) -> bool:
    if word.isalpha() and word[1:].islower():  # Turkish has "yapabiliyor", whose bytes are letters
        return False
    padded = word.rstrip("=") + "=" * (-len(word.rstrip("=")) % 4)
    try:
        return _is_text(base64.b64decode(padded, altchars="-_" if "-" in word or "_" in word else None, validate=True))
    except ValueError:
        return False


def _is_text(decoded: bytes) -> bool:
    """Whether the bytes are letters, blanks and punctuation, as those of no address, name or hash are."""
    try:
        text = decoded.decode()
    except UnicodeDecodeError:
        return False
    return text.isprintable() and sum(map(str.isalpha, text)) >= 0.7 * len(text)
