"""What is spelled in Morse, base64, numbers, turned letters or Braille counts as not read; English does not."""

import base64

import pytest

from tests.bench.comments import SENTENCES
from workers.classifiers.base import Subject
from workers.classifiers.facade import LoadedClassifiers
from workers.classifiers.language.ciphers import coded_signs

WORD, SENTENCE = b"idiot", b"Du bist dumm, alter."

CODED = {
    "Morse": ".. -.. .. --- -",
    "Morse in words": "-.-- --- ..- / .- .-. . / .- / .--. .. --.",
    "Morse in other signs": "·· −·· ·· −−− −".replace("−", "–"),
    "base64 of a word": base64.b64encode(WORD).decode(),
    "base64": base64.b64encode(SENTENCE).decode(),
    "base64 of Cyrillic": base64.b64encode("Ты дура".encode()).decode(),
    "base64 for addresses": base64.urlsafe_b64encode("Ты глупая дура?>".encode()).decode(),
    "bits": " ".join(f"{byte:08b}" for byte in WORD),
    "bits in a row": "".join(f"{byte:08b}" for byte in WORD),
    "hexadecimal": WORD.hex(" "),
    "hexadecimal in a row": SENTENCE.replace(b",", b"").replace(b".", b"").hex(),
    "escaped for addresses": "".join(f"%{byte:02x}" for byte in WORD),
    "escaped in an address": f"https://example.org/{''.join(f'%{byte:02X}' for byte in WORD)}",
    "escaped for pages": "".join(f"&#{byte};" for byte in WORD),
    "turned": "ʇoıpı uɐ ǝɹɐ noʎ",
    "a turned word": "ʇoıpı",
    "turned letters that are phonetic signs": "ʎɹɹnɥ uoɹoɯ",
    "turned capitals": "⊥Oᗡ∀Ⅎ",
    "Braille": "⠊⠙⠊⠕⠞",
    "circled syllables": "㋐㋭㋟㋹",
    "squared ideographs": "🈲🈵🈴🈹",
}


@pytest.mark.parametrize("text", CODED.values(), ids=CODED)
def test_what_is_spelled_in_other_signs_counts_as_not_read(text: str) -> None:
    alone = coded_signs(text)
    assert alone >= 3
    assert coded_signs(f"{SENTENCES[0]} {text} {SENTENCES[1]}") == alone


@pytest.mark.parametrize(
    "text",
    [
        " ".join(SENTENCES),
        "- - - - - - - - -",
        ". . . . . . . .",
        "... --- ...",
        "Wait... - what?! -- no... -- yes -",
        "McDonaldsBigMac SpongeBobMeme iPhoneXSMax internationalization",
        "commit da39a3ee5e6b4b0d3255bfef95601890afd80709, see https://youtu.be/dQw4w9WgXcQ?t=12",
        "https://ru.wikipedia.org/wiki/%D0%9C%D0%BE%D1%81%D1%82 and https://example.org/a%20b%2Fc%3Fd?u=http%3A%2F%2Fe.org",
        "The numbers were 12 34 56 78 90 and 10110 10110, MAC 00:1B:44:11:3A:B7, 2024-11-29T08:00:00Z",
        "deadbeef cafe decade facade 1234567890",
        "Umarım onarım okullar açılmadan önce biter, çünkü çocuklarımız için yolun kapanması zor. Bunu yapabiliyor mu?",
        "Vapurun yeni tarifesi, özellikle sokağımızdaki yaşlılar ve çocuklar için gerçekten çok kullanışlı yapılmış.",
        "Hamımız yaxşı bilirik ki, bu yazıçının kitabı çox maraqlıdır və hamı onu oxumalıdır.",
        "In Cumbria they say /ˈkʌmbɹiə/, not /ˈkʊmbɹɪə/, and /ʃ/ is not /tʃ/, nor /ʌ/ [ʊ]; ˈbʌtə, ɹəʊd and ʃɔːt.",
        "For ∀x, ∀y and ∀z: x ⊥ y; ΛCDM has Λ, and Λ is not 0.",
        "Es ſteht geſchrieben, daß man leſen muß.",
        "这套房子有 80 ㎡，那套 95 ㎡，另外两套 120 ㎡ 和 60 ㎡，每㎏ 12 元，㏄、℃ 也写了，第㉑㉒㉓㉔条，㋁、㏠。",
        "㈜삼성과 ㈜엘지, ㈜현대, ㈜기아, 그리고 ㈱도요타가 참여했다.",
        "Это обычный комментарий. Łódź, żółć, gęś; niño, pingüino; Đường, ở, ướt, của.",
        "ə is called schwa, 👍 ① ② ™ café naïve",
        "Deutsche Bank's CEO told @someone_else_here about #NeverAgain",
        "",
    ],
)
def test_english_names_numbers_and_addresses_are_no_code(text: str) -> None:
    assert coded_signs(text) == 0


def test_what_is_coded_is_unread_behind_english(classifiers: LoadedClassifiers) -> None:
    assessment = classifiers.assess(Subject(text=f"{SENTENCES[0]} {CODED['turned']}"))
    assert assessment.unread >= 3
    assert assessment.language_supported
