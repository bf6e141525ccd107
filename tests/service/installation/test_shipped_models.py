"""Which attributes a model scores is read of its manifest; what cannot be read hides nothing."""

import json
from pathlib import Path

from service.installation import shipped_models
from service.vocabulary import TOXICITY_ATTRIBUTES, Attribute


def compiled(folder: Path, attributes: object) -> None:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"attributes": attributes}))


def test_the_shipped_model_does_not_score_sexual_explicit(tmp_path: Path) -> None:
    assert shipped_models.unscored("compact", tmp_path) == {Attribute.SEXUAL_EXPLICIT}


def test_a_compiled_model_is_found_by_its_name_or_its_folder(tmp_path: Path) -> None:
    compiled(tmp_path / "models" / "multilingual", [attribute.value for attribute in TOXICITY_ATTRIBUTES])
    compiled(tmp_path / "own", ["toxicity", "insult"])
    assert shipped_models.unscored("multilingual", tmp_path) == frozenset()
    assert Attribute.THREAT in shipped_models.unscored(str(tmp_path / "own"), tmp_path)


def test_what_cannot_be_read_hides_nothing(tmp_path: Path) -> None:
    compiled(tmp_path / "own", None)
    assert shipped_models.unscored(str(tmp_path / "own"), tmp_path) == frozenset()
    assert shipped_models.unscored("elsewhere", tmp_path) == frozenset()
