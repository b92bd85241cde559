"""`tracker blame`, `clause`, `search`, `compare-sources`, `facts` over a store that a person filled."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.world import URL, World, acme, policy
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.settings import Settings
from tracker.store.upkeep.upgrade import open_store

SOLD = "We may sell your personal information to our advertising partners."


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> None:
    """A policy that changed its mind about selling, and another source that says the same as it does now."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACKER_DATA_DIR", str(tmp_path))
    with closing(open_store(Settings(data_dir=tmp_path))) as database:
        world = World.build(database, clock, acme(), acme(id="other", name="Other"))
        for text in (policy(), policy(p3=SOLD)):
            world.fetcher.serve(URL, text)
            world.check(at_once=True)
        world.check("other")


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args))


def told(*args: str) -> Any:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.output)


def test_blame_names_day_and_change_of_each_clause() -> None:
    """What is as old as the source has no change."""
    clauses = told("blame", "acme")["clauses"]
    (sold,) = [one for one in clauses if one["text"] == SOLD]
    assert sold["change"] is not None
    assert sold["unseen_at"] < sold["since"]
    assert [one["change"] for one in clauses if one is not sold] == [None] * (len(clauses) - 1)
    assert all(one["text"] != SOLD for one in told("blame", "acme", "--at", sold["unseen_at"][:19])["clauses"])
    assert [one["text"] for one in told("blame", "acme", "--topic", "sale")["clauses"]] == [SOLD]
    assert SOLD in run("blame", "acme").output


def test_a_clause_is_followed_through_its_wordings() -> None:
    """From either of them; a clause of several sources needs to be told in which."""
    (old,) = told("search", "not sell", "--gone")
    (new,) = told("search", "advertising partners")
    for ident in (old["clause"], new["clause"]):
        wordings = told("clause", str(ident), "--source", "acme")["wordings"]
        assert [one["text"] for one in wordings] == ["We do not sell your personal information to anyone.", SOLD]
        assert wordings[1]["made_of"] == [old["clause"]]
    result = run("clause", str(new["clause"]))
    assert "stands in 2 sources (acme, other)" in str(result.exception)
    assert "no clause 999" in str(run("clause", "999").exception)


def test_search_is_narrowed() -> None:
    """By source, and by what stands."""
    assert [one["source"] for one in told("search", "advertising")[0]["stood"]] == ["other", "acme"]
    assert [one["source"] for one in told("search", "advertising", "--source", "acme")[0]["stood"]] == ["acme"]
    assert told("search", "advertising", "--gone") == []
    assert "No clause of any version" in run("search", "unicorns").output
    assert "nothing to search for" in str(run("search", "--", "-x").exception)


def test_sources_are_compared_on_a_topic() -> None:
    """As of a date too."""
    columns = told("compare-sources", "acme", "other", "--topic", "sale")
    assert [(one["source"], [item["text"] for item in one["clauses"]]) for one in columns] == [
        ("acme", [SOLD]),
        ("other", [SOLD]),
    ]
    (early,) = told("compare-sources", "acme", "--topic", "sale", "--at", "2001-01-01")
    assert (early["observed_at"], early["clauses"]) == (None, [])


def test_facts_say_who_gets_what() -> None:
    """With the clauses that state them."""
    facts = {(fact["group"], fact["what"], fact["how"]) for fact in told("facts", "acme")["facts"]}
    assert ("retention", "30 days", "") in facts
    assert any(group == "recipients" and how == "sale" for group, _, how in facts)
    assert "recipients:" in run("facts", "acme").output
