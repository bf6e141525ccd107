"""`moderato models`: what can score toxicity here, and how a published Detoxify model is made ready to.

Compiling is the one command that downloads and unpickles; workers load compiled folders only.
"""

import json
import sys
from pathlib import Path
from typing import Any

import click

from workers.classifiers.base import ModelFileError
from workers.classifiers.model_files import MANIFEST, SHIPPED, compiled_folder, verified_manifest


def _cache_dir(*, to_fill: bool = False) -> Path:
    """Return where compiled models are; `to_fill`: only where the data folder is the service's (status 78)."""
    from service.installation import data_folder
    from service.installation.settings import SettingsError, load

    try:
        settings = load()
        if to_fill and settings.cache_dir is None:
            data_folder.require_or_name(settings)
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(78)
    return settings.effective_cache_dir


@click.group()
def models() -> None:
    """Show the models that can score comments here, and compile published ones."""


@models.command("compile")
@click.argument("name")
@click.option("--checkpoint", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A local checkpoint.")
@click.option(
    "--config",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with its config.json and tokenizer; needed with --checkpoint.",
)
@click.option("--language", "languages", multiple=True, help="A language it knows (local checkpoints; default en).")
@click.option("--gpu/--no-gpu", "for_gpu", default=None, help="Keep float weights for torch as well.")
@click.option("--cache-dir", type=click.Path(file_okay=False, path_type=Path), help="Where compiled models live.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as one JSON object.")
def compile_command(
    name: str,
    checkpoint: Path | None,
    config: Path | None,
    languages: tuple[str, ...],
    for_gpu: bool | None,
    cache_dir: Path | None,
    as_json: bool,
) -> None:
    """Compile NAME: original, unbiased, multilingual, original-small, unbiased-small, or a name for a local checkpoint.

    Downloads through Detoxify, verifies, exports to ONNX, quantises to int8, checks parity, and keeps the result where
    workers find it by MODERATO_TOXICITY_MODEL=NAME.
    """
    folder = cache_dir or _cache_dir(to_fill=True)
    from workers.classifiers.detoxify import checkpoint as detoxify_checkpoint
    from workers.classifiers.detoxify import compilation, torch_toxicity

    def say(line: str) -> None:
        click.echo(f"{name}: {line}", err=True)

    if name == "compact" or not name.replace("-", "").replace("_", "").isalnum():
        raise click.UsageError(f"{name}: must be letters, digits and hyphens, and not compact, which ships")
    if checkpoint is not None and config is None:
        raise click.UsageError("--checkpoint needs --config, the folder with config.json and the tokenizer")
    if checkpoint is None and name not in detoxify_checkpoint.PUBLISHED:
        published = ", ".join(detoxify_checkpoint.PUBLISHED)
        raise click.UsageError(f"{name}: must be one of {published}, or give --checkpoint")
    try:
        if checkpoint is not None and config is not None:
            loaded = detoxify_checkpoint.load_local(checkpoint, config=config, say=say)
            known = languages or ("en",)
        else:
            loaded = detoxify_checkpoint.load_published(name, cache_dir=folder, config=config, say=say)
            known = detoxify_checkpoint.PUBLISHED[name]
        manifest = compilation.compile_model(
            loaded,
            compiled_folder(folder, name),
            name=name,
            languages=known,
            for_gpu=torch_toxicity.gpu() is not None if for_gpu is None else for_gpu,
            say=say,
        )
    except ModelFileError as error:
        raise click.ClickException(str(error)) from None
    say(f"ready: MODERATO_TOXICITY_MODEL={name}")
    if as_json:
        click.echo(json.dumps(manifest))


@models.command("list")
@click.option("--cache-dir", type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def list_command(cache_dir: Path | None, as_json: bool) -> None:
    """List the models that ship and those compiled here."""
    compiled = compiled_folder(cache_dir or _cache_dir(), "").glob(f"*/{MANIFEST}")
    rows = [_row(path, shipped=True) for path in sorted(SHIPPED.glob(f"*/{MANIFEST}"))]
    rows += [_row(path, shipped=False) for path in sorted(compiled)]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        where = "ships" if row["shipped"] else "compiled here"
        click.echo(f"{row['name']:<16} {row['version']:<20} {where:<14} {row['state']}")


@models.command("show")
@click.argument("name")
@click.option("--cache-dir", type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the manifest instead of the card.")
def show_command(name: str, cache_dir: Path | None, as_json: bool) -> None:
    """Show a model's card: data and licences, figures, limits; for a compiled model what compiling found."""
    folder = SHIPPED / name
    if not folder.is_dir():
        folder = compiled_folder(cache_dir or _cache_dir(), name)
    try:
        manifest = verified_manifest(folder)
    except ModelFileError as error:
        raise click.ClickException(str(error)) from None
    card = folder / "card.md"
    if as_json or not card.exists():
        click.echo(json.dumps(manifest, indent=None if as_json else 2))
    else:
        click.echo(card.read_text(encoding="utf-8"))


def _row(path: Path, *, shipped: bool) -> dict[str, Any]:
    try:
        manifest = verified_manifest(path.parent)
    except ModelFileError as error:
        return {"name": path.parent.name, "version": "", "shipped": shipped, "state": str(error)}
    return {
        "name": path.parent.name,
        "version": str(manifest.get("version", "")),
        "shipped": shipped,
        "languages": manifest.get("languages", []),
        "state": "intact",
    }
