"""Find the word behind a disguised one: "1d10t", "f*ck", "stuuupid", "f u c k y o u".

The word list only chooses between readings ("looser" or "loser", "sh*t" or "shot"); being on it blocks nothing, and
no plain spelling is ever changed because of it.
"""

import re

_LISTED = """
    anal anus arse arsehole arsewipe ass asses asshat asshole bastard bitch blowjob bollocks boner boob bugger bullshit
    butthole chink clown cock cocksucker coon crap creep cretin cripple cum cunt damn degenerate dick dickhead dildo
    dipshit disgusting douche douchebag dumb dumbass dyke fag faggot fat filth filthy fool freak fuck fucker fuckwit
    garbage gay gook handjob hate hell homo hooker horny hypocrite idiot idiotic ignorant imbecile jackass jerk kike
    kill killed knob lame liar lick lie loser lunatic maggot masturbate mental midget milf moron moronic motherfucker
    murder nasty nazi nigga nigger nutjob nuts paki pathetic pedo pedophile penis perv pervert pig piss pissed porn
    prick pussy queer racist rape raped rapist rat retard retarded ridiculous rubbish savage scum scumbag sex sexist
    shit shite shithead shitty shoot slag slave slut slutty spastic spic stab stink stupid suck sucker terrorist tit
    tosser traitor tranny trash troll turd twat ugly useless vagina vermin vile wank wanker whore wetback worthless
"""
WORDS = frozenset(_LISTED.split())
_ENDINGS = ("", "s", "es", "d", "ed", "er", "ers", "in", "ing", "ings", "y", "ity", "ness", "ly", "face", "head")
_FORMS = {word + ending for word in WORDS for ending in _ENDINGS} | {
    f"{word[:-1]}ies" for word in WORDS if word.endswith("y")
}
_GLUE_WORDS = """
    a about all also am an and are as at be but by can die do dont for from full get go going have he her him his i if
    in is it its just like many me my no not of off on or our out people piece really she should shut so such that the
    their them they this to total up us very was we were what who why will with you your youre
"""
_GLUE = frozenset(_GLUE_WORDS.split())

_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "9": "g", "@": "a", "$": "s", "!": "i", "€": "e"}
_VOWELS = frozenset("aeiouAEIOU034@!€")
_UNIT_WORDS = (
    "am pm th st nd rd min mins hrs hour hours day days week weeks month months year years yr yrs yo star"
    " stars way times km kg mph kph mm cm ft lbs mg ml gb mb tb bn mn ish ers k m x s"
)
_UNITS = frozenset(_UNIT_WORDS.split())
_MEASURE = re.compile(r"\d+x\d")
_LONGEST_SEARCHED = 60
_RUN = re.compile(r"([^\W\d_])\1+", re.IGNORECASE)


def is_listed(word: str) -> bool:
    """Say whether `word` is a listed word, with an ending or without."""
    return word.lower() in _FORMS


def undo_leet(token: str) -> str:
    """Return the word that a token of letters, digits and signs disguises, or the token itself.

    Letters must carry it: "1d10t" and "a$$hole" are words, "2024", "4x4", "covid19", "10am" and "$100m" are not.
    """
    body = token.rstrip("!")
    word = "".join(_letter(body, place) for place in range(len(body)))
    if word == body or not word.isalpha():
        return token
    return word + token[len(body) :] if is_listed(word) or _carried_by_letters(body) else token


def _letter(token: str, place: int) -> str:
    character = token[place]
    if character != "1":
        return _LEET.get(character, character)
    before, after = token[max(0, place - 1) : place], token[place + 1 : place + 2]  # "sh1t" but "1oser", "assh01e"
    return "l" if (not before or before in _VOWELS) and (not after or after in _VOWELS) else "i"


