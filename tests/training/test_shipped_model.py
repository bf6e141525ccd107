"""The weights in workers/models/compact are the ones that the manifest and the card describe."""

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from training.engine import Graph
from training.export import sha256
from training.statistics import auc

FOLDER = Path(__file__).parents[2] / "workers" / "models" / "compact"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
SUITE = [json.loads(line) for line in Path(__file__).with_name("functional.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph(FOLDER / "model.onnx")


def toxicity(graph: Graph, texts: list[str]) -> np.ndarray:
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    logits, _ = graph.all([encoding.ids for encoding in tokenizer.encode_batch(texts)])
    return 1 / (1 + np.exp(-logits[:, MANIFEST["labels"].index("toxicity")]))


def test_every_file_has_the_recorded_checksum_and_the_graph_its_size() -> None:
    assert MANIFEST["files"] == {name: sha256(FOLDER / name) for name in ("model.onnx", "tokenizer.json", "guess.npz")}
    assert (FOLDER / "model.onnx").stat().st_size <= 25_000_000


def test_thresholds_are_in_order_for_every_attribute() -> None:
    assert set(MANIFEST["thresholds"]) == set(MANIFEST["attributes"]) == set(MANIFEST["calibration"])
    assert all(0 < levels["hold_at"] < levels["reject_at"] <= 1 for levels in MANIFEST["thresholds"].values())


def test_the_embedding_has_length_one(graph: Graph) -> None:
    _, embedding = graph.one([101, 7592, 2088, 102])
    assert embedding.shape == (MANIFEST["embedding_size"],)
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-5)


def test_a_score_does_not_depend_on_what_was_scored_before(graph: Graph) -> None:
    alone = toxicity(graph, ["Nobody asked you."])
    toxicity(graph, [sentence["text"] for sentence in SUITE[:20]])
    assert toxicity(graph, ["Nobody asked you."]) == alone


def test_the_functional_suite_is_told_apart(graph: Graph) -> None:
    scores = toxicity(graph, [sentence["text"] for sentence in SUITE])
    hateful = np.array([sentence["hateful"] == 1 for sentence in SUITE])
    assert auc(hateful, scores) >= 0.75


@pytest.mark.parametrize(
    "text",
    [
        "We spent the weekend in Scunthorpe and drove on to Penistone.",
        "We walked from Cockington to Penicuik before lunch.",  # names that training never saw
        "Lord Allcock and Mrs Hiscock opened the new library on Tuesday.",
        "She ordered a cocktail and he had the sausage.",
        "The class will assess the assassin's passage in the classic novel.",
        "Dick van Dyke sang while the cock crowed.",
        "Essex and Sussex lost to Middlesex at cricket.",
    ],
)
def test_innocent_words_that_hold_rude_ones_stay_clean(graph: Graph, text: str) -> None:
    assert toxicity(graph, [text])[0] < MANIFEST["thresholds"]["toxicity"]["hold_at"]
