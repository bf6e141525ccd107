"""Batches of comments and articles for the training: one source each, every article once, no spam source."""

import itertools
import random

from training.pairs import SHARES, Thread, batches


def threads(source: str, count: int) -> list[Thread]:
    return [
        Thread(source, (f"{number:03}",), f"{source} title {number}", [], "", [f"{source} comment {number}"])
        for number in range(count)
    ]


def drawn(found: list[Thread], size: int) -> list[list[tuple[str, str]]]:
    return list(itertools.islice(batches(found, size, random.Random(1)), 60))


def test_a_batch_comes_from_one_source_so_that_its_manner_gives_nothing_away() -> None:
    made = drawn(threads("neutralnews_modlog", 40) + threads("reddit_headlines2015", 40), 8)
    sources = [{text.split()[0] for pair in batch for text in pair} for batch in made]
    assert all(len(found) == 1 for found in sources)
    assert len(set().union(*sources)) == 2  # and every source has its turn


def test_a_batch_holds_an_article_once_and_every_comment_beside_its_own() -> None:
    for batch in drawn(threads("wsj_2022", 60), 16):
        assert len({title for _, title in batch}) == len(batch) == 16
        assert all(comment.split()[-1] == title.split()[-1] for comment, title in batch)


def test_a_small_source_gives_all_it_has() -> None:
    assert {len(batch) for batch in drawn(threads("wsj_2022", 5), 16)} == {5}


def test_a_source_without_a_share_is_left_out() -> None:
    assert "fox_news" not in SHARES
    made = drawn(threads("fox_news", 40) + threads("bbc", 40), 8)
    assert {comment.split()[0] for batch in made for comment, _ in batch} == {"bbc"}
