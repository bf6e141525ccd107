"""Cross pairs put each comment once under its own article and once under another, the same way every time."""

import click
import pytest

from workers.classifiers.base import ArticleText
from workers.evaluate.pairs import Article, Remarked, cross_pairs


def _article(name: str, title: str, group: str = "") -> Article:
    return Article(name, ArticleText(title=title), group)


BRIDGE = _article("a", "Harbour bridge closes for repairs", "city")
MAYOR = _article("b", "Mayor defends repairs of town hall", "city")
BAKERY = _article("c", "Old bakery wins national bread prize", "food")
AGAIN = _article("d", "Harbour bridge closes again for repairs", "city")


def _comments() -> list[Remarked]:
    return [Remarked(f"remark {n} on {of.text.title}", of) for of in (BRIDGE, MAYOR, BAKERY, AGAIN) for n in range(5)]


@pytest.mark.parametrize("hardness", ["random", "near"])
def test_each_comment_stands_once_under_its_own_article_and_once_under_another(hardness: str) -> None:
    placed = cross_pairs(_comments(), hardness=hardness, seed=0)
    own = [one for one in placed if not one.label]
    moved = [one for one in placed if one.label]
    assert [one.text for one in own] == [one.text for one in moved] == [one.text for one in _comments()]
    assert all(one.article.text.title in one.text for one in own)
    assert not any(one.text.endswith(f"on {one.article.text.title}") for one in moved)


def test_the_seed_decides_everything() -> None:
    first, again = (cross_pairs(_comments(), hardness="random", seed=3) for _ in range(2))
    assert first == again
    assert first != cross_pairs(_comments(), hardness="random", seed=4)


def test_near_articles_share_words_and_section_but_not_the_event() -> None:
    placed = cross_pairs(_comments(), hardness="near", seed=0)
    under = {
        one.article.article_id for one in placed if one.label and "on Harbour bridge closes for repairs" in one.text
    }
    assert "d" not in under, "the same event told again: a comment would be on-topic there"
    assert "b" in {one.article.article_id for one in placed if one.label}


def test_a_moved_reply_answers_a_comment_of_the_other_article() -> None:
    replies = [
        Remarked(one.text, one.article, parent_text=f"parent on {one.article.text.title}") for one in _comments()
    ]
    for one in cross_pairs(replies, hardness="random", seed=0):
        assert one.parent_text is not None
        assert one.parent_text.endswith(one.article.text.title)


def test_one_article_alone_cannot_be_paired() -> None:
    with pytest.raises(click.UsageError, match="at least two"):
        cross_pairs([Remarked("a", BRIDGE), Remarked("b", BRIDGE)], hardness="random", seed=0)
