"""The files of this installation: whether other users of the machine could read them."""

import stat
from collections.abc import Iterator
from pathlib import Path

from service.doctor.finding import Finding
from service.installation import data_folder
from service.installation.settings import Settings

SHOWN = 5


def check(settings: Settings) -> Iterator[Finding]:
    """Yield what is open to others in the data folder and beside a database that lies elsewhere."""
    found = [path for path in _ours(settings) if stat.S_IMODE(path.lstat().st_mode) & 0o077 and not path.is_symlink()]
    # Nobody passes a closed folder, so what is in it may have any mode; the folder itself is named first.
    if settings.data_dir.is_dir() and settings.data_dir not in found:
        found = [path for path in found if not path.is_relative_to(settings.data_dir)]
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        names = ", ".join(str(path) for path in found[:SHOWN])
        detail = f"others on this machine can open {names}{more}; chmod 700 the folder and 600 the files"
        yield Finding("files", "failed", detail)
    else:
        yield Finding("files", "ok", "nobody else on this machine can open the data folder or the database")


def _ours(settings: Settings) -> Iterator[Path]:
    if settings.data_dir.is_dir():
        yield settings.data_dir
        yield from (path for path in settings.data_dir.rglob("*") if path.exists() and not path.is_socket())
    database = data_folder.sqlite_file(settings)
    if database is not None and not database.is_relative_to(settings.data_dir.absolute()):
        yield from (path for path in database.parent.glob(f"{database.name}*") if path.is_file())
