"""What the off-topic classifier promises to readers, on articles and comments of our own writing.

The shipped encoder and head do the scoring; what counts is on which side of the shipped review threshold a comment
falls, as it would in production.
"""

import pickle
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from workers.classifiers.base import ArticleText, ClassifierError
from workers.classifiers.encoder import Encoder
from workers.classifiers.model_files import SHIPPED
from workers.classifiers.relevance.classifier import RelevanceClassifier

BRIDGE = ArticleText(
    title="Council votes to close Harbour Bridge for nine months of repairs",
    key_points=("Traffic will be sent over the northern ring road.", "Shop owners near the bridge fear for trade."),
    body="The city council voted on Monday to close Harbour Bridge to all traffic from March. Engineers found rust in "
    "the steel cables that hold the 1931 structure. Mayor Ellen Brandt said that safety left no choice.\n\n"
    "The repairs are expected to cost 40 million and to last nine months. Buses and lorries will use the northern "
    "ring road, where the speed limit is to be lowered. Shop owners on Quay Street said that they had lost a third of "
    "their customers during the last closure, and asked for lower rents until the bridge opens again.",
)
TITLE_ONLY = ArticleText(title=BRIDGE.title)
SUMMARY = ArticleText(title=BRIDGE.title, key_points=BRIDGE.key_points)
SHAPES = [pytest.param(TITLE_ONLY, id="title"), pytest.param(SUMMARY, id="summary"), pytest.param(BRIDGE, id="body")]

GENERIC = ["Good move, hope it lasts.", "Well said!", "Great article, thanks.", "About time!", "I totally agree.",
           "This is a disgrace.", "What a shame, so sad to read this.", "Finally somebody does something."]  # fmt: skip
ABOUT = ["The council should have repaired that bridge ten years ago instead of waiting for the cables to rust.",
         "Nine months of traffic on the ring road will drive everyone mad.",
         "I own a shop near the bridge and the last closure nearly ruined us.",
         "How can repairs take nine months? They built the whole bridge in less time."]  # fmt: skip
ADVERTS = ["I make $85 an hour working from home, ask me how: http://quick-money.example",
           "Buy cheap designer handbags with free shipping at http://bags.example, 70% off today only!",
           "Contact Dr Omar on WhatsApp +1 555 0100 200, his spell brought my husband back in a day.",
           "Stuck at Harbour Bridge? Rent our scooters, first hour free: http://scoot.example"]  # fmt: skip
KNOWN = pytest.mark.xfail(strict=True, reason="known: about 0.7; the card states recall")
PSYCHIC = "Famous psychic brings your lover back and lifts all curses, call or text now."
ELSEWHERE = ["My sourdough never rises properly, does anybody know whether rye flour needs a longer fermentation?",
             "Messi is still the best footballer of all time and nobody in Spain comes close to his goals.",
             "The new phone's battery dies after four hours and the camera keeps crashing."]  # fmt: skip


AT_LENGTH = [
    "My sourdough never rises properly, does anybody know whether rye flour needs a longer fermentation? I feed the "
    "starter twice a day, keep it in the warmest corner of the kitchen, and the crumb is still as dense as a brick.",
    "Messi is still the best footballer of all time. In twenty years nobody in the Spanish league came close to his "
    "goals, and Barcelona should never have let him leave for Paris because of one bad season in the Champions League.",
    "The new phone's battery dies after four hours and the camera app keeps crashing since the last Android update. "
    "Samsung support told me to reset it, which deleted all of my photographs, and nothing has improved.",
]


@cache
def encoder() -> Encoder:
    return Encoder(SHIPPED / "compact")


@cache
def classifier() -> RelevanceClassifier:
    return RelevanceClassifier(encoder().embed)


def off_topic(
    text: str, article: ArticleText, *, parent: str | None = None, conversation: tuple[str, ...] = ()
) -> float:
    """Return the score of `text` under `article`."""
    approved = [encoder().embed(other).astype(np.float16).tobytes() for other in conversation]
    index = classifier().index(article)
    return classifier().score(
        text=text, vector=encoder().embed(text), index=index, parent_text=parent, conversation=approved
    )[0]


