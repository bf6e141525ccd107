"""What readers see of a text that may be HTML, also where words hide in what looks like markup."""

import pytest

from service.api.compat.shown_text import shown
from tests.support.linear import is_linear


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("Plain words, 1 < 2 and AT&T.", "Plain words, 1 < 2 and AT&T."),
        ("<div>One</div><div>Two &amp; three</div>", "One\n\nTwo & three"),
        ("un<b>believ</b>able", "unbelievable"),
        ('<a href="https://a.example/x" rel="nofollow ugc" target="_blank">here</a>', "here (https://a.example/x)"),
        ("Fish &amp; chips", "Fish & chips"),
    ],
)
def test_common_html_becomes_its_words(sent: str, seen: str) -> None:
    assert shown(sent) == seen


@pytest.mark.parametrize(
    "sent",
    [
        "You <stupid idiot> there",
        "<b>Hello</b> you <stupid>",
        "<b stupid idiot>Hello</b>",
        '<a href="stupid idiot">x</a>',
        '<a href="/stupid-idiot">x</a>',
        '<b class="stupid idiot">x</b>',
        "<!-- stupid idiot -->",
        "<script>stupid idiot</script>",
        "<b>x</b> <stupid idiot",
    ],
)
def test_what_could_hide_words_is_no_html(sent: str) -> None:
    assert shown(sent) == sent


def test_entities_are_read_beside_what_is_no_html() -> None:
    assert shown('I &#107;&#105;&#108;&#108; <br class="x"> you') == 'I kill <br class="x"> you'


@pytest.mark.parametrize("unit", ["<", "<a ", '<a rel="', "<a href=//", "<b   ", "<b>x</b>", "&", ' title="'])
def test_it_takes_linear_time(unit: str) -> None:
    assert is_linear(shown, lambda size: unit * (size // len(unit)) + "<")
