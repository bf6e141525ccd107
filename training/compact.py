"""Trains the compact model: `python -m training.compact --data DIR --out DIR [--minutes N | --steps N]`.

First comes training/related.py, whose weights stay in `--out`, then the joint training, which `--minutes` is about.
Seeds are fixed and the order of batches depends on them alone; how many batches fit into `--minutes` depends on the
machine, and the log says how many did. `--steps` with that number and `--workers 1` repeats to the bit; two workers
interleave as the machine lets them. `--resume` goes on from the last checkpoint. After training come calibration on
the validation side, thresholds and the int8 export (training/export.py).
"""

import argparse
import itertools
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from training import contrasts, evasions, mining, pairs, related
from training.encoder import TRAINED_TOKENS, Compact, load_tokenizer, pad, token_batches
from training.toxicity_rows import ATTRIBUTES, Row, read_all
from training.validation import Validation

SEED = 20261122
SHARE = {"davidson": 0.5, "wiki_context": 0.35, "civil_comments": 0.6, "stormfront": 2.0, "fox_news": 2.0}  # per epoch
SENTENCES = 14_000  # of contrasts, per epoch
AS_THEY_COME = ("jigsaw", "jigsaw_binary")  # never mined: what a bag of words gets wrong there is often labelled wrong
DISGUISED = 0.07
TOXICITY_TOKENS = 1024
# Every so manyth batch is of article pairs: few while much is new about toxicity, more once what is known of subjects
# has to come back.
RELEVANCE_EVERY, RELEVANCE_EVERY_LATER, LATER = 8, 5, 0.4
DISTIL, CONTRAST = 1.2, 0.5
RELATED = "related.pt"  # in --out
ENCODER_RATE, HEAD_RATE, LEANING_RATE, WARMUP = 1e-4, 5e-4, 5e-3, 0.04
ATTRIBUTE_WEIGHTS = torch.tensor([2.0, 0.5, 1.0, 1.0, 1.0, 1.0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=70.0)
    parser.add_argument("--steps", type=int, help="stop after this many batches, whatever the clock says")
    parser.add_argument(
        "--workers", type=int, default=2, help="processes of one thread; only 1 is repeatable to the bit"
    )
    parser.add_argument(
        "--precision", choices=("auto", "bfloat16", "float32"), default="auto", help="auto: bfloat16 where fast"
    )
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--export-only", action="store_true", help="calibrate and export the checkpoint in --out")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    if not chosen.export_only:
        limits = {"teacher": chosen.out / RELATED, "minutes": chosen.minutes, "steps": chosen.steps}
        half = chosen.precision == "bfloat16" or (chosen.precision == "auto" and fast_bfloat16())
        if not (chosen.out / RELATED).exists():
            related.teach(chosen.data, chosen.out / RELATED, bfloat16=half)
        model = related.load(chosen.out / RELATED)
        train(chosen.data, chosen.out, model, **limits, resume=chosen.resume, workers=chosen.workers, bfloat16=half)
    from training.export import build  # onnx is needed only here

    build(chosen.data, chosen.out)


def fast_bfloat16() -> bool:
    """Say whether this processor multiplies bfloat16 natively: twice the speed of float32; others only lose by it."""
    return torch.cpu._is_avx512_bf16_supported()


def train(
    data: Path,
    out: Path,
    model: Compact,
    *,
    teacher: Path,
    minutes: float,
    steps: int | None,
    resume: bool,
    workers: int,
    bfloat16: bool,
) -> None:
    """Train `model` until time or steps are used up, writing `out/checkpoint.pt` every few minutes and log.jsonl.

    Workers share the weights and update them in turn without waiting for each other (Hogwild, arXiv:1106.5730), each
    with its own Adam: on cores shared with other programs, waiting at every operation cost more than half the speed.
    With `bfloat16` the products are computed in it; weights, gradients and losses stay float32.
    """
    torch.manual_seed(SEED)
    counts, before, leanings = [0, 0], 0.0, Leanings()
    if resume:
        state = torch.load(out / "checkpoint.pt", weights_only=True)
        model.load_state_dict(state["model"])
        leanings.load_state_dict(state["leanings"])
        counts, before = [state["step"], state["toxicity"]], state["seconds"]
    model.share_memory()
    leanings.share_memory()  # type: ignore[no-untyped-call]
    rows = [row for row in read_all(data) if row.split == "train"]
    worth = mining.worth(rows, seed=SEED)
    chances = [
        1.0 if row.source in AS_THEY_COME else SHARE.get(row.source, 1.0) * share
        for row, share in zip(rows, worth, strict=True)
    ]
    counter = torch.tensor(counts)  # batches, and those of toxicity among them
    counter.share_memory_()
    clock = _Clock(before=before, minutes=minutes, steps=steps)
    context = torch.multiprocessing.get_context("spawn")
    shared = (model, leanings, counter, clock, chances, data, out, teacher)
    others = [context.Process(target=_work, args=(*shared, number, workers, bfloat16)) for number in range(1, workers)]
    for other in others:
        other.start()
    _work(*shared, 0, workers, bfloat16)
    for other in others:
        other.join()
    validation = Validation(data).measure(model)
    _save(model, leanings, counter, out, seconds=clock.seconds)
    _log(out, {"step": int(counter[0]), "minutes": round(clock.seconds / 60, 1), "finished": True, "valid": validation})


class Leanings(nn.Module):
    """How each set's labels lean beside Wikipedia's: a factor and a shift per set and attribute, learnt on the way.

    A tweet set in which four of five are offensive, or one of clean comments picked for looking toxic, then moves its
    own two numbers and not what Wikipedia's readers and the contrasts, which have none, call toxic. Not shipped.
    """

    SETS = ("wiki_context", "civil_comments", "toxic_spans", "stormfront", "fox_news", "davidson")

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.zeros(len(self.SETS), len(ATTRIBUTES)))  # logarithms
        self.shift = nn.Parameter(torch.zeros(len(self.SETS), len(ATTRIBUTES)))

    def forward(self, logits: Tensor, sets: Tensor) -> Tensor:
        """Return B×6 logits as the rows' own sets would have them; `sets` holds B numbers, -1 for none."""
        own = (sets >= 0).float()[:, None]
        return logits * (self.factor[sets] * own).exp() + self.shift[sets] * own

    @classmethod
    def number(cls, source: str) -> int:
        """Return the place of a source's numbers, -1 where it has none."""
        return cls.SETS.index(source) if source in cls.SETS else -1


