"""The screens over an invented history: what they show, and that what was fetched stays text in them."""

import re

import lxml.html
import pytest
from markupsafe import Markup
from sqlalchemy import event
from sqlmodel import col, select
from starlette.testclient import TestClient

from tests.support.furnished import furnish
from tests.support.showcase import HOSTILE, HOSTILE_URL, hostile_pages, hostile_source
from tests.world import URL, World, acme, policy
from tracker.clock import ManualClock
from tracker.errors import FetchError
from tracker.store.database import Database
from tracker.store.people.trail import entries
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.people_tables import Triage
from tracker.store.schema.tables import Change, ClauseRun, SourceRow
from tracker.web.app import create_app
from tracker.web.pages import compare as compare_page
from tracker.web.pages import sources as sources_page
from tracker.web.rendering import closed
from tracker.words import FailureKind

SOLD = "We may sell your personal information to our advertising partners."
MARKUP = "<script>document.title=&#39;broken&#39;</script>"
TEXT = "&lt;script&gt;document.title=&#39;broken&#39;&lt;/script&gt;"


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A policy that began to sell, and a hostile one."""
    built = World.build(database, clock, acme(), hostile_source())
    for ordinary, hostile in zip((policy(), policy(p3=SOLD)), hostile_pages(), strict=True):
        built.fetcher.serve(URL, ordinary)
        built.fetcher.serve(HOSTILE_URL, hostile)
        built.check("acme", at_once=True)
        built.check("hostile", at_once=True)
    return built


@pytest.fixture
def client(world: World) -> TestClient:
    """A browser on this machine."""
    return TestClient(
        create_app(world.runtime), base_url="http://127.0.0.1", follow_redirects=False, raise_server_exceptions=False
    )


def change_of(world: World, ident: str) -> Change:
    with world.runtime.database.read() as session:
        row = session.exec(select(SourceRow).where(SourceRow.id == ident)).one()
        return session.exec(select(Change).where(Change.source_key == row.key)).one()


def gone_clause(world: World, ident: str) -> int:
    with world.runtime.database.read() as session:
        row = session.exec(select(SourceRow).where(SourceRow.id == ident)).one()
        query = select(ClauseRun.clause_id).where(ClauseRun.source_key == row.key, col(ClauseRun.gone_at).is_not(None))
        return session.exec(query.order_by(col(ClauseRun.clause_id))).all()[0]


def token(client: TestClient, path: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', client.get(path).text)
    assert found is not None
    return found[1]


def shown(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


def test_a_change_says_what_it_means_then_shows_it(client: TestClient, world: World) -> None:
    """Sentence and marks first, the redline after; the clause that changed is marked word by word."""
    page = shown(client, f"/changes/{change_of(world, 'acme').id}")
    meaning, redline = page.split('id="redline"')
    assert "What it means" in meaning
    assert "↓</span> weaker" in meaning
    assert "<del>" in redline
    assert "inserted: </span>" in redline
    assert re.search(r"\d+ unchanged clauses", redline)


def test_a_change_is_found_by_the_beginning_of_its_id(client: TestClient, world: World) -> None:
    """And leads to its lasting address; none and unclear ones are told so."""
    ident = change_of(world, "acme").id
    answer = client.get(f"/changes/{ident[:8]}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/changes/{ident}")
    assert client.get("/changes/zzz").status_code == 404


@pytest.mark.parametrize("query", ["view=side", "show=all", "topic=sale", "topic=retention", "view=side&show=all"])
def test_a_redline_is_shown_in_every_way(client: TestClient, world: World, query: str) -> None:
    """Beside each other, whole, by topic."""
    page = shown(client, f"/changes/{change_of(world, 'acme').id}?{query}")
    assert ("advertising partners" in page.split('id="redline"')[1]) is (query != "topic=retention")


def test_any_two_versions_are_compared(client: TestClient) -> None:
    """Also backwards, which no stored change tells of."""
    page = shown(client, "/sources/acme/diff?from=2&to=1")
    assert "version 2 and version 1" in page
    assert "↑</span> stronger" in page
    assert client.get("/sources/acme/diff?from=1&to=9").status_code == 404
    assert client.get("/sources/acme/versions/0").status_code == 404
    assert client.get("/sources/nobody/diff").status_code == 404


def test_a_clause_shows_both_wordings(client: TestClient, world: World) -> None:
    """The newest first, with the change that brought it."""
    page = shown(client, f"/sources/acme/clauses/{gone_clause(world, 'acme')}")
    assert page.count('class="card') == 2
    assert change_of(world, "acme").id in page
    assert client.get("/sources/acme/clauses/9999").status_code == 400


def test_a_search_marks_what_it_found(client: TestClient) -> None:
    """And tells when it came; a question that asks for nothing is told so above the form."""
    assert "<mark>advertising partners</mark>" in shown(client, '/search?q="advertising partners"')
    assert "No clause of any version" in shown(client, "/search?q=unicorns")
    assert "nothing to search for" in shown(client, "/search?q=-")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("source=acmee", "did you mean acme?"),
        ("tag=unicorn", "no source carries the tag &#39;unicorn&#39;"),
        ("topic=unicorn", "there is no topic &#39;unicorn&#39;"),
    ],
)
def test_a_search_narrowed_to_what_does_not_exist_is_told_so(client: TestClient, query: str, told: str) -> None:
    """Nothing found would read as if nobody said it."""
    page = shown(client, f"/search?q=advertising&{query}")
    assert told in page
    assert "No clause of any version" not in page


def test_sources_stand_beside_each_other(client: TestClient) -> None:
    """On one topic."""
    page = shown(client, "/compare?topic=sale&source=acme&source=hostile")
    assert SOLD in page
    assert TEXT in page


def test_what_is_not_compared_is_named(client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids that no source has, sources beyond those that fit, and a topic there is not; the others are shown."""
    monkeypatch.setattr(compare_page, "MOST_SOURCES", 1)
    page = shown(client, "/compare?topic=sale&source=acme&source=acmee&source=hostile")
    assert SOLD in page
    assert "No source &#39;acmee&#39;; did you mean acme?" in page
    assert "1 sources fit beside each other; not shown: hostile." in page
    assert "There is no topic &#39;unicorn&#39;" in shown(client, "/compare?topic=unicorn&source=acme")


