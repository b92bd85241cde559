"""The live fetcher against a real server that behaves badly: each case ends as a typed failure, soon and small."""

import gzip
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.hostile import (
    HostileServer,
    deflate,
    dripping_body,
    dripping_headers,
    endless,
    endless_headers,
    gzip_bomb,
    hostile_server,
    redirect,
)
from tracker.clock import ManualClock
from tracker.errors import FetchError, RobotsForbidden
from tracker.fetch import addresses
from tracker.fetch.live import LiveFetcher
from tracker.fetch.model import FetchRequest
from tracker.fetch.pacing import ThreadPacer
from tracker.settings import Settings
from tracker.words import FailureKind

PAGE = b"<html><body><p>This privacy policy explains what we do.</p></body></html>"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """A server for one test."""
    with hostile_server() as running:
        yield running


@pytest.fixture
def fetcher(clock: ManualClock) -> Iterator[LiveFetcher]:
    """A fetcher that may ask loopback addresses, with small limits."""
    made = make(clock)
    yield made
    made.close()


def make(clock: ManualClock, **settings: Any) -> LiveFetcher:
    """Return a fetcher with small limits."""
    told: dict[str, Any] = {
        "allow_private_addresses": True,
        "host_delay": 0,
        "fetch_deadline": 2,
        "read_timeout": 1.5,
        "max_bytes": 1_000_000,
        "max_redirects": 5,
    }
    return LiveFetcher(Settings(**(told | settings)), clock, ThreadPacer(clock))


def bombing_redirect(handler: Any) -> None:
    """Point elsewhere with a body that would fill the memory."""
    handler.answer(302, gzip_bomb(100), Content_Encoding="gzip", Location="/gone")


def half_gzip() -> bytes:
    """Return an answer whose compressed body breaks off, with nothing else to tell."""
    packed = gzip.compress(PAGE * 100)
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + packed[: len(packed) // 2]


def failure(fetcher: LiveFetcher, url: str, **request: Any) -> FetchError:
    """Return the failure that fetching an address ends with."""
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(FetchRequest(url, **request))
    return caught.value


def test_a_page_comes_as_received(server: HostileServer, fetcher: LiveFetcher, clock: ManualClock) -> None:
    """Bytes, headers, address and time are what the host gave."""
    url = server.page("/p", PAGE, ETag='"v1"')
    page = fetcher.fetch(FetchRequest(url, language="de"))
    assert (page.body, page.status, page.final_url, page.captured_at) == (PAGE, 200, url, clock.now())
    assert page.header("etag") == '"v1"'
    asked = server.seen[-1][1]
    assert asked["Accept-Language"] == "de"
    assert asked["User-Agent"].startswith("policy-tracker/")


def test_validators_bring_a_304(server: HostileServer, fetcher: LiveFetcher) -> None:
    """What was remembered of the last answer is asked with, and 'not modified' is understood."""

    def script(handler: Any) -> None:
        handler.answer(304 if handler.headers.get("If-None-Match") == '"v1"' else 200, b"", ETag='"v1"')

    page = fetcher.fetch(FetchRequest(server.script("/p", script), etag='"v1"'))
    assert page.not_modified
    assert page.body == b""


def test_a_304_nobody_asked_for_is_broken_http(server: HostileServer, fetcher: LiveFetcher) -> None:
    """Without validators there is nothing that could be unmodified."""
    url = server.script("/p", lambda handler: handler.answer(304))
    assert failure(fetcher, url).kind is FailureKind.HTTP


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(PAGE, mtime=0)),
        ("deflate", deflate(PAGE, raw=True)),
        ("deflate", deflate(PAGE, raw=False)),
        ("gzip, gzip", gzip.compress(PAGE, mtime=0)),
        ("gzip", PAGE),
        ("gzip", gzip.compress(PAGE[:20], mtime=0) + gzip.compress(PAGE[20:], mtime=0)),
        ("identity", PAGE),
    ],
)
def test_codings_are_undone_even_where_they_are_misnamed(
    server: HostileServer, fetcher: LiveFetcher, coding: str, body: bytes
) -> None:
    """A coding named twice, or named and not used, still gives the page."""
    url = server.page("/p", body, Content_Encoding=coding)
    assert fetcher.fetch(FetchRequest(url)).body == PAGE