class _Clock:
    """How far the run is, by time or by steps; starts when it is made."""

    def __init__(self, *, before: float, minutes: float, steps: int | None) -> None:
        self._before, self._budget, self._steps = before, minutes * 60, steps
        self._start = time.time()  # one clock for all processes

    @property
    def seconds(self) -> float:
        return self._before + time.time() - self._start

    def progress(self, step: int) -> float:
        return step / self._steps if self._steps else self.seconds / self._budget


def _work(
    model: Compact,
    leanings: Leanings,
    counter: Tensor,
    clock: _Clock,
    chances: list[float],
    data: Path,
    out: Path,
    teacher: Path,
    number: int,
    workers: int,
    bfloat16: bool,
) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(SEED + number)
    model.classifier.bert.embeddings.word_embeddings.requires_grad_(False)
    optimiser = _optimiser(model, leanings)
    peaks = [group["lr"] for group in optimiser.param_groups]
    begun, skip = counter.tolist()
    rows = [row for row in read_all(data) if row.split == "train"]
    toxicity = itertools.islice(_toxicity_batches(rows, chances, skip=skip), number, None, workers)
    seed = SEED + begun + number
    together = pairs.batches(pairs.threads(data, "train"), related.SIZE, random.Random(seed))
    relevance = related.Losses(related.frozen(related.load(teacher)))
    validation = Validation(data) if number == 0 else None
    saved, saves = time.time(), 0
    losses: dict[str, list[float]] = {"toxicity": [], "contrast": [], "distil": []}
    for own in itertools.count(1):
        progress = clock.progress(int(counter[0]))
        if progress >= 1:
            return
        for group, peak in zip(optimiser.param_groups, peaks, strict=True):
            group["lr"] = peak * min(progress / WARMUP, (1 - progress) / (1 - WARMUP)) + 1e-8
        model.train()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
            if own % (RELEVANCE_EVERY if progress < LATER else RELEVANCE_EVERY_LATER) == 0:
                contrast, distil = relevance.of(model, next(together))
                loss = CONTRAST * contrast + DISTIL * distil
                losses["contrast"].append(contrast.item())
                losses["distil"].append(distil.item())
            else:
                loss = _toxicity_loss(model, leanings, next(toxicity))
                losses["toxicity"].append(loss.item())
                counter[1] += 1
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        counter[0] += 1
        if validation is None:
            continue
        if own % 20 == 0:
            means = {name: round(sum(values) / max(1, len(values)), 4) for name, values in losses.items()}
            minutes = round(clock.seconds / 60, 1)
            _log(out, {"step": int(counter[0]), "minutes": minutes, "progress": round(progress, 3), **means})
            losses = {name: [] for name in losses}
        if time.time() - saved > 240:
            _save(model, leanings, counter, out, seconds=clock.seconds)
            saves += 1
            if saves % 4 == 0:
                _log(out, {"step": int(counter[0]), "valid": validation.measure(model)})
            saved = time.time()


