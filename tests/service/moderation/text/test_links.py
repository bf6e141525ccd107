"""Links are found with the host that lists name, and ordinary punctuation makes none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.text.links import MOST_LINKS, find_links, is_within, listed_host


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://Example.COM:8080/a_(b)). ok", [("https://Example.COM:8080/a_(b)", "example.com")]),
        ("www.bild.de, and bit.ly/abc", [("www.bild.de", "www.bild.de"), ("bit.ly/abc", "bit.ly")]),
        ("(http://a.com)", [("http://a.com", "a.com")]),
        ("http://user:pw@evil.com/x", [("http://user:pw@evil.com/x", "evil.com")]),
        ("http://münchen.de/", [("http://münchen.de/", "xn--mnchen-3ya.de")]),
        ("пример.рф", [("пример.рф", "xn--e1afmkfd.xn--p1ai")]),
        ("foo。com", [("foo。com", "foo.com")]),
        ("https://spam。example/x", [("https://spam。example/x", "spam.example")]),
        ("www。spam。example", [("www。spam。example", "www.spam.example")]),
        ("https://例子。中国", [("https://例子。中国", "xn--fsqu00a.xn--fiqs8s")]),
        ("例子。中国/页", [("例子。中国/页", "xn--fsqu00a.xn--fiqs8s")]),
        ("请看https://spam.example。谢谢", [("https://spam.example", "spam.example")]),
        ("很好。请看http://spam。example，谢谢", [("http://spam。example", "spam.example")]),
        ("Смотриhttps://spam.example", [("https://spam.example", "spam.example")]),
        ("http://a.com/。http://b.com", [("http://a.com/。", "a.com"), ("http://b.com", "b.com")]),
        ("http://a.com/?u=https://b.com", [("http://a.com/?u=https://b.com", "a.com")]),
        ("ex\u200bample.com", [("ex\u200bample.com", "example.com")]),
        ("ｅｘａｍｐｌｅ.com", [("ｅｘａｍｐｌｅ.com", "example.com")]),
        ("example[.]com or hxxp://bad.site/", [("example[.]com", "example.com"), ("hxxp://bad.site/", "bad.site")]),
        ("http://[::1]/x http://1.2.3.4/", [("http://[::1]/x", "[::1]"), ("http://1.2.3.4/", "1.2.3.4")]),
        ("google.com.", [("google.com", "google.com")]),
        ('<a href="https://spam.shop/x">buy</a>', [("https://spam.shop/x", "spam.shop")]),
    ],
)
def test_a_link_leads_to_its_host(text: str, links: list[tuple[str, str]]) -> None:
    assert [(text[link.start : link.end], link.host) for link in find_links(text)] == links


@pytest.mark.parametrize(
    "text",
    ["I agree.He is right", "end.Start it.is so", "e.g. this, i.e. that", "readme.md", "joe@example.com", "10.000",
     "1.5", "3.co", "https://", "www.", "Mr.Smith", "No...way", "v1.2.3", "so/and", "a.m./p.m.",
     "谢谢这篇文章。写得很清楚。我学到了很多。", "我用Python。Java也行。", "很好。中国，加油！",
     "そうです。みんな、ありがとう。", "Ａ。Ｂ",
     "谢谢.写得很清楚.我学到了很多.", "Спасибо.Очень хорошо", "तुम。अच्छे"],
)  # fmt: skip
def test_ordinary_text_has_no_links(text: str) -> None:
    assert find_links(text) == ()


@given(st.text(max_size=100))
def test_links_lie_inside_the_text_in_order(text: str) -> None:
    places = [place for link in find_links(text) for place in (link.start, link.end)]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_link_between_spaces_is_always_found(before: str, after: str) -> None:
    assert "news.example.org" in [link.host for link in find_links(f"{before} https://news.example.org/a {after}")]


def test_a_text_of_nothing_but_links_is_bounded() -> None:
    assert len(find_links("a.com " * 10_000)) == MOST_LINKS


@pytest.mark.parametrize(
    "text",
    ["go to best-casino.bet today", "Best-Casino.BET", "promo.best-casino.bet!", "best-casino[.]bet",
     "best-casino。bet", "http:\\\\best-casino.bet", "ｂｅｓｔ-ｃａｓｉｎｏ.ｂｅｔ", "best-\u200bcasino.bet",
     "www.best-casino.bet", "see:best-casino.bet", "//best-casino.bet/x", "https://me@best-casino.bet:8443"],
)  # fmt: skip
def test_a_listed_host_is_a_link_whatever_its_spelling(text: str) -> None:
    hosts = [link.host for link in find_links(text, listed=frozenset({"best-casino.bet"}))]
    assert len(hosts) == 1
    assert is_within(hosts[0], {"best-casino.bet"})


@pytest.mark.parametrize("text", ["my best-casino.better", "the best.bet of all", "notbest-casino.bet", "you.bet I do"])
def test_what_only_resembles_a_listed_host_is_no_link(text: str) -> None:
    assert find_links(text, listed=frozenset({"best-casino.bet"})) == ()


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("https://spam1.example", "spam1.example"),
        ("https://spam1.example/", "spam1.example"),
        ("spam4.example:8080", "spam4.example"),
        (" WWW.Spam.Example. ", "spam.example"),
        ("*.spam.example", "spam.example"),
        (".spam.example", "spam.example"),
        ("//me@spam.example", "spam.example"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("[::1]", "[::1]"),
        ("192.0.2.7", "192.0.2.7"),
    ],
)
def test_a_host_is_listed_as_links_have_it(written: str, host: str) -> None:
    assert listed_host(written) == host


@pytest.mark.parametrize(
    "written", ["spam.example/path", "spam", "https://", "two words.example", "spam..example", "*"]
)
def test_what_no_link_leads_to_is_no_host(written: str) -> None:
    with pytest.raises(ValueError, match=r"such as \"spam\.example\""):
        listed_host(written)
