"""The first half of the training: an encoder that knows which comments belong to which article, and nothing else.

The joint training starts from it and is held near it, so that learning what is toxic does not undo what is known of
subjects.
"""

import itertools
import random
from pathlib import Path

import torch
from torch import Tensor, nn

from training import pairs
from training.encoder import Compact, load_tokenizer, pad, pretrained

SEED = 20261123
STEPS, SIZE, RATE, WARMUP = 300, 32, 5e-5, 20
TEMPERATURE, DISTIL, TOKENS = 0.05, 0.3, 64
TOGETHER = 16  # texts of like length per pass: padding 64 to the longest cost more than a third of the time


class Losses:
    """InfoNCE between the comments and the article sides of one batch, and a pull of both to a teacher's vectors."""

    def __init__(self, teacher: Compact) -> None:
        self._teacher, self._tokenizer = teacher, load_tokenizer(TOKENS)

    def of(self, model: Compact, chosen: list[tuple[str, str]]) -> tuple[Tensor, Tensor]:
        """Return both losses; every other article of the batch is a negative, in both directions."""
        texts = [comment for comment, _ in chosen] + [side for _, side in chosen]
        sequences = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]
        order = sorted(range(len(sequences)), key=lambda place: len(sequences[place]))
        passes = [order[start : start + TOGETHER] for start in range(0, len(order), TOGETHER)]
        padded = [pad([sequences[place] for place in places]) for places in passes]
        back = torch.tensor(order).argsort()
        embeddings = torch.cat([model(*batch)[1].float() for batch in padded])[back]
        with torch.no_grad():
            taught = torch.cat([self._teacher(*batch)[1].float() for batch in padded])[back]
        comments, sides = embeddings.chunk(2)
        with torch.autocast("cpu", enabled=False):
            similarity = comments @ sides.T / TEMPERATURE
        target = torch.arange(len(comments))
        forward = nn.functional.cross_entropy(similarity, target)
        backward = nn.functional.cross_entropy(similarity.T, target)
        return (forward + backward) / 2, (1 - (embeddings * taught).sum(-1)).mean()


def teach(data: Path, path: Path, *, bfloat16: bool, steps: int = STEPS) -> None:
    """Train for `steps` batches from MiniLM as published and write the weights to `path`; one thread, repeatable."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model, losses = pretrained(attention_probs_dropout_prob=0.0).train(), Losses(frozen(pretrained()))
    model.classifier.bert.embeddings.word_embeddings.requires_grad_(False)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.01)
    batches = pairs.batches(pairs.threads(data, "train"), SIZE, random.Random(SEED))
    for step, chosen in enumerate(itertools.islice(batches, steps)):
        optimiser.param_groups[0]["lr"] = RATE * min((step + 1) / WARMUP, 1 - step / steps)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
            contrast, distil = losses.of(model, chosen)
        (contrast + DISTIL * distil).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if step % 20 == 19:
            print(f"related: batch {step + 1} of {steps}, contrast {contrast.item():.3f}", flush=True)
    torch.save(model.state_dict(), path)


def load(path: Path) -> Compact:
    """Return the encoder that `teach` wrote."""
    model = pretrained(attention_probs_dropout_prob=0.0)
    model.load_state_dict(torch.load(path, weights_only=True))
    return model


def frozen(model: Compact) -> Compact:
    """Return `model` for use as a teacher: it learns nothing and drops nothing."""
    return model.eval().requires_grad_(False)
