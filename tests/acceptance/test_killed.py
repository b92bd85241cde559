"""SIGKILL at every commit of a check, tick, delivery, notice, digest, back-fill, import or upgrade: all ends alike."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import empty
from tests.integration.test_upgrade import make_first_schema
from tests.support.archives import Record, write_warc
from tests.support.killing import Flow, Place, run_flow
from tests.support.nursery import nursery
from tests.support.receivers import http_server
from tests.world import policy
from tracker.demo.scenery import Capture
from tracker.demo.servers import DemoServer
from tracker.store.database import Database

#: Every function that commits something on the way of each flow. Whoever adds one is to let it be killed below.
POINTS = {
    "check": {
        "planner.sync",
        "pacer._wait_for_slot",
        "check._record",
        "clause_runs.refresh_runs",
        "sender._send_lane",
        "sender._mark",
        "sender._failed",
    },
    "daemon": {
        "lock.daemon_lock",
        "planner.sync",
        "planner.take_over",
        "planner.plan",
        "pacer._wait_for_slot",
        "check._record",
        "planner._give_back",
        "clause_runs.refresh_runs",
        "maintenance.maintain",
        "sender._send_lane",
        "sender._mark",
        "sender._failed",
    },
    "notices": {
        "baselines.keep_drifts",
        "notices.create_notices",
        "escalations._escalate",
        "onboarding.tell_onboarding",
        "health.watch_health",
        "digests.open_digests",
        "sender._send_lane",
        "sender._mark",
    },
    "backfill": {
        "upgrade.create_store",
        "planner.sync",
        "pacer._wait_for_slot",
        "backfill._list",
        "backfill._take",
        "backfill._repeat",
        "changes.refresh_changes",
        "clause_runs.refresh_runs",
    },
    "import": {
        "upgrade.create_store",
        "planner.sync",
        "collection._write",
        "held.settle_held",
        "held._enter",
        "text_files.import_text",
        "changes.refresh_changes",
        "clause_runs.refresh_runs",
    },
    "move": {"upgrade.create_store", "lock.daemon_lock", "moving._copied", "backup.back_up", "backup.restore"},
    "upgrade": {"upgrade._back_up", "upgrade._migrate", "jobs_schema.upgrade_jobs"},
}

#: Points of one database only.
ONLY = {"sqlite": {"upgrade._back_up"}, "postgres": {"jobs_schema.upgrade_jobs"}}

#: Where a message has been accepted, and the store does not know yet.
WINDOW = "sender._mark:"

#: Destinations of the routes of a flow: to each goes a message of its own at the same time.
LANES = {"check": 2, "daemon": 2, "notices": 6}

START = datetime(2020, 1, 1, 12, 30, 7, tzinfo=UTC)
TEXTS = (policy(), policy(p5="We keep server logs for 13 months and delete them after that."), policy(), policy(p3=""))
#: What says that it is no policy, until it stays.
LOST = policy(p5="This page is all that is left.").replace("<title>Privacy Policy", "<title>Page not found")
SOLD = policy(p3="We may sell your personal information to our advertising partners.")
KEPT = policy(p5="We keep server logs for ten years.")

SOURCE = """
[[source]]
id = "{name}"
name = "{name} Privacy Policy"
organisation = "Acme"
type = "Privacy Policy"
url = "{url}/{name}"
backfill = {{archives = ["local"]}}
"""


def followed(place: Place, *names: str) -> None:
    """Follow pages of the site, and send what is found to two webhooks, of which one refuses its first message."""
    url = place.server.url
    parts = [f'[[archive]]\nname = "local"\ndialect = "pywb"\ncdx = "{url}/cdx"\nreplay = "{url}/replay"\ndelay = 0\n']
    parts += [SOURCE.format(name=name, url=url) for name in names]
    parts += [f'[[route]]\nname = "r{n}"\nurl = "json://127.0.0.1:{place.hook.port}/r{n}"\n' for n in (1, 2)]
    (place.folder / "sources.toml").write_text("\n".join(parts), encoding="utf-8")


def look_first(place: Place) -> None:
    """See two pages for the first time; then both change."""
    followed(place, "one", "two")
    place.server.site.update(one=policy(), two=policy(p0="This privacy policy is Acme's second."))
    assert place.run("check") == 0, place.log()
    place.server.site.update(one=SOLD, two=KEPT)
    place.hook.posts.clear()
    place.hook.script[:] = [(503, {}, b"later")]


def due_first(place: Place) -> None:
    """See two pages for the first time; then both change, and are due."""
    look_first(place)
    place.change("update source set next_check_at = '2020-01-01 00:00:00'")


def tick_again(place: Place) -> None:
    """Let the leases of a killed process run out, and start the daemon anew until everything is told."""
    for _ in range(4):
        if place.ask("select 1 from delivery") and not place.ask(
            "select 1 from delivery where state = 'pending' union select 1 from change where state = 'awaiting'"
        ):
            return
        place.change("update delivery set lease_until = '2000-01-01 00:00:00'")
        place.run("ticks")
    raise AssertionError(place.log())


def look_again(place: Place) -> None:
    """Let the leases of a killed process run out, and look until everything is told."""
    for _ in range(6):
        place.change("update delivery set lease_until = '2000-01-01 00:00:00'")
        place.run("check")
        if place.ask("select 1 from delivery") and not place.ask(
            "select 1 from delivery where state = 'pending' union select 1 from change where state = 'awaiting'"
        ):
            return
    raise AssertionError(place.log())


#: What makes the moments come of which notices and digests tell. A digest of another weekday than those around ours
#: covers the same span whenever a run begins and ends.
WAITING = """
[[route]]
name = "calm"
url = "json://127.0.0.1:{port}/calm"
digest = "weekly"
digest_day = "{day}"

