"""What replay headers mean and where archived redirects may lead."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.fetch.memento import Target, is_excluded, original_headers, played_at, redirect_target, replay_address

REPLAY = "https://web.archive.example/web"
NOW = Target("20190101000000", "https://acme.example/privacy")
ASKED = replay_address(REPLAY, NOW)
MOVED = Target("20190102030405", "https://acme.example/legal")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://web.archive.example/web/20190102030405id_/https://acme.example/legal", MOVED),
        ("/web/20190102030405id_/https://acme.example/legal", MOVED),
        ("//web.archive.example/web/20190102030405/https://acme.example/legal", MOVED),
        ("/web/20190102030405id_/https:/acme.example/legal", MOVED),
        ("https://acme.example/legal#top", Target("20190101000000", "https://acme.example/legal")),
        ("/legal", Target("20190101000000", "https://acme.example/legal")),
        ("https://acme.example/d\u00c3\u00a9", Target("20190101000000", "https://acme.example/dé")),
        ("http://169.254.169.254/", Target("20190101000000", "http://169.254.169.254/")),
        ("javascript:alert(1)", None),
        ("http://[", None),
    ],
)
def test_redirects_stay_inside(location: str, expected: Target | None) -> None:
    """Each shape of Location gives an original address and a time, to be played by the archive."""
    found = redirect_target(location, REPLAY, ASKED, NOW)
    assert found == expected


@given(st.text(st.characters(max_codepoint=255)))
def test_no_location_leads_to_another_host(location: str) -> None:
    """Whatever a Location says, the next request goes to the archive's replay address."""
    found = redirect_target(location, REPLAY, ASKED, NOW)
    if found is not None:
        assert replay_address(REPLAY, found).startswith("https://web.archive.example/web/" + found.timestamp)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Thu, 01 Jan 2015 00:00:00 GMT", datetime(2015, 1, 1, tzinfo=UTC)),
        ("Thu, 01 Jan 2015 00:00:00 -0000", datetime(2015, 1, 1, tzinfo=UTC)),
        ("Thu, 01 Jan 2015 01:00:00 +0100", datetime(2015, 1, 1, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:00:00 -0200", None),
        ("soon", None),
        ("", None),
    ],
)
def test_time_of_a_memento(value: str, expected: datetime | None) -> None:
    """Only a readable Memento-Datetime makes a page an archived one."""
    assert played_at((("memento-datetime", value),)) == expected


def test_original_headers_are_those_of_the_site() -> None:
    """The archive's own headers go, those it renamed get their names back."""
    sent = (
        ("Server", "nginx"),
        ("Content-Type", "text/html"),
        ("X-Archive-Orig-ETag", "abc"),
        ("X-Archive-Orig-Vary", "a"),
        ("X-Archive-Orig-Vary", "b"),
    )
    assert original_headers(sent) == (("Content-Type", "text/html"), ("ETag", "abc"), ("Vary", "a"), ("Vary", "b"))


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<p>This URL has been excluded from the Wayback Machine.</p>", True),
        (
            403,
            b"org.archive.util.io.RuntimeIOException: AdministrativeAccessControlException: Blocked Site Error",
            True,
        ),
        (403, b"RobotAccessControlException: Blocked By Robots", True),
        (451, b"", True),
        (403, b"<h1>Forbidden</h1>", False),
        (404, b"not archived", False),
    ],
)
def test_exclusions_are_told_from_refusals(status: int, body: bytes, expected: bool) -> None:
    """Only what the archive says about the address itself is permanent."""
    assert is_excluded(status, body) is expected
