"""`tracker review`: people's verdicts are kept, shown beside the machine's, carried along and exported."""

import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.integration.test_recompute import OtherRules
from tests.world import PARAGRAPHS, URL, World, acme, policy
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.compare.labels import label_of
from tracker.compare.model import Verdict
from tracker.daemon.checks.changes import refresh_changes
from tracker.daemon.past.backfill import Span, backfill
from tracker.daemon.past.recompute import recompute
from tracker.errors import UsageError
from tracker.fetch.archive_memory import InMemoryArchive
from tracker.history.reviews import Opinion, review_clause, reviewed_clauses
from tracker.settings import load_settings
from tracker.sources.model import Backfill
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.schema.tables import Change
from tracker.store.upkeep.upgrade import open_store
from tracker.words import ClauseClass, Direction, Topic

SOLD = "We may sell your personal information to our advertising partners."
OFFICE = "If you have any questions about this policy, please write to our privacy team."
LOGS = "We keep server logs for 13 months and delete them after that."
HOSTILE = "\x1b]0;owned\x07[bold]so[/bold]"


@pytest.fixture
def world(clock: ManualClock) -> Iterator[World]:
    """A policy that came to sell data and to name another contact on one day, and a source without text."""
    with closing(open_store(load_settings())) as database:
        built = World.build(database, clock, acme(), acme(id="other", name="Other"))
        for text in (policy(), policy(p3=SOLD, p11=OFFICE)):
            built.fetcher.serve(URL, text)
            built.check()
            built.check()
        yield built


def run(*args: object) -> Result:
    return CliRunner().invoke(app, list(map(str, args)))


def told(*args: object) -> str:
    result = run(*args)
    assert result.exit_code == 0, result.exception
    return result.stdout


def data(*args: object) -> Any:
    return json.loads(told(*args, "--json"))


def refused(*args: object) -> str:
    result = run(*args)
    assert isinstance(result.exception, UsageError), result.output
    return str(result.exception)


def clauses(ident: str) -> list[tuple[str, str, list[str]]]:
    """Return the clauses of a change: the new text, the machine's class, the classes people gave it."""
    found = data("review", ident)["clauses"]
    return [(one["after"], one["class"], [review["class"] for review in one["reviews"]]) for one in found]


def sold_of(world: World) -> str:
    (change,) = world.changes()
    return change.id


def test_the_clauses_of_a_change_are_listed_with_numbers(world: World) -> None:
    """Whoever reviews sees number, verdict, redline and reason of each clause."""
    ident = sold_of(world)
    assert clauses(ident) == [(SOLD, "material", []), (OFFICE, "minor", [])]
    text = told("review", ident[:6])
    assert (
        text.index("clause 1  changed, material") < text.index("{+may+} sell") < text.index("clause 2  changed, minor")
    )
    assert "reviewed" not in text


def test_a_review_is_shown_beside_the_verdict(world: World) -> None:
    """In log, changes, diff and the review itself, as text and as data; the machine's verdict stays what it was."""
    ident = sold_of(world)
    before = world.changes()
    given = told("review", ident, "--clause", 1, "--as", "minor", "--note", "they did already", "--by", "Kim")
    assert "material, critical, weaker" in given
    assert "reviewed: minor (by Kim, " in given
    assert "): they did already\n" in given
    assert world.changes() == before
    for args in (("log", "acme"), ("changes",)):
        assert "clause 1 reviewed: minor (by Kim, " in told(*args)
        assert "they did already [the verdict: material]" in told(*args)
    diff = told("diff", "acme")
    assert diff.index("clause 1 changed") < diff.index("reviewed: minor (by Kim, ") < diff.index("clause 2 changed")
    for found in (data("changes")[0], data("log", "acme")[1]["change"], data("diff", "acme")):
        (review,) = found["reviews"]
        assert (review["clause"], review["machine_class"], review["class"]) == (1, "material", "minor")
        assert (review["reviewer"], review["note"], review["change"]) == ("Kim", "they did already", ident)
    assert "with the reviews it deserves no alert" in told("review", ident)


