"""A file cut into batches of comments that can be stored, with what is wrong with the other rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from service.errors import Malformed
from service.moderation.transfer.arrivals import Arrival, arrive, in_spaces
from service.moderation.transfer.formats.files import DAMAGED, Input
from service.moderation.transfer.formats.rows import BadRow, Format, LeftOut, Options

ROWS = 250  # of one transaction: on SQLite nobody else writes meanwhile, for some 50 ms


@dataclass
class Batch:
    """Some rows of a file: `last` is the number of the last one, counted from 1."""

    last: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)  # number, sentence
    left_out: Counter[str] = field(default_factory=Counter)


def of_file(
    source: Input, kind: Format, options: Options, /, *, after: int, maximum_length: int, spaces: tuple[str, str]
) -> Iterator[Batch]:
    """Yield the rows after the first `after`, at most `ROWS` at a time. Raise Malformed for what cannot be read on.

    `spaces` are the id spaces of comments and articles, and of authors.
    """
    batch, number, records = Batch(), 0, kind.records(source, options)
    while True:
        try:
            record = next(records)
        except StopIteration:
            break
        except (Malformed, *DAMAGED):
            if batch.last:
                yield batch  # what came before the damage
            raise
        number += 1
        if number <= after:
            continue
        try:
            arrival = arrive(kind.row(record), html=kind.html, maximum_length=maximum_length)
            batch.arrivals.append(in_spaces(arrival, *spaces))
        except BadRow as error:
            batch.wrong.append((number, str(error)))
        except LeftOut as what:
            batch.left_out[str(what)] += 1
        batch.last = number
        if len(batch.arrivals) + len(batch.wrong) + batch.left_out.total() >= ROWS:
            yield batch
            batch = Batch()
    if batch.last:
        yield batch
