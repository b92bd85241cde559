"""Both savers: what is asked for is kept, what fails says whether another try may help."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from tests.support.savers import SaveServer, save_server
from tracker.clock import ManualClock
from tracker.errors import ArchiveError, ArchiveRateLimited, ArchiveUnavailable, CaptureExcluded
from tracker.fetch.pacing import ThreadPacer
from tracker.fetch.saving import PageSaver, SavedPage, SavePageNow
from tracker.fetch.saving_memory import InMemorySaver
from tracker.hosts import is_public_address
from tracker.settings import Settings

URL = "https://acme.example/privacy?lang=en&v=1"


@dataclass
class Case:
    saver: PageSaver
    looks: Callable[[int], None]  #: at which look works are done from now on
    refuse: Callable[[str], None]  #: let it never keep an address
    fail: Callable[[str], None]  #: let works on an address come to nothing


def settings(**more: object) -> Settings:
    return Settings(**({"allow_private_addresses": True} | more))  # type: ignore[arg-type]


@pytest.fixture(params=["save page now", "memory"])
def case(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Case]:
    if request.param == "memory":
        twin = InMemorySaver(clock)

        def refuse(url: str) -> None:
            twin.fails[url] = CaptureExcluded("blocked")

        def fail(url: str) -> None:
            twin.ends[url] = ArchiveUnavailable("broken")

        yield Case(twin, lambda count: setattr(twin, "looks", count), refuse, fail)
        return
    with save_server() as server:
        saver = SavePageNow(settings(), clock, ThreadPacer(clock), server.address)
        yield Case(
            saver,
            lambda count: setattr(server, "looks", count),
            lambda url: server.refuse.__setitem__(url, "error:blocked-url"),
            lambda url: server.end.__setitem__(url, "error:browsing-timeout"),
        )
        saver.close()


def test_what_is_asked_for_is_kept(case: Case) -> None:
    """A work is looked at until it is done, then it names the copy, whose address ends with the page's."""
    case.looks(2)
    job = case.saver.submit(URL)
    assert isinstance(job, str)
    assert case.saver.look(job) is None
    copy = case.saver.look(job)
    assert copy is not None
    assert copy.memento.endswith(f"/web/{copy.at:%Y%m%d%H%M%S}/{URL}")


def test_what_is_never_kept_is_told_as_such(case: Case) -> None:
    """Nobody needs to ask again."""
    case.refuse(URL)
    with pytest.raises(CaptureExcluded):
        case.saver.submit(URL)


def test_what_failed_may_be_asked_again(case: Case) -> None:
    """A work that came to nothing, and one that the archive forgot."""
    case.fail(URL)
    job = case.saver.submit(URL)
    assert isinstance(job, str)
    with pytest.raises(ArchiveUnavailable):
        case.saver.look(job)
    with pytest.raises(ArchiveUnavailable):
        case.saver.look("unheard-of")


@pytest.fixture
def server() -> Iterator[SaveServer]:
    with save_server() as running:
        yield running


def real(server: SaveServer, clock: ManualClock, **more: object) -> SavePageNow:
    return SavePageNow(settings(**more), clock, ThreadPacer(clock), server.address)


def test_keys_go_into_the_header_and_set_the_pace(server: SaveServer, clock: ManualClock) -> None:
    """Seven pages a minute with keys, three without; nothing of them is sent otherwise."""
    start = clock.now()
    saver = real(server, clock, archive_keys=SecretStr("access:secret"))
    for number in range(8):
        saver.submit(f"{URL}{number}")
    assert (clock.now() - start).total_seconds() == pytest.approx(60)
    assert {told["Authorization"] for told in server.headers} == {"LOW access:secret"}
    start = clock.now()
    anonymous = real(server, clock)
    for number in range(4):
        anonymous.submit(f"{URL}{number}")
    assert (clock.now() - start).total_seconds() == pytest.approx(60)
    assert "Authorization" not in server.headers[-1]


