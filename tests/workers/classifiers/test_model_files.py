"""No model file is used that is not, byte for byte, the one its manifest names."""

import hashlib
import json
from pathlib import Path

import pytest

from workers.classifiers.base import ModelFileError
from workers.classifiers.model_files import verified_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.onnx").write_bytes(b"weights")
    files = {"model.onnx": hashlib.sha256(b"weights").hexdigest()}
    (tmp_path / "manifest.json").write_text(json.dumps({"name": "n", "files": files}))
    return tmp_path


def test_an_intact_folder_is_accepted(folder: Path) -> None:
    assert verified_manifest(folder)["name"] == "n"


def test_one_changed_byte_is_refused(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"weightz")
    with pytest.raises(ModelFileError, match="SHA-256 is"):
        verified_manifest(folder)


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    with pytest.raises(ModelFileError, match="cannot be read"):
        verified_manifest(folder)


@pytest.mark.parametrize("manifest", ["{", "[]", "{}", '{"files": {}}', '{"files": []}'])
def test_a_manifest_that_names_no_files_is_refused(folder: Path, manifest: str) -> None:
    (folder / "manifest.json").write_text(manifest)
    with pytest.raises(ModelFileError):
        verified_manifest(folder)


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="expected a model folder"):
        verified_manifest(tmp_path)
