"""Run by torch, in batches, a compiled model says what it says alone and in ONNX; here on the CPU."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.workers.classifiers.detoxify import tiny_detoxify
from workers.batching import by_tokens
from workers.classifiers.base import ModelFileError, Subject
from workers.classifiers.budget import Budget
from workers.classifiers.detoxify import torch_toxicity
from workers.classifiers.detoxify.probe_texts import PROBES
from workers.classifiers.detoxify.torch_toxicity import TorchToxicity
from workers.classifiers.encoder import Encoder
from workers.classifiers.facade import LoadedClassifiers
from workers.classifiers.toxicity.compiled import toxicity_from
from workers.models_cli import models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tiny")
    checkpoint = tiny_detoxify.write(made)
    arguments = ["compile", "tiny", "--checkpoint", str(checkpoint), "--config", str(made), "--gpu"]
    result = CliRunner().invoke(models, [*arguments, "--cache-dir", str(made / "cache")])
    assert result.exit_code == 0, result.output
    return made / "cache" / "models" / "tiny"


def test_torch_and_onnx_agree_on_short_and_on_long_texts(folder: Path) -> None:
    torch_, onnx = TorchToxicity(folder, device="cpu"), toxicity_from(Encoder(folder))
    assert torch_.version != onnx.version
    for text in PROBES:
        assert torch_.score(text) == pytest.approx(onnx.score(text), abs=1e-4)
        assert torch_.read(text, Budget())[1] == onnx.read(text, Budget())[1] == len(text)


def test_neighbours_in_a_batch_change_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = TorchToxicity(folder, device="cpu")
    monkeypatch.setattr(torch_toxicity, "BUDGET", 256)
    shuffled = random.Random(1).sample(PROBES, len(PROBES))
    together = dict(zip(shuffled, classifier.score_many(shuffled), strict=True))
    for text in PROBES:
        assert together[text] == pytest.approx(classifier.score(text), abs=1e-5)


def test_batches_stay_within_their_budget_of_padded_tokens() -> None:
    lengths = [random.Random(5).randint(3, 60) for _ in range(200)]
    groups = by_tokens(lengths, budget=256)
    assert sorted(place for group in groups for place in group) == list(range(200))
    assert all(max(lengths[place] for place in group) * len(group) <= 256 for group in groups)


def test_tampered_float_weights_are_refused(folder: Path) -> None:
    weights = folder / "torch" / "model.safetensors"
    intact = weights.read_bytes()
    weights.write_bytes(intact[:-1] + bytes([intact[-1] ^ 1]))
    try:
        with pytest.raises(ModelFileError, match="SHA-256"):
            TorchToxicity(folder, device="cpu")
    finally:
        weights.write_bytes(intact)


def _never(*_: object) -> None:
    raise AssertionError("scored alone what was looked ahead at")


def test_comments_looked_ahead_at_are_assessed_from_one_batch_as_alone(
    folder: Path, classifiers: LoadedClassifiers, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_gpu = replace(classifiers, toxicity=TorchToxicity(folder, device="cpu"))
    subjects = [Subject(text=text) for text in (*PROBES, "you 1d10t", "fück you 1d10t", "id\u200biot")]
    alones = [on_gpu.assess(subject) for subject in subjects]
    on_gpu.look_ahead([subject.text for subject in subjects])
    monkeypatch.setattr(TorchToxicity, "_run", _never)
    for together, alone in zip(map(on_gpu.assess, subjects), alones, strict=True):
        assert [score.attribute for score in together.scores] == [score.attribute for score in alone.scores]
        values = [score.value for score in alone.scores]
        assert [score.value for score in together.scores] == pytest.approx(values, abs=1e-5)
        assert (together.language, together.vector) == (alone.language, alone.vector)