def advert(text: str) -> float:
    """Return how probable an advert `text` is, as found under the title alone."""
    index = classifier().index(TITLE_ONLY)
    vector = encoder().embed(text)
    return classifier().score(text=text, vector=vector, index=index, parent_text=None, conversation=())[1].advert


def hold_at() -> float:
    return classifier().thresholds["hold"]


@pytest.mark.parametrize("article", SHAPES)
@pytest.mark.parametrize("text", GENERIC)
def test_a_generic_reaction_belongs_under_any_article(text: str, article: ArticleText) -> None:
    assert off_topic(text, article) < hold_at()


@pytest.mark.parametrize("article", SHAPES)
@pytest.mark.parametrize("text", ABOUT)
def test_a_comment_about_the_article_is_on_topic(text: str, article: ArticleText) -> None:
    assert off_topic(text, article) < hold_at() / 2


@pytest.mark.parametrize("article", SHAPES)
@pytest.mark.parametrize("text", ADVERTS)
def test_an_advert_is_off_topic(text: str, article: ArticleText) -> None:
    assert off_topic(text, article) >= hold_at()


@pytest.mark.parametrize(
    "article",
    [
        pytest.param(TITLE_ONLY, id="title"),
        pytest.param(SUMMARY, marks=KNOWN, id="summary"),
        pytest.param(BRIDGE, marks=KNOWN, id="body"),
    ],
)
def test_an_advert_of_a_kind_not_fitted_on_is_off_topic_where_the_article_is_known(article: ArticleText) -> None:
    assert off_topic(PSYCHIC, article) >= hold_at()


@pytest.mark.parametrize("text", ADVERTS)
def test_an_advert_is_said_to_be_one(text: str) -> None:
    assert advert(text) >= 0.5


@pytest.mark.parametrize("text", [*ABOUT, *GENERIC, *ELSEWHERE])
def test_what_readers_say_is_no_advert_whatever_it_is_about(text: str) -> None:
    assert advert(text) < 0.1


@pytest.mark.parametrize(
    ("text", "article"),
    [
        pytest.param(AT_LENGTH[0], SUMMARY, id="baking-summary"),
        pytest.param(AT_LENGTH[0], BRIDGE, id="baking-body"),
        pytest.param(AT_LENGTH[1], SUMMARY, id="football-summary"),
        pytest.param(AT_LENGTH[1], BRIDGE, id="football-body"),
        pytest.param(AT_LENGTH[2], SUMMARY, id="telephone-summary"),
        pytest.param(AT_LENGTH[2], BRIDGE, id="telephone-body"),
    ],
)
def test_a_comment_about_something_else_at_some_length_is_off_topic(text: str, article: ArticleText) -> None:
    assert off_topic(text, article) >= hold_at()


@pytest.mark.parametrize(
    "article", [ArticleText(title="", key_points=SUMMARY.key_points), ArticleText(title="", body=BRIDGE.body)]
)
def test_key_points_or_a_body_alone_separate_what_belongs_from_what_does_not(article: ArticleText) -> None:
    assert min(off_topic(text, article) for text in AT_LENGTH) > max(off_topic(text, article) for text in ABOUT)


@pytest.mark.parametrize("article", SHAPES)
@pytest.mark.parametrize("text", ELSEWHERE)
def test_a_remark_about_something_else_scores_above_all_that_belongs_there(text: str, article: ArticleText) -> None:
    assert off_topic(text, article) > max(off_topic(other, article) for other in (*ABOUT, *GENERIC))


def test_a_reply_is_judged_with_its_parent() -> None:
    reply = "Because corrosion inside a cable cannot be seen until a strand is opened."
    parent = "Why did no engineer notice the rust in the cables before?"
    alone, answering = off_topic(reply, TITLE_ONLY), off_topic(reply, TITLE_ONLY, parent=parent)
    assert answering < alone


def test_a_comment_near_the_approved_conversation_is_on_topic() -> None:
    drifted = "Ferries used to run every ten minutes when I was a child, bring them back."
    talk = ("A ferry could carry people across in the meantime.", "The old ferry landing is still there, use it!",
            "My father was a captain on the last ferry, it ran until 1987.")  # fmt: skip
    assert off_topic(drifted, TITLE_ONLY, conversation=talk) < off_topic(drifted, TITLE_ONLY)
    assert off_topic(drifted, TITLE_ONLY, conversation=talk) < hold_at() / 2


