"""What is needed to use the demo site: `demo.json` in the data folder, readable by its owner alone."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.installation.settings import Settings

FILE = "demo.json"


@dataclass(frozen=True)
class Access:
    """Where the demo runs, its API key, the moderator who may sign in, and the address of the newspaper."""

    base_url: str
    api_key: str
    email: str
    password: str
    site: str
    newspaper: str | None = None  # where it is installed without one


def read(settings: Settings, /) -> Access | None:
    """Return what the last demo on this data folder wrote, or None."""
    try:
        found = json.loads((settings.data_dir / FILE).read_text())
        person = found["moderator"]
        return Access(
            found["base_url"],
            found["api_key"],
            person["email"],
            person["password"],
            found["site"],
            found.get("newspaper"),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(settings: Settings, access: Access, /) -> None:
    """Replace the file, whole or not at all."""
    shown: dict[str, Any] = {
        "base_url": access.base_url,
        "api_key": access.api_key,
        "moderator": {"email": access.email, "password": access.password},
        "site": access.site,
        "newspaper": access.newspaper,
    }
    path: Path = settings.data_dir / FILE
    unfinished = path.with_suffix(".new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(shown, file, indent=2)
        file.write("\n")
    unfinished.replace(path)
