"""Review, baselines, deadlines and audit as pages and commands: what people do there holds, hostile text is text."""

import csv
import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from icalendar import Calendar
from lxml import html
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from tests.world import URL, World, acme, policy
from tracker.cli.app import app
from tracker.clock import ManualClock, SystemClock
from tracker.errors import UsageError
from tracker.history.baselines import keep_drifts, names_in
from tracker.history.triage import accept
from tracker.store.database import Database
from tracker.store.people.reviews import list_reviews
from tracker.store.people.trail import entries
from tracker.store.people.triage import triage_of
from tracker.web.app import create_app

HOSTILE = "<script>alert(1)</script>"
SOLD = (
    f"Starting on 1 May 2026, we will sell your personal information to {HOSTILE} data brokers. "
    "You may object until 15 April 2026."
)
ESCAPED = SOLD.replace("<", "&lt;").replace(">", "&gt;")


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A source with a hostile name whose text says since 2 March 2026 that it will sell data, which is hostile too."""
    world = World.build(
        database, clock, acme(name=f"=Acme {HOSTILE}", organisation=f"Acme {HOSTILE}", tags=("vendor", HOSTILE))
    )
    world.fetcher.serve(URL, policy())
    world.check()
    world.fetcher.serve(URL, policy(p3=ESCAPED))
    world.check(at_once=True)
    return world


@pytest.fixture
def client(world: World) -> TestClient:
    """The pages, open on this machine."""
    return TestClient(create_app(world.runtime), base_url="http://127.0.0.1")


def post(client: TestClient, page: str, action: str, **values: str | list[str]) -> str:
    """Fill in the form of a page that leads to an action, as a browser does; return the address it leads to."""
    tree = html.fromstring(client.get(page).text)
    forms = [form for form in tree.forms if form.get("action") == action and form.method == "POST"]
    assert forms, f"{page} has no form for {action}"
    fields: dict[str, str | list[str]] = dict(forms[0].form_values())
    answer = client.post(action, data=fields | values, headers={"Origin": "http://127.0.0.1"}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def stands(world: World, ident: str) -> tuple[str, str, str]:
    with world.runtime.database.read() as session:
        row = triage_of(session, [ident]).get(ident)
    return (row.state, row.assignee, row.note) if row else ("new", "", "")


@pytest.mark.parametrize(
    "path",
    [
        "/review",
        "/review/{change}",
        "/review?state=any&show=all&past=1&assignee=<script>&tag=<script>",
        "/baselines",
        "/baselines?source=acme",
        "/deadlines",
        "/deadlines?past=1",
        "/reports",
        "/reports/audit?source=acme",
        "/reports/audit",
    ],
)
def test_hostile_text_is_text_on_every_page(client: TestClient, world: World, path: str) -> None:
    """Names, clauses, notes and filters are escaped; nothing is written inline that the policy of the page forbids."""
    ident = world.changes()[0].id
    post(client, f"/review/{ident}", f"/review/{ident}", do="seen", note=HOSTILE, assignee=HOSTILE)
    post(client, "/baselines?source=acme", "/baselines", version="1", note=HOSTILE)
    answer = client.get(path.format(change=ident))
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    assert " onclick" not in answer.text
    for script in html.fromstring(answer.text).iter("script"):
        assert script.get("src", "").startswith("/static/")


def test_the_queue_shows_what_is_new_and_a_button_takes_it_out(client: TestClient, world: World) -> None:
    """Whoever presses Dismiss comes back to the queue as it was filtered."""
    ident = world.changes()[0].id
    assert f'id="change-{ident}"' in client.get("/review?severity=low").text
    back = post(client, "/review?severity=low", f"/review/{ident}", do="dismiss")
    assert back == "/review?severity=low"
    assert stands(world, ident)[0] == "dismissed"
    assert f'id="change-{ident}"' not in client.get("/review").text
    assert f'id="change-{ident}"' in client.get("/review?state=dismissed").text


def test_several_changes_are_decided_on_at_once_or_none(client: TestClient, world: World) -> None:
    """One id that is not there leaves all as they are."""
    ident = world.changes()[0].id
    tree = html.fromstring(client.get("/review").text)
    token = dict(next(form for form in tree.forms if form.get("id") == "bulk").form_values())
    answer = client.post(
        "/review", data=token | {"do": "seen", "change": [ident, "zzz"]}, headers={"Origin": "http://127.0.0.1"}
    )
    assert answer.status_code == 404
    assert stands(world, ident)[0] == "new"
    post(client, "/review", "/review", do="save", change=[ident], assignee="Robin")
    assert stands(world, ident) == ("new", "Robin", "")
    post(client, "/review", "/review", do="accept", change=[ident])
    assert stands(world, ident) == ("seen", "Robin", "")


@pytest.mark.parametrize("page", ["/review?state=any", "/review/{change}"])
@pytest.mark.parametrize("do", ["seen", "accept"])
def test_a_page_that_is_out_of_date_takes_nothing_back(client: TestClient, world: World, page: str, do: str) -> None:
    """Who loaded the page before others wrote a note and a name decides, and leaves both; who clears them does."""
    ident = world.changes()[0].id
    action = f"/review/{ident}"
    tree = html.fromstring(client.get(page.format(change=ident)).text)
    stale = dict(next(form for form in tree.forms if form.get("action") == action).form_values())
    post(client, "/review?state=any", action, do="save", note="First line\r\nsecond", assignee="Robin")
    answer = client.post(
        action, data=stale | {"do": do}, headers={"Origin": "http://127.0.0.1"}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert stands(world, ident) == ("seen", "Robin", "First line\r\nsecond")
    post(client, "/review?state=any", action, do="save")
    assert stands(world, ident) == ("seen", "Robin", "First line\r\nsecond")
    post(client, "/review?state=any", action, do="save", note="", assignee="")
    assert stands(world, ident) == ("seen", "", "")


def test_the_way_back_leads_to_the_queue_only(client: TestClient, world: World) -> None:
    """What a form says of the filter cannot name another place."""
    ident = world.changes()[0].id
    for back in ("//evil.example", "next=https://evil.example", "\r\nSet-Cookie: x=1", "state=seen&x=//evil.example"):
        place = post(client, "/review?state=any", f"/review/{ident}", do="seen", back=back)
        assert re.fullmatch(r"/review(\?state=seen)?", place)


def test_a_clause_is_downgraded_by_a_form(client: TestClient, world: World) -> None:
    """Class, direction, topics and a note; the page then says that no alert is deserved."""
    ident = world.changes()[0].id
    action = f"/review/{ident}/clauses/1"
    place = post(client, f"/review/{ident}", action, topic=["sale"], note=HOSTILE, **{"class": "minor"})
    assert place == f"/review/{ident}#clause-1"
    with world.runtime.database.read() as session:
        (review,) = [one.review for one in list_reviews(session)]
        actions = [one.action for one in entries(session)]
    assert (review.clause_class, review.topics, review.note, review.reviewer) == ("minor", ["sale"], HOSTILE, "local")
    assert actions == ["review.add"]
    assert "with the reviews it deserves an alert" in client.get(f"/review/{ident}").text
    for number in (2, 3):
        post(client, f"/review/{ident}", f"/review/{ident}/clauses/{number}", **{"class": "noise"})
    assert "with the reviews it deserves no alert" in client.get(f"/review/{ident}").text
    answer = client.post(action, data={"class": "cosmetic", "topic": "sale"}, headers={"Origin": "http://127.0.0.1"})
    assert answer.status_code in {400, 403}


def test_a_version_is_approved_and_its_drift_is_shown(client: TestClient, world: World) -> None:
    """Version 1 is what was accepted; version 2 sells data; approving it ends the drift."""
    assert "One followed source has no baseline yet" in client.get("/baselines").text
    place = post(client, "/baselines?source=acme", "/baselines", version="1", note="as it was", review_by="2026-04-01")
    assert place == "/baselines?source=acme"
    assert "being compared" in client.get(place).text
    names = names_in(world.runtime.sources_file)
    assert [keep_drifts(world.runtime.database, names, seconds) for seconds in (-1, 60, 60)] == [0, 1, 0]
    page = client.get(place).text
    assert "≠ material" in page
    assert 'href="/sources/acme/diff?from=1&amp;to=2"' in page
    post(client, "/baselines?source=acme", "/baselines")
    page = client.get(place).text
    assert "= none" in page
    assert len(re.findall(r"<li><time", page)) == 2


@pytest.mark.parametrize(
    "values", [{"version": "9"}, {"review_by": "2020-01-01"}, {"review_by": "soon"}, {"source": "x"}]
)
def test_what_cannot_be_approved_is_told(client: TestClient, world: World, values: dict[str, str]) -> None:
    """No such version, a day that passed or is none, no such source."""
    tree = html.fromstring(client.get("/baselines?source=acme").text)
    fields = dict(next(form for form in tree.forms if form.method == "POST").form_values())
    answer = client.post("/baselines", data=fields | values, headers={"Origin": "http://127.0.0.1"})
    assert answer.status_code in {400, 404}
    with world.runtime.database.read() as session:
        assert entries(session) == []


def test_deadlines_are_a_page_and_a_calendar(client: TestClient, world: World) -> None:
    """Both days with their quote; the calendar is the same until something changes."""
    page = client.get("/deadlines").text
    assert "Last day to object" in page
    assert "The new text takes effect" in page
    feed = client.get("/deadlines.ics")
    assert feed.headers["Content-Type"] == "text/calendar; charset=utf-8"
    events = Calendar.from_ical(feed.content).walk("VEVENT")
    assert [str(event.decoded("DTSTART")) for event in events] == ["2026-04-15", "2026-05-01"]
    again = client.get("/deadlines.ics", headers={"If-None-Match": feed.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    ident = world.changes()[0].id
    post(client, f"/review/{ident}", f"/review/{ident}", do="dismiss")
    assert not Calendar.from_ical(client.get("/deadlines.ics").content).walk("VEVENT")
    assert "(dismissed)" in client.get("/deadlines").text


def test_the_audit_tells_what_stood_what_changed_and_who_said_what(client: TestClient, world: World) -> None:
    """As a page and as a table whose cells no spreadsheet runs."""
    ident = world.changes()[0].id
    with world.runtime.database.write() as session:
        accept(session, ident, by="=Kim", now=world.clock.now())
    post(client, "/baselines?source=acme", "/baselines", version="1", note="-1+1")
    page = client.get("/reports/audit?source=acme").text
    assert "clause 1: material by =Kim" in page
    answer = client.get("/reports/audit?source=acme&from=2026-03-01&to=2026-03-31&format=csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-2026-03-02.csv"'
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    kinds = [row["kind"] for row in rows]
    facts = ["text_at_start", "text_at_end", "change", "review", "review", "review", "approval"]
    assert kinds == [*facts, *["deed"] * 5, "proof"]
    told = {row["kind"]: row for row in rows}
    assert told["text_at_start"]["what"] == "nothing had been observed"
    assert told["text_at_end"]["what"] == "version 2"
    assert told["review"]["by"] == "'=Kim"
    assert told["approval"]["note"] == "'-1+1"
    assert told["change"]["state"] == "confirmed, seen"
    assert len(told["proof"]["reference"]) == 64


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("source=nobody", 404),
        ("tag=nothing", 400),
        ("source=acme&tag=vendor", 400),
        ("from=2027-01-01", 400),
        ("from=x", 400),
        ("to=0001-01-01", 400),
        ("gap=nan", 422),
        ("format=xml", 422),
        ("tag=vendor", 200),
        ("organisation=acme+%3Cscript%3Ealert(1)%3C/script%3E", 200),
        ("source=acme&from=9999-12-31", 400),
    ],
)
def test_a_report_on_what_is_not_there_says_so(client: TestClient, query: str, status: int) -> None:
    """Never a broken page."""
    assert client.get(f"/reports/audit?{query}").status_code == status


Run = Callable[..., Result]


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the world's store."""
    url = world.runtime.database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TRACKER_DATABASE_URL", url)
    monkeypatch.setattr(SystemClock, "now", lambda _: world.clock.now())

    def told(*words: object) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    return told


