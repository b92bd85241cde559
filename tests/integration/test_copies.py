"""A confirmed material change has its pages kept by an archive: once, whatever dies, and never what is not public."""

import json
import socket
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import col, select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from tests.integration.test_evidence import bundled, contents
from tests.support.savers import save_server
from tests.world import URL, World, acme, page, policy
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.daemon.checks.copies import ATTEMPTS, plan_copies, save_due
from tracker.errors import ArchiveRateLimited, ArchiveUnavailable, CaptureExcluded, SettingsError
from tracker.fetch import addresses
from tracker.fetch.pacing import ThreadPacer
from tracker.fetch.saving import SavePageNow
from tracker.fetch.saving_memory import InMemorySaver
from tracker.settings import Settings, load_settings
from tracker.sources.model import SourcePage
from tracker.store.database import Database
from tracker.store.history.sources import purge_source
from tracker.store.schema.copy_tables import ArchiveCopy
from tracker.store.schema.tables import Event
from tracker.web.app import create_app

COOKIES = (
    "Our website uses cookies that keep you signed in and remember the language you chose.",
    "We set a cookie that counts visits; it is deleted after 30 days and never leaves our own servers.",
)
SOLD = policy(p3="We sell your personal information to data brokers.")


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names below `.example` lead to a public address, `intra.example` into the own network, others nowhere."""
    real = addresses.resolve

    def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
        if host == "127.0.0.1":
            return real(host, port)
        if not host.endswith(".example"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        address = "10.0.0.7" if host.startswith("intra.") else "93.184.215.14"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(addresses, "resolve", resolve)


def built(
    database: Database, clock: ManualClock, *urls: str, save: bool = True, private: bool = False
) -> tuple[World, InMemorySaver]:
    """A world that follows these pages, and the archive."""
    source = acme(pages=tuple(SourcePage(url) for url in urls or (URL,)))
    world = World.build(database, clock, source, save_to_archive=save, allow_private_addresses=private)
    saver = InMemorySaver(clock)
    world.runtime.saver = saver
    return world, saver


def changed(world: World, text: str = SOLD) -> None:
    """Let the first page change, and the change be confirmed."""
    for body in (policy(), text, text):
        world.fetcher.serve(world.runtime.source("acme").pages[0].url, body)
        for more in world.runtime.source("acme").pages[1:]:
            world.fetcher.serve(more.url, page(*COOKIES, title="Cookies"))
        world.check()


def copies(world: World) -> list[ArchiveCopy]:
    with world.runtime.database.read() as session:
        return list(session.exec(select(ArchiveCopy).order_by(col(ArchiveCopy.id))))


def test_a_confirmed_material_change_is_kept(database: Database, clock: ManualClock) -> None:
    """Each page is asked for once, looked at until it is there, and its copy's address stays with the change."""
    world, saver = built(database, clock)
    changed(world)
    assert save_due(world.runtime) == 0
    assert (saver.submitted, copies(world)[0].state) == ([URL], "asked")
    assert save_due(world.runtime) == 0  # not before half a minute
    clock.sleep(30)
    assert save_due(world.runtime) == 1
    (copy,) = copies(world)
    assert (copy.state, copy.change_id) == ("saved", world.changes()[0].id)
    assert copy.memento == f"https://archive.example/web/{clock.now():%Y%m%d%H%M%S}/{URL}"
    clock.sleep(86_400)
    assert save_due(world.runtime) == 0
    assert saver.submitted == [URL]


@pytest.mark.parametrize(("save", "text"), [(False, SOLD), (True, policy(p11="Please write to our privacy team."))])
def test_nothing_is_kept_unasked(database: Database, clock: ManualClock, save: bool, text: str) -> None:
    """Not by default, and not for a change that does not alert."""
    world, _ = built(database, clock, save=save)
    changed(world, text)
    assert len(world.changes()) == 1
    assert copies(world) == []


def test_what_flaps_is_not_kept(database: Database, clock: ManualClock) -> None:
    """Nor what still awaits its confirmation."""
    world, _ = built(database, clock)
    for text in (policy(), SOLD):
        world.fetcher.serve(URL, text)
        world.check()
    assert copies(world) == []
    world.fetcher.serve(URL, policy())
    world.check()
    assert copies(world) == []


def test_what_came_from_an_archive_is_not_kept(database: Database, clock: ManualClock) -> None:
    """It is in one already, and history that is filled in never asks anybody for anything."""
    world, _ = built(database, clock)
    changed(world)
    (change,) = world.changes()
    source = world.runtime.source("acme")
    for state, origin in (("history", "live"), ("confirmed", "archive"), ("superseded", "live"), ("flapping", "live")):
        change.state, change.origin, change.id = state, origin, f"{state}-{origin}"
        with world.runtime.database.write() as session:
            assert plan_copies(session, world.runtime, source, change) == 0


