"""`tracker user`: who may log in, with passwords that never stand on a command line."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from tracker.cli.app import app
from tracker.settings import Settings
from tracker.store.people import people
from tracker.store.people.people import checked_password, find_account
from tracker.store.upkeep.upgrade import open_store

FIRST, SECOND = "correct horse battery", "another long password"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as real passwords are hashed, but not as slowly."""
    monkeypatch.setattr(people, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["user", *words], input=typed)


def opens(password: str, name: str = "ann") -> bool:
    """Return whether a person could log in with a password."""
    with closing(open_store(Settings())) as database, database.read() as session:
        return checked_password(find_account(session, name), password)


def test_a_password_is_read_from_standard_input() -> None:
    """Its first line, and nothing of it is shown."""
    made = run("add", "ann", "--password-file", "-", typed=f"{FIRST}\nmore\n")
    assert made.exit_code == 0, made.exception
    assert (opens(FIRST), opens(SECOND), opens(f"{FIRST}\nmore")) == (True, False, False)
    assert FIRST not in made.output


def test_a_password_is_asked_for_twice() -> None:
    """Two that differ are asked for again; what is typed is not shown."""
    made = run("add", "ann", typed=f"{FIRST}\n{SECOND}\n{FIRST}\n{FIRST}\n")
    assert made.exit_code == 0, made.exception
    assert opens(FIRST)
    assert FIRST not in made.output


def test_a_new_password_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """From a file or from standard input; the trail tells who was given one, not which."""
    run("add", "ann", "--password-file", "-", typed=FIRST)
    (tmp_path / "password").write_text(f"{SECOND}\r\n", encoding="utf-8")
    changed = run("passwd", "ann", "--password-file", str(tmp_path / "password"))
    assert (changed.exit_code, "logged out everywhere" in changed.output) == (0, True)
    assert (opens(FIRST), opens(SECOND)) == (False, True)
    told = json.loads(CliRunner().invoke(app, ["trail", "--json"]).output)
    assert [(entry["action"], entry["subject"], entry["detail"]) for entry in told] == [
        ("user.passwd", "ann", {}),
        ("user.add", "ann", {"role": "reader"}),
    ]


def test_who_was_disabled_is_let_in_again() -> None:
    """With the password of before."""
    run("add", "ann", "--password-file", "-", typed=FIRST)
    assert run("disable", "ann").exit_code == 0
    assert (opens(FIRST), json.loads(run("list", "--json").output)[0]["disabled_at"] is None) == (False, False)
    assert run("enable", "ann").exit_code == 0
    assert (opens(FIRST), json.loads(run("list", "--json").output)[0]["disabled_at"]) == (True, None)


@pytest.mark.parametrize("typed", ["", "\n", "short\n", "x" * 1_001])
def test_a_password_that_is_too_short_or_too_long_is_refused(typed: str) -> None:
    """Nobody gets an account by it, and an account keeps its own."""
    run("add", "ann", "--password-file", "-", typed=FIRST)
    for words in (("passwd", "ann"), ("add", "bob")):
        refused = run(*words, "--password-file", "-", typed=typed)
        assert "at least 12 characters and at most 1,000" in str(refused.exception)
    assert (opens(FIRST), opens(typed, "bob")) == (True, False)


@pytest.mark.parametrize("words", ["passwd", "enable", "disable"])
def test_nobody_of_that_name_is_told_so(words: str) -> None:
    """With the command that shows the names."""
    refused = run(words, "bob", *(["--password-file", "-"] if words == "passwd" else []), typed=FIRST)
    assert "`tracker user list` shows the names" in str(refused.exception)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """It is missing, or no text."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name, told in (("none", "No such file"), ("binary", "not a text file")):
        assert told in str(run("add", "ann", "--password-file", str(tmp_path / name)).exception)