def test_the_commands_decide_approve_and_report(world: World, run: Run, tmp_path: Path) -> None:
    """The same questions as on the pages, by the same functions."""
    ident = world.changes()[0].id
    assert json.loads(run("triage", "--list", "--json").stdout)[0]["change"] == ident
    told = json.loads(run("triage", ident[:6], "--state", "seen", "--assign", "Robin", "--by", "Kim", "--json").stdout)
    assert (told["state"], told["assignee"], told["by"]) == ("seen", "Robin", "Kim")
    assert run("triage", "--list").stdout == "The queue is empty.\n"
    head, summary, work = run("triage", "--list", "--state", "seen").stdout.splitlines()
    assert f"acme  {ident}  " in head
    assert summary.startswith("    ")
    assert work == "    seen, Robin's"
    assert json.loads(run("triage", "--list", "--state", "seen", "--assign", "", "--json").stdout) == []
    assert run("approve", "acme", "--version", 1, "--by", "Kim").stdout == "acme: version 1 is approved.\n"
    (baseline,) = json.loads(run("approve", "--list", "--json").stdout)
    assert (baseline["version"], baseline["in_force"], baseline["drift"]["level"]) == (1, 2, "material")
    page = tmp_path / "audit.html"
    assert run("audit", "--source", "acme", "--since", "2026-03-01", "--html", page).exit_code == 0
    assert "<script>" not in page.read_text(encoding="utf-8")
    assert "href" not in page.read_text(encoding="utf-8")
    table = tmp_path / "audit.csv"
    assert run("audit", "--tag", "vendor", "--since", "2026-03-01", "--csv", table).exit_code == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbfsource,organisation,kind,at")
    report = json.loads(run("audit", "--since", "2026-03-01", "--json").stdout)
    assert [deed["action"] for deed in report["sources"][0]["deeds"]] == ["triage.set", "approval.add"]
    assert run("audit").exit_code == 0
    days = json.loads(run("deadlines", "--json").stdout)
    assert {one["day"] for one in days} == {"2026-04-15", "2026-05-01"}


@pytest.mark.parametrize(
    "words",
    [
        ("triage",),
        ("triage", "x", "--list"),
        ("triage", "zzz", "--state", "seen"),
        ("triage", "--list", "--note", "x"),
        ("approve",),
        ("approve", "acme", "--list", "--version", "1"),
        ("approve", "acme", "--version", "7"),
        ("audit", "--tag", "x"),
        ("audit", "--csv", "-", "--json"),
        ("audit", "--csv", "/nowhere/x.csv"),
    ],
)
def test_commands_say_what_is_wrong(run: Run, words: tuple[str, ...]) -> None:
    """A usage error each, never a traceback."""
    result = run(*words)
    assert result.exit_code != 0
    assert isinstance(result.exception, UsageError | SystemExit)
