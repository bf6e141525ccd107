"""Trains the multilingual model: `python -m training.multilingual.joint --data DIR --weights FILE --out DIR`.

`--out` holds the pruned tokenizer (prepare.py) and the scored English rows (teacher.py). The run begins with batches
about subjects alone, then mixes them with toxicity. `--minutes` is wall time over all runs; `--resume` goes on from
the last checkpoint, which is written every few minutes. One process of one thread.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from training.compact import HEAD_RATE, LEANING_RATE, Leanings
from training.encoder import pad, token_batches
from training.multilingual import encoder, related, rows, teacher, weights
from training.multilingual.rows import Row
from training.multilingual.validation import Validation

SEED = 20261129
ENGLISH = 0.4  # of the toxicity rows
TOKENS, BUDGET, POOL = 64, 1536, 2048  # of a text, of a batch, rows drawn and sorted by length at once
SUBJECTS_ALONE, SUBJECTS_EVERY = 0.06, 8  # of the run, and afterwards every so manyth batch
CONTRAST = 0.5
ENCODER_RATE, WARMUP = 1.5e-4, 0.03
ATTRIBUTE_WEIGHTS = torch.tensor([3.0, 0.5, 1.0, 1.0, 1.0, 1.0])
SAVE_EVERY, VALIDATE_EVERY = 240, 1800  # seconds
CHECKPOINT = "checkpoint.pt"

Batch = tuple[list[list[int]], Tensor, Tensor, Tensor]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="the published encoder, 4-bit")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=95.0)
    parser.add_argument("--resume", action="store_true")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    train(chosen.data, chosen.weights, chosen.out, minutes=chosen.minutes, resume=chosen.resume)


class SetLeanings(Leanings):
    """How each set's labels lean beside the compact model's scores: training/compact.py's, over all our sets."""

    SETS = (*Leanings.SETS, *rows.SOURCES)


