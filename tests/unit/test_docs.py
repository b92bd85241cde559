"""The README describes the program as it is: each command, option, setting and key, and nothing that is not there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tracker import __version__
from tracker.cli.app import app
from tracker.settings import Settings
from tracker.sources import load, routes
from tracker.words import ChangeState, ClauseClass, Direction, FailureKind, Flag, Severity, Topic

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

#: Keys of tables within a source, by the word of the README's column "within".
INNER_KEYS = {
    "schedule": ("every", "cron", "jitter"),
    "backfill": ("archives", "since", "until", "every"),
    "pages": load.PAGE_KEYS,
    "earlier": load.EARLIER_KEYS,
    "a range": load.RANGE_KEYS,
}


def leaves() -> Iterator[tuple[str, typer.core.TyperCommand]]:
    """Yield each command with its full name."""

    def walk(name: str, command: object) -> Iterator[tuple[str, typer.core.TyperCommand]]:
        if isinstance(command, typer.core.TyperGroup):
            for child, below in command.commands.items():
                yield from walk(f"{name} {child}", below)
        else:
            assert isinstance(command, typer.core.TyperCommand)
            yield name, command

    return walk("tracker", typer.main.get_command(app))


COMMANDS = dict(leaves())


def options_of(command: typer.core.TyperCommand) -> set[str]:
    """Return every option of a command but `--help`."""
    found = {name for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("--")}
    return found - {"--help"}


def section(heading: str) -> str:
    """Return what stands under a heading, up to the next of the same or a higher level."""
    level = len(heading) - len(heading.lstrip("#"))
    start = README.index(f"\n{heading}\n") + len(heading) + 2
    end = re.search(rf"^#{{1,{level}}} ", README[start:], re.MULTILINE)
    return README[start : start + end.start()] if end else README[start:]


def described(name: str) -> str:
    """Return the part of "Commands" whose heading names a command."""
    parts = re.split(r"^### ", section("## Commands"), flags=re.MULTILINE)
    short = name.removeprefix("tracker ")
    return next(part for part in parts if re.search(rf"`(tracker )?{re.escape(short)}[ `]", part.partition("\n")[0]))


def rows(text: str) -> list[list[str]]:
    """Return the cells of the tables of a text, heads and rules left out."""
    lines = re.findall(r"^\|(.*)\|$", text, re.MULTILINE)
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [row for row in cells[1:] if row[0].startswith("`") or row[0] == "a range"]


def first_names(text: str) -> list[str]:
    """Return the names in the first column."""
    return [row[0].strip("`") for row in rows(text)]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_described_with_each_of_its_options(name: str) -> None:
    """The part of the README about a command names all its options."""
    missing = {option for option in options_of(COMMANDS[name]) if not re.search(rf"{option}\b", described(name))}
    assert not missing


def test_no_option_is_described_that_is_not_there() -> None:
    """Each `--option` of the README belongs to a command, but for those of other programs' command lines."""
    ours = re.sub(r"`[^`]*python -m [^`]*`", "", README)
    known = {"--version", "--help", *(option for command in COMMANDS.values() for option in options_of(command))}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", ours)) <= known


