"""Comments that are not in English are read by the multilingual model where it was measured, and held anywhere else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from service.vocabulary import Attribute
from tests.bench.comments import SENTENCES
from tests.workers.classifiers.language.test_stretches import ROMANISED, SCRIPTS
from workers.classifiers.base import Classification, ModelFileError, Subject
from workers.classifiers.budget import Budget
from workers.classifiers.facade import LoadedClassifiers
from workers.classifiers.language.familiar import CHECKED
from workers.classifiers.model_files import SHIPPED
from workers.classifiers.toxicity.multilingual import Multilingual

FOLDER = SHIPPED / "multilingual"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
JUDGED = MANIFEST["languages"]
RUSSIAN = "Ты тупой идиот, закрой свой рот и убирайся отсюда."
GEORGIAN = SCRIPTS["ka"]
INSULT = "You are a stupid idiot and everybody here knows it."

# One that nobody minds and one that everybody does, in each language.
PAIRS = {
    "es": (
        "Muchas gracias por el artículo, el puente nuevo hacía mucha falta.",
        "Eres un imbécil de mierda y das asco, cállate ya, hijo de puta.",
    ),
    "ru": ("Спасибо за статью, новый мост давно был нужен городу.", RUSSIAN),
    "tr": (
        "Bu güzel yazı için çok teşekkürler, yeni köprü gerçekten gerekliydi.",
        "Sen aptal bir orospu çocuğusun, kes sesini ve defol git buradan.",
    ),
    "zh": ("谢谢这篇文章，这座新桥大家等了很久了。", "你这个傻逼白痴，黑鬼都滚出中国去，恶心的垃圾。"),
}
# The first four have been measured, and fail the rule.
UNKNOWN_LANGUAGES = {
    "Arabic": "شكرا جزيلا على هذا المقال الجميل عن الجسر الجديد في المدينة",
    "German": "Du bist ein dummes Arschloch und dein Artikel ist der letzte Dreck.",
    "Korean": "좋은 기사 감사합니다. 새 다리가 정말 필요했어요.",
    "Portuguese": "Você é um idiota de merda, cala a boca e vai se foder, seu lixo.",
    "Dutch": "Ik vind dit een heel goed artikel, hartelijk dank voor het schrijven ervan.",
    "Italian": "Grazie mille per questo bell'articolo, il ponte nuovo serviva da tanto tempo.",
    "Polish": "Bardzo dziękuję za ten artykuł, nowy most był potrzebny od dawna.",
    "Ukrainian": "Дуже дякую за цю статтю, новий міст був потрібен вже давно.",
    "Bulgarian": "Много благодаря за тази статия, новият мост беше нужен отдавна.",
    "Kazakh": "Мақала үшін көп рақмет, жаңа көпір қалаға бұрыннан қажет еді.",
    "Persian": "از این مقاله بسیار سپاسگزارم، پل جدید از مدت‌ها پیش لازم بود.",
    "Urdu": "اس مضمون کے لیے بہت شکریہ، نئے پل کی بہت عرصے سے ضرورت تھی۔",
    "Azerbaijani": "Bu məqalə üçün çox sağ olun, yeni körpü çoxdan şəhərə lazım idi.",
    "Catalan": "Moltes gràcies per l'article, el pont nou feia molta falta a la ciutat.",
    "Finnish": "Kiitos paljon tästä artikkelista, uusi silta oli todella tarpeen.",
}


def score(found: Classification, attribute: Attribute = Attribute.TOXICITY) -> float:
    return {one.attribute: one.value for one in found.scores}[attribute]


def assess(classifiers: LoadedClassifiers, text: str, site_language: str = "en") -> Classification:
    return classifiers.assess(Subject(text=text, site_language=site_language))


@pytest.mark.parametrize("code", JUDGED)
def test_a_judged_language_is_scored_by_it_and_never_rejects(classifiers: LoadedClassifiers, code: str) -> None:
    kind, rude = (assess(classifiers, text) for text in PAIRS[code])
    assert (kind.language, kind.language_supported) == (rude.language, rude.language_supported) == (code, True)
    assert {(one.classifier, one.version) for one in rude.scores} == {("multilingual", MANIFEST["version"])}
    assert score(rude) > score(kind) + 0.3
    assert rude.held_from == {
        Attribute(name): entry["hold_at"] for name, entry in MANIFEST["by_language"][code].items()
    }
    assert score(kind) < max(0.3, rude.held_from[Attribute.TOXICITY]) <= score(rude)


@pytest.mark.parametrize("site_language", ["en", "es"])
def test_any_other_language_gets_no_number(classifiers: LoadedClassifiers, site_language: str) -> None:
    # The Turkish one among the romanised is written in its own letters, or all but a few.
    texts = UNKNOWN_LANGUAGES | SCRIPTS | ROMANISED
    found = {
        name: assess(classifiers, text, site_language)
        for name, text in texts.items()
        if name not in (*JUDGED, "Turkish")
    }
    assert [name for name, one in found.items() if one.scores or one.language_supported] == []


@pytest.mark.parametrize("code", JUDGED)
def test_an_unknown_part_among_a_judged_language_is_still_unknown(classifiers: LoadedClassifiers, code: str) -> None:
    kind = PAIRS[code][0]
    for unknown in (GEORGIAN, ROMANISED["Swahili"], ROMANISED["Dutch"]):
        found = assess(classifiers, f"{kind} {kind} {unknown}. {kind}", code)
        assert (found.language, found.language_supported) == (code, False), unknown


NEIGHBOURS = {
    "Bulgarian among Russian": ("ru", "Ти си пълен идиот и трябва да те убият заедно с цялото ти семейство."),
    "Macedonian among Russian": ("ru", "Ти си целосен идиот и треба да те убијат заедно со целото семејство."),
    "Serbian among Russian": ("ru", "Ти си потпуни идиот и треба те убити заједно са целом породицом."),
    "Azerbaijani among Turkish": ("tr", "Bu məqalə üçün çox sağ olun, yeni körpü çoxdan şəhərə lazım idi."),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_sentence_in_a_neighbour_of_a_judged_language_is_unknown(classifiers: LoadedClassifiers, name: str) -> None:
    code, sentence = NEIGHBOURS[name]
    kind = PAIRS[code][0]
    found = assess(classifiers, f"{kind} {sentence} {kind}")
    assert (found.language, found.language_supported) == (code, False)


def test_an_insult_in_another_language_among_kind_english_counts(classifiers: LoadedClassifiers) -> None:
    before, after = " ".join(SENTENCES[:4]), " ".join(SENTENCES[4:6])
    found = assess(classifiers, f"{before} {RUSSIAN} {after}")
    alone, calm = assess(classifiers, RUSSIAN), assess(classifiers, f"{before} {' ' * len(RUSSIAN)} {after}")
    assert (found.language, found.language_supported, found.unread) == ("en", True, 0)
    assert score(found) == pytest.approx(score(alone), abs=0.05)
    assert score(found) > score(calm) + 0.3
    assert Attribute.TOXICITY in found.held_from
    kind = assess(classifiers, f"{before} {PAIRS['ru'][0]} {after}")
    assert score(kind) == pytest.approx(score(calm), abs=0.05)
    assert ({one.classifier for one in kind.scores}, kind.held_from) == ({"compact"}, {})


@pytest.mark.parametrize(
    "insults",
    ["Eres un imbécil de mierda y das asco. Cállate ya, hijo de puta.", "Sois todos idiotas. Ojalá muráis pronto."],
)
def test_two_sentences_that_insult_in_another_language_hold_a_comment_in_english(
    classifiers: LoadedClassifiers, insults: str
) -> None:
    found = assess(classifiers, f"{SENTENCES[0]} {SENTENCES[1]} {insults} {SENTENCES[2]}")
    assert not found.language_supported or score(found) >= 0.3


def test_an_insult_in_one_judged_language_among_another_is_read_by_itself(classifiers: LoadedClassifiers) -> None:
    found = assess(classifiers, f"{PAIRS['es'][1]} {' '.join([PAIRS['ru'][0]] * 6)}")
    assert (found.language, found.language_supported) == ("ru", True)
    assert score(found) > 0.5


def test_an_unknown_sentence_between_two_judged_languages_is_unknown(classifiers: LoadedClassifiers) -> None:
    kind = f"{PAIRS['tr'][0]} {' '.join([PAIRS['zh'][0]] * 6)} {PAIRS['es'][0]}"
    assert not assess(classifiers, f"{ROMANISED['Swahili']}. {kind}").language_supported


def test_an_english_insult_among_kind_words_in_another_language_is_read_as_english(
    classifiers: LoadedClassifiers,
) -> None:
    kind = PAIRS["es"][0]
    found = assess(classifiers, f"{kind} {kind} {INSULT} {kind}")
    assert (found.language, found.language_supported) == ("es", True)
    assert score(found) == pytest.approx(score(assess(classifiers, INSULT)), abs=0.05)
    assert Attribute.TOXICITY not in found.held_from


def test_with_an_unknown_part_the_known_ones_are_scored(classifiers: LoadedClassifiers) -> None:
    found = assess(classifiers, f"{SENTENCES[0]} {RUSSIAN} {SENTENCES[1]} {GEORGIAN} {SENTENCES[2]}")
    assert not found.language_supported
    assert score(found) > 0.3


ENGLISH = [
    *SENTENCES[:12],
    INSULT,
    "1d10ts, all of them",
    "ok",
    "",
    "Lmaooooo bruh whatttt noooo wayyyy",
    "She said да to him, and that is that",
    "This reminds me of 'Schadenfreude', as the Germans say: c'est la vie!",
    "Trump Biden Obama Clinton Bush Reagan Carter Nixon",
    " ".join(SENTENCES) + " " + INSULT,
    f"{INSULT} {GEORGIAN}",
]


def test_english_costs_it_nothing_and_is_scored_as_without_it(classifiers: LoadedClassifiers) -> None:
    beside = replace(classifiers, others=Multilingual(FOLDER))
    without = replace(classifiers, others=None)
    for text in ENGLISH:
        assert assess(beside, text) == assess(without, text)
    assert beside.others is not None
    assert not beside.others.is_loaded
    assess(beside, PAIRS["es"][0])
    assert beside.others.is_loaded


def test_loading_it_does_not_use_up_the_comments_time(classifiers: LoadedClassifiers) -> None:
    found = assess(replace(classifiers, others=Multilingual(FOLDER)), PAIRS["es"][0])
    assert (found.too_costly, found.unread) == (False, 0)


def test_reading_it_ends_with_the_comments_budget(classifiers: LoadedClassifiers) -> None:
    said = "Muchas gracias a todos por el artículo {0}, el puente {0} de la calle {0} hacía mucha falta."
    text = " ".join(said.format(number) for number in range(150))[:10_000]
    found = classifiers.assess(Subject(text=text, site_language="es", budget=Budget(longest=2_000)))
    assert (found.language, found.unread > 5_000) == ("es", True)


def test_the_words_behind_its_scores_are_named(classifiers: LoadedClassifiers) -> None:
    text = PAIRS["es"][1]
    spans = classifiers.explain(text, [Attribute.TOXICITY], classifier="multilingual")
    assert any("imbécil" in text[span.start : span.end] for span in spans)


def test_a_language_that_nothing_checks_is_refused(tmp_path: Path) -> None:
    assert set(JUDGED) <= CHECKED
    for name in MANIFEST["files"]:
        (tmp_path / name).symlink_to(FOLDER / name)
    languages = [*JUDGED, "fi"]
    changed = MANIFEST | {"languages": languages, "by_language": MANIFEST["by_language"] | {"fi": {}}}
    (tmp_path / "manifest.json").write_text(json.dumps(changed), "utf-8")
    with pytest.raises(ModelFileError, match="fi"):
        Multilingual(tmp_path)


@pytest.mark.parametrize("times", [8, 40])
def test_in_a_long_text_each_sentence_is_read_or_the_comment_is_held(
    classifiers: LoadedClassifiers, times: int
) -> None:
    kind = "Muchas gracias por el artículo, he aprendido mucho sobre la historia del puente y de la ciudad. "
    found = assess(classifiers, kind * times + "Eres un imbécil y das asco. " + kind)
    assert found.part_scores.get(Attribute.TOXICITY, 0.0) > 0.5 or found.too_costly


def test_a_chinese_sentence_ends_without_a_space(classifiers: LoadedClassifiers) -> None:
    kind = "谢谢这篇文章，写得很清楚，我学到了很多。我们每个星期天都和奶奶一起在老桥上散步。"
    found = assess(classifiers, kind * 3 + "河南人都是骗子和小偷，滚出去。" + kind)
    assert found.part_scores[Attribute.TOXICITY] > 0.5
