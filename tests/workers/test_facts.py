"""Nothing unread is approved: what is rejected or held alone is never approved, whatever stands around it."""

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.moderation.judgement.judgement import Facts, Judgement, judge
from service.moderation.policy.rules import Rules
from service.moderation.text.links import MOST_LINKS
from service.vocabulary import Reason, Verdict
from tests.bench.comments import SENTENCES
from workers.classifiers import facade
from workers.classifiers.base import Subject
from workers.classifiers.budget import Budget
from workers.classifiers.facade import LoadedClassifiers
from workers.facts import with_assessment

RULES = Rules(minimum_length=0, blocked_terms=["wombat"], blocked_hosts=["spam.example"], link_limit=None)
# Rejected or held alone; those held for their scores are held as parts too.
BAD = (
    "Go fuck yourself, you pathetic loser.",
    "I will find you and kill you and your family.",
    "You are a stupid fucking idiot.",
    "All immigrants are vermin and should be thrown out.",
    "You are all too stupid to understand how a bridge works.",
    "What a pathetic bunch of clowns this council has become.",
    "People like you should crawl back under your rock.",
    "Ik ga jou en je hele familie vannacht vermoorden, vuile hond.",
    "შენ სულელი ხარ და არაფერი იცი.",
    "Nitakuua wewe na familia yako yote usiku huu.",
    "Everybody knows that he is a w.o.m.b.a.t and nothing else.",
    "Read all about it on https://spam.example/more today.",
)
FILLERS = (
    *(
        ".",
        ". ",
        "-",
        "\n",
        "…",
        "😀",
        "👍🏽 ",
        "\u200b",
        "\u2060",
        "<p></p>\n",
        "**",
        "&nbsp;",
        "ha ",
        "1 2 3 ",
        "aaaa ",
    ),
    *(f"{sentence} " for sentence in SENTENCES[:9]),
    *("Das ist ein guter Artikel. ", "Это хорошая статья. ", "これは良い記事です。"),
)
fillers = st.lists(st.tuples(st.sampled_from(FILLERS), st.integers(1, 6) | st.sampled_from([40, 400])), max_size=5).map(
    lambda units: "".join(unit * times for unit, times in units)[:4_500]
)


@pytest.fixture(scope="module")
def classifiers() -> LoadedClassifiers:
    return facade.load()


def judged(classifiers: LoadedClassifiers, text: str, rules: Rules = RULES) -> Judgement:
    budget = Budget(longest=rules.maximum_length, seconds=60)
    assessment = classifiers.assess(Subject(text=text, site_language="en", budget=budget))
    context = SimpleNamespace(comment=SimpleNamespace(text=text), rules=rules)
    facts = with_assessment(Facts(length=len(text)), context, assessment, failed=False, budget=budget)  # type: ignore[arg-type]
    return judge(facts, rules)


@pytest.mark.parametrize("bad", BAD)
def test_each_is_rejected_or_held_alone(classifiers: LoadedClassifiers, bad: str) -> None:
    assert judged(classifiers, bad).verdict is not Verdict.APPROVE


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bad=st.sampled_from(BAD),
    before=fillers,
    after=fillers,
    between=st.sampled_from(["\n", "<br>", " \u2014 ", "; ", "😀"]),
)
def test_no_filler_at_any_offset_has_it_approved(
    classifiers: LoadedClassifiers, bad: str, before: str, after: str, between: str
) -> None:
    assert judged(classifiers, f"{before}{between}{bad}{between}{after}").verdict is not Verdict.APPROVE


QUIET = (  # of each of these the model is so sure that the score of a whole with an insult among them is below 0.01
    "My grandmother took us there every Sunday and we had ice cream on the pier.",
    "Thank you for the article, it was clear and well written.",
    "We walked along the water and the light in the evening was wonderful.",
    "I hope that the repairs are finished before the school year begins.",
    "The bakery on the corner still makes the best bread in town.",
    "The gardens behind the library are full of roses this year.",
)
SCORED = BAD[1:7:2]
WRAPPINGS = {
    "sentences": " ".join,
    "no space": "".join,
    "quotes": lambda each: " ".join(f"\u201c{one}\u201d" for one in each),
    "brackets": lambda each: " ".join(f"({one})" for one in each),
    "footnotes": lambda each: " ".join(f"{one}[1]" for one in each),
    "lines of markup": "<br>".join,
    "a list": lambda each: "".join(f"<li>{one.rstrip('.')}</li>" for one in each),
    "dashes": lambda each: " \u2014 ".join(one.rstrip(".") for one in each),
    "semicolons": lambda each: "; ".join(one.rstrip(".") for one in each),
    "pictures": lambda each: " 🌸 ".join(one.rstrip(".") for one in each),
    "bars": lambda each: "|".join(one.rstrip(".") for one in each),
    "words joined by commas": lambda each: ",".join(" ".join(each).split()),
    "clauses": lambda each: " ".join(
        f"While we walked along the water, {one.rstrip('.')}, and the light was lovely." for one in each
    ),
}


