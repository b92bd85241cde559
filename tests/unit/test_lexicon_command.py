"""`tracker lexicon`: words shown, overlays checked, sentences explained."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracker.cli.app import app
from tracker.compare.vocabulary.schema import FILES
from tracker.errors import LexiconError, UsageError

WORDS = """
[advertisers]
forms = ["media buyer|buyers"]
[couriers]
enabled = false
[banks]
title = "banks of ours"
forms = ["house bank|banks"]
[partners]
weight = 5
[vendors_of_ours]
title = "vendors"
forms = ["vendor"]
under = ["partners"]
"""


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A folder with overlays of two files."""
    (tmp_path / "recipients.toml").write_text(WORDS, encoding="utf-8")
    (tmp_path / "synonyms.toml").write_text('[synonyms]\n"might" = false\n"zib" = "zab"\n', encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["lexicon", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_check_tells_what_an_overlay_would_do(words: Path) -> None:
    """Each entry that comes, grows, is set or goes has its line; the shipped words stay what they are."""
    lines = run("check", str(words)).splitlines()
    assert lines[:-1] == [
        "recipients.toml: switches off [couriers]",
        "recipients.toml: sets [partners.weight]: 5",
        "recipients.toml: extends [advertisers.forms]: media buyer|buyers",
        "recipients.toml: adds [banks]: house bank|banks",
        "recipients.toml: adds [vendors_of_ours]: vendor",
        "synonyms.toml: adds [synonyms.zib]: zab",
        "synonyms.toml: switches off [synonyms.might]",
    ]
    assert lines[-1].startswith("fine: 7 steps; rules_version ")


def test_check_says_where_an_overlay_does_nothing(tmp_path: Path) -> None:
    """A form that is there already is no step; a bad entry is refused as it would be at the start."""
    file = tmp_path / "recipients.toml"
    file.write_text('[partners]\nforms = ["partner|partners"]\n', encoding="utf-8")
    assert run("check", str(file)) == "fine, but it changes nothing\n"
    file.write_text("[partners]\nforms = 5\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"recipients\.toml: \[partners\] `forms`: expected a list"):
        run("check", str(file))


def test_check_gives_the_version_that_verdicts_will_carry(words: Path) -> None:
    """Other words, other version; as JSON each step is an object."""
    told = json.loads(run("check", str(words), "--json"))
    alone = json.loads(run("check", str(words / "synonyms.toml"), "--json"))
    assert told["rules_version"] != alone["rules_version"]
    assert alone["steps"] == [
        {"file": "synonyms.toml", "entry": "synonyms.zib", "does": "adds", "items": ["zab"]},
        {"file": "synonyms.toml", "entry": "synonyms.might", "does": "switches off", "items": []},
    ]


def test_list_counts_what_the_settings_lay_over(words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file has its row; without overlays nothing is laid over any."""
    assert {row["file"]: row["overlaid"] for row in json.loads(run("list", "--json"))} == dict.fromkeys(FILES, 0)
    monkeypatch.setenv("TRACKER_LEXICON_OVERLAYS", str(words))
    overlaid = {row["file"]: row["overlaid"] for row in json.loads(run("list", "--json"))}
    assert {file for file, count in overlaid.items() if count} == {"recipients.toml", "synonyms.toml"}


def test_list_shows_the_entries_of_a_file(words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry with its title, values and forms, those of the user among them."""
    monkeypatch.setenv("TRACKER_LEXICON_OVERLAYS", str(words))
    rows = {row["entry"]: row for row in json.loads(run("list", "recipients", "--json"))}
    assert rows["banks"] == {"entry": "banks", "what": "banks of ours", "words": "house bank|banks"}
    assert rows["vendors_of_ours"]["what"] == "vendors; under partners"
    assert rows["couriers"]["words"] == ""
    assert "enabled false" in rows["couriers"]["what"]


@pytest.mark.parametrize("file", FILES)
def test_every_file_can_be_listed(file: str) -> None:
    """No shape of a file is one that cannot be shown."""
    rows = json.loads(run("list", file, "--json"))
    assert rows
    assert all(row["what"] or row["words"] for row in rows)


def test_list_names_the_files_when_asked_for_another() -> None:
    """A misspelt file is bad usage, with those there are."""
    with pytest.raises(UsageError, match="no lexicon file 'receivers'; there are acts, "):
        run("list", "receivers")


def test_explain_shows_which_entries_match(words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In reading order, with the words of the text; the key shows what is compared."""
    monkeypatch.setenv("TRACKER_LEXICON_OVERLAYS", str(words))
    told = json.loads(run("explain", "We might share Your E-mail Address with couriers and media buyers.", "--json"))
    assert told["compared_as"] == "we might share your email address with couriers and media buyers"
    found = [(match["words"], match["file"], match["entry"]) for match in told["matches"]]
    nouns = [match for match in found if match[1] in {"acts.toml", "data_types.toml", "recipients.toml"}]
    assert nouns == [
        ("share", "acts.toml", "share"),
        ("E-mail Address", "data_types.toml", "email"),
        ("media buyers", "recipients.toml", "advertisers"),
    ]


def test_explain_never_lets_a_text_steer_the_terminal() -> None:
    """Control characters of a text that was copied from a page are not printed."""
    assert "\x1b" not in run("explain", "We share your \x1b[2Jname with partners\x07.")
