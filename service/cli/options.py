"""What the commands share: checked settings as their first argument, JSON on demand, a sentence for every fault."""

import functools
import sys
from collections.abc import Callable
from errno import EACCES, ENOSPC, EPERM, EROFS
from typing import Any

import click

from service.installation import settings as settings_module
from service.installation.settings import Settings, SettingsError

MISCONFIGURED = 78  # EX_CONFIG of sysexits.h

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the command the checked settings as its first argument; every expected fault ends as one line on stderr.

    Status 78: a setting or the data folder is wrong. Status 1: anything else that a person can put right.
    """

    @functools.wraps(command)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            settings = settings_module.load()
        except SettingsError as error:
            _end(str(error), MISCONFIGURED)
        try:
            return command(settings, *args, **kwargs)
        except SettingsError as error:
            _end(str(error), MISCONFIGURED)
        except Exception as error:
            sentence = _sentence(error, settings)
            if sentence is None:
                raise
            _end(sentence, 1)

    return checked


def _sentence(error: Exception, settings: Settings) -> str | None:
    """Return what to print for an error that is not a bug, or None. Imported here: most commands end without one."""
    from redis import RedisError
    from sqlalchemy.exc import SQLAlchemyError

    from service.errors import Problem
    from service.installation import data_folder

    if isinstance(error, Problem):
        return error.detail
    if isinstance(error, SQLAlchemyError):
        return data_folder.database_sentence(error, settings)
    if isinstance(error, RedisError):
        return f"Redis does not answer ({type(error).__name__}); check REDIS_URL, or start the service."
    if isinstance(error, OSError) and error.filename and error.errno in (EACCES, EPERM, EROFS, ENOSPC):
        return f"{error.filename}: {error.strerror}; give this user a folder to write to, with room on its disk."
    return None


def _end(sentence: str, status: int) -> None:
    click.echo(sentence, err=True)
    sys.exit(status)
