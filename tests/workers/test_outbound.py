"""The one door out: what may not be reached is not reached, and nothing a receiver does holds us up."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from urllib.parse import quote

import pytest

from service.outside.addresses import AddressRefused, Allowances, allowances, is_public, parse_target
from service.vocabulary import AttemptOutcome
from tests.support.receiver import Canary, Receiver, canary
from workers import outbound

STRICT = Allowances(http=True)
LOCAL = allowances(networks="127.0.0.0/8", http=True)
METADATA = "169.254.169.254"


@pytest.fixture
def bird() -> Iterator[Canary]:
    with canary() as bird:
        yield bird


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Let names resolve to given addresses, one answer per look-up; return the names that were looked up."""
    asked: list[str] = []

    def answer(*answers: list[str]) -> list[str]:
        left = list(answers)

        def getaddrinfo(host: str, port: int, *_args: object, **_kw: object) -> list[tuple[object, ...]]:
            asked.append(host)
            found = left.pop(0) if len(left) > 1 else left[0]
            return [(socket.AF_INET6 if ":" in a else socket.AF_INET, 1, 6, "", (a, port)) for a in found]

        monkeypatch.setattr(outbound.socket, "getaddrinfo", getaddrinfo)
        return asked

    return answer


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0", "0.0.0.0",
        "localhost", "LOCALHOST.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2002:7f00:1::1]",
    ],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_reached(bird: Canary, host: str) -> None:
    reply = outbound.post(f"http://{host}:{bird.port}/", b"{}", {}, allowed=STRICT)
    assert reply.outcome in (AttemptOutcome.FORBIDDEN, AttemptOutcome.UNREACHABLE)
    assert reply.outcome is AttemptOutcome.FORBIDDEN or host.startswith("LOCAL")
    assert bird.hits == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org@127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@example.org/", "http://user:pw@127.0.0.1:{port}/",
        "http://example.org#@127.0.0.1:{port}/", "http://example.org:{port}#@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}%2f@example.org/", "http://127.0.0.1%00.example.org:{port}/",
        "http://１２７.0.0.1:{port}/", "http://127。0。0。1:{port}/", "http://①②⑦.0.0.1:{port}/",
        "//127.0.0.1:{port}/", "http:/127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", " http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/\r\nx: y", "gopher://127.0.0.1:{port}/", "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/",
        "http://[fe80::1%25lo]:{port}/", "http://[::1%25lo]:{port}/", "http://127.0.0.1:{port}:80/", "http://:{port}/",
        "",
    ],
)  # fmt: skip
def test_no_trick_of_the_url_reaches_this_machine(bird: Canary, url: str, names: Callable[..., list[str]]) -> None:
    names(["127.0.0.1"])
    reply = outbound.post(url.format(port=bird.port), b"{}", {}, allowed=STRICT)
    assert reply.outcome is AttemptOutcome.FORBIDDEN
    assert bird.hits == 0


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", METADATA, "100.64.0.1", "127.0.0.1", "0.0.0.0",
        "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2001:10::1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
        "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "5f00::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_one_public_host_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_name_with_one_private_address_among_public_ones_is_refused(
    bird: Canary, names: Callable[..., list[str]]
) -> None:
    names(["93.184.216.34", "127.0.0.1"])
    reply = outbound.post("https://mixed.example/", b"{}", {}, allowed=STRICT)
    assert reply.outcome is AttemptOutcome.FORBIDDEN
    names(["2606:4700::1111", "::ffff:10.0.0.1"])
    assert outbound.post("https://mixed.example/", b"{}", {}, allowed=STRICT).outcome is AttemptOutcome.FORBIDDEN