def test_a_failed_try_is_repeated_with_growing_waits_then_given_up(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five minutes, ten, twenty ... a day, and in the end an event tells the operator, who may have it asked again."""
    world, saver = built(database, clock)
    changed(world)
    saver.fails[URL] = ArchiveUnavailable("the archive answered HTTP 500")
    waits = []
    for _ in range(ATTEMPTS - 1):
        save_due(world.runtime)
        (copy,) = copies(world)
        assert copy.state == "pending"
        waits.append((copy.next_attempt_at - clock.now()) / timedelta(minutes=1))
        clock.sleep((copy.next_attempt_at - clock.now()).total_seconds())
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1_280, *[1_440] * 5]
    save_due(world.runtime)
    assert copies(world)[0].state == "dead"
    with world.runtime.database.read() as session:
        (event,) = session.exec(select(Event).where(Event.kind == "copy_failed"))
    assert event.detail == f"{URL} was not kept by the archive: the archive answered HTTP 500"
    clock.sleep(86_400)
    save_due(world.runtime)
    assert len(saver.submitted) == ATTEMPTS

    monkeypatch.setenv("TRACKER_DATABASE_URL", database.url.render_as_string(hide_password=False))
    retried = CliRunner().invoke(app, ["alerts", "retry", "--copies"])
    assert retried.output.startswith("1 copy will be asked for again.")
    saver.fails.clear()
    (copy,) = copies(world)
    clock.sleep(max(0.0, (copy.next_attempt_at - clock.now()).total_seconds()))  # the command goes by the real clock
    save_due(world.runtime)
    clock.sleep(30)
    assert save_due(world.runtime) == 1


def test_a_page_that_is_never_kept_is_given_up_at_once(database: Database, clock: ManualClock) -> None:
    """Another page of the same change is kept all the same."""
    other = "https://acme.example/cookies"
    world, saver = built(database, clock, URL, other)
    changed(world)
    saver.fails[URL] = CaptureExcluded("the archive does not keep this page")
    save_due(world.runtime)
    clock.sleep(30)
    save_due(world.runtime)
    assert [copy.state for copy in copies(world)] == ["dead", "saved"]


def test_a_wait_the_archive_asks_for_is_no_failure(database: Database, clock: ManualClock) -> None:
    """The round ends, nothing is counted, and the page is asked for later."""
    world, saver = built(database, clock, URL, "https://acme.example/cookies")
    changed(world)
    saver.fails[URL] = ArchiveRateLimited("wait", 600)
    save_due(world.runtime)
    assert [copy.attempts for copy in copies(world)] == [0, 0]
    assert saver.submitted == [URL]
    del saver.fails[URL]
    for _ in range(25):
        save_due(world.runtime)
        clock.sleep(30)
    assert [copy.state for copy in copies(world)] == ["saved", "saved"]


def test_a_process_that_dies_in_between_loses_nothing(database: Database, clock: ManualClock) -> None:
    """What it had taken is free again after the lease; what the archive had taken over is asked for once more."""
    world, saver = built(database, clock)
    changed(world)

    class Killed(BaseException):
        pass

    taken = saver.submit

    def dies(url: str) -> Any:
        taken(url)
        raise Killed

    saver.submit = dies  # type: ignore[method-assign]
    with pytest.raises(Killed):
        save_due(world.runtime)
    saver.submit = taken  # type: ignore[method-assign]
    save_due(world.runtime)
    assert saver.submitted == [URL]
    clock.sleep(301)
    save_due(world.runtime)
    clock.sleep(30)
    save_due(world.runtime)
    assert (saver.submitted, copies(world)[0].state) == ([URL, URL], "saved")


def test_a_work_that_the_archive_forgot_is_begun_anew(database: Database, clock: ManualClock) -> None:
    """An hour after it was taken over."""
    world, saver = built(database, clock)
    changed(world)
    saver.looks = 10_000
    save_due(world.runtime)
    clock.sleep(3_700)
    save_due(world.runtime)
    (copy,) = copies(world)
    assert (copy.state, copy.attempts, copy.job) == ("pending", 1, None)


@pytest.mark.parametrize(("url", "state"), [("https://intra.example/p", "dead"), ("https://nowhere.test/p", "pending")])
def test_what_is_not_public_is_never_handed_on(database: Database, clock: ManualClock, url: str, state: str) -> None:
    """Whatever `allow_private_addresses` says."""
    world, saver = built(database, clock, url, private=True)
    changed(world)
    save_due(world.runtime)
    assert (saver.submitted, copies(world)[0].state) == ([], state)


def test_the_copy_is_shown_and_goes_into_the_evidence(database: Database, clock: ManualClock) -> None:
    """Through the real client over HTTP: on the page, in the API, in the bundle; what an archive says is escaped."""
    world, _ = built(database, clock)
    changed(world)
    ident = world.changes()[0].id
    client = TestClient(create_app(world.runtime), base_url="http://127.0.0.1")
    assert "not kept yet" in client.get(f"/changes/{ident}").text
    with save_server() as server:
        settings = Settings(allow_private_addresses=True)
        world.runtime.saver = SavePageNow(settings, clock, ThreadPacer(clock), server.address)
        save_due(world.runtime)
        assert "the archive is at work" in client.get(f"/changes/{ident}").text
        clock.sleep(30)
        save_due(world.runtime)
        memento = f"{server.address}/web/20260301123000/{URL}"
    assert f'<a href="{memento}"' in client.get(f"/changes/{ident}").text
    (told,) = client.get(f"/api/v1/changes/{ident}").json()["copies"]
    assert (told["state"], told["memento"], told["saved_at"]) == ("saved", memento, "2026-03-01T12:30:00Z")
    change_json = json.loads(contents(bundled(world))["change.json"])
    assert change_json["copies"] == [{"url": URL, "memento": memento, "saved_at": "2026-03-01T12:30:00.000000+00:00"}]


def test_a_purged_source_takes_its_copies_along(database: Database, clock: ManualClock) -> None:
    """Nothing of it stays."""
    world, _ = built(database, clock)
    changed(world)
    with world.runtime.database.write() as session:
        purge_source(session, "acme", force=True)
    assert copies(world) == []


def test_keys_are_two_words_and_never_shown() -> None:
    """A file may hold them; a wrong one is not repeated."""
    assert "s3cret" not in repr(Settings(archive_keys=SecretStr("access:s3cret")))
    with pytest.raises(SettingsError) as caught:
        load_settings(archive_keys="s3cret")
    assert "s3cret" not in str(caught.value)
    assert "archive_keys" in str(caught.value)
