"""How many connections there may be, in all and from one address, and which one goes when another comes.

A connection whose request is being answered is never closed for another one. Of the others, one that has not brought a
whole request yet goes first, the oldest of those first: silent connections cost those who open them their own places.
"""

import time
from typing import Protocol


class Member(Protocol):
    """A connection, as the crowd sees it."""

    address: str
    served: int  # requests answered so far
    since: float  # when it was last heard of as a whole request, or opened

    def is_busy(self) -> bool:
        """Whether a whole request of it is being answered."""

    def cut(self) -> None:
        """Close it at once."""


class Crowd:
    """The connections of one web process."""

    def __init__(self, most: int, *, per_address: int) -> None:
        self._most, self._per_address = most, per_address
        self._members: dict[str, dict[Member, None]] = {}
        self._count = 0

    def enter(self, member: Member, /) -> bool:
        """Take a new connection in, closing another one where there are too many; False if none may be closed."""
        member.since = time.monotonic()
        if len(self._members.get(member.address, ())) >= self._per_address and not self._make_room(member.address):
            return False
        if self._count >= self._most:
            fullest = max(self._members, key=lambda address: len(self._members[address]))
            if not self._make_room(fullest):
                return False
        self._members.setdefault(member.address, {})[member] = None
        self._count += 1
        return True

    def leave(self, member: Member, /) -> None:
        """Forget a connection that has ended; one that is not known is ignored."""
        of_address = self._members.get(member.address, {})
        if member in of_address:
            del of_address[member]
            self._count -= 1
            if not of_address:
                del self._members[member.address]

    def _make_room(self, address: str) -> bool:
        closable = (member for member in self._members[address] if not member.is_busy())
        chosen = min(closable, key=lambda member: (member.served > 0, member.since), default=None)
        if chosen is None:
            return False
        self.leave(chosen)
        chosen.cut()
        return True
