"""A sentence in an unknown language is found where its words are scattered; hashtags, names and addresses are none."""

from collections.abc import Callable

import pytest

from tests.bench.comments import SENTENCES
from tests.workers.classifiers.language.test_detector import DETECTOR
from tests.workers.classifiers.language.test_stretches import AFTER, BEFORE, decide

BAD = {
    "German": "Du bist ein dreckiges Schwein und ich bringe dich um",
    "French": "Va te faire foutre sale connard de merde",
    "Polish": "Spierdalaj ty kurwo jebana",
    "Hindi": "teri maa ki chut madarchod kutte",
    "Italian": "Sei una troia di merda e devi morire",
    "Swedish": "Din hora jag ska slita av dig huvudet",
    "Dutch": "Jij vuile kankerhoer ik maak je dood",
    "Swahili": "Nitakuua wewe na familia yako yote usiku huu",
}
WAYS: dict[str, Callable[[list[str]], str]] = {
    "hashtags": lambda words: " ".join(f"#{word}" for word in words),
    "hashtags in pairs": lambda words: " ".join(
        "#" + "".join(map(str.title, words[at : at + 2])) for at in range(0, len(words), 2)
    ),
    "names": lambda words: " ".join(f"@{word}" for word in words),
    "tags": lambda words: " ".join(f"<{word}>" for word in words),
    "closing tags": lambda words: " ".join(f"</{word}/>" for word in words),
    "entities": lambda words: " ".join(f"&{word};" for word in words),
    "an attribute": lambda words: f"<img alt='{'_'.join(words)}'>",
    "attributes": lambda words: "<p" + "".join(f' x="{word}"' for word in words) + ">",
    "classes of known tags": lambda words: " ".join(f'<b class="{word}">' for word in words),
    "a page": lambda words: f"https://example.com/{'-'.join(words)}",
    "an escaped page": lambda words: f"https://example.com/{'%20'.join(words)}",
    "a host": lambda words: f"www.{'.'.join(words)}",
    "a page each": lambda words: " ".join(f"https://example.com/{word}" for word in words),
    "hashtags among sentences": lambda words: " ".join(f"#{word} {SENTENCES[at % 8]}" for at, word in enumerate(words)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("language", BAD)
def test_a_sentence_outside_of_prose_is_unreadable(language: str, way: str) -> None:
    text = WAYS[way](BAD[language].split())
    assert decide(f"{BEFORE} {text} {AFTER}").unreadable


@pytest.mark.parametrize("language", ["German", "Hindi", "Italian", "Swedish", "Dutch", "Swahili"])
def test_a_sentence_of_single_words_among_others_is_unreadable(language: str) -> None:
    words = BAD[language].split()
    text = " ".join(f"{SENTENCES[at % len(SENTENCES)]} {word}." for at, word in enumerate(words))
    assert decide(text).unreadable


def test_a_judged_language_is_not_read_word_by_word() -> None:
    language = decide(f"{BEFORE} #tu #eres #una #puta #mierda {AFTER}", others={"es"})
    assert language.unreadable
    assert not language.others


def test_what_is_romanised_among_its_own_letters_is_unreadable() -> None:
    text = "Спасибо за статью, всё очень понятно и хорошо написано. #ty #polnyj #idiot #i #tebya #nikto #ne #zhdet"
    assert decide(text, others={"ru"}).unreadable


ORDINARY = [
    (
        "We spent a week there in spring and loved every minute of it. #travel #Köln #Berlin #München "
        "#Hamburg #Dresden #Leipzig"
    ),
    (
        "Thanks to @lewandowska_anna, @jurgenklopp, @marie_dupont, @giovanni_rossi and @van_der_berg for the "
        "pictures of the bridge."
    ),
    (
        "The Germans wrote about this last week: https://www.spiegel.de/politik/deutschland/bundestag-"
        "beschliesst-neues-wahlrecht-was-sie-jetzt-wissen-muessen-a-9f1c2d3e-0001.html and it was good."
    ),
    (
        "There is a longer piece in French at https://www.lemonde.fr/politique/article/2024/11/29/la-france-"
        "et-l-europe-face-a-la-crise-des-retraites_6421870_823448.html if you read it."
    ),
    (
        "El País has the numbers: https://elpais.com/internacional/2024-11-29/el-gobierno-aprueba-la-ley-de-"
        "vivienda-y-los-alquileres-bajan-en-las-ciudades.html which surprised me."
    ),
    (
        "See https://www.corriere.it/politica/24_novembre_29/governo-la-manovra-e-le-pensioni-cosa-cambia-"
        "per-gli-italiani-1234.shtml for what the Italians think of this."
    ),
    (
        "My cousin sent me https://www.nrc.nl/nieuws/2024/11/29/het-kabinet-wil-minder-geld-voor-de-publieke-"
        "omroep-a4874563 this morning, it is about the same plan."
    ),
    (
        "A Polish paper had it first: https://wyborcza.pl/7,75398,31504321,rzad-przyjal-projekt-ustawy-co-"
        "sie-zmieni-dla-kierowcow-i-pieszych.html I think."
    ),
    (
        "The Swedish one: https://www.svd.se/a/abc123/regeringen-vill-att-fler-ska-arbeta-langre-och-betala-"
        "mindre-skatt was clearer than ours."
    ),
    (
        "On Wikipedia: https://de.wikipedia.org/wiki/Liste_der_Br%C3%BCcken_%C3%BCber_die_Elbe and https://"
        "fr.wikipedia.org/wiki/Liste_des_ponts_de_Paris are both worth a look."
    ),
    (
        "Read https://www.dw.com/de/was-die-wahl-in-den-usa-f%C3%BCr-europa-bedeutet/a-70812345 before you "
        "judge the new government, please."
    ),
    (
        "We should do as they do abroad. #Bundestagswahl #Merz #Scholz #AfD #SPD #CDU #Gruene #FDP "
        "#Klimaschutz #Energiewende"
    ),
    (
        "So proud of our girls last night, what a match that was! #VamosEspaña #FIFAWWC #LaRoja #Bonmati "
        "#Putellas #Barcelona"
    ),
    (
        "Great weekend on the lake with the family. #lagodigarda #italia #dolcevita #bellaitalia #vacanze "
        "#estate #gelato"
    ),
    (
        'Lovely pictures, thank you. <b>Well done</b> to <i>everybody</i> &amp; see <a href="https://'
        'www.zeit.de/kultur/2024-11/wie-die-stadt-sich-veraendert-und-was-bleibt" rel="nofollow" '
        'target="_blank">this</a> &nbsp;&eacute;'
    ),
    (
        '<p class="wp-block-paragraph has-text-align-left" style="color:#333;font-size:14px">I agree with '
        'the author about the park.</p><p class="MsoNormal">It needs trees.</p>'
    ),
    (
        "The video is at https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PLx0sYbCqOb8TBPRdmBHs5Iftvv9TPboYG&"
        "index=3 and worth your time."
    ),
    (
        "Shared from https://www.facebook.com/groups/altstadt/permalink/1234567890/?fbclid=IwAR2xKq_te-ZnYd9-"
        "aB3cDeFgHiJkLmNoPqRsTuVwXyZ today by my neighbour."
    ),
    (
        "My itinerary was simple: #Wien #Graz #Linz #Salzburg #Innsbruck #Zürich #Bern #Genf #Basel and then "
        "home by train."
    ),
    ("Happy new year to all of you! #Sylvester #Silvester #gutenrutsch #frohesneuesjahr #bonneannee #feliznavidad"),
    (
        "Kerala was wonderful, thank you for the tips. #kerala #munnar #alleppey #bharat #incredibleindia "
        "#onam #sadya #namaste"
    ),
    (
        "Look at https://www.bfmtv.com/politique/gouvernement/le-premier-ministre-annonce-une-hausse-de-la-"
        "taxe-sur-les-billets_AN-202411290123.html on the same question."
    ),
    (
        "The town page is https://www.rathaus.example.de/buergerservice/formulare-und-antraege and it has "
        "the plan that you asked about."
    ),
    (
        "Our street festival was fun again this year, see you in May! #carpediem #lavieenrose #quesera "
        "#dolcefarniente #cestlavie"
    ),
    (
        "https://www.tagesschau.de/ausland/europa/grenzkontrollen-deutschland-nachbarn-reaktionen-100.html "
        "explains how the border controls work now."
    ),
    (
        "The thread by @elonmusk and @ylecun and @sama about this was a waste of everybody's evening. #ai "
        "#llm #tbt #smh #lmao #oomf"
    ),
    (
        "A recipe from Kraków: https://www.kwestiasmaku.com/przepis/pierogi-z-kapusta-i-grzybami and it was "
        "the best thing I cooked this year."
    ),
]


@pytest.mark.parametrize("text", ORDINARY, ids=range(len(ORDINARY)))
def test_ordinary_hashtags_names_and_addresses_are_readable(text: str) -> None:
    language = decide(text, others={"es", "ru", "tr", "zh"})
    assert (language.code, language.is_known, language.unreadable, language.others) == ("en", True, (), ())


def test_a_page_is_named_in_a_language_that_addresses_nobody() -> None:
    page = "https://example.com/2024/was-{}-jetzt-ueber-die-wahl-wissen-muss-und-was-nicht"
    assert not decide(f"{BEFORE} {page.format('man')} {AFTER}").unreadable
    assert decide(f"{BEFORE} {page.format('du')} {AFTER}").unreadable


def test_without_a_vocabulary_nothing_is_looked_for() -> None:
    assert not DETECTOR.decide("#Du #bist #ein #Schwein", declared=None, default="en").unreadable
