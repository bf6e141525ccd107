"""A progress bar on standard error: drawn on a terminal, a line every tenth elsewhere, so that logs stay short."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with how many more of `total` are done."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn(what),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=total)
            yield lambda more: bar.advance(task, more)
        return
    done, told = 0, 0

    def advance(more: int) -> None:
        nonlocal done, told
        done += more
        if done * 10 // max(1, total) > told:
            told = done * 10 // max(1, total)
            print(f"{what}: {done:,} of {total:,}", file=sys.stderr, flush=True)

    yield advance
