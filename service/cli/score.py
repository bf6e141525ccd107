"""`moderato score`: a text's scores from the running interactive worker."""

import json
import sys

import click

from service.cli import rows
from service.cli.options import as_json, with_settings
from service.errors import Unavailable
from service.installation import data_folder
from service.installation.settings import Settings
from service.queues import Queues


@click.command()
@click.argument("text", required=False)
@as_json
@with_settings
def score(settings: Settings, *, text: str | None, as_json: bool) -> None:
    """Score TEXT (default: standard input) with the running interactive worker; nothing is stored."""
    data_folder.require_redis(settings)
    answer = Queues(settings.effective_redis_url).ask(
        {"text": text if text is not None else sys.stdin.read()},
        deadline_seconds=settings.score_deadline_ms / 1000,
        keyring=settings.keyring,
    )
    if answer is None or "assessment" not in answer:
        raise Unavailable(
            "No answer from an interactive worker; `moderato up` or `moderato worker interactive` runs one."
        )
    if as_json:
        click.echo(json.dumps(answer["assessment"]))
        return
    scores = answer["assessment"]["scores"]
    rows.show([{"attribute": name, "score": f"{found['value']:.4f}"} for name, found in scores.items()], as_json=False)
