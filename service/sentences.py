"""English sentences made outside the console, in a form that the console can say in another language.

The API, callbacks, stored reasons, the log and the command line speak English. A sentence with values in it is made by
`worded` or `counted`: it is an ordinary string, and it remembers its template and its values. A stored sentence is a
plain string again; `read_back` finds its template and its values.

`N_` marks a text for the catalogues without changing it. What the errors of `service.errors` and the functions here are
called with needs no mark.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
SCORES = ("score", "threshold", "raised")  # what values from 0 to 1 are called in templates
NUMBERS = dict.fromkeys(SCORES, r"\d\.\d+") | {"count": r"\d[\d,]*"}  # how they are written


def N_(text: str, /) -> str:  # noqa: N802  (the name that every gettext tool knows)
    """Return `text`, which the console says by its catalogue."""
    return text


class Grouped(int):
    """A number that is written with its thousands apart, as in 1,234; plain numbers are written as they are."""

    def __str__(self) -> str:
        return f"{int(self):,}"


class Decimal(float):
    """A number that is written with as few digits as it has, as in 0.5."""

    def __str__(self) -> str:
        return f"{self:g}"


class Sentence(str):
    """An English sentence with the template and the values that it was made from; `plural` only with an `amount`."""

    template: str
    plural: str
    amount: int | None
    values: Mapping[str, object]

    def __new__(
        cls, template: str, values: Mapping[str, object], plural: str = "", amount: int | None = None
    ) -> "Sentence":
        chosen = plural if plural and amount != 1 else template
        made = super().__new__(cls, chosen % {name: str(value) for name, value in values.items()})
        made.template, made.plural, made.amount, made.values = template, plural, amount, dict(values)
        return made

    def __getnewargs__(self) -> tuple[object, ...]:  # type: ignore[override]  # for copies, which a text makes of itself
        return self.template, self.values, self.plural, self.amount


def worded(template: str, /, **values: object) -> Sentence:
    """Return the sentence; a value that is a Sentence is translated with it, any other text stays as it is."""
    return Sentence(template, values)


def fraction(value: float, /) -> Sentence:
    """Return a number alone, which a language may write with a comma."""
    return Sentence("%(value)s", {"value": Decimal(value)})


def counted(one: str, many: str, count: int, /, **values: object) -> Sentence:
    """Return the sentence for `count` things; the number is among its values."""
    return Sentence(one, {"count": Grouped(count), **values}, many, count)


@dataclass(frozen=True)
class Template:
    """A sentence as it is stored: text with %(names)s; another one where `count` is not 1, in those that have one.

    `own` names the values that are words of ours, with what parts them where there may be several, else "".
    """

    text: str
    plural: str = ""
    own: Mapping[str, str] = field(default_factory=dict)

    def __mod__(self, values: Mapping[str, object]) -> str:
        """Return the English sentence, to be stored."""
        return (self.plural if self.plural and str(values["count"]) != "1" else self.text) % values

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """What matches exactly the sentences that were made from it."""
        return tuple(_pattern(text) for text in (self.text, self.plural) if text)


def template(text: str, /, **own: str) -> Template:
    """Return the template of a sentence; `own` as there."""
    return Template(text, own=own)


def counted_template(one: str, many: str, /, **own: str) -> Template:
    """Return the template of a sentence about `count` things."""
    return Template(one, many, own)


def read_back(text: str, templates: Iterable[Template], /) -> tuple[Template, dict[str, str]] | None:
    """Return the first template that gives exactly this text, and its values; None where none does."""
    for one in templates:
        for pattern in one.patterns:
            if found := pattern.fullmatch(text):
                return one, found.groupdict()
    return None


def _pattern(text: str) -> re.Pattern[str]:
    pieces = PLACEHOLDER.split(text)
    written = [
        f"(?P<{piece}>{NUMBERS.get(piece, '.+?')})" if number % 2 else re.escape(piece)
        for number, piece in enumerate(pieces)
    ]
    return re.compile("".join(written), re.DOTALL)
