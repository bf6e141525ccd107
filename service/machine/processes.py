"""Ties a child process to its parent, so that nothing is left running when the parent is killed.

Linux sends the signal when the *thread* that started the child ends: start children from the main thread only.
Elsewhere there is no such call, and a parent killed with -9 leaves its children; a regular stop is the same everywhere.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(kind: signal.Signals = signal.SIGKILL, *, of: int | None = None) -> Callable[[], None]:
    """Return a function for `preexec_fn`, or for after a fork, that has the kernel send `kind` when the parent dies.

    The library is loaded before the fork: loading one between fork and exec can deadlock. `of` is the parent's id where
    the child itself asks for the function; by default it is the process that asks.
    """
    parent = os.getpid() if of is None else of

    def tie() -> None:
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, int(kind), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), kind)

    return tie