def test_redirects_are_followed_and_kept(server: HostileServer, fetcher: LiveFetcher) -> None:
    """Every hop is on record, with where it pointed."""
    end = server.page("/end", PAGE)
    start = server.script("/start", redirect("/middle", 301))
    middle = server.script("/middle", redirect(end))
    page = fetcher.fetch(FetchRequest(start))
    assert page.final_url == end
    assert [(hop.status, hop.url, hop.location) for hop in page.redirects] == [
        (301, start, middle),
        (302, middle, end),
    ]


def test_cookies_are_not_kept(server: HostileServer, fetcher: LiveFetcher) -> None:
    """What one answer sets is not sent with the next request."""
    url = server.page("/p", PAGE, Set_Cookie="id=1")
    fetcher.fetch(FetchRequest(url))
    fetcher.fetch(FetchRequest(url))
    assert "Cookie" not in server.seen[-1][1]


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (endless, FailureKind.TOO_LARGE),
        (lambda handler: handler.answer(200, gzip_bomb(100), Content_Encoding="gzip"), FailureKind.TOO_LARGE),
        (dripping_body, FailureKind.TIMEOUT),
        (dripping_headers, FailureKind.TIMEOUT),
        (endless_headers, FailureKind.HTTP),
        (redirect("/p"), FailureKind.TOO_MANY_REDIRECTS),
        (redirect("ftp://files.example/"), FailureKind.FORBIDDEN_ADDRESS),
        (redirect("file:///etc/passwd"), FailureKind.FORBIDDEN_ADDRESS),
        (redirect("http://user:secret@127.0.0.1/"), FailureKind.FORBIDDEN_ADDRESS),
        (lambda handler: handler.answer(302), FailureKind.HTTP),
        (lambda handler: handler.answer(206, PAGE), FailureKind.HTTP),
        (lambda handler: handler.raw(half_gzip()), FailureKind.HTTP),
        (
            lambda handler: handler.answer(302, gzip_bomb(100), Content_Encoding="gzip", Location="/gone"),
            FailureKind.CLIENT_ERROR,
        ),
        (lambda handler: handler.answer(200), FailureKind.UNREADABLE),
        (lambda handler: handler.answer(200, b"\x00\x01" * 50), FailureKind.UNREADABLE),
        (lambda handler: handler.answer(200, PAGE, Content_Type="video/mp4"), FailureKind.UNREADABLE),
        (lambda handler: handler.answer(200, b"\x1f\x8bjunk", Content_Encoding="gzip"), FailureKind.HTTP),
        (lambda handler: handler.answer(200, PAGE, Content_Encoding="snappy"), FailureKind.HTTP),
        (lambda handler: handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc"), FailureKind.HTTP),
        (lambda handler: handler.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), FailureKind.HTTP),
        (lambda handler: handler.raw(b"nonsense\r\n\r\n"), FailureKind.HTTP),
        (lambda handler: handler.raw(b""), FailureKind.CONNECT),
        (lambda handler: handler.answer(404), FailureKind.CLIENT_ERROR),
        (lambda handler: handler.answer(500), FailureKind.SERVER_ERROR),
        (lambda handler: handler.answer(403, cf_mitigated="challenge"), FailureKind.BLOCKED),
        (lambda handler: handler.answer(202, x_amzn_waf_action="challenge"), FailureKind.BLOCKED),
    ],
)
def test_bad_behaviour_ends_as_a_typed_failure(
    server: HostileServer, fetcher: LiveFetcher, script: Any, kind: FailureKind
) -> None:
    """However a page misbehaves, the failure has a kind, the limits hold, and the next page is still fetched."""
    gzip_bomb(100)  # packed beforehand: neither its time nor its memory is the fetcher's
    tracemalloc.start()
    try:
        found = failure(fetcher, server.script("/p", script))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.kind is kind
    assert peak < 30_000_000
    assert fetcher.fetch(FetchRequest(server.page("/next", PAGE))).body == PAGE