def test_a_source_shows_its_history_and_what_it_says(client: TestClient) -> None:
    """A picture, facts with their clauses, versions."""
    sources_page._TABLES = sources_page.FactTables()  # as in a process that has read none yet
    assert "30 days" not in shown(client, "/sources/acme")  # reading a long text may take a second: it is asked for
    assert "30 days" in shown(client, "/sources/acme/facts")
    part_of_it = client.get("/sources/acme/facts", headers={"HX-Request": "true"}).text
    assert part_of_it.startswith('<div class="facts-table">')
    page = shown(client, "/sources/acme")
    for part in (
        "<svg",
        "What it says now",
        "30 days",
        "/sources/acme/versions/2",
        "/sources/acme/diff?from=1&amp;to=2",
    ):
        assert part in page


def test_a_version_tells_since_when_each_clause_stands(client: TestClient, world: World) -> None:
    """With the change that brought it, narrowed by topic."""
    page = shown(client, "/sources/acme/versions/2")
    assert page.count("from the first") > 5
    assert page.count(change_of(world, "acme").id) == 1
    assert "server logs" not in shown(client, "/sources/acme/versions/2?topic=sale")


def test_the_overview_counts_what_nobody_has_seen(client: TestClient, world: World) -> None:
    """Until somebody marks it read; filters narrow."""
    assert "<strong>2</strong> unread material changes" in shown(client, "/")
    told = {"deed": "read", "source": "acme", "csrf": token(client, "/")}
    assert client.post("/sources", data=told).status_code == 303
    assert "<strong>1</strong> unread material change<" in shown(client, "/")
    with world.runtime.database.read() as session:
        assert [row.change_id for row in session.exec(select(Triage))] == [change_of(world, "acme").id]
    assert "Acme Privacy Policy" not in shown(client, "/?q=hostile").split("<h2")[0]


