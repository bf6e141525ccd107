"""The formats by name, and which one a file is."""

from pathlib import Path

from service.errors import Malformed
from service.moderation.transfer.formats import coral, delimited, disqus, files, jsonl, remark42, wordpress
from service.moderation.transfer.formats.rows import Format

FORMATS: dict[str, Format] = {
    "jsonl": jsonl.FORMAT,
    "csv": delimited.FORMAT,
    "wordpress": wordpress.FORMAT,
    "disqus": disqus.FORMAT,
    "coral": coral.FORMAT,
    "remark42": remark42.FORMAT,
}


def recognise(path: Path, /) -> str:
    """Return the name of the file's format by its beginning; raise Malformed for one that nothing tells."""
    beginning = files.head(path)
    first = next(iter(beginning.lstrip().splitlines()), b"")
    if not first:
        raise Malformed(f"{path}: the file is empty.")
    if first.startswith(b"<"):
        if b"<disqus" in beginning:
            return "disqus"
        if b"wordpress.org/export" in beginning or b"<wp:" in beginning:
            return "wordpress"
        raise Malformed(f"{path}: this XML is an export neither of WordPress nor of Disqus.")
    if first.startswith(b"{"):
        if remark42.is_about_the_site(first) or (b'"locator"' in first and b'"pid"' in first):
            return "remark42"
        return "coral" if b'"storyID"' in first and b'"revisions"' in first else "jsonl"
    if any(mark.encode() in first for mark in delimited.DELIMITERS) or first.lower().startswith(b"sep="):
        return "csv"
    raise Malformed(f"{path}: the format is not recognised; name it with --format.")
