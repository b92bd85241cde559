"""How the client behaves when an archive is slow, busy, wrong or closed."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.acme import PRIVACY, page
from tests.support.archives import Facade, Fault, free_port
from tracker.clock import ManualClock
from tracker.errors import ArchiveError, ArchiveRateLimited, ArchiveUnavailable, CaptureExcluded, NotPlayable
from tracker.fetch.archive import WebArchive
from tracker.fetch.model import ArchiveConfig, Capture
from tracker.fetch.pacing import ThreadPacer
from tracker.settings import Settings

pytestmark = pytest.mark.pywb

FIRST = Capture("local-ia", PRIVACY, "20150101000000", "X")
MEMENTO = {"Memento-Datetime": "Thu, 01 Jan 2015 00:00:00 GMT", "Content-Type": "text/html"}


@pytest.fixture
def archive(facade: Facade, clock: ManualClock, tmp_path: Path) -> Iterator[WebArchive]:
    settings = Settings(data_dir=tmp_path, read_timeout=0.3, fetch_deadline=1, max_bytes=100_000)
    with closing(WebArchive(facade.config(), settings, clock, ThreadPacer(clock), page_rows=3)) as client:
        yield client


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/", 2, status=503),
        Fault("/cdx", 2, body=b"<html>Please wait</html>"),
        Fault("/cdx", 2, body=b'[["urlkey","timestamp"'),
        Fault("/", 2, hang_up=True),
        Fault("/", 1, stall=0.6),
        Fault("/", 2, headers={"Content-Length": "50", "Connection": "close"}, body=b"[]"),
        Fault("/cdx", 2, headers={"Content-Encoding": "gzip"}, body=gzip.compress(b"[]" * 500)[:-9]),
    ],
    ids=["503", "html", "cut-json", "hang-up", "timeout", "cut-body", "cut-gzip"],
)
def test_passing_failures_are_tried_again(
    facade: Facade, archive: WebArchive, clock: ManualClock, fault: Fault
) -> None:
    """What may be better in a moment is asked again, with growing waits, and the list is complete."""
    facade.faults = [replace(fault)]
    tries = fault.times
    assert len(list(archive.captures(PRIVACY))) == 7
    assert len(clock.sleeps) == tries
    assert all(1 <= wait <= 4 for wait in clock.sleeps)


def test_failing_for_ever_is_unavailable(facade: Facade, archive: WebArchive) -> None:
    """After four tries the archive counts as unavailable, for the index and for replay."""
    facade.faults = [Fault("/", 99, status=504)]
    with pytest.raises(ArchiveUnavailable, match="HTTP 504"):
        list(archive.captures(PRIVACY))
    assert len(facade.asked) == 4
    with pytest.raises(ArchiveUnavailable):
        archive.memento(FIRST)
    assert len(facade.asked) == 8


@pytest.mark.parametrize(("headers", "wait"), [({}, 60), ({"Retry-After": "120"}, 120)])
def test_rate_limit_silences_every_thread(
    facade: Facade, archive: WebArchive, clock: ManualClock, headers: dict[str, str], wait: float
) -> None:
    """After a 429 nobody asks the archive anything until the time it named, or a minute, is over."""
    facade.faults = [Fault("/", 1, status=429, headers=headers)]
    with pytest.raises(ArchiveRateLimited) as caught:
        archive.memento(FIRST)
    assert caught.value.retry_after == wait
    refused: list[type[ArchiveError]] = []

    def ask() -> None:
        try:
            list(archive.captures(PRIVACY))
        except ArchiveError as error:
            refused.append(type(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert refused == [ArchiveRateLimited] * 4
    assert len(facade.asked) == 1
    clock.sleep(wait + 1)
    assert archive.memento(FIRST).body == page("We keep data for 30 days.")


def test_refused_connection_shuts_up_for_hours(clock: ManualClock, tmp_path: Path) -> None:
    """A closed door is a firewall: an hour's silence, then two, and no retries in between."""
    url = f"http://127.0.0.1:{free_port()}"
    config = ArchiveConfig("closed", "ia", f"{url}/cdx", f"{url}/web", delay=0)
    with closing(WebArchive(config, Settings(data_dir=tmp_path), clock, ThreadPacer(clock))) as archive:
        waits = []
        for _ in range(3):
            with pytest.raises(ArchiveRateLimited) as caught:
                list(archive.captures(PRIVACY))
            waits.append(caught.value.retry_after)
            clock.sleep(caught.value.retry_after + 1)
    assert waits == [3600, 7200, 14400]


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/cdx", 403, b"AdministrativeAccessControlException: Blocked Site Error"),
        ("/cdx", 403, b"RobotAccessControlException: Blocked By Robots"),
        ("/web", 200, b"<p>This URL has been excluded from the Wayback Machine.</p>"),
        ("/web", 451, b""),
    ],
)
def test_exclusions_are_permanent(facade: Facade, archive: WebArchive, path: str, status: int, body: bytes) -> None:
    """An excluded address raises at once and is not asked for again."""
    facade.faults = [Fault(path, 9, status=status, body=body)]
    with pytest.raises(CaptureExcluded):
        list(archive.captures(PRIVACY)) if path == "/cdx" else archive.memento(FIRST)
    assert len(facade.asked) == 1


