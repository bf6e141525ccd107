"""Take out of a text what no reader sees and no database should keep: control characters and lone surrogates.

Word processors leave vertical tabs where they break a line; those become line feeds, or two words would become one.
"""

import regex

_LINE_BREAK = regex.compile(r"\r\n|[\r\v\f\x85]")
_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}--[\n\t]]", regex.V1)


def clean(text: str, /) -> str:
    """Return the text with line ends as \\n and without control characters other than line feed and tab."""
    if text.isprintable():  # cheap: most texts without line breaks end here
        return text
    return str(_CONTROL.sub("", _LINE_BREAK.sub("\n", text)))


def one_line(text: str, /) -> str:
    """Return the text cleaned, on one line, with single blanks."""
    return " ".join(clean(text).split())
