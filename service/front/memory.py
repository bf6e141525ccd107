"""How much of requests that have not arrived whole, and of answers that have not been read, is kept in memory."""

from collections import Counter

from service.capacity.shares import admits

BUDGET = 64 * 1024 * 1024  # bytes in one web process


class Memory:
    """The bytes kept for each address; one that keeps much is refused more, while others are not."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._kept: Counter[str] = Counter()
        self._total = 0

    def keep(self, address: str, size: int, /) -> bool:
        """Count `size` more bytes for the address; False, and nothing is counted, if that is too much."""
        own = self._kept.get(address, 0)
        if not admits(own + size, self._total + size, self._budget, last=True):
            return False
        self._kept[address] += size
        self._total += size
        return True

    def release(self, address: str, size: int, /) -> None:
        """Count `size` bytes less."""
        self._total -= size
        self._kept[address] -= size
        if self._kept[address] <= 0:
            del self._kept[address]