@pytest.mark.parametrize(("deed", "field", "value"), [("pause", "paused", True), ("resume", "paused", False)])
def test_a_deed_is_done_and_written_down(client: TestClient, world: World, deed: str, field: str, value: bool) -> None:
    """From the page of a source too."""
    assert client.post("/sources/acme", data={"deed": deed, "csrf": token(client, "/")}).status_code == 303
    with world.runtime.database.read() as session:
        row = session.exec(select(SourceRow).where(SourceRow.id == "acme")).one()
        assert getattr(row, field) is value
        assert [(entry.action, entry.actor, entry.source) for entry in entries(session)] == [
            (f"source.{deed}", "local", "acme")
        ]


def test_checking_now_makes_a_source_due(client: TestClient, world: World) -> None:
    """The daemon takes it with its next tick."""
    client.post("/sources", data={"deed": "check", "source": "acme", "csrf": token(client, "/")})
    with world.runtime.database.read() as session:
        row = session.exec(select(SourceRow).where(SourceRow.id == "acme")).one()
    assert row.next_check_at == world.clock.now()


def test_an_operator_sees_what_fails_and_releases_what_is_held(client: TestClient, world: World) -> None:
    """A held text that was released is accepted at the next check that shows it."""
    world.fetcher.queue(URL, FetchError(FailureKind.DNS, "no such host <b>"))
    world.check("acme")
    page = shown(client, "/operator")
    assert "no such host &lt;b&gt;" in page
    with world.runtime.database.write() as session:
        row = session.exec(select(SourceRow).where(SourceRow.id == "acme")).one()
        now = world.clock.now()
        assert row.key is not None
        held = HeldText(source_key=row.key, text_sha256="0" * 64, reason="shrunk", first_seen_at=now, last_seen_at=now)
        session.add(held)
        session.flush()
        ident = held.id
    assert "shrunk" in shown(client, "/operator")
    answer = client.post("/operator/held", data={"held": ident, "csrf": token(client, "/")})
    assert answer.status_code == 303
    with world.runtime.database.read() as session:
        assert session.get_one(HeldText, ident).state == "released"
        assert entries(session)[0].action == "held.release"
    again = client.post("/operator/held", data={"held": ident, "csrf": token(client, "/")})
    assert again.status_code == 400


#: Every page and form that takes a whole number, with the values of the form.
NUMBERED: dict[str, dict[str, str] | None] = {
    "/search?q=data&before={number}": None,
    "/sources/acme/clauses/{number}": None,
    "/sources/acme/versions/{number}": None,
    "/sources/acme/diff?from={number}": None,
    "/review/{change}?first={number}": None,
    "/review/{change}/clauses/{number}": {"class": "minor"},
    "/review/{change}/clauses/1": {"class": "minor", "first": "{number}"},
    "/mutes/{number}/end": {},
    "/subscriptions/{number}": {},
    "/sources/acme/noise": {"block": "{number}", "will": "never"},
    "/baselines": {"source": "acme", "version": "{number}"},
    "/operator/held": {"held": "{number}"},
    "/operator/deliveries": {"delivery": "{number}"},
}


@pytest.mark.parametrize("number", [str(10**30), "-1", "9" * 5_000])
def test_a_number_that_nothing_can_have_is_refused(client: TestClient, world: World, number: str) -> None:
    """The answer says so, on every page and form; the store is not asked for what it cannot hold."""
    change, csrf = change_of(world, "acme").id, token(client, "/")
    for path, form in NUMBERED.items():
        place = path.format(number=number, change=change)
        data = {name: value.format(number=number) for name, value in (form or {}).items()}
        answer = client.get(place) if form is None else client.post(place, data={**data, "csrf": csrf})
        assert answer.status_code in {400, 404, 422}, path
        assert "body.class" not in answer.text


