"""The API for programs: what it tells, what it refuses, pages that miss nothing, answers only where there is news."""

import json
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.integration.filling import NOW, fill, record
from tests.support.hostile_store import HOSTILE, hostile_world
from tests.world import URL, World
from tracker.alerts.destinations import destinations
from tracker.clock import ManualClock
from tracker.errors import FetchError
from tracker.store.database import Database, storable
from tracker.store.history.sources import SourceEntry, sync_sources
from tracker.store.people.people import add_token
from tracker.store.people.trail import entries
from tracker.store.schema.tables import Blob, Delivery, PastVerdict, SourceRow
from tracker.web.api import comparing
from tracker.web.api.routes import description
from tracker.web.app import create_app
from tracker.words import FailureKind

API = "/api/v1"


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A store of hostile text."""
    return hostile_world(database, clock)


@pytest.fixture
def client(world: World) -> TestClient:
    """The API over it, asked with a token of an admin."""
    return asking(world, "admin")


def asking(world: World, scope: str | None) -> TestClient:
    """Return a client from elsewhere that sends a token of a scope, or none."""
    client = TestClient(create_app(world.runtime), base_url="http://tracker.example")
    if scope is not None:
        with world.runtime.database.write() as session:
            secret = add_token(session, "robot", scope, world.clock.now(), None)
        client.headers["Authorization"] = f"Bearer {secret}"
    return client


def told(client: TestClient, path: str, status: int = 200) -> Any:
    """Return what a question is answered."""
    answer = client.get(API + path)
    assert answer.status_code == status, answer.text
    return answer.json()


def all_items(client: TestClient, path: str) -> list[dict[str, Any]]:
    """Return the items of all pages, along the links."""
    found: list[dict[str, Any]] = []
    address: str | None = API + path
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        address = answer.json()["next"]
        assert answer.headers.get("Link") == (f'<{address}>; rel="next"' if address else None)
    return found


def test_a_source_is_told_with_its_versions_and_texts(client: TestClient) -> None:
    """By number, by `latest` and by a date; as clauses, as Markdown, as plain text."""
    assert [source["id"] for source in told(client, "/sources")["items"]] == ["acme"]
    versions = told(client, "/sources/acme/versions")["items"]
    assert [version["number"] for version in versions] == [1, 2, 3]
    latest = told(client, "/sources/acme/versions/latest")
    assert latest == versions[-1]
    assert told(client, f"/sources/acme/versions/{versions[0]['first_seen'][:16]}Z")["number"] == 1
    text = told(client, "/sources/acme/versions/2/text")
    sold = next(clause for clause in text["text"] if clause["text"] == "We sell your personal information.")
    assert (sold["topics"], sold["kind"]) == (["sale"], "paragraph")
    assert sold["change"] == told(client, "/changes")["items"][-1]["id"]
    path = f"{API}/sources/acme/versions/2/text"
    by_name = client.get(path, params={"format": "markdown"})
    by_header = client.get(path, headers={"Accept": "text/markdown;q=0.9, application/json;q=0.1"})
    assert by_name.content == by_header.content
    assert by_name.text.startswith("# Privacy Policy\n\nThis privacy policy")
    assert by_name.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert client.get(path, headers={"Accept": "text/plain"}).text.startswith("Privacy Policy\n\n")
    assert client.get(path, headers={"Accept": "image/png"}).status_code == 406
    assert told(client, "/sources/acme/versions/4", 404)["detail"] == "acme has no version 4; it has versions 1 to 3"


def test_raw_bytes_are_an_attachment_that_can_do_nothing(client: TestClient, world: World) -> None:
    """They come as they were received, under a name of ours, and are 410 once a retention rule removed them."""
    answer = client.get(f"{API}/sources/acme/snapshots/1/payload")
    assert answer.content.startswith(b"<html lang=en>")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="capture-1-1.bin"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    with world.runtime.database.write() as session:
        row = session.get_one(Blob, told(client, "/sources/acme/snapshots/1")["payload_sha256"])
        row.encoding, row.data = "removed", b""
    assert client.get(f"{API}/sources/acme/snapshots/1/payload").status_code == 410
    assert told(client, "/sources/acme/snapshots/99", 404)["status"] == 404


def test_a_change_is_told_with_its_verdict_and_redline(client: TestClient, world: World) -> None:
    """The list has no verdict; the change has, with past ones; hostile words are text in the redline."""
    listed = told(client, "/changes?topic=sale&severity=medium&direction=weaker&material=true&tag=vendor")["items"]
    assert len(listed) == 1
    assert "verdict" not in listed[0]
    ident = listed[0]["id"]
    whole = told(client, f"/changes/{ident}")
    assert (whole["before_version"], whole["after_version"]) == (1, 2)
    assert whole["triage"]["state"] == "new"
    assert whole["verdict"]["changes"][0]["class"] == "material"
    assert told(client, f"/changes/{ident[:6]}", 404)["title"] == "Not Found"
    pieces = [piece for line in told(client, f"/changes/{ident}/redline")["lines"] for piece in line["pieces"]]
    assert {"op": "delete", "text": "do not "} in pieces
    page = client.get(f"{API}/changes/{ident}/redline?format=html")
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    with world.runtime.database.write() as session:
        past = PastVerdict(change_id=ident, replaced_at=NOW, rules_version="0")
        past.verdict = {"alert": False}
        session.add(past)
    assert [past["rules_version"] for past in told(client, f"/changes/{ident}/past-verdicts")] == ["0"]


def test_clauses_are_told_over_time(client: TestClient) -> None:
    """A search finds the words; the clause has its stretches; the lineage has what it was before."""
    hit = told(client, "/search?q=%22sell+your%22&standing=false")["items"][0]
    assert hit["text"] == "We sell your personal information."
    stretch = told(client, f"/clauses/{hit['id']}")["runs"][0]
    assert (stretch["source"], stretch["topics"]) == ("acme", ["sale"])
    lineage = told(client, f"/sources/acme/clauses/{hit['id']}/lineage")
    assert "We do not sell your personal information to anyone." in [wording["text"] for wording in lineage]
    assert told(client, "/clauses/9999", 404)["status"] == 404
    standing = all_items(client, "/sources/acme/clauses?limit=4")
    assert len(standing) == len(told(client, "/sources/acme/versions/latest/text")["text"])
    assert [clause["text"] for clause in told(client, "/sources/acme/clauses?topic=children")["items"]] == [
        "Our services are not meant for children under 16, and we do not knowingly collect their personal information."
    ]
    then = [clause["text"] for clause in told(client, f"/sources/acme/clauses?at={stretch['appeared_at']}")["items"]]
    assert "We sell your personal information." in then
    assert told(client, "/search?q=---", 400)["status"] == 400
    assert "'unicorn'" in told(client, "/search?q=sell&tag=unicorn", 400)["detail"]
    columns = told(client, "/compare-sources?topic=sale&source=acme&source=acme")
    assert [column["source"] for column in columns] == ["acme"]
    assert {"sale"} <= {topic for clause in columns[0]["clauses"] for topic in clause["runs"][0]["topics"]}
    assert told(client, "/compare-sources?topic=sale&source=acme&source=acmee", 404)["status"] == 404


def test_every_list_comes_in_pages_that_miss_nothing(database: Database, clock: ManualClock) -> None:
    """Along the links of small pages each item is met once, in the order of one large page."""
    fill(database, 5)
    with database.write() as session:
        sync_sources(session, [SourceEntry(f"s{number}", "S") for number in range(5)], NOW)
    client = asking(World.build(database, clock), "read")
    of_acme = [f"/sources/acme/{what}" for what in ("versions", "snapshots", "observations")]
    for path, many in {"/sources": 6, "/changes": 4, "/events": 5, **dict.fromkeys(of_acme, 5)}.items():
        whole = told(client, f"{path}?limit=200")["items"]
        assert len(whole) >= many, path
        for limit in (1, 2, len(whole)):
            assert all_items(client, f"{path}?limit={limit}") == whole, path


def test_what_comes_in_meanwhile_moves_no_page(database: Database, clock: ManualClock) -> None:
    """The second page goes on after the last item of the first, whatever was put before it."""
    fill(database, 3)
    client = asking(World.build(database, clock), "read")
    first = told(client, "/sources/acme/observations?limit=1")
    with database.write() as session:
        record(session, 1, 9, "A later text.")
    second = client.get(first["next"]).json()
    assert first["items"][0]["observed_at"] == (NOW + timedelta(days=3)).isoformat().replace("+00:00", "Z")
    assert second["items"][0]["observed_at"] == (NOW + timedelta(days=2)).isoformat().replace("+00:00", "Z")


def test_an_answer_is_sent_once(client: TestClient) -> None:
    """With the entity tag of an answer the asker gets 304 while it is the same; HEAD has the headers of GET.

    The tag is weak, for it stands for compressed bytes too; `Vary` keeps caches from mixing forms and askers up.
    """
    for path in ("/sources", "/sources/acme/versions/2/text", "/changes", "/openapi.json"):
        answer = client.get(API + path)
        tag = answer.headers["ETag"]
        assert tag.startswith('W/"')
        again = client.get(API + path, headers={"If-None-Match": f'"other", {tag}'})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        vary = {"accept", "accept-encoding", "authorization", "cookie"}
        assert all({name.strip().lower() for name in one.headers["Vary"].split(",")} == vary for one in (answer, again))
        head = client.head(API + path)
        assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", tag)
    before = client.get(f"{API}/sources").headers["ETag"]
    client.post(f"{API}/sources/acme/pause")
    assert client.get(f"{API}/sources", headers={"If-None-Match": before}).status_code == 200


def test_what_people_say_is_written_down_with_their_name(client: TestClient, world: World) -> None:
    """Reviews, triage, approvals and what is done to sources are kept and enter the trail."""
    ident = told(client, "/changes?material=true")["items"][0]["id"]
    given = {"change": ident, "clause": 1, "class": "minor", "note": HOSTILE}
    review = client.post(f"{API}/reviews", json=given)
    assert (review.status_code, review.json()["class"], review.json()["reviewer"]) == (201, "minor", "robot")
    assert told(client, "/reviews?source=acme")["items"][0]["note"] == storable(HOSTILE)
    assert client.post(f"{API}/reviews", json=given | {"clause": 99}).status_code == 400
    triage = client.put(f"{API}/changes/{ident}/triage", json={"state": "seen", "assignee": "dana"})
    assert (triage.json()["state"], triage.json()["assignee"], triage.json()["by"]) == ("seen", "dana", "robot")
    approval = client.post(f"{API}/approvals", json={"source": "acme", "version": "2", "review_by": "2030-01-01"})
    assert (approval.status_code, approval.json()["version"]) == (201, 2)
    assert told(client, "/approvals")["items"] == [approval.json()]
    assert client.post(f"{API}/sources/acme/check").status_code == 202
    assert client.post(f"{API}/sources/acme/pause").json()["paused"] is True
    assert client.post(f"{API}/sources/acme/check").status_code == 409
    assert client.post(f"{API}/sources/acme/mute", json={}).json()["muted_until"] == "9999-01-01T00:00:00Z"
    assert client.post(f"{API}/sources/acme/mute", json={"until": "2020-01-01"}).json()["muted_until"] is None
    with world.runtime.database.read() as session:
        assert session.get_one(SourceRow, 1).paused
        deeds = [entry.action for entry in entries(session)]
    expected = ["review.add", "triage.set", "approval.add", "source.check", "source.pause", "source.mute"]
    assert sorted(deeds) == sorted([*expected, "source.unmute"])


def test_the_outbox_is_for_admins(client: TestClient, world: World) -> None:
    """A dead delivery gets a new life once; who may only review sees neither."""
    moment = world.clock.now()
    with world.runtime.database.write() as session:
        row = Delivery(
            idempotency_key="k", route="r", destination="d", state="dead", created_at=moment, next_attempt_at=moment
        )
        session.add(row)
    ident = told(client, "/deliveries?state=dead")["items"][0]["id"]
    assert client.post(f"{API}/deliveries/{ident}/retry").json()["state"] == "pending"
    assert client.post(f"{API}/deliveries/{ident}/retry").status_code == 409
    assert client.post(f"{API}/deliveries/999/retry").status_code == 404


@pytest.mark.parametrize(
    ("scope", "forbidden"),
    [
        (None, ["GET /sources", "GET /openapi.json", "POST /sources/acme/pause", "POST /compare"]),
        ("read", ["POST /sources/acme/pause", "PUT /changes/x/triage", "POST /approvals", "GET /deliveries"]),
        ("review", ["POST /sources/acme/check", "POST /deliveries/1/retry", "GET /deliveries"]),
    ],
)
def test_who_may_not_is_told_so(world: World, scope: str | None, forbidden: list[str]) -> None:
    """Nobody reads without a right to, readers change nothing, reviewers do not run the machine."""
    client = asking(world, scope)
    for asked in forbidden:
        method, path = asked.split()
        answer = client.request(method, API + path, json={} if method != "GET" else None)
        assert answer.status_code == (403 if scope else 401), asked
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_page_of_another_site_changes_nothing(world: World) -> None:
    """Where everybody may do everything on this machine, a call without a token still needs that of a form."""
    client = TestClient(create_app(world.runtime), base_url="http://127.0.0.1")
    assert client.get(f"{API}/sources").status_code == 200
    refused = client.post(f"{API}/sources/acme/pause")
    assert (refused.status_code, "Authorization: Bearer" in refused.json()["detail"]) == (403, True)
    assert "this form is out of date" in client.post("/sources/acme", data={"deed": "pause"}).text
    assert client.post(f"{API}/sources/acme/pause", headers={"Origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("GET /nowhere", 404),
        ("GET /sources/none", 404),
        ("DELETE /sources", 405),
        ("GET /changes?topics=sale", 422),
        ("GET /changes?since=yesterday", 422),
        ("GET /changes?source=acme&source=other", 422),
        ("GET /changes?limit=201", 422),
        ("GET /changes?limit=0", 422),
        ("GET /changes?cursor=AAAA", 400),
        ("GET /sources/%00", 422),
        ("POST /reviews", 415),
    ],
)
def test_every_refusal_is_a_problem_that_says_what_is_wrong(client: TestClient, asked: str, status: int) -> None:
    """Status, title and detail; a misspelt parameter is refused, since it would have asked for everything."""
    method, path = asked.split()
    answer = client.request(method, API + path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert body["status"] == status
    assert body["detail"]


@pytest.mark.parametrize(
    "asked", ["changes?topic=sale&topic=retention&tag=a&tag=b", "compare-sources?topic=sale&source=acme&source=acme"]
)
def test_what_may_be_one_of_several_may_be_given_again(client: TestClient, asked: str) -> None:
    """Only parameters of a single value are refused where they are given twice."""
    assert client.get(f"{API}/{asked}").status_code == 200


def test_a_large_body_is_refused_whether_it_says_so_or_not(client: TestClient) -> None:
    """Two million bytes are the most, with or without a Content-Length."""
    kind = {"Content-Type": "application/json"}
    body = json.dumps({"before": "a", "after": "b", "names": ["x" * 2_000_000]}).encode()
    assert client.post(f"{API}/compare", content=body, headers=kind).status_code == 413
    assert client.post(f"{API}/compare", content=iter([body]), headers=kind).status_code == 413


def test_posted_texts_are_compared_and_not_stored(client: TestClient, world: World) -> None:
    """The answer is the verdict of the command line; nothing is kept; only so many at once."""
    pair = {"before": "We do not sell your personal information.", "after": "We sell your personal information."}
    before = world.counts()
    verdict = client.post(f"{API}/compare", json=pair | {"format": "text", "names": ["Acme"]}).json()
    assert (verdict["alert"], verdict["topics"], verdict["direction"]) == (True, ["sale"], "weaker")
    assert world.counts() == before
    for _ in range(comparing.AT_ONCE):
        comparing._slots.acquire()
    try:
        answer = client.post(f"{API}/compare", json=pair)
    finally:
        for _ in range(comparing.AT_ONCE):
            comparing._slots.release()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert client.post(f"{API}/compare", json=pair).status_code == 200


def test_the_rest_is_told_as_on_the_command_line(client: TestClient) -> None:
    """Counts, days and the health of the daemon."""
    assert told(client, "/stats?by=topic&source=acme")["total"]["changes"] == 2
    assert told(client, "/deadlines") == []
    assert told(client, "/health")["status"] == "ok"
    assert told(client, "/events")["items"][0]["kind"] == "failed"


def test_examples_of_deliveries_and_events_are_such_as_occur(client: TestClient, world: World) -> None:
    """The label of a mail's delivery, and the kind that a failed check has."""
    schemas = description()["components"]["schemas"]
    label, kind = (
        schemas[name]["properties"][field]["examples"] for name, field in (("Delivery", "label"), ("Event", "kind"))
    )
    assert label == [one.label for one in destinations("mailto://me:secret@acme.example/privacy@acme.example")]
    world.fetcher.queue(URL, FetchError(FailureKind.DNS, "no such host"))
    world.check()
    assert kind == [told(client, "/events?limit=1")["items"][0]["kind"]]


def test_the_page_lists_every_operation(client: TestClient) -> None:
    """People see what programs read, without a script of others."""
    page = client.get(API).text
    for path, methods in description()["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in page
    assert 'src="http' not in page


def test_every_operation_and_field_says_what_it_is() -> None:
    """No operation, parameter or field is without a description."""
    told = description()
    for path, methods in told["paths"].items():
        for operation in methods.values():
            assert operation["description"], path
            assert all(parameter["description"] for parameter in operation.get("parameters", [])), path
    for name, schema in told["components"]["schemas"].items():
        for field, shape in schema.get("properties", {}).items():
            assert "description" in shape, f"{name}.{field}"
