"""Whole numbers in forms and addresses."""

LARGEST = 2**31 - 1  # what an integer column holds


def whole_number(text: str, /) -> int | None:
    """Return the number of ASCII digits that a column can hold, None for any other text."""
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > LARGEST:
        return None
    return int(text)
