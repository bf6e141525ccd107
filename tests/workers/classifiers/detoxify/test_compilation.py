"""A Detoxify checkpoint is compiled into a folder that scores as Detoxify does, and nothing else is ever loaded."""

import json
import os
import pickle
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from detoxify import Detoxify

from service.vocabulary import TOXICITY_ATTRIBUTES, Attribute
from tests.workers.classifiers.detoxify import tiny_detoxify
from workers.classifiers.base import ModelFileError
from workers.classifiers.detoxify.checkpoint import load_published
from workers.classifiers.encoder import Encoder
from workers.classifiers.toxicity.compiled import toxicity_from
from workers.models_cli import models

TEXT = "you are a stupid idiot, thank you for the article"


def compile_(folder: Path, checkpoint: Path, *more: str) -> Result:
    arguments = ["compile", "tiny", "--checkpoint", str(checkpoint), "--config", str(checkpoint.parent)]
    return CliRunner().invoke(models, [*arguments, "--cache-dir", str(folder), *more])


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_detoxify.write(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def cache(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    result = compile_(folder, checkpoint, "--language", "en", "--language", "de")
    assert result.exit_code == 0, result.output
    return folder


def test_a_compiled_model_scores_as_detoxify_predicts(checkpoint: Path, cache: Path) -> None:
    arch = torch.load(checkpoint, weights_only=True)
    arch["config"]["arch"]["args"]["model_type"] = str(checkpoint.parent)
    local = checkpoint.parent / "local.ckpt"
    torch.save(arch, local)
    detoxify = Detoxify(checkpoint=str(local), huggingface_config_path=str(checkpoint.parent))
    predicted = detoxify.predict(TEXT)
    classifier = toxicity_from(Encoder(cache / "models" / "tiny"))
    expected = {Attribute(name): value for name, value in predicted.items()}
    assert classifier.score(TEXT) == pytest.approx(expected, abs=1e-4)


def test_labels_get_the_names_used_here(cache: Path) -> None:
    classifier = toxicity_from(Encoder(cache / "models" / "tiny"))
    assert set(classifier.attributes) == set(TOXICITY_ATTRIBUTES) - {Attribute.SEXUAL_EXPLICIT}
    assert classifier.languages == {"en", "de"}


def test_int8_is_dropped_where_it_does_not_hold(cache: Path) -> None:
    manifest = json.loads((cache / "models/tiny/manifest.json").read_text())
    assert manifest["parity"]["int8_flips"] > 0.01
    assert manifest["version"].endswith("-float32")


def test_int8_is_kept_where_it_holds(tmp_path: Path) -> None:
    result = compile_(tmp_path / "cache", tiny_detoxify.write(tmp_path, spread=0.02), "--json")
    assert result.exit_code == 0, result.output
    manifest = json.loads(result.stdout)
    assert manifest["parity"]["kept"] == "int8"
    assert manifest["parity"]["int8_flips"] <= 0.01
    assert manifest["version"].endswith("-int8")


def test_outputs_that_are_no_attributes_are_left_out(tmp_path: Path) -> None:
    checkpoint = tiny_detoxify.write(tmp_path, classes=["male", "toxicity", "female", "insult"], outputs=6)
    result = compile_(tmp_path / "cache", checkpoint, "--json")
    assert json.loads(result.stdout)["attributes"] == ["toxicity", "insult"]


def test_a_checkpoint_without_toxicity_is_refused(tmp_path: Path) -> None:
    result = compile_(tmp_path / "cache", tiny_detoxify.write(tmp_path, classes=["male", "female"]))
    assert result.exit_code == 1
    assert "expected toxicity among them" in result.output


class Payload:
    """Unpickling this runs a command, as a hostile checkpoint would."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_checkpoint_that_would_run_code_is_refused_and_runs_none(tmp_path: Path) -> None:
    checkpoint = tiny_detoxify.write(tmp_path)
    loaded = torch.load(checkpoint, weights_only=True)
    torch.save({**loaded, "callbacks": Payload(tmp_path / "ran")}, checkpoint, pickle_module=pickle)
    result = compile_(tmp_path / "cache", checkpoint)
    assert result.exit_code == 1
    assert "no plain Detoxify checkpoint" in result.output
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "cache" / "models" / "tiny").exists()


def test_a_published_checkpoint_with_other_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "toxic_original-c1212f89.ckpt").write_bytes(b"not the model")
    with pytest.raises(ModelFileError, match="must begin with c1212f89"):
        load_published("original", cache_dir=tmp_path, config=None, say=print)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["compile", "compact"], "must be letters"),
        (["compile", "../x"], "must be letters"),
        (["compile", "nothing"], "must be one of original, unbiased"),
        (["compile", "mine", "--checkpoint", __file__], "needs --config"),
    ],
)
def test_a_compile_that_cannot_work_says_why(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    result = CliRunner(env={"MODERATO_CACHE_DIR": str(tmp_path)}).invoke(models, arguments)
    assert result.exit_code == 2
    assert complaint in result.output


def test_a_compiled_folder_that_was_tampered_with_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    assert compile_(tmp_path, checkpoint).exit_code == 0
    folder = tmp_path / "models" / "tiny"
    listed = json.loads(CliRunner().invoke(models, ["list", "--cache-dir", str(tmp_path), "--json"]).stdout)
    assert [row["state"] for row in listed if row["name"] == "tiny"] == ["intact"]
    graph = bytearray((folder / "model.onnx").read_bytes())
    graph[len(graph) // 2] ^= 1
    (folder / "model.onnx").write_bytes(bytes(graph))
    with pytest.raises(ModelFileError, match="SHA-256"):
        Encoder(folder)
    shown = CliRunner().invoke(models, ["list", "--cache-dir", str(tmp_path)])
    assert "SHA-256 is" in shown.output


def test_weights_that_score_otherwise_than_recorded_are_refused(cache: Path, tmp_path: Path) -> None:
    source = cache / "models" / "tiny"
    manifest = json.loads((source / "manifest.json").read_text())
    manifest["golden"][0]["scores"]["toxicity"] += 0.2
    for name in manifest["files"]:
        (tmp_path / name).write_bytes((source / name).read_bytes())
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelFileError, match="golden text 0: toxicity"):
        toxicity_from(Encoder(tmp_path))


def test_a_compiled_model_can_be_shown(cache: Path) -> None:
    result = CliRunner().invoke(models, ["show", "tiny", "--cache-dir", str(cache), "--json"])
    assert json.loads(result.stdout)["parity"]["float_max"] < 1e-4