def test_too_many_redirects_are_given_up(server: HostileServer, fetcher: LiveFetcher) -> None:
    """The chain is followed no further than the setting allows."""
    for number in range(9):
        server.script(f"/{number}", redirect(f"/{number + 1}"))
    assert failure(fetcher, server.url("/0")).kind is FailureKind.TOO_MANY_REDIRECTS
    assert "/6" not in {path for path, _ in server.seen}


@pytest.mark.parametrize(("status", "value", "seconds"), [(429, "120", 120), (503, "7", 7)])
def test_a_host_that_asks_us_to_wait_is_left_alone(
    server: HostileServer, fetcher: LiveFetcher, clock: ManualClock, status: int, value: str, seconds: int
) -> None:
    """Retry-After is told to the caller, and until then the host is not asked again."""
    url = server.script("/p", lambda handler: handler.answer(status, Retry_After=value))
    first = failure(fetcher, url)
    assert (first.kind, first.retry_after) == (FailureKind.RATE_LIMITED, seconds)
    asked = len(server.seen)
    assert failure(fetcher, url).kind is FailureKind.RATE_LIMITED
    assert len(server.seen) == asked


def test_robots_rules_are_obeyed_unless_told_otherwise(server: HostileServer, fetcher: LiveFetcher) -> None:
    """A disallowed page is not fetched; a source may be told to ignore that."""
    server.page("/robots.txt", b"User-agent: *\nDisallow: /private", Content_Type="text/plain")
    url = server.page("/private/p", PAGE)
    assert isinstance(failure(fetcher, url), RobotsForbidden)
    assert fetcher.fetch(FetchRequest(url, obey_robots=False)).body == PAGE


