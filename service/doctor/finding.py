"""What a check of the doctor found."""

from dataclasses import dataclass
from typing import Literal

Grade = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Finding:
    """One finding: `ok`, `warning` (works, but loses a guarantee that is named) or `failed`.

    `ids` are the rows at fault, never their content.
    """

    check: str
    grade: Grade
    detail: str
    ids: tuple[str, ...] = ()
