"""Who calls, and what they get: the two values that the methods of the Comment Analyzer share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.accounts.keys import Key
from service.accounts.perspective import Terms
from service.api.keeper import Keeper
from service.context import Context


@dataclass(frozen=True)
class Caller:
    """A verified key, with the parts that answer it."""

    key: Key
    ours: Context
    kept: Keeper

    @property
    def terms(self) -> Terms:
        return self.key.perspective


@dataclass(frozen=True)
class Reply:
    """A JSON object, its status and headers."""

    body: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