def train(data: Path, published: Path, out: Path, *, minutes: float, resume: bool) -> None:
    """Train until `minutes` are used up, writing `out/checkpoint.pt` and log.jsonl."""
    torch.manual_seed(SEED)
    found = weights.read(published)
    # Drawing noise cost a fifth of the time, the fused attention backward in bfloat16 half of it (torch 2.13).
    quick = {"attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0, "attn_implementation": "eager"}
    model = encoder.freeze(encoder.pretrained(found, encoder.kept_pieces(out), **quick))
    tokenizer = encoder.load_tokenizer(out, TOKENS)
    everything = rows.read_all(data) + teacher.read_all(data, out)
    training = [row for row in everything if row.split == "train"]
    subjects = related.Losses(model, tokenizer, [row for row in training if row.language != "en"])
    validation = Validation(data, everything, tokenizer)
    leanings = SetLeanings()
    optimiser = optimiser_of(model, leanings)
    step, seen, before = 0, 0, 0.0
    if resume:
        state = torch.load(out / CHECKPOINT, weights_only=True)
        model.load_state_dict(state["model"], strict=False)
        leanings.load_state_dict(state["leanings"])
        optimiser.load_state_dict(state["optimiser"])
        step, seen, before = state["step"], state["rows"], state["seconds"]
    peaks = [ENCODER_RATE, HEAD_RATE, LEANING_RATE]
    rng = random.Random(SEED + step)
    toxicity = batches(training, tokenizer, rng)
    together = related.batches(data, rng)
    start = saved = validated = time.time()
    losses: dict[str, list[float]] = {"toxicity": [], "contrast": [], "distance": []}

    def state_now() -> dict[str, object]:
        counts = {"step": step, "rows": seen, "seconds": before + time.time() - start}
        return counts | {
            "model": encoder.learnt(model),
            "leanings": leanings.state_dict(),
            "optimiser": optimiser.state_dict(),
        }

    while (progress := (before + time.time() - start) / (60 * minutes)) < 1:
        for group, peak in zip(optimiser.param_groups, peaks, strict=True):
            group["lr"] = peak * min(progress / WARMUP, (1 - progress) / (1 - WARMUP)) + 1e-8
        model.train()
        step += 1
        with torch.autocast("cpu", dtype=torch.bfloat16):
            if progress < SUBJECTS_ALONE or step % SUBJECTS_EVERY == 0:
                contrast, distance = subjects.of(model, next(together), rng)
                loss = CONTRAST * contrast + related.DISTIL * distance
                losses["contrast"].append(contrast.item())
                losses["distance"].append(distance.item())
            else:
                batch = next(toxicity)
                loss = toxicity_loss(model, leanings, batch)
                losses["toxicity"].append(loss.item())
                seen += len(batch[0])
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(encoder.trainable(model), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if step % 20 == 0:
            means = {name: round(sum(values) / len(values), 4) for name, values in losses.items() if values}
            log(out, {"step": step, "rows": seen, "progress": round(progress, 3), **means})
            losses = {name: [] for name in losses}
        if time.time() - saved > SAVE_EVERY:
            save(out, state_now())
            saved = time.time()
        if time.time() - validated > VALIDATE_EVERY:
            log(out, {"step": step, "valid": validation.measure(model)})
            validated = time.time()
    save(out, state_now())
    log(out, {"step": step, "rows": seen, "finished": True, "valid": validation.measure(model)})


def optimiser_of(model: encoder.Multilingual, leanings: Leanings) -> torch.optim.AdamW:
    """Return the optimiser with a group each for the encoder, its head and the sets' leanings."""
    head = [*model.classifier.bert.pooler.parameters(), *model.classifier.classifier.parameters()]
    own = {id(weight) for weight in head}
    groups = [
        {"params": [w for w in encoder.trainable(model) if id(w) not in own], "weight_decay": 0.01},
        {"params": head, "weight_decay": 0.0},
        {"params": list(leanings.parameters()), "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, fused=True)


def drawn(found: list[Row], rng: random.Random, count: int) -> list[Row]:
    """Return `count` rows: 40 % English, the other languages by training/multilingual/rows.shares."""
    by_language: dict[str, list[Row]] = {}
    for row in found:
        by_language.setdefault(row.language, []).append(row)
    others = rows.shares([row for row in found if row.language != "en"])
    shares = {language: (1 - ENGLISH) * share for language, share in others.items()}
    shares |= {"en": ENGLISH} if "en" in by_language else {}
    languages = rng.choices(list(shares), list(shares.values()), k=count)
    return [rng.choice(by_language[language]) for language in languages]


def batches(found: list[Row], tokenizer: encoder.Tokenizer, rng: random.Random) -> Iterator[Batch]:
    """Yield token sequences, labels, weights and numbers of sets for ever, in batches of like length."""
    while True:
        pool = drawn(found, rng, POOL)
        sequences = [encoding.ids for encoding in tokenizer.encode_batch_fast([row.text for row in pool])]
        lengths = [len(sequence) for sequence in sequences]
        order = sorted(range(len(pool)), key=lambda place: lengths[place])
        made = token_batches(order, lengths, budget=BUDGET)
        rng.shuffle(made)
        for places in made:
            chosen = [pool[place] for place in places]
            labels, weight = torch.tensor([r.labels for r in chosen]), torch.tensor([r.weight for r in chosen])
            sets = torch.tensor([SetLeanings.number(row.source) for row in chosen])
            yield [sequences[place] for place in places], labels, weight, sets


def toxicity_loss(model: encoder.Multilingual, leanings: Leanings, batch: Batch) -> Tensor:
    """Return the mean cross-entropy over the attributes that are known; the others give no gradient."""
    sequences, labels, weight, sets = batch
    return masked(leanings(model(*pad(sequences))[0].float(), sets), labels, weight)


def masked(logits: Tensor, labels: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted cross-entropy of B×6 logits; labels are NaN where unknown."""
    known = (~labels.isnan()).float() * ATTRIBUTE_WEIGHTS * weight[:, None]
    each = nn.functional.binary_cross_entropy_with_logits(logits, labels.nan_to_num(0.0), reduction="none")
    return (each * known).sum() / known.sum().clamp(min=1.0) * 2


def save(out: Path, state: dict[str, object]) -> None:
    torch.save(state, out / "checkpoint.tmp")
    (out / "checkpoint.tmp").replace(out / CHECKPOINT)


def log(out: Path, entry: dict[str, object]) -> None:
    line = json.dumps(entry)
    print(line, flush=True)
    with (out / "log.jsonl").open("a", encoding="utf-8") as opened:
        opened.write(line + "\n")


if __name__ == "__main__":
    main()
