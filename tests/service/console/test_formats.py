"""How texts read in the console: nothing in them turns or hides what a moderator decides on."""

import pytest

from service.console.formats import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, ""),
        ("Fish & chips <b>", "Fish &amp; chips &lt;b&gt;"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("a\u202eb", 'a<span class="control" title="hidden character U+202E">RLO</span>b'),
        ("\x00\x9f", '<span class="control" title="hidden character U+0000">U+0000</span>'
                     '<span class="control" title="hidden character U+009F">U+009F</span>'),
        ("x\U000e0041", 'x<span class="control" title="hidden character U+E0041">U+E0041</span>'),
        ("ass\u200dhat", 'ass<span class="control" title="hidden character U+200D">ZWJ</span>hat'),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),  # a joiner within an emoji hides nothing
        ("می\u200cخواهم", "می\u200cخواهم"),  # nor one within a Persian word
    ],
)  # fmt: skip
def test_what_turns_or_hides_text_is_shown_as_a_symbol(text: str | None, shown: str) -> None:
    assert visible(text) == shown