def test_each_command_line_of_the_readme_is_understood() -> None:
    """Lines that begin with `tracker` name a command that exists and options it has."""
    shells = "\n".join(re.findall(r"^```\w*\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
    lines = re.findall(r"^(?:\$ )?(tracker [a-z].*)$", shells, re.MULTILINE)
    assert len(lines) >= 10
    for line in lines:
        words = shlex.split(line, comments=True)
        name = next((" ".join(words[:size]) for size in (3, 2) if " ".join(words[:size]) in COMMANDS), None)
        assert name is not None, line
        assert {word for word in words if word.startswith("--")} <= options_of(COMMANDS[name]), line


def test_the_quick_start_runs_the_demo_first_and_the_tests_second() -> None:
    """The first two commands are one line each."""
    first, second, *_ = re.findall(r"^```sh\n(.*?)^```", section("## Quick start"), re.MULTILINE | re.DOTALL)
    assert first == "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/tracker demo\n"
    assert second == ".venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest\n"


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """What is checked before a release is what the README tells to run."""
    assert ".venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest" in (ROOT / ".ci/run").read_text()


def test_the_settings_are_described_one_for_one() -> None:
    """The table has each setting in the order of the program, with its variable and a fixed default."""
    table = rows(section("## Settings"))
    assert [row[0].strip("`") for row in table] == list(Settings.model_fields)
    for name, variable, _, default in table:
        field = Settings.model_fields[name.strip("`")]
        assert variable == f"`TRACKER_{name.strip('`').upper()}`"
        if field.default_factory is None and field.default is not None:
            shown = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            assert default == f"`{shown}`", name


def test_the_keys_of_the_sources_file_are_described_one_for_one() -> None:
    """Each table of sources.toml has exactly the keys that the loader knows."""
    source, archive, route = (section(f"### `[[{name}]]`") for name in ("source", "archive", "route"))
    outer = [row[0].strip("`") for row in rows(source) if len(row) == 3]
    assert sorted(outer) == sorted(load.SOURCE_KEYS)
    inner = [(row[0].strip("`"), row[1].strip("`")) for row in rows(source) if len(row) == 4]
    assert sorted(inner) == sorted((table, key) for table, keys in INNER_KEYS.items() for key in keys)
    assert sorted(first_names(archive)) == sorted(load.ARCHIVE_KEYS)
    assert sorted(first_names(route)) == sorted(routes.ROUTE_KEYS)


def test_the_keys_of_the_defaults_are_listed() -> None:
    """`[defaults]` takes what the README says it takes."""
    listed = re.search(r"^`\[defaults\]` takes (.*?)\s+for\s+all\s+sources", README, re.MULTILINE | re.DOTALL)
    assert listed is not None
    assert tuple(re.findall(r"`(\w+)`", listed[1])) == load.SHARED_KEYS


@pytest.mark.parametrize("words", [ClauseClass, Direction, Severity, Flag, ChangeState])
def test_the_words_of_verdicts_are_explained(words: type[ClauseClass]) -> None:
    """Each class, direction, severity, flag and state stands in "How verdicts are made"."""
    text = section("## How verdicts are made")
    assert [word for word in words if f"`{word}`" not in text] == []


def test_the_failures_are_explained() -> None:
    """Each kind of failure stands in a row of "History and evidence", and no other."""
    told = [name for row in rows(section("## History and evidence")) for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(told) == sorted(FailureKind)


def test_the_topics_are_listed() -> None:
    """All topics, in the order of the program, and no other."""
    assert re.findall(r"`(\w+)`", section("### Topics")) == [topic.value for topic in Topic]


def test_the_example_of_a_sources_file_is_valid() -> None:
    """The TOML of the README loads."""
    example = re.search(r"^```toml\n(.*?)^```", section("## sources.toml"), re.MULTILINE | re.DOTALL)
    assert example is not None
    parsed = load.parse_sources(example[1], "README.md", {"SMTP_USER": "u", "SMTP_PASSWORD": "p"})
    assert [source.id for source in parsed.sources] == ["acme-privacy"]
    assert [len(past.pages) for past in parsed.sources[0].earlier] == [1]


def test_the_sources_file_that_comes_along_is_valid() -> None:
    """`tracker sources check` has nothing to say against it."""
    done = CliRunner().invoke(app, ["sources", "check", "--file", str(ROOT / "sources.toml")])
    assert done.exit_code == 0, done.output


def test_what_it_survives_is_held_by_tests_that_are_there() -> None:
    """Each test that is named is one of its file, and each line of the tables names a test or a measurement."""
    text = section("## What it survives")
    named = re.findall(r"`(\w+/\w+\.py)::(\w+)`", text)
    assert len(named) >= 20
    for path, name in named:
        assert f"\ndef {name}(" in (ROOT / "tests" / path).read_text(encoding="utf-8"), f"{path}::{name}"
    lines = [line for line in re.findall(r"^\|.*\|$", text, re.MULTILINE) if not line.startswith("|---")]
    heads = [line for line in lines if line.endswith("| test |")]
    assert len(heads) == 3
    assert [line for line in lines if line not in heads and "::test_" not in line and "python -m" not in line] == []


def test_the_changelog_tells_of_this_release() -> None:
    """The version of the program has an entry."""
    assert f"\n### {__version__}\n" in section("## Changelog")


def test_links_within_the_readme_lead_somewhere() -> None:
    """Anchors name a heading, paths a file that is there."""
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target[1:] in anchors if target.startswith("#") else (ROOT / target).exists(), target


def test_the_everyday_commands_are_there() -> None:
    """The short list names commands, or groups of them, that the program has."""
    named = set(re.findall(r"`(tracker [a-z -]+)`", section("## Everyday commands")))
    assert len(named) >= 15
    assert named <= COMMANDS.keys()