def _optimiser(model: Compact, leanings: Leanings) -> torch.optim.AdamW:
    head = {id(p) for p in model.classifier.classifier.parameters()}
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    plain = [p for name, p in named if id(p) not in head and ("bias" in name or "LayerNorm" in name)]
    decayed = [p for name, p in named if id(p) not in head and not ("bias" in name or "LayerNorm" in name)]
    return torch.optim.AdamW(
        [
            {"params": decayed, "lr": ENCODER_RATE, "weight_decay": 0.01},
            {"params": plain, "lr": ENCODER_RATE, "weight_decay": 0.0},
            {"params": list(model.classifier.classifier.parameters()), "lr": HEAD_RATE, "weight_decay": 0.0},
            {"params": list(leanings.parameters()), "lr": LEANING_RATE, "weight_decay": 0.0},
        ]
    )


Batch = tuple[list[list[int]], Tensor, Tensor, Tensor]


def _toxicity_batches(rows: list[Row], chances: list[float], *, skip: int) -> Iterator[Batch]:
    """Yield token sequences, labels, weights and numbers of sets; templates and disguises are drawn anew each epoch."""
    tokenizer = load_tokenizer(TRAINED_TOKENS)
    epoch = 0
    while True:
        rng = random.Random(SEED + epoch)
        drawn = [row for row, chance in zip(rows, chances, strict=True) for _ in range(int(chance + rng.random()))]
        drawn += contrasts.rows(rng, count=SENTENCES)
        texts = [evasions.disguise(row.text, rng) if rng.random() < DISGUISED else row.text for row in drawn]
        sequences = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]
        order = sorted(range(len(drawn)), key=lambda index: len(sequences[index]) + rng.random() * 6)
        made = token_batches(order, [len(sequences[index]) for index in order], budget=TOXICITY_TOKENS)
        rng.shuffle(made)
        for batch in made:
            if skip > 0:
                skip -= 1
                continue
            chosen = [drawn[index] for index in batch]
            labels, weights = torch.tensor([r.labels for r in chosen]), torch.tensor([r.weight for r in chosen])
            sets = torch.tensor([Leanings.number(row.source) for row in chosen])
            yield [sequences[index] for index in batch], labels, weights, sets
        epoch += 1


def _toxicity_loss(model: Compact, leanings: Leanings, batch: Batch) -> Tensor:
    sequences, labels, weights, sets = batch
    logits = leanings(model(*pad(sequences))[0].float(), sets)
    known = (~labels.isnan()).float() * ATTRIBUTE_WEIGHTS * weights[:, None]
    each = nn.functional.binary_cross_entropy_with_logits(logits, labels.nan_to_num(0.0), reduction="none")
    return (each * known).sum() / known.sum().clamp(min=1.0) * 2


def _save(model: Compact, leanings: Leanings, counter: Tensor, out: Path, *, seconds: float) -> None:
    step, toxicity = counter.tolist()
    state = {"model": model.state_dict(), "leanings": leanings.state_dict(), "seconds": seconds}
    state |= {"step": step, "toxicity": toxicity}
    torch.save(state, out / "checkpoint.tmp")
    (out / "checkpoint.tmp").replace(out / "checkpoint.pt")


def _log(out: Path, entry: dict[str, object]) -> None:
    line = json.dumps(entry)
    print(line, flush=True)
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")


if __name__ == "__main__":
    main()
