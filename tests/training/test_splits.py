"""The split keeps duplicates together and gives each side its share."""

from collections import Counter

from training.splits import article_split, text_key, text_split


def test_texts_that_differ_only_in_case_width_and_punctuation_fall_on_one_side() -> None:
    variants = ["Good move, hope it lasts!", "good move  hope it lasts", "ＧＯＯＤ move; hope it\nlasts..."]
    assert len({text_key(variant) for variant in variants}) == 1
    assert len({text_split(variant) for variant in variants}) == 1


def test_texts_of_punctuation_alone_do_not_all_share_one_key() -> None:
    assert text_key("!!!") != text_key("???")


def test_each_side_gets_its_share() -> None:
    texts = Counter(text_split(f"text number {number}") for number in range(10_000))
    articles = Counter(article_split("bbc", str(number)) for number in range(10_000))
    assert 7_900 < texts["train"] < 8_500
    assert 850 < texts["test"] < 1_150
    assert 6_700 < articles["train"] < 7_300
    assert 1_800 < articles["test"] < 2_200


def test_an_article_falls_where_it_always_fell() -> None:
    """Guards the published figures: if one of these moves, every held-out set has moved."""
    assert [article_split("wsj_2022", f"article-{n}") for n in range(6)] == EXPECTED


EXPECTED = ["valid", "train", "train", "train", "test", "train"]
