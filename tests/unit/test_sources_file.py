"""The sources file: every mistake has its line, field and hint; edits leave the rest alone."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import SourcesError
from tracker.sources.edit import NewEntry, add_entry
from tracker.sources.load import load_sources, parse_sources
from tracker.sources.watcher import SourcesWatcher

GOOD = '[[source]]\nid = "acme"\nname = "Acme"\ntype = "Privacy Policy"\nurl = "https://acme.example/p"\n'


@pytest.mark.parametrize(
    ("extra", "field", "hint"),
    [
        ('langage = "en"', "source[acme].langage", "language"),
        ('schedule = "12 hours"', "source[acme].schedule", "12h"),
        ('robots = "obay"', "source[acme].robots", "obey"),
        ('render = "yes"', "source[acme].render", ""),
        ('routes = ["ops"]', "source[acme].routes[1]", "[[route]]"),
        ('select = "p[["', "source[acme].select", "ident"),
        ('schedule = { cron = "61 * * * *" }', "source[acme].schedule.cron", "59"),
        ('schedule = { cron = "0 6 * * 8" }', "source[acme].schedule.cron", "days of the week"),
        ('schedule = { cron = "0 6 * * 5-3" }', "source[acme].schedule.cron", "days of the week"),
        ('schedule = { cron = "0 6 * * mon-fry" }', "source[acme].schedule.cron", "days of the week"),
        ('schedule = { cron = "0 6 * * 1-5/0" }', "source[acme].schedule.cron", "days of the week"),
        ('schedule = { cron = "0 6 * *" }', "source[acme].schedule.cron", "fields"),
        ('schedule = { cron = "0 0 30 2 *" }', "source[acme].schedule.cron", "no month"),
        ('backfill = { archives = ["internet-arhive"] }', "source[acme].backfill.archives[1]", "internet-archive"),
        ('formerly = ["acme"]', "source[acme].formerly", "one history"),
    ],
)
def test_mistake_has_line_field_and_hint(extra: str, field: str, hint: str) -> None:
    """A mistake is told with the line of its key, its field and what to write instead."""
    with pytest.raises(SourcesError) as caught:
        parse_sources(GOOD + extra + "\n", "s.toml", {})
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (6, field)
    assert hint in problem.hint


def test_secrets_stay_out_of_messages() -> None:
    """A refused destination does not show what its variable holds."""
    text = GOOD + '[[route]]\nname = "ops"\nurl = "slak://${TOK}"\n'
    with pytest.raises(SourcesError) as caught:
        parse_sources(text, "s.toml", {"TOK": "hush"})
    assert "hush" not in str(caught.value)
    assert caught.value.problems[0].line == 8


@given(st.text() | st.text(alphabet="[]{}\"'=.#\\\n ab1,"))
def test_junk_raises_only_sources_error(text: str) -> None:
    """Whatever the file holds, it is read or refused."""
    with pytest.raises(SourcesError):
        parse_sources(text, "s.toml", {})


def test_edit_keeps_what_is_there(tmp_path: Path) -> None:
    """A new entry goes to the end; every byte before it stays."""
    path = tmp_path / "s.toml"
    path.write_text("# mine\n" + GOOD)
    entry = NewEntry("b", "B", "Imprint", "https://b.example/")
    assert [source.id for source in add_entry(path, entry, {}).sources] == ["acme", "b"]
    assert path.read_text().startswith("# mine\n" + GOOD)
    with pytest.raises(SourcesError):
        add_entry(path, entry, {})


def test_watcher_keeps_old_set(tmp_path: Path) -> None:
    """An invalid file leaves the last valid content in force."""
    path = tmp_path / "s.toml"
    path.write_text(GOOD)
    watcher = SourcesWatcher(path, {})
    first = watcher.poll()
    assert first is not None
    assert watcher.poll() is None
    path.write_text(GOOD + "nonsense = 1\n")
    assert watcher.poll() is None
    assert watcher.current == first
    assert watcher.problems[0].line == 6


def test_a_pipe_in_place_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    """The last valid content stays in force, and the check of the file says what it is."""
    path = tmp_path / "s.toml"
    path.write_text(GOOD)
    watcher = SourcesWatcher(path, {})
    first = watcher.poll()
    path.unlink()
    os.mkfifo(path)
    assert watcher.poll() is None
    assert watcher.current == first
    assert "a pipe" in watcher.problems[0].message
    with pytest.raises(SourcesError, match="a pipe"):
        load_sources(path, {})


def test_shipped_file_is_valid() -> None:
    """The file in the repository passes its own check."""
    path = Path(__file__).parents[2] / "sources.toml"
    assert len(load_sources(path, {}).sources) == 14


SOURCE = '[[source]]\nid = "acme"\nname = "Acme"\ntype = "Privacy Policy"\nurl = "https://acme.example/p"\n'
ROUTE = '[[route]]\nname = "hook"\nurl = "json://hooks.example/x"\n'


@pytest.mark.parametrize(
    ("text", "line", "field", "said"),
    [
        (SOURCE + SOURCE, 7, "id", "acme"),
        (SOURCE.replace('"acme"', '"Acme Inc"', 1), 2, "id", "acme-inc"),
        (SOURCE.replace("https://", "ftp://"), 5, "url", "http"),
        (SOURCE.replace("https://", "https://me:secret@"), 5, "url", "password"),
        (SOURCE.replace('"Privacy Policy"', '"Privacy Polcy"'), 4, "type", "Privacy Policy"),
        (SOURCE + 'backfill = { since = "2024-01-01", until = "2020-01-01" }\n', 6, "backfill", "before since"),
        (SOURCE + 'select = { start_before = "h1" }\n', 6, "select", "end"),
        (SOURCE + "min_words = -1\n", 6, "min_words", "a whole number from 0 to 100000"),
        (SOURCE + "min_words = 1.5\n", 6, "min_words", "a whole number"),
        (SOURCE + "min_words = true\n", 6, "min_words", "a whole number"),
        (SOURCE + ROUTE + 'topics = ["retension"]\n', 9, "topics", "retention"),
        (SOURCE + ROUTE + 'severity = "hihg"\n', 9, "severity", "high"),
        (SOURCE + ROUTE + 'directions = ["weeker"]\n', 9, "directions", "weaker"),
        (SOURCE + ROUTE + 'digest = "dayly"\n', 9, "digest", "daily"),
        (SOURCE + '[[archive]]\nname = "x"\ndialect = "pywp"\ncdx = "https://a.example/"\n', 8, "dialect", "pywb"),
        (SOURCE + "[defaults]\nlangauge = 'de'\n", 7, "langauge", "language"),
        (SOURCE + "name = = 3\n", 6, "", ""),
    ],
)
def test_every_mistake_names_its_line_and_what_to_write(text: str, line: int, field: str, said: str) -> None:
    """One test row per kind of mistake: the true line, the field, and a word that helps."""
    with pytest.raises(SourcesError) as caught:
        parse_sources(text, "sources.toml", {})
    problem = next(problem for problem in caught.value.problems if problem.line == line)
    assert field in problem.field
    assert said in f"{problem.message} {problem.hint}"
    assert "secret" not in str(caught.value)
