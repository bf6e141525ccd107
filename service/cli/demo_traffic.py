"""`moderato demo-traffic`: made-up readers through the HTTP API, so that the console can be tried as on a busy day."""

import json
import sys
import time

import click

from service.cli.options import as_json, with_settings
from service.installation.settings import Settings
from service.machine import demo_access, traffic

ANSWERS = {"202": "accepted", "200": "known already", "422": "refused for their length", "0": "unanswered"}


@click.command("demo-traffic")
@click.option("--comments", default=200, show_default=True, type=click.IntRange(1, 1_000_000), help="How many.")
@click.option("--rate", default=5.0, show_default=True, type=click.FloatRange(0.01, 5_000), help="How many a second.")
@click.option("--seed", default=1, show_default=True, help="Another seed writes other comments, of the same sentences.")
@click.option("--url", default=None, help="The service; default: that of `moderato up --demo`.")
@click.option("--key", default=None, help="An API key of the site; default: that of `moderato up --demo`.")
@as_json
@with_settings
def demo_traffic(
    settings: Settings, *, comments: int, rate: float, seed: int, url: str | None, key: str | None, as_json: bool
) -> None:
    """Send made-up readers' comments to a running service; a second run continues where the first one ended."""
    demo = demo_access.read(settings)
    key = key or (demo.api_key if demo else None)
    if key is None:
        place = (settings.data_dir / demo_access.FILE).absolute()
        click.echo(
            f"There is no demo at {place}; run this command in the folder where `moderato up --demo` runs, "
            "or pass --url and --key.",
            err=True,
        )
        sys.exit(1)
    url = url or (demo.base_url if demo else f"http://{settings.host}:{settings.port}")
    started = time.monotonic()
    try:
        sent = traffic.play(url.rstrip("/"), key, comments=comments, rate=rate, seed=seed)
    except traffic.RequestRefused as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)
    figures = traffic.summary(sent, time.monotonic() - started)
    if as_json:
        click.echo(json.dumps(figures, indent=2))
        return
    click.echo(f"{figures['sent']} comments in {figures['seconds']} s ({figures['per_second']} a second)")
    click.echo("  " + ", ".join(f"{number} {kind}" for kind, number in figures["by_kind"].items()))
    click.echo("  " + ", ".join(f"{number} {ANSWERS.get(code, code)}" for code, number in figures["by_status"].items()))
    times = figures["milliseconds"]
    click.echo(f"  answers: median {times['p50']} ms, 95th percentile {times['p95']} ms")
