"""Rewrite a text step by step while remembering where each character came from.

Every normaliser step is a list of edits over the current view; the offsets of the original survive any number of
steps. Edits must not overlap and must be in order.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Edit(NamedTuple):
    """Replace characters `start:end` of a view by `text`; as long as what it replaces, it maps letter by letter."""

    start: int
    end: int
    text: str


class View(NamedTuple):
    """A rewritten text: its character `i` comes from `starts[i]:ends[i]` of the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def plain_view(text: str) -> View:
    """Return the view in which every character comes from itself."""
    return View(text, range(len(text)), range(1, len(text) + 1))


def rewrite(view: View, edits: Iterable[Edit]) -> View:
    """Return the view after the edits."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for start, end, text in edits:
        pieces += (view.text[position:start], text)
        starts += view.starts[position:start]
        ends += view.ends[position:start]
        if len(text) == end - start:
            starts += view.starts[start:end]
            ends += view.ends[start:end]
        elif text:
            starts += [view.starts[start]] * len(text)
            ends += [view.ends[end - 1]] * len(text)
        position = end
    if not pieces:
        return view
    pieces.append(view.text[position:])
    starts += view.starts[position:]
    ends += view.ends[position:]
    return View("".join(pieces), starts, ends)
