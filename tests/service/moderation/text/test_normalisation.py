"""Disguises are undone, plain texts are left alone, and offsets lead back to the original."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.moderation.text.normalisation import normalise

DISGUISED = [
    ("id\u200biot", "idiot"),
    ("\u202eid\u2066iot\u202c", "idiot"),
    ("id\u00adiot", "idiot"),
    ("іdіоt", "idiot"),  # Cyrillic і and о
    ("ιdiοt", "idiot"),  # Greek
    ("ѕех", "sex"),  # wholly Cyrillic, nothing else is
    ("ｉｄｉｏｔ", "idiot"),
    ("𝓲𝓭𝓲𝓸𝓽", "idiot"),
    ("𝕴𝖉𝖎𝖔𝖙", "Idiot"),
    ("ⓘⓓⓘⓞⓣ", "idiot"),
    ("🅸🅳🅸🅾🆃", "IDIOT"),
    ("ɪᴅɪᴏᴛ", "idiot"),
    ("i̶d̶i̶o̶t̶", "idiot"),
    ("1d10t", "idiot"),
    ("id10t!", "idiot!"),
    ("5tupid", "stupid"),
    ("st00pid", "stoopid"),
    ("a$$hole", "asshole"),
    ("@sshole", "asshole"),
    ("a55h01e", "asshole"),
    ("1oser", "loser"),
    ("sh!t", "shit"),
    ("b1tch", "bitch"),
    ("f*ck", "fuck"),
    ("a**hole", "asshole"),
    ("i d i o t", "idiot"),
    ("i.d.i.o.t", "idiot"),
    ("i-d-i-o-t", "idiot"),
    ("i_d_i_o_t", "idiot"),
    ("i😀d😀i😀o😀t", "idiot"),
    ("y o u a r e a n i d i o t", "you are an idiot"),
    ("f u c k  y o u", "fuck  you"),
    ("st.upid", "stupid"),
    ("id-iot", "idiot"),
    ("idiooot", "idiot"),
    ("sooo", "soo"),
    ("looooser", "loser"),
    ("eviiiil", "evil"),
    ("3v1l", "evil"),
    ("m a k e s m o r o n s", "makes morons"),
    ("ffuucckk", "fuck"),
    ("id😀iot", "idiot"),
    ("id<b></b>iot", "idiot"),
    ("i**d**iot", "idiot"),
    ("id[b]iot", "idiot"),
    ("id&shy;iot", "idiot"),
    ("і d і 0 t", "idiot"),  # three disguises at once
    ("𝟏𝖉𝟏𝟎𝖙", "idiot"),
]

BIDI = "\u202e\u202c"  # outside the word they are not part of it

PLAIN = [
    "Scunthorpe, cocktail, Penistone, Dick Cheney, assess, Essex, therapist, shitake, Lightwater, Clitheroe",
    "On 2024-11-22 at 10:30am they paid $1,000,000.50 (or £2m) for 4x4s, 3 B2B deals and an A380.",
    "The 1st, 2nd and 3rd of May 1999; the 90s; covid19, H2O, MP3, 5G, 4K, i7, W3C, C3PO and PS5.",
    "See https://example.com/f.u.c.k?a=1_2&b=s-h-i-t or www.example.org/@you and write to joe_smith@mail.example.com.",
    "A well-known e-mail from a T-shirt seller: co-operate, and/or re-elect; e.g. this, i.e. that.",
    "Is it true? Yes!! No... Well -- maybe; 'quoted' \"text\" (in brackets) [and these] {too} 100% & #1 ~5 ^ = + |",
    "The pen is mine, and I am a US citizen. Bookkeepers agree.",
    "Привет, мир! Это обычное предложение по-русски.",
    "Ελληνικά: αυτή είναι μια κανονική πρόταση.",
    "Es wäre schön, wenn die Straße früher fertig würde.",
    "これは普通の日本語の文です。",
    "هذه جملة عربية عادية.",
    "Thanks 👍🏽 family 👨‍👩‍👧‍👦 flag 🇺🇸 heart ❤️",
]


@pytest.mark.parametrize(("text", "plain"), DISGUISED)
def test_a_disguise_is_undone(text: str, plain: str) -> None:
    normalised = normalise(f"You {text} there")
    assert normalised.text == f"You {plain} there"
    assert normalised.differs


@pytest.mark.parametrize(("text", "plain"), DISGUISED)
def test_an_undone_word_is_found_again_in_the_original(text: str, plain: str) -> None:
    normalised = normalise(f"You {text} there")
    start = normalised.text.index(plain)
    begin, end = normalised.span(start, start + len(plain))
    assert f"You {text} there"[begin:end].strip(BIDI) == text.strip(BIDI)


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_text_has_nothing_to_undo(text: str) -> None:
    assert not normalise(text).differs
    if text.isascii():
        assert normalise(text).text == text


def test_accents_are_folded_only_where_asked() -> None:
    assert normalise("fück ïdïöt Łódź").text == "fück ïdïöt Łódź"
    assert normalise("fück ïdïöt Łódź", fold_accents=True).text == "fuck idiot Lodz"


def test_a_russian_word_in_english_text_stays_russian() -> None:
    assert normalise("She said спасибо большое to him").text == "She said спасибо большое to him"


pieces = st.sampled_from(
    ["i", "d", "idiot", "1", "0", "$", "@", "*", ".", "-", " ", "  ", "\u200b", "\u0336", "і", "о", "𝓲", "ｄ", "😀",
     "<b>", "[b]", "&shy;", "é", "🇺", "http://", "a.com", "aaa", "oo", "!", "_", "Я", "\n", "²", "ﬁ", "İ", "ß"]
)  # fmt: skip
texts = st.one_of(st.text(max_size=60), st.lists(pieces, max_size=20).map("".join))


@given(texts, st.booleans())
@settings(max_examples=400)
def test_the_way_back_is_in_range_and_never_goes_backwards(text: str, fold: bool) -> None:
    normalised = normalise(text, fold_accents=fold)
    starts, ends = list(normalised.view.starts), list(normalised.view.ends)
    assert len(starts) == len(ends) == len(normalised.text)
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(starts, ends, strict=True))


@given(texts, st.booleans())
@settings(max_examples=400)
def test_normalising_twice_changes_nothing_more(text: str, fold: bool) -> None:
    once = normalise(text, fold_accents=fold).text
    assert normalise(once, fold_accents=fold).text == once


words = st.sampled_from(["the", "council", "should", "repair", "roads", "before", "winter", "because", "people"])


@given(st.lists(words, min_size=1, max_size=30), st.sampled_from([" ", ", ", "\n", ". ", " - "]))
def test_plain_english_is_unchanged(parts: list[str], joint: str) -> None:
    text = joint.join(parts)
    assert normalise(text).text == text


@given(st.text(alphabet=st.characters(categories=("Lo", "Nd", "Po")), max_size=40))
def test_text_without_a_view_of_its_own_maps_to_itself(text: str) -> None:
    normalised = normalise(text)
    if normalised.text == text:
        assert all(normalised.span(place, place + 1) == (place, place + 1) for place in range(len(text)))


@pytest.mark.parametrize("sign", ["/", "_", ",", ".", "-", "=", "\u200b", "\u2060", "%20"])
def test_words_that_a_sign_joins_instead_of_spaces_are_words_again(sign: str) -> None:
    words = "You are a stupid idiot and a liar"
    found = normalise(words.replace(" ", sign))
    assert (found.text, found.differs) == (words, True)


@pytest.mark.parametrize(
    "text", ["a state-of-the-art bridge", "and/or", "see https://a.example/you-are-all-so-very-kind-here"]
)
def test_a_few_joined_words_and_addresses_stay_as_they_are(text: str) -> None:
    assert normalise(text).text == text
