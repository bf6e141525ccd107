"""The text of HTML: links, alternative texts and cells are read, and no input takes long."""

import time

import pytest

from service.moderation.text.links import find_links
from service.moderation.webhooks.html_text import plain_text

HOSTILE = [
    "<div>",
    "<a href=https://x.example>",
    "<b>",
    "<",
    "<!--",
    "</",
    "<a ",
    "&",
    "&#",
    "<a href='",
    "<![CDATA[",
    "<?",
    "<td>",
]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Fish &amp; chips<br>twice</p>", "Fish & chips\ntwice"),
        ("<td>an</td><td>idiot</td><td>and", "an idiot and"),
        ("<section>an</section><x-y>idiot</x-y>and", "an\n\nidiot\nand"),
        ("un<b>believ</b>able", "unbelievable"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ('see <img src="x.png" alt="buy pills" title="now">', "see buy pills now"),
        ('<a href="https://casino.example">here</a> now', "here (https://casino.example) now"),
        ('<a href="//casino.example/x">here', "here (//casino.example/x)"),
        ('<a href="https://a.example/x">https://a.example/x</a>', "https://a.example/x"),
        ('<a href="/users/ann">@ann</a>', "@ann"),
        ('<input value="pills" placeholder="cheap">', "pills cheap"),
        ("<script>x()</script><style>p{}</style>said", "said"),
        ("you &lt;b&gt;know&lt;/b&gt;", "you <b>know</b>"),
        ("just\ntwo lines", "just\ntwo lines"),
        ("I <3 this", "I <3 this"),
        ("", ""),
    ],
)
def test_it_is_what_readers_see_and_where_links_lead(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_each_of_five_links_behind_one_word_counts() -> None:
    html = '<a href="https://casino.example">here</a> ' * 5
    assert [link.host for link in find_links(plain_text(html))] == ["casino.example"] * 5


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_longer_text_takes_longer_in_proportion(unit: str) -> None:
    assert _seconds(unit * (400_000 // len(unit))) < 0.2 + 3 * _seconds(unit * (200_000 // len(unit)))


def _seconds(html: str) -> float:
    started = time.process_time()
    plain_text(html)
    return time.process_time() - started