def _carried_by_letters(body: str) -> bool:
    letters = sum(character.isalpha() for character in body)
    if letters < 0.4 * len(body) or body.isupper():
        return False  # "W3C" and "C3PO" are names
    if body[0] == "@" or (body[0] == "$" and body[1].isdigit()) or (body[-1] in "$€" and body[-2].isdigit()):
        return False  # a mention or a price, unless the word is listed
    inside = any(not character.isalpha() for character in body.strip("0123456789@$!€"))
    if letters < 3:
        return letters == 2 and inside and body.islower() and not _MEASURE.match(body)
    if body[-1].isdigit():
        return inside and not body[-2].isdigit()
    if not body[0].isdigit():
        return inside or not body[0].isalpha() or not body[-1].isalpha()
    tail = body.lstrip("0123456789")
    return len(body) - len(tail) == 1 and len(tail) >= 3 and tail.islower() and tail not in _UNITS


def fill_mask(token: str) -> str:
    """Return the listed word that "f*ck", "sh#t" or "a**hole" hides, or the token itself."""
    if not token[0].isalpha() or sum(character.isalpha() for character in token) < 2:
        return token
    return _filled(token.lower()) or token


def _filled(token: str) -> str | None:
    for ending in _ENDINGS:
        stem = token.removesuffix(ending)
        if stem.isalpha() or len(stem) + len(ending) != len(token):
            continue
        for word in _BY_START.get((stem[0], len(stem)), ()):
            if all(is_ == was or not was.isalpha() for is_, was in zip(word, stem, strict=True)):
                return word + ending
    return None


# The word behind "s**t" is a guess; the coarsest come first.
_COARSE = ("fuck", "shit", "cunt", "dick", "bitch", "asshole", "ass", "nigger", "faggot")
_BY_START: dict[tuple[str, int], list[str]] = {}
for _word in sorted(WORDS, key=lambda word: (word not in _COARSE, word)):
    _BY_START.setdefault((_word[0], len(_word)), []).append(_word)


def undo_repeats(word: str) -> str:
    """Return `word` with letters repeated three times or more brought down to two, or to what makes a listed word."""
    runs = list(_RUN.finditer(word))
    if not any(len(match[0]) >= 3 for match in runs):
        doubled = len(word) >= 6 and len(word) % 2 == 0 and word[::2].lower() == word[1::2].lower()
        return word[::2] if doubled and is_listed(word[::2]) else word
    if len(runs) <= 4:
        for choice in range(2 ** len(runs)):
            reading = _collapsed(word, runs, [1 + (choice >> place & 1) for place in range(len(runs))])
            if is_listed(reading):
                return reading
    kept = [len(run[0]) if len(run[0]) < 3 else 1 if run[1].lower() in _NEVER_DOUBLED else 2 for run in runs]
    return _collapsed(word, runs, kept)


_NEVER_DOUBLED = frozenset("aihjkquvwxy")


def _collapsed(word: str, runs: list[re.Match[str]], lengths: list[int]) -> str:
    pieces: list[str] = []
    position = 0
    for match, length in zip(runs, lengths, strict=True):
        pieces += (word[position : match.start()], match[0][:length])
        position = match.end()
    return "".join((*pieces, word[position:]))


def split_words(letters: str) -> list[int]:
    """Return where the words of a run without spaces begin ("youareanidiot": 0, 3, 6, 8), [0] where it makes no sense.

    Every letter must belong to a known word; fewest words win.
    """
    best: list[tuple[int, int] | None] = [(0, 0), *[None] * len(letters)]  # end -> (words, start of the last)
    lower = letters.lower()
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 16), end):
            before = best[start]
            if before is None or not (lower[start:end] in _GLUE or is_listed(lower[start:end])):
                continue
            if best[end] is None or before[0] + 1 < best[end][0]:  # type: ignore[index]
                best[end] = (before[0] + 1, start)
    begins: list[int] = []
    place = len(letters)
    while place and (last := best[place]):
        place = last[1]
        begins.append(place)
    return sorted(begins) if begins and begins[-1] == 0 else _around_listed(lower)


def _around_listed(letters: str) -> list[int]:
    """Split a run whose words are unknown around the longest listed word in it: "makesmorons" is "makes", "morons"."""
    size = len(letters)
    if size > _LONGEST_SEARCHED:
        return [0]
    places = ((start, end) for start in range(size) for end in range(start + 4, min(size, start + 14) + 1))
    listed = [(start - end, start, end) for start, end in places if is_listed(letters[start:end])]
    if not listed:
        return [0]
    _, start, end = min(listed)
    return sorted({0, start, *([end] if end < len(letters) else [])})