def test_resume_keys_that_repeat_are_no_list(facade: Facade, archive: WebArchive) -> None:
    """An index that runs in circles is a failure, not a short history."""
    facade.repeat_key = True
    with pytest.raises(ArchiveUnavailable, match="repeats itself"):
        list(archive.captures(PRIVACY))


def test_resume_key_is_encoded_once_more(facade: Facade, archive: WebArchive) -> None:
    """The key arrives percent-encoded and is encoded again on its way back."""
    list(archive.captures(PRIVACY))
    assert "resumeKey=com%252Cacme%2529%252F%252B3" in facade.asked[1]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/web", body=b"no header"),
        Fault("/web", status=404),
        Fault("/web", headers=MEMENTO | {"Memento-Datetime": "Fri, 02 Jan 2015 00:00:00 GMT"}),
        Fault("/web", headers=MEMENTO | {"Content-Encoding": "gzip"}, body=gzip.compress(b"x" * 999)[:-9]),
        Fault("/web", headers=MEMENTO | {"Content-Encoding": "br"}, body=b"\x0b\x02\x80"),
        Fault("/web", headers=MEMENTO, body=b"x" * 100_001),
        Fault("/web", headers=MEMENTO, body=gzip.compress(b"x" * 5_000_000)),
        Fault("/web", status=302, headers={"Location": "http://169.254.169.254/"}),
        Fault("/web", status=302, headers={"Location": "/web/20160101000000id_/" + PRIVACY}),
        Fault("/web", status=302, headers={"Location": "/web/20150101000000id_/https://evil.example/"}),
        Fault("/web", status=302, headers={"Location": "/web/20150101000000id_/" + PRIVACY}),
        Fault("/web", status=301, headers=MEMENTO | {"Location": "mailto:a@acme.example"}),
    ],
)
def test_what_cannot_be_played_is_refused(facade: Facade, archive: WebArchive, fault: Fault) -> None:
    """No archived page, another date, a damaged, huge or oddly packed body, a redirect out: one request, no page."""
    facade.faults = [replace(fault)]
    with pytest.raises(NotPlayable):
        archive.memento(FIRST)
    assert len(facade.asked) == 1


@pytest.mark.parametrize("coding", ["", ", gzip", "gzip"])
@pytest.mark.parametrize("packed", [True, False])
def test_body_is_unpacked_by_what_it_is(facade: Facade, archive: WebArchive, coding: str, packed: bool) -> None:
    """A wrong or doubled Content-Encoding changes nothing; the first bytes tell."""
    plain = page("We keep data for 30 days.")
    body = gzip.compress(plain) if packed else plain
    facade.faults = [Fault("/web", headers=MEMENTO | {"Content-Encoding": coding}, body=body)]
    assert archive.memento(FIRST).body == plain


def test_deadline_holds_against_a_drip(facade: Facade, archive: WebArchive, clock: ManualClock) -> None:
    """An archive that sends a byte now and then, so that no single read times out, is cut off and asked again."""
    facade.faults = [Fault("/", 1, headers=MEMENTO, body=b"x" * 60, drip=0.1)]
    begun = time.monotonic()
    assert archive.memento(FIRST).body == page("We keep data for 30 days.")
    assert 0.9 < time.monotonic() - begun < 3
    assert len(clock.sleeps) == 1


def test_default_pace_of_the_internet_archive(facade: Facade, clock: ManualClock, tmp_path: Path) -> None:
    """Without a delay of the user's, the index is asked at most 24 times a minute and replay 8 times a second."""
    config = facade.config()
    slow = ArchiveConfig(config.name, config.dialect, config.cdx, config.replay)
    with closing(WebArchive(slow, Settings(data_dir=tmp_path), clock, ThreadPacer(clock), page_rows=7)) as archive:
        list(archive.captures(PRIVACY))
        archive.memento(FIRST)
        archive.memento(FIRST)
    assert clock.sleeps == pytest.approx([2.5, 2.5, 0.125], abs=1e-3)
