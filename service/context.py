"""The parts that every request uses, put into the application once; `context()` returns them inside a request."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from service.db import Database
from service.installation.settings import Settings
from service.queues import Queues

EXTENSION = "moderato"


@dataclass(frozen=True)
class Context:
    """The parts shared by the API and the console."""

    settings: Settings
    database: Database
    queues: Queues


def context() -> Context:
    """Return the context of the application that serves the current request."""
    return cast(Context, current_app.extensions[EXTENSION])
