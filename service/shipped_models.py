"""Where the shipped models are, found without importing their package: the web side loads no model."""

from importlib.util import find_spec
from pathlib import Path


def folders() -> list[Path]:
    """Return the folder of each shipped model, by name; none where the workers are not installed here."""
    spec = find_spec("workers")
    places = spec.submodule_search_locations or () if spec else ()
    return sorted(path.parent for place in places for path in Path(place).glob("models/*/manifest.json"))