def test_the_connection_goes_to_the_address_that_was_checked(
    bird: Canary, names: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second look-up would say 127.0.0.1, and there must be none."""
    asked = names(["93.184.216.34"], ["127.0.0.1"])
    dialled: list[tuple[str, int]] = []

    def dial(address: tuple[str, int], timeout: float) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(outbound.socket, "create_connection", dial)
    reply = outbound.post("https://rebinding.example:8443/", b"{}", {}, allowed=STRICT)
    assert reply.outcome is AttemptOutcome.UNREACHABLE
    assert asked == ["rebinding.example"]
    assert dialled == [("93.184.216.34", 8443)]
    assert bird.hits == 0


def test_the_environments_proxy_is_not_used(receiver: Receiver, bird: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{bird.port}")
    assert outbound.post(f"{receiver.url}/in", b"{}", {}, allowed=LOCAL).outcome is AttemptOutcome.DELIVERED
    assert bird.hits == 0


def test_a_redirect_is_a_failure_and_not_followed(receiver: Receiver, bird: Canary) -> None:
    for status in (301, 302, 303, 307, 308):
        receiver.answers["/moved"] = [(status, {"location": f"http://127.0.0.1:{bird.port}/"})]
        reply = outbound.post(f"{receiver.url}/moved", b"{}", {}, allowed=LOCAL)
        assert (reply.outcome, reply.status) == (AttemptOutcome.REFUSED, status)
    assert bird.hits == 0


def test_only_https_goes_out_unless_http_is_allowed() -> None:
    with pytest.raises(AddressRefused, match="https"):
        parse_target("http://example.org/", Allowances())
    assert parse_target("https://example.org/x", Allowances()).origin == "https://example.org"


@pytest.mark.parametrize("port", [22, 25, 6379, 5432, 9200, 80])
def test_unusual_ports_of_public_hosts_are_refused(port: int, names: Callable[..., list[str]]) -> None:
    names(["93.184.216.34"])
    reply = outbound.post(f"https://example.org:{port}/", b"{}", {}, allowed=STRICT)
    assert reply.outcome is AttemptOutcome.FORBIDDEN
    assert "port" in reply.detail


def test_what_the_operator_allows_is_reached(receiver: Receiver) -> None:
    reply = outbound.post(f"{receiver.url}/in?a=b", b'{"a":1}', {"x-test": "1"}, allowed=LOCAL)
    assert (reply.outcome, reply.status) == (AttemptOutcome.DELIVERED, 200)
    (request,) = receiver.requests
    assert (request.path, request.body, request.headers["x-test"]) == ("/in?a=b", b'{"a":1}', "1")


def test_localhost_is_reached_by_whichever_of_its_addresses_is_allowed(
    receiver: Receiver, names: Callable[..., list[str]]
) -> None:
    names(["::1", "127.0.0.1"])
    port = receiver.url.rpartition(":")[2]
    assert outbound.post(f"http://localhost:{port}/in", b"{}", {}, allowed=LOCAL).outcome is AttemptOutcome.DELIVERED
    names(["169.254.169.254"])
    assert outbound.post(f"http://localhost:{port}/in", b"{}", {}, allowed=LOCAL).outcome is AttemptOutcome.FORBIDDEN


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, AttemptOutcome.DELIVERED) for status in (200, 202, 204)),
        *((status, AttemptOutcome.REFUSED) for status in (400, 404, 429, 500, 503)),
        (410, AttemptOutcome.GONE),
    ],
)
def test_statuses_mean_what_the_convention_says(receiver: Receiver, status: int, outcome: AttemptOutcome) -> None:
    receiver.answers["/x"] = [(status, {"retry-after": "7"})]
    reply = outbound.post(f"{receiver.url}/x", b"{}", {}, allowed=LOCAL)
    assert (reply.outcome, reply.status) == (outcome, status)
    assert reply.retry_after == (7.0 if status in (429, 503) else None)


@pytest.mark.parametrize(
    "value", ["", "-1", "soon", "Wed, 99 Oct 2026 07:28:00 GMT", "9" * 30, "٣", "1e9", "Wed, 21 Oct 99999 07:28:00 GMT"]
)
def test_a_retry_after_that_is_neither_seconds_nor_a_date_is_ignored(receiver: Receiver, value: str) -> None:
    receiver.answers["/x"] = [(503, {"retry-after": quote(value, safe=" ,:-")})]
    assert outbound.post(f"{receiver.url}/x", b"{}", {}, allowed=LOCAL).retry_after is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_may_be_a_date(receiver: Receiver, status: int) -> None:
    for moment, low, high in ((timedelta(minutes=10), 590, 600), (timedelta(minutes=-10), 0, 0)):
        stamp = format_datetime(datetime.now(UTC) + moment, usegmt=True)
        receiver.answers["/x"] = [(status, {"retry-after": stamp})]
        waited = outbound.post(f"{receiver.url}/x", b"{}", {}, allowed=LOCAL).retry_after
        assert waited is not None
        assert low <= waited <= high


@pytest.mark.parametrize("path", ["/mute", "/drip"])
def test_a_receiver_that_never_finishes_is_cut_off(
    receiver: Receiver, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 1.0)
    started = time.monotonic()
    reply = outbound.post(f"{receiver.url}{path}", b"{}", {}, allowed=LOCAL)
    assert reply.outcome is AttemptOutcome.TIMED_OUT
    assert time.monotonic() - started < 50, "the receiver is silent for a minute"


def test_an_endless_answer_is_read_no_further_than_the_limit(receiver: Receiver) -> None:
    reply = outbound.post(f"{receiver.url}/huge", b"{}", {}, allowed=LOCAL)
    assert reply.outcome is AttemptOutcome.DELIVERED
    assert receiver.sent < 16 * 2**20, "64 kB, and what the sockets' buffers take"


def test_a_server_that_speaks_no_http_or_no_tls_is_unreachable(bird: Canary, receiver: Receiver) -> None:
    assert (
        outbound.post(f"http://127.0.0.1:{bird.port}/", b"{}", {}, allowed=LOCAL).outcome is AttemptOutcome.UNREACHABLE
    )
    spoken = outbound.post(receiver.url.replace("http", "https"), b"{}", {}, allowed=LOCAL)
    assert spoken.outcome is AttemptOutcome.UNREACHABLE
    assert spoken.detail.startswith("TLS")


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert outbound.post(f"http://127.0.0.1:{port}/", b"{}", {}, allowed=LOCAL).outcome is AttemptOutcome.UNREACHABLE


def test_an_unknown_name_is_unreachable_and_the_reason_does_not_carry_the_address() -> None:
    reply = outbound.post("https://nowhere.invalid/secret-path", b"{}", {}, allowed=STRICT)
    assert reply.outcome is AttemptOutcome.UNREACHABLE
    assert "secret-path" not in reply.detail
