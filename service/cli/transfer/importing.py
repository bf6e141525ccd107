"""`moderato import`: the comments of another system, from the file that it exports."""

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from service.cli.accounts.sites import one_site
from service.cli.options import as_json, with_settings
from service.cli.transfer import progress
from service.db import Database
from service.installation import data_folder
from service.installation.settings import Settings
from service.installation.storage import opened
from service.moderation import operator_acts
from service.moderation.insight.counts import counters
from service.moderation.intake import id_spaces
from service.moderation.policy import policies
from service.moderation.transfer import batches, marks, storing
from service.moderation.transfer.batches import Batch
from service.moderation.transfer.formats import delimited, files, formats
from service.moderation.transfer.formats.rows import Format, Options

STOPPED = 130  # as shells report Ctrl-C
FOLDED = 16  # batches after which what they add to the figures is put together
SUMMARY = {
    "approved": "approved", "rejected": "rejected", "held": "held", "pending": "pending, behind all other comments",
    "deleted": "deleted, without text and author", "known": "known already", "known_with_another_text":
    "of these with another text, left as they are", "left_out": "left out", "wrong": "wrong",
}  # fmt: skip


@dataclass
class Run:
    """One import: what is read, where it goes, and what became of it."""

    database: Database
    site_id: str
    name: str  # of the format
    kind: Format
    options: Options
    file: str  # identity
    maximum_length: int
    spaces: tuple[str, str]  # of the ids of comments and articles, and of authors
    dry: bool
    done: int
    counts: Counter[str]


def _columns(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    for name, _, column in pairs:
        if name not in delimited.COLUMNS or not column:
            raise click.BadParameter(f"{name!r}: must be NAME=COLUMN, NAME one of {', '.join(delimited.COLUMNS)}")
    return {name: column for name, _, column in pairs}


def _encoding(_ctx: click.Context, _param: click.Parameter, given: str | None) -> str | None:
    try:
        return delimited.check_encoding(given) if given else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--site", "slug", help="The site's slug; not needed where there is one site.")
@click.option("--format", "name", type=click.Choice(list(formats.FORMATS)), help="Default: recognised by the file.")
@click.option("--map", "columns", multiple=True, metavar="NAME=COLUMN", callback=_columns,
              help="The column of a CSV file that holds NAME, such as text='Comment'.")  # fmt: skip
@click.option("--encoding", callback=_encoding, help="The encoding of a CSV file, such as cp1252. Default: UTF-8.")
@click.option("--html", is_flag=True, help="The texts of a CSV file are HTML.")
@click.option("--stories", type=click.Path(path_type=Path), help="Coral's stories, for titles and addresses.")
@click.option("--source", "source_id", default=id_spaces.BY_API, show_default=True,
              help="The webhook source whose ids these are, for a site that sends through it.")  # fmt: skip
@click.option("--dry-run", "dry", is_flag=True, help="Read the whole file, say what would come in, and store nothing.")
@as_json
@with_settings
def import_(
    settings: Settings, *, file: Path, slug: str | None, name: str | None, columns: dict[str, str],
    encoding: str | None, html: bool, stories: Path | None, source_id: str, dry: bool, as_json: bool,
) -> None:  # fmt: skip
    """Bring in the comments of FILE: JSON lines, CSV, or an export of WordPress, Disqus, Coral or remark42.

    Run it again after an interruption: it continues, and nothing comes in twice.
    """
    data_folder.require(settings)
    files.head(file)  # refuses what is no text, also where the format is given
    name = name or formats.recognise(file)
    if encoding and name != "csv":
        raise click.UsageError(f"--encoding is for CSV; files of the format {name} say it themselves, or are UTF-8.")
    kind = delimited.HTML if name == "csv" and html else formats.FORMATS[name]
    options = Options(columns=columns, encoding=encoding or "utf-8", stories=stories)
    reading = [name, columns, html, str(stories or ""), source_id, options.encoding]
    identity = files.identity(file, json.dumps(reading))
    with opened(settings) as database, files.opened(file) as source:
        with database.read() as session:
            site_id = one_site(session, slug).id
            maximum = policies.active(session, site_id).rules.maximum_length
            space = id_spaces.of_source(session, site_id, source_id)
            spaces = space, id_spaces.of_source(session, site_id, source_id, authors=True)
            done, counts = (0, Counter[str]()) if dry else marks.find(session, site_id, identity)
        if done:
            click.echo(f"Continues after row {done:,}.", err=True)
        run = Run(database, site_id, name, kind, options, identity, maximum, spaces, dry, done, counts)
        try:
            with progress.reading(source.size, done=done) as advance:
                _read(run, source, advance)
        except KeyboardInterrupt:
            click.echo(f"Stopped after row {run.done:,}; the same command continues there.", err=True)
            sys.exit(STOPPED)
        finally:
            _show(run, as_json=as_json)
    if run.counts["wrong"]:
        sys.exit(1)


def _read(run: Run, source: files.Input, advance: progress.Advance) -> None:
    known_articles = storing.ArticleIds(storing.KNOWN_ARTICLES)
    seen = files.Notes()
    found = batches.of_file(
        source, run.kind, run.options, after=run.done, maximum_length=run.maximum_length, spaces=run.spaces
    )
    for number, batch in enumerate(found, 1):
        for row, sentence in batch.wrong:
            click.echo(f"Row {row:,}: {sentence}.", err=True)
        counts = run.counts + Counter(wrong=len(batch.wrong), left_out=batch.left_out.total())
        counts += Counter({f"left_out: {what}": count for what, count in batch.left_out.items()})
        if run.dry:
            with run.database.read() as session:
                run.counts = counts + _would_store(session, run.site_id, batch, seen)
        else:
            with run.database.write() as session:
                counts += storing.store(session, run.site_id, batch.arrivals, known_articles=known_articles)
                if marks.move(session, run.site_id, run.file, batch.last, counts):
                    operator_acts.record(
                        session, "comments.import", site_id=run.site_id, subject=("site", run.site_id),
                        detail={"format": run.name, "file": run.file},
                    )  # fmt: skip
            run.counts = counts
            if number % FOLDED == 0:
                with run.database.write() as session:
                    counters.fold(session)
        run.done = batch.last
        advance(source.position, run.done)
    if not run.dry and run.done:
        with run.database.write() as session:
            marks.remove(session, run.site_id, run.file)
            operator_acts.record(
                session, "comments.imported", site_id=run.site_id, subject=("site", run.site_id),
                detail={"format": run.name, "file": run.file, "rows": run.done, **run.counts},
            )  # fmt: skip


def _would_store(session: Session, site_id: str, batch: Batch, seen: files.Notes) -> Counter[str]:
    counts: Counter[str] = Counter()
    for arrival in storing.unknown(session, site_id, batch.arrivals, counts):
        counts[storing.kind_of(arrival) if seen.write(arrival.mapped.id) else "known"] += 1
    return counts


def _show(run: Run, *, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"format": run.name, "dry_run": run.dry, "rows": run.done}
        click.echo(json.dumps(told | {name: run.counts[name] for name in SUMMARY}))
        return
    click.echo(f"{run.done:,} rows{' read; nothing is stored' if run.dry else ''}")
    for name, words in SUMMARY.items():
        if run.counts[name]:
            click.echo(f"  {run.counts[name]:,} {words}")
        if name == "left_out":
            for kind in sorted(one for one in run.counts if one.startswith("left_out: ")):
                click.echo(f"    {run.counts[kind]:,} {kind.removeprefix('left_out: ')}")
