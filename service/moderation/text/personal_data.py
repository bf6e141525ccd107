"""Find what identifies or reaches a person: addresses, telephone numbers, cards, bank accounts, identity papers.

Numbers count only where their check digits or numbering plans say that they are real, since readers write prices,
years and scores. Switchboards and role addresses (info@, press@) are not personal. Linear: each pattern is bounded.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import import_module

import phonenumbers
import regex
from phonenumbers import NumberParseException, PhoneNumberType
from stdnum import iban, luhn

from service.moderation.text.normalisation import UNSEEN
from service.moderation.text.rewriting import Edit, View, plain_view, rewrite
from service.sentences import N_

MOST = 50  # are looked for in one text; a verdict needs one
SHORTEST = 9  # digits of a telephone number without a country code: shorter ones are prices and sizes too


class Kind(StrEnum):
    """What was found, in the words that moderators read."""

    EMAIL = N_("e-mail address")
    PHONE = N_("telephone number")
    CARD = N_("card number")
    ACCOUNT = N_("bank account")
    IDENTITY = N_("identity number")
    ADDRESS = N_("home address")


@dataclass(frozen=True, order=True)
class PersonalData:
    """Characters `start:end` of the text are personal data of this kind."""

    start: int
    end: int
    kind: str


def find_personal_data(text: str, *, language: str | None = None) -> tuple[PersonalData, ...]:
    """Return the personal data in `text`, at most MOST, in order; no character is in two of them.

    `language` (a BCP 47 code) says whose national numbers are meant where a number has no country code.
    """
    view, found = _plain(text), list[PersonalData]()
    for search in (_emails, _accounts, _cards, _identities, lambda text: _phones(text, language), _addresses):
        for one in search(view.text):
            if all(one.end <= other.start or one.start >= other.end for other in found):
                found.append(one)
            if len(found) == MOST:
                break
    return tuple(sorted(replace(one, start=view.starts[one.start], end=view.ends[one.end - 1]) for one in found[:MOST]))


# What stands between the parts of a number, however it is written, and digits of full width.
_AS_PLAIN = str.maketrans(
    dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\n\r\t_", " "
    )
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\ufe63", "-")
    | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
    | {"\uff20": "@", "\uff0b": "+", "\uff0e": "."}
)
_BLANKS = re.compile(" {2,}")


def _plain(text: str) -> View:
    """Return the text as the patterns below want it, with the place of each character."""
    view = rewrite(plain_view(text), (Edit(*match.span(), "") for match in UNSEEN.finditer(text)))
    view = view._replace(text=view.text.translate(_AS_PLAIN))
    return rewrite(view, (Edit(*match.span(), " ") for match in _BLANKS.finditer(view.text)))


# --- e-mail -----------------------------------------------------------------------------------------------------------

_EMAIL = re.compile(
    r"(?<![\w.+-])(?P<name>[\w.+-]{1,64})(?:@|\s?[\[(](?:at|@)[\])]\s?)"
    r"[\w-]{1,63}(?:(?:\.|\s?[\[(](?:dot|\.)[\])]\s?)[\w-]{1,63}){0,4}(?:\.|\s?[\[(](?:dot|\.)[\])]\s?)[^\W\d_]{2,24}\b",
    re.IGNORECASE,
)
_ROLE_WORDS = (
    "info contact contacts kontakt contacto press presse prensa office support help hello mail redaktion newsroom news"
    " editor editors letters tips service webmaster abuse privacy noreply no-reply admin sales"
)
_ROLES = frozenset(_ROLE_WORDS.split())


def _emails(text: str) -> Iterator[PersonalData]:
    if "@" not in text and "(at)" not in (lower := text.lower()) and "[at]" not in lower:
        return
    for match in _EMAIL.finditer(text):
        if match["name"].lower() not in _ROLES:
            yield PersonalData(*match.span(), Kind.EMAIL)


# --- numbers with check digits ----------------------------------------------------------------------------------------

_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)", re.IGNORECASE)
_CARD = re.compile(
    r"(?<![\w.,/-])(?:[3-6]\d{3}|2[2-7]\d\d)([ -]?)\d{4}\1\d{4}\1\d{1,7}(?![\w-])"
    r"|(?<!\w)3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?!\w)"
)
# Numbers whose shape is theirs alone. Each is checked by python-stdnum's module of that name.
_FOUR = r"(?!(?:19|20)\d\d|\d\d00)\d{4}"  # digits that are neither a year nor a round number
_IDENTITIES: Mapping[str, re.Pattern[str]] = {
    "us.ssn": re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
    "es.dni": re.compile(r"(?<!\w)\d{8}-?[A-HJ-NP-TV-Z](?!\w)", re.IGNORECASE),
    "es.nie": re.compile(r"(?<!\w)[XYZ]-?\d{7}-?[A-HJ-NP-TV-Z](?!\w)", re.IGNORECASE),
    "it.codicefiscale": re.compile(r"(?<!\w)[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z](?!\w)", re.IGNORECASE),
    "fr.nir": re.compile(r"(?<!\w)[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\w)"),
    "br.cpf": re.compile(r"(?<![\w.])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\w)"),
    "in_.aadhaar": re.compile(rf"(?<![\w-])(?=[2-9]){_FOUR}([ -]){_FOUR}\1{_FOUR}(?![\w-])"),
    "in_.pan": re.compile(r"(?<!\w)[A-Z]{3}[PCFATBLJGH][A-Z]\d{4}[A-Z](?!\w)"),
    "pl.pesel": re.compile(r"(?<![\w.,-])\d{11}(?![\w-])"),
    "cn.ric": re.compile(r"(?<!\w)\d{17}[\dX](?!\w)", re.IGNORECASE),
}
_NINO = re.compile(  # no check digit, but a shape that nothing else has
    r"(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)"
)


def _accounts(text: str) -> Iterator[PersonalData]:
    for match in _IBAN.finditer(text):
        if iban.is_valid(match[0]):
            yield PersonalData(*match.span(), Kind.ACCOUNT)


def _cards(text: str) -> Iterator[PersonalData]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if 13 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn.is_valid(digits):
            yield PersonalData(*match.span(), Kind.CARD)


def _identities(text: str) -> Iterator[PersonalData]:
    for name, shape in _IDENTITIES.items():
        for match in shape.finditer(text):
            is_valid: Callable[[str], bool] = import_module(f"stdnum.{name}").is_valid
            if is_valid(match[0]):
                yield PersonalData(*match.span(), Kind.IDENTITY)
    for match in _NINO.finditer(text):
        yield PersonalData(*match.span(), Kind.IDENTITY)


# --- telephone numbers ------------------------------------------------------------------------------------------------

# With a country code, with the zero or bracket of a trunk call, or grouped as Americans do.
_PHONE = regex.compile(
    r"(?<![\p{L}\d.,/+-])(?:\+|00|\(?0(?!\.)|(?=\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\d))\(?)"
    r"(?:[ ()./-]{0,2}\d){6,16}(?![\p{L}\d])"
)
_DATE = re.compile(r"\(?0?\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.{0,9}")
_REGIONS: Mapping[str, tuple[str, ...]] = {
    "en": ("US", "GB", "AU", "IE", "IN", "NZ", "ZA"), "de": ("DE", "AT", "CH"), "fr": ("FR", "BE", "CH"),
    "es": ("ES", "MX", "AR", "CO"), "it": ("IT",), "nl": ("NL", "BE"), "pt": ("BR", "PT"), "pl": ("PL",),
    "tr": ("TR",), "ru": ("RU",), "uk": ("UA",), "hi": ("IN",), "ja": ("JP",), "ko": ("KR",), "zh": ("CN", "TW"),
    "ar": ("EG", "SA"), "sv": ("SE",), "da": ("DK",), "cs": ("CZ",), "vi": ("VN",),
}  # fmt: skip
_OF_PEOPLE = (
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.VOIP,
)


def _phones(text: str, language: str | None) -> Iterator[PersonalData]:
    regions = _REGIONS.get((language or "").lower().partition("-")[0], ())
    for match in _PHONE.finditer(text):
        written = match[0]
        if _DATE.fullmatch(written) or "ISBN" in text[max(0, match.start() - 12) : match.start()].upper():
            continue
        international = written.startswith(("+", "00"))
        if not international and sum(map(str.isdigit, written)) < SHORTEST:
            continue
        if any(_is_of_a_person(written, region) for region in ((None,) if international else regions)):
            yield PersonalData(match.start(), match.end(), Kind.PHONE)


def _is_of_a_person(written: str, region: str | None) -> bool:
    number = f"+{written[2:]}" if region is None and written.startswith("00") else written
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in _OF_PEOPLE


# --- home addresses ---------------------------------------------------------------------------------------------------

_NAME = r"\p{Lu}[\p{L}'’.-]{1,24}"
_STREETS = (
    rf"\d{{1,5}}[A-Za-z]?,? (?:{_NAME} ){{1,3}}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Boulevard|Blvd|Place|Terrace|Crescent|Gardens)\b",
    r"\p{Lu}[\p{L}-]{2,24}(?:straße|strasse|str\.|weg|platz|allee|gasse)\s\d{1,4}\s?[a-z]?\b",
    r"\d{1,4}(?: ?bis| ?ter)?,? (?:rue|avenue|boulevard|place|chemin|impasse|allée)(?: [\p{L}'’-]{1,20}){1,5}",
    r"(?:[Cc]alle|[Cc]/|[Aa]venida|[Pp]laza|[Pp]aseo)"
    rf"(?: (?:de|del|la|los|las|{_NAME})){{1,5}},? (?:n[.º°]? ?)?\d{{1,4}}\b",
)
_STREET = regex.compile("|".join(f"(?<![\\p{{L}}\\d])(?:{street})" for street in _STREETS))
# A street alone is where things happen; with a postcode, or with somebody who lives there, it is where a person is.
_POSTCODE = regex.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]{2},? \d{5}\b")
_POSTCODE_NEXT = regex.compile(r",? ?(?:in )?\d{5} \p{Lu}\p{L}+")
_LIVES = regex.compile(
    r"\b(?:lives?|(?:home|his|her|their|your) address|find (?:him|her|them|you)"
    r"|wohnt|wohnst|zu ?hause|habite|domicile|vive en|domicilio)\b",
    regex.IGNORECASE,
)
_NEAR = 40  # characters


def _addresses(text: str) -> Iterator[PersonalData]:
    for match in _STREET.finditer(text):
        before, after = text[max(0, match.start() - _NEAR) : match.start()], text[match.end() : match.end() + _NEAR]
        if _POSTCODE.search(after) or _POSTCODE_NEXT.match(after) or _LIVES.search(before):
            yield PersonalData(match.start(), match.end(), Kind.ADDRESS)
