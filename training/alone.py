"""`python -m training.alone`: score every token of the compact model's vocabulary alone, and list the file.

Which parts of a long text are read on their own is asked of these bytes (`workers/classifiers/parts.py`): a sentence
without a word that the model scores high alone is nearly never rejected. Takes two minutes on one core.
"""

import json

import numpy as np
from tokenizers import Tokenizer

from workers.classifiers.encoder import ALONE, Encoder, Encoding
from workers.classifiers.model_files import MANIFEST, SHIPPED, sha256_of
from workers.classifiers.toxicity.compiled import toxicity_from


def main() -> None:
    """Write the bytes beside the model and their SHA-256 into its manifest."""
    folder = SHIPPED / "compact"
    encoder = Encoder(folder)
    classifier = toxicity_from(encoder)
    vocabulary = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    highest = np.zeros(1 + max(vocabulary.values()), dtype=np.uint8)
    for number in vocabulary.values():
        logits, embedding = encoder._run([number])
        scores = classifier.from_encoding(Encoding(logits=logits[None, :], embedding=embedding, characters_read=0))
        highest[number] = round(255 * max(scores.values()))
    (folder / ALONE).write_bytes(highest.tobytes())
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest["files"][ALONE] = sha256_of(folder / ALONE)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