@pytest.mark.parametrize("bad", SCORED)
@pytest.mark.parametrize("wrapping", list(WRAPPINGS))
def test_nothing_between_sentences_hides_one_that_is_held_alone(
    classifiers: LoadedClassifiers, bad: str, wrapping: str
) -> None:
    text = WRAPPINGS[wrapping]([*QUIET, bad, *QUIET])
    assert judged(classifiers, text).verdict is not Verdict.APPROVE


def test_links_past_those_that_are_read_hold_a_comment(classifiers: LoadedClassifiers) -> None:
    found = judged(classifiers, "a.com " * MOST_LINKS + "https://spam.example/")
    assert Reason.UNREAD in {reason.reason for reason in found.reasons}


def test_more_text_than_the_budget_reads_holds_a_comment(classifiers: LoadedClassifiers) -> None:
    found = judged(classifiers, " ".join(f"{number} {sentence}" for number in range(60) for sentence in SENTENCES))
    assert Reason.UNREAD in {reason.reason for reason in found.reasons}


def test_whole_paragraphs_of_plain_english_are_read_and_approved(classifiers: LoadedClassifiers) -> None:
    text = "\n".join(f"{number}. {sentence}" for number in range(8) for sentence in SENTENCES)[:9_900]
    assert judged(classifiers, text).verdict is Verdict.APPROVE


KIND = "I walked along the river with my children yesterday and we really enjoyed the birds and the boats. "
INSULT = "you are a fucking idiot and I will kill you and your whole family"


@pytest.mark.parametrize(
    "text",
    [
        KIND + "<Du bist ein dummes Schwein und ich bringe dich und deine Familie um>",
        "<Ты тупая свинья, я тебя убью и всю твою семью> <Ты тупая свинья, я тебя убью>",
        KIND + "#Ты_тупая_свинья_я_тебя_убью_и_всю_твою_семью",
        KIND + "@Ты_тупая_свинья_я_тебя_убью_и_всю_твою_семью",
        KIND + "https://ты.рф/Ты_тупая_свинья_я_тебя_убью",
        KIND + "&Ты_тупая_свинья_я_тебя_убью;",
        KIND + "#Du_bist_ein_dummes_Schwein_und_ich_bringe_dich_um",
        KIND + "The garden<I will kill you and your family>garden again. " + KIND,
        INSULT.replace(" ", "\u2800"),
        INSULT.replace(" ", "\u2215"),
        KIND + "#Du #bist #ein #dreckiges #Schwein, @ich @bringe @dich @um " + KIND,
        KIND + "https://example.com/Du-bist-ein-dreckiges-Schwein-und-gehoerst-vergast " + KIND,
        KIND + "<Du> <bist> <ein> <dreckiges> <Schwein> &und; &ich; &bringe; &dich; &um; " + KIND,
        "YouAreAFuckingIdiotAndIWillKillYouAndYourWholeFamily" * 2,
        "What do you think about this, the people who write such things? \u202etoidi gnikcuf a era uoy\u202c",
    ],
)
def test_what_looks_like_a_tag_or_is_unknown_to_the_model_is_never_approved(
    classifiers: LoadedClassifiers, text: str
) -> None:
    assert judged(classifiers, text).verdict is not Verdict.APPROVE


@pytest.mark.parametrize(
    "text",
    [
        KIND + "Thanks @anna_m and #SaturdayMarket, see https://news.example/a-long-way?x=1 &amp; <b>more</b>.",
        KIND + '<a href="https://news.example/bridge">the bridge</a> 😀🎉 ☃ café naïve № 5',
        KIND
        + "#Köln #Berlin #München, see https://www.zeit.de/kultur/2024-11/wie-die-stadt-sich-veraendert-und-bleibt",
        KIND + "It was 20°C, x² + y², and the menu said crème brûlée for £5.",
    ],
)
def test_handles_addresses_markup_and_signs_hold_nothing(classifiers: LoadedClassifiers, text: str) -> None:
    assert judged(classifiers, text).verdict is Verdict.APPROVE
