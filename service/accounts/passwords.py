"""Moderators' passwords: Argon2id, at most two hashes at a time, each of which takes 64 MiB and a tenth of a second.

Without this limit a burst of sign-in attempts could use up the machine's memory.
"""

import base64
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.errors import Unavailable
from service.sentences import worded

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 256
CONCURRENT_HASHES = 2
WAIT_SECONDS = 5.0

_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(CONCURRENT_HASHES)
# Compared with when the account does not exist, so that the answer takes as long as for one that does. Written down and
# not hashed, because that would cost every start a tenth of a second and 64 MiB.
_ZEROS = [base64.b64encode(bytes(length)).decode().rstrip("=") for length in (_hasher.salt_len, _hasher.hash_len)]
_NOBODY = "$argon2id$v=19$m={0.memory_cost},t={0.time_cost},p={0.parallelism}${1}${2}".format(_hasher, *_ZEROS)


def fault(password: str) -> str | None:
    """Return what is wrong with a new password, or None; length is the only rule (NIST SP 800-63B)."""
    if len(password) < MINIMUM_LENGTH:
        return worded(
            "The password has %(length)s of at least %(least)s characters.",
            length=len(password),
            least=MINIMUM_LENGTH,
        )
    if len(password) > MAXIMUM_LENGTH:
        return worded(
            "The password has %(length)s characters; at most %(most)s are taken.",
            length=len(password),
            most=MAXIMUM_LENGTH,
        )
    return None


def hash_password(password: str) -> str:
    """Return the Argon2id hash to store."""
    with _Turn():
        return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Whether `password` matches the hash `stored`; as slow for None (no such account) as for a wrong password."""
    with _Turn():
        try:
            _hasher.verify(stored or _NOBODY, password[: MAXIMUM_LENGTH + 1])
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether `stored` was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


class _Turn:
    def __enter__(self) -> None:
        if not _turns.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("Too many people are signing in. Try again in a few seconds.", retry_after=5)

    def __exit__(self, *_exception: object) -> None:
        _turns.release()
