"""The one rule on addresses: what can never be delivered to is refused, with the setting that would allow it."""

import pytest

from service.outside.addresses import LOOPBACK_NETWORKS, AddressRefused, Allowances, allowances, parse_target

STRICT = Allowances()
DEMO = allowances(networks=LOOPBACK_NETWORKS, http=False)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://cms.example/", "must begin with https://; MODERATO_CALLBACK_ALLOW_HTTP=true allows http:// as well"),
        ("ftp://cms.example/", "must begin with https://"),
        ("https://127.0.0.1/", "127.0.0.1 is not a public address; MODERATO_CALLBACK_ALLOW_PRIVATE=127.0.0.0/8"),
        (
            "https://10.1.2.3/",
            "10.1.2.3 is not a public address; MODERATO_CALLBACK_ALLOW_PRIVATE=10.1.2.3/32 allows it",
        ),
        ("https://[::1]/", "::1 is not a public address; MODERATO_CALLBACK_ALLOW_PRIVATE=::1/128 allows it"),
        ("http://localhost:3000/", "localhost is this machine; MODERATO_CALLBACK_ALLOW_PRIVATE=127.0.0.0/8,::1/128"),
        ("https://cms.localhost/", "cms.localhost is this machine"),
        ("https://127.1/", "four decimal numbers"),
        ("https://2130706433/", "four decimal numbers"),
        ("https://0x7f.0.0.0x1/", "four decimal numbers"),
        (
            "https://cms.example:9000/",
            "port 9000 is not allowed, use 443 or 8443; in the networks of MODERATO_CALLBACK",
        ),
        ("https://cms.example:0/", "port 0 is not allowed"),
        ("https://93.184.216.34:22/", "port 22 is not allowed"),
    ],
)
def test_what_can_never_be_delivered_to_is_refused_with_what_would_be_right(url: str, sentence: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        parse_target(url, STRICT)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/", "http://localhost:3000/x", "http://[::1]:8080/", "https://localhost/"]
)
def test_a_named_loopback_takes_plain_http_on_any_port_because_nobody_can_listen_on_the_way(url: str) -> None:
    assert parse_target(url, DEMO).scheme == url.partition(":")[0]


@pytest.mark.parametrize(
    "url", ["http://cms.example/", "http://10.0.0.1/", "https://10.0.0.1/", "https://93.184.216.34:22/"]
)
def test_a_named_loopback_opens_nothing_else(url: str) -> None:
    with pytest.raises(AddressRefused):
        parse_target(url, DEMO)


def test_a_name_on_an_unusual_port_may_lead_into_a_network_that_the_operator_named() -> None:
    intranet = allowances(networks="10.0.0.0/8", http=False)
    assert parse_target("https://cms.intranet:9000/", intranet).port == 9000
    with pytest.raises(AddressRefused, match="port 0"):
        parse_target("https://cms.intranet:0/", intranet)