def test_a_mark_before_the_first_line_of_a_robots_file_hides_no_rule(
    server: HostileServer, fetcher: LiveFetcher
) -> None:
    """Files that some editors save begin with a byte order mark: the line behind it counts."""
    server.page("/robots.txt", b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /private\r\n", Content_Type="text/plain")
    assert isinstance(failure(fetcher, server.page("/private/p", PAGE)), RobotsForbidden)


def test_a_robots_file_that_fails_means_not_now(server: HostileServer, fetcher: LiveFetcher) -> None:
    """RFC 9309: a server error on robots.txt counts as disallowed, for a while."""
    server.page("/robots.txt", b"", status=503)
    url = server.page("/p", PAGE)
    assert failure(fetcher, url).kind is FailureKind.SERVER_ERROR
    assert "/p" not in {path for path, _ in server.seen}


def test_a_robots_file_that_leads_to_no_address_means_not_now(server: HostileServer, fetcher: LiveFetcher) -> None:
    """It is a failure like any other, with the page as with its robots.txt."""
    server.scripts["/robots.txt"] = server.scripts["/elsewhere"] = redirect("http://[bad/")
    url = server.page("/p", PAGE)
    assert failure(fetcher, url).kind is FailureKind.HTTP
    assert "/p" not in {path for path, _ in server.seen}
    assert failure(fetcher, server.url("/elsewhere"), obey_robots=False).kind is FailureKind.HTTP


def test_requests_to_one_host_are_spaced(server: HostileServer, clock: ManualClock) -> None:
    """Between two requests to a host lies its delay, by the clock."""
    fetcher = make(clock, host_delay=5)
    url = server.page("/p", PAGE)
    for _ in range(3):
        fetcher.fetch(FetchRequest(url))
    fetcher.close()
    assert clock.sleeps == [5.0, 5.0]


def test_private_addresses_are_refused(server: HostileServer, clock: ManualClock) -> None:
    """With the guard on, nothing is sent to loopback, however the address is written."""
    fetcher = make(clock, allow_private_addresses=False)
    port = server.server_port
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"):
        assert failure(fetcher, f"http://{host}:{port}/p").kind is FailureKind.FORBIDDEN_ADDRESS
    fetcher.close()
    assert server.seen == []


def test_a_redirect_to_a_metadata_address_is_refused(
    server: HostileServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public page may not send us inside."""
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    fetcher = make(clock, allow_private_addresses=False)
    url = server.script("/p", redirect("http://169.254.169.254/latest/meta-data/"))
    assert failure(fetcher, url, obey_robots=False).kind is FailureKind.FORBIDDEN_ADDRESS
    fetcher.close()


def test_a_name_that_leads_elsewhere_the_second_time_is_refused(
    server: HostileServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: what is checked is the address that is connected to, so a second answer changes nothing."""
    answers = iter(["93.184.215.14", "127.0.0.1"])

    def rebinding(host: str, port: int, *_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers, "127.0.0.1"), port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    fetcher = make(clock, allow_private_addresses=False, connect_timeout=0.2)
    url = f"http://rebind.example:{server.server_port}/p"
    kinds = {failure(fetcher, url, obey_robots=False).kind for _ in range(3)}
    fetcher.close()
    assert FailureKind.FORBIDDEN_ADDRESS in kinds
    assert server.seen == []


def test_a_name_that_does_not_resolve_is_a_dns_failure(fetcher: LiveFetcher) -> None:
    """RFC 6761 reserves .invalid: it never resolves."""
    assert failure(fetcher, "http://no-such-host.invalid/").kind is FailureKind.DNS


def test_a_closed_port_is_a_connect_failure(fetcher: LiveFetcher) -> None:
    """Nobody listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert failure(fetcher, f"http://127.0.0.1:{port}/").kind is FailureKind.CONNECT


def test_plain_http_where_tls_was_asked_for_is_a_tls_failure(server: HostileServer, fetcher: LiveFetcher) -> None:
    """No fallback to an unencrypted connection."""
    url = server.page("/p", PAGE).replace("http://", "https://")
    assert failure(fetcher, url).kind is FailureKind.TLS


def test_validators_are_not_carried_to_another_page(server: HostileServer, fetcher: LiveFetcher) -> None:
    """A page that now leads elsewhere is fetched whole; one that leads where it did is asked conditionally."""
    server.page("/old", PAGE)
    server.page("/new", PAGE)
    url = server.script("/p", redirect("/new"))
    fetcher.fetch(FetchRequest(url, last_modified="x", validated_url=server.url("/old")))
    assert "If-Modified-Since" not in server.seen[-1][1]
    fetcher.fetch(FetchRequest(url, last_modified="x", validated_url=server.url("/new")))
    assert server.seen[-1][1]["If-Modified-Since"] == "x"


def test_a_host_that_says_wait_is_not_asked_by_those_in_the_queue(server: HostileServer, clock: ManualClock) -> None:
    """Threads that already waited for their turn do not ask either."""
    fetcher = make(clock)
    url = server.script("/p", lambda handler: handler.answer(429, Retry_After="600"))
    with ThreadPoolExecutor(6) as pool:
        kinds = {found.kind for found in pool.map(lambda _: failure(fetcher, url), range(6))}
    fetcher.close()
    assert kinds == {FailureKind.RATE_LIMITED}
    assert [path for path, _ in server.seen].count("/p") == 1


def test_a_long_robots_file_is_read_as_far_as_it_must_be(server: HostileServer, fetcher: LiveFetcher) -> None:
    """RFC 9309 lets us stop after 500 KiB, not ignore what stands before."""
    rules = b"User-agent: *\nDisallow: /\n" + b"# padding\n" * 70_000
    server.page("/robots.txt", rules, Content_Type="text/plain")
    assert isinstance(failure(fetcher, server.page("/p", PAGE)), RobotsForbidden)


def test_a_host_that_took_the_question_and_keeps_silent_is_not_asked_again(
    server: HostileServer, clock: ManualClock
) -> None:
    """A second request while the first still hangs would be two at once."""
    over = threading.Event()

    def silent(_handler: Any) -> None:
        over.wait(20)

    url = server.script("/silent", silent)
    fetcher = make(clock, read_timeout=0.2, fetch_deadline=5)
    try:
        assert failure(fetcher, url, obey_robots=False).kind is FailureKind.TIMEOUT
        assert [path for path, _ in server.seen] == ["/silent"]
    finally:
        over.set()
        fetcher.close()
