"""`tracker compare` as people and programs see it: the reasons, the explanation, the days of a change."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracker.cli.app import app
from tracker.errors import UsageError

OLD = """# Privacy

We will not share your email address with other companies without your consent.

- We keep logs for 30 days.
- We keep recordings for 30 days.
"""
NEW = """# Privacy

We're updating our Privacy Policy. The changes take effect on 1 March 2026.

We may share your email address with other companies unless you object.

- We keep logs for 13 months.
- We keep recordings for 13 months.
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two texts."""
    for name, text in (("old.md", OLD), ("new.md", NEW)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [str(tmp_path / "old.md"), str(tmp_path / "new.md")]


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["compare", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_sentence_that_holds_for_two_clauses_is_printed_once(files: list[str]) -> None:
    """With the number of clauses, after both of them."""
    output = run(*files)
    assert output.count("“30 days” became “13 months”") == 1
    assert "Weaker for you. (2 clauses)" in output
    assert output.index("recordings") < output.index("(2 clauses)")


def test_the_day_of_effect_stands_on_top_with_its_words(files: list[str]) -> None:
    """Takes effect while it is to come, in effect once it has."""
    line = "1 March 2026: “The changes take effect on 1 March 2026.”"
    assert f"Takes effect {line}" in run(*files, "--on", "2026-01-20")
    assert f"In effect from {line}" in run(*files, "--on", "2026-04-20")


def test_explain_shows_facts_rule_terms_scorer_within_80_columns(
    files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks tell the old fact from the new; the terms add up; what a terminal cannot wrap is not wider than it."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = [" ".join(line.split()) for line in run(*files, "--explain").splitlines()]
    assert "- allowed only with consent" in lines
    assert "+ allowed unless the person objects" in lines
    assert "rule consent_weakened" in lines
    assert any(line.startswith("severity consent weakened +3") for line in lines)
    assert any(line.startswith("scorer ") for line in lines)
    grid = [line for line in run(*files, "--explain").splitlines() if line.startswith("   ")]
    assert grid
    assert max(map(len, grid)) <= 80


def test_explain_in_json_gives_every_change_its_explanation(files: list[str]) -> None:
    """Under `explain`; without the option there is no such key."""
    changes = json.loads(run(*files, "--explain", "--json"))["changes"]
    assert len(changes) >= 4
    for change in changes:
        assert sorted(change["explain"]) == ["facts", "redline", "rules", "scorer", "severity"]
        assert change["explain"]["rules"] == list(dict.fromkeys(reason["rule"] for reason in change["reasons"]))
        assert change["explain"]["severity"]["sum"] == sum(value for _, value in change["severity_terms"])
    assert all("explain" not in change for change in json.loads(run(*files, "--json"))["changes"])


def test_nothing_in_a_text_steers_the_terminal(tmp_path: Path) -> None:
    """Escape sequences and markup of a hostile text are shown, not obeyed."""
    (tmp_path / "a.txt").write_text("We sell no data.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("We sell \x1b[31m[bold]data\x1b[0m from 1 March 2030.", encoding="utf-8")
    output = run(str(tmp_path / "a.txt"), str(tmp_path / "b.txt"), "--explain")
    assert "\x1b" not in output
    assert "[bold]" in output


def test_a_day_that_is_none_is_bad_usage(files: list[str]) -> None:
    """The message shows how to write it."""
    done = CliRunner().invoke(app, ["compare", *files, "--on", "1 March"])
    assert isinstance(done.exception, UsageError)
    assert "2026-03-01" in str(done.exception)