PLACES = ("/", "/changes", "/sources/hostile", "/sources/hostile/facts",
          "/sources/hostile/versions/1", "/sources/hostile/versions/2",
          "/changes/{change}", "/changes/{change}?view=side&show=all", "/sources/hostile/diff?from=2&to=1",
          "/sources/hostile/clauses/{clause}", "/search?q=partners", "/compare?topic=sale&source=hostile", "/operator",
          "/review", "/mutes", "/baselines", "/reports", "/reports/audit?source=hostile", "/deadlines", "/processors",
          "/feeds")  # fmt: skip


#: Screens that show more of what people and operators leave behind.
FURNISHED = ("/baselines?source=hostile", "/review?show=all&state=any", "/review/{change}", "/subscriptions",
             "/processors?source=hostile", "/deadlines?past=1", "/changes?show=all", "/api/v1")  # fmt: skip


@pytest.mark.parametrize("place", [*PLACES, *FURNISHED])
def test_no_screen_lets_fetched_text_be_markup(client: TestClient, world: World, place: str) -> None:
    """Wherever it comes from: names, tags, clauses; notes, names of people, mutes; errors, archives, receivers."""
    furnish(world)
    told = {"change": change_of(world, "hostile").id, "clause": gone_clause(world, "hostile")}
    page = shown(client, place.format(**told))
    for harm in HOSTILE[:3]:
        assert harm not in page
    for element in lxml.html.document_fromstring(page).iter():
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
        assert element.tag != "script" or str(element.get("src")).startswith("/static/")
        for name in ("href", "src", "action", "formaction", "hx-get", "xlink:href"):
            assert not str(element.get(name)).strip().lower().startswith(("javascript:", "data:text"))


def test_what_people_and_operators_leave_behind_is_shown(client: TestClient, world: World) -> None:
    """So that a screen that leaves it out is no proof of its being escaped."""
    furnish(world)
    change = change_of(world, "hostile").id
    for place, times in (
        ("/", 1),
        ("/sources/hostile", 4),
        ("/operator", 9),
        ("/review", 3),
        ("/mutes", 1),
        (f"/changes/{change}", 3),
        ("/baselines", 2),
        ("/reports/audit?source=hostile", 9),
    ):
        assert len(re.findall("&lt;(?:script|/title|img)", shown(client, place))) >= times, place


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("plain", ""),
        ("\u202eback", "\u202c"),
        ("\u202eback\u202c", ""),
        ("\u2067a\u202eb", "\u202c\u2069"),
        ("\u2067a\u202eb\u2069", ""),
        ("\u202ea\u2069", "\u202c"),
        ("\u202ea\u202bb\u202c", "\u202c"),
    ],
)
def test_what_turns_writing_about_is_turned_back(text: str, end: str) -> None:
    """At the end of the text at the latest, and once only."""
    assert closed(text) == text + end
    assert closed(closed(text)) == text + end
    assert isinstance(closed(Markup(text)), Markup)
    assert closed(7) == 7


@pytest.mark.parametrize("place", ["/", "/changes", "/search?q=data", "/sources/acme", "/operator", "/review"])
def test_a_page_asks_the_store_a_few_times_however_much_it_shows(
    client: TestClient, world: World, database: Database, place: str
) -> None:
    """No query for every row."""
    statements: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    shown(client, place)
    event.listen(database.engine, "before_cursor_execute", count)
    shown(client, place)
    event.remove(database.engine, "before_cursor_execute", count)
    assert len([one for one in statements if one.lstrip().lower().startswith("select")]) <= 30
