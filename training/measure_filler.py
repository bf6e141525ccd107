"""Whether kind sentences hide an insult, and what it costs to see it: `python -m training.measure_filler --data DIR`.

The insults are comments of one sentence from the validation side that are held alone. Each is put at a random place
among kind sentences, or into one. What the rule costs is the share of clean Wikipedia comments that are held for a part
alone. Last come the official Wikipedia test rows, judged with every *Hold* that a preset has.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from service.moderation.insight.intervals import Share
from service.moderation.policy import presets
from service.moderation.policy.rules import DEFAULT_THRESHOLDS, Rules
from training.default_policy import is_held, read
from training.toxicity_rows import Row, civil_comments, fox_news, jigsaw, stormfront
from workers.classifiers import facade
from workers.classifiers.facade import LoadedClassifiers
from workers.classifiers.parts import parts_of

SEED = 20261130
KIND = (
    "The library on the corner has new opening hours and I like them.",
    "I walked past the new playground yesterday and the children were enjoying it.",
    "Thank you for covering the council meeting in such detail.",
    "The bus was on time all week, which made my mornings easier.",
    "My neighbour grows tomatoes and gives them to everybody in the street.",
    "The concert in the park was lovely and the weather held.",
    "I think the plan deserves a fair trial before anybody judges it.",
    "The article explains the budget clearly and I learned a lot.",
    "We had a very good lunch at the small place near the station.",
    "The new trees along the river look beautiful this autumn.",
)


def main() -> None:
    """Print shares with their 95 % intervals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=200, help="insults to hide, and clean comments")
    chosen = parser.parse_args()
    classifiers, draw = facade.load(), random.Random(SEED)
    rows = [row for row in _rows(chosen.data) if row.split == "valid"]
    draw.shuffle(rows)
    insults = list(_held_alone(classifiers, rows, chosen.limit))
    for kind in (4, 8, 16, 40):
        hidden = [_among(insult, kind, draw) for insult in insults]
        _print(f"held among {kind} kind sentences", [is_held(read(classifiers, text)) for text in hidden])
    run_on = [_among(insult, 8, draw).replace(".", "").lower() for insult in insults]
    _print("held in one sentence without a stop", [is_held(read(classifiers, text)) for text in run_on])
    clauses = [f"I like the new trees, {insult.rstrip('.!?')}, and the river is lovely." for insult in insults]
    _print("held as a clause between two kind ones", [is_held(read(classifiers, text)) for text in clauses])
    clean = [row for row in rows if row.group == "natural" and row.labels[0] == 0 and len(row.text) >= 50]
    found = [read(classifiers, row.text) for row in clean[: 2 * chosen.limit]]
    _print("clean comments held", [is_held(one) for one in found])
    _print("clean comments held for a part alone", [is_held(one) and not is_held(one, parts=False) for one in found])
    rows = list(jigsaw(chosen.data, "test"))
    found = [read(classifiers, row.text) for row in rows]
    for preset in presets.PRESETS:
        held = [is_held(one, rules=preset.over(Rules())) for one in found]
        _print(f"test rows, {preset.name}: held", held)
        _print(
            f"test rows, {preset.name}: toxic ones held",
            [h for h, row in zip(held, rows, strict=True) if row.labels[0]],
        )


def _rows(data: Path) -> Iterator[Row]:
    for reader in (jigsaw, civil_comments, fox_news, stormfront):
        yield from reader(data)


def _held_alone(classifiers: LoadedClassifiers, rows: Sequence[Row], limit: int) -> Iterator[str]:
    """Yield texts of one sentence that are held."""
    found = 0
    for row in rows:
        if found == limit:
            return
        if row.labels[0] < 0.3 or not 20 <= len(row.text) <= 160 or parts_of(row.text):
            continue
        scores = {score.attribute: score.value for score in read(classifiers, row.text).scores}
        lowest = {attribute: threshold.lowest for attribute, threshold in DEFAULT_THRESHOLDS.items()}
        if any(at is not None and scores.get(attribute, 0.0) >= at for attribute, at in lowest.items()):
            found += 1
            yield row.text if row.text[-1] in ".!?" else f"{row.text}."


def _among(insult: str, kind: int, draw: random.Random) -> str:
    sentences = draw.choices(KIND, k=kind)
    sentences.insert(draw.randint(0, kind), insult)
    return " ".join(sentences)


def _print(what: str, held: Sequence[bool]) -> None:
    share = Share(sum(held), len(held))
    low, high = share.interval or (0.0, 1.0)
    print(f"{what:38} {share.hits:4} of {share.of:4}  {share.value:.3f} ({low:.3f} to {high:.3f})", flush=True)


if __name__ == "__main__":
    main()