def test_the_score_says_which_passage_was_nearest() -> None:
    text = "Shop owners on Quay Street deserve lower rents until the bridge opens."
    index = classifier().index(BRIDGE)
    _, why = classifier().score(text=text, vector=encoder().embed(text), index=index, parent_text=None, conversation=())
    assert "Quay Street" in why.passage or "Shop owners" in why.passage
    assert why.passage_kind in ("body", "key_point")
    assert 0.3 < why.similarity <= 1.0


def test_of_a_parent_that_may_be_erased_no_word_is_kept() -> None:
    parent = "Wisteria climbs over the lighthouse keeper's porch in Marazion."
    off_topic("It is in flower right now, worth the walk.", TITLE_ONLY, parent=parent)
    kept = pickle.dumps(classifier()._parents)
    assert len(kept) > 1000  # something is: the direction that spares an encoder pass
    assert not [word for word in parent.split() if word.encode() in kept]


def test_a_reply_nearest_to_its_parent_says_so() -> None:
    parent = "My grandmother kept bees on the roof of the customs house."
    text = "Bees on the roof of the customs house! My grandmother kept bees too."
    index = classifier().index(TITLE_ONLY)
    _, why = classifier().score(
        text=text, vector=encoder().embed(text), index=index, parent_text=parent, conversation=()
    )
    assert (why.passage_kind, why.passage) == ("parent", parent)


def test_the_same_question_has_the_same_answer_whatever_came_before() -> None:
    fresh = RelevanceClassifier(encoder().embed)
    ask: Callable[[], float] = lambda: off_topic(ABOUT[0], BRIDGE, parent=ABOUT[1])  # noqa: E731
    first = ask()
    for text in (*ADVERTS, *GENERIC):
        off_topic(text, SUMMARY, parent=text)
    assert ask() == first
    index = fresh.index(BRIDGE)
    again, _ = fresh.score(
        text=ABOUT[0], vector=encoder().embed(ABOUT[0]), index=index, parent_text=ABOUT[1], conversation=()
    )
    assert again == first
    assert index == classifier().index(BRIDGE)


def test_an_empty_or_strange_comment_has_a_score_too() -> None:
    for text in ("", " ", "?!?", "😀😀😀", "1234567890", "a" * 5_000, "\u200b"):
        assert 0.0 <= off_topic(text, BRIDGE) <= 1.0


def test_a_vector_of_another_encoder_in_the_conversation_is_refused() -> None:
    index = classifier().index(TITLE_ONLY)
    with pytest.raises(ClassifierError, match="another length"):
        classifier().score(
            text="Yes", vector=encoder().embed("Yes"), index=index, parent_text=None, conversation=(b"\0\0" * 5,)
        )


@pytest.mark.parametrize("article", SHAPES)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "My comments keep vanishing and no moderator ever says why, what a useless website.", id="moderators"
        ),
        pytest.param(
            "I see the usual crowd is busy voting each other up in every thread again.",
            id="votes",
            marks=pytest.mark.xfail(strict=True, reason="known: 0.25, for the council votes in the article too"),
        ),
        pytest.param("Both candidates are liars and the whole election campaign was a disgrace.", id="politics"),
    ],
)
def test_talk_about_the_site_or_about_politics_at_large_is_off_topic(text: str, article: ArticleText) -> None:
    assert off_topic(text, article) >= hold_at()


@pytest.mark.parametrize("article", SHAPES)
@pytest.mark.parametrize(
    "text",
    [
        "The council members who voted for this should be voted out at the next election.",
        "Your headline makes the bridge works sound like a disaster, which they are not.",
        "Other readers here forget the buses, they cannot simply drive the long way round.",
    ],
    ids=["election", "headline", "readers"],
)
def test_politics_headline_and_readers_of_this_article_are_on_topic(text: str, article: ArticleText) -> None:
    assert off_topic(text, article) < hold_at()
