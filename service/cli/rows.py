"""Rows as a command prints them: aligned columns for people, a JSON array for programs."""

import json
from collections.abc import Sequence
from typing import Any

import click


def show(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Print the rows; without JSON, no rows print nothing and None is a hyphen."""
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not rows:
        return
    cells = [list(rows[0]), *([("-" if value is None else str(value)) for value in row.values()] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
