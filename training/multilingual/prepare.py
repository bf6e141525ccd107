"""Cuts the published tokenizer: `python -m training.multilingual.prepare --data DIR --tokenizer FILE --out DIR`.

Writes `out/tokenizer.json` and `out/kept.json`, the kept pieces' numbers in the published vocabulary. Texts of the test
side are not looked at. Takes about four minutes, most of them for the word lists (the wordfreq package).
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from training import pairs, toxicity_rows
from training.multilingual import related, rows, vocabulary
from training.multilingual.encoder import PRUNED, TOKENIZER


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json of the published encoder")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    description = json.loads(given.tokenizer.read_text(encoding="utf-8"))
    pieces = [piece for piece, _ in description["model"]["vocab"]]
    tokenizer = vocabulary.tokenizer_of(description)
    kept = vocabulary.chosen(pieces, tokenizer, vocabulary.listed_words(), comments(given.data))
    (given.out / PRUNED).write_text(json.dumps(kept), encoding="utf-8")
    cut = json.dumps(vocabulary.pruned(description, kept), ensure_ascii=False)
    (given.out / TOKENIZER).write_text(cut, encoding="utf-8")
    print(f"kept {len(kept)} of {len(pieces)} pieces")


def comments(data: Path) -> Iterator[str]:
    """Yield what people wrote and read in all sets, except on the test side."""
    for row in (*rows.read_all(data), *toxicity_rows.read_all(data)):
        if row.split != "test":
            yield row.text
    for thread in pairs.threads(data, "train"):
        yield thread.title
        yield from thread.comments
    for _, text, title in related.korean(data, "train").itertuples():
        yield text
        yield title
    for sentence in related.translations(data):
        yield from sentence


if __name__ == "__main__":
    main()
