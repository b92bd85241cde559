"""What every archive promises: in memory, over pywb, and in the Internet Archive's dialect."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.acme import MOVED, PRIVACY, at, in_memory, page
from tests.support.archives import Facade, Pywb
from tracker.clock import ManualClock
from tracker.errors import NotPlayable
from tracker.fetch.archive import WebArchive
from tracker.fetch.model import Archive, Capture
from tracker.fetch.pacing import ThreadPacer
from tracker.settings import Settings


@pytest.fixture(
    params=["memory", pytest.param("pywb", marks=pytest.mark.pywb), pytest.param("ia", marks=pytest.mark.pywb)]
)
def archive(request: pytest.FixtureRequest, clock: ManualClock, tmp_path: Path) -> Iterator[Archive]:
    if request.param == "memory":
        yield in_memory()
        return
    server: Pywb | Facade = request.getfixturevalue("acme_pywb" if request.param == "pywb" else "facade")
    # Three rows a page: every list is put together from several answers.
    settings = Settings(data_dir=tmp_path)
    with closing(WebArchive(server.config(), settings, clock, ThreadPacer(clock), page_rows=3)) as client:
        yield client


def capture_at(archive: Archive, url: str, moment: datetime) -> Capture:
    return next(iter(archive.captures(url, moment, moment)))


def test_captures_come_in_time_order_and_once(archive: Archive) -> None:
    """The index lists every capture of an address once, oldest first, under the archive's name."""
    found = list(archive.captures(PRIVACY))
    assert [one.timestamp for one in found] == [
        "20150101000000",
        "20160101000000",
        "20160601000000",
        "20170101000000",
        "20180101000000",
        "20180601000000",
        "20190101000000",
    ]
    assert {(one.url, one.archive) for one in found} == {(PRIVACY, archive.name)}


def test_rows_say_status_type_and_digest(archive: Archive) -> None:
    """A row has its status; a revisit has none, and the digest of what it repeats."""
    rows = {one.timestamp: one for one in archive.captures(PRIVACY)}
    assert rows["20180101000000"].status == 503
    assert rows["20150101000000"].media_type == "text/html"
    assert rows["20160601000000"].media_type == "warc/revisit"
    assert rows["20160601000000"].status is None
    assert rows["20160601000000"].digest == rows["20160101000000"].digest != rows["20150101000000"].digest


def test_span_includes_both_ends(archive: Archive) -> None:
    """`since` and `until` are inclusive."""
    found = archive.captures(PRIVACY, at(2016), at(2017))
    assert [one.timestamp for one in found] == ["20160101000000", "20160601000000", "20170101000000"]


def test_other_spellings_of_an_address_are_the_same(archive: Archive) -> None:
    """Scheme, `www.` and case count for nothing in an index."""
    assert len(list(archive.captures("http://WWW.acme.example/privacy"))) == 7


def test_unknown_address_has_no_captures(archive: Archive) -> None:
    """What was never archived gives an empty list, no error."""
    assert list(archive.captures("https://acme.example/never")) == []


def test_addresses_of_a_host_are_found_by_what_they_hold(archive: Archive) -> None:
    """Each page is named once, however often it was archived; others of the host are not."""
    assert sorted(archive.addresses("acme.example", ("privacy", "terms"))) == [MOVED, PRIVACY]
    assert archive.addresses("acme.example", ("imprint",)) == []
    assert archive.addresses("other.example", ("privacy",)) == []


def test_memento_is_the_original(archive: Archive) -> None:
    """A memento has the body, status and time of the capture and says where it was played."""
    found = archive.memento(capture_at(archive, PRIVACY, at(2015)))
    assert found.body == page("We keep data for 30 days.")
    assert (found.status, found.url, found.final_url) == (200, PRIVACY, PRIVACY)
    assert found.captured_at == datetime(2015, 1, 1, tzinfo=UTC)
    assert found.media_type == "text/html"
    assert found.archive == archive.name
    assert found.replay_url is not None
    assert found.replay_url.endswith("20150101000000/https://acme.example/privacy")


def test_revisit_plays_at_its_own_time(archive: Archive) -> None:
    """A revisit has the earlier body and its own date."""
    found = archive.memento(capture_at(archive, PRIVACY, at(2016, 6)))
    assert found.body == page("We keep data for 60 days.")
    assert found.captured_at == at(2016, 6)


def test_compressed_capture_is_unpacked(archive: Archive) -> None:
    """A body that was stored compressed arrives plain."""
    assert archive.memento(capture_at(archive, PRIVACY, at(2017))).body == page("We keep data for 90 days.")


@pytest.mark.parametrize(("moment", "status", "wait"), [(at(2018), 503, "3600"), (at(2018, 6), 429, "60")])
def test_archived_error_is_content(archive: Archive, moment: datetime, status: int, wait: str) -> None:
    """An error page the site once sent is a page, not a failure of the archive, with the site's own headers."""
    found = archive.memento(capture_at(archive, PRIVACY, moment))
    assert found.status == status
    assert found.header("Retry-After") == wait


@pytest.mark.parametrize("url", [PRIVACY, "https://acme.example/relative"])
def test_archived_redirect_is_resolved_inside(archive: Archive, url: str) -> None:
    """An archived redirect leads to the target as archived at about that time, whichever way it names it."""
    found = archive.memento(capture_at(archive, url, at(2019)))
    assert found.body == page("We sell nothing.")
    assert (found.url, found.final_url) == (url, MOVED)
    assert [(hop.url, hop.location) for hop in found.redirects] == [(url, MOVED)]
    assert found.captured_at == at(2019, minute=2)


@pytest.mark.parametrize("name", ["far", "loop", "away"])
def test_redirect_that_leads_nowhere_is_not_playable(archive: Archive, name: str) -> None:
    """A target archived more than a day off, a circle, and a target that is not archived are refused."""
    with pytest.raises(NotPlayable):
        archive.memento(capture_at(archive, f"https://acme.example/{name}", at(2020)))


def test_another_time_than_asked_for_is_refused(archive: Archive) -> None:
    """A capture the archive does not hold is never replaced by its neighbour."""
    with pytest.raises(NotPlayable, match=r"asked 20150601000000, archive played 201[56]"):
        archive.memento(Capture(archive.name, PRIVACY, "20150601000000", "X"))
