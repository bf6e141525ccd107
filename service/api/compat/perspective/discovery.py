"""The discovery document: from it Google's client libraries learn the address, the methods and the messages."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from service.api.compat.perspective import errors
from service.api.compat.perspective.callers import Reply

PATH = "/$discovery/rest"


def answer(args: Mapping[str, str], root: str, /) -> Reply:
    """Return the document with `root` as the address of the service; raise Refusal for another version."""
    if args.get("version", "v1alpha1") != "v1alpha1":
        raise errors.no_such_version()
    return Reply({**document(), "rootUrl": root, "baseUrl": root})


@cache
def document() -> Mapping[str, Any]:
    """Return the document without addresses."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("discovery.json").read_text())
    return found
