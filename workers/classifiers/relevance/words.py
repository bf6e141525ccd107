"""The words of a text as the off-topic classifier sees them: stems with their rarity, names, numbers, advert signs.

Rarity (inverse document frequency) comes from a shipped table of common stems; a stem not in it counts as rare. The
stemmer is deliberately crude: it only has to make "taxes" meet "tax" on both sides alike.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
# Not those of service.moderation.text.links: the head was fitted on features that these give.
_ENDINGS = "com|net|org|info|biz|ru|xyz|shop|online|site|club|top|io|me|ly|tv"
# Begun where a run of letters begins: begun at each of its letters, a long run would cost quadratic time.
_LINK = re.compile(rf"(?:https?://|www\.)\S+|(?<![\w-])[\w-]+\.(?:{_ENDINGS})\b(?:/\S*)?", re.I)
_SENTENCE_START = re.compile(r"(?:^|[.!?…\n]\s*[\"'“‘(\[]*)$")
_MINE = r"(?:channels?|videos?|vids?|pages?|covers?|sites?|websites?|songs?|music|blogs?|profiles?|shops?|stores?)"
_TRADES = (
    r"loans?|casino|betting tips?|forex|crypto(?:currency)? (?:trad|invest|recover)\w*",
    r"bitcoin (?:invest|recover|trad|min)\w*|binary options?|investment (?:plan|platform|manager)s?",
    r"spell ?caster|love spells?|herbal|viagra|cialis|weight loss|keto|escorts?|dating site|essay writing",
    r"assignment help|seo (?:services?|agency|company|expert)|backlinks?|web ?design services?",
)
_SELLING = (
    r"buy|order|cheap(?:est)?|discount(?:s|ed)?|% off|promo(?:tion(?:al)?)? ?codes?|coupons?|limited offer|act now",
    r"free (?:shipping|trial|delivery|gift ?cards?)|best (?:price|deal)s?|click (?:here|this|the link|below|on)",
)
_ADVERTS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\bsubscribe\b|\bsub(?:bed)? (?:to )?(?:me|my|back)\b|\bsub (?:4|for) sub\b",
        rf"\b(?:check|checkout|watch|visit|see|like|follow|listen to)\b.{{0,25}}\b(?:my|our)\b.{{0,25}}\b{_MINE}\b",
        r"\bcheck (?:me|us|it|this|them) out\b|\bgo (?:check|visit)\b",
        rf"\bvisit (?:us|our|my|the|this)\b.{{0,20}}\b{_MINE}\b",
        r"\b(?:earn(?:ed|ing|s)?|mak(?:e|es|ing)|made|get|got paid|income|paid)\b.{0,25}[$£€]\s?\d",
        r"[$£€]\s?\d[\d,.]*\s?k?\s?(?:/|a|an|per|every|each)\s?(?:hour|hr|day|week|month)",
        r"\bwork(?:ing)? (?:at|from) home\b|\bonline (?:job|work|income)\b|\bpart[- ]time (?:job|income)\b",
        r"\bwhats ?app\b|\btelegram\b|\bcontact (?:him|her|me|us|them)\b.{0,30}\b(?:on|at|via|through)\b",
        r"\binbox me\b|\btext me\b|\bdm me\b|\bfinancial freedom\b",
        rf"\b(?:{'|'.join(_SELLING)})\b",
        rf"\b(?:{'|'.join(_TRADES)})\b",
    )
)
_PHONE = re.compile(r"\+?\d[\d\s().-]{8,}\d")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+\s?@\s?[\w-]+\.\w+")

FUNCTION_WORDS = frozenset(
    """a about above after again against all almost already also although always am an and another any anybody anyone
    anything are aren't as at away back be because been before being between both but by can can't cannot come could
    couldn't did didn't do does doesn't doing don't done down each either else enough even ever every everybody
    everyone everything few first for from get gets getting go goes going gone gonna got great good had hadn't has
    hasn't have haven't having he he's her here here's hers herself him himself his how however i i'd i'll i'm i've
    if in instead into is isn't it it's its itself just keep kind know lets let let's like lol look looks lot lots
    made make makes many may maybe me mean might mine more most much must my myself need never next nice no nobody
    none nor not nothing now of off oh ok okay on once one ones only or other others our ours out over own people
    perhaps please point pretty put quite rather real really right said same saw say says see seem seems seen she
    should shouldn't since so some somebody someone something sometimes still such sure take than thank thanks that
    that's the their theirs them themselves then there there's these they they'd they'll they're they've thing
    things think this those though thought through to too try two under until up upon us use used using very want
    wants was wasn't way we we'd we'll we're we've well went were weren't what what's whatever when where whether
    which while who who's whole whom whose why will wish with within without won't work works would wouldn't wow
    yeah yep yes yet you you'd you'll you're you've your yours yourself article comment comments read post story
    agree disagree true exactly totally absolutely love hate hope bad best better worse amazing awesome interesting
    wonderful terrible awful sad happy funny""".split()  # noqa: SIM905 - a list of one word a line would bury the code
)


ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "ly", "s", "y", "e")


@dataclass(frozen=True)
class Words:
    """What the words of one text say; `rarity` maps each content stem to its idf, `names` and `numbers` are stems."""

    rarity: Mapping[str, float]
    names: frozenset[str]
    numbers: frozenset[str]
    tokens: int
    function_tokens: int


def read_words(text: str, idf: Mapping[str, float], rarest: float) -> Words:
    """Split `text` (links removed) into stems; a stem that `idf` lacks is as rare as `rarest`."""
    plain = _LINK.sub(" ", html.unescape(text))
    rarity: dict[str, float] = {}
    names: set[str] = set()
    numbers: set[str] = set()
    tokens = function_tokens = 0
    for match in _WORD.finditer(plain):
        word = match.group().replace("’", "'")
        tokens += 1
        lowered = word.lower()
        if lowered in FUNCTION_WORDS:
            function_tokens += 1
            continue
        stemmed = stem(lowered)
        rarity[stemmed] = idf.get(stemmed, rarest)
        if lowered[0].isdigit():
            numbers.add(stemmed)
        elif word[0].isupper() and not _SENTENCE_START.search(plain, max(0, match.start() - 4), match.start()):
            names.add(stemmed)
    return Words(rarity, frozenset(names), frozenset(numbers), tokens, function_tokens)


def stem(word: str) -> str:
    """Cut the commonest English endings from a lower-case word; never below three letters."""
    word = word.split("'")[0] if len(word) > 4 else word
    if not word.endswith(ENDINGS):
        return word
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def advert_signs(text: str) -> tuple[float, float, float]:
    """Return how many kinds of advert phrase, how many links and how many ways to get in touch `text` holds."""
    phrases = sum(1.0 for pattern in _ADVERTS if pattern.search(text))
    links = float(len(_LINK.findall(text)))
    touch = float(len(_PHONE.findall(text)) + len(_EMAIL.findall(text)))
    return phrases, links, touch
