"""What a format's reader makes of one record: a row under plain names, whatever the record calls them.

Each format is two functions: `records` yields the records as they come, `row` reads one. So a resumed import passes
over the records that are done without reading them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.moderation.transfer.formats.files import Input
from service.moderation.transfer.formats.history import History
from service.moderation.webhooks.field_maps import FieldMap
from service.vocabulary import Verdict

PLAIN = FieldMap(
    id="id", text="text", author_id="author_id", author_name="author_name", article_id="article_id",
    article_title="article_title", article_url="article_url", parent_id="parent_id", language="language",
    created_at="created_at",
)  # fmt: skip
NAMES = tuple(name for name in FieldMap.model_fields if getattr(PLAIN, name))  # those of a row's `body`
HTML = PLAIN.model_copy(update={"html": True})


class BadRow(Exception):
    """A record that is wrong, in a sentence without its text."""


class LeftOut(Exception):
    """A record that is no reader's comment, such as a pingback; the message says what it is."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record: its fields by `NAMES`, and what its system decided about it, in its own `word`."""

    body: Mapping[str, Any]
    verdict: Verdict | None = None  # None: undecided
    word: str = ""
    is_deleted: bool = False
    history: History | None = None  # of a comment that another Moderato exported


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the operator says of a file besides its format."""

    columns: Mapping[str, str] = field(default_factory=dict)  # of a CSV file: our name to its column
    encoding: str = "utf-8"  # of a CSV file
    stories: Path | None = None  # Coral's


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file. `records` raises Malformed for a file that cannot be read on; `row` raises BadRow or LeftOut."""

    records: Callable[[Input, Options], Iterator[Any]]
    row: Callable[[Any], Row]
    html: bool = False
