"""What is read of model folders without importing their package: the web side loads no model."""

import json
from importlib.util import find_spec
from pathlib import Path

from service.vocabulary import TOXICITY_ATTRIBUTES, Attribute

COMPACT = "compact"
MANIFEST = "manifest.json"


def folders() -> list[Path]:
    """Return the folder of each shipped model, by name; none where the workers are not installed here."""
    spec = find_spec("workers")
    places = spec.submodule_search_locations or () if spec else ()
    return sorted(path.parent for place in places for path in Path(place).glob(f"models/*/{MANIFEST}"))


def unscored(model: str, cache_dir: Path, /) -> frozenset[Attribute]:
    """Return the attributes that the toxicity model `model` does not score; none where its manifest is not here.

    The name is that of the setting: `compact`, a published model compiled in `cache_dir`, or a folder.
    """
    shipped = [folder for folder in folders() if model == COMPACT == folder.name]
    for folder in shipped or [Path(model), cache_dir / "models" / model]:
        try:
            manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
            return frozenset(TOXICITY_ATTRIBUTES).difference(manifest["attributes"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return frozenset()
