"""A disk that a test may fill under a server: a small one of its own where mounting is allowed, else a limit on files.

The limit is set and lifted on running processes; writing past it fails like a full disk does, with EFBIG for ENOSPC.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

SIZE = 96 << 20


class Disk(Protocol):
    """Where the files are that are to find no more room."""

    folder: Path

    def fill(self, room: int) -> None:
        """Leave `room` bytes."""

    def free(self) -> None:
        """Make room again."""


class Mounted:
    """A file system in memory; what fills it is a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, room: int) -> None:
        look = os.statvfs(self.folder)
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, look.f_bavail * look.f_frsize - room))

    def free(self) -> None:
        self._ballast.unlink()


class Limited:
    """An ordinary folder; no file may grow beyond what `begins_at` says, and `room`."""

    def __init__(self, folder: Path, limit: Callable[[int | None], None], begins_at: Callable[[], int]) -> None:
        self.folder, self._limit, self._begins_at = folder, limit, begins_at

    def fill(self, room: int) -> None:
        self._limit(self._begins_at() + room)

    def free(self) -> None:
        self._limit(None)


@contextmanager
def mounted() -> Iterator[Mounted]:
    """Mount a small file system, for those who may."""
    folder = Path(tempfile.mkdtemp(prefix="moderato-disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", folder], check=True, capture_output=True)
    try:
        yield Mounted(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def may_mount() -> bool:
    """Whether this machine lets the tests mount something."""
    try:
        with mounted():
            return True
    except (OSError, subprocess.CalledProcessError):
        return False