def test_a_review_is_shown_on_every_step_between_the_same_two_texts(world: World) -> None:
    """Versions compared for the asking show it too."""
    run("review", sold_of(world), "--clause", 1, "--as", "minor")
    world.fetcher.serve(URL, policy(p3=SOLD, p11=OFFICE, p5=LOGS))
    world.check()
    world.check()
    found = data("diff", "acme", 1, 3)
    assert found["change"] is None
    assert [(review["clause"], review["class"]) for review in found["reviews"]] == [(1, "minor")]
    assert told("diff", "acme", 1, 3).count("reviewed: minor") == 1
    assert "reviewed" not in told("diff", "acme", 2, 3)


def test_a_later_review_takes_the_place_of_an_earlier_one(world: World) -> None:
    """The older stays readable."""
    ident = sold_of(world)
    run("review", ident, "--clause", 1, "--as", "noise")
    run("review", ident, "--clause", 1, "--as", "material", "--topics", "sale,tracking", "--direction", "mixed")
    assert clauses(ident)[0] == (SOLD, "material", ["material", "noise"])
    text = told("review", ident)
    assert "reviewed: material, mixed: tracking, sale (by " in text
    assert "before that: noise (by " in text
    assert "[as the verdict has it]" in told("log", "acme")
    assert [one["holds"] for one in data("review", "--list")] == [True, False]
    assert "a later review took its place" in told("review", "--list")


def test_the_list_is_filtered(world: World) -> None:
    """By source and by when the review was given."""
    run("review", sold_of(world), "--clause", 1, "--as", "noise")
    (entry,) = data("review", "--list", "--source", "acme")
    assert (entry["source"], entry["before"], entry["after"]) == ("acme", PARAGRAPHS[3], SOLD)
    assert data("review", "--list", "--source", "other") == []
    assert data("review", "--list", "--since", "9999-01-01") == []
    assert told("review", "--list", "--source", "other") == "No clause was reviewed.\n"


