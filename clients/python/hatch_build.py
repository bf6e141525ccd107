"""Generates the client from openapi.json while its package is built, so that it never falls behind the service."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Generator(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the generated modules to the wheel, beside the hand-written ones."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        self.folder = tempfile.TemporaryDirectory()
        folder, here = Path(self.folder.name), Path(self.root)
        # In a checkout the description lies two folders up; a source archive carries it along.
        places = [place / "openapi.json" for place in (here, here.parent.parent)]
        description = json.loads(next(place for place in places if place.exists()).read_text())
        for operation in (one for methods in description["paths"].values() for one in methods.values()):
            operation["responses"].pop("304", None)  # an answer without content makes the type of all answers Any
        (folder / "openapi.json").write_text(json.dumps(description))
        options = ["--meta", "none", "--config", here / "generator.yaml", "--fail-on-warning"]
        command = [sys.executable, "-m", "openapi_python_client", "generate", *options]
        paths = ["--path", folder / "openapi.json", "--output-path", folder / "moderato_client"]
        subprocess.run([*command, *paths], check=True)
        build_data["force_include"][str(folder / "moderato_client")] = "moderato_client"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self.target_name == "wheel":
            self.folder.cleanup()