[[route]]
name = "operator"
url = "json://127.0.0.1:{port}/operator"
operator = true

[[route]]
name = "urgent"
url = "json://127.0.0.1:{port}/urgent"
escalate_after = "1h"
escalate_to = ["json://127.0.0.1:{port}/boss"]
escalate_severity = "low"
"""


def tell_first(place: Place) -> None:
    """Have a digest, an escalation, a drift, a re-review, a report on new sources and an alarm that are all due."""
    names = ("one", "two", "three")
    followed(place, *names)
    now = datetime.now(UTC)
    day = f"{now - timedelta(days=3):%a}".lower()
    with (place.folder / "sources.toml").open("a", encoding="utf-8") as file:
        file.write(WAITING.format(port=place.hook.port, day=day))
    place.server.site.update({name: policy(p0=f"This privacy policy is Acme's, {name}.") for name in names})
    assert place.run("check") == 0, place.log()
    assert place.run("approve", "one", "--review-by", f"{now + timedelta(days=9):%Y-%m-%d}") == 0, place.log()
    place.server.site["one"] = SOLD
    assert place.run("check", "one", "--now") == 0, place.log()
    place.hook.posts.clear()
    place.change("update approval set review_by = '2020-01-01'")
    place.change("update source set failures = 9, last_failure = 'timeout' where id = 'three'")
    place.change("insert into route_state (route, digest_until) values ('calm', '2020-01-01 00:00:00')")
    place.change("update delivery set next_attempt_at = '2020-01-01 00:00:00' where route = 'calm'")
    place.change(f"update delivery set sent_at = '{now - timedelta(hours=2):%Y-%m-%d %H:%M:%S}' where route = 'urgent'")


def tell_again(place: Place) -> None:
    """Let the leases of a killed process run out, and send until nothing waits but for the digest of next week."""
    for _ in range(4):
        place.change("update delivery set lease_until = '2000-01-01 00:00:00'")
        place.run("alerts", "send")
        if not place.ask("select 1 from delivery where state = 'pending' and digest is null"):
            return
    raise AssertionError(place.log())


def archive_first(place: Place) -> None:
    """Have an archive that holds four captures, of three texts."""
    followed(place, "one")
    place.server.archive = [Capture("one", START + timedelta(days=30 * n), text) for n, text in enumerate(TEXTS)]


def files_first(place: Place) -> None:
    """Have a file of captures, the last five of an error page that stays, and a text."""
    followed(place, "one")
    records = [
        Record(f"{place.server.url}/one", START + timedelta(days=30 * n), text.encode())
        for n, text in enumerate((*TEXTS, *[LOST] * 5))
    ]
    write_warc(place.folder / "old.warc.gz", records)
    (place.folder / "one.txt").write_text("Privacy Policy\n\nAcme respects your privacy.\n\nWe never sell your data.\n")


def old_store(place: Place) -> None:
    """Have a store that the first release made."""
    followed(place)
    with closing(Database(place.store_url)) as database:
        make_first_schema(database)


def move_first(place: Place) -> None:
    """Have a store elsewhere that everything is to be moved from."""
    files_first(place)
    place.settings = {"TRACKER_DATABASE_URL": old_url(place)}
    assert place.run("import", "warc", str(place.folder / "old.warc.gz"), "--processes", "0") == 0, place.log()
    place.settings = {}


def old_url(place: Place) -> str:
    """Return the address of the store that is moved."""
    return f"sqlite:///{place.folder / 'old.sqlite'}"


def flows(place: Place) -> dict[str, Flow]:
    """Return the ways that are tried."""
    file, text = str(place.folder / "old.warc.gz"), str(place.folder / "one.txt")
    copy = str(place.folder / "copy.sqlite")
    put_back = [("backup", copy), ("restore", copy)] if place.store_url.startswith("sqlite") else []
    backup = () if place.store_url.startswith("sqlite") else ("--no-backup",)
    found = (
        Flow("check", [("check", "--now")], look_first, look_again, live=True),
        Flow("daemon", [("ticks",)], due_first, tick_again, live=True),
        Flow("notices", [("alerts", "send")], tell_first, tell_again, live=True),
        Flow("backfill", [("backfill", "--all")], archive_first),
        Flow(
            "import",
            [("import", "warc", file, "--processes", "0"), ("import", "text", text, "--date", "2019-05-01")],
            files_first,
        ),
        Flow("move", [("migrate-store", old_url(place), "$TRACKER_DATABASE_URL"), *put_back], move_first),
        Flow("upgrade", [("db", "upgrade", *backup)], old_store),
    )
    return {flow.name: flow for flow in found}


#: Goes a way on a database, killed at a point or not at all.
Go = Callable[[str, str, str], tuple[list[str], Counter[str], list[str]]]


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Go]:
    """Go ways in fresh installations; each way undisturbed is gone but once."""
    with nursery() as processes, DemoServer(()) as server:

        def gone(kind: str, name: str, kill_at: str) -> tuple[list[str], Counter[str], list[str]]:
            folder = tmp_path_factory.mktemp("home")
            server.site.clear()
            server.archive.clear()
            with store(kind, folder, request) as url, http_server() as hook:
                place = Place(folder, url, server, hook, processes)
                lines, received = run_flow(flows(place)[name], place, kill_at)
                return lines, received, place.commits()

        undisturbed = cache(gone)
        yield lambda kind, name, kill_at: (gone if kill_at else undisturbed)(kind, name, kill_at)


@contextmanager
def store(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the address of a database that holds nothing."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'tracker.sqlite'}"
        return
    url = request.getfixturevalue("postgres_url")
    with closing(Database(url)) as database:
        empty(database)
    yield url


def hold_against(go: Go, kind: str, name: str, kill_at: str) -> None:
    """Fail if a killed run differs from an undisturbed one in what is stored or in what was received how often."""
    expected, told, _ = go(kind, name, "")
    lines, received, _ = go(kind, name, kill_at)
    assert lines == expected
    assert len(received) == len(told), "each alert under one key"
    twice = sum(received.values()) - len(received)
    if kill_at.startswith(WINDOW) and kill_at.endswith("before"):
        assert 1 <= twice <= LANES[name], "accepted and not yet marked, in the lane that was killed and maybe in others"
    elif kill_at.startswith("sender"):
        assert twice < LANES[name], "accepted and not yet marked, in a lane beside the one that was killed"
    else:
        assert twice == 0


@pytest.mark.parametrize("name", POINTS)
def test_every_commit_point_is_known(go: Go, name: str) -> None:
    """A new commit on the way of a flow is to be killed too."""
    _, received, commits = go("sqlite", name, "")
    assert {label.partition(":")[0] for label in commits} == POINTS[name] - ONLY["postgres"]
    assert list(received.values()) == [1] * {"check": 4, "daemon": 4, "notices": 12}.get(name, 0)


@pytest.mark.parametrize(
    ("name", "kill_at"),
    [
        ("check", "check._record:4:before"),
        ("check", "sender._mark:1:before"),
        ("check", "sender._failed:1:before"),
        ("daemon", "planner._give_back:1:before"),
        ("notices", "digests.open_digests:1:before"),
        ("notices", "sender._mark:1:before"),
        ("backfill", "changes.refresh_changes:2:after"),
        ("import", "collection._write:1:after"),
        ("import", "held._enter:3:after"),
        ("move", "backup.restore:1:before"),
        ("upgrade", "upgrade._back_up:1:before"),
        ("upgrade", "upgrade._migrate:1:before"),
    ],
)
def test_a_kill_changes_nothing_in_the_end(go: Go, name: str, kill_at: str) -> None:
    """No version, change or alert is lost or doubled; a message comes twice in the documented window only."""
    hold_against(go, "sqlite", name, kill_at)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("name", "kill_at"),
    [
        ("check", "sender._mark:1:before"),
        ("import", "held._enter:3:after"),
        ("upgrade", "upgrade._migrate:1:before"),
    ],
)
def test_a_kill_changes_nothing_on_postgresql(go: Go, name: str, kill_at: str) -> None:
    """The same with the other database."""
    hold_against(go, "postgres", name, kill_at)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("name", POINTS)
def test_a_kill_at_any_commit_changes_nothing(go: Go, name: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before and after the first and the last commit of every function that commits."""
    _, _, commits = go(kind, name, "")
    first = {label.partition(":")[0]: label for label in reversed(commits)}
    last = {label.partition(":")[0]: label for label in commits if label not in first.values()}
    wrong: list[str] = []
    tried = 0
    for label in sorted({*first.values(), *last.values()}):
        for side in ("before", "after"):
            tried += 1
            try:
                hold_against(go, kind, name, f"{label}:{side}")
            except AssertionError as error:
                wrong.append(f"{label}:{side}: {error}")
    with capsys.disabled():
        sys.stdout.write(f"{name} on {kind}: {tried} kills, {len(wrong)} of them changed the end\n")
    assert not wrong
