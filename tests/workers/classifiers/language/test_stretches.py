"""A script or a row of words that no known language has is unreadable, wherever it stands; English is not."""

import json
from collections.abc import Container

import pytest

from tests.bench.comments import SENTENCES
from tests.workers.classifiers.language.test_detector import DETECTOR
from workers.classifiers.language.detector import Language
from workers.classifiers.language.scripts import foreign_scripts
from workers.classifiers.model_files import SHIPPED

STEMS = json.loads((SHIPPED / "relevance" / "words.json").read_text("utf-8"))
BEFORE, AFTER = " ".join(SENTENCES[:8]), " ".join(SENTENCES[8:10])

SCRIPTS = {
    "am": "አንተ ደደብ ነህ ምንም አታውቅም",
    "ar": "أنت غبي ولا تفهم شيئا على الإطلاق",
    "bn": "তুমি একটা বোকা কিছুই জানো না",
    "bo": "ཁྱོད་ལ་ཤེས་ཡོན་མི་འདུག་གླེན་པ་རེད",
    "dv": "ކަލޭ އަކީ މޮޔައެއް އެއްޗެއް ނޭނގޭ",
    "el": "Είσαι ηλίθιος και δεν ξέρεις τίποτα",
    "gu": "તું મૂર્ખ છે અને કંઈ જાણતો નથી",
    "he": "אתה טיפש ולא מבין כלום בכלל",
    "hi": "तुम बेवकूफ हो और कुछ नहीं जानते",
    "hy": "Դու հիմար ես և ոչինչ չգիտես",
    "ja": "お前は馬鹿だ、何も分かっていない",
    "ka": "შენ სულელი ხარ და არაფერი იცი",
    "km": "អ្នកគឺជាមនុស្សល្ងង់មិនដឹងអ្វីទេ",
    "kn": "ನೀನು ಮೂರ್ಖ ನಿನಗೆ ಏನೂ ಗೊತ್ತಿಲ್ಲ",
    "ko": "너는 바보야 아무것도 몰라",
    "lo": "ເຈົ້າເປັນຄົນໂງ່ບໍ່ຮູ້ຫຍັງເລີຍ",
    "ml": "നീ ഒരു മണ്ടനാണ് ഒന്നും അറിയില്ല",
    "my": "မင်းကငတုံးပဲဘာမှမသိဘူး",
    "or": "ତୁମେ ମୂର୍ଖ କିଛି ଜାଣ ନାହିଁ",
    "pa": "ਤੂੰ ਮੂਰਖ ਹੈਂ ਤੇ ਕੁਝ ਨਹੀਂ ਜਾਣਦਾ",
    "ru": "Ты идиот и ничего не понимаешь",
    "si": "ඔබ මෝඩයෙක් කිසිවක් දන්නේ නැහැ",
    "ta": "நீ ஒரு முட்டாள் உனக்கு ஒன்றும் தெரியாது",
    "te": "నువ్వు మూర్ఖుడివి నీకు ఏమీ తెలియదు",
    "th": "แกมันโง่ไม่รู้อะไรเลย",
    "zh": "你是个白痴什么都不懂",
    "Cherokee": "ᏂᎯ ᎤᏲ ᎠᏍᎦᏯ ᏝᏍᏗ ᎪᎱᏍᏗ ᏱᎦᏔᎭ",
    "Tifinagh": "ⴽⵢⵢ ⵜⴳⵉⴷ ⴰⵎⵅⵏⵓⵛ ⵓⵔ ⵜⵙⵙⵉⵏⴷ",
    "Mongolian": "ᠴᠢ ᠲᠡᠨᠡᠭ ᠶᠤᠮ ᠶᠠᠭᠤ ᠴᠤ ᠮᠡᠳᠡᠬᠦ ᠦᠭᠡᠢ",
}

ROMANISED = {
    "Albanian": "Ti je nje budalla i madh dhe nuk di asgje per kete teme",
    "Arabic": "ya kalb enta mish fahem haga khales, rooh moot ba2a ya hayawan",
    "Basque": "Ergel hutsa zara eta ez dakizu ezer honi buruz ixo zaitez",
    "Bengali": "tui ekta boka manush, tor kono buddhi nai, chup kor ekhon",
    "Chinese": "ni zhe ge sha bi shenme dou bu dong, gun hui jia qu ba",
    "Dutch": "ik ga jou en je hele familie vannacht vermoorden vuile hond",
    "German": "Ich werde dich und deine ganze Familie heute Nacht umbringen",
    "Greek": "eisai megalos vlakas kai den katalavaineis tipota apo oti diavazeis",
    "Haitian": "Ou se yon gwo enbesil epi ou pa konnen anyen sou sa",
    "Hausa": "Kai wawa ne sosai, ba ka san komai ba game da wannan labari",
    "Hindi": "main tujhe aur tere poore khandan ko jaan se maar dunga",
    "Hindi and English": "bhai ye article bilkul bakwas hai, writer pagal ho gaya hai kya",
    "Irish": "Is amadan mor thu agus nil aon eolas agat ar an sceal seo",
    "Japanese": "omae wa hontou ni baka da na, hayaku shinde kure yo mou",
    "Korean": "neo jinjja babo saekki ya, dangjang jugeo beoryeo shikkeureowo",
    "Maltese": "Inti stupidu kbir u ma taf xejn dwar din l-istorja iskot",
    "Russian": "ty polnyj idiot i durak, ubirajsya otsyuda poka zhivoj",
    "Somali": "Waxaad tahay nacas weyn oo aan waxba ka aqoon arrintan gabi ahaanba",
    "Swahili": "Nitakuua wewe na familia yako yote usiku huu",
    "Tagalog": "Ang tanga mo talaga, wala kang alam sa sinasabi mo dito",
    "Tamil": "nee oru muttal, unakku onnum theriyathu, vaya moodu da naaye",
    "Turkish": "seni ve butun aileni bu gece oldurecegim aptal kopek",
    "Uzbek": "Sen juda ahmoqsan va bu haqda hech narsa bilmaysan jim bol",
    "Vietnamese": "may la thang ngu khong biet gi ca im mom di cho chet",
    "Welsh": "Rwyt ti yn ffwl llwyr ac nid wyt yn gwybod dim am y peth hwn",
    "Yoruba": "Iwo ni omugo patapata, o ko mo nkankan nipa oro yii rara",
    "Zulu": "Uyisiphukuphuku esikhulu, awazi lutho ngalolu daba thula nje",
}