def test_topics_that_nobody_named_are_asked_for(world: World) -> None:
    """A clause that matters needs topics: where the verdict has none, the user is told how to give them."""
    world.fetcher.serve(URL, policy(p3=SOLD, p11=OFFICE, p8=PARAGRAPHS[8].replace("are not", "aren't")))
    world.check()
    ident = world.changes()[-1].id
    result = run("review", ident, "--clause", 1, "--as", "material")
    assert (result.exit_code, "name them with --topics" in result.stderr) == (0, True)
    assert "--topics" not in run("review", ident, "--clause", 1, "--as", "material", "--topics", "children").stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--clause", "3", "--as", "minor"), "has clauses 1 to 2; `tracker review "),
        (("--clause", "0", "--as", "minor"), "has clauses 1 to 2"),
        (("--clause", "1"), "--clause N --as CLASS"),
        (("--as", "minor"), "--clause N --as CLASS"),
        (("--note", "so"), "--clause N --as CLASS"),
        (("--clause", "1", "--as", "cosmetic", "--topics", "sale"), "a cosmetic clause has no topics"),
        (("--clause", "1", "--as", "minor", "--direction", "weaker"), "a minor clause has no direction"),
        (("--clause", "1", "--as", "minor", "--topics", "slae"), "no topic 'slae'; there are first_party_collection,"),
        (("--list",), "name a change, or give --list or --export"),
        (("--source", "acme"), "go with --list and --export"),
    ],
)
def test_what_cannot_be_reviewed_is_refused(world: World, args: tuple[str, ...], message: str) -> None:
    """The message says what to write; nothing is stored."""
    assert message in refused("review", sold_of(world), *args)
    assert data("review", "--list") == []


def test_other_bad_usage_is_refused(world: World) -> None:
    """No change, an unknown one, a bad class, a file that cannot be written."""
    assert "name a change" in refused("review")
    assert "no change 'ffff'" in refused("review", "ffff", "--clause", 1, "--as", "minor")
    assert run("review", sold_of(world), "--clause", 1, "--as", "awful").exit_code == 2
    assert "--clause N --as CLASS" in refused("review", "--list", "--clause", 1)
    assert "No such file" in refused("review", "--export", "/nowhere/at/all.jsonl")


def test_reviews_cannot_steer_the_terminal(world: World) -> None:
    """Notes and names come out without control characters, and markup as it stands."""
    ident = sold_of(world)
    given = told("review", ident, "--clause", 1, "--as", "noise", "--note", HOSTILE, "--by", HOSTILE)
    for text in (given, told("review", ident), told("review", "--list"), told("log", "acme"), told("diff", "acme")):
        assert "\x1b" not in text
        assert "[bold]so[/bold]" in text


def test_labelled_pairs_are_written_and_scored(world: World, tmp_path: Path) -> None:
    """They have the shape of labelled pairs: a person's class where there is one, else the machine's, marked so."""
    ident = sold_of(world)
    run("review", ident, "--clause", 2, "--as", "cosmetic", "--note", "same people", "--by", "Kim")
    file = tmp_path / "pairs.jsonl.gz"
    result = run("review", "--export", file)
    assert result.stderr == "labelled pairs written: 1; clauses reviewed in them: 1\n"
    (pair,) = map(json.loads, gzip.decompress(file.read_bytes()).decode().splitlines())
    head = ("id", "service", "document", "date", "alert", "severity")
    assert [pair[name] for name in head] == [ident, "Acme", "Privacy Policy", "2026-03-03", True, "high"]
    assert pair["before"].startswith("# Privacy Policy\n\nThis privacy policy explains")
    assert SOLD in pair["after"]
    first, second = pair["hunks"]
    assert (first["n"], first["change"], first["class"], first["label"]) == (0, "modified", "material", "machine")
    assert (first["before"], first["after"], first["direction"]) == (PARAGRAPHS[3], SOLD, "weaker")
    assert (second["class"], second["topics"], second["direction"]) == ("cosmetic", [], None)
    assert (second["label"], second["reviewer"], second["note"]) == ("reviewer", "Kim", "same people")
    label = label_of(pair)
    assert (label.alert, label.unreviewed, Topic.SALE in label.topics) == (True, 1, True)
    scored = json.loads(told("quality", file, "--json", "--jobs", 1))
    assert (scored["alert_hits"], scored["figures"]["blocks"]["f1"]["value"]) == (1, 1.0)


def test_a_review_may_take_an_alert_away_and_give_one(world: World) -> None:
    """The labelled pair deserves what people say of its clauses."""
    ident = sold_of(world)
    run("review", ident, "--clause", 1, "--as", "cosmetic")
    (pair,) = map(json.loads, told("review", "--export", "-").splitlines())
    assert (pair["alert"], pair["severity"]) == (False, "none")
    run("review", ident, "--clause", 2, "--as", "material", "--topics", "contact", "--direction", "neutral")
    (pair,) = map(json.loads, told("review", "--export", "-").splitlines())
    assert (pair["alert"], pair["severity"]) == (True, "low")
    assert [hunk["topics"] for hunk in pair["hunks"]] == [[], ["contact"]]
    with world.runtime.database.write() as session:
        session.get_one(Change, ident).alert = False
    (pair,) = map(json.loads, told("review", "--export", "-").splitlines())
    assert pair["alert"], "a person said so"
    assert told("review", "--export", "-", "--since", "9999-01-01") == ""
    assert told("review", "--export", "-", "--source", "other") == ""


def test_a_verdict_that_sees_more_than_clauses_holds_where_people_agree(world: World) -> None:
    """A text that breaks off deserves no alert although a clause is material; a review of another alters nothing."""
    ident = sold_of(world)
    with world.runtime.database.write() as session:
        session.get_one(Change, ident).alert = False
    run("review", ident, "--clause", 2, "--as", "cosmetic")
    (pair,) = map(json.loads, told("review", "--export", "-").splitlines())
    assert (pair["alert"], pair["severity"], pair["hunks"][0]["class"]) == (False, "none", "material")


def test_a_review_stays_with_its_clause_when_the_change_is_judged_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New rules may list the clauses in another order and give them another class: the review follows the texts."""
    ident = sold_of(world)
    run("review", ident, "--clause", 2, "--as", "cosmetic")
    monkeypatch.setattr("tracker.daemon.past.recompute.rules_version", lambda: "new")

    def turned(verdict: Verdict) -> Verdict:
        return replace(verdict, changes=verdict.changes[::-1])

    world.runtime.judge = OtherRules(turned)
    with world.runtime.database.read() as session:
        row = source_row(session, "acme")
    assert len(list(recompute(world.runtime, row))) == 1
    assert clauses(ident) == [(OFFICE, "minor", ["cosmetic"]), (SOLD, "material", [])]
    assert "under rules " in told("diff", "acme", "--change", ident)
    (past,) = data("diff", "acme", "--change", ident)["past_verdicts"]
    assert [change["after"] for change in past["verdict"]["changes"]] == [SOLD, OFFICE]


def test_a_review_goes_over_to_the_change_that_takes_the_place(database: Database, clock: ManualClock) -> None:
    """When a capture lands in between, each review stands at the same step of the text in one of the successors."""
    source = acme(backfill=Backfill(archives=("memory",)))
    world = World.build(database, clock, source)
    archive = InMemoryArchive("memory")
    world.archives["memory"] = archive
    archive.add(URL, datetime(2020, 1, 1, tzinfo=UTC), policy().encode())
    archive.add(URL, datetime(2020, 3, 1, tzinfo=UTC), policy(p3=SOLD, p5=LOGS).encode())
    backfill(world.runtime, source, Span())
    (whole,) = world.changes()
    with database.write() as session:
        for number, cls in ((1, ClauseClass.NOISE), (2, ClauseClass.MATERIAL)):
            _, clause = review_clause(session, whole.id, number, Opinion(cls, reviewer="Kim"), clock.now())
            assert clause.cls is cls
    archive.add(URL, datetime(2020, 2, 1, tzinfo=UTC), policy(p3=SOLD).encode())
    world.runtime.database = database
    backfill(world.runtime, source, Span())
    refresh_changes(world.runtime, source, whole.source_key)
    after = {row.id: row for row in world.changes()}
    assert after.pop(whole.id).state == "superseded", "what a person spoke of stays readable"
    sold, logs = after.values()
    with database.read() as session:
        both = [reviewed_clauses(session, 1, Verdict.from_json(row.verdict)) for row in (sold, logs)]
    found = [[(one.change.after, one.cls) for one in clauses] for clauses in both]
    assert found == [[(SOLD, ClauseClass.NOISE)], [(LOGS, ClauseClass.MATERIAL)]]


def test_what_the_reviewer_leaves_open_is_the_machines(world: World) -> None:
    """Topics and direction are those of the verdict until a person gives others, and none where the class has none."""
    ident = sold_of(world)

    def reviewed(opinion: Opinion) -> tuple[tuple[Topic, ...], Direction]:
        with world.runtime.database.write() as session:
            _, clause = review_clause(session, ident, 1, opinion, world.clock.now())
        return clause.topics, clause.direction

    machine = tuple(Topic(topic) for topic in world.changes()[0].verdict["changes"][0]["topics"])
    assert reviewed(Opinion(ClauseClass.MATERIAL)) == (machine, Direction.WEAKER)
    assert reviewed(Opinion(ClauseClass.MINOR)) == (machine, Direction.NEUTRAL)
    assert reviewed(Opinion(ClauseClass.NOISE)) == ((), Direction.NEUTRAL)
    given = Opinion(ClauseClass.MATERIAL, (Topic.CHILDREN, Topic.SALE, Topic.SALE), Direction.MIXED)
    assert reviewed(given) == ((Topic.SALE, Topic.CHILDREN), Direction.MIXED)