def test_a_fresh_copy_of_somebody_else_will_do(server: SaveServer, clock: ManualClock) -> None:
    """The archive makes no second one within minutes, and leads to the nearest."""
    server.known.add(URL)
    found = real(server, clock).submit(URL)
    assert isinstance(found, SavedPage)
    assert found.memento == f"{server.address}/web/20260301120000/{URL}"


def test_a_wait_is_kept_by_all(server: SaveServer, clock: ManualClock) -> None:
    """After a 429 nothing is asked before its time is over; without a time that is a minute."""
    pacer = ThreadPacer(clock)
    first, second = (SavePageNow(settings(), clock, pacer, server.address) for _ in range(2))
    server.raw = 429, {}, b""
    with pytest.raises(ArchiveRateLimited) as caught:
        first.submit(URL)
    assert caught.value.retry_after == 60
    asked = len(server.headers)
    with pytest.raises(ArchiveRateLimited):
        second.submit(URL)
    assert len(server.headers) == asked
    server.raw = None
    clock.sleep(61)
    assert isinstance(second.submit(URL), str)


def test_a_refused_connection_shuts_the_door_for_an_hour(clock: ManualClock) -> None:
    """It is the archive's firewall."""
    with save_server() as gone:
        pass
    with pytest.raises(ArchiveRateLimited) as caught:
        real(gone, clock).submit(URL)
    assert caught.value.retry_after == 3_600


@pytest.mark.parametrize(
    ("raw", "kind", "named"),
    [
        ((401, {}, b"{}"), ArchiveUnavailable, "set archive_keys"),
        ((500, {}, b""), ArchiveUnavailable, "HTTP 500"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), ArchiveUnavailable, "HTTP 302"),
        ((200, {}, b"<html>"), ArchiveUnavailable, "cannot be read"),
        ((200, {}, b"[]"), ArchiveUnavailable, "cannot be read"),
        ((200, {}, b"[" * 60_000), ArchiveUnavailable, "cannot be read"),
        ((200, {}, b" " * 70_000), ArchiveUnavailable, "larger than"),
        ((200, {}, b'{"job_id": "../../status/user"}'), ArchiveUnavailable, "does not say why"),
        ((200, {}, b'{"status_ext": "error:no-access"}'), CaptureExcluded, "error:no-access"),
    ],
)
def test_a_bad_answer_is_a_failure_of_the_archive(
    server: SaveServer,
    clock: ManualClock,
    raw: tuple[int, dict[str, str], bytes],
    kind: type[ArchiveError],
    named: str,
) -> None:
    """Whatever it answers, nothing but the errors of archives comes of it."""
    server.raw = raw
    with pytest.raises(kind, match=named):
        real(server, clock).submit(URL)


@pytest.mark.parametrize(
    "told",
    [
        b'{"status": "success"}',
        b'{"status": "success", "timestamp": "2026", "original_url": "https://acme.example/"}',
        b'{"status": "success", "timestamp": "20261301000000", "original_url": "https://acme.example/"}',
        b'{"status": "success", "timestamp": "20260301000000", "original_url": "javascript:alert(1)"}',
        b'{"status": "success", "timestamp": "20260301000000", "original_url": "https://a.example/\\" onclick=\\"x"}',
    ],
)
def test_a_copy_without_a_sound_address_is_none(server: SaveServer, clock: ManualClock, told: bytes) -> None:
    """What the archive says goes into links."""
    server.raw = 200, {}, told
    with pytest.raises(ArchiveUnavailable, match="but not where"):
        real(server, clock).look("spn2-1")


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://acme.example/", True),
        ("http://acme.example:8080/p", True),
        ("https://user:secret@acme.example/", False),
        ("ftp://acme.example/", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("http://[", False),
    ],
)
def test_only_web_addresses_without_passwords_are_handed_on(url: str, fine: bool) -> None:
    """Others are not even planned."""
    assert is_public_address(url) is fine