def decide(text: str, others: Container[str] = ()) -> Language:
    return DETECTOR.decide(text, declared=None, default="en", known={"en"}, others=others, vocabulary=STEMS)


@pytest.mark.parametrize("text", [*SCRIPTS.values(), *ROMANISED.values()], ids=[*SCRIPTS, *ROMANISED])
def test_what_no_classifier_knows_is_unreadable_alone_and_behind_english(text: str) -> None:
    assert not decide(text).is_known
    for mixed in (f"{BEFORE} {text} {AFTER}", f"{BEFORE[:-1].lower()} {text} {AFTER.lower()}"):
        language = decide(mixed)
        assert (language.code, language.is_known) == ("en", True)
        start, end = language.unreadable[0]
        assert len(text) / 2 <= end - start <= len(text) + 20
        assert mixed.index(text) - 10 <= start < mixed.index(text) + len(text)


@pytest.mark.parametrize("code", [code for code in SCRIPTS if len(code) == 2])
def test_a_script_of_one_language_names_it(code: str) -> None:
    assert decide(SCRIPTS[code]).code in (code, None if code in ("ar", "hi", "ru", "zh") else code)


@pytest.mark.parametrize(
    "text",
    [
        "Great point, thanks!",
        "ok",
        "👍👍👍 🎉",
        "Trump Biden Obama Clinton Bush Reagan Carter Nixon",
        "Write to j.smith@example.co.uk or see https://www.beispiel.de/das-ist-eine-seite-auf-deutsch today.",
        "She said да to him, and that is that ¯\\_(ツ)_/¯",
        "This reminds me of 'Schadenfreude', as the Germans say: c'est la vie!",
        "The β of this Σ is 5 µm, as we say in physics.",
        "LOL typical libtard nonsense, MAGA 2024 baby!!!",
        "Arsenal, Tottenham, Chelsea, Everton, Fulham, Brentford: nobody plays like them any more.",
        "12 High Street, Llanfairpwllgwyngyll, Anglesey",
        "Lmaooooo bruh whatttt noooo wayyyy",
    ],
)
def test_english_with_names_addresses_signs_and_a_few_foreign_words_is_readable(text: str) -> None:
    language = decide(text)
    assert (language.code, language.is_known, language.unreadable) == ("en", True, ())


def test_a_site_in_another_language_reads_what_its_classifiers_know() -> None:
    german = "Das ist eine sehr gute Idee, vielen Dank für den Artikel!"
    language = DETECTOR.decide(german, declared=None, default="de", known={"de", "en"}, vocabulary=STEMS)
    assert language == Language("de", detected=True)


def test_scripts_that_need_few_letters_count_more() -> None:
    (han,), (cyrillic,) = foreign_scripts("see 你去死吧 there"), foreign_scripts("see спасибо there")
    assert (han.letters, han.weight) == (4, 12)
    assert (cyrillic.letters, cyrillic.weight) == (7, 7)


SHORT = (
    "Ты дура", "иди нахуй", "傻逼", "你是白痴", "أنت غبي", "אתה טיפש", "바보 새끼", "μαλάκα",
    "ta gueule connard", "hijo de puta", "tu eres una puta", "du blödes Arschloch", "tu es un con", "kurwa twoja mac",
)  # fmt: skip


@pytest.mark.parametrize("text", SHORT, ids=range(len(SHORT)))
def test_a_short_insult_among_english_is_unreadable(text: str) -> None:
    assert decide(f"{SENTENCES[0]} {text}. {SENTENCES[1]}").unreadable


JOINED = {
    "apostrophes": "du'bist'ein'richtig'dummes'schwein",
    "curly apostrophes": "Du’bist’ein’richtig’dummes’Schwein",
    "capitals": "DuBistEinRichtigDummesSchwein",
    "a hashtag": "#DuBistEinRichtigDummesSchwein",
}


@pytest.mark.parametrize("text", JOINED.values(), ids=JOINED)
def test_words_that_are_joined_are_read_one_by_one(text: str) -> None:
    assert not decide(text).is_known
    assert decide(f"{BEFORE} {text} {AFTER}").unreadable
