"""How far a file is read: a bar with rate and time left on a terminal, a line every tenth elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int, int], None]  # with the bytes read so far, and the rows


@contextmanager
def reading(size: int, /, *, done: int) -> Iterator[Advance]:
    """Yield what is called after each batch; `done` rows were read before. Everything goes to standard error."""
    if not sys.stderr.isatty():
        yield _lines(size)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.fields[rows]:,} rows"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]:,.0f} rows a second,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=size, rows=done, rate=0.0)

        def advance(position: int, rows: int) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            bar.update(task, completed=position, rows=rows, rate=(rows - done) / elapsed if elapsed else 0.0)

        yield advance


def _lines(size: int) -> Advance:
    told = 0

    def advance(position: int, rows: int) -> None:
        nonlocal told
        if position * 10 // max(1, size) > told:
            told = position * 10 // max(1, size)
            print(f"{rows:,} rows, {told}0 % of the file", file=sys.stderr, flush=True)

    return advance
