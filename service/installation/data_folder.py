"""The data folder and its database: whether they are where the settings say, and the sentence when they are not.

The default folder is relative to the working directory. A command that is started elsewhere must say so instead of
making a second, empty database. Nothing here creates anything.
"""

import getpass
import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from service.installation.settings import Settings, SettingsError


def require(settings: Settings, /) -> None:
    """Raise SettingsError unless the SQLite database exists and can be written; PostgreSQL needs no folder.

    SQLite writes beside its file even to read it (the write-ahead log), so every command needs both rights.
    """
    path = sqlite_file(settings)
    if path is None:
        return
    if path.parent.is_dir() and not os.access(path.parent, os.W_OK | os.X_OK):
        raise SettingsError(read_only(path.parent))
    if not path.exists():
        raise SettingsError(_missing(path, settings))
    if not os.access(path, os.R_OK | os.W_OK):
        raise SettingsError(read_only(path))


def require_or_name(settings: Settings, /) -> None:
    """Like `require`, but a database that the settings name on purpose need not exist yet."""
    path = sqlite_file(settings)
    if path is None:
        return
    if path.exists() or settings.model_fields_set.isdisjoint({"data_dir", "database_url"}):
        require(settings)
        return
    nearest = next(folder for folder in path.parents if folder.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise SettingsError(read_only(nearest))


def require_writable(settings: Settings, /) -> None:
    """Raise SettingsError where the data folder, or what would be made of it, or the database, may not be written."""
    folder = settings.data_dir.absolute()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    database = sqlite_file(settings)
    for path in (nearest, *([database] if database is not None and database.exists() else [])):
        if not os.access(path, os.W_OK):
            raise SettingsError(read_only(path))


def require_redis(settings: Settings, /) -> None:
    """Raise SettingsError where the private Redis of `moderato up` is expected and its socket does not exist."""
    if settings.redis_url is None and not os.path.exists(settings.redis_socket):
        raise SettingsError(
            f"No Redis is running at {settings.redis_socket}; run this command in the folder where `moderato up` runs, "
            "or set MODERATO_DATA_DIR or REDIS_URL."
        )


def sqlite_file(settings: Settings, /) -> Path | None:
    """Return the file of the SQLite database, None for PostgreSQL or a database in memory."""
    url = make_url(settings.effective_database_url)
    in_a_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)).absolute() if in_a_file else None


def read_only(path: Path, /) -> str:
    """Return the sentence for a folder or file that this user may not write to."""
    user = f"user {os.getuid()}"
    with suppress(KeyError, OSError, ImportError):  # a container's user need not have a name
        user = getpass.getuser()
    return (
        f"{path} is not writable for {user}; run this command as the user that runs the service, "
        "or set MODERATO_DATA_DIR to a folder that this user can write to."
    )


def database_sentence(error: SQLAlchemyError, settings: Settings, /) -> str:
    """Return one sentence for a database that cannot be used; it shows no password and no statement."""
    cause = getattr(error, "orig", None) or error
    if "no such table" in str(cause) or getattr(cause, "sqlstate", "") == "42P01":
        return "The database has no Moderato schema yet; run `moderato db upgrade`."
    where = make_url(settings.effective_database_url).render_as_string(hide_password=True)
    return f"The database {where} cannot be used ({type(cause).__name__}); check DATABASE_URL, and that it is running."


def _missing(path: Path, settings: Settings) -> str:
    if settings.database_url is not None:
        return f"DATABASE_URL: there is no database at {path}; correct the path, or run `moderato db upgrade`."
    return (
        f"There is no Moderato database at {path}; run this command in the folder where `moderato up` runs, "
        "or set MODERATO_DATA_DIR to its data folder."
    )
