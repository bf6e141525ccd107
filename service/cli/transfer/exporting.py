"""`moderato export`: a site's comments with their decisions and scores, in a file that only its user can read."""

import csv
import gzip
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click

from service.cli.accounts.sites import one_site
from service.cli.options import as_json, with_settings
from service.console.tables import cell
from service.errors import Invalid
from service.installation import data_folder
from service.installation.settings import Settings
from service.installation.storage import opened
from service.moderation import operator_acts
from service.moderation.intake import id_spaces
from service.moderation.transfer import exporting
from service.vocabulary import CommentStatus


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--site", "slug", help="The site's slug; not needed where there is one site.")
@click.option("--format", "name", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True,
              help="jsonl: all of it, for `moderato import`. csv: comments and scores, for a spreadsheet.")  # fmt: skip
@click.option("--source", "source_id", help="Only comments of this webhook source, or of `api`.")
@click.option("--since", type=click.DateTime(), help="Only comments received from this time on, in UTC.")
@click.option("--status", type=click.Choice([status.value for status in CommentStatus]), help="Only of this status.")
@as_json
@with_settings
def export(
    settings: Settings, *, file: Path, slug: str | None, name: str, source_id: str | None, since: datetime | None,
    status: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Write a site's comments, decisions and scores to FILE, or to standard output for -; gzipped if it ends in .gz.

    The file holds readers' texts and names.
    """
    data_folder.require(settings)
    begin = since.replace(tzinfo=UTC) if since else None
    chosen = CommentStatus(status) if status else None
    with opened(settings) as database:
        with database.write() as session:
            site_id = one_site(session, slug).id
            space = id_spaces.of_source(session, site_id, source_id) if source_id else None
            told = {"format": name, "source": source_id, "status": status}
            told["since"] = begin.isoformat() if begin else None
            operator_acts.record(session, "comments.export", site_id=site_id, subject=("site", site_id), detail=told)
        written, position = 0, None
        with _written_to(file) as out:
            write = _writer(name, out)
            while True:
                with database.read() as session:
                    found, position = exporting.page(
                        session, site_id, after=position, since=begin, status=chosen, space=space
                    )
                for comment in found:
                    write(comment)
                written += len(found)
                if position is None:
                    break
    if str(file) != "-":
        click.echo(json.dumps({"comments": written, "file": str(file)}) if as_json else f"{written:,} comments")


@contextmanager
def _written_to(file: Path) -> Iterator[IO[str]]:
    """Yield standard output for -, or else a new file; raise Invalid where it cannot be written."""
    if str(file) == "-":
        with _standard_output() as text:
            yield text
        return
    try:
        with _new_file(file) as text:
            yield text
    except OSError as error:
        raise Invalid(f"{file}: {error.strerror or error}.") from None


@contextmanager
def _standard_output() -> Iterator[IO[str]]:
    """Yield standard output; raise Invalid where it takes no more. If its reader has ended, end quietly as well."""
    try:
        yield sys.stdout
        sys.stdout.flush()
    except OSError as error:
        # What is still buffered would fail again at exit: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(1)
        raise Invalid(f"Standard output: {error.strerror or error}. The export is not complete.") from None


@contextmanager
def _new_file(file: Path) -> Iterator[IO[str]]:
    """Yield a new file that only this user can read, under its name once it is whole; raise Invalid if it exists."""
    if file.exists():
        raise Invalid(f"{file} exists; remove it, or choose another name.")
    if not file.parent.is_dir():
        raise Invalid(f"{file.parent} is no folder; create it first, or choose another one.")
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    raw = os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "wb")
    try:
        packed = gzip.GzipFile(fileobj=raw, mode="wb", filename="") if file.suffix == ".gz" else raw
        with raw, packed, io.TextIOWrapper(packed, encoding="utf-8", newline="") as text:
            yield text
        os.link(part, file)  # fails where the name has been taken meanwhile
    finally:
        part.unlink(missing_ok=True)


def _writer(name: str, out: IO[str]) -> Callable[[dict[str, Any]], object]:
    if name == "jsonl":
        return lambda comment: out.write(json.dumps(comment, ensure_ascii=False, separators=(",", ":")) + "\n")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(exporting.COLUMNS)
    return lambda comment: rows.writerow([cell(value) for value in exporting.cells(comment)])
